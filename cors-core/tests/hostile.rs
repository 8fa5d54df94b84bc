//! Hostile input results in a violation or a refusal, in bounded time.
//!
//! The time limits are far above what a debug build needs, and far below what quadratic algorithms would need.
// Miri is a thousand times slower, and the other tests run the same code under it.
#![cfg(not(miri))]

use std::time::{Duration, Instant};

use cors_core::{
    Allow, Builder, CompiledPolicy, Decision, Key, MaxAge, Origin, OriginPattern, PlainRequest, Policy, Rule,
    echoes_headers, is_same_origin,
};

const MILLION: usize = 1_000_000;
/// A smaller size, for slower work. A quadratic algorithm would still need hours.
const MANY: usize = 100_000;
const MOMENT: Duration = Duration::from_secs(120);

#[track_caller]
fn in_a_moment<T>(work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    assert!(start.elapsed() < MOMENT, "took {:?}", start.elapsed());
    result
}

/// The headers of a request whose `Origin` and `Host` are these bytes.
fn from(origin: &[u8]) -> [(&str, &[u8]); 2] {
    [("origin", origin), ("host", origin)]
}

/// Policies of every kind of matcher: few and many, exact and patterns, listed and excepted.
fn policies() -> Vec<(Policy, CompiledPolicy)> {
    let many = |form: fn(usize) -> String| (0..20).map(form).collect::<Vec<_>>();
    let builders = [
        Policy::builder().origins(["https://a.example", "https://*.a.example", "http://localhost:*"]),
        Policy::builder().origins(many(|i| format!("https://t{i}.example"))),
        Policy::builder().origins(many(|i| format!("https://*.t{i}.example:*"))),
        Policy::builder().origins("null").allow([Allow::NullOrigin]),
        Policy::builder().origins("*").except(["https://a.example", "https://*.a.example"]),
        Policy::builder().origins("*").except(many(|i| format!("https://*.t{i}.example"))),
    ];
    builders
        .map(|builder| {
            let policy = builder.build().unwrap();
            let compiled = CompiledPolicy::new(&policy).unwrap();
            (policy, compiled)
        })
        .into()
}

fn hostile_bytes() -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = [
        &b"https://a.example\xff"[..],
        b"\xff\xfe\x00\x00",
        b"https://a\xc0\xaf.example",
        b"https://\xed\xa0\x80.example",
        b"https://a.example\0",
        b"\0https://a.example",
        b"https://a\0.example",
        b"https://a.example\r\nset-cookie: a=b",
        b"https://a.example\n",
        b"https://a.example\x7f",
        b"https://a.example\x1b[2J",
        "https://a.example\u{200f}".as_bytes(),
        "https://a\u{202e}elpmaxe".as_bytes(),
        "\u{feff}https://a.example".as_bytes(),
        "https://a\u{3002}example".as_bytes(),
        "https://a.example\u{2028}".as_bytes(),
        "https\u{ff1a}//a.example".as_bytes(),
        b"https://a.example:\xf0\x9f\x98\x80",
        b"nul",
        b"null ",
        b"NULL",
        b"null\0",
        b"null, null",
        b"*",
        b"",
    ]
    .map(Vec::from)
    .into();
    for long in ["a", ".", "a.", ":", "[", "]", "@", "/", "*", "0", "é", "\0", "://", "null", " ", ","] {
        let repeated = long.repeat(MANY / long.len());
        all.push(repeated.clone().into());
        all.push(format!("https://{repeated}").into());
        all.push(format!("https://{repeated}.a.example").into());
        all.push(format!("https://a.example:{repeated}").into());
        all.push(format!("https://[{repeated}]").into());
        all.push(format!("{repeated}://a.example").into());
    }
    all
}

