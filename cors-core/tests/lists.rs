//! Tables of the rules that are not about origins: methods, header names, times, statuses, and lists as a whole.

use cors_core::{Allow, Borrowed, Builder, Declaration, Key, MaxAge, Policy, Rule, Violation};

/// A list, and the rules that its entries break.
type ListLine = (Key, &'static [&'static str], &'static [(Rule, usize)]);

type Line = (&'static str, Option<Rule>);

const METHODS: &[Line] = &[
    ("PUT", None),
    ("DELETE", None),
    ("PATCH", None),
    ("GET", None),
    ("HEAD", None),
    ("POST", None),
    ("OPTIONS", None),
    ("QUERY", None),
    ("PROPFIND", None),
    ("VERSION-CONTROL", None),
    ("*", None),
    ("M-SEARCH", None),
    ("m-search", None),
    ("Chicken", None),
    ("chicken", None),
    ("!#$%&'+-.^_`|~09azAZ", None),
    ("P*", Some(Rule::MethodWildcard)),
    ("*P", Some(Rule::MethodWildcard)),
    ("**", Some(Rule::MethodWildcard)),
    ("", Some(Rule::MethodSyntax)),
    (" ", Some(Rule::MethodSyntax)),
    ("PUT ", Some(Rule::MethodSyntax)),
    (" PUT", Some(Rule::MethodSyntax)),
    ("PUT DELETE", Some(Rule::MethodSyntax)),
    ("PUT,DELETE", Some(Rule::MethodSyntax)),
    ("PUT\n", Some(Rule::MethodSyntax)),
    ("PUT\0", Some(Rule::MethodSyntax)),
    ("PÜT", Some(Rule::MethodSyntax)),
    ("\u{202e}TUP", Some(Rule::MethodSyntax)),
    ("PUT/", Some(Rule::MethodSyntax)),
    ("\"PUT\"", Some(Rule::MethodSyntax)),
    ("CONNECT", Some(Rule::MethodForbidden)),
    ("TRACE", Some(Rule::MethodForbidden)),
    ("TRACK", Some(Rule::MethodForbidden)),
    ("connect", Some(Rule::MethodForbidden)),
    ("Trace", Some(Rule::MethodForbidden)),
    ("tRACK", Some(Rule::MethodForbidden)),
    ("put", Some(Rule::MethodCase)),
    ("Patch", Some(Rule::MethodCase)),
    ("patch", Some(Rule::MethodCase)),
    ("get", Some(Rule::MethodCase)),
    ("pOST", Some(Rule::MethodCase)),
    ("query", Some(Rule::MethodCase)),
    ("PropFind", Some(Rule::MethodCase)),
];

const HEADERS: &[Line] = &[
    ("content-type", None),
    ("Content-Type", None),
    ("authorization", None),
    ("x-requested-with", None),
    ("*", None),
    ("accept", None),
    ("range", None),
    ("user-agent", None),
    ("x-http-method-override", None),
    ("secret", None),
    ("sec", None),
    ("proxy", None),
    ("x-sec-a", None),
    ("cookie3", None),
    ("x_a", None),
    ("", Some(Rule::HeaderSyntax)),
    ("x a", Some(Rule::HeaderSyntax)),
    ("x-a:", Some(Rule::HeaderSyntax)),
    ("x-a: b", Some(Rule::HeaderSyntax)),
    ("x-a,x-b", Some(Rule::HeaderSyntax)),
    ("x-a\r\n", Some(Rule::HeaderSyntax)),
    ("x-ä", Some(Rule::HeaderSyntax)),
    ("x-\u{200f}a", Some(Rule::HeaderSyntax)),
    (":path", Some(Rule::HeaderSyntax)),
    ("x-company-*", Some(Rule::HeaderWildcard)),
    ("*-id", Some(Rule::HeaderWildcard)),
    ("**", Some(Rule::HeaderWildcard)),
    ("sec-*", Some(Rule::HeaderForbidden)),
    ("cookie", Some(Rule::HeaderForbidden)),
    ("Cookie", Some(Rule::HeaderForbidden)),
    ("HOST", Some(Rule::HeaderForbidden)),
    ("origin", Some(Rule::HeaderForbidden)),
    ("sec-", Some(Rule::HeaderForbidden)),
    ("Sec-Fetch-Site", Some(Rule::HeaderForbidden)),
    ("sec-websocket-key", Some(Rule::HeaderForbidden)),
    ("proxy-authorization", Some(Rule::HeaderForbidden)),
    ("Proxy-", Some(Rule::HeaderForbidden)),
    ("access-control-request-method", Some(Rule::HeaderForbidden)),
    ("Access-Control-Allow-Origin", Some(Rule::HeaderProtocol)),
    ("access-control-allow-credentials", Some(Rule::HeaderProtocol)),
    ("access-control-allow-methods", Some(Rule::HeaderProtocol)),
    ("access-control-allow-headers", Some(Rule::HeaderProtocol)),
    ("access-control-max-age", Some(Rule::HeaderProtocol)),
    ("access-control-expose-headers", Some(Rule::HeaderProtocol)),
];

const EXPOSE: &[Line] = &[
    ("x-total-count", None),
    ("ETag", None),
    ("location", None),
    ("*", None),
    ("www-authenticate", None),
    ("retry-after", None),
    ("access-control-allow-origin", None),
    ("", Some(Rule::ExposeSyntax)),
    ("x-a x-b", Some(Rule::ExposeSyntax)),
    ("x-a:1", Some(Rule::ExposeSyntax)),
    ("x-é", Some(Rule::ExposeSyntax)),
    ("x-a\n", Some(Rule::ExposeSyntax)),
    ("x-company-*", Some(Rule::ExposeWildcard)),
    ("*-id", Some(Rule::ExposeWildcard)),
    ("**", Some(Rule::ExposeWildcard)),
    ("set-cookie", Some(Rule::ExposeForbidden)),
    ("Set-Cookie", Some(Rule::ExposeForbidden)),
    ("set-cookie2", Some(Rule::ExposeForbidden)),
    ("origin", Some(Rule::ExposeProtocol)),
    ("Access-Control-Request-Method", Some(Rule::ExposeProtocol)),
    ("access-control-request-headers", Some(Rule::ExposeProtocol)),
    ("access-control-allow-methods", Some(Rule::ExposeProtocol)),
    ("access-control-allow-headers", Some(Rule::ExposeProtocol)),
    ("access-control-max-age", Some(Rule::ExposeProtocol)),
    ("cache-control", Some(Rule::ExposeSafelisted)),
    ("Content-Length", Some(Rule::ExposeSafelisted)),
    ("pragma", Some(Rule::ExposeSafelisted)),
];

/// The violations of a declaration with lints, as in the macros. The builder has to report the others.
fn judged(key: Key, list: &[&str]) -> Vec<(Rule, Option<usize>)> {
    let mut declaration: Declaration<Borrowed<'_>> =
        Declaration { origins: &["https://a.example"], ..Declaration::EMPTY };
    match key {
        Key::Origins => declaration.origins = list,
        Key::Methods => declaration.methods = list,
        Key::Headers => declaration.headers = list,
        _ => declaration.expose = list,
    }
    declaration.violations(true).iter().map(|v| (v.rule(), v.index())).collect()
}

fn built(key: Key, list: &[&str]) -> Vec<(Rule, Option<usize>)> {
    let builder = Policy::builder().origins("https://a.example");
    let builder = match key {
        Key::Origins => builder.origins(list),
        Key::Methods => builder.methods(list),
        Key::Headers => builder.headers(list),
        _ => builder.expose(list),
    };
    rules(builder)
}

fn rules(builder: Builder) -> Vec<(Rule, Option<usize>)> {
    builder.build().err().iter().flat_map(|v| v.iter()).map(|v| (v.rule(), v.index())).collect()
}

fn is_lint(rule: Rule) -> bool {
    rule.class() == cors_core::Class::Lint
}

#[test]
fn each_entry_breaks_the_rules_in_its_table() {
    for (key, table) in [(Key::Methods, METHODS), (Key::Headers, HEADERS), (Key::Expose, EXPOSE)] {
        for &(entry, rule) in table {
            let expected: Vec<_> = rule.into_iter().map(|rule| (rule, Some(0))).collect();
            assert_eq!(judged(key, &[entry]), expected, "{key} {entry:?}");
            let at_run_time: Vec<_> = expected.iter().copied().filter(|(rule, _)| !is_lint(*rule)).collect();
            assert_eq!(built(key, &[entry]), at_run_time, "{key} {entry:?}");
            let constant = std::panic::catch_unwind(|| {
                let mut declaration: Declaration<Borrowed<'_>> =
                    Declaration { origins: &["https://a.example"], ..Declaration::EMPTY };
                let list = [entry];
                match key {
                    Key::Methods => declaration.methods = &list,
                    Key::Headers => declaration.headers = &list,
                    _ => declaration.expose = &list,
                }
                declaration.verify(key, Some(0));
            });
            assert_eq!(constant.is_err(), rule.is_some(), "{key} {entry:?}");
            #[cfg(feature = "serde")]
            {
                let file = serde_json::json!({ "origins": "https://a.example", key.name(): [entry] });
                let read: Builder = serde_json::from_value(file).unwrap();
                assert_eq!(rules(read), at_run_time, "{key} {entry:?}");
            }
        }
    }
}

#[test]
fn a_method_in_the_wrong_case_is_corrected() {
    let corrected = |method| {
        Violation::new(Rule::MethodCase, Key::Methods, Some(0), method).correction().map(String::from)
    };
    assert_eq!(corrected("Patch").as_deref(), Some("PATCH"));
}

#[test]
fn lists_are_judged_as_a_whole() {
    use Rule::*;
    let table: &[ListLine] = &[
        (Key::Origins, &["*", "https://a.example"], &[(OriginWildcardMixed, 0)]),
        (
            Key::Origins,
            &["https://a.example", "*", "https://b.example", "*"],
            &[(OriginWildcardMixed, 1), (OriginDuplicate, 3)],
        ),
        (Key::Origins, &["*", "*"], &[(OriginDuplicate, 1)]),
        (Key::Methods, &["*", "*"], &[(MethodDuplicate, 1)]),
        (Key::Headers, &["*", "*"], &[(HeaderDuplicate, 1)]),
        (Key::Expose, &["*", "*"], &[(ExposeDuplicate, 1)]),
        (Key::Origins, &["https://a.example", "https://a.example"], &[(OriginDuplicate, 1)]),
        (Key::Origins, &["https://*.a.example", "https://b.a.example"], &[(OriginRedundant, 1)]),
        (Key::Origins, &["https://b.a.example", "https://*.a.example"], &[(OriginRedundant, 0)]),
        (Key::Origins, &["https://*.a.example", "https://*.b.a.example"], &[(OriginRedundant, 1)]),
        (
            Key::Origins,
            &["http://localhost:*", "http://localhost", "http://localhost:1"],
            &[(OriginRedundant, 1), (OriginRedundant, 2)],
        ),
        (
            Key::Origins,
            &["https://*.a.example:*", "https://*.a.example", "https://*.b.a.example:8443"],
            &[(OriginRedundant, 1), (OriginRedundant, 2)],
        ),
        (
            Key::Origins,
            &["https://*.a.example", "https://a.example", "http://b.a.example", "https://b.a.example:8443"],
            &[],
        ),
        (
            Key::Origins,
            &["https://a.example", "https://evila.example", "https://*.b.example", "https://cb.example"],
            &[],
        ),
        (Key::Origins, &["moz-extension://*", "moz-extension://abc"], &[(OriginRedundant, 1)]),
        (Key::Methods, &["*", "PUT"], &[(MethodWildcardMixed, 0)]),
        (Key::Methods, &["PUT", "*"], &[(MethodWildcardMixed, 1)]),
        (Key::Methods, &["PUT", "PUT"], &[(MethodDuplicate, 1)]),
        (Key::Methods, &["x", "X"], &[]),
        (Key::Methods, &["put", "TRACE", ""], &[(MethodCase, 0), (MethodForbidden, 1), (MethodSyntax, 2)]),
        (Key::Headers, &["*", "authorization"], &[]),
        (Key::Headers, &["Authorization", "*"], &[]),
        (Key::Headers, &["*", "x-a"], &[(HeaderWildcardMixed, 0)]),
        (Key::Headers, &["x-a", "*", "authorization"], &[(HeaderWildcardMixed, 1)]),
        (Key::Headers, &["x-a", "X-A"], &[(HeaderDuplicate, 1)]),
        (Key::Headers, &["*", "authorization", "AUTHORIZATION"], &[(HeaderDuplicate, 2)]),
        (Key::Expose, &["*", "x-a"], &[(ExposeWildcardMixed, 0)]),
        (Key::Expose, &["x-a", "X-a"], &[(ExposeDuplicate, 1)]),
        (
            Key::Expose,
            &["expires", "Expires"],
            &[(ExposeSafelisted, 0), (ExposeDuplicate, 1), (ExposeSafelisted, 1)],
        ),
    ];
    for &(key, list, expected) in table {
        let expected: Vec<_> = expected.iter().map(|&(rule, index)| (rule, Some(index))).collect();
        assert_eq!(judged(key, list), expected, "{key} {list:?}");
        let at_run_time: Vec<_> = expected.into_iter().filter(|(rule, _)| !is_lint(*rule)).collect();
        assert_eq!(built(key, list), at_run_time, "{key} {list:?}");
    }
}

#[test]
fn except_requires_a_wildcard_and_lists_origins() {
    let build = |origins: &[&str], except: &[&str]| rules(Policy::builder().origins(origins).except(except));
    assert_eq!(
        build(&["*"], &["https://a.example", "https://*.b.example", "http://localhost:*", "null"]),
        []
    );
    assert_eq!(build(&["https://a.example"], &["https://b.example"]), [(Rule::ExceptWithoutWildcard, None)]);
    assert_eq!(build(&["*"], &["*"]), [(Rule::ExceptWithoutWildcard, Some(0))]);
    assert_eq!(
        build(&["*"], &["https://b.example/", "B"]),
        [(Rule::OriginPath, Some(0)), (Rule::OriginSyntax, Some(1))]
    );
    assert_eq!(
        build(&[], &["https://b.example"]),
        [(Rule::OriginMissing, None), (Rule::ExceptWithoutWildcard, None)]
    );
    // Entries without an effect are lints, which the builder does not report.
    let except =
        ["null", "https://a.example", "https://a.example", "https://*.b.example", "https://c.b.example"];
    let declaration: Declaration<Borrowed<'_>> =
        Declaration { origins: &["*"], except: &except, ..Declaration::EMPTY };
    let found: Vec<_> = declaration.violations(true).iter().map(|v| (v.rule(), v.index())).collect();
    assert_eq!(
        found,
        [
            (Rule::OriginRedundant, Some(0)),
            (Rule::OriginDuplicate, Some(2)),
            (Rule::OriginRedundant, Some(4))
        ]
    );
    assert_eq!(build(&["*"], &except), []);
}

#[test]
fn missing_origins_are_a_violation_unless_a_function_decides() {
    assert_eq!(rules(Policy::builder()), [(Rule::OriginMissing, None)]);
    assert_eq!(rules(Policy::builder().origins([""; 0])), [(Rule::OriginMissing, None)]);
    assert_eq!(rules(Policy::builder().origins_from_str(" , ,")), [(Rule::OriginMissing, None)]);
    assert_eq!(rules(Policy::builder().without_origins()), []);
}

#[test]
fn an_exception_permits_only_what_its_rule_forbids() {
    let all = |origin: &'static str, allow: Vec<Allow>| {
        let found = rules(Policy::builder().origins(origin).credentials(true).allow(allow));
        found.into_iter().map(|(rule, _)| rule).collect::<Vec<_>>()
    };
    use Allow::*;
    assert_eq!(all("http://a.example", vec![InsecureOrigins]), []);
    assert_eq!(all("http://a.example", vec![NullOrigin, PublicSuffixes]), [Rule::CredentialsInsecureOrigin]);
    assert_eq!(all("null", vec![NullOrigin, InsecureOrigins, PublicSuffixes]), [Rule::CredentialsNullOrigin]);
    assert_eq!(all("*", vec![NullOrigin, InsecureOrigins, PublicSuffixes]), [Rule::CredentialsAnyOrigin]);
    assert_eq!(rules(Policy::builder().origins("null").allow([NullOrigin])), []);
    assert_eq!(
        rules(Policy::builder().origins("null").allow([InsecureOrigins])),
        [(Rule::OriginNull, Some(0))]
    );
    if cfg!(feature = "public-suffix") {
        assert_eq!(all("https://*.github.io", vec![PublicSuffixes]), []);
        assert_eq!(all("https://*.github.io", vec![InsecureOrigins]), [Rule::CredentialsPublicSuffix]);
    }
}

