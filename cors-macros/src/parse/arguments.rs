//! Reading the arguments: which keys are there, each with its value and its place.

use cors_core::{Allow, AllowSet, Declaration, Key, Rule, Storage, ValueMut, ValueRef, nearest_word};
use proc_macro2::{Delimiter, Ident, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, Lit, LitStr, Path, Token};

use crate::diagnostics::{Caret, Mistakes};

/// What stands between the parentheses.
#[derive(Default)]
pub(crate) struct Arguments {
    pub(crate) declaration: Declaration<Tokens>,
    pub(crate) origin_fn: Option<Path>,
    pub(crate) origin_async: Option<Path>,
    pub(crate) policy: Option<Path>,
    pub(crate) deny: bool,
    /// Which keys are there.
    pub(crate) keys: Vec<Said>,
    /// All of it, as it was written.
    pub(crate) tokens: TokenStream,
    unreadable: Vec<AttributeKey>,
    is_incomplete: bool,
}

/// The values of a policy as they are written in a macro.
pub(crate) struct Tokens;

impl Storage for Tokens {
    type List = Vec<Text>;
    type Flag = bool;
    type MaxAge = Option<Time>;
    type Status = Option<u64>;
    type Exceptions = AllowSet;
}

/// A key of `#[cors]`: one of a policy, or one that is about a handler.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum AttributeKey {
    OfPolicy(Key),
    /// A function that is asked about other origins.
    OriginFn,
    /// An `async` function that is asked about other origins.
    OriginAsync,
    /// A named policy.
    Policy,
    /// No cross-origin access at all.
    Deny,
}

impl AttributeKey {
    const OF_HANDLERS: [AttributeKey; 4] =
        [AttributeKey::OriginFn, AttributeKey::OriginAsync, AttributeKey::Policy, AttributeKey::Deny];

    /// The keys that are allowed in `place`.
    fn all(place: Place) -> impl Iterator<Item = AttributeKey> {
        let of_handlers = AttributeKey::OF_HANDLERS.into_iter().filter(move |_| place == Place::Attribute);
        Key::ALL.iter().copied().map(AttributeKey::OfPolicy).chain(of_handlers)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            AttributeKey::OfPolicy(key) => key.name(),
            AttributeKey::OriginFn => "origin_fn",
            AttributeKey::OriginAsync => "origin_async",
            AttributeKey::Policy => "policy",
            AttributeKey::Deny => "deny",
        }
    }

    /// How the key is written.
    fn example(self) -> &'static str {
        match self {
            AttributeKey::OfPolicy(key) => key.example(),
            AttributeKey::OriginFn => "origin_fn = is_known, with the path of a function",
            AttributeKey::OriginAsync => "origin_async = is_known, with the path of an async function",
            AttributeKey::Policy => "policy = PARTNERS, with the path of a policy",
            AttributeKey::Deny => "deny, with nothing behind it",
        }
    }

    fn find(name: &str, place: Place) -> Option<AttributeKey> {
        AttributeKey::all(place).find(|key| key.name() == name)
    }

    /// The key that `name` was probably meant to be.
    fn nearest(name: &str, place: Place) -> Option<AttributeKey> {
        let of_handler = match name.to_ascii_lowercase().as_str() {
            "allowed_origin_fn" => Some(AttributeKey::OriginFn),
            "disable" | "disabled" | "none" => Some(AttributeKey::Deny),
            _ => nearest_word(name, AttributeKey::OF_HANDLERS.map(AttributeKey::name))
                .and_then(|name| AttributeKey::find(name, place)),
        };
        let of_handler = of_handler.filter(|_| place == Place::Attribute);
        of_handler.or_else(|| Key::nearest(name).map(AttributeKey::OfPolicy))
    }
}

impl From<Key> for AttributeKey {
    fn from(key: Key) -> Self {
        AttributeKey::OfPolicy(key)
    }
}

/// A key, and where it and its value are.
pub(crate) struct Said {
    pub(crate) key: AttributeKey,
    pub(crate) name: Span,
    pub(crate) value: Caret,
}

