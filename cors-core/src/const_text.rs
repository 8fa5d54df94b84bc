//! Bytes and text in `const fn`: the operations that the rules need both in the compiler and at run time.
//!
//! A `const fn` can neither allocate nor call the methods of a trait. So this file implements slicing, comparison, searching
//! and writing into a fixed buffer.

/// `bytes[from..to]`.
pub(crate) const fn slice(bytes: &[u8], from: usize, to: usize) -> &[u8] {
    bytes.split_at(to).0.split_at(from).1
}

/// `bytes[from..]`.
pub(crate) const fn after(bytes: &[u8], from: usize) -> &[u8] {
    bytes.split_at(from).1
}

pub(crate) const fn equal(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

pub(crate) const fn ends_with(bytes: &[u8], end: &[u8]) -> bool {
    bytes.len() >= end.len() && equal(after(bytes, bytes.len() - end.len()), end)
}

pub(crate) const fn starts_with_ignore_case(bytes: &[u8], start: &[u8]) -> bool {
    bytes.len() >= start.len() && slice(bytes, 0, start.len()).eq_ignore_ascii_case(start)
}

/// The index of the first `byte` in `bytes`.
pub(crate) const fn find(bytes: &[u8], byte: u8) -> Option<usize> {
    let mut i = 0;
    while i < bytes.len() {
        if bytes[i] == byte {
            return Some(i);
        }
        i += 1;
    }
    None
}

/// The index of the last `byte` in `bytes`.
pub(crate) const fn rfind(bytes: &[u8], byte: u8) -> Option<usize> {
    let mut i = bytes.len();
    while i > 0 {
        i -= 1;
        if bytes[i] == byte {
            return Some(i);
        }
    }
    None
}

/// The index of the first `://` in `bytes`.
pub(crate) const fn find_scheme_end(bytes: &[u8]) -> Option<usize> {
    let mut i = 0;
    while i + 2 < bytes.len() {
        if bytes[i] == b':' && bytes[i + 1] == b'/' && bytes[i + 2] == b'/' {
            return Some(i);
        }
        i += 1;
    }
    None
}

/// Whether `bytes` is one of `words`, ignoring ASCII case.
pub(crate) const fn is_one_of(bytes: &[u8], words: &[&str]) -> bool {
    let mut i = 0;
    while i < words.len() {
        if bytes.eq_ignore_ascii_case(words[i].as_bytes()) {
            return true;
        }
        i += 1;
    }
    false
}

/// Whether `bytes` is a token, as a method and a header name must be
/// ([RFC 9110 §5.6.2](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2)).
pub const fn is_token(bytes: &[u8]) -> bool {
    let mut i = 0;
    while i < bytes.len() {
        if !is_token_byte(bytes[i]) {
            return false;
        }
        i += 1;
    }
    !bytes.is_empty()
}

pub(crate) const fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'_'
                | b'`'
                | b'|'
                | b'~'
        )
}

/// The character that starts at `at`, and its length in bytes. `bytes` is UTF-8.
pub(crate) const fn char_at(bytes: &[u8], at: usize) -> (u32, usize) {
    const fn tail(bytes: &[u8], at: usize) -> u32 {
        (bytes[at] & 0x3f) as u32
    }
    let first = bytes[at];
    match first {
        0..0x80 => (first as u32, 1),
        0x80..0xe0 => ((first as u32 & 0x1f) << 6 | tail(bytes, at + 1), 2),
        0xe0..0xf0 => ((first as u32 & 0x0f) << 12 | tail(bytes, at + 1) << 6 | tail(bytes, at + 2), 3),
        _ => {
            let high = (first as u32 & 0x07) << 18 | tail(bytes, at + 1) << 12;
            (high | tail(bytes, at + 2) << 6 | tail(bytes, at + 3), 4)
        }
    }
}

/// Whether `character` is white space in Unicode.
pub(crate) const fn is_white_space(character: u32) -> bool {
    matches!(
        character,
        0..=0x20 | 0x7f | 0x85 | 0xa0 | 0x1680 | 0x2000..=0x200a | 0x2028 | 0x2029 | 0x202f | 0x205f | 0x3000
    )
}

/// Whether a reader cannot see `character`: control characters, marks that change the reading direction, characters that are
/// [ignorable by default](https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point), and blank characters. They are
/// printed as escapes.
const fn is_invisible(character: u32) -> bool {
    (character != 0x20 && is_white_space(character))
        || matches!(character, 0x80..=0x9f | 0xad | 0x34f | 0x61c | 0x115f | 0x1160 | 0x17b4 | 0x17b5)
        || matches!(character, 0x180b..=0x180f | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0x2800)
        || matches!(character, 0x3164 | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffb)
        || matches!(character, 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a | 0xe0000..=0xe0fff)
}

