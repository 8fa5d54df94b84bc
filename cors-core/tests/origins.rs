//! Tables of origins. The builder, the judge in constants and serde have to agree on every line.
// The test leaks texts on purpose, because constants need them, and Miri reports leaks.
#![cfg(not(miri))]

use std::panic::catch_unwind;

use cors_core::{Borrowed, Declaration, Key, OriginPattern, Policy, Rule};

const TABLE: &str = include_str!("origins.txt");
const TABLE_WITH_CREDENTIALS: &str = include_str!("origins-with-credentials.txt");

/// The lines of a table: the codes that are expected, and the text.
fn lines(table: &'static str) -> impl Iterator<Item = (Vec<Rule>, &'static str)> {
    let lines = table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| {
        let (codes, literal) = line.split_once('\t').expect("a tab");
        let rules =
            codes.split(' ').filter(|code| *code != "ok").map(|code| Rule::from_code(code).expect(code));
        (rules.collect(), &*String::leak(read_literal(literal)))
    })
}

/// The value of a Rust string literal.
fn read_literal(literal: &str) -> String {
    let mut rest = literal.strip_prefix('"').and_then(|l| l.strip_suffix('"')).expect("quotes").chars();
    let mut text = String::new();
    while let Some(character) = rest.next() {
        text.push(match character {
            '\\' => match rest.next().expect("an escape") {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                '0' => '\0',
                'u' => {
                    let digits: String = rest.by_ref().skip(1).take_while(|&c| c != '}').collect();
                    u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32).expect("a character")
                }
                character => character,
            },
            character => character,
        });
    }
    text
}

/// The rules that a declaration of this one origin breaks, by the judge that the macros use.
fn judged(origin: &'static str, credentials: bool) -> Vec<Rule> {
    let origins = [origin];
    let declaration: Declaration<Borrowed<'_>> =
        Declaration { origins: &origins, credentials, ..Declaration::EMPTY };
    declaration.violations(true).iter().map(cors_core::Violation::rule).collect()
}

/// The message with which a constant of this one origin stops the compiler.
fn compiled_in(origin: &'static str, credentials: bool) -> Option<String> {
    let origins: &'static [&'static str] = Vec::leak(vec![origin]);
    let declaration = Declaration { origins, credentials, ..Declaration::EMPTY };
    let verified = catch_unwind(|| declaration.verify(Key::Origins, Some(0)));
    verified.err().map(|panic| *panic.downcast::<String>().expect("a message"))
}

fn built(origin: &str, credentials: bool) -> Vec<Rule> {
    match Policy::builder().origins(origin).credentials(credentials).build() {
        Ok(_) => Vec::new(),
        Err(violations) => violations.iter().map(cors_core::Violation::rule).collect(),
    }
}

#[cfg(feature = "serde")]
fn read_from_files(origin: &str, credentials: bool) -> Vec<Result<Policy, cors_core::Violations>> {
    let value = serde_json::json!({ "origins": [origin], "credentials": credentials });
    let json: cors_core::Builder = serde_json::from_value(value.clone()).unwrap();
    let toml: cors_core::Builder = toml::from_str(&toml::to_string(&value).unwrap()).unwrap();
    let yaml: cors_core::Builder = serde_norway::from_str(&serde_norway::to_string(&value).unwrap()).unwrap();
    vec![json.build(), toml.build(), yaml.build()]
}

#[test]
fn the_table_is_large_and_has_no_duplicates() {
    let mut all: Vec<_> = lines(TABLE).map(|(_, text)| text).collect();
    assert!(all.len() >= 300, "{}", all.len());
    all.sort_unstable();
    assert!(all.windows(2).all(|two| two[0] != two[1]));
    for &rule in Rule::ALL {
        let about_one_origin = rule.code().starts_with("origin-")
            && !["missing", "mixed", "duplicate", "redundant"].iter().any(|end| rule.code().ends_with(end));
        assert_eq!(lines(TABLE).any(|(rules, _)| rules == [rule]), about_one_origin, "{rule}");
    }
}

#[test]
fn every_judge_agrees_on_every_origin() {
    std::panic::set_hook(Box::new(|_| {}));
    let mut wrong = Vec::new();
    let tables = [(TABLE, false), (TABLE_WITH_CREDENTIALS, true)];
    for (table, credentials) in tables {
        for (mut rules, text) in lines(table) {
            let told_by_a_constant =
                rules.iter().copied().find(|&rule| rule != Rule::CredentialsPublicSuffix);
            if cfg!(not(feature = "public-suffix")) {
                rules.retain(|&rule| rule != Rule::CredentialsPublicSuffix);
            }
            let mut expect = |who: &str, found: &[Rule]| {
                if found != rules {
                    wrong.push(format!("{text:?} ({who}): {found:?} and not {rules:?}"));
                }
            };
            expect("builder", &built(text, credentials));
            expect("declaration", &judged(text, credentials));
            #[cfg(feature = "serde")]
            for read in read_from_files(text, credentials) {
                let found: Vec<_> =
                    read.err().iter().flat_map(|v| v.iter()).map(cors_core::Violation::rule).collect();
                expect("file", &found);
            }
            let message = compiled_in(text, credentials);
            let code = told_by_a_constant.map(|rule| format!(" [{rule}]\n"));
            let agrees = match (&message, &code) {
                (Some(message), Some(code)) => message.contains(code),
                (None, None) => true,
                _ => false,
            };
            if !agrees {
                wrong.push(format!("{text:?} (constant): {message:?} and not {code:?}"));
            }
            // The rules about credentials are not about syntax.
            let syntax = rules
                .first()
                .filter(|rule| !rule.code().starts_with("credentials") && **rule != Rule::OriginNull);
            if OriginPattern::parse(text).err() != syntax.copied() {
                wrong.push(format!("{text:?} (pattern): {:?}", OriginPattern::parse(text)));
            }
        }
    }
    let _ = std::panic::take_hook();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_valid_exact_origin_is_written_as_a_browser_writes_it() {
    for (rules, text) in lines(TABLE) {
        let Ok(pattern) = OriginPattern::parse(text) else { continue };
        if rules.is_empty() && pattern.is_exact() && text.starts_with("http") {
            let url = url::Url::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(url.origin().ascii_serialization(), text);
        }
    }
}

#[test]
fn a_correction_is_a_valid_pattern_for_the_same_site() {
    for (_, text) in lines(TABLE) {
        let Err(violations) = Policy::builder().origins(text).build() else { continue };
        let Some(correction) = violations[0].correction() else { continue };
        assert!(OriginPattern::parse(correction).is_ok(), "{text:?} -> {correction:?}");
        assert_ne!(correction, "*");
        // If a URL parser accepts the text, the origin of the URL is the correction.
        if let Ok(url) = url::Url::parse(text)
            && url.origin().is_tuple()
            && text.starts_with("http")
            && !correction.contains('*')
            && !text.contains("](")
        {
            let browser = url.origin().ascii_serialization();
            assert_eq!(correction, browser.replace(".:", ":").trim_end_matches('.'), "{text:?}");
        }
    }
}