/// An entry of a list.
pub(crate) enum Text {
    Literal(LitStr),
    /// A path to a constant, or a macro such as `concat!`: known to the compiler, not to us.
    Constant(Expr),
}

impl Text {
    pub(crate) fn is_constant(&self) -> bool {
        matches!(self, Text::Constant(_))
    }
}

impl ToTokens for Text {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Text::Literal(literal) => literal.to_tokens(tokens),
            Text::Constant(expression) => expression.to_tokens(tokens),
        }
    }
}

/// The value of `max_age`.
pub(crate) enum Time {
    Seconds(u64),
    Text(LitStr),
}

/// Where the arguments stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In `policy!`: the keys of a policy.
    Policy,
    /// In `#[cors]`: those, and `origin_fn`, `origin_async`, `policy` and `deny`.
    Attribute,
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
    /// Something else, and what to say about it.
    Unreadable(Caret, Option<&'static str>),
}

impl Argument {
    /// Reads what stands between two commas. `Err` has what stands in the place of the key.
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
                    (_, Some(next)) => Value::Unreadable(next.span().into(), Some(COMMA)),
                    (Err(_), None) => Value::Unreadable(group.span().into(), None),
                }
            }
            Some(other) => Value::Unreadable(other.span().into(), None),
        };
        Ok(Self { name, value })
    }
}

const COMMA: &str = "put a comma between two keys, and brackets around several texts";

fn expression(tokens: TokenStream, name: &Ident) -> Value {
    if tokens.is_empty() {
        return Value::Unreadable(name.span().into(), None);
    }
    let and_rest = |input: ParseStream<'_>| Ok((input.parse::<Expr>()?, input.parse::<TokenStream>()?));
    match and_rest.parse2(tokens.clone()) {
        Ok((expression, rest)) if rest.is_empty() => Value::Expression(ungrouped(expression)),
        Ok((_, rest)) => Value::Unreadable(Caret::of(&rest), Some(COMMA)),
        Err(_) => Value::Unreadable(Caret::of(&tokens), None),
    }
}