#[test]
fn a_hostile_origin_is_refused_by_every_policy() {
    let policies = policies();
    in_a_moment(|| {
        for bytes in hostile_bytes() {
            let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]).into_owned();
            assert_eq!(Origin::parse(&bytes), None, "{shown:?}");
            assert!(!is_same_origin(&PlainRequest::from_bytes("GET", &from(&bytes))));
            for (policy, compiled) in &policies {
                assert_eq!(
                    compiled.decide(&PlainRequest::from_bytes("GET", &from(&bytes))),
                    Decision::Refused,
                    "{shown:?} {policy}"
                );
                assert!(compiled.refusal(&PlainRequest::from_bytes("GET", &from(&bytes))).is_some());
                if let Ok(text) = std::str::from_utf8(&bytes) {
                    assert!(!policy.allows_origin(text), "{shown:?} {policy}");
                }
            }
        }
    });
}

#[test]
fn an_origin_of_any_length_is_refused_in_the_same_time() {
    let policies = policies();
    let long = |start: &str, rest: &str| format!("{start}{}", rest.repeat(MILLION / rest.len()));
    let origins =
        [long("https://", "a."), long("https://0x", "0"), long("https://[", "0:"), long("https://a:", "1")];
    // Reading all these bytes would take minutes.
    in_a_moment(|| {
        for _ in 0..3000 {
            for origin in &origins {
                for (_, compiled) in &policies {
                    assert_eq!(
                        compiled.decide(&PlainRequest::from_bytes("GET", &from(origin.as_bytes()))),
                        Decision::Refused
                    );
                }
                assert!(!is_same_origin(&PlainRequest::from_bytes("GET", &from(origin.as_bytes()))));
            }
        }
    });
}

#[test]
fn a_hostile_pattern_is_a_violation_with_a_readable_message() {
    in_a_moment(|| {
        for bytes in hostile_bytes() {
            let Ok(text) = String::from_utf8(bytes) else { continue };
            // `*` is a valid pattern.
            if text == "*" {
                continue;
            }
            assert!(OriginPattern::parse(&text).is_err(), "{text:?}");
            let violations = Policy::builder().origins([text.clone()]).build().unwrap_err();
            let violation = &violations[0];
            assert_eq!((violation.key(), violation.index()), (Key::Origins, Some(0)));
            for words in [violation.to_string(), format!("{violation:#}"), violation.message()] {
                assert!(words.len() < 3000);
                assert!(!words.contains(|c: char| c.is_control() && c != '\n'), "{words:?}");
                assert!(!words.contains(['\u{200f}', '\u{202e}', '\u{feff}', '\u{2028}']), "{words:?}");
            }
        }
    });
}

#[test]
fn hosts_with_the_largest_number_of_labels_match() {
    let deepest = format!("{}example", "a.".repeat(123));
    assert_eq!(deepest.len(), 253);
    let origin = format!("https://{deepest}");
    let deeper = format!("https://a.{deepest}");
    let base = format!("https://*.{}example", "a.".repeat(122));
    let filler =
        |n| (0..n).map(|i| format!("https://*.t{i}.example")).chain([base.clone()]).collect::<Vec<_>>();
    for patterns in [filler(0), filler(50)] {
        let policy = Policy::builder().origins(patterns).build().unwrap();
        let compiled = CompiledPolicy::new(&policy).unwrap();
        assert_eq!(
            compiled.decide(&PlainRequest::from_bytes("GET", &from(origin.as_bytes()))),
            Decision::Granted
        );
        assert_eq!(
            compiled.decide(&PlainRequest::from_bytes("GET", &from(deeper.as_bytes()))),
            Decision::Refused
        );
        assert!(policy.allows_origin(&origin) && !policy.allows_origin(&deeper));
    }
}

#[test]
fn a_million_entries_are_judged_and_compiled() {
    let origins: Vec<String> = (0..MILLION).map(|i| format!("https://tenant-{i}.example")).collect();
    in_a_moment(|| {
        let policy = Policy::builder().origins(origins).build().unwrap();
        let compiled = CompiledPolicy::new(&policy).unwrap();
        assert_eq!(
            compiled.decide(&PlainRequest::from_bytes("GET", &from(b"https://tenant-999999.example"))),
            Decision::Granted
        );
        assert_eq!(
            compiled.decide(&PlainRequest::from_bytes("GET", &from(b"https://tenant-1000000.example"))),
            Decision::Refused
        );
    });
}

