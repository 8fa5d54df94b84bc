//! Policies in constants: tests that the compiler runs, and the behaviour of a policy as a value.

use cors_core::{Allow, AllowSet, CompiledPolicy, Declaration, MaxAge, Origin, OriginPattern, Policy, Rule};

static PARTNERS: Policy = Policy::from_declaration(
    Declaration {
        origins: &["https://*.partner.example", "https://app.example.com", "http://localhost:*"],
        credentials: true,
        methods: &["PUT"],
        headers: &["content-type"],
        expose: &["x-total-count"],
        max_age: Some(MaxAge::Text("1h")),
        ..Declaration::EMPTY
    },
    "src/main.rs:12",
);

const _: () = assert!(PARTNERS.allows_origin("https://a.partner.example"));
const _: () = assert!(PARTNERS.allows_origin("https://a.b.partner.example"));
const _: () = assert!(PARTNERS.allows_origin("https://app.example.com"));
const _: () = assert!(PARTNERS.allows_origin("http://localhost:3000"));
const _: () = assert!(!PARTNERS.allows_origin("https://partner.example"));
const _: () = assert!(!PARTNERS.allows_origin("https://evilpartner.example"));
const _: () = assert!(!PARTNERS.allows_origin("https://a.partner.example:8443"));
const _: () = assert!(!PARTNERS.allows_origin("https://a.partner.example."));
const _: () = assert!(!PARTNERS.allows_origin("https://a.partner.example.evil.example"));
const _: () = assert!(!PARTNERS.allows_origin("null"));
const _: () = assert!(PARTNERS.allows_method("PUT") && PARTNERS.allows_method("GET"));
const _: () = assert!(!PARTNERS.allows_method("DELETE") && !PARTNERS.allows_method("put"));
const _: () = assert!(PARTNERS.allows_header("Content-Type") && !PARTNERS.allows_header("x-a"));
const _: () = assert!(PARTNERS.exposes_header("X-Total-Count") && !PARTNERS.exposes_header("x-a"));
const _: () = assert!(PARTNERS.credentials() && !PARTNERS.enforce());
const _: () = assert!(matches!(PARTNERS.max_age(), Some(3600)));
const _: () = assert!(PARTNERS.preflight_status() == 204);
const _: () = assert!(!PARTNERS.allows(Allow::NullOrigin));

static EVERYONE_BUT: Policy = Policy::from_declaration(
    Declaration {
        origins: &["*"],
        except: &["https://*.spam.example", "https://b.example:8443"],
        ..Declaration::EMPTY
    },
    "",
);

const _: () = assert!(EVERYONE_BUT.allows_origin("https://a.example"));
const _: () = assert!(EVERYONE_BUT.allows_origin("https://spam.example"));
const _: () = assert!(EVERYONE_BUT.allows_origin("https://b.example"));
const _: () = assert!(!EVERYONE_BUT.allows_origin("https://a.spam.example"));
const _: () = assert!(!EVERYONE_BUT.allows_origin("https://a.spam.example."));
const _: () = assert!(!EVERYONE_BUT.allows_origin("https://b.example.:8443"));
const _: () = assert!(!EVERYONE_BUT.allows_origin("null"));
const _: () = assert!(!EVERYONE_BUT.allows_origin("https://a.example/"));

static EVERYTHING: Policy = Policy::from_declaration(
    Declaration {
        origins: &["null", "http://a.example"],
        max_age: Some(MaxAge::Seconds(90)),
        enforce: true,
        preflight_status: Some(200),
        allow: AllowSet::of(&[Allow::NullOrigin, Allow::PublicSuffixes]),
        ..Declaration::EMPTY
    },
    "",
);

const _: () = assert!(EVERYTHING.preflight_status() == 200 && EVERYTHING.enforce());
const _: () = assert!(matches!(EVERYTHING.max_age(), Some(90)));
const _: () = assert!(EVERYTHING.allows(Allow::NullOrigin) && EVERYTHING.allows(Allow::PublicSuffixes));
const _: () = assert!(!EVERYTHING.allows(Allow::InsecureOrigins));
const _: () = assert!(EVERYTHING.allows_origin("null") && !EVERYTHING.allows_origin("nul"));

static DENY: Policy = Policy::deny();
const _: () =
    assert!(DENY.enforce() && !DENY.allows_origin("https://a.example") && !DENY.allows_origin("null"));

/// A `const` can contain a reference to a policy.
const SHARED: &Policy = &PARTNERS;
const _: () = assert!(SHARED.allows_origin("https://app.example.com"));

const PATTERN: OriginPattern = match OriginPattern::parse("https://*.example.com") {
    Ok(pattern) => pattern,
    Err(_) => panic!("not a pattern"),
};
const ORIGIN: Origin = match Origin::parse(b"https://a.example.com") {
    Some(origin) => origin,
    None => panic!("not an origin"),
};
const _: () = assert!(PATTERN.matches(&ORIGIN) && !PATTERN.is_insecure() && !PATTERN.is_exact());
const _: () = assert!(matches!(OriginPattern::parse("https://a.example/"), Err(Rule::OriginPath)));

fn same_as_partners() -> Policy {
    Policy::builder()
        .origins(["https://*.partner.example", "https://app.example.com", "http://localhost:*"])
        .credentials(true)
        .methods(["PUT"])
        .headers(["content-type"])
        .expose(["x-total-count"])
        .max_age(3600)
        .build()
        .unwrap()
}

