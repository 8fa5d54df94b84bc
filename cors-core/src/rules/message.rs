//! The words of a rule about one value: a sentence, a help line, and the block that the compiler shows.

use crate::const_text::{Text, slice};
use crate::rules::rule::Rule;

impl Rule {
    /// The block that the compiler shows for a rule that is broken by `value`. `help` takes the place of the rule's own.
    #[doc(hidden)]
    pub fn report(self, value: &str, help: Option<&str>) -> String {
        report(self, value, None, help).as_str().into()
    }
}

/// What is wrong with `value`, in one sentence.
pub(crate) fn message(rule: Rule, value: &str) -> String {
    push_message(Text::<2048>::new(), rule, value).as_str().into()
}

const fn push_message<const N: usize>(mut text: Text<N>, rule: Rule, value: &str) -> Text<N> {
    let template = rule.message().as_bytes();
    let (mut from, mut i) = (0, 0);
    while i + 1 < template.len() {
        if template[i] == b'{' && template[i + 1] == b'}' {
            text = text.push(slice(template, from, i)).push_visible(value);
            from = i + 2;
        }
        i += 1;
    }
    text.push(slice(template, from, template.len()))
}

pub(crate) const fn push_help<const N: usize>(
    text: Text<N>,
    rule: Rule,
    correction: Option<&str>,
) -> Text<N> {
    let Some(correction) = correction else { return text.push_str(rule.help()) };
    let text = text.push_str("write \"").push_str(correction).push_str("\"");
    match rule {
        Rule::CredentialsInsecureOrigin => {
            text.push_str("; if http is necessary, permit it with allow(insecure_origins)")
        }
        _ => text,
    }
}

/// The block that the compiler shows: what, why, what to write instead, and where to read more.
pub(crate) const fn report(
    rule: Rule,
    value: &str,
    correction: Option<&str>,
    help: Option<&str>,
) -> Text<4096> {
    let text = push_message(Text::new(), rule, value).push_str(" [").push_str(rule.code()).push_str("]\n");
    let text = text.push_str(rule.reason()).push_str("\nhelp: ");
    let text = match help {
        Some(help) => text.push_str(help),
        None => push_help(text, rule, correction),
    };
    text.push_str("\nmore: cors_actix::rules#").push_str(rule.code())
}
