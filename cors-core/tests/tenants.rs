//! Origins by tenant: what a tenant is granted, and the effects of changes and replacements.
#![cfg(feature = "tenants")]
// Miri is a thousand times slower.
#![cfg(not(miri))]

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use cors_core::{Allow, Decision, Key, OriginPattern, PlainRequest, Policy, Rule, TenantOrigins};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

const APP: &str = "https://app.example.com";
const ACME: &str = "https://acme.example";
const GLOBEX: &str = "https://globex.example";

fn table() -> TenantOrigins {
    TenantOrigins::new(&Policy::builder().origins([APP]).credentials(true).build().unwrap()).unwrap()
}

fn decision(tenants: &TenantOrigins, tenant: Option<&str>, origin: &str) -> Decision {
    tenants.decide(&PlainRequest::new("GET", &[("origin", origin)]), tenant)
}

fn grants(tenants: &TenantOrigins, tenant: &str, origin: &str) -> bool {
    decision(tenants, Some(tenant), origin) == Decision::Granted
}

#[test]
fn a_tenant_has_its_own_origins_and_those_of_the_policy() {
    let tenants = table();
    tenants.set("acme", [ACME, "https://*.acme.dev"]).unwrap();
    tenants.set("globex", [GLOBEX]).unwrap();
    for (tenant, origin, granted) in [
        ("acme", ACME, true),
        ("acme", "https://eu.acme.dev", true),
        ("acme", "https://acme.dev", false),
        ("acme", GLOBEX, false),
        ("acme", APP, true),
        ("globex", GLOBEX, true),
        ("globex", ACME, false),
        ("globex", "https://eu.acme.dev", false),
        ("globex", APP, true),
        ("unknown", ACME, false),
        ("unknown", APP, true),
        ("", ACME, false),
        ("ACME", ACME, false),
    ] {
        assert_eq!(grants(&tenants, tenant, origin), granted, "{origin} for {tenant}");
    }
    assert_eq!(decision(&tenants, None, ACME), Decision::Refused);
    assert_eq!(decision(&tenants, None, APP), Decision::Granted);
}

#[test]
fn a_preflight_and_a_blocked_request_are_granted_by_tenant_too() {
    let policy = Policy::builder().origins([APP]).enforce(true).build().unwrap();
    let tenants = TenantOrigins::new(&policy).unwrap();
    tenants.set("acme", [ACME]).unwrap();
    let preflight = [("origin", ACME), ("access-control-request-method", "PUT")];
    let preflight = PlainRequest::new("OPTIONS", &preflight);
    assert_eq!(tenants.decide(&preflight, Some("acme")), Decision::PreflightGranted);
    assert_eq!(tenants.decide(&preflight, Some("globex")), Decision::PreflightRefused);
    assert_eq!(decision(&tenants, Some("acme"), ACME), Decision::Granted);
    assert_eq!(decision(&tenants, Some("globex"), ACME), Decision::Blocked);
    let same_tenant = PlainRequest::new("GET", &[]);
    assert_eq!(tenants.decide(&same_tenant, Some("acme")), Decision::NotCors);
}

#[test]
fn an_answer_repeats_the_origin_even_if_the_policy_lists_only_one() {
    let grants = table().policy().answer(Decision::Granted).grants.unwrap();
    assert_eq!(grants.allow_origin, cors_core::AllowOrigin::OfRequest);
}

#[test]
fn the_origins_of_a_tenant_are_judged_by_the_rules_of_the_policy_and_all_violations_are_reported() {
    let tenants = table();
    tenants.set("acme", [ACME]).unwrap();
    let origins = [
        "https://acme.example/",
        GLOBEX,
        "http://acme.example",
        "null",
        "*",
        "https://*.github.io",
        "https://acme.example:443",
    ];
    let judged = tenants.check(origins).unwrap_err();
    let violations = tenants.set("acme", origins).unwrap_err();
    assert_eq!(violations, judged);
    let found: Vec<_> = violations.iter().map(|found| (found.index().unwrap(), found.rule())).collect();
    for expected in [
        (0, Rule::OriginPath),
        (2, Rule::CredentialsInsecureOrigin),
        (3, Rule::OriginNull),
        (3, Rule::CredentialsNullOrigin),
        (4, Rule::OriginWildcardMixed),
        (4, Rule::CredentialsAnyOrigin),
        (6, Rule::OriginDefaultPort),
    ] {
        assert!(found.contains(&expected), "{expected:?} is missing in {found:?}");
    }
    assert_eq!(found.contains(&(5, Rule::CredentialsPublicSuffix)), cfg!(feature = "public-suffix"));
    assert!(violations.iter().all(|found| found.key() == Key::Origins && found.index() != Some(1)));

    // Each of them but the second is invalid by itself.
    for (index, origin) in origins.into_iter().enumerate() {
        let is_valid = index == 1 || (index == 5 && !cfg!(feature = "public-suffix"));
        assert_eq!(tenants.check([origin]).is_ok(), is_valid, "{origin}");
    }

    assert_eq!(tenants.origins("acme"), [ACME]);
    assert!(tenants.set("globex", ["https://globex.example/"]).is_err());
    assert!(!tenants.contains("globex"));
}

