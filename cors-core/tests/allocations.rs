//! A decision does not allocate. This test is in a file of its own, because it counts what the whole program
//! allocates.
// Miri is a thousand times slower, and the other tests run the same code under it.
#![cfg(not(miri))]

use std::alloc::System;

use cap::Cap;
use cors_core::{
    Allow, Answers, CompiledPolicy, PlainRequest, Policy, Request, RequestHeader, echoes_headers,
    exposes_name, is_same_origin, preflight_method,
};

#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, usize::MAX);

fn many(form: fn(usize) -> String) -> Vec<String> {
    (0..100).map(form).collect()
}

#[test]
fn a_decision_allocates_nothing() {
    let builders = [
        Policy::builder().origins("*").methods("*"),
        Policy::builder().origins(["https://a.example", "https://*.a.example", "http://localhost:*"]),
        Policy::builder().origins(many(|i| format!("https://t{i}.example"))).enforce(true),
        Policy::builder()
            .origins(many(|i| format!("https://*.t{i}.example:*")))
            .credentials(true)
            .methods("*"),
        Policy::builder().origins("null").allow([Allow::NullOrigin]).headers("*"),
        Policy::builder().origins("*").except(["https://a.example", "https://*.a.example"]),
        Policy::builder().origins("*").except(many(|i| format!("https://t{i}.example"))),
    ];
    let policies = builders
        .map(|builder| Answers::new(CompiledPolicy::new(&builder.build().unwrap()).unwrap(), str::to_owned));
    let long = "a.".repeat(5000);
    let long = long.as_bytes();
    let origins: [&[&[u8]]; 12] = [
        &[],
        &[b"https://a.example", b"https://a.example"],
        &[b""],
        &[b"null"],
        &[b"https://a.example"],
        &[b"https://t7.example"],
        &[b"https://t7.example.:8443"],
        &[b"https://a.b.c.t7.example:8443"],
        &[b"https://self.example:8443"],
        &[b"https://[2001:db8::1]:8443"],
        &[b"https://a.example\xff"],
        &[long],
    ];
    let asked_methods: [&[&[u8]]; 4] = [&[], &[b"PUT", b"PUT"], &[b"PUT"], &[long]];
    let asked_headers: [&[&[u8]]; 4] = [&[], &[b"x-a, x-b", b""], &[b"x a\xff"], &[long, b"x-a"]];
    let mut requests = Vec::new();
    for origin in origins {
        for asked_method in asked_methods {
            for asked_headers in asked_headers {
                let mut headers = vec![("host", b"self.example:8443".as_slice())];
                headers.extend(origin.iter().map(|line| ("origin", *line)));
                headers.extend(asked_method.iter().map(|line| ("access-control-request-method", *line)));
                headers.extend(asked_headers.iter().map(|line| ("access-control-request-headers", *line)));
                requests.push(headers);
            }
        }
    }

    let decide = || {
        let before = MEMORY.total_allocated();
        let mut granted = 0;
        for answers in &policies {
            let policy = answers.policy();
            for method in ["OPTIONS", "PUT"] {
                for headers in &requests {
                    let asked = PlainRequest::from_bytes(method, headers).over_tls();
                    let decision = policy.decide(&asked);
                    let answer = answers.get(decision);
                    granted += usize::from(!decision.is_refusal() && answer.grants.is_some());
                    if let Some(method) = preflight_method(&asked) {
                        std::hint::black_box(policy.echoes_method(method));
                    }
                    let lines = asked.header(RequestHeader::AccessControlRequestHeaders);
                    std::hint::black_box((
                        policy.refusal(&asked),
                        policy.missing_grant(&asked),
                        is_same_origin(&asked),
                        echoes_headers(lines.copied()),
                        exposes_name("x-a"),
                    ));
                }
            }
        }
        assert!(granted > 500, "{granted}");
        MEMORY.total_allocated() - before
    };
    // The test harness allocates too from time to time, so one run without an allocation is enough.
    assert!((0..20).any(|_| decide() == 0));
    // Shows that the counter works.
    let before = MEMORY.total_allocated();
    drop(std::hint::black_box(Vec::<u8>::with_capacity(1000)));
    assert!(MEMORY.total_allocated() - before >= 1000);
}
