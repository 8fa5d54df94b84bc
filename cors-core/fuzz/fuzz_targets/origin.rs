//! Fuzzes the parser of `Origin`. It may accept only what a browser can send, and the parsed parts have to make up
//! the input.
#![no_main]

use cors_core::{Origin, OriginPattern, PlainRequest, is_same_origin};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    // The input is an origin and, after the first line break, an authority.
    let (bytes, authority) = match input.iter().position(|&byte| byte == b'\n') {
        Some(at) => (&input[..at], &input[at + 1..]),
        None => (input, &b"a.example"[..]),
    };
    let parsed = Origin::parse(bytes);
    for secure in [false, true] {
        let headers = [("origin", bytes), ("host", authority)];
        let request = PlainRequest::from_bytes("POST", &headers);
        if is_same_origin(&if secure { request.over_tls() } else { request }) {
            let origin = parsed.expect("only a valid origin can be same-origin");
            let host = origin.host().as_bytes();
            assert!(authority.len() >= host.len() && authority[..host.len()].eq_ignore_ascii_case(host));
            assert!(origin.scheme() == "https" || (origin.scheme() == "http" && !secure));
            let rest = &authority[host.len()..];
            let rest = rest.strip_prefix(b".").filter(|_| origin.has_trailing_dot()).unwrap_or(rest);
            let default: &[u8] = if origin.scheme() == "https" { b":443" } else { b":80" };
            match origin.port() {
                Some(port) => assert_eq!(rest, format!(":{port}").as_bytes()),
                None => assert!(rest.is_empty() || rest == default),
            }
        }
    }
    let Some(origin) = parsed else { return };
    assert!(bytes.is_ascii() && !bytes.iter().any(u8::is_ascii_uppercase));
    assert_eq!(origin.as_str().as_bytes(), bytes);
    assert!(!origin.host().is_empty() && origin.host().len() <= 253);
    let dot = if origin.has_trailing_dot() { "." } else { "" };
    let port = origin.port().map_or(String::new(), |port| format!(":{port}"));
    assert_eq!(format!("{}://{}{dot}{port}", origin.scheme(), origin.host()).as_bytes(), bytes);
    let without_dot = format!("{}://{}{port}", origin.scheme(), origin.host());
    let pattern =
        OriginPattern::parse(&without_dot).expect("an origin without its trailing dot is a pattern");
    assert_eq!(pattern.matches(&origin), !origin.has_trailing_dot());
});
