//! The rules about policies: cors-core judges the declaration, and this file finds the token of each violation.

use cors_core::{Allow, AllowSet, Declaration, Key, Owned, OwnedMaxAge, Rule};

use crate::diagnostics::{Caret, Mistakes};
use crate::parse::arguments::Arguments;
use crate::parse::value::{Entry, MaxAge};

/// The keys, and the entries of lists, that were reported. They are not verified by the compiler again.
pub(crate) type Reported = Vec<(Key, Option<usize>)>;

/// Judges the policy that the arguments declare. Constants are left to the compiler.
pub(crate) fn judge(arguments: &Arguments, mistakes: &mut Mistakes) -> Reported {
    let mut declaration: Declaration<Owned> = arguments.declaration.map(
        |key, list| list.iter().enumerate().map(|(i, text)| text_or_placeholder(key, i, text)).collect(),
        |_, flag| *flag,
        |_, max_age| {
            max_age.as_ref().map(|time| match time {
                MaxAge::Seconds(seconds) => OwnedMaxAge::Seconds(*seconds),
                MaxAge::Text(text) => OwnedMaxAge::Text(text.value()),
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
        if is_undecided(rule, key, arguments) {
            continue;
        }
        let caret = match index.and_then(|index| arguments.list(key).get(index)) {
            // The compiler verifies the constant.
            Some(Entry::Constant(_)) => continue,
            Some(Entry::Literal(literal)) => literal.span().into(),
            None => value_caret(arguments, key),
        };
        reported.push((key, index));
        mistakes.add_report(caret, format!("{violation:#}"));
    }
    reported
}

/// Whether the verdict could change if all values were known: those of constants, which the compiler verifies later, and
/// those that could not be read, which are reported already.
fn is_undecided(rule: Rule, key: Key, arguments: &Arguments) -> bool {
    let has_constants = |key: Key| arguments.list(key).iter().any(Entry::is_constant);
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

/// The text of an entry. For a constant, a valid text that no other entry has.
fn text_or_placeholder(key: Key, index: usize, text: &Entry) -> String {
    match (text, key) {
        (Entry::Literal(literal), _) => literal.value(),
        (Entry::Constant(_), Key::Origins | Key::Except) => format!("constant-{index}://constant"),
        (Entry::Constant(_), _) => format!("X-Constant-{index}"),
    }
}

/// The place of a violation of `key` as a whole.
fn value_caret(arguments: &Arguments, key: Key) -> Caret {
    match arguments.find(key) {
        Some(written) if key == Key::Except => written.name.into(),
        Some(written) => written.value,
        None => Caret::whole(),
    }
}