#[test]
fn a_time_is_seconds_or_a_number_with_a_unit() {
    let judge = |max_age: MaxAge<'_>| rules(Policy::builder().origins("*").max_age(max_age));
    for (text, seconds) in [
        ("0s", 0),
        ("1s", 1),
        ("90s", 90),
        ("10m", 600),
        ("2h", 7200),
        ("1d", 86_400),
        ("86400s", 86_400),
        ("007s", 7),
        ("5", 5),
        ("86400", 86_400),
    ] {
        let policy = Policy::builder().origins("*").max_age(text).build().unwrap();
        assert_eq!(policy.max_age(), Some(seconds), "{text}");
    }
    for text in ["2d", "86401s", "25h", "99999999999999999999d", "86401", "99999999999999999999", "1000d"] {
        assert_eq!(judge(MaxAge::Text(text)), [(Rule::MaxAgeRange, None)], "{text}");
    }
    for text in [
        "",
        "s",
        "ten minutes",
        "10 m",
        " 10m",
        "10m ",
        "1h30m",
        "1.5h",
        "-1s",
        "+1s",
        "10M",
        "1w",
        "1٠m",
        "0x10s",
        "10m\0",
        "é",
    ] {
        assert_eq!(judge(MaxAge::Text(text)), [(Rule::MaxAgeSyntax, None)], "{text:?}");
    }
    // In sources where all values may be text, digits are seconds. In a macro, a number has no quotes.
    let declaration: Declaration<Borrowed<'_>> =
        Declaration { origins: &["*"], max_age: Some(MaxAge::Text("5")), ..Declaration::EMPTY };
    assert_eq!(declaration.violations(true)[0].rule(), Rule::MaxAgeSyntax);
    assert_eq!(judge(MaxAge::Seconds(86_400)), []);
    assert_eq!(judge(MaxAge::Seconds(86_401)), [(Rule::MaxAgeRange, None)]);
    let day = std::time::Duration::from_millis(86_400_999);
    assert_eq!(Policy::builder().origins("*").max_age(day).build().unwrap().max_age(), Some(86_400));
}

