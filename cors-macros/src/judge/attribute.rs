//! The rules about the keys of `#[cors]`.

use cors_core::{Rule, is_token};

use crate::diagnostics::Mistakes;
use crate::judge::policy::{self, Verdict};
use crate::parse::arguments::Arguments;
use crate::parse::key::AttributeKey;
use crate::parse::value::Entry;

/// Judges the arguments of `#[cors]` without the handler below them.
pub(crate) fn judge(arguments: &Arguments, mistakes: &mut Mistakes) -> Verdict {
    let alone = if arguments.denies() {
        Some((AttributeKey::Deny, Rule::DenyMixed))
    } else {
        arguments.find(AttributeKey::Policy).map(|_| (AttributeKey::Policy, Rule::PolicyMixed))
    };
    let Some((key, rule)) = alone else {
        if let (Some(_), Some(second)) =
            (arguments.find(AttributeKey::OriginFn), arguments.find(AttributeKey::OriginAsync))
        {
            let help = "only one function can decide about origins: keep origin_fn or origin_async";
            mistakes.add_with_help(second.name, Rule::KeyDuplicate, "origin_fn", help);
        }
        for entry in arguments.vary.as_slice() {
            if let Entry::Literal(name) = entry
                && !is_token(name.value().as_bytes())
            {
                let help = "write one name per entry: vary = [\"x-tenant\"]";
                mistakes.add_with_help(name.span(), Rule::HeaderSyntax, &name.value(), help);
            }
        }
        return policy::judge(arguments, mistakes);
    };
    let others = arguments.keys.iter().filter(|other| {
        let is_beside_policy = key == AttributeKey::Policy && other.key == AttributeKey::Trial;
        other.key != key && other.key != AttributeKey::Crate && !is_beside_policy
    });
    for other in others {
        mistakes.add(other.name, rule, other.key.name());
    }
    Verdict::default()
}
