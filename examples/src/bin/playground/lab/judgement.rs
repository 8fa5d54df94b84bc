//! The violations of a policy in TOML, with their places in the text.

use std::ops::Range;

use cors_core::{Builder, Key, Policy, Rule, Violation};
use serde::Serialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The result that the page shows next to the editor.
#[derive(Serialize)]
pub struct Judgement {
    /// The violations, in the order of the lines.
    violations: Vec<Finding>,
    /// The policy in the three ways in which it can be declared, if it is valid.
    forms: Option<Forms>,
}

/// A mistake, with its place in the text.
#[derive(Serialize)]
pub struct Finding {
    /// The code of the rule. The page's link to the rule's section ends with it.
    rule: Option<&'static str>,
    /// Counted from 1.
    line: usize,
    /// The start and the end of the wrong text, in UTF-16 code units, as in JavaScript.
    from: usize,
    to: usize,
    message: String,
    reason: Option<&'static str>,
    help: Option<String>,
    /// What to write instead of the wrong text, if it can be computed.
    correction: Option<String>,
}

#[derive(Serialize)]
struct Forms {
    attribute: String,
    policy: String,
    toml: String,
}

/// Judges `text`. The `#[cors]` form is written above a route for `method`.
pub fn judge(text: &str, method: &str) -> Judgement {
    match builder(text) {
        Err(finding) => Judgement { violations: vec![*finding], forms: None },
        Ok(builder) => match builder.clone().build() {
            Err(violations) => Judgement { violations: findings(text, &violations), forms: None },
            Ok(policy) => Judgement { violations: Vec::new(), forms: forms(builder, &policy, method) },
        },
    }
}

/// The policy that `text` declares.
pub fn policy(text: &str) -> Result<Policy, Vec<Finding>> {
    builder(text).map_err(|finding| vec![*finding])?.build().map_err(|violations| findings(text, &violations))
}

/// Reads the text without judging it. The text may be invalid TOML, or have an unknown key or a value of another
/// type.
fn builder(text: &str) -> Result<Builder, Box<Finding>> {
    toml::from_str(text).map_err(|error| {
        let place = error.span().unwrap_or(0..0);
        let (code, _) = error.message().split_once(": ").unwrap_or_default();
        let rule = Rule::from_code(code);
        let nearest = Key::nearest(text.get(place.clone()).unwrap_or_default());
        let correction = nearest.filter(|_| rule == Some(Rule::UnknownKey)).map(|key| key.name().to_owned());
        Box::new(Finding {
            rule: rule.map(Rule::code),
            message: error.message().to_owned(),
            reason: None,
            help: None,
            correction,
            ..Finding::at(text, place)
        })
    })
}

impl Finding {
    fn at(text: &str, place: Range<usize>) -> Self {
        let before = |offset: usize| text.get(..offset).unwrap_or(text);
        let utf16 = |offset| before(offset).encode_utf16().count();
        Self {
            rule: None,
            line: before(place.start).matches('\n').count() + 1,
            from: utf16(place.start),
            to: utf16(place.end),
            message: String::new(),
            reason: None,
            help: None,
            correction: None,
        }
    }
}

fn findings(text: &str, violations: &[Violation]) -> Vec<Finding> {
    // The text has been parsed before, so it is TOML.
    let table = DeTable::parse(text).ok();
    let mut findings: Vec<Finding> = violations
        .iter()
        .map(|violation| {
            let entry = table.as_ref().and_then(|table| find(table.get_ref(), violation));
            let is_text = entry.is_some_and(|entry| entry.get_ref().is_str());
            let correction = violation.correction().filter(|_| is_text);
            Finding {
                rule: Some(violation.code()),
                message: violation.message(),
                reason: Some(violation.rule().reason()),
                help: Some(violation.help()),
                correction: correction.map(|value| toml::Value::from(value).to_string()),
                ..Finding::at(text, entry.map_or(0..0, Spanned::span))
            }
        })
        .collect();
    findings.sort_by_key(|finding| finding.from);
    findings
}

