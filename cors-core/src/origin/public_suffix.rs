//! Public suffixes: domains under which anyone can register a name, such as `com` and `github.io`.
//!
//! The list cannot be used in a `const fn`, so for constants in a macro this one rule is evaluated at run time.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::origin::host;

/// Names that are not public suffixes but have a public suffix below them, such as `amazonaws.com` above `s3.amazonaws.com`.
/// The `psl` crate can tell whether one name is a public suffix, but not whether a subdomain of it is one, so these names
/// are listed here. A test derives them from the rules of `psl`.
static ABOVE_SUFFIXES: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("above_public_suffixes.txt").lines().collect());

/// Whether subdomains of `base` can belong to strangers.
///
/// The last rule of the list, `*`, makes every unknown top-level name (`internal`, `localhost`) a public suffix. This
/// function ignores it.
pub(crate) fn has_foreign_subdomains(base: &str) -> bool {
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
    fn finds_domains_under_which_strangers_can_register() {
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
            assert!(has_foreign_subdomains(base), "{base}");
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
            assert!(!has_foreign_subdomains(base), "{base}");
        }
    }
}
