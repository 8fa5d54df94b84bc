//! Public suffixes: names below which anyone can register, such as `com` and `github.io`.
//!
//! The list cannot be asked in a `const`, so this is the one rule that a constant in a macro is judged by at run time.

use crate::origin::host;

/// Whether names right below `base`, or below a name right below it, belong to whoever registers them.
///
/// Rules such as `*.compute.amazonaws.com` say nothing of `compute.amazonaws.com` itself, so the base is asked about
/// under one more label too. The list's last rule, `*`, makes a suffix of every last label that it does not know
/// (`internal`, `localhost`): that is no knowledge, and does not count. A suffix further down, as `s3.amazonaws.com` is
/// below `amazonaws.com`, is not found: the list can be asked about a name, and not for all names below one.
pub(crate) fn takes_in_strangers(base: &str) -> bool {
    !host::is_loopback(base.as_bytes()) && (is_known_suffix(base) || is_known_suffix(&format!("x.{base}")))
}

fn is_known_suffix(name: &str) -> bool {
    psl::suffix(name.as_bytes())
        .is_some_and(|suffix| suffix.is_known() && suffix.as_bytes() == name.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_where_strangers_register() {
        for base in
            ["com", "co.uk", "github.io", "compute.amazonaws.com", "kawasaki.jp", "pages.dev", "vercel.app"]
        {
            assert!(takes_in_strangers(base), "{base}");
        }
        for base in [
            "example.com",
            "example.co.uk",
            "me.github.io",
            "localhost",
            "internal",
            "corp.internal",
            "city.kawasaki.jp",
        ] {
            assert!(!takes_in_strangers(base), "{base}");
        }
    }
}
