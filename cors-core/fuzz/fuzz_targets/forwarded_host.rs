//! The parser of `Forwarded` and `X-Forwarded-Host`: it finds the host that a second parser finds, no host where that one finds
//! none, and refuses what that one refuses.
#![no_main]

use cors_core::{ForwardedHost, PlainRequest, is_same_origin};
use cors_core_fuzz::forwarded::{Forwarded, forwarded, x_forwarded_host};
use cors_core_fuzz::request::Request;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let (header, name, host) = match input.first() {
        Some(b'x') => (
            ForwardedHost::XForwardedHost,
            "x-forwarded-host",
            x_forwarded_host as fn(&[u8]) -> Forwarded<'_>,
        ),
        _ => (ForwardedHost::Forwarded, "forwarded", forwarded as fn(&[u8]) -> Forwarded<'_>),
    };
    let value = input.get(1..).unwrap_or_default();
    // A page of the host that the header names, and one of the host in `Host`.
    let named = match host(value) {
        Forwarded::Host(host) => [b"https://".as_slice(), host].concat(),
        Forwarded::NoHost | Forwarded::Malformed => b"https://a.test".to_vec(),
    };
    for origin in [named.as_slice(), b"https://b.test"] {
        let lines: [(&str, &[u8]); 3] = [("origin", origin), ("host", b"b.test"), (name, value)];
        let expected = Request { method: "POST", lines: &lines, secure: false, trusted_header: Some(name) };
        let request = PlainRequest::from_bytes("POST", &lines).trust_forwarded_host(header);
        assert_eq!(is_same_origin(&request), expected.is_same_origin(), "{expected:?}");
    }
});
