//! A decision by tenant allocates nothing. This test is in a file of its own, because it counts what the whole program
//! allocates.
#![cfg(feature = "tenants")]
// Miri is a thousand times slower.
#![cfg(not(miri))]

use std::alloc::System;

use cap::Cap;
use cors_core::{Decision, PlainRequest, Policy, TenantOrigins};

#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, usize::MAX);

#[test]
fn a_decision_by_tenant_allocates_nothing() {
    let policy = Policy::builder().origins(["https://app.example.com"]).credentials(true).build().unwrap();
    let tenants = TenantOrigins::new(&policy).unwrap();
    for i in 0..1_000 {
        tenants
            .set(&format!("tenant-{i}"), [format!("https://{i}.example"), format!("https://*.{i}.dev")])
            .unwrap();
    }
    let many: Vec<String> = (0..100).map(|i| format!("https://{i}.example")).collect();
    tenants.set("many", many).unwrap();
    let long = "x".repeat(8192);
    let asked = [
        ("tenant-7", "https://7.example"),
        ("tenant-7", "https://a.7.dev"),
        ("tenant-8", "https://a.7.dev"),
        ("many", "https://7.example"),
        ("unknown", "https://7.example"),
        (long.as_str(), "https://7.example"),
        ("tenant-7", long.as_str()),
    ];
    let is_granted = |(tenant, origin): &&(&str, &str)| {
        let headers = [("origin", *origin)];
        tenants.decide(&PlainRequest::new("GET", &headers), Some(tenant)) == Decision::Granted
    };
    let all = || asked.iter().filter(is_granted).count();
    assert_eq!(all(), 3);
    let before = MEMORY.total_allocated();
    for _ in 0..100 {
        assert_eq!(all(), 3);
    }
    assert_eq!(MEMORY.total_allocated(), before);
}
