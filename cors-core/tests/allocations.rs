//! A decision allocates nothing, whatever it is about. In a file of its own, since it counts what the whole program
//! allocates.
// Miri is a thousand times slower, and the other tests take it through the same code.
#![cfg(not(miri))]

use std::alloc::System;

use cap::Cap;
use cors_core::{
    Allow, CompiledPolicy, Field, Policy, Request, echoes_headers, exposes_name, is_same_origin,
    preflight_method,
};

#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, usize::MAX);

struct Asked<'a> {
    method: &'static str,
    origin: Field<'a>,
    asked_method: Field<'a>,
    asked_headers: &'a [&'a [u8]],
}

impl Request for Asked<'_> {
    fn method(&self) -> &str {
        self.method
    }
    fn origin(&self) -> Field<'_> {
        self.origin
    }
    fn access_control_request_method(&self) -> Field<'_> {
        self.asked_method
    }
    fn access_control_request_headers(&self) -> impl Iterator<Item = &[u8]> {
        self.asked_headers.iter().copied()
    }
    fn sec_fetch_site(&self) -> Field<'_> {
        Field::Absent
    }
    fn authority(&self) -> Option<&[u8]> {
        Some(b"self.example:8443")
    }
    fn is_secure(&self) -> bool {
        true
    }
}

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
    let policies = builders.map(|builder| CompiledPolicy::new(&builder.build().unwrap()).unwrap());
    let long = "a.".repeat(5000);
    let origins = [
        Field::Absent,
        Field::Several,
        Field::One(b""),
        Field::One(b"null"),
        Field::One(b"https://a.example"),
        Field::One(b"https://t7.example"),
        Field::One(b"https://t7.example.:8443"),
        Field::One(b"https://a.b.c.t7.example:8443"),
        Field::One(b"https://self.example:8443"),
        Field::One(b"https://[2001:db8::1]:8443"),
        Field::One(b"https://a.example\xff"),
        Field::One(long.as_bytes()),
    ];
    let asked_methods = [Field::Absent, Field::Several, Field::One(b"PUT"), Field::One(long.as_bytes())];
    let asked_headers: [&[&[u8]]; 4] = [&[], &[b"x-a, x-b", b""], &[b"x a\xff"], &[long.as_bytes(), b"x-a"]];

    let decide = || {
        let before = MEMORY.total_allocated();
        let mut granted = 0;
        for policy in &policies {
            for method in ["OPTIONS", "PUT"] {
                for origin in origins {
                    for asked_method in asked_methods {
                        for asked_headers in asked_headers {
                            let asked = Asked { method, origin, asked_method, asked_headers };
                            let decision = policy.decide(&asked);
                            let answer = policy.answer(decision);
                            granted += usize::from(!decision.is_refusal() && !answer.headers.is_empty());
                            if let Some(method) = preflight_method(&asked) {
                                std::hint::black_box(policy.echoes_method(method));
                            }
                            std::hint::black_box((
                                policy.refusal(&asked),
                                policy.shortfall(&asked),
                                is_same_origin(&asked),
                                echoes_headers(asked.access_control_request_headers()),
                                exposes_name("x-a"),
                            ));
                        }
                    }
                }
            }
        }
        assert!(granted > 500, "{granted}");
        MEMORY.total_allocated() - before
    };
    // Whoever runs the tests allocates too, now and then.
    assert!((0..20).any(|_| decide() == 0));
    // The count counts.
    let before = MEMORY.total_allocated();
    drop(std::hint::black_box(Vec::<u8>::with_capacity(1000)));
    assert!(MEMORY.total_allocated() - before >= 1000);
}
