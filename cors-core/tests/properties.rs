//! Properties of every pattern, every origin and every policy, tested with thousands of random ones.
//!
//! The alphabet is small on purpose: a few labels, schemes and ports collide often, so that near misses are common.
// Miri is a thousand times slower, and the other tests run the same code under it.
#![cfg(not(miri))]

use cors_core::{
    Allow, Borrowed, CompiledPolicy, Decision, Declaration, Key, MaxAge, Origin, OriginPattern, PlainRequest,
    Policy, Refusal, Rule,
};
use proptest::prelude::*;
use proptest::sample::select;

/// The headers of a preflight.
fn asks<'a>(origin: &'a str, method: &'a str, headers: &'a str) -> [(&'a str, &'a str); 3] {
    let [asked_method, asked_headers] = ["access-control-request-method", "access-control-request-headers"];
    [("origin", origin), (asked_method, method), (asked_headers, headers)]
}

fn decides(policy: &CompiledPolicy, origin: &str) -> bool {
    match policy.decide(&PlainRequest::new("GET", &[("origin", origin)])) {
        Decision::Granted => true,
        Decision::Refused => false,
        decision => panic!("{decision:?}"),
    }
}

fn scheme() -> impl Strategy<Value = &'static str> + Clone {
    select(&["https", "https", "http", "capacitor", "moz-extension"][..])
}

fn host() -> impl Strategy<Value = String> + Clone {
    let label = select(&["a", "b", "c", "ab", "example", "xn--e-1", "-", "0a"][..]);
    prop_oneof![
        8 => prop::collection::vec(label, 1..5).prop_map(|labels| labels.join(".")),
        1 => select(&["127.0.0.1", "127.0.0.2", "[::1]", "[::2]", "localhost", "a.localhost"][..]).prop_map(String::from),
    ]
}

fn port() -> impl Strategy<Value = &'static str> + Clone {
    select(&["", "", "", ":1", ":8443", ":81"][..])
}

/// Valid patterns of every kind except `*` and `null`.
fn pattern() -> impl Strategy<Value = String> {
    let star = select(&["", "", "*."][..]);
    let port = prop_oneof![3 => port(), 1 => Just(":*")];
    let named = (scheme(), star, host(), port)
        .prop_map(|(scheme, star, host, port)| format!("{scheme}://{star}{host}{port}"));
    let valid = |text: &String| OriginPattern::parse(text).is_ok();
    prop_oneof![
        20 => named.prop_filter("an address has no subdomains", valid),
        1 => Just("moz-extension://*".to_string()),
        1 => Just("moz-extension://*:*".to_string()),
    ]
}

/// Mostly valid origins. Some have a trailing dot, some have one changed byte, and some are arbitrary text.
fn origin() -> impl Strategy<Value = String> {
    let valid = (scheme(), host(), select(&["", "", "", "."][..]), port())
        .prop_map(|(scheme, host, dot, port)| format!("{scheme}://{host}{dot}{port}"));
    prop_oneof![
        10 => valid.clone(),
        2 => (valid, any::<prop::sample::Index>(), select(b"ab.-/:*@0A\0 ]".as_slice())).prop_map(|(origin, at, byte)| {
            let mut bytes = origin.into_bytes();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            String::from_utf8(bytes).unwrap()
        }),
        1 => Just("null".to_string()),
        1 => any::<String>(),
    ]
}

/// Origins that `pattern` matches, and similar origins.
fn near(pattern: &str) -> Vec<String> {
    let ground = pattern.replace(":*", ":1").replace("://*.", "://b.").replace("://*", "://b");
    let bare = pattern.replace(":*", "").replace("*.", "").replace("://*", "://b");
    let last = bare.len() - 1;
    let mut near = vec![
        ground.clone(),
        bare.clone(),
        pattern.replace(":*", "").replace("://*", "://a.b"),
        ground.replace("://", "://evil"),
        ground.replace("://", "://."),
        ground.replace("://", "://a."),
        ground.replace("://", "://a.."),
        ground.replace("://b.", "://b-"),
        format!("{ground}."),
        format!("{bare}.evil.example"),
        format!("{bare}:1"),
        format!("{bare}:2"),
        bare.replace("https", "http"),
        bare.to_uppercase(),
        format!("{bare}/"),
        pattern.to_string(),
    ];
    near.push(format!("{}{}", &bare[..last], if bare.ends_with('a') { "b" } else { "a" }));
    near
}

