//! The messages of a rule about one value: a sentence, a help line, and the block that the compiler shows.

use crate::const_text::{Text, after, find, find_scheme_end, is_one_of, slice};
use crate::fetch_standard::headers;
use crate::origin::grammar::{is_regular_expression, misspelled_scheme};
use crate::rules::rule::Rule;

impl Rule {
    /// The block that the compiler shows if `value` breaks the rule. `help` replaces the help of the rule.
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

/// Why a broken rule matters, for `value`: the rule's own reason, or a more exact one.
pub(crate) const fn reason(rule: Rule, value: &str) -> &'static str {
    let text = value.as_bytes();
    match rule {
        Rule::OriginSyntax if is_regular_expression(text) => {
            "patterns are not regular expressions: `*` is a wildcard for subdomains or for the port, and every other character is literal"
        }
        Rule::OriginScheme if is_misspelled(text) => {
            "the scheme is a misspelling of `http` or `https`, so this entry never matches"
        }
        Rule::HeaderForbidden => headers::why_forbidden(text),
        _ => rule.reason(),
    }
}

/// What to write instead of `value`, if no corrected value can be computed: the rule's own help, or a more exact one.
const fn help(rule: Rule, value: &str) -> &'static str {
    let text = value.as_bytes();
    match rule {
        Rule::OriginSyntax if is_regular_expression(text) => {
            "write \"https://*.example.com\" for all subdomains; for anything else, `origin_fn` takes a function of your own"
        }
        Rule::OriginSyntax if has_two_origins(text) => {
            "put a comma between two origins: origins = [\"https://a.example\", \"https://b.example\"]"
        }
        Rule::OriginWildcard if has_wildcard_in_a_label(text) => {
            "`*` replaces whole labels: \"https://*.example.com\"; for anything else, `origin_fn` takes a function of your own"
        }
        Rule::HeaderForbidden if is_one_of(text, &["cookie", "cookie2"]) => {
            "remove it; with `credentials`, requests carry cookies"
        }
        _ => rule.help(),
    }
}

const fn is_misspelled(text: &[u8]) -> bool {
    match find_scheme_end(text) {
        Some(end) => misspelled_scheme(slice(text, 0, end)).is_some(),
        None => false,
    }
}

/// Whether there are two origins without a comma between them.
const fn has_two_origins(text: &[u8]) -> bool {
    match find_scheme_end(text) {
        Some(first) => find_scheme_end(after(text, first + 3)).is_some() && find(text, b',').is_none(),
        None => false,
    }
}

/// Whether a label contains a `*` and other characters, as in `proj-*.example` and `192.168.1.*`.
const fn has_wildcard_in_a_label(text: &[u8]) -> bool {
    match (find_scheme_end(text), find(text, b'*')) {
        (Some(end), Some(star)) if star > end + 3 => {
            text[star - 1] != b':'
                && !(text[star - 1] == b'.' && star + 1 < text.len() && text[star + 1] == b'.')
        }
        _ => false,
    }
}

pub(crate) const fn push_help<const N: usize>(
    text: Text<N>,
    rule: Rule,
    value: &str,
    correction: Option<&str>,
) -> Text<N> {
    let Some(correction) = correction else { return text.push_str(help(rule, value)) };
    let text = text.push_str("write \"").push_str(correction).push_str("\"");
    match rule {
        Rule::CredentialsInsecureOrigin => {
            text.push_str("; if http is necessary, permit it with allow(insecure_origins)")
        }
        Rule::MaxAgeRange => text.push_str(
            ", the largest value that has an effect: Firefox keeps an answer for at most 86400 seconds, Chromium for 7200 and WebKit for 600",
        ),
        _ => text,
    }
}

/// The block that the compiler shows: what is wrong, why it matters, what to write instead, and where to read more.
pub(crate) const fn report(
    rule: Rule,
    value: &str,
    correction: Option<&str>,
    help: Option<&str>,
) -> Text<4096> {
    let text = push_message(Text::new(), rule, value).push_str(" [").push_str(rule.code()).push_str("]\n");
    let text = text.push_str(reason(rule, value)).push_str("\nhelp: ");
    let text = match help {
        Some(help) => text.push_str(help),
        None => push_help(text, rule, value, correction),
    };
    text.push_str("\nmore: cors_actix::rules#").push_str(rule.code())
}
