//! Policies in TOML, JSON and YAML.
#![cfg(feature = "serde")]

use cors_core::{Allow, Builder, Key, Policy, Rule};

/// A policy that says everything that can be said at once.
fn everything() -> Policy {
    Policy::builder()
        .origins(["https://app.example.com", "http://printer.internal:*", "https://*.github.io"])
        .credentials(true)
        .methods(["PUT", "m-search"])
        .headers(["*", "authorization"])
        .expose(["x-total-count"])
        .max_age("90m")
        .enforce(true)
        .preflight_status(200)
        .allow([Allow::InsecureOrigins, Allow::PublicSuffixes])
        .build()
        .unwrap()
}

const TOML: &str = r#"
origins = ["https://app.example.com", "http://printer.internal:*", "https://*.github.io"]
credentials = true
methods = ["PUT", "m-search"]
headers = ["*", "authorization"]
expose = "x-total-count"
max_age = "90m"
enforce = true
preflight_status = 200
allow = ["insecure_origins", "public_suffixes"]
"#;

const JSON: &str = r#"{
    "origins": ["https://app.example.com", "http://printer.internal:*", "https://*.github.io"],
    "credentials": true,
    "methods": ["PUT", "m-search"],
    "headers": ["*", "authorization"],
    "expose": "x-total-count",
    "max_age": 5400,
    "enforce": true,
    "preflight_status": 200,
    "allow": ["insecure_origins", "public_suffixes"]
}"#;

const YAML: &str = r#"
origins:
  - https://app.example.com
  - http://printer.internal:*
  - https://*.github.io
credentials: true
methods: [PUT, m-search]
headers: ["*", authorization]
expose: x-total-count
max_age: 90m
enforce: true
preflight_status: 200
allow: [insecure_origins, public_suffixes]
"#;

#[test]
fn three_formats_say_the_same_with_the_same_keys() {
    assert_eq!(toml::from_str::<Policy>(TOML).unwrap(), everything());
    assert_eq!(serde_json::from_str::<Policy>(JSON).unwrap(), everything());
    assert_eq!(serde_norway::from_str::<Policy>(YAML).unwrap(), everything());
}

#[test]
fn what_is_written_reads_back_equal() {
    let minimal = Policy::builder().origins("*").build().unwrap();
    let except = Policy::builder().origins("*").except("https://a.example").build().unwrap();
    let null = Policy::builder().origins("null").allow([Allow::NullOrigin]).max_age(0).build().unwrap();
    for policy in [everything(), minimal, except, null] {
        assert_eq!(toml::from_str::<Policy>(&toml::to_string(&policy).unwrap()).unwrap(), policy);
        assert_eq!(serde_json::from_str::<Policy>(&serde_json::to_string(&policy).unwrap()).unwrap(), policy);
        assert_eq!(
            serde_norway::from_str::<Policy>(&serde_norway::to_string(&policy).unwrap()).unwrap(),
            policy
        );
        // Through a tree of values, where texts are owned.
        assert_eq!(serde_json::from_value::<Policy>(serde_json::to_value(&policy).unwrap()).unwrap(), policy);
    }
}

