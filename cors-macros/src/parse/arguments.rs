//! The arguments of the macros: the keys, their values, and where they are written.

use cors_core::{Declaration, Key, Rule, ValueMut, ValueRef};
use proc_macro2::{Delimiter, Ident, Punct, Spacing, Span, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, Path, Token};

use crate::crate_path::CratePath;
use crate::diagnostics::{Caret, Mistakes};
use crate::parse::key::{AttributeKey, Macro};
use crate::parse::value::{self, Entries, Entry, Flag, Instead, Reject, Written};

/// The arguments of `policy!` or `#[cors]`.
#[derive(Default)]
pub(crate) struct Arguments {
    pub(crate) declaration: Declaration<Written>,
    pub(crate) origin_fn: Option<Path>,
    pub(crate) origin_async: Option<Path>,
    pub(crate) trial: Option<Path>,
    /// The request headers that the function reads.
    pub(crate) vary: Entries,
    pub(crate) policy: Option<Path>,
    pub(crate) deny: bool,
    /// The path of cors-actix.
    pub(crate) crate_path: CratePath,
    /// The keys that are written.
    pub(crate) keys: Vec<WrittenKey>,
    /// All the tokens, as they are written.
    pub(crate) tokens: TokenStream,
    unreadable: Vec<AttributeKey>,
    is_incomplete: bool,
}

/// A key, and where it and its value are written.
pub(crate) struct WrittenKey {
    pub(crate) key: AttributeKey,
    pub(crate) name: Span,
    pub(crate) value: Caret,
}

/// One `key`, `key = value` or `key(…)`.
struct Argument {
    name: Ident,
    value: Value,
}

enum Value {
    None,
    Expression(Expr),
    Parenthesized(Vec<Expr>, Span),
    /// A value, and the token after it, which should be separated by a comma.
    CommaMissing(TokenTree),
    /// The value is not an expression that can be read.
    Unreadable(Caret),
}

impl Argument {
    /// Reads the tokens between two commas. The error is the token that is written instead of a key.
    fn read(tokens: TokenStream, comma: Option<Punct>) -> Result<Self, TokenTree> {
        let mut rest = tokens.into_iter();
        let name = match rest.next() {
            Some(TokenTree::Ident(name)) => name,
            Some(other) => return Err(other),
            None => return Err(comma.unwrap_or(Punct::new(',', Spacing::Alone)).into()),
        };
        let value = match rest.next() {
            None => Value::None,
            Some(TokenTree::Punct(equals)) if equals.as_char() == '=' => expression(rest.collect(), &name),
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
                match (Punctuated::<Expr, Token![,]>::parse_terminated.parse2(group.stream()), rest.next()) {
                    (Ok(entries), None) => Value::Parenthesized(entries.into_iter().collect(), group.span()),
                    (_, Some(next)) => Value::CommaMissing(next),
                    (Err(_), None) => match without_comma(group.stream()) {
                        Some(next) => Value::CommaMissing(next),
                        None => Value::Unreadable(group.span().into()),
                    },
                }
            }
            Some(TokenTree::Ident(next)) if AttributeKey::find(&next.to_string(), Macro::Cors).is_some() => {
                Value::CommaMissing(next.into())
            }
            Some(other) => Value::Unreadable(other.span().into()),
        };
        Ok(Self { name, value })
    }
}

/// Reports that there is no comma before `next`.
fn comma_missing(next: &TokenTree, mistakes: &mut Mistakes) {
    let help = match next {
        TokenTree::Literal(_) => {
            "write a comma before it, and brackets around several strings: [\"…\", \"…\"]"
        }
        _ => Rule::CommaMissing.help(),
    };
    mistakes.add_with_help(next.span(), Rule::CommaMissing, &next.to_string(), help);
}

/// What to write if the value of a policy's key is known only at run time.
fn at_run_time(key: AttributeKey) -> String {
    let name = key.name();
    let method = match name {
        "origins" | "methods" | "headers" => format!("{name}_from_str(&text)"),
        _ => format!("{name}(value)"),
    };
    format!(
        "write a literal or a constant here; build a policy whose values are known at run time with \
         Policy::builder().{method}, and name it on a handler: #[cors(policy = NAME)]"
    )
}

/// The first token in a list that has no comma before it.
fn without_comma(list: TokenStream) -> Option<TokenTree> {
    let is_value = |token: &TokenTree| matches!(token, TokenTree::Ident(_) | TokenTree::Literal(_));
    let mut is_after_value = false;
    for token in list {
        if is_after_value && is_value(&token) {
            return Some(token);
        }
        is_after_value = is_value(&token);
    }
    None
}

