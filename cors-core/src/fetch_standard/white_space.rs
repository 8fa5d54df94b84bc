//! The white space around values and members of lists: an [HTTP tab or space](https://fetch.spec.whatwg.org/#http-tab-or-space),
//! which RFC 9110 calls [OWS](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.3). Line breaks and form feeds are not part of it.

/// The text without tabs and spaces at both ends.
pub(crate) fn trim(text: &[u8]) -> &[u8] {
    let mut text = trim_start(text);
    while let [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

/// The text without tabs and spaces at its start.
pub(crate) fn trim_start(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = text {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tabs_and_spaces_are_removed() {
        for (text, expected) in [
            ("", ""),
            (" \t", ""),
            ("\t a b \t", "a b"),
            (" \u{c}a", "\u{c}a"),
            ("a\r\n ", "a\r\n"),
            ("\u{b}a", "\u{b}a"),
        ] {
            assert_eq!(trim(text.as_bytes()), expected.as_bytes(), "{text:?}");
        }
        assert_eq!(trim_start(b" \ta "), b"a ");
    }
}
