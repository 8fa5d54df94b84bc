//! Escapes text that comes from a server, so that it can be printed to a terminal.

use std::ops::Range;

/// Replaces everything except printable ASCII characters by `\xNN`, so that no control sequence and no character that
/// changes the direction of writing reaches the terminal.
pub fn escape(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| escape_byte(byte)).collect()
}

fn escape_byte(byte: u8) -> String {
    match byte {
        b'\\' => "\\\\".to_owned(),
        b' '..=b'~' => char::from(byte).to_string(),
        _ => format!("\\x{byte:02x}"),
    }
}

/// A line of an HTTP message, of which some bytes are marked.
#[derive(Clone, PartialEq, Eq)]
pub struct Marked {
    line: Vec<u8>,
    marked: Range<usize>,
}

impl Marked {
    /// A header line. `marked` is the marked range, relative to the start of the value. An empty range marks the
    /// place of missing text.
    pub fn header(name: &str, value: &[u8], marked: Range<usize>) -> Self {
        let mut line = format!("{name}: ").into_bytes();
        let start = line.len();
        line.extend_from_slice(value);
        Self { line, marked: start + marked.start..start + marked.end }
    }

    /// Any line, with the marked range.
    pub fn line(line: &str, marked: Range<usize>) -> Self {
        Self { line: line.as_bytes().to_vec(), marked }
    }

    /// The line, escaped.
    pub fn text(&self) -> String {
        escape(&self.line)
    }

    /// Spaces and carets, to be written below [`Marked::text`].
    pub fn carets(&self) -> String {
        let before = escape(&self.line[..self.marked.start]).len();
        let width = escape(&self.line[self.marked.clone()]).len().max(1);
        " ".repeat(before) + &"^".repeat(width)
    }

    /// The marked bytes, escaped.
    pub fn marked(&self) -> String {
        escape(&self.line[self.marked.clone()])
    }
}

/// The range in which `value` differs from `expected`, between their common start and their common end.
pub fn difference(value: &[u8], expected: &[u8]) -> Range<usize> {
    let start = value.iter().zip(expected).take_while(|(a, b)| a == b).count();
    let ends = value[start..].iter().rev().zip(expected[start..].iter().rev());
    let end = value.len() - ends.take_while(|(a, b)| a == b).count();
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_control_character_is_left() {
        assert_eq!(escape(b"\x1b[2J\x07 a\\b \x7f\r\n"), "\\x1b[2J\\x07 a\\\\b \\x7f\\x0d\\x0a");
        assert_eq!(escape("\u{202e}\u{9b}é".as_bytes()), "\\xe2\\x80\\xae\\xc2\\x9b\\xc3\\xa9");
        for byte in 0..=u8::MAX {
            assert!(escape(&[byte]).bytes().all(|byte| matches!(byte, b' '..=b'~')), "{byte}");
        }
    }

    #[test]
    fn the_difference_is_as_short_as_it_can_be() {
        for (value, expected, marked) in [
            ("https://a.example/", "https://a.example", "/"),
            ("http://a.example", "https://a.example", ""),
            ("https://b.example", "https://a.example", "b"),
            ("HTTPS://a.example", "https://a.example", "HTTPS"),
            ("aa", "a", "a"),
            ("", "a", ""),
        ] {
            let range = difference(value.as_bytes(), expected.as_bytes());
            assert_eq!(&value[range], marked, "{value} {expected}");
        }
    }

    #[test]
    fn the_carets_are_below_the_marked_bytes_even_if_bytes_are_escaped() {
        let marked = Marked::header("a", b"\x1b\xffb", 1..3);
        assert_eq!(marked.text(), "a: \\x1b\\xffb");
        assert_eq!(marked.carets(), "       ^^^^^");
        assert_eq!(marked.marked(), "\\xffb");
        assert_eq!(Marked::header("a", b"b", 1..1).carets(), "    ^");
    }
}
