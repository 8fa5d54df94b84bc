//! Hosts as browsers serialize them. Each host has one form, so hosts can be compared byte by byte.
//!
//! The grammar follows the URL standard's [host parser](https://url.spec.whatwg.org/#host-parsing) and
//! [serializer](https://url.spec.whatwg.org/#host-serializing), restricted to hosts that are possible in DNS.

use crate::const_text::{Text, after, ends_with, equal, find, rfind, slice, starts_with_ignore_case};
use crate::origin::punycode;
use crate::rules::rule::Rule;

/// The longest name that is possible in DNS, in bytes.
pub(crate) const LONGEST: usize = 253;

/// Whether `host` (not empty, without a port) is in the form that browsers send.
pub(crate) const fn check(host: &[u8]) -> Result<(), Rule> {
    if host.is_empty() {
        return Err(Rule::OriginHost);
    }
    if host[0] == b'[' {
        return match canonical_ipv6(host) {
            Some(canonical) if equal(canonical.as_bytes(), host) => Ok(()),
            _ => Err(Rule::OriginIpv6),
        };
    }
    if !is_domain(host) {
        return Err(Rule::OriginHost);
    }
    if ends_in_a_number(host) && !is_ipv4(host) {
        return Err(Rule::OriginIpv4);
    }
    Ok(())
}

/// Whether `host` has labels of 1 to 63 bytes of `[a-z0-9_-]`, at most 253 bytes in all, and no trailing dot. A label that
/// starts with `xn--` is punycode.
const fn is_domain(host: &[u8]) -> bool {
    if host.len() > LONGEST {
        return false;
    }
    let (mut label, mut i) = (0, 0);
    while i < host.len() {
        match host[i] {
            b'a'..=b'z' | b'0'..=b'9' | b'_' if label < 63 => label += 1,
            b'.' if label > 0 => label = 0,
            b'-' if label == 3 && starts_with_ignore_case(after(host, i - 3), b"xn--") => {
                let rest = after(host, i + 1);
                let length = match find(rest, b'.') {
                    Some(dot) => dot,
                    None => rest.len(),
                };
                if !punycode::is_valid(slice(rest, 0, length)) {
                    return false;
                }
                label += 1;
            }
            b'-' if label < 63 => label += 1,
            _ => return false,
        }
        i += 1;
    }
    label > 0
}

/// The URL standard's [ends-in-a-number checker](https://url.spec.whatwg.org/#ends-in-a-number-checker): such a host is
/// either an IPv4 address or invalid.
const fn ends_in_a_number(host: &[u8]) -> bool {
    let last = match rfind(host, b'.') {
        Some(dot) => after(host, dot + 1),
        None => host,
    };
    number(last).is_some() || (!last.is_empty() && all_digits(last))
}

const fn all_digits(bytes: &[u8]) -> bool {
    let mut i = 0;
    while i < bytes.len() {
        if !bytes[i].is_ascii_digit() {
            return false;
        }
        i += 1;
    }
    true
}

/// Whether `host` consists of four decimal numbers up to 255, without leading zeros.
pub(crate) const fn is_ipv4(host: &[u8]) -> bool {
    match canonical_ipv4(host) {
        Some(canonical) => equal(canonical.as_bytes(), host),
        None => false,
    }
}

/// The URL standard's [IPv4 number parser](https://url.spec.whatwg.org/#ipv4-number-parser): decimal, `0x` or octal.
const fn number(part: &[u8]) -> Option<u64> {
    let (digits, radix) = if starts_with_ignore_case(part, b"0x") {
        (after(part, 2), 16)
    } else if part.len() > 1 && part[0] == b'0' {
        (after(part, 1), 8)
    } else if part.is_empty() {
        return None;
    } else {
        (part, 10)
    };
    let (mut number, mut i) = (0u64, 0);
    while i < digits.len() {
        let Some(digit) = (digits[i] as char).to_digit(radix) else { return None };
        number = number.saturating_mul(radix as u64).saturating_add(digit as u64);
        i += 1;
    }
    Some(number)
}