#[test]
fn a_preflight_status_is_a_success_status() {
    for status in (100..=600).step_by(if cfg!(miri) { 25 } else { 1 }) {
        let found = rules(Policy::builder().origins("*").preflight_status(status));
        let expected =
            if (200..300).contains(&status) { vec![] } else { vec![(Rule::PreflightStatus, None)] };
        assert_eq!(found, expected, "{status}");
    }
    // A large number is not truncated to a valid status.
    let declaration: Declaration<Borrowed<'_>> =
        Declaration { origins: &["*"], preflight_status: Some(65_536 + 204), ..Declaration::EMPTY };
    assert_eq!(declaration.violations(false)[0].rule(), Rule::PreflightStatus);
}

#[test]
fn all_violations_are_reported_in_the_order_of_the_keys() {
    let violations = Policy::builder()
        .origins(["https://a.example/", "*", "http://b.example"])
        .except("x")
        .credentials(true)
        .methods(["put", "TRACK"])
        .headers(["host", "x a"])
        .expose(["set-cookie", "*"])
        .max_age("5 minutes")
        .preflight_status(404)
        .build()
        .unwrap_err();
    let found: Vec<_> = violations.iter().map(|v| format!("{}: {}", v.path(), v.code())).collect();
    assert_eq!(
        found,
        [
            "origins[0]: origin-path",
            "origins[1]: origin-wildcard-mixed",
            "origins[1]: credentials-any-origin",
            "origins[2]: credentials-insecure-origin",
            "except: except-without-wildcard",
            "except[0]: origin-syntax",
            "methods[0]: method-case",
            "methods[1]: method-forbidden",
            "headers[0]: header-forbidden",
            "headers[1]: header-syntax",
            "expose[0]: expose-forbidden",
            "expose[1]: expose-wildcard-mixed",
            "max_age: max-age-syntax",
            "preflight_status: preflight-status",
        ]
    );
}

