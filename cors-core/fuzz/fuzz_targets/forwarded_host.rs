//! Fuzzes the parser of `Forwarded` and `X-Forwarded-Host`. A host that it finds has to be in the header, in a place
//! where the grammar allows a host.
#![no_main]

use cors_core::{ForwardedHost, PlainRequest, is_same_origin};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    for (name, header) in
        [("forwarded", ForwardedHost::Forwarded), ("x-forwarded-host", ForwardedHost::XForwardedHost)]
    {
        let headers: [(&str, &[u8]); 3] = [("origin", b"https://a.test"), ("host", b"b.test"), (name, input)];
        let request = PlainRequest::from_bytes("POST", &headers).trust_forwarded_host(header);
        if is_same_origin(&request) {
            let text = input.to_ascii_lowercase();
            let at =
                text.windows(6).position(|part| part == b"a.test").expect("only the header has this host");
            if header == ForwardedHost::Forwarded {
                assert!(text[..at].windows(5).any(|part| part == b"host="), "the host is a value of `host`");
            } else {
                assert!(!text[..at].contains(&b','), "the host is in the first member");
            }
        }
    }
});
