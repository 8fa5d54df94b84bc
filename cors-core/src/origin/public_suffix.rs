//! Public suffixes: names below which anyone can register, such as `com` and `github.io`.
//!
//! The list cannot be read in a `const`, so this is the one rule that judges constants in a macro at run time.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::origin::host;

/// Names that are not public suffixes but have a public suffix below them, such as `amazonaws.com` above `s3.amazonaws.com`.
/// The `psl` crate answers questions about one name and not about all names below it, so these names are listed here. A test
/// derives them from the rules of `psl`.
static ABOVE_SUFFIXES: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("above_public_suffixes.txt").lines().collect());

/// Whether names below `base` belong to whoever registers them.
///
/// The list's last rule, `*`, makes a suffix of every last label that it does not know (`internal`, `localhost`). It says
/// nothing about these names and does not count.
pub(crate) fn takes_in_strangers(base: &str) -> bool {
    !host::is_loopback(base.as_bytes())
        && (is_known_suffix(base)
            // Rules such as `*.compute.amazonaws.com` do not apply to `compute.amazonaws.com` itself.
            || is_known_suffix(&format!("x.{base}"))
            || ABOVE_SUFFIXES.contains(base))
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
        for base in [
            "com",
            "co.uk",
            "github.io",
            "compute.amazonaws.com",
            "kawasaki.jp",
            "pages.dev",
            "vercel.app",
            "amazonaws.com",
            "eu-west-1.amazonaws.com",
            "windows.net",
            "core.windows.net",
            "fastly.net",
            "za",
        ] {
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