#[test]
fn redundant_patterns_are_not_searched_for_at_run_time() {
    // Comparing each entry with each other would be a billion comparisons.
    let patterns = (0..MANY / 10).map(|i| format!("https://*.t{i}.example"));
    let covered = (0..MANY).map(|i| format!("https://a.t{}.example", i % (MANY / 10)));
    let origins: Vec<_> = patterns.chain(covered).collect();
    in_a_moment(|| {
        let policy = Policy::builder().origins(origins).build().unwrap();
        let compiled = CompiledPolicy::new(&policy).unwrap();
        assert_eq!(
            compiled.decide(&PlainRequest::from_bytes("GET", &from(b"https://a.t7.example"))),
            Decision::Granted
        );
        assert_eq!(
            compiled.decide(&PlainRequest::from_bytes("GET", &from(b"https://b.t7.example"))),
            Decision::Granted
        );
        assert_eq!(
            compiled.decide(&PlainRequest::from_bytes("GET", &from(b"https://t7.example"))),
            Decision::Refused
        );
    });
}

#[test]
fn a_million_equal_entries_are_judged_and_compiled() {
    for (entry, times) in [("https://a.example", MILLION), ("https://*.a.example", MANY)] {
        in_a_moment(|| {
            let policy = Policy::builder().origins(vec![entry; times]).build().unwrap();
            assert!(CompiledPolicy::new(&policy).is_ok());
        });
    }
    for entry in ["*", "https://*"] {
        let _ = in_a_moment(|| {
            Policy::builder().origins(vec![entry; MANY]).credentials(true).build().unwrap_err()
        });
    }
    let everyone = in_a_moment(|| Policy::builder().origins(vec!["*"; MILLION]).build().unwrap());
    assert_eq!(everyone, Policy::builder().origins("*").build().unwrap());
}

#[test]
fn every_violation_is_reported_and_a_hundred_are_printed() {
    in_a_moment(|| {
        let violations = Policy::builder().origins(vec!["https://a.example/"; MANY]).build().unwrap_err();
        assert_eq!(violations.len(), MANY);
        assert_eq!(violations[MANY - 1].index(), Some(MANY - 1));
        let text = violations.to_string();
        assert!(text.len() < 100_000 && text.ends_with("\nand 99900 more"), "{}", text.len());
    });
}

#[test]
fn every_list_accepts_many_repeated_wildcards_and_exceptions() {
    in_a_moment(|| {
        let mixed = |other: &str| -> Vec<String> {
            let mut list = vec!["*".to_string(); MANY];
            list.extend(vec![other.to_string(); MANY]);
            list
        };
        let violations = Policy::builder()
            .origins(mixed("https://a.example"))
            .methods(mixed("PUT"))
            .headers(mixed("x-a"))
            .expose(mixed("x-a"))
            .build()
            .unwrap_err();
        let rules: Vec<_> =
            violations.iter().map(|violation| (violation.rule(), violation.index())).collect();
        assert_eq!(
            rules,
            [
                (Rule::OriginWildcardMixed, Some(0)),
                (Rule::MethodWildcardMixed, Some(0)),
                (Rule::HeaderWildcardMixed, Some(0)),
                (Rule::ExposeWildcardMixed, Some(0)),
            ]
        );
        let policy = Policy::builder()
            .origins(vec!["http://printer.internal"; MANY])
            .credentials(true)
            .allow([vec![Allow::NullOrigin; MILLION], vec![Allow::InsecureOrigins]].concat())
            .build();
        assert!(policy.is_ok());
        let excepted = Policy::builder().origins("https://a.example").except(vec!["*"; MANY]).build();
        assert_eq!(excepted.unwrap_err().len(), MANY + 1);
    });
}