/// The IPv4 address in dotted decimal notation to which a browser converts `127.1`, `0x7f000001` or `010.0.0.1`.
pub(crate) const fn canonical_ipv4(host: &[u8]) -> Option<Text<15>> {
    let mut parts = [0u64; 4];
    let (mut count, mut from) = (0, 0);
    loop {
        let rest = after(host, from);
        let dot = find(rest, b'.');
        let part = match dot {
            Some(dot) => slice(rest, 0, dot),
            None => rest,
        };
        if count == 4 {
            return None;
        }
        parts[count] = match number(part) {
            Some(number) => number,
            None => return None,
        };
        count += 1;
        match dot {
            Some(dot) => from += dot + 1,
            None => break,
        }
    }
    let mut address = parts[count - 1];
    if address >= 1 << (8 * (5 - count)) {
        return None;
    }
    let mut i = 0;
    while i < count - 1 {
        if parts[i] > 255 {
            return None;
        }
        address += parts[i] << (8 * (3 - i));
        i += 1;
    }
    let text = Text::new().push_number(address >> 24, 10).push(b".").push_number(address >> 16 & 255, 10);
    Some(text.push(b".").push_number(address >> 8 & 255, 10).push(b".").push_number(address & 255, 10))
}

/// An IPv6 address as a browser serializes it: in brackets, in lower case, without leading zeros, with the longest run
/// of zeros compressed. The brackets in `host` are optional.
pub(crate) const fn canonical_ipv6(host: &[u8]) -> Option<Text<41>> {
    let bytes = if !host.is_empty() && host[0] == b'[' {
        if host[host.len() - 1] != b']' {
            return None;
        }
        slice(host, 1, host.len() - 1)
    } else {
        host
    };
    match parse_ipv6(bytes) {
        Some(pieces) => Some(serialize_ipv6(&pieces)),
        None => None,
    }
}

/// The URL standard's [IPv6 parser](https://url.spec.whatwg.org/#concept-ipv6-parser).
const fn parse_ipv6(bytes: &[u8]) -> Option<[u16; 8]> {
    let mut pieces = [0u16; 8];
    let (mut count, mut compressed_at, mut i) = (0, None, 0);
    if bytes.len() < 2 || (bytes[0] == b':' && bytes[1] != b':') {
        return None;
    }
    if bytes[0] == b':' {
        compressed_at = Some(0);
        i = 2;
    }
    while i < bytes.len() {
        if count == 8 {
            return None;
        }
        if bytes[i] == b':' {
            if compressed_at.is_some() {
                return None;
            }
            compressed_at = Some(count);
            i += 1;
            continue;
        }
        let start = i;
        let mut piece = 0u16;
        while i < bytes.len() && i - start < 4 && bytes[i].is_ascii_hexdigit() {
            piece = piece << 4 | hex(bytes[i]);
            i += 1;
        }
        if i < bytes.len() && bytes[i] == b'.' {
            // The last 32 bits may be an IPv4 address.
            let quad = after(bytes, start);
            if count > 6 || !is_ipv4(quad) {
                return None;
            }
            let [high, low] = quad_pieces(quad);
            pieces[count] = high;
            pieces[count + 1] = low;
            count += 2;
            i = bytes.len();
            continue;
        }
        if i == start {
            return None;
        }
        pieces[count] = piece;
        count += 1;
        if i < bytes.len() {
            if bytes[i] != b':' || i + 1 == bytes.len() {
                return None;
            }
            i += 1;
        }
    }
    match compressed_at {
        Some(at) => {
            if count == 8 {
                return None;
            }
            let mut moved = 0;
            while moved < count - at {
                pieces[7 - moved] = pieces[count - 1 - moved];
                pieces[count - 1 - moved] = 0;
                moved += 1;
            }
            Some(pieces)
        }
        None if count == 8 => Some(pieces),
        None => None,
    }
}

const fn hex(digit: u8) -> u16 {
    match (digit as char).to_digit(16) {
        Some(value) => value as u16,
        None => 0,
    }
}