/// The wrong value: the entry of the list, or else the key's whole value.
fn find<'a, 'i>(table: &'a DeTable<'i>, violation: &Violation) -> Option<&'a Spanned<DeValue<'i>>> {
    let (_, value) = table.iter().find(|(key, _)| key.get_ref() == violation.key().name())?;
    let entry = violation.index().and_then(|index| value.get_ref().as_array()?.get(index));
    Some(entry.unwrap_or(value))
}

/// A handler grants the method of its route, so its form has no `methods`.
fn forms(builder: Builder, policy: &Policy, method: &str) -> Option<Forms> {
    let on_a_handler = builder.methods([""; 0]).build().ok()?;
    let route = match method {
        "GET" | "POST" | "PUT" | "DELETE" | "PATCH" | "HEAD" => method.to_ascii_lowercase(),
        _ => "get".to_owned(),
    };
    Some(Forms {
        attribute: format!("#[cors({on_a_handler})]\n#[{route}(\"/items\")]"),
        policy: format!("static POLICY: Policy = policy! {{ {policy} }};"),
        toml: toml::to_string(policy).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_line_and_the_text_of_each_violation() {
        let text =
            "# ä𝄞\norigins = [\n  \"https://a.example\",\n  'https://b.example/',\n]\nmax_age = \"soon\"\n";
        let judgement = judge(text, "GET");
        let utf16: Vec<u16> = text.encode_utf16().collect();
        let found: Vec<(usize, String, Option<&str>)> = judgement
            .violations
            .iter()
            .map(|finding| {
                let at_fault =
                    String::from_utf16(&utf16[finding.from..finding.to]).expect("whole characters");
                (finding.line, at_fault, finding.rule)
            })
            .collect();
        assert_eq!(
            found,
            [
                (4, "'https://b.example/'".to_owned(), Some("origin-path")),
                (6, "\"soon\"".to_owned(), Some("max-age-syntax")),
            ]
        );
        assert_eq!(judgement.violations[0].correction.as_deref(), Some("\"https://b.example\""));
        assert!(judgement.forms.is_none());
    }

    #[test]
    fn a_text_that_cannot_be_read_is_a_finding_at_its_line() {
        for (text, line, rule) in [
            ("origins = '*'\nmax_age = [\n", 2, None),
            ("\norigns = '*'", 2, Some("unknown-key")),
            ("origins = '*'\ncredentials = 'yes'", 2, None),
        ] {
            let judgement = judge(text, "GET");
            assert_eq!(judgement.violations.len(), 1, "{text}");
            let finding = &judgement.violations[0];
            assert_eq!((finding.line, finding.rule), (line, rule), "{text}: {}", finding.message);
        }
        assert_eq!(judge("origns = '*'", "GET").violations[0].correction.as_deref(), Some("origins"));
    }

    #[test]
    fn every_text_can_be_judged() {
        let text = "orïgins = ['ä𝄞', \"\\u00e9é\",]\r\n[a.\"ß\"]\nx = 1979-05-27T07:32:00Z\n# é";
        for (end, _) in text.char_indices() {
            assert!(judge(&text[..end], "GET").forms.is_none());
        }
    }

    #[test]
    fn a_missing_key_is_a_finding_at_the_first_line() {
        let judgement = judge("credentials = true", "GET");
        assert_eq!((judgement.violations[0].rule, judgement.violations[0].line), (Some("origin-missing"), 1));
    }

    #[test]
    fn the_toml_form_is_read_as_the_same_policy() {
        let text = "origins = ['https://a.example']\nmethods = 'PUT'\nmax_age = '10m'\ncredentials = true";
        let forms = judge(text, "PUT").forms.expect("a valid policy");
        assert_eq!(policy(&forms.toml).ok(), policy(text).ok());
        assert!(policy(text).is_ok());
    }
}
