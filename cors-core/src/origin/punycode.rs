//! Punycode: the encoding of a label with letters outside ASCII as ASCII text ([RFC
//! 3492](https://www.rfc-editor.org/rfc/rfc3492)).

use crate::const_text::{Text, after, char_at, rfind, starts_with_ignore_case};

/// Whether `text`, which follows `xn--`, is the punycode of a label with letters outside ASCII. The characters themselves
/// are not checked here, because that needs the tables of Unicode. Browsers check them.
pub(crate) const fn is_valid(text: &[u8]) -> bool {
    let (mut length, digits) = match rfind(text, b'-') {
        Some(0) => return false,
        Some(end) => (end, after(text, end + 1)),
        None => (0, text),
    };
    if digits.is_empty() {
        return false;
    }
    // https://www.rfc-editor.org/rfc/rfc3492#section-6.2
    let (mut n, mut i, mut bias, mut at) = (0x80u32, 0u32, 72u32, 0);
    while at < digits.len() {
        let (before, mut weight, mut k) = (i, 1u32, 36u32);
        loop {
            if at == digits.len() {
                return false;
            }
            let Some(digit) = value(digits[at]) else { return false };
            at += 1;
            let Some(product) = digit.checked_mul(weight) else { return false };
            let Some(sum) = i.checked_add(product) else { return false };
            i = sum;
            let threshold = threshold(k, bias);
            if digit < threshold {
                break;
            }
            let Some(next) = weight.checked_mul(36 - threshold) else { return false };
            weight = next;
            k += 36;
        }
        length += 1;
        bias = adapt(i - before, length as u32, before == 0);
        let Some(next) = n.checked_add(i / length as u32) else { return false };
        n = next;
        if char::from_u32(n).is_none() {
            return false;
        }
        i = i % length as u32 + 1;
    }
    true
}

const fn value(digit: u8) -> Option<u32> {
    match digit {
        b'a'..=b'z' => Some((digit - b'a') as u32),
        b'A'..=b'Z' => Some((digit - b'A') as u32),
        b'0'..=b'9' => Some((digit - b'0') as u32 + 26),
        _ => None,
    }
}

const fn threshold(k: u32, bias: u32) -> u32 {
    if k <= bias {
        1
    } else if k >= bias + 26 {
        26
    } else {
        k - bias
    }
}

/// The lower case of `character`. `None` if that needs the tables of Unicode.
const fn lower_case(character: u32) -> Option<u32> {
    Some(match character {
        0x41..=0x5a | 0xc0..=0xd6 | 0xd8..=0xde | 0x391..=0x3a1 | 0x3a3..=0x3a9 | 0x410..=0x42f => {
            character + 0x20
        }
        0x400..=0x40f => character + 0x50,
        0x2d | 0x30..=0x39 | 0x5f | 0x61..=0x7a => character,
        0xdf..=0xf6 | 0xf8..=0xff | 0x3ac..=0x3ce | 0x430..=0x45f => character,
        // Latin Extended-A, in pairs. In two ranges, the pairs start at odd numbers.
        0x100..=0x12f | 0x14a..=0x177 => character | 1,
        // A browser converts these two into an l and a dot.
        0x13f | 0x140 => return None,
        0x139..=0x148 | 0x179..=0x17e => character + character % 2,
        // Devanagari, Thai, kana, ideographs and Hangul have no case. Scripts that are written from right to left are
        // excluded, because the standard restricts which characters may be combined with them.
        0x904..=0x939 | 0xe01..=0xe2e => character,
        0x3041..=0x3094 | 0x30a1..=0x30fa | 0x30fc | 0x4e00..=0x9fff | 0xac00..=0xd7a3 => character,
        _ => return None,
    })
}

/// The punycode of `label`, without the `xn--`
/// ([RFC 3492 §6.3](https://www.rfc-editor.org/rfc/rfc3492#section-6.3)). `None` if that needs the tables of Unicode.
pub(crate) const fn encode(label: &[u8]) -> Option<Text<63>> {
    // A browser reads such a label as punycode, which has no letters outside ASCII.
    if starts_with_ignore_case(label, b"xn--") {
        return None;
    }
    let mut points = [0u32; 63];
    let (mut length, mut at) = (0, 0);
    let mut text = Text::new();
    while at < label.len() {
        let (character, bytes) = char_at(label, at);
        let Some(character) = lower_case(character) else { return None };
        if length == points.len() {
            return None;
        }
        points[length] = character;
        length += 1;
        at += bytes;
        if character < 0x80 {
            text = text.push(&[character as u8]);
        }
    }
    let basic = text.as_bytes().len();
    if basic > 0 {
        text = text.push(b"-");
    }
    let (mut n, mut delta, mut bias, mut handled) = (0x80u32, 0u32, 72u32, basic);
    while handled < length {
        let (mut next, mut i) = (u32::MAX, 0);
        while i < length {
            if points[i] >= n && points[i] < next {
                next = points[i];
            }
            i += 1;
        }
        delta += (next - n) * (handled as u32 + 1);
        n = next;
        let mut i = 0;
        while i < length {
            if points[i] < n {
                delta += 1;
            }
            if points[i] == n {
                let (mut q, mut k) = (delta, 36);
                loop {
                    let threshold = threshold(k, bias);
                    if q < threshold {
                        break;
                    }
                    text = text.push(&[digit(threshold + (q - threshold) % (36 - threshold))]);
                    q = (q - threshold) / (36 - threshold);
                    k += 36;
                }
                text = text.push(&[digit(q)]);
                bias = adapt(delta, handled as u32 + 1, handled == basic);
                delta = 0;
                handled += 1;
            }
            i += 1;
        }
        delta += 1;
        n += 1;
    }
    if text.is_whole() && text.as_bytes().len() <= 59 { Some(text) } else { None }
}