#[test]
fn policies_with_the_same_values_are_equal_however_they_were_created() {
    assert_eq!(PARTNERS, same_as_partners());
    assert_eq!(same_as_partners().clone(), PARTNERS.clone());
    assert_eq!((PARTNERS.declared_at(), same_as_partners().declared_at()), (Some("src/main.rs:12"), None));
}

#[test]
fn policies_with_different_values_are_not_equal() {
    let base = || Policy::builder().origins(["https://a.example", "https://b.example"]);
    let everyone = || Policy::builder().origins("*");
    let all: Vec<Policy> = [
        base(),
        base().origins(["https://b.example", "https://a.example"]),
        base().origins(["https://a.example"]),
        base().credentials(true),
        base().methods("PUT"),
        base().headers("PUT"),
        base().expose("PUT"),
        base().max_age(0),
        base().enforce(true),
        base().preflight_status(200),
        base().allow([Allow::NullOrigin]),
        base().allow([Allow::InsecureOrigins]),
        everyone(),
        everyone().except("https://a.example"),
    ]
    .map(|builder| builder.build().unwrap())
    .into();
    for (i, a) in all.iter().enumerate() {
        for (j, b) in all.iter().enumerate() {
            assert_eq!(a == b, i == j, "{a} | {b}");
        }
    }
}

#[test]
fn a_policy_is_printed_as_it_is_written_in_a_macro() {
    assert_eq!(
        PARTNERS.to_string(),
        r#"origins = ["https://*.partner.example", "https://app.example.com", "http://localhost:*"], credentials, methods = ["PUT"], headers = ["content-type"], expose = ["x-total-count"], max_age = "1h""#
    );
    assert_eq!(format!("{:?}", Policy::deny()), "policy! { enforce }");
    let policy = Policy::builder()
        .origins("*")
        .except("https://a.example")
        .methods("*")
        .headers(["*", "authorization"])
        .expose("*")
        .max_age(0)
        .enforce(true)
        .preflight_status(200)
        .allow([Allow::PublicSuffixes, Allow::NullOrigin])
        .build()
        .unwrap();
    assert_eq!(
        format!("{policy:?}"),
        r#"policy! { origins = "*", except = ["https://a.example"], methods = "*", headers = ["*", "authorization"], expose = "*", max_age = "0s", enforce, preflight_status = 200, allow(public_suffixes, null_origin) }"#
    );
}

#[test]
fn policies_can_be_shared_between_threads() {
    fn shared<T: Send + Sync + Clone + 'static>() {}
    shared::<Policy>();
    shared::<CompiledPolicy>();
}

#[test]
fn origins_can_be_read_from_one_line_of_text() {
    for (line, expected) in [
        ("https://a.example", vec!["https://a.example"]),
        ("https://a.example,https://*.b.example", vec!["https://a.example", "https://*.b.example"]),
        (" https://a.example ,\n\thttp://localhost:* ,, ", vec!["https://a.example", "http://localhost:*"]),
        ("*", vec!["*"]),
    ] {
        let policy = Policy::builder().origins_from_str(line).build().unwrap();
        let found: Vec<_> = policy.origins().map(|pattern| pattern.as_str()).collect();
        assert_eq!(found, expected, "{line:?}");
    }
    let violations =
        Policy::builder().origins_from_str("https://a.example;https://b.example").build().unwrap_err();
    assert_eq!(violations[0].rule(), Rule::OriginPath);
    let violations =
        Policy::builder().origins_from_str("https://a.example https://b.example").build().unwrap_err();
    assert_eq!(violations[0].rule(), Rule::OriginSyntax);
}

#[test]
fn the_rule_about_public_suffixes_is_evaluated_when_a_constant_policy_is_compiled() {
    static STRANGERS: Policy = Policy::from_declaration(
        Declaration {
            origins: &["https://a.example", "https://*.github.io"],
            credentials: true,
            ..Declaration::EMPTY
        },
        "",
    )
    .judged_at_start();
    let violations = CompiledPolicy::new(&STRANGERS).err();
    let found = violations.iter().flat_map(|v| v.iter()).map(|v| (v.rule(), v.path()));
    let expected = [(Rule::CredentialsPublicSuffix, "origins[1]".to_string())];
    assert!(found.eq(expected.into_iter().filter(|_| cfg!(feature = "public-suffix"))));

    // Valid policies stay valid: an exception permits the pattern, and a policy for an origin function has no
    // origins.
    static TRUSTED: Policy = Policy::from_declaration(
        Declaration {
            origins: &["https://*.github.io", "http://a.example"],
            credentials: true,
            allow: AllowSet::of(&[Allow::PublicSuffixes, Allow::InsecureOrigins]),
            preflight_status: Some(299),
            max_age: Some(MaxAge::Text("1d")),
            ..Declaration::EMPTY
        },
        "",
    )
    .judged_at_start();
    static ASKED: Policy =
        Policy::from_declaration(Declaration { credentials: true, ..Declaration::EMPTY }, "")
            .judged_at_start();
    for policy in [&TRUSTED, &ASKED] {
        assert!(CompiledPolicy::new(policy).is_ok(), "{policy}");
    }
}