/// The two 16-bit pieces of an IPv4 address.
const fn quad_pieces(quad: &[u8]) -> [u16; 2] {
    let mut address = 0u32;
    let (mut part, mut i) = (0u32, 0);
    while i <= quad.len() {
        if i == quad.len() || quad[i] == b'.' {
            address = address << 8 | part;
            part = 0;
        } else {
            part = part * 10 + (quad[i] - b'0') as u32;
        }
        i += 1;
    }
    [(address >> 16) as u16, address as u16]
}

/// The URL standard's [IPv6 serializer](https://url.spec.whatwg.org/#concept-ipv6-serializer).
const fn serialize_ipv6(pieces: &[u16; 8]) -> Text<41> {
    let (mut best, mut best_length) = (8, 1);
    let mut i = 0;
    while i < 8 {
        let mut length = 0;
        while i + length < 8 && pieces[i + length] == 0 {
            length += 1;
        }
        if length > best_length {
            (best, best_length) = (i, length);
        }
        i += if length == 0 { 1 } else { length };
    }
    let mut text = Text::new().push(b"[");
    let mut i = 0;
    while i < 8 {
        if i == best {
            text = text.push(if i == 0 { b"::" } else { b":" });
            i += best_length;
            continue;
        }
        text = text.push_number(pieces[i] as u64, 16);
        if i < 7 {
            text = text.push(b":");
        }
        i += 1;
    }
    text.push(b"]")
}

