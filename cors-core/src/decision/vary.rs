//! The request headers that an answer depends on.

use crate::fetch_standard::white_space::trim;

/// Which request headers an answer depends on, for
/// [`Vary`](https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches).
///
/// ```
/// use cors_core::Vary;
///
/// assert_eq!(Vary::OriginAndMethod.as_str(), "Origin, Access-Control-Request-Method");
/// assert!(Vary::has_origin(b"accept-encoding, origin"));
/// assert!(Vary::has_origin(b"*"));
/// assert!(!Vary::has_origin(b"accept-encoding"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vary {
    /// None. The answer is the same for every request.
    Nothing,
    /// `Access-Control-Request-Method`
    Method,
    /// `Origin`
    Origin,
    /// `Origin, Access-Control-Request-Method`
    OriginAndMethod,
    /// `Origin, Access-Control-Request-Method, Access-Control-Request-Headers`
    OriginMethodAndHeaders,
}

impl Vary {
    /// The value of the header, empty for [`Vary::Nothing`]. Each value is contained in the last one.
    pub const fn as_str(self) -> &'static str {
        match self {
            Vary::Nothing => "",
            Vary::Method => "Access-Control-Request-Method",
            Vary::Origin => "Origin",
            Vary::OriginAndMethod => "Origin, Access-Control-Request-Method",
            Vary::OriginMethodAndHeaders => {
                "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
            }
        }
    }

    /// Whether an existing line of `Vary` already lists `Origin`, so that it must not be added again.
    pub fn has_origin(line: &[u8]) -> bool {
        Self::has(line, "origin")
    }

    /// Whether an existing line of `Vary` already lists the header `name`.
    pub(crate) fn has(line: &[u8], name: &str) -> bool {
        line.split(|&byte| byte == b',')
            .map(trim)
            .any(|listed| listed == b"*" || listed.eq_ignore_ascii_case(name.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_with_a_star_or_origin_already_lists_origin() {
        for line in ["Origin", "origin", "accept, ORIGIN", "accept,origin ,cookie", "*", "accept, *"] {
            assert!(Vary::has_origin(line.as_bytes()), "{line:?}");
        }
        for line in [
            "",
            "accept",
            "x-origin",
            "origin-x",
            "origin accept",
            "access-control-request-method",
            "**",
            "accept,\n*",
            "\u{c}origin",
        ] {
            assert!(!Vary::has_origin(line.as_bytes()), "{line:?}");
        }
    }
}
