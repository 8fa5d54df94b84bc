//! The values of the keys, as they are written in a macro.

use cors_core::{Allow, AllowSet, Storage, nearest_word};
use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{Expr, ExprLit, Lit, LitStr, Path};

use crate::diagnostics::Caret;

/// The values of a policy as they are written in a macro.
pub(crate) struct Written;

impl Storage for Written {
    type List = Entries;
    type Flag = Flag;
    type MaxAge = Option<MaxAge>;
    type Status = Option<u64>;
    type Exceptions = AllowSet;
}

/// The value of a key that is a list.
pub(crate) enum Entries {
    /// A list in brackets.
    Each(Vec<Entry>),
    /// A value without brackets. A constant may be one string or a list of strings.
    Whole(Entry),
}

impl Entries {
    pub(crate) fn as_slice(&self) -> &[Entry] {
        match self {
            Entries::Each(entries) => entries,
            Entries::Whole(entry) => std::slice::from_ref(entry),
        }
    }
}

impl Default for Entries {
    fn default() -> Self {
        Entries::Each(Vec::new())
    }
}

/// The value of a key that is on or off.
pub(crate) enum Flag {
    Literal(bool),
    Constant(Expr),
}

impl Flag {
    /// Whether the flag is `true`, or a constant that may be `true`.
    pub(crate) fn may_be_on(&self) -> bool {
        match self {
            Flag::Literal(flag) => *flag,
            Flag::Constant(_) => true,
        }
    }
}

impl Default for Flag {
    fn default() -> Self {
        Flag::Literal(false)
    }
}

impl ToTokens for Flag {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Flag::Literal(flag) => flag.to_tokens(tokens),
            Flag::Constant(expression) => expression.to_tokens(tokens),
        }
    }
}

/// An entry of a list.
pub(crate) enum Entry {
    Literal(LitStr),
    /// A path to a constant, or a macro such as `concat!`. Only the compiler knows the value.
    Constant(Expr),
}

impl Entry {
    pub(crate) fn is_constant(&self) -> bool {
        matches!(self, Entry::Constant(_))
    }
}

impl ToTokens for Entry {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Entry::Literal(literal) => literal.to_tokens(tokens),
            Entry::Constant(expression) => expression.to_tokens(tokens),
        }
    }
}

/// The value of `max_age`.
pub(crate) enum MaxAge {
    Seconds(u64),
    Text(LitStr),
    Constant(Expr),
}

/// What to write instead of a value that a key does not accept.
pub(crate) enum Instead {
    /// An example of the key.
    Example,
    /// Code that builds the policy at run time, because the value is not known at compile time.
    AtRunTime,
    /// This text.
    Text(String),
}

/// Reports a value that a key does not accept.
pub(crate) type Reject<'a> = dyn FnMut(Caret, Instead) + 'a;

/// What to write instead of `expression`.
pub(crate) fn instead_of(expression: &Expr) -> Instead {
    match expression {
        Expr::Call(_)
        | Expr::MethodCall(_)
        | Expr::Try(_)
        | Expr::Await(_)
        | Expr::Block(_)
        | Expr::If(_)
        | Expr::Match(_)
        | Expr::Index(_)
        | Expr::Field(_)
        | Expr::Unsafe(_) => Instead::AtRunTime,
        _ => Instead::Example,
    }
}

/// Removes the invisible groups around tokens that `macro_rules!` passes on.
pub(crate) fn ungrouped(expression: Expr) -> Expr {
    match expression {
        Expr::Group(group) => ungrouped(*group.expr),
        expression => expression,
    }
}

/// `true` or `false`.
pub(crate) fn literal_flag(expression: &Expr) -> Option<bool> {
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Bool(flag) => Some(flag.value),
            _ => None,
        },
        _ => None,
    }
}

/// `true`, `false` or a constant.
pub(crate) fn flag(expression: Expr) -> Option<Flag> {
    literal_flag(&expression).map(Flag::Literal).or_else(|| constant(expression).map(Flag::Constant))
}

/// A path to a constant, or a macro such as `concat!("https://", …)`. A vector is not a constant.
fn constant(expression: Expr) -> Option<Expr> {
    match &expression {
        Expr::Path(_) => Some(expression),
        Expr::Macro(call) if !call.mac.path.is_ident("vec") => Some(expression),
        _ => None,
    }
}

/// A list of strings, or one string. Each entry that is not a string is reported.
pub(crate) fn list(expression: Expr, reject: &mut Reject<'_>) -> Option<Entries> {
    match expression {
        Expr::Array(array) => {
            let entries = array.elems.into_iter().map(ungrouped);
            let entries = entries.filter_map(|expression| {
                let caret = Caret::of(&expression);
                let instead = match instead_of(&expression) {
                    Instead::AtRunTime => Instead::AtRunTime,
                    _ => Instead::Text("each entry is a string, or the path of a `&str` constant".into()),
                };
                let entry = entry(expression);
                if entry.is_none() {
                    reject(caret, instead);
                }
                entry
            });
            Some(Entries::Each(entries.collect()))
        }
        expression => entry(expression).map(Entries::Whole),
    }
}

fn entry(expression: Expr) -> Option<Entry> {
    match expression {
        Expr::Lit(literal) => match literal.lit {
            Lit::Str(text) => Some(Entry::Literal(text)),
            _ => None,
        },
        expression => constant(expression).map(Entry::Constant),
    }
}

/// A number of seconds, a string such as `"10m"`, or a constant.
pub(crate) fn max_age(expression: Expr) -> Option<MaxAge> {
    match expression {
        Expr::Lit(literal) => match literal.lit {
            Lit::Str(text) => Some(MaxAge::Text(text)),
            // A number that needs more than 64 bits is too large in any case.
            Lit::Int(number) if number.suffix().is_empty() => {
                Some(MaxAge::Seconds(number.base10_parse().unwrap_or(u64::MAX)))
            }
            _ => None,
        },
        expression => constant(expression).map(MaxAge::Constant),
    }
}

/// An integer.
pub(crate) fn number(expression: Expr) -> Option<u64> {
    match expression {
        Expr::Lit(literal) => match literal.lit {
            Lit::Int(number) if number.suffix().is_empty() => Some(number.base10_parse().unwrap_or(u64::MAX)),
            _ => None,
        },
        _ => None,
    }
}

/// A path without a type.
pub(crate) fn path(expression: Expr) -> Option<Path> {
    match expression {
        Expr::Path(path) if path.qself.is_none() => Some(path.path),
        _ => None,
    }
}

/// The names of exceptions. Each name that does not exist is reported.
pub(crate) fn exceptions(entries: Vec<Expr>, reject: &mut Reject<'_>) -> AllowSet {
    let mut allow = AllowSet::EMPTY;
    for entry in entries {
        let expression = ungrouped(entry.clone());
        let name = match &expression {
            Expr::Path(path) => path.path.get_ident().map(Ident::to_string),
            _ => None,
        };
        let Some(exception) = name.as_deref().and_then(Allow::find) else {
            let written = match expression {
                Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
                _ => name,
            };
            let names = Allow::ALL.iter().map(|allow| allow.name());
            let near = written.and_then(|written| nearest_word(&written, names));
            let instead =
                near.map_or(Instead::Example, |near| Instead::Text(format!("did you mean allow({near})?")));
            reject(Caret::of(&entry), instead);
            continue;
        };
        allow.insert(exception);
    }
    allow
}