fn pattern_matches(pattern: &str, origin: &str) -> bool {
    let pattern = OriginPattern::parse(pattern).unwrap();
    Origin::parse(origin.as_bytes()).is_some_and(|origin| pattern.matches(&origin))
}

/// Names for the lists. Some lists are only `*`.
fn names(names: &'static [&'static str]) -> impl Strategy<Value = Vec<&'static str>> {
    prop_oneof![4 => prop::collection::vec(select(names), 0..4), 1 => Just(vec!["*"])]
}

fn policy() -> impl Strategy<Value = Policy> {
    let origins = (0..4, prop::collection::vec(pattern(), 1..30), prop::collection::vec(pattern(), 0..15))
        .prop_map(|(kind, mut listed, except)| match kind {
            0 => (vec!["*".to_string()], except),
            1 => {
                listed.push("null".into());
                (listed, vec![])
            }
            _ => (listed, vec![]),
        });
    let names = (
        names(&["PUT", "DELETE", "GET", "chicken"]),
        prop_oneof![names(&["x-a", "Content-Type", "authorization"]), Just(vec!["*", "Authorization"])],
        names(&["x-a", "ETag", "vary", "content-type"]),
    );
    let rest =
        (any::<bool>(), prop::option::of(0..=86_400u32), any::<bool>(), 200..300u16, any::<[bool; 2]>());
    (origins, names, rest).prop_map(|((origins, except), (methods, headers, expose), rest)| {
        let (credentials, max_age, enforce, status, [insecure, suffixes]) = rest;
        let forbids_credentials = origins.iter().any(|origin| origin == "*" || origin == "null");
        let mut builder = Policy::builder()
            .credentials(credentials && !forbids_credentials)
            .origins(origins)
            .except(except)
            .methods(methods)
            .headers(headers)
            .expose(expose)
            .enforce(enforce)
            .preflight_status(status);
        if let Some(seconds) = max_age {
            builder = builder.max_age(seconds);
        }
        let mut allow = vec![Allow::NullOrigin];
        if insecure || credentials {
            allow.push(Allow::InsecureOrigins);
        }
        if suffixes || credentials {
            allow.push(Allow::PublicSuffixes);
        }
        builder.allow(allow).build().unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_pattern_is_printed_as_it_was_written(text in pattern()) {
        let pattern = OriginPattern::parse(&text).unwrap();
        prop_assert_eq!(pattern.to_string(), text.clone());
        let printed = pattern.to_string();
        prop_assert_eq!(OriginPattern::parse(&printed), Ok(pattern));
    }

    #[test]
    fn an_origin_is_printed_as_it_was_written_and_consists_of_its_parts(text in origin()) {
        if let Some(origin) = Origin::parse(text.as_bytes()) {
            let dot = if origin.has_trailing_dot() { "." } else { "" };
            let port = origin.port().map_or(String::new(), |port| format!(":{port}"));
            prop_assert_eq!(format!("{}://{}{dot}{port}", origin.scheme(), origin.host()), text.clone());
            prop_assert_eq!(origin.to_string(), text.clone());
            // An origin is also an exact pattern, unless it has a trailing dot.
            prop_assert_eq!(OriginPattern::parse(&text).is_ok_and(|p| p.is_exact()), !origin.has_trailing_dot());
        } else {
            prop_assert!(!OriginPattern::parse(&text).is_ok_and(|pattern| pattern.is_exact()));
        }
    }

    #[test]
    fn an_exact_http_pattern_is_written_as_a_browser_writes_it(scheme in select(&["https", "http"][..]), host in host(), port in port()) {
        let text = format!("{scheme}://{host}{port}");
        // IDNA rejects some of these hosts, such as `-`.
        if let (Ok(_), Ok(url)) = (OriginPattern::parse(&text), url::Url::parse(&text)) {
            prop_assert_eq!(url.origin().ascii_serialization(), text);
        }
    }

    #[test]
    fn no_text_makes_the_parsers_panic_and_every_violation_has_a_message(text in any::<String>()) {
        if let Err(rule) = OriginPattern::parse(&text) {
            let violations = Policy::builder().origins(text.clone()).build().unwrap_err();
            prop_assert_eq!(violations[0].rule(), rule);
            prop_assert!(!violations[0].help().is_empty());
            if let Some(correction) = violations[0].correction() {
                prop_assert!(OriginPattern::parse(correction).is_ok());
            }
        }
    }

    #[test]
    fn a_text_with_a_byte_that_origins_never_contain_is_not_an_origin(origin in origin(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = origin.into_bytes();
        bytes.insert(at.index(bytes.len() + 1), byte);
        let expected = byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-.:+[]/".contains(&byte);
        prop_assert!(expected || Origin::parse(&bytes).is_none(), "{:?}", bytes);
    }

    #[test]
    fn a_compiled_policy_grants_an_origin_if_a_pattern_matches_it(
        patterns in prop_oneof![prop::collection::vec(pattern(), 1..8), prop::collection::vec(pattern(), 9..30)],
        random in prop::collection::vec(origin(), 20),
    ) {
        let policy = Policy::builder().origins(&patterns).build().unwrap();
        let compiled = CompiledPolicy::new(&policy).unwrap();
        for origin in patterns.iter().flat_map(|pattern| near(pattern)).chain(random) {
            let expected = patterns.iter().any(|pattern| pattern_matches(pattern, &origin));
            prop_assert_eq!(decides(&compiled, &origin), expected, "{} of {}", origin, policy);
            prop_assert_eq!(policy.allows_origin(&origin), expected, "{} of {}", origin, policy);
        }
    }

    #[test]
    fn except_refuses_what_its_patterns_match_with_or_without_a_trailing_dot(
        patterns in prop_oneof![prop::collection::vec(pattern(), 1..8), prop::collection::vec(pattern(), 9..20)],
        random in prop::collection::vec(origin(), 20),
    ) {
        let policy = Policy::builder().origins("*").except(&patterns).build().unwrap();
        let compiled = CompiledPolicy::new(&policy).unwrap();
        for origin in patterns.iter().flat_map(|pattern| near(pattern)).chain(random) {
            let expected = Origin::parse(origin.as_bytes()).is_some_and(|parsed| {
                let port = parsed.port().map_or(String::new(), |port| format!(":{port}"));
                let without_dot = format!("{}://{}{port}", parsed.scheme(), parsed.host());
                !patterns.iter().any(|pattern| pattern_matches(pattern, &without_dot))
            });
            prop_assert_eq!(decides(&compiled, &origin), expected, "{} of {}", origin, policy);
            prop_assert_eq!(policy.allows_origin(&origin), expected, "{} of {}", origin, policy);
        }
    }

    #[test]
    fn a_policy_and_its_compiled_form_allow_the_same_origins(policy in policy(), origins in prop::collection::vec(origin(), 20)) {
        let compiled = CompiledPolicy::new(&policy).unwrap();
        for origin in origins.into_iter().chain(["null".into(), String::new()]) {
            let headers = asks(&origin, "GET", "");
            let preflight = PlainRequest::new("OPTIONS", &headers);
            let granted = compiled.decide(&preflight) == Decision::PreflightGranted;
            prop_assert_eq!(policy.allows_origin(&origin), granted, "{:?} of {}", origin, policy);
        }
    }

    #[test]
    fn a_pattern_matches_everything_that_a_covered_pattern_matches(
        a in pattern(), b in pattern(), origins in prop::collection::vec(origin(), 20),
    ) {
        let (one, other) = (OriginPattern::parse(&a).unwrap(), OriginPattern::parse(&b).unwrap());
        prop_assert!(one.covers(&one));
        let candidates: Vec<_> = near(&b).into_iter().chain(near(&a)).chain(origins).collect();
        if one.covers(&other) {
            for origin in &candidates {
                prop_assert!(!pattern_matches(&b, origin) || pattern_matches(&a, origin), "{} of {} and {}", origin, a, b);
            }
            prop_assert!(!other.covers(&one) || a == b, "{} and {}", a, b);
        } else {
            // If a pattern does not cover another one, one of the origins that are derived from the other one shows
            // it.
            let port = if b.ends_with(":*") { ":9" } else { "" };
            let witness = |host: &str| b.trim_end_matches(":*").replace("*.", host).replace("://*", "://zz") + port;
            let witnesses = [witness("zz."), witness("a."), witness("b."), b.trim_end_matches(":*").replace("*.", "zz.")];
            let shown = witnesses.iter().chain(&candidates).any(|o| pattern_matches(&b, o) && !pattern_matches(&a, o));
            prop_assert!(shown, "{} does not cover {}, and nothing shows it", a, b);
        }
    }

    #[test]
    fn a_pattern_with_the_lint_about_redundancy_is_redundant(patterns in prop::collection::vec(pattern(), 1..8)) {
        let list: Vec<&str> = patterns.iter().map(String::as_str).collect();
        let declaration: Declaration<Borrowed<'_>> = Declaration { origins: &list, ..Declaration::EMPTY };
        for violation in declaration.violations(true) {
            let mut rest = patterns.clone();
            rest.remove(violation.index().unwrap());
            for origin in near(violation.value()) {
                let before = patterns.iter().any(|pattern| pattern_matches(pattern, &origin));
                prop_assert_eq!(rest.iter().any(|pattern| pattern_matches(pattern, &origin)), before);
            }
        }
    }

    #[test]
    fn the_lint_about_redundancy_finds_every_redundant_pattern(mut patterns in prop::collection::vec(pattern(), 1..12)) {
        // Adds entries that each pattern covers or almost covers.
        let near: Vec<_> = patterns.iter().take(3).flat_map(|pattern| near(pattern)).collect();
        patterns.extend(near.into_iter().filter(|text| OriginPattern::parse(text).is_ok()).step_by(2));
        let list: Vec<&str> = patterns.iter().map(String::as_str).collect();
        let declaration: Declaration<Borrowed<'_>> = Declaration { origins: &list, ..Declaration::EMPTY };
        let found: Vec<_> = declaration.violations(true).iter().map(|v| (v.rule(), v.index())).collect();
        let mut expected = Vec::new();
        for (i, text) in list.iter().enumerate() {
            let pattern = OriginPattern::parse(text).unwrap();
            let covers = |other: &str| other != *text && OriginPattern::parse(other).unwrap().covers(&pattern);
            if list[..i].contains(text) {
                expected.push((Rule::OriginDuplicate, Some(i)));
            } else if list.iter().any(|other| covers(other)) {
                expected.push((Rule::OriginRedundant, Some(i)));
            }
        }
        prop_assert_eq!(found, expected, "{:?}", list);
    }

    #[test]
    fn a_policy_allows_what_the_answer_to_a_preflight_grants(
        policy in policy(),
        method in select(&["GET", "HEAD", "POST", "PUT", "DELETE", "chicken", "put", "p t", "", "TRACE", "connect"][..]),
        header in select(&["x-a", "X-A", "content-type", "authorization", "Authorization", "x-b", "cookie", "x b"][..]),
    ) {
        let compiled = CompiledPolicy::new(&policy).unwrap();
        let missing = |method, headers| {
            compiled.missing_grant(&PlainRequest::new("OPTIONS", &asks("https://a.example", method, headers)))
        };
        let missing_grant = missing(method, "");
        prop_assert_eq!(missing_grant.is_none(), policy.allows_method(method), "{} {}", method, policy);
        let missing_grant = missing("GET", header);
        let expected = (!policy.allows_header(header)).then_some(Refusal::HeaderNotAllowed);
        prop_assert_eq!(missing_grant, expected, "{} {}", header, policy);
    }

    #[test]
    fn a_policy_prints_exactly_the_keys_that_differ_from_their_defaults(policy in policy()) {
        let text = policy.to_string();
        // Splits the text outside of quotation marks.
        let mut open = false;
        let keys: Vec<&str> = text
            .split(|c| { open ^= c == '"'; !open && matches!(c, ',' | '[' | '(' | '=' | ']' | ')') })
            .map(str::trim)
            .filter(|word| !word.is_empty() && !word.starts_with('"') && !word.starts_with(char::is_numeric))
            .filter(|word| Allow::find(word).is_none())
            .collect();
        let expected = [
            (Key::Origins, policy.origins().len() > 0),
            (Key::Except, policy.except().len() > 0),
            (Key::Credentials, policy.credentials()),
            (Key::Methods, policy.methods().len() > 0),
            (Key::Headers, policy.headers().len() > 0),
            (Key::Expose, policy.expose().len() > 0),
            (Key::MaxAge, policy.max_age().is_some()),
            (Key::Enforce, policy.enforce()),
            (Key::PreflightStatus, policy.preflight_status() != 204),
            (Key::Allow, Allow::ALL.iter().any(|&allow| policy.allows(allow))),
        ];
        let expected: Vec<_> = expected.iter().filter(|(_, said)| *said).map(|(key, _)| key.name()).collect();
        prop_assert_eq!(keys, expected, "{}", text);
        prop_assert_eq!(format!("{policy:?}"), format!("policy! {{ {text} }}"));
    }

    #[test]
    fn a_time_as_text_is_its_number_times_its_unit(number in 0..100_000u64, unit in 0..4usize) {
        let seconds = number * [1, 60, 3600, 86_400][unit];
        let text = format!("{number}{}", ["s", "m", "h", "d"][unit]);
        prop_assert_eq!(MaxAge::Text(&text).seconds(), MaxAge::Seconds(seconds).seconds());
    }
}

#[cfg(feature = "serde")]
proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    #[test]
    fn a_written_policy_is_equal_after_it_is_read(policy in policy()) {
        let toml: Policy = toml::from_str(&toml::to_string(&policy).unwrap()).unwrap();
        let json: Policy = serde_json::from_str(&serde_json::to_string(&policy).unwrap()).unwrap();
        let yaml: Policy = serde_norway::from_str(&serde_norway::to_string(&policy).unwrap()).unwrap();
        prop_assert_eq!(&toml, &policy);
        prop_assert_eq!(&json, &policy);
        prop_assert_eq!(&yaml, &policy);
    }

    #[test]
    fn a_file_with_any_text_is_read_or_refused_as_by_the_builder(
        origins in prop::collection::vec(any::<String>(), 0..4), methods in any::<String>(),
    ) {
        let file = serde_json::json!({ "origins": origins, "methods": [methods] });
        let read: cors_core::Builder = toml::from_str(&toml::to_string(&file).unwrap()).unwrap();
        // Only the help is in another syntax.
        let told = |built: Result<Policy, cors_core::Violations>| built.map_err(|violations| {
            violations.iter().map(|v| (v.path(), v.message(), v.correction().map(str::to_owned))).collect::<Vec<_>>()
        });
        prop_assert_eq!(told(read.build()), told(Policy::builder().origins(origins).methods(methods).build()));
    }
}