#[test]
fn an_exception_of_the_policy_is_an_exception_for_its_tenants() {
    let policy = Policy::builder().origins([APP]).credentials(true).allow([Allow::InsecureOrigins]);
    let tenants = TenantOrigins::new(&policy.build().unwrap()).unwrap();
    tenants.set("acme", ["http://acme.internal"]).unwrap();
    assert!(grants(&tenants, "acme", "http://acme.internal"));

    let policy = Policy::builder().origins([APP]).allow([Allow::NullOrigin]).build().unwrap();
    let tenants = TenantOrigins::new(&policy).unwrap();
    tenants.set("acme", ["null"]).unwrap();
    tenants.set("everyone", ["*"]).unwrap();
    assert!(grants(&tenants, "acme", "null") && !grants(&tenants, "acme", ACME));
    assert!(grants(&tenants, "everyone", "null") && grants(&tenants, "everyone", ACME));
    assert!(!grants(&tenants, "everyone", "https://acme.example/") && !grants(&tenants, "everyone", ""));
}

#[test]
fn a_tenant_cannot_allow_what_the_policy_excludes() {
    let policy = Policy::builder().origins("*").except(["https://evil.example"]).build().unwrap();
    let tenants = TenantOrigins::new(&policy).unwrap();
    tenants.set("acme", ["https://evil.example"]).unwrap();
    assert!(grants(&tenants, "acme", ACME));
    assert!(!grants(&tenants, "acme", "https://evil.example"));
}

#[test]
fn a_malformed_origin_is_granted_to_no_tenant() {
    let tenants = table();
    tenants.set("acme", [ACME, "https://*.acme.dev"]).unwrap();
    for origin in
        ["", "https://acme.example/", "https://acme.example, https://acme.example", "https://a..acme.dev"]
    {
        assert_eq!(decision(&tenants, Some("acme"), origin), Decision::Refused, "{origin}");
    }
    let two = [("origin", ACME), ("origin", ACME)];
    assert_eq!(tenants.decide(&PlainRequest::new("GET", &two), Some("acme")), Decision::Refused);
}

#[test]
fn a_change_is_reported_and_applies_to_every_clone() {
    let tenants = table();
    let clone = tenants.clone();
    assert!(clone.is_empty());
    assert!(tenants.set("acme", [ACME]).unwrap());
    assert!(!tenants.set("acme", [ACME, ACME]).unwrap(), "the same origins");
    assert!(grants(&clone, "acme", ACME));
    assert!(tenants.set("acme", [GLOBEX]).unwrap());
    assert!(!grants(&clone, "acme", ACME) && grants(&clone, "acme", GLOBEX));
    assert_eq!(clone.len(), 1);
    assert!(tenants.remove("acme"));
    assert!(!tenants.remove("acme"));
    assert!(!grants(&clone, "acme", GLOBEX));
}

#[test]
fn a_tenant_without_its_last_origin_is_removed() {
    let tenants = table();
    tenants.set("acme", [ACME]).unwrap();
    assert!(tenants.set("acme", Vec::<String>::new()).unwrap());
    assert!(!tenants.contains("acme") && !grants(&tenants, "acme", ACME));
}

#[test]
fn requests_about_unknown_tenants_do_not_add_tenants() {
    let tenants = table();
    for i in 0..10_000 {
        assert!(!grants(&tenants, &format!("unknown-{i}"), ACME));
    }
    assert!(tenants.is_empty());
}

#[test]
fn a_replacement_reports_what_it_changed() {
    let tenants = table();
    for (tenant, origin) in
        [("same", ACME), ("changed", ACME), ("removed", ACME), ("emptied", ACME), ("invalid", ACME)]
    {
        tenants.set(tenant, [origin]).unwrap();
    }
    let rows: [(&str, &[&str]); 6] = [
        ("same", &[ACME]),
        ("changed", &[ACME, GLOBEX]),
        ("emptied", &[]),
        ("added", &[GLOBEX]),
        ("invalid", &["https://acme.example/", "http://acme.example"]),
        ("invalid and new", &["acme.example"]),
    ];
    let mut changes = tenants.start_replacement().finish(rows);
    changes.removed.sort_unstable();
    changes.invalid.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(changes.added, ["added"]);
    assert_eq!(changes.changed, ["changed"]);
    assert_eq!(changes.removed, ["emptied", "removed"]);
    assert_eq!(changes.outdated, Vec::<String>::new());
    assert!(!changes.is_outdated);
    let invalid: Vec<_> = changes.invalid.iter().map(|(name, found)| (name.as_str(), found.len())).collect();
    assert_eq!(invalid, [("invalid", 2), ("invalid and new", 1)]);

    assert_eq!(tenants.origins("invalid"), [ACME], "a tenant with invalid rows keeps its origins");
    assert_eq!(tenants.origins("changed"), [ACME, GLOBEX]);
    assert_eq!(tenants.len(), 4);
}