fn expression(tokens: TokenStream, name: &Ident) -> Value {
    if tokens.is_empty() {
        return Value::Unreadable(name.span().into());
    }
    let and_rest = |input: ParseStream<'_>| Ok((input.parse::<Expr>()?, input.parse::<TokenStream>()?));
    match and_rest.parse2(tokens.clone()) {
        Ok((expression, rest)) if rest.is_empty() => Value::Expression(value::ungrouped(expression)),
        Ok((_, rest)) => match rest.clone().into_iter().next() {
            Some(next @ (TokenTree::Ident(_) | TokenTree::Literal(_))) => Value::CommaMissing(next),
            _ => Value::Unreadable(Caret::of(&rest)),
        },
        Err(_) => {
            let mut all = tokens.clone().into_iter();
            let missing = match (all.next(), all.next()) {
                (Some(TokenTree::Group(group)), None) => without_comma(group.stream()),
                _ => None,
            };
            missing.map_or_else(|| Value::Unreadable(Caret::of(&tokens)), Value::CommaMissing)
        }
    }
}

/// The tokens between commas, each with the comma that follows. A trailing comma is allowed. A comma between the bars
/// of a closure belongs to the closure.
fn split_at_commas(tokens: TokenStream) -> Vec<(TokenStream, Option<Punct>)> {
    let mut parts = Vec::new();
    let mut part = TokenStream::new();
    let mut in_bars = false;
    for token in tokens {
        match token {
            TokenTree::Punct(comma) if comma.as_char() == ',' && !in_bars => {
                parts.push((std::mem::take(&mut part), Some(comma)));
            }
            token => {
                in_bars ^= matches!(&token, TokenTree::Punct(bar) if bar.as_char() == '|');
                part.extend([token]);
            }
        }
    }
    if !part.is_empty() {
        parts.push((part, None));
    }
    parts
}

impl Arguments {
    /// Reads `tokens`. Tokens that cannot be read are reported as a mistake, and the others are still read.
    pub(crate) fn parse(tokens: TokenStream, context: Macro, mistakes: &mut Mistakes) -> Self {
        let mut arguments = Arguments { tokens: tokens.clone(), ..Arguments::default() };
        for (part, comma) in split_at_commas(tokens) {
            match Argument::read(part, comma) {
                Ok(argument) => arguments.take(argument, context, mistakes),
                Err(token) => {
                    arguments.is_incomplete = true;
                    let help = "each part starts with a key: origins = [\"https://app.example.com\"]";
                    mistakes.add_with_help(token.span(), Rule::UnknownKey, &token.to_string(), help);
                }
            }
        }
        arguments
    }

    /// The place where `key` is written, if it is present.
    pub(crate) fn find(&self, key: impl Into<AttributeKey>) -> Option<&WrittenKey> {
        let key = key.into();
        self.keys.iter().find(|written| written.key == key)
    }

    /// Whether `key` is written with a value that could not be read.
    pub(crate) fn is_unreadable(&self, key: impl Into<AttributeKey>) -> bool {
        self.unreadable.contains(&key.into())
    }

    /// Whether there is a value without a key, or a key of the other macro.
    pub(crate) fn is_incomplete(&self) -> bool {
        self.is_incomplete
    }

    /// Whether a part of the arguments could not be read.
    pub(crate) fn has_unreadable(&self) -> bool {
        self.is_incomplete || !self.unreadable.is_empty()
    }

    /// Whether a function decides about origins, so that `origins` is optional.
    pub(crate) fn asks_a_function(&self) -> bool {
        [AttributeKey::OriginFn, AttributeKey::OriginAsync].iter().any(|&key| self.find(key).is_some())
    }

    /// Whether `deny` is written, so that other keys would have no effect.
    pub(crate) fn denies(&self) -> bool {
        self.deny || self.is_unreadable(AttributeKey::Deny)
    }

    /// The entries of `key`. The result is empty if its value is not a list.
    pub(crate) fn list(&self, key: Key) -> &[Entry] {
        match self.declaration.get(key) {
            ValueRef::List(list) => list.as_slice(),
            ValueRef::Flag(_) | ValueRef::MaxAge(_) | ValueRef::Status(_) | ValueRef::Exceptions(_) => &[],
        }
    }