/// Text of at most `N` bytes that a `const fn` builds. Text that does not fit is dropped, and [`Text::is_whole`] then returns
/// `false`.
#[derive(Clone, Copy)]
pub(crate) struct Text<const N: usize> {
    bytes: [u8; N],
    length: usize,
    whole: bool,
}

impl<const N: usize> Text<N> {
    pub(crate) const fn new() -> Self {
        Self { bytes: [0; N], length: 0, whole: true }
    }

    pub(crate) const fn is_whole(&self) -> bool {
        self.whole
    }

    pub(crate) const fn as_bytes(&self) -> &[u8] {
        slice(&self.bytes, 0, self.length)
    }

    pub(crate) const fn as_str(&self) -> &str {
        match core::str::from_utf8(self.as_bytes()) {
            Ok(text) => text,
            Err(_) => "",
        }
    }

    /// Appends `bytes` completely or not at all, so that the text remains UTF-8.
    pub(crate) const fn push(mut self, bytes: &[u8]) -> Self {
        if !self.whole || bytes.len() > N - self.length {
            self.whole = false;
            return self;
        }
        let mut i = 0;
        while i < bytes.len() {
            self.bytes[self.length + i] = bytes[i];
            i += 1;
        }
        self.length += bytes.len();
        self
    }

    pub(crate) const fn push_str(self, text: &str) -> Self {
        self.push(text.as_bytes())
    }

    pub(crate) const fn push_lower_case(mut self, bytes: &[u8]) -> Self {
        let mut i = 0;
        while i < bytes.len() {
            self = self.push(&[bytes[i].to_ascii_lowercase()]);
            i += 1;
        }
        self
    }

    pub(crate) const fn push_upper_case(mut self, bytes: &[u8]) -> Self {
        let mut i = 0;
        while i < bytes.len() {
            self = self.push(&[bytes[i].to_ascii_uppercase()]);
            i += 1;
        }
        self
    }

    /// Appends a number in `radix` (10 or 16), with lower-case digits.
    pub(crate) const fn push_number(self, number: u64, radix: u64) -> Self {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let this = if number >= radix { self.push_number(number / radix, radix) } else { self };
        this.push(&[DIGITS[(number % radix) as usize]])
    }

    /// Appends `value` in a readable form: at most 100 characters, with escapes for characters that cannot be seen.
    pub(crate) const fn push_visible(mut self, value: &str) -> Self {
        let bytes = value.as_bytes();
        let (mut at, mut shown) = (0, 0);
        while at < bytes.len() {
            if shown == 100 {
                return self.push_str("…");
            }
            let (character, length) = char_at(bytes, at);
            if is_invisible(character) {
                self = self.push_str("\\u{").push_number(character as u64, 16).push_str("}");
            } else {
                self = self.push(slice(bytes, at, at + length));
            }
            at += length;
            shown += 1;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_characters_of_every_length() {
        for character in ['a', 'é', '€', '𝄞', '\u{7ff}', '\u{800}', '\u{ffff}', '\u{10ffff}'] {
            let text = character.to_string();
            assert_eq!(char_at(text.as_bytes(), 0), (character as u32, text.len()));
        }
    }

    #[test]
    fn white_space_is_that_of_unicode_and_control_characters() {
        for character in (0..=0x3100).filter_map(char::from_u32) {
            let expected = character.is_whitespace() || character <= ' ' || character == '\u{7f}';
            assert_eq!(is_white_space(character as u32), expected, "{character:?}");
        }
    }

    #[test]
    fn escapes_invisible_characters_and_cuts_long_text() {
        assert_eq!(Text::<64>::new().push_visible("a\u{200f}b\n").as_str(), "a\\u{200f}b\\u{a}");
        for hidden in
            ['\u{34f}', '\u{115f}', '\u{2066}', '\u{2800}', '\u{3164}', '\u{fe0f}', '\u{ffa0}', '\u{1d173}']
        {
            let shown = format!("a\\u{{{:x}}}b", hidden as u32);
            assert_eq!(Text::<64>::new().push_visible(&format!("a{hidden}b")).as_str(), shown);
        }
        let long = "é".repeat(200);
        assert_eq!(Text::<1024>::new().push_visible(&long).as_str(), format!("{}…", "é".repeat(100)));
    }

    #[test]
    fn text_that_does_not_fit_is_not_whole() {
        let text = Text::<4>::new().push_str("abc").push_str("de");
        assert_eq!((text.as_str(), text.is_whole()), ("abc", false));
    }
}