/// What stands between commas, each with the comma behind it. The last may have one too. A comma between the bars of a
/// closure belongs to the closure.
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
    /// Reads `tokens`. What cannot be read is a mistake, and the rest is read all the same.
    pub(crate) fn parse(tokens: TokenStream, place: Place, mistakes: &mut Mistakes) -> Self {
        let mut arguments = Arguments { tokens: tokens.clone(), ..Arguments::default() };
        for (part, comma) in split_at_commas(tokens) {
            match Argument::read(part, comma) {
                Ok(argument) => arguments.take(argument, place, mistakes),
                Err(token) => {
                    arguments.is_incomplete = true;
                    let help = "each part starts with a key: origins = [\"https://app.example.com\"]";
                    mistakes.add_with_help(token.span(), Rule::UnknownKey, &token.to_string(), help);
                }
            }
        }
        arguments
    }

    /// Where `key` is, if it is there.
    pub(crate) fn find(&self, key: impl Into<AttributeKey>) -> Option<&Said> {
        let key = key.into();
        self.keys.iter().find(|said| said.key == key)
    }

    /// Whether `key` is there with a value that could not be read: what it would have said, nobody knows.
    pub(crate) fn is_unreadable(&self, key: impl Into<AttributeKey>) -> bool {
        self.unreadable.contains(&key.into())
    }

    /// Whether a value stands there without its key, or a key that belongs somewhere else.
    pub(crate) fn is_incomplete(&self) -> bool {
        self.is_incomplete
    }

    /// Whether something is there that could not be read.
    pub(crate) fn has_unreadable(&self) -> bool {
        self.is_incomplete || !self.unreadable.is_empty()
    }

    /// Whether a function is asked about origins, so that `origins` may be left out.
    pub(crate) fn asks_a_function(&self) -> bool {
        [AttributeKey::OriginFn, AttributeKey::OriginAsync].iter().any(|&key| self.find(key).is_some())
    }

    /// Whether it is `deny`, and so nothing else is to be said.
    pub(crate) fn denies(&self) -> bool {
        self.deny || self.is_unreadable(AttributeKey::Deny)
    }

    /// The entries of `key`, where it is a list.
    pub(crate) fn list(&self, key: Key) -> &[Text] {
        match self.declaration.get(key) {
            ValueRef::List(list) => list,
            ValueRef::Flag(_) | ValueRef::MaxAge(_) | ValueRef::Status(_) | ValueRef::Exceptions(_) => &[],
        }
    }

    fn take(&mut self, argument: Argument, place: Place, mistakes: &mut Mistakes) {
        let Argument { name, value } = argument;
        let written = name.to_string();
        let key = match AttributeKey::find(&written, place) {
            Some(key) => key,
            // What was meant is known, so its value is read, and nothing is reported as missing.
            None => {
                self.is_incomplete |= AttributeKey::find(&written, Place::Attribute).is_some();
                match unknown_key(&name, place, mistakes) {
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
            Value::Unreadable(caret, _) => *caret,
            Value::Parenthesized(_, span) => (*span).into(),
            Value::None => name.span().into(),
        };
        self.keys.push(Said { key, name: name.span(), value: caret });
        let mut is_wrong = false;
        let mut wrong = |caret: Caret, help: Option<&str>| {
            is_wrong = true;
            let write = format!("write {}", key.example());
            mistakes.add_with_help(caret, Rule::KeyType, key.name(), help.unwrap_or(&write));
        };
        match value {
            Value::Parenthesized(entries, _) => match key {
                AttributeKey::OfPolicy(key) => match self.declaration.get_mut(key) {
                    ValueMut::Exceptions(allow) => *allow = exceptions(entries, &mut wrong),
                    ValueMut::List(_) | ValueMut::Flag(_) | ValueMut::MaxAge(_) | ValueMut::Status(_) => {
                        wrong(caret, None);
                    }
                },
                AttributeKey::OriginFn
                | AttributeKey::OriginAsync
                | AttributeKey::Policy
                | AttributeKey::Deny => wrong(caret, None),
            },
            Value::Unreadable(_, help) => wrong(caret, help),
            Value::None => match key {
                AttributeKey::OfPolicy(key) => match self.declaration.get_mut(key) {
                    ValueMut::Flag(flag) => *flag = true,
                    ValueMut::List(_)
                    | ValueMut::MaxAge(_)
                    | ValueMut::Status(_)
                    | ValueMut::Exceptions(_) => wrong(caret, None),
                },
                AttributeKey::Deny => self.deny = true,
                AttributeKey::OriginFn | AttributeKey::OriginAsync | AttributeKey::Policy => {
                    wrong(caret, None);
                }
            },
            Value::Expression(expression) => {
                if !self.set(key, expression, &mut wrong) {
                    wrong(caret, None);
                }
            }
        }
        if is_wrong {
            self.unreadable.push(key);
        }
    }

    /// `key = expression`; `false` if the key takes no such thing.
    fn set(&mut self, key: AttributeKey, expression: Expr, wrong: &mut Wrong<'_>) -> bool {
        match key {
            AttributeKey::OfPolicy(key) => match self.declaration.get_mut(key) {
                ValueMut::List(list) => texts(expression, wrong).map(|texts| *list = texts),
                ValueMut::Flag(value) => flag(expression).map(|flag| *value = flag),
                ValueMut::MaxAge(max_age) => time(expression).map(|time| *max_age = Some(time)),
                ValueMut::Status(status) => number(expression).map(|number| *status = Some(number)),
                ValueMut::Exceptions(_) => None,
            },
            AttributeKey::Deny => flag(expression).map(|flag| self.deny = flag),
            AttributeKey::OriginFn => path(expression).map(|path| self.origin_fn = Some(path)),
            AttributeKey::OriginAsync => path(expression).map(|path| self.origin_async = Some(path)),
            AttributeKey::Policy => path(expression).map(|path| self.policy = Some(path)),
        }
        .is_some()
    }
}

/// Reports a value that a key does not take: where, and what to do about it if there is more to say than how the key is
/// written.
type Wrong<'a> = dyn FnMut(Caret, Option<&str>) + 'a;

/// Reports a name that is no key here, and finds the one that was meant.
fn unknown_key(name: &Ident, place: Place, mistakes: &mut Mistakes) -> Option<AttributeKey> {
    let written = name.to_string();
    if let Some(key) = AttributeKey::find(&written, Place::Attribute) {
        let help = format!("`{}` is for handlers and modules: it goes into #[cors(…)]", key.name());
        mistakes.add_with_help(name.span(), Rule::UnknownKey, &written, &help);
        return None;
    }
    let near = AttributeKey::nearest(&written, place);
    match near {
        Some(near) => {
            let help = format!("did you mean `{}`?", near.name());
            mistakes.add_with_help(name.span(), Rule::UnknownKey, &written, &help);
        }
        None => {
            let keys: Vec<&str> = AttributeKey::all(place).map(AttributeKey::name).collect();
            let help = format!("the keys are {}", keys.join(", "));
            mistakes.add_with_help(name.span(), Rule::UnknownKey, &written, &help);
        }
    }
    near
}

/// What `macro_rules!` passes on comes in groups that nobody wrote.
fn ungrouped(expression: Expr) -> Expr {
    match expression {
        Expr::Group(group) => ungrouped(*group.expr),
        expression => expression,
    }
}

fn flag(expression: Expr) -> Option<bool> {
    match expression {
        Expr::Lit(literal) => match literal.lit {
            Lit::Bool(flag) => Some(flag.value),
            _ => None,
        },
        _ => None,
    }
}

/// One text, or a list of texts. Entries that are none are mistakes of their own.
fn texts(expression: Expr, wrong: &mut Wrong<'_>) -> Option<Vec<Text>> {
    match expression {
        Expr::Array(array) => {
            let entries = array.elems.into_iter().map(ungrouped);
            let texts = entries.filter_map(|entry| {
                let caret = Caret::of(&entry);
                let text = text(entry);
                if text.is_none() {
                    wrong(caret, Some("each entry is a text, or the path of a `&str` constant"));
                }
                text
            });
            Some(texts.collect())
        }
        entry => text(entry).map(|text| vec![text]),
    }
}

fn text(expression: Expr) -> Option<Text> {
    match expression {
        Expr::Lit(literal) => match literal.lit {
            Lit::Str(text) => Some(Text::Literal(text)),
            _ => None,
        },
        Expr::Path(_) => Some(Text::Constant(expression)),
        // Such as `concat!("https://", …)`. A vector is no text.
        Expr::Macro(call) if !call.mac.path.is_ident("vec") => Some(Text::Constant(Expr::Macro(call))),
        _ => None,
    }
}

fn time(expression: Expr) -> Option<Time> {
    match expression {
        Expr::Lit(literal) => match literal.lit {
            Lit::Str(text) => Some(Time::Text(text)),
            // A number too large for 64 bits is too large for a day too.
            Lit::Int(number) if number.suffix().is_empty() => {
                Some(Time::Seconds(number.base10_parse().unwrap_or(u64::MAX)))
            }
            _ => None,
        },
        _ => None,
    }
}

fn number(expression: Expr) -> Option<u64> {
    match expression {
        Expr::Lit(literal) => match literal.lit {
            Lit::Int(number) if number.suffix().is_empty() => Some(number.base10_parse().unwrap_or(u64::MAX)),
            _ => None,
        },
        _ => None,
    }
}

fn path(expression: Expr) -> Option<Path> {
    match expression {
        Expr::Path(path) if path.qself.is_none() => Some(path.path),
        _ => None,
    }
}

fn exceptions(entries: Vec<Expr>, wrong: &mut Wrong<'_>) -> AllowSet {
    let mut allow = AllowSet::EMPTY;
    for entry in entries {
        let name = match ungrouped(entry.clone()) {
            Expr::Path(path) => path.path.get_ident().map(Ident::to_string),
            _ => None,
        };
        match name.as_deref().and_then(Allow::find) {
            Some(exception) => allow.insert(exception),
            None => wrong(Caret::of(&entry), None),
        }
    }
    allow
}