#[test]
fn a_replacement_never_undoes_what_was_set_after_it_started() {
    let tenants = table();
    tenants.set("removed meanwhile", [ACME]).unwrap();
    tenants.set("changed meanwhile", [ACME]).unwrap();
    tenants.set("confirmed meanwhile", [ACME]).unwrap();
    let replacement = tenants.start_replacement();
    let rows =
        [("removed meanwhile", [ACME]), ("changed meanwhile", [ACME]), ("confirmed meanwhile", [GLOBEX])];
    tenants.remove("removed meanwhile");
    tenants.set("changed meanwhile", [GLOBEX]).unwrap();
    tenants.set("confirmed meanwhile", [ACME]).unwrap();
    tenants.set("added meanwhile", [GLOBEX]).unwrap();
    let mut changes = replacement.finish(rows);

    changes.outdated.sort_unstable();
    let expected = ["added meanwhile", "changed meanwhile", "confirmed meanwhile", "removed meanwhile"];
    assert_eq!(changes.outdated, expected);
    assert_eq!((changes.added.len(), changes.changed.len(), changes.removed.len()), (0, 0, 0));
    assert!(!tenants.contains("removed meanwhile"));
    assert_eq!(tenants.origins("changed meanwhile"), [GLOBEX]);
    assert_eq!(tenants.origins("confirmed meanwhile"), [ACME]);
    assert_eq!(tenants.origins("added meanwhile"), [GLOBEX]);

    // Changes before the start of a replacement are older than its rows.
    let changes = tenants.start_replacement().finish([("changed meanwhile", [ACME])]);
    assert_eq!((changes.changed.len(), changes.removed.len(), changes.outdated.len()), (1, 2, 0));
    assert_eq!(tenants.origins("changed meanwhile"), [ACME]);
}

#[test]
fn a_replacement_that_started_earlier_never_undoes_a_later_one() {
    let tenants = table();
    let (earlier, later) = (tenants.start_replacement(), tenants.start_replacement());
    let changes = later.finish([("acme", [GLOBEX]), ("globex", [GLOBEX])]);
    assert_eq!(changes.added.len(), 2);
    let changes = earlier.finish([("acme", [ACME]), ("initech", [ACME])]);
    assert!(changes.is_outdated);
    assert_eq!((changes.added.len(), changes.changed.len(), changes.removed.len()), (0, 0, 0));
    assert_eq!((tenants.origins("acme"), tenants.len()), (vec![GLOBEX.to_owned()], 2));

    // If they finish in the order in which they started, both have an effect.
    let (earlier, later) = (tenants.start_replacement(), tenants.start_replacement());
    assert_eq!(earlier.finish([("acme", [ACME])]).changed, ["acme"]);
    assert_eq!(later.finish([("acme", [GLOBEX])]).changed, ["acme"]);
    assert_eq!(tenants.origins("acme"), [GLOBEX]);
}

#[test]
fn a_replacement_that_is_dropped_changes_nothing() {
    let tenants = table();
    tenants.set("acme", [ACME]).unwrap();
    drop(tenants.start_replacement());
    assert_eq!(tenants.origins("acme"), [ACME]);
    // The replacement has ended, so later changes are older than the rows of the next one.
    tenants.set("globex", [GLOBEX]).unwrap();
    let changes = tenants.start_replacement().finish([("acme", [GLOBEX])]);
    assert_eq!((changes.changed, changes.removed), (vec!["acme".to_owned()], vec!["globex".to_owned()]));
}

