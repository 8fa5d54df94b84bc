//! The rules about policies: cors-core judges the declaration, and this file finds the token of each violation.

use cors_core::{Allow, AllowSet, Declaration, Key, Owned, OwnedMaxAge, Rule, Violation};

use crate::diagnostics::{Caret, Mistakes};
use crate::parse::arguments::Arguments;
use crate::parse::value::{Entry, Flag, MaxAge};

/// The result of judging the declared policy.
#[derive(Default)]
pub(crate) struct Verdict {
    /// The keys, and the entries of lists, that were reported. They are not verified by the compiler again.
    pub(crate) reported: Vec<(Key, Option<usize>)>,
    /// The violations that depend on the value of `credentials`, which is a constant.
    pub(crate) with_credentials: Vec<(Caret, String)>,
}

/// Judges the policy that the arguments declare. Constants are left to the compiler.
pub(crate) fn judge(arguments: &Arguments, mistakes: &mut Mistakes) -> Verdict {
    let mut verdict = Verdict::default();
    let (credentials, is_constant) = match arguments.declaration.credentials {
        Flag::Literal(credentials) => (credentials, false),
        Flag::Constant(_) => (false, true),
    };
    for (caret, violation) in violations(arguments, credentials) {
        verdict.reported.push((violation.key(), violation.index()));
        mistakes.add_report(caret, format!("{violation:#}"));
    }
    if is_constant {
        for (caret, violation) in violations(arguments, true) {
            if !verdict.reported.contains(&(violation.key(), violation.index())) {
                verdict.with_credentials.push((caret, format!("{violation:#}")));
            }
        }
    }
    verdict
}

/// The violations of literals, each with its place.
fn violations(arguments: &Arguments, credentials: bool) -> Vec<(Caret, Violation)> {
    let mut declaration: Declaration<Owned> = arguments.declaration.map(
        |key, list| {
            let entries = list.as_slice().iter().enumerate();
            entries.map(|(index, entry)| text_or_placeholder(key, index, entry)).collect()
        },
        |key, flag| match flag {
            Flag::Literal(flag) => *flag,
            Flag::Constant(_) => key == Key::Credentials && credentials,
        },
        |_, max_age| match max_age {
            None | Some(MaxAge::Constant(_)) => None,
            Some(MaxAge::Seconds(seconds)) => Some(OwnedMaxAge::Seconds(*seconds)),
            Some(MaxAge::Text(text)) => Some(OwnedMaxAge::Text(text.value())),
        },
        |_, status| *status,
        |_, exceptions| *exceptions,
    );
    if arguments.is_unreadable(Key::Allow) {
        declaration.allow = AllowSet::of(Allow::ALL);
    }
    let violations = declaration.with_borrowed(|declaration| declaration.violations(true));
    let with_carets = violations.into_iter().filter_map(|violation| {
        let (key, rule, index) = (violation.key(), violation.rule(), violation.index());
        if is_undecided(rule, key, arguments) {
            return None;
        }
        let caret = match index.and_then(|index| arguments.list(key).get(index)) {
            // The compiler verifies the constant.
            Some(Entry::Constant(_)) => return None,
            Some(Entry::Literal(literal)) => literal.span().into(),
            None => value_caret(arguments, key),
        };
        Some((caret, violation))
    });
    with_carets.collect()
}

/// Whether the verdict could change if all values were known. The values of constants are not known here, and the
/// compiler verifies them later. Values that could not be read are reported already.
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
