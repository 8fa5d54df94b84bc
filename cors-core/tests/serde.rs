//! Policies in TOML, JSON and YAML.
#![cfg(feature = "serde")]

use cors_core::{Allow, Builder, Key, Policy, Rule};

/// A policy that has as many keys as possible.
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
fn three_formats_have_the_same_keys() {
    assert_eq!(toml::from_str::<Policy>(TOML).unwrap(), everything());
    assert_eq!(serde_json::from_str::<Policy>(JSON).unwrap(), everything());
    assert_eq!(serde_norway::from_str::<Policy>(YAML).unwrap(), everything());
}

#[test]
fn a_written_policy_is_equal_after_it_is_read() {
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
        // With `serde_json::Value` in between, texts are owned.
        assert_eq!(serde_json::from_value::<Policy>(serde_json::to_value(&policy).unwrap()).unwrap(), policy);
    }
}

#[test]
fn writes_only_the_keys_that_differ_from_their_defaults() {
    let policy = Policy::builder().origins("*").methods("*").expose(["x-a"]).build().unwrap();
    assert_eq!(serde_json::to_string(&policy).unwrap(), r#"{"origins":"*","methods":"*","expose":["x-a"]}"#);
}

#[test]
fn the_deny_policy_cannot_be_read_as_another_policy() {
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
        // The keys of the attribute are not keys of a file.
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
fn a_duplicate_key_is_rejected() {
    let error = serde_json::from_str::<Policy>(r#"{"origins":"*","origins":["https://a.example"]}"#);
    let error = error.unwrap_err().to_string();
    assert!(error.starts_with("origins: key-duplicate: duplicate key `origins`"), "{error}");
}

#[test]
fn a_value_of_the_wrong_kind_is_reported_with_its_key() {
    for (json, words) in [
        (r#"{"origins":5}"#, "integer `5`, expected a text or a list of texts for `origins`"),
        (r#"{"origins":["https://a.example",true]}"#, "boolean `true`, expected a text for `origins[1]`"),
        (r#"{"origins":[["*"]]}"#, "sequence, expected a text for `origins[0]`"),
        (r#"{"except":{}}"#, "map, expected a text or a list of texts for `except`"),
        (r#"{"credentials":"yes"}"#, "string \"yes\", expected true or false for `credentials`"),
        (r#"{"enforce":1}"#, "integer `1`, expected true or false for `enforce`"),
        (r#"{"max_age":1.5}"#, "floating point `1.5`, expected seconds, or a text such as \"10m\""),
        (r#"{"max_age":true}"#, "boolean `true`, expected seconds"),
        (r#"{"credentials":"TRUE"}"#, "string \"TRUE\", expected true or false for `credentials`"),
        (r#"{"credentials":"1"}"#, "string \"1\", expected true or false for `credentials`"),
        (r#"{"credentials":" true"}"#, "string \" true\", expected true or false for `credentials`"),
        (r#"{"preflight_status":"2e2"}"#, "string \"2e2\", expected a status from 200 to 299"),
        (r#"{"preflight_status":"-204"}"#, "string \"-204\", expected a status from 200 to 299"),
        (r#"{"preflight_status":"+204"}"#, "string \"+204\", expected a status from 200 to 299"),
        (r#"{"max_age":[600]}"#, "sequence, expected seconds, or a text such as \"10m\", for `max_age`"),
        (r#"{"preflight_status":-1}"#, "integer `-1`, expected a status from 200 to 299"),
        (
            r#"{"allow":["everything"]}"#,
            "allow[0]: there is no exception \"everything\"; the exceptions are \"insecure_origins\", \"public_suffixes\", \"null_origin\" at",
        ),
        (
            r#"{"allow":["null_origin","insecure_origin"]}"#,
            "allow[1]: there is no exception \"insecure_origin\"; the exceptions are \"insecure_origins\", \"public_suffixes\", \"null_origin\"; did you mean \"insecure_origins\"?",
        ),
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
fn a_negative_time_is_rejected() {
    let builder: Builder = toml::from_str("origins = '*'\nmax_age = -5").unwrap();
    let violations = builder.build().unwrap_err();
    assert_eq!((violations[0].rule(), violations[0].value()), (Rule::MaxAgeSyntax, "-5"));
}

#[test]
fn one_exception_needs_no_list() {
    let policy: Policy = toml::from_str("origins = 'null'\nallow = 'null_origin'").unwrap();
    assert!(policy.allows(Allow::NullOrigin));
}

/// Every value as text, as in environment variables.
const TEXTS: &str = r#"{
    "origins": "https://app.example.com, http://printer.internal:* ,https://*.github.io,",
    "credentials": "true",
    "methods": "PUT,m-search",
    "headers": "*, authorization",
    "expose": "x-total-count",
    "max_age": "5400",
    "enforce": "true",
    "preflight_status": "200",
    "allow": "insecure_origins, public_suffixes",
    "except": ""
}"#;

#[test]
fn every_value_can_be_text() {
    assert_eq!(serde_json::from_str::<Policy>(TEXTS).unwrap(), everything());
    let off = r#"{"origins":"https://app.example.com","credentials":"false","enforce":"false"}"#;
    let policy: Policy = serde_json::from_str(off).unwrap();
    assert!(!policy.credentials() && !policy.enforce());
}

#[test]
fn only_a_text_is_split_at_commas_and_never_an_entry_of_a_list() {
    let error = toml::from_str::<Policy>("origins = ['https://a.example,https://b.example']").unwrap_err();
    assert!(error.message().starts_with("origins[0]: origin-syntax: "), "{error}");
    let error = toml::from_str::<Policy>("origins = [' https://a.example']").unwrap_err();
    assert!(error.message().starts_with("origins[0]: origin-syntax: "), "{error}");
    let error = toml::from_str::<Policy>("origins = ['https://a.example', '']").unwrap_err();
    assert!(error.message().starts_with("origins[1]: origin-syntax: "), "{error}");
}

#[test]
fn a_violation_in_a_text_with_commas_has_the_index_of_the_entry() {
    let error = toml::from_str::<Policy>("origins = 'https://a.example, https://b.example/'").unwrap_err();
    assert!(error.message().starts_with("origins[1]: origin-path: `https://b.example/`"), "{error}");
}

#[test]
fn null_and_empty_text_count_as_missing_values() {
    let given = r#"{"origins":"*","except":null,"credentials":"","methods":null,"headers":" ","expose":"",
        "max_age":"","enforce":null,"preflight_status":"","allow":""}"#;
    let minimal = Policy::builder().origins("*").build().unwrap();
    assert_eq!(serde_json::from_str::<Policy>(given).unwrap(), minimal);
    for missing in [r#"{"origins":null}"#, r#"{"origins":""}"#, r#"{"origins":","}"#, r#"{"origins":[]}"#] {
        let error = serde_json::from_str::<Policy>(missing).unwrap_err().to_string();
        assert!(error.starts_with("origins: origin-missing"), "{missing}: {error}");
    }
}

#[test]
fn digits_are_seconds() {
    for (written, expected) in
        [("\"600\"", Ok(600)), ("\"0\"", Ok(0)), ("\"10m\"", Ok(600)), ("600", Ok(600))]
    {
        let policy: Policy = toml::from_str(&format!("origins = '*'\nmax_age = {written}")).unwrap();
        assert_eq!(policy.max_age().ok_or(()), expected, "{written}");
    }
    for (written, rule) in [
        ("\"86401\"", Rule::MaxAgeRange),
        ("\"99999999999999999999999\"", Rule::MaxAgeRange),
        ("\" 600\"", Rule::MaxAgeSyntax),
        ("\"+600\"", Rule::MaxAgeSyntax),
        ("\"6e2\"", Rule::MaxAgeSyntax),
    ] {
        let builder: Builder = toml::from_str(&format!("origins = '*'\nmax_age = {written}")).unwrap();
        assert_eq!(builder.build().unwrap_err()[0].rule(), rule, "{written}");
    }
}

#[test]
fn two_flattened_structs_share_a_file_in_any_order() {
    #[derive(serde::Deserialize)]
    struct Server {
        listen: String,
    }
    #[derive(serde::Deserialize)]
    struct PolicyFirst {
        #[serde(flatten)]
        cors: Policy,
        #[serde(flatten)]
        server: Server,
    }
    #[derive(serde::Deserialize)]
    struct ServerFirst {
        #[serde(flatten)]
        server: Server,
        #[serde(flatten)]
        cors: Policy,
    }
    let text = "origins = '*'\nlisten = '127.0.0.1:80'\nmax_age = 600";
    let expected = Policy::builder().origins("*").max_age(600).build().unwrap();
    let first: PolicyFirst = toml::from_str(text).unwrap();
    let second: ServerFirst = toml::from_str(text).unwrap();
    assert_eq!([first.cors, second.cors], [expected.clone(), expected]);
    assert_eq!(first.server.listen, second.server.listen);
}

#[test]
fn the_help_for_a_file_is_written_in_the_syntax_of_files() {
    let builder: Builder =
        toml::from_str("origins = ['http://a.example', 'null']\ncredentials = true").unwrap();
    let helps: Vec<String> = builder.build().unwrap_err().iter().map(|violation| violation.help()).collect();
    assert!(helps[0].ends_with("permit it with allow = [\"insecure_origins\"]"), "{helps:?}");
    assert!(helps[1].contains("allow = [\"null_origin\"]"), "{helps:?}");

    let builder = Policy::builder().origins(["http://a.example", "null"]).credentials(true);
    let helps: Vec<String> = builder.build().unwrap_err().iter().map(|violation| violation.help()).collect();
    assert!(helps[0].ends_with("permit it with .allow([Allow::InsecureOrigins])"), "{helps:?}");
    assert!(helps[1].contains(".allow([Allow::NullOrigin])"), "{helps:?}");
}
