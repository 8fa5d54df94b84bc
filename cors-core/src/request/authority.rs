//! The host and port that a request was sent to.

use crate::request::request::Field;

/// The authority of a request: that of its target, or else its only `Host` line.
///
/// The target has an authority in HTTP/2 and HTTP/3
/// ([`:authority`](https://www.rfc-editor.org/rfc/rfc9113#section-8.3.1)), and in absolute form: `GET http://a.example/
/// HTTP/1.1`. A server then [must ignore `Host`](https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2).
#[doc(hidden)]
#[inline]
pub fn target_authority<'a>(target: Option<&'a [u8]>, host: Field<'a>) -> Option<&'a [u8]> {
    target.or_else(|| host.one())
}

/// The host of an authority, and the text after the colon that follows it.
#[doc(hidden)]
#[inline]
pub fn split_port(authority: &[u8]) -> (&[u8], Option<&[u8]>) {
    match authority.iter().rposition(|&byte| byte == b':') {
        // The colons of an IPv6 address are inside brackets.
        Some(colon) if !authority[colon..].contains(&b']') => {
            (&authority[..colon], Some(&authority[colon + 1..]))
        }
        _ => (authority, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_authority_of_the_target_takes_precedence_over_host() {
        let target = Some(b"a.example".as_slice());
        for host in [Field::Absent, Field::One(b"b.example"), Field::Several] {
            assert_eq!(target_authority(target, host), target);
        }
        assert_eq!(target_authority(None, Field::One(b"b.example")), Some(b"b.example".as_slice()));
        assert_eq!(target_authority(None, Field::Absent), None);
        assert_eq!(target_authority(None, Field::Several), None);
    }

    #[test]
    fn a_port_follows_the_last_colon_outside_of_brackets() {
        for (authority, host, port) in [
            ("a.example", "a.example", None),
            ("a.example:8080", "a.example", Some("8080")),
            ("a.example:", "a.example", Some("")),
            ("a.example:1:2", "a.example:1", Some("2")),
            ("[::1]", "[::1]", None),
            ("[::1]:8080", "[::1]", Some("8080")),
            ("", "", None),
        ] {
            let expected = (host.as_bytes(), port.map(str::as_bytes));
            assert_eq!(split_port(authority.as_bytes()), expected, "{authority}");
        }
    }
}