const fn digit(value: u32) -> u8 {
    if value < 26 { b'a' + value as u8 } else { b'0' + (value - 26) as u8 }
}

const fn adapt(delta: u32, points: u32, first: bool) -> u32 {
    let mut delta = if first { delta / 700 } else { delta / 2 };
    delta += delta / points;
    let mut k = 0;
    while delta > 455 {
        delta /= 35;
        k += 36;
    }
    k + 36 * delta / (delta + 38)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(20_000) })]

        // The other implementation decodes labels that end in a hyphen, which browsers reject.
        #[test]
        #[cfg_attr(miri, ignore = "takes hours")]
        fn the_same_labels_are_valid_as_in_another_implementation(
            label in "[a-z0-9]{1,20}|[A-Za-z0-9-]{0,12}[A-Za-z0-9]|[ab9-]{0,20}[ab9]",
        ) {
            prop_assert_eq!(is_valid(label.as_bytes()), idna::punycode::decode(&label).is_some());
        }

        #[test]
        #[cfg_attr(miri, ignore = "takes hours")]
        fn labels_are_encoded_as_in_another_implementation(label in "[aZ09äÄßΩЖж例え가힣अกĀĹ-]{0,20}[äÄßΩЖж例え가힣अกĀĹ]") {
            let expected = idna::punycode::encode_str(&label.to_lowercase()).expect("a short text");
            let encoded = encode(label.as_bytes());
            prop_assert_eq!(encoded.as_ref().map(Text::as_str), (expected.len() <= 59).then_some(&*expected));
        }
    }

    #[test]
    fn a_label_without_digits_is_invalid() {
        for label in ["", "-", "a-", "a-b-"] {
            assert!(!is_valid(label.as_bytes()), "{label}");
        }
    }

    #[test]
    fn encoded_labels_are_valid() {
        for label in ["exämple", "bücher", "münchen", "例え", "пример", "straße", "ü", "a-ü-b"]
        {
            let encoded = encode(label.as_bytes()).unwrap();
            assert!(is_valid(encoded.as_bytes()), "{label}: {}", encoded.as_str());
        }
    }

    #[test]
    fn a_label_with_the_prefix_has_at_most_63_characters() {
        for (length, fits) in [(55, true), (56, false), (62, false), (63, false)] {
            let label = "a".repeat(length) + "ü";
            let expected = idna::punycode::encode_str(&label).expect("a short text");
            assert_eq!(expected.len() <= 59, fits, "{expected}");
            let written = encode(label.as_bytes());
            assert_eq!(written.as_ref().map(Text::as_str), fits.then_some(&*expected));
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "takes hours")]
    fn the_lower_case_is_that_of_unicode() {
        for character in '\0'..=char::MAX {
            if let Some(lower) = lower_case(character as u32) {
                assert!(character.to_lowercase().eq(char::from_u32(lower)), "{character:?}");
            }
        }
        let known = "-_09azAZßàöøÿÀÖØÞΑΡΣΩάώЀЏАЯаяџĀāĮįŊŋŶŷĹĺŇňŹźŽžअहกฮぁゔァヴー一\u{9fff}가힣";
        for character in known.chars() {
            assert!(lower_case(character as u32).is_some(), "{character:?}");
        }
        for character in "ΆİıŉĿŀſ×÷אا\u{300}𝒜".chars() {
            assert_eq!(lower_case(character as u32), None, "{character:?}");
        }
    }

    /// Browsers reject every label that is rejected here.
    #[test]
    #[cfg_attr(miri, ignore = "takes hours")]
    fn every_label_that_a_browser_accepts_is_accepted() {
        let alphabet = b"abfz059-";
        let (mut rejected, mut taken) = (0, 0);
        for length in 0..=5u32 {
            for mut number in 0..alphabet.len().pow(length) {
                let mut label = Vec::new();
                for _ in 0..length {
                    label.push(alphabet[number % alphabet.len()]);
                    number /= alphabet.len();
                }
                let text = String::from_utf8(label).unwrap();
                let browser = url::Url::parse(&format!("https://xn--{text}.example")).is_ok();
                if is_valid(text.as_bytes()) {
                    taken += 1;
                } else {
                    rejected += 1;
                    assert!(!browser, "xn--{text}");
                }
            }
        }
        assert!(rejected > 10_000 && taken > 10_000, "{rejected} {taken}");
    }
}