/// The lists are copied from the text of the Fetch standard, so that a test fails if the source lacks a name.
mod as_the_fetch_standard_lists_them {
    use super::*;

    #[test]
    fn forbidden_request_headers() {
        let names = "Accept-Charset Accept-Encoding Access-Control-Request-Headers Access-Control-Request-Method \
            Connection Content-Length Cookie Cookie2 Date DNT Expect Host Keep-Alive Origin Referer Set-Cookie TE \
            Trailer Transfer-Encoding Upgrade Via proxy-connection sec-fetch-mode";
        for name in names.split_whitespace() {
            assert_eq!(built(Key::Headers, &[name]), [(Rule::HeaderForbidden, Some(0))], "{name}");
        }
    }

    #[test]
    fn forbidden_methods() {
        for method in "CONNECT TRACE TRACK".split_whitespace() {
            assert_eq!(built(Key::Methods, &[method]), [(Rule::MethodForbidden, Some(0))], "{method}");
        }
    }

    #[test]
    fn safelisted_response_headers() {
        let names = "Cache-Control Content-Language Content-Length Content-Type Expires Last-Modified Pragma";
        let policy = Policy::builder().origins("*").build().unwrap();
        for name in names.split_whitespace() {
            assert_eq!(judged(Key::Expose, &[name]), [(Rule::ExposeSafelisted, Some(0))], "{name}");
            assert!(policy.exposes_header(name), "{name}");
        }
    }