/// Whether `host` is the loopback: `localhost`, `*.localhost`, `127.0.0.0/8` or `[::1]` ([potentially
/// trustworthy](https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy)).
pub(crate) const fn is_loopback(host: &[u8]) -> bool {
    equal(host, b"localhost")
        || ends_with(host, b".localhost")
        || equal(host, b"[::1]")
        || (starts_with_ignore_case(host, b"127.") && is_ipv4(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_ipv6_address_has_one_form() {
        for (written, canonical) in [
            ("[::1]", Some("[::1]")),
            ("[::]", Some("[::]")),
            ("[0:0:0:0:0:0:0:1]", Some("[::1]")),
            ("[2001:DB8::1]", Some("[2001:db8::1]")),
            ("[2001:0db8::1]", Some("[2001:db8::1]")),
            ("[2001:db8:0:1:1:1:1:1]", Some("[2001:db8:0:1:1:1:1:1]")),
            ("[2001:db8::1:1:1:1:1]", Some("[2001:db8:0:1:1:1:1:1]")),
            ("[1:0:0:2:0:0:0:3]", Some("[1:0:0:2::3]")),
            ("[1:0:0:2:3:0:0:4]", Some("[1::2:3:0:0:4]")),
            ("[1:2:3:4:5:6:7::]", Some("[1:2:3:4:5:6:7:0]")),
            ("[1::]", Some("[1::]")),
            ("[::ffff:1.2.3.4]", Some("[::ffff:102:304]")),
            ("::1", Some("[::1]")),
            ("[1:2:3:4:5:6:1.2.3.4]", Some("[1:2:3:4:5:6:102:304]")),
            ("[::1:2:3:4:5:1.2.3.4]", Some("[0:1:2:3:4:5:102:304]")),
            ("[1:2:3:4:5:6:7:1.2.3.4]", None),
            ("[::1:2:3:4:5:6:1.2.3.4]", None),
            ("[::1:2:3:4:5:6:7:1.2.3.4]", None),
            ("[1:2:3:4:5:6:7:8:1.2.3.4]", None),
            ("[::1.2.3.4:5]", None),
            ("[1.2.3.4::]", None),
            ("[::ffff:1.2.3]", None),
            ("[1:2:3:4:5:6:7:8:9]", None),
            ("[1:2:3:4:5:6:7:8::]", None),
            ("[1:2:3]", None),
            ("[:1]", None),
            ("[1:]", None),
            ("[1:2:3:4:5:6:7:8:]", None),
            ("[1:2:3:4:5:6:7g8]", None),
            ("[1::2::3]", None),
            ("[12345::]", None),
            ("[fe80::1%25eth0]", None),
            ("[]", None),
            ("[:]", None),
            ("[", None),
            ("[::1", None),
        ] {
            let found = canonical_ipv6(written.as_bytes());
            assert_eq!(found.as_ref().map(Text::as_str), canonical, "{written}");
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "takes hours")]
    fn agrees_with_the_standard_library_on_ipv6_addresses() {
        use std::net::Ipv6Addr;
        for n in 0..65_536u32 {
            let piece = |bit: u32| if n >> bit & 1 == 1 { (n >> 8) as u16 | 1 } else { 0 };
            let pieces: [u16; 8] = std::array::from_fn(|i| piece(i as u32));
            let address = Ipv6Addr::from(pieces);
            // The standard library writes mapped addresses with an IPv4 address in them. The URL standard does not.
            if address.to_ipv4_mapped().is_some() {
                continue;
            }
            let long = pieces.map(|piece| format!("{piece:04X}")).join(":");
            assert_eq!(canonical_ipv6(long.as_bytes()).unwrap().as_str(), format!("[{address}]"));
        }
    }

    #[test]
    fn each_ipv4_address_has_one_form() {
        for (written, canonical) in [
            ("127.0.0.1", Some("127.0.0.1")),
            ("127.1", Some("127.0.0.1")),
            ("127.0.1", Some("127.0.0.1")),
            ("0x7f000001", Some("127.0.0.1")),
            ("0x7f.0.0.0x1", Some("127.0.0.1")),
            ("010.0.0.1", Some("8.0.0.1")),
            ("2130706433", Some("127.0.0.1")),
            ("255.255.255.255", Some("255.255.255.255")),
            ("0", Some("0.0.0.0")),
            ("256.0.0.1", None),
            ("1.2.3.256", None),
            ("1.2.3.4.5", None),
            ("08.0.0.1", None),
            ("4294967296", None),
            ("99999999999999999999999999", None),
            ("1.2.3.", None),
            ("example.1", None),
        ] {
            let found = canonical_ipv4(written.as_bytes());
            assert_eq!(found.as_ref().map(Text::as_str), canonical, "{written}");
        }
    }

    #[test]
    fn a_label_has_1_to_63_characters() {
        let letters = |count| "a".repeat(count);
        // "aa…aü" in punycode.
        let international = |count, end| format!("xn--{}-{end}", letters(count));
        for host in [
            letters(63),
            format!("{}-", letters(62)),
            format!("{}.{}", letters(63), letters(63)),
            international(55, "8yf"),
            format!("a.{}.b", international(55, "8yf")),
        ] {
            assert_eq!(check(host.as_bytes()), Ok(()), "{host}");
        }
        for host in [
            letters(64),
            format!("{}-", letters(63)),
            format!("a.{}", letters(64)),
            international(56, "t2f"),
            international(57, "e6f"),
            format!("{}.", letters(1)),
            format!(".{}", letters(1)),
            "a..b".to_owned(),
            "xn--".to_owned(),
            // This is not punycode.
            "xn--azz".to_owned(),
        ] {
            assert_eq!(check(host.as_bytes()), Err(Rule::OriginHost), "{host}");
        }
    }

    #[test]
    fn a_name_is_not_an_address() {
        for host in
            ["localhost", "a-b_c.example", "1.2.3.4.example", "x0", "1e3", "xn--exmple-cua.com", "0x1g"]
        {
            assert_eq!(check(host.as_bytes()), Ok(()), "{host}");
        }
        for host in ["example.0x", "example.00", "example.9999999999", "1.2.3.04", "0x"] {
            assert_eq!(check(host.as_bytes()), Err(Rule::OriginIpv4), "{host}");
        }
    }

    #[test]
    fn only_loopback_names_and_addresses_are_loopback() {
        for host in ["localhost", "api.localhost", "127.0.0.1", "127.255.0.9", "[::1]"] {
            assert!(is_loopback(host.as_bytes()), "{host}");
        }
        for host in
            ["notlocalhost", "localhost.example", "128.0.0.1", "127.example", "127.0.0.1.example", "[::2]"]
        {
            assert!(!is_loopback(host.as_bytes()), "{host}");
        }
    }
}
