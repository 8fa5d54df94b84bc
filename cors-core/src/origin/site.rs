//! Whether two hosts belong to one site.

/// Whether two hosts have the same
/// [registrable domain](https://html.spec.whatwg.org/multipage/browsers.html#same-site), or are equal.
///
/// Without the feature `public-suffix`, the last two labels count as the registrable domain.
#[doc(hidden)]
pub fn is_same_site(host: &str, other: &str) -> bool {
    host == other || registrable_domain(host).is_some_and(|domain| Some(domain) == registrable_domain(other))
}

#[cfg(feature = "public-suffix")]
fn registrable_domain(host: &str) -> Option<&str> {
    psl::domain_str(host)
}

#[cfg(not(feature = "public-suffix"))]
fn registrable_domain(host: &str) -> Option<&str> {
    let mut dots = host.rmatch_indices('.').map(|(dot, _)| dot);
    let _suffix = dots.next()?;
    Some(dots.next().map_or(host, |dot| &host[dot + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subdomains_of_a_registrable_domain_are_the_same_site() {
        assert!(is_same_site("app.example.com", "api.example.com"));
        assert!(is_same_site("example.com", "api.example.com"));
        assert!(is_same_site("localhost", "localhost"));
        assert!(!is_same_site("app.example.com", "evil.example"));
        assert!(!is_same_site("localhost", "127.0.0.1"));
        #[cfg(feature = "public-suffix")]
        assert!(!is_same_site("a.github.io", "b.github.io"));
    }
}
