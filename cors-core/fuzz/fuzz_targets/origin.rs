//! The origin parser: it accepts what a second parser accepts, and keeps every part of it.
#![no_main]

use cors_core::{Origin, OriginPattern, PlainRequest, Rule, is_same_origin};
use cors_core_fuzz::request::Request;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    // The origin, a line break, and the authority.
    let (bytes, authority) = match input.iter().position(|&byte| byte == b'\n') {
        Some(at) => (&input[..at], &input[at + 1..]),
        None => (input, &b"a.example"[..]),
    };
    let parsed = Origin::parse(bytes);
    let expected = cors_core_fuzz::origin::parse(bytes);
    let parts = |origin: Origin<'_>| (origin.scheme().len(), origin.has_trailing_dot(), origin.port());
    assert_eq!(
        parsed.map(parts),
        expected.map(|origin| {
            let port = origin.port.map(|port| port.parse().expect("a port"));
            (origin.scheme.len(), origin.host.ends_with('.'), port)
        }),
        "{bytes:?}"
    );
    for secure in [false, true] {
        let lines = [("origin", bytes), ("host", authority)];
        let expected = Request { method: "POST", lines: &lines, secure, trusted_header: None };
        let request = PlainRequest::from_bytes("POST", &lines);
        let request = if secure { request.over_tls() } else { request };
        assert_eq!(is_same_origin(&request), expected.is_same_origin(), "{expected:?}");
    }
    let Some(origin) = parsed else { return };
    assert!(bytes.is_ascii() && !bytes.iter().any(u8::is_ascii_uppercase));
    assert_eq!(origin.as_str().as_bytes(), bytes);
    assert!(!origin.host().is_empty() && origin.host().len() <= 253);
    let dot = if origin.has_trailing_dot() { "." } else { "" };
    let port = origin.port().map_or(String::new(), |port| format!(":{port}"));
    assert_eq!(format!("{}://{}{dot}{port}", origin.scheme(), origin.host()).as_bytes(), bytes);
    let without_dot = format!("{}://{}{port}", origin.scheme(), origin.host());
    let pattern = match OriginPattern::parse(&without_dot) {
        Ok(pattern) => pattern,
        // A custom scheme such as `a.+` looks like a regular expression, which is a mistake in a list of origins.
        Err(Rule::OriginSyntax) if origin.scheme().contains(".+") => return,
        Err(rule) => panic!("an origin without its trailing dot is a pattern: {rule:?}"),
    };
    assert_eq!(pattern.matches(&origin), !origin.has_trailing_dot());
});