    #[test]
    fn safelisted_methods_need_no_grant() {
        let policy = Policy::builder().origins("*").methods("PUT").build().unwrap();
        for (method, allowed) in
            [("GET", true), ("HEAD", true), ("POST", true), ("PUT", true), ("get", false), ("DELETE", false)]
        {
            assert_eq!(policy.allows_method(method), allowed, "{method}");
        }
    }

    #[test]
    fn authorization_is_a_non_wildcard_name() {
        let policy = Policy::builder().origins("https://a.example").headers("*");
        assert!(!policy.clone().build().unwrap().allows_header("Authorization"));
        assert!(policy.clone().build().unwrap().allows_header("x-a"));
        assert!(policy.clone().credentials(true).build().unwrap().allows_header("authorization"));
        assert!(policy.headers(["*", "Authorization"]).build().unwrap().allows_header("authorization"));
    }
}

#[test]
fn the_builder_accepts_the_common_types_of_values() {
    use std::borrow::Cow;
    use std::collections::{BTreeSet, HashSet};

    let texts = ["https://a.example", "https://b.example"];
    let owned = texts.map(String::from);
    let set: HashSet<String> = owned.iter().cloned().collect();
    let ordered: BTreeSet<&str> = texts.into();
    let cows: Vec<Cow<'_, str>> = texts.map(Cow::Borrowed).into();
    let patterns = texts.map(|text| text.parse::<cors_core::OriginPatternBuf>().unwrap());
    let from = Policy::builder;
    for builder in [
        from().origins(texts),
        from().origins(texts),
        from().origins(&texts[..]),
        from().origins(owned.clone()),
        from().origins(&owned),
        from().origins(&owned[..]),
        from().origins(owned.to_vec()),
        from().origins(owned.to_vec()),
        from().origins(Box::<[String]>::from(owned.clone())),
        from().origins(&set),
        from().origins(set),
        from().origins(&ordered),
        from().origins(ordered),
        from().origins(cows),
        from().origins(&patterns),
        from().origins(patterns),
        from().origins(&owned[0]).add_origins(&owned[1]),
        from().origins(owned[0].clone()).add_origins(Cow::Borrowed(texts[1])),
        from().add_origins(texts),
        from().origins_from_str("https://a.example, https://b.example"),
    ] {
        let policy = builder.build().unwrap();
        assert!(policy.origins().map(|pattern| pattern.as_str()).eq(texts));
    }

    for builder in [
        from().max_age(600),
        from().max_age(600i32),
        from().max_age(600u32),
        from().max_age(600u64),
        from().max_age(600usize),
        from().max_age("600"),
        from().max_age("10m"),
        from().max_age(String::from("10m")),
        from().max_age(String::from("10m")),
        from().max_age(std::time::Duration::from_secs(600)),
        from().max_age(MaxAge::Seconds(600)),
        from().max_age(Some(600u64)),
        from().max_age(Some("10m")),
    ] {
        assert_eq!(builder.origins("*").build().unwrap().max_age(), Some(600));
    }
    assert_eq!(from().origins("*").max_age(5).max_age(None::<u32>).build().unwrap().max_age(), None);
    let below = from().origins("*").max_age(-1).build().unwrap_err();
    assert_eq!((below[0].rule(), below[0].value()), (Rule::MaxAgeSyntax, "-1"));
}

