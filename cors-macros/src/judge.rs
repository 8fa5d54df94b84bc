//! Putting the question to cors-core, and its verdicts under the right tokens.

use cors_core::{Declaration, Key, MaxAge, Rule};
use proc_macro2::Span;

use crate::arguments::{Arguments, Text, Time};
use crate::diagnostics::Mistakes;

/// Judges the policy that the arguments declare. `whole` is where to point if something is missing altogether.
pub(crate) fn judge(arguments: &Arguments, whole: Span, mistakes: &mut Mistakes) {
    let values = |key: Key| -> Vec<String> {
        let entries = arguments.list(key).iter().enumerate();
        entries.map(|(i, text)| value_or_stand_in(key, i, text)).collect()
    };
    let lists =
        [Key::Origins, Key::Except, Key::Methods, Key::Headers, Key::Expose].map(|key| (key, values(key)));
    let texts = |key: Key| -> Vec<&str> {
        let list = lists.iter().find(|(k, _)| *k == key);
        list.map(|(_, list)| list.iter().map(String::as_str).collect()).unwrap_or_default()
    };
    let max_age_text = match &arguments.max_age {
        Some(Time::Text(text)) => text.value(),
        _ => String::new(),
    };
    let declaration = Declaration {
        origins: &texts(Key::Origins),
        except: &texts(Key::Except),
        credentials: arguments.credentials,
        methods: &texts(Key::Methods),
        headers: &texts(Key::Headers),
        expose: &texts(Key::Expose),
        max_age: arguments.max_age.as_ref().map(|time| match time {
            Time::Seconds(seconds) => MaxAge::Seconds(*seconds),
            Time::Text(_) => MaxAge::Text(&max_age_text),
        }),
        enforce: arguments.enforce,
        preflight_status: arguments.preflight_status,
        allow: &arguments.allow,
        dynamic: arguments.origin_fn.is_some() || arguments.origin_async.is_some(),
    };
    for violation in declaration.violations(true) {
        let (key, rule) = (violation.key(), violation.rule());
        if depends_on_constants(rule, key, arguments) {
            continue;
        }
        let entry = violation.index().and_then(|index| arguments.list(key).get(index));
        let span = match entry {
            // The compiler judges the constant.
            Some(Text::Constant(_)) => continue,
            Some(Text::Literal(literal)) => literal.span(),
            None => value_span(arguments, key).unwrap_or(whole),
        };
        mistakes.add_report(span, format!("{violation:#}"));
    }
}

/// Whether the verdict could be another if the constants of the list were known. The compiler knows them, and judges
/// again.
fn depends_on_constants(rule: Rule, key: Key, arguments: &Arguments) -> bool {
    let has_constants = |key: Key| arguments.list(key).iter().any(|text| matches!(text, Text::Constant(_)));
    match rule {
        Rule::ExceptWithoutWildcard => has_constants(Key::Origins) || has_constants(Key::Except),
        Rule::OriginWildcardMixed
        | Rule::MethodWildcardMixed
        | Rule::HeaderWildcardMixed
        | Rule::ExposeWildcardMixed => has_constants(key),
        _ => false,
    }
}

/// The text, or for a constant a valid value that is like nothing else.
fn value_or_stand_in(key: Key, index: usize, text: &Text) -> String {
    match (text, key) {
        (Text::Literal(literal), _) => literal.value(),
        (Text::Constant(_), Key::Origins | Key::Except) => format!("constant-{index}://constant"),
        (Text::Constant(_), _) => format!("X-Constant-{index}"),
    }
}

fn value_span(arguments: &Arguments, key: Key) -> Option<Span> {
    match (key, &arguments.max_age) {
        (Key::MaxAge, Some(Time::Text(text))) => Some(text.span()),
        _ => arguments.span_of(key),
    }
}
