//! Putting the question to cors-core, and its verdicts under the right tokens.

use cors_core::{Allow, AllowSet, Declaration, Key, Owned, OwnedMaxAge, Rule};

use crate::diagnostics::{Caret, Mistakes};
use crate::parse::arguments::{Arguments, Text, Time};

/// Where a policy was found wrong: a key, or an entry of its list. The compiler need not say it again.
pub(crate) type Reported = Vec<(Key, Option<usize>)>;

/// Judges the policy that the arguments declare, as far as its parts are literals.
pub(crate) fn judge(arguments: &Arguments, mistakes: &mut Mistakes) -> Reported {
    let mut declaration: Declaration<Owned> = arguments.declaration.map(
        |key, list| list.iter().enumerate().map(|(i, text)| value_or_stand_in(key, i, text)).collect(),
        |_, flag| *flag,
        |_, max_age| {
            max_age.as_ref().map(|time| match time {
                Time::Seconds(seconds) => OwnedMaxAge::Seconds(*seconds),
                Time::Text(text) => OwnedMaxAge::Text(text.value()),
            })
        },
        |_, status| *status,
        |_, exceptions| *exceptions,
    );
    if arguments.is_unreadable(Key::Allow) {
        declaration.allow = AllowSet::of(Allow::ALL);
    }
    let mut reported = Reported::new();
    for violation in declaration.with_borrowed(|declaration| declaration.violations(true)) {
        let (key, rule, index) = (violation.key(), violation.rule(), violation.index());
        if is_open(rule, key, arguments) {
            continue;
        }
        let caret = match index.and_then(|index| arguments.list(key).get(index)) {
            // The compiler judges the constant.
            Some(Text::Constant(_)) => continue,
            Some(Text::Literal(literal)) => literal.span().into(),
            None => value_caret(arguments, key),
        };
        reported.push((key, index));
        mistakes.add_report(caret, format!("{violation:#}"));
    }
    reported
}

/// Whether the verdict could be another if all values were known: those of constants, which the compiler knows and judges
/// again, and those that could not be read, which is reported already.
fn is_open(rule: Rule, key: Key, arguments: &Arguments) -> bool {
    let has_constants = |key: Key| arguments.list(key).iter().any(Text::is_constant);
    match rule {
        Rule::OriginMissing => {
            arguments.asks_a_function() || arguments.is_unreadable(Key::Origins) || arguments.is_incomplete()
        }
        Rule::ExceptWithoutWildcard => {
            has_constants(Key::Origins) || has_constants(Key::Except) || arguments.is_unreadable(Key::Origins)
        }
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

/// Where to point if a key is wrong as a whole.
fn value_caret(arguments: &Arguments, key: Key) -> Caret {
    match arguments.find(key) {
        Some(said) if key == Key::Except => said.name.into(),
        Some(said) => said.value,
        None => Caret::whole(),
    }
}