/// Threads decide while others set, remove and replace. Two sets of origins alternate, and no request may see a part of each.
#[test]
fn a_request_sees_the_old_origins_or_the_new_ones_while_they_are_replaced() {
    let tenants = table();
    // A list of 40 origins is too long to be compared one by one.
    let lists: Vec<Vec<String>> = [2, 40]
        .iter()
        .enumerate()
        .map(|(list, &count)| (0..count).map(|i| format!("https://{i}.list-{list}.example")).collect())
        .collect();
    tenants.set("acme", &lists[0]).unwrap();
    tenants.set("kept", [ACME]).unwrap();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let (tenants, stop, lists) = (&tenants, &stop, &lists);
        let readers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(move || {
                    let mut decided = 0;
                    while !stop.load(Ordering::Relaxed) {
                        assert!(grants(tenants, "kept", ACME), "a tenant that is kept is never refused");
                        assert!(!grants(tenants, "kept", "https://0.list-0.example"));
                        assert!(!grants(tenants, "acme", ACME), "the origin of another tenant");
                        // Both are read from one entry.
                        let seen = tenants.origins("acme");
                        assert!(lists.iter().any(|list| list.len() == seen.len()), "{seen:?}");
                        decided += 1;
                    }
                    decided
                })
            })
            .collect();
        for round in 0..3_000 {
            let list = &lists[round % 2];
            match round % 3 {
                0 => drop(tenants.set("acme", list).unwrap()),
                1 => {
                    let rows = [("acme", list.clone()), ("kept", vec![ACME.to_owned()])];
                    drop(tenants.start_replacement().finish(rows));
                }
                _ => {
                    tenants.set(&format!("other-{round}"), [GLOBEX]).unwrap();
                    tenants.remove(&format!("other-{}", round - 3 * (round % 2)));
                }
            }
        }
        stop.store(true, Ordering::Relaxed);
        for reader in readers {
            assert!(reader.join().unwrap() > 0);
        }
    });
}

const PATTERNS: &[&str] = &[
    "https://a.example",
    "https://b.example",
    "https://a.example:8443",
    "https://*.a.example",
    "https://*.example.dev",
    "https://*.b.example:*",
    "http://localhost:*",
    "http://[::1]",
    "moz-extension://*",
];

const ORIGINS: &[&str] = &[
    "https://a.example",
    "https://b.example",
    "https://a.example:8443",
    "https://b.example:8443",
    "https://x.a.example",
    "https://x.b.example",
    "https://x.b.example:1",
    "https://x.example.dev",
    "https://example.dev",
    "https://a.example.",
    "https://xa.example",
    "http://localhost",
    "http://localhost:3000",
    "http://[::1]",
    "http://a.example",
    "moz-extension://x",
    "null",
    "*",
    "https://*.a.example",
];

fn pattern_list() -> impl Strategy<Value = Vec<&'static str>> {
    subsequence(PATTERNS, 0..PATTERNS.len())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// The isolation of tenants, over random tables and random series of changes.
    #[test]
    fn an_origin_is_granted_for_a_tenant_exactly_if_the_tenant_or_the_policy_lists_it(
        policy in subsequence(PATTERNS, 1..3),
        changes in prop::collection::vec((select(&["a", "b", "c", ""][..]), pattern_list(), 0..4), 0..12),
        many in any::<bool>(),
    ) {
        let built = Policy::builder().origins(&policy).credentials(true).build().unwrap();
        let tenants = TenantOrigins::new(&built).unwrap();
        let mut expected: HashMap<&str, Vec<&str>> = HashMap::new();
        // These make the list too long to be compared one by one.
        let padding: Vec<String> = (0..20).map(|i| format!("https://padding-{i}.example")).collect();
        let padding = if many { &padding[..] } else { &[] };
        for (tenant, patterns, change) in changes {
            let padded = || patterns.iter().map(|p| p.to_string()).chain(padding.to_vec()).collect::<Vec<_>>();
            match change {
                0 => {
                    tenants.remove(tenant);
                    expected.remove(tenant);
                }
                1 => {
                    // A replacement with this tenant and half of the others.
                    expected.retain(|name, _| *name < tenant);
                    expected.insert(tenant, patterns.clone());
                    let rows = expected.iter().map(|(name, list)| {
                        let list = list.iter().map(|p| p.to_string());
                        (*name, list.chain(padding.to_vec()).collect::<Vec<_>>())
                    });
                    let changes = tenants.start_replacement().finish(rows);
                    prop_assert!(changes.invalid.is_empty() && changes.outdated.is_empty());
                }
                _ => {
                    tenants.set(tenant, padded()).unwrap();
                    expected.insert(tenant, patterns.clone());
                }
            }
        }
        let names = |list: &[&str], origin: &str| {
            let parsed = cors_core::Origin::parse(origin.as_bytes());
            parsed.is_some_and(|o| list.iter().any(|p| OriginPattern::parse(p).unwrap().matches(&o)))
        };
        for tenant in ["a", "b", "c", "", "unknown"] {
            for origin in ORIGINS {
                let own = expected.get(tenant).is_some_and(|list| names(list, origin));
                let granted = own || names(&policy, origin);
                prop_assert_eq!(grants(&tenants, tenant, origin), granted, "{} for {:?}", origin, tenant);
            }
        }
    }
}