#[test]
fn hostile_names_and_times_are_violations() {
    in_a_moment(|| {
        for bytes in hostile_bytes() {
            let Ok(text) = String::from_utf8(bytes) else { continue };
            // Long names are valid header names.
            if !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'*'))
            {
                continue;
            }
            let builder = Policy::builder().origins("*").methods([text.clone()]).headers([text.clone()]);
            let violations = builder.expose([text.clone()]).max_age(&*text).build().unwrap_err();
            let rules: Vec<_> = violations.iter().map(cors_core::Violation::rule).collect();
            let expected = [Rule::MethodSyntax, Rule::HeaderSyntax, Rule::ExposeSyntax, Rule::MaxAgeSyntax];
            assert_eq!(rules, expected, "{text:?}");
        }
        assert_eq!(MaxAge::Text(&format!("{}s", "9".repeat(MILLION))).seconds(), Err(Rule::MaxAgeRange));
        assert_eq!(MaxAge::Seconds(u64::MAX).seconds(), Err(Rule::MaxAgeRange));
        assert_eq!(Key::nearest(&"é".repeat(MILLION)), None);
    });
}

#[test]
fn a_list_in_one_line_of_text_can_be_long() {
    in_a_moment(|| {
        let line = vec!["https://a.example"; MANY].join(" , ");
        assert_eq!(Builder::default().origins_from_str(&line).build().unwrap().origins().len(), MANY);
        let commas = ",".repeat(MILLION);
        let violations = Builder::default().origins_from_str(&commas).build().unwrap_err();
        assert_eq!(violations[0].rule(), Rule::OriginMissing);
    });
}

#[test]
fn a_million_lines_of_requested_headers_are_read_once() {
    in_a_moment(|| {
        assert!(!echoes_headers(std::iter::repeat_n(&b"x-a"[..], MILLION)));
        assert!(!echoes_headers([vec![b','; MILLION].as_slice()].into_iter()));
    });
}

#[cfg(feature = "serde")]
mod files {
    use super::*;

    #[test]
    fn a_file_with_many_mistakes_has_a_message_of_bounded_length() {
        in_a_moment(|| {
            let list = vec!["https://a.example/"; MANY];
            let text = serde_json::json!({ "origins": list }).to_string();
            let error = serde_json::from_str::<Policy>(&text).unwrap_err().to_string();
            assert!(error.len() < 100_000, "{}", error.len());
            let text = serde_json::json!({ "origins": "*", "allow": vec!["null_origin"; MANY] });
            assert!(serde_json::from_value::<Policy>(text).is_ok());
        });
    }

    #[test]
    fn a_long_key_or_value_has_a_short_message() {
        in_a_moment(|| {
            for key in ["o".repeat(MILLION), "\u{202e}".repeat(MILLION), "origins\0".into()] {
                let text = serde_json::json!({ key: "*" }).to_string();
                let error = serde_json::from_str::<Policy>(&text).unwrap_err().to_string();
                assert!(error.starts_with("unknown-key: ") && error.len() < 3000, "{error}");
                assert!(!error.contains(['\u{202e}', '\0']));
            }
            for key in ["allow", "credentials", "enforce", "max_age", "preflight_status"] {
                for long in ["o", "\u{202e}"] {
                    let text = serde_json::json!({ "origins": "*", key: long.repeat(MILLION) }).to_string();
                    let error = serde_json::from_str::<Policy>(&text).unwrap_err().to_string();
                    assert!(error.len() < 3000 && !error.contains('\u{202e}'), "{key}: {}", error.len());
                }
            }
        });
    }

    #[test]
    fn a_deeply_nested_file_is_refused() {
        let deep = format!("{{\"origins\":{}", "[".repeat(MILLION));
        assert!(serde_json::from_str::<Policy>(&deep).is_err());
        let deep = format!("origins = {}", "[".repeat(10_000));
        assert!(toml::from_str::<Policy>(&deep).is_err());
    }
}