#[test]
fn writes_only_what_was_said() {
    let policy = Policy::builder().origins("*").methods("*").expose(["x-a"]).build().unwrap();
    assert_eq!(serde_json::to_string(&policy).unwrap(), r#"{"origins":"*","methods":"*","expose":["x-a"]}"#);
}

#[test]
fn a_denying_policy_does_not_read_back_as_anything_else() {
    let written = toml::to_string(&Policy::deny()).unwrap();
    assert_eq!(written, "enforce = true\n");
    let error = toml::from_str::<Policy>(&written).unwrap_err();
    assert!(error.message().starts_with("origins: origin-missing"), "{error}");
}

#[test]
fn reports_every_violation_with_its_path() {
    let text = r#"
        origins = ["https://a.example/", "https://b.example", "http://c.example"]
        credentials = true
        methods = "put"
        headers = ["x-a", "cookie"]
        max_age = "2d"
        preflight_status = 70000
    "#;
    let error = toml::from_str::<Policy>(text).unwrap_err();
    let paths: Vec<Vec<_>> = error.message().lines().map(|line| line.split(": ").take(2).collect()).collect();
    assert_eq!(
        paths,
        [
            ["origins[0]", "origin-path"],
            ["origins[2]", "credentials-insecure-origin"],
            ["methods[0]", "method-case"],
            ["headers[1]", "header-forbidden"],
            ["max_age", "max-age-range"],
            ["preflight_status", "preflight-status"],
        ]
        .map(Vec::from)
    );
    assert!(error.message().contains("`70000` is not a success"));
}

#[test]
fn a_program_gets_the_violations_as_data() {
    let builder: Builder = serde_json::from_str(r#"{"origins":["https://a.example","null"]}"#).unwrap();
    let violations = builder.build().unwrap_err();
    assert_eq!(violations.len(), 1);
    assert_eq!(
        (violations[0].rule(), violations[0].key(), violations[0].index()),
        (Rule::OriginNull, Key::Origins, Some(1))
    );
}

#[test]
fn an_unknown_key_is_rejected_with_the_nearest_one() {
    for (written, meant) in [
        ("orgins = 'https://a.example'", "write `origins`"),
        ("origins = '*'\nallowed_methods = ['PUT']", "write `methods`"),
        ("origins = '*'\nmax-age = 5", "write `max_age`"),
        ("origins = '*'\nexposed_headers = 'x-a'", "write `expose`"),
        ("origins = '*'\ncolour = 'red'", "the keys are origins, except,"),
        // Keys of attributes are none of a file's.
        ("origins = '*'\ndeny = true", "the keys are origins, except,"),
        ("origins = '*'\norigin_fn = 'f'", "write `origins`"),
    ] {
        let error = toml::from_str::<Policy>(written).unwrap_err().to_string();
        assert!(error.contains("unknown-key: unknown key `"), "{error}");
        assert!(error.contains(meant), "{written}: {error}");
    }
    let json = serde_json::from_str::<Policy>(r#"{"origin":"*"}"#).unwrap_err().to_string();
    let yaml = serde_norway::from_str::<Policy>("origin: '*'").unwrap_err().to_string();
    assert!(json.contains("write `origins`") && yaml.contains("write `origins`"), "{json} {yaml}");
}

#[test]
fn a_key_twice_is_rejected() {
    let error = serde_json::from_str::<Policy>(r#"{"origins":"*","origins":["https://a.example"]}"#);
    let error = error.unwrap_err().to_string();
    assert!(error.starts_with("origins: key-duplicate: duplicate key `origins`"), "{error}");
}

#[test]
fn a_value_of_the_wrong_kind_is_told_with_its_key() {
    for (json, words) in [
        (r#"{"origins":5}"#, "integer `5`, expected a text or a list of texts for `origins`"),
        (r#"{"origins":null}"#, "null, expected a text or a list of texts for `origins`"),
        (r#"{"origins":["https://a.example",true]}"#, "boolean `true`, expected a text for `origins[1]`"),
        (r#"{"origins":[["*"]]}"#, "sequence, expected a text for `origins[0]`"),
        (r#"{"except":{}}"#, "map, expected a text or a list of texts for `except`"),
        (r#"{"credentials":"yes"}"#, "string \"yes\", expected true or false for `credentials`"),
        (r#"{"enforce":1}"#, "integer `1`, expected true or false for `enforce`"),
        (r#"{"max_age":1.5}"#, "floating point `1.5`, expected seconds, or a text such as \"10m\""),
        (r#"{"max_age":true}"#, "boolean `true`, expected seconds"),
        (r#"{"preflight_status":"204"}"#, "string \"204\", expected a status from 200 to 299"),
        (r#"{"preflight_status":-1}"#, "integer `-1`, expected a status from 200 to 299"),
        (r#"{"allow":["everything"]}"#, "string \"everything\", expected a list for `allow` of"),
        (r#"{"allow":true}"#, "boolean `true`, expected a list for `allow` of"),
        (r#"{"allow":[7]}"#, "integer `7`, expected a text for `allow[0]`"),
        (r#"[]"#, "expected the keys of a CORS policy"),
        (r#""*""#, "expected the keys of a CORS policy"),
    ] {
        let error = serde_json::from_str::<Policy>(json).unwrap_err().to_string();
        assert!(error.contains(words), "{json}: {error}");
    }
}

#[test]
fn a_time_below_zero_is_no_time() {
    let builder: Builder = toml::from_str("origins = '*'\nmax_age = -5").unwrap();
    let violations = builder.build().unwrap_err();
    assert_eq!((violations[0].rule(), violations[0].value()), (Rule::MaxAgeSyntax, "-5"));
}

#[test]
fn one_exception_needs_no_list() {
    let policy: Policy = toml::from_str("origins = 'null'\nallow = 'null_origin'").unwrap();
    assert!(policy.allows(Allow::NullOrigin));
}