    fn take(&mut self, argument: Argument, context: Macro, mistakes: &mut Mistakes) {
        let Argument { name, value } = argument;
        let written = name.to_string();
        let key = match AttributeKey::find(&written, context) {
            Some(key) => key,
            // The value of a misspelt key is read, so that the key is not reported as missing.
            None => {
                self.is_incomplete |= AttributeKey::find(&written, Macro::Cors).is_some();
                match unknown_key(&name, context, mistakes) {
                    Some(near) if self.find(near).is_none() => near,
                    _ => return,
                }
            }
        };
        if self.find(key).is_some() {
            mistakes.add(name.span(), Rule::KeyDuplicate, &written);
            return;
        }
        let caret = match &value {
            Value::Expression(expression) => Caret::of(expression),
            Value::CommaMissing(next) => next.span().into(),
            Value::Unreadable(caret) => *caret,
            Value::Parenthesized(_, span) => (*span).into(),
            Value::None => name.span().into(),
        };
        self.keys.push(WrittenKey { key, name: name.span(), value: caret });
        let mut is_wrong = false;
        let mut reject = |caret: Caret, instead: Instead| {
            is_wrong = true;
            let help = match instead {
                Instead::Text(help) => help,
                Instead::AtRunTime if key.is_of_policy() => at_run_time(key),
                Instead::AtRunTime | Instead::Example => format!("write {}", key.example()),
            };
            mistakes.add_with_help(caret, Rule::KeyType, key.name(), &help);
        };
        match value {
            Value::Parenthesized(entries, _) => match key {
                AttributeKey::OfPolicy(key) => match self.declaration.get_mut(key) {
                    ValueMut::Exceptions(allow) => *allow = value::exceptions(entries, &mut reject),
                    ValueMut::List(_) | ValueMut::Flag(_) | ValueMut::MaxAge(_) | ValueMut::Status(_) => {
                        reject(caret, Instead::Example);
                    }
                },
                AttributeKey::OriginFn
                | AttributeKey::OriginAsync
                | AttributeKey::Vary
                | AttributeKey::Policy
                | AttributeKey::Trial
                | AttributeKey::Deny
                | AttributeKey::Crate => reject(caret, Instead::Example),
            },
            Value::Unreadable(_) => reject(caret, Instead::Example),
            Value::CommaMissing(next) => {
                is_wrong = true;
                comma_missing(&next, mistakes);
            }
            Value::None => match key {
                AttributeKey::OfPolicy(key) => match self.declaration.get_mut(key) {
                    ValueMut::Flag(flag) => *flag = Flag::Literal(true),
                    ValueMut::List(_)
                    | ValueMut::MaxAge(_)
                    | ValueMut::Status(_)
                    | ValueMut::Exceptions(_) => reject(caret, Instead::Example),
                },
                AttributeKey::Deny => self.deny = true,
                AttributeKey::OriginFn
                | AttributeKey::OriginAsync
                | AttributeKey::Vary
                | AttributeKey::Policy
                | AttributeKey::Trial
                | AttributeKey::Crate => reject(caret, Instead::Example),
            },
            Value::Expression(expression) => {
                let instead = value::instead_of(&expression);
                if !self.set(key, expression, &mut reject) {
                    reject(caret, instead);
                }
            }
        }
        if is_wrong {
            self.unreadable.push(key);
        }
    }

    /// Sets `key` to an expression. Returns `false` if the key does not accept this kind of expression.
    fn set(&mut self, key: AttributeKey, expression: Expr, reject: &mut Reject<'_>) -> bool {
        match key {
            AttributeKey::OfPolicy(key) => match self.declaration.get_mut(key) {
                ValueMut::List(list) => value::list(expression, reject).map(|entries| *list = entries),
                ValueMut::Flag(value) => value::flag(expression).map(|flag| *value = flag),
                ValueMut::MaxAge(max_age) => {
                    value::max_age(expression).map(|written| *max_age = Some(written))
                }
                ValueMut::Status(status) => value::number(expression).map(|number| *status = Some(number)),
                ValueMut::Exceptions(_) => None,
            },
            AttributeKey::Deny => value::literal_flag(&expression).map(|flag| self.deny = flag),
            AttributeKey::OriginFn => value::path(expression).map(|path| self.origin_fn = Some(path)),
            AttributeKey::OriginAsync => value::path(expression).map(|path| self.origin_async = Some(path)),
            AttributeKey::Trial => value::path(expression).map(|path| self.trial = Some(path)),
            AttributeKey::Vary => value::list(expression, reject).map(|entries| self.vary = entries),
            AttributeKey::Policy => value::path(expression).map(|path| self.policy = Some(path)),
            AttributeKey::Crate => {
                value::path(expression).map(|path| self.crate_path = CratePath::written(&path))
            }
        }
        .is_some()
    }
}

/// Reports an unknown key, and finds the intended key.
fn unknown_key(name: &Ident, context: Macro, mistakes: &mut Mistakes) -> Option<AttributeKey> {
    let written = name.to_string();
    if let Some(key) = AttributeKey::find(&written, Macro::Cors) {
        let help = format!("`{}` is for handlers and modules: it goes into #[cors(…)]", key.name());
        mistakes.add_with_help(name.span(), Rule::UnknownKey, &written, &help);
        return None;
    }
    let near = AttributeKey::nearest(&written, context);
    match near {
        Some(near) => {
            let help = format!("did you mean `{}`?", near.name());
            mistakes.add_with_help(name.span(), Rule::UnknownKey, &written, &help);
        }
        None => {
            let keys: Vec<&str> = AttributeKey::all(context).map(AttributeKey::name).collect();
            let help = format!("the keys are {}", keys.join(", "));
            mistakes.add_with_help(name.span(), Rule::UnknownKey, &written, &help);
        }
    }
    near
}
