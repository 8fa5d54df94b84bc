//! The parser of origin patterns: each origin has one form, corrections are valid, and the builder agrees.
#![no_main]

use cors_core::{Origin, OriginPattern, Policy, Rule};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let judged = Policy::builder().origins(text).build();
    match OriginPattern::parse(text) {
        Ok(pattern) => {
            assert_eq!(pattern.as_str(), text);
            assert!(text.is_ascii() && text.len() <= 64 + 3 + 253 + 6);
            assert!(pattern.covers(&pattern));
            assert_eq!(judged.is_ok(), !pattern.is_null());
            if pattern.is_exact() {
                let origin = Origin::parse(text.as_bytes()).expect("an exact pattern is an origin");
                assert!(pattern.matches(&origin) && !origin.has_trailing_dot());
                assert_eq!(pattern.is_insecure(), origin.is_insecure());
            }
            if let Some(base) = pattern.subdomains_of() {
                let below = text.replacen('*', "x", 1).replace(":*", ":1");
                let origin = Origin::parse(below.as_bytes()).expect("a name below the base is an origin");
                assert!(pattern.matches(&origin) && origin.host().ends_with(base));
            }
            // A browser writes it in the same way, unless its rules for international names refuse it.
            if pattern.is_exact()
                && text.starts_with("http")
                && !text.contains("xn--")
                && let Ok(url) = url::Url::parse(text)
                && matches!(url.scheme(), "http" | "https")
            {
                assert_eq!(url.origin().ascii_serialization(), text);
            }
        }
        Err(rule) => {
            let violations = judged.expect_err("a text that is no pattern is not valid");
            assert_eq!((violations.len(), violations[0].rule()), (1, rule));
            let violation = &violations[0];
            let message = violation.to_string();
            assert!(message.len() < 3000 && !message.contains(|c: char| c.is_control()));
            if let Some(correction) = violation.correction() {
                assert!(OriginPattern::parse(correction).is_ok() && correction != text);
            }
            if rule != Rule::OriginWildcard {
                assert!(Origin::parse(text.as_bytes()).is_none_or(|origin| origin.has_trailing_dot()));
            }
        }
    }
});