#[test]
fn a_list_can_be_extended_after_it_is_set() {
    let policy = Policy::builder()
        .origins("https://a.example")
        .add_origins(["https://b.example"])
        .methods("PUT")
        .add_methods(["DELETE"])
        .headers("x-a")
        .add_headers("x-b")
        .expose(["x-c"])
        .add_expose("x-d")
        .build()
        .unwrap();
    assert_eq!(policy.origins().len(), 2);
    assert!(policy.methods().eq(["PUT", "DELETE"]));
    assert!(policy.headers().eq(["x-a", "x-b"]));
    assert!(policy.expose().eq(["x-c", "x-d"]));
    let but = Policy::builder().origins("*").except("https://a.example").add_except("https://b.example");
    assert_eq!(but.build().unwrap().except().len(), 2);
}

#[test]
fn the_reason_and_the_help_depend_on_the_value() {
    let first = |builder: Builder| builder.build().unwrap_err()[0].to_string();
    let origins = |origin: &str| first(Policy::builder().origins([origin]));
    let headers = |name: &str| first(Policy::builder().origins("*").headers([name]));
    for (message, expected) in [
        (origins(r"https://.*\.example\.com"), "patterns are not regular expressions"),
        (origins(r"https://.*\.example\.com"), "help: write \"https://*.example.com\""),
        (origins(r"https://(?:a|b)\.example\.com"), "`origin_fn` takes a function of your own"),
        (origins("https://proj-*.vercel.app"), "`origin_fn` takes a function of your own"),
        (origins("http://192.168.1.*"), "`origin_fn` takes a function of your own"),
        (
            origins("https://a.example https://b.example"),
            "help: put a comma between two origins: .origins([\"https",
        ),
        (origins("htps://a.example"), "the scheme is a misspelling of `http` or `https`"),
        (origins("htps://a.example"), "help: write \"https://a.example\""),
        (origins("ftp://a.example"), "browsers send `null` for files and `data:` URLs"),
        (headers("host"), "browsers take it from the URL of the request"),
        (headers("accept-encoding"), "browsers write it themselves, for the connection and its encoding"),
        (headers("cookie"), "with `credentials`, requests carry cookies"),
        (headers("sec-fetch-site"), "names that start with `sec-` or `proxy-` are reserved for browsers"),
        (first(Policy::builder().origins("*").max_age("7d")), "Chromium for 7200 and WebKit for 600"),
        (
            first(Policy::builder().origins("*").max_age(31_536_000)),
            "write \"1d\", the largest value that has an effect",
        ),
    ] {
        assert!(message.contains(expected), "{message}");
    }
    for name in ["host", "accept-encoding", "referer", "sec-fetch-site"] {
        assert!(!headers(name).contains("cookies"), "{}", headers(name));
    }
}
