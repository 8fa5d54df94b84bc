//! Reading the arguments: which keys are there, each with its value and its place.

use cors_core::{Allow, Key, Rule};
use proc_macro2::{Delimiter, Ident, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, Lit, LitStr, Path, Token};

use crate::diagnostics::{Caret, Mistakes};

/// What stands between the parentheses.
#[derive(Default)]
pub(crate) struct Arguments {
    pub(crate) origins: Vec<Text>,
    pub(crate) except: Vec<Text>,
    pub(crate) credentials: bool,
    pub(crate) methods: Vec<Text>,
    pub(crate) headers: Vec<Text>,
    pub(crate) expose: Vec<Text>,
    pub(crate) max_age: Option<Time>,
    pub(crate) enforce: bool,
    pub(crate) preflight_status: Option<u64>,
    pub(crate) allow: Vec<Allow>,
    pub(crate) origin_fn: Option<Path>,
    pub(crate) origin_async: Option<Path>,
    pub(crate) policy: Option<Path>,
    pub(crate) deny: bool,
    /// Which keys are there.
    pub(crate) keys: Vec<Said>,
    /// All of it, as it was written.
    pub(crate) tokens: TokenStream,
    unreadable: Vec<Key>,
    is_incomplete: bool,
}

/// A key, and where it and its value are.
pub(crate) struct Said {
    pub(crate) key: Key,
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

impl Place {
    fn keys(self) -> &'static [Key] {
        match self {
            Place::Policy => Key::OF_A_POLICY,
            Place::Attribute => Key::ALL,
        }
    }
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
    pub(crate) fn find(&self, key: Key) -> Option<&Said> {
        self.keys.iter().find(|said| said.key == key)
    }

    /// Whether `key` is there with a value that could not be read: what it would have said, nobody knows.
    pub(crate) fn is_unreadable(&self, key: Key) -> bool {
        self.unreadable.contains(&key)
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
        [Key::OriginFn, Key::OriginAsync].iter().any(|&key| self.find(key).is_some())
    }

    /// Whether it is `deny`, and so nothing else is to be said.
    pub(crate) fn denies(&self) -> bool {
        self.deny || self.is_unreadable(Key::Deny)
    }

    /// The entries of `key`, where it is a list.
    pub(crate) fn list(&self, key: Key) -> &[Text] {
        match key {
            Key::Origins => &self.origins,
            Key::Except => &self.except,
            Key::Methods => &self.methods,
            Key::Headers => &self.headers,
            Key::Expose => &self.expose,
            _ => &[],
        }
    }

    /// The keys whose value is a list.
    pub(crate) const LISTS: [Key; 5] = [Key::Origins, Key::Except, Key::Methods, Key::Headers, Key::Expose];

    fn take(&mut self, argument: Argument, place: Place, mistakes: &mut Mistakes) {
        let Argument { name, value } = argument;
        let written = name.to_string();
        let key = match Key::find(&written, place.keys()) {
            Some(key) => key,
            // What was meant is known, so its value is read, and nothing is reported as missing.
            None => {
                self.is_incomplete |= Key::find(&written, Key::ALL).is_some();
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
            let write = format!("write {}", example(key));
            mistakes.add_with_help(caret, Rule::KeyType, key.name(), help.unwrap_or(&write));
        };
        match value {
            Value::Parenthesized(entries, _) if key == Key::Allow => {
                self.allow = exceptions(entries, &mut wrong);
            }
            Value::Parenthesized(..) => wrong(caret, None),
            Value::Unreadable(_, help) => wrong(caret, help),
            Value::None => match key {
                Key::Credentials => self.credentials = true,
                Key::Enforce => self.enforce = true,
                Key::Deny => self.deny = true,
                _ => wrong(caret, None),
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
    fn set(&mut self, key: Key, expression: Expr, wrong: &mut Wrong<'_>) -> bool {
        match key {
            Key::Credentials => flag(expression).map(|flag| self.credentials = flag),
            Key::Enforce => flag(expression).map(|flag| self.enforce = flag),
            Key::Deny => flag(expression).map(|flag| self.deny = flag),
            Key::Origins => texts(expression, wrong).map(|list| self.origins = list),
            Key::Except => texts(expression, wrong).map(|list| self.except = list),
            Key::Methods => texts(expression, wrong).map(|list| self.methods = list),
            Key::Headers => texts(expression, wrong).map(|list| self.headers = list),
            Key::Expose => texts(expression, wrong).map(|list| self.expose = list),
            Key::MaxAge => time(expression).map(|time| self.max_age = Some(time)),
            Key::PreflightStatus => number(expression).map(|status| self.preflight_status = Some(status)),
            Key::OriginFn => path(expression).map(|path| self.origin_fn = Some(path)),
            Key::OriginAsync => path(expression).map(|path| self.origin_async = Some(path)),
            Key::Policy => path(expression).map(|path| self.policy = Some(path)),
            _ => None,
        }
        .is_some()
    }
}

/// Reports a value that a key does not take: where, and what to do about it if there is more to say than how the key is
/// written.
type Wrong<'a> = dyn FnMut(Caret, Option<&str>) + 'a;

/// Reports a name that is no key here, and finds the one that was meant.
fn unknown_key(name: &Ident, place: Place, mistakes: &mut Mistakes) -> Option<Key> {
    let written = name.to_string();
    if let Some(key) = Key::find(&written, Key::ALL) {
        let help = format!("`{key}` is for handlers and modules: it goes into #[cors(…)]");
        mistakes.add_with_help(name.span(), Rule::UnknownKey, &written, &help);
        return None;
    }
    let near = Key::nearest(&written, place.keys());
    match near {
        Some(near) => {
            let help = format!("did you mean `{near}`?");
            mistakes.add_with_help(name.span(), Rule::UnknownKey, &written, &help);
        }
        None => {
            let keys: Vec<&str> = place.keys().iter().map(|key| key.name()).collect();
            let help = format!("the keys are {}", keys.join(", "));
            mistakes.add_with_help(name.span(), Rule::UnknownKey, &written, &help);
        }
    }
    near
}

/// How a key is written.
fn example(key: Key) -> &'static str {
    match key {
        Key::Origins => "origins = [\"https://app.example.com\"], or origins = \"*\" for everyone",
        Key::Except => "except = [\"https://rude.example\"]",
        Key::Credentials => "credentials, with nothing behind it",
        Key::Methods => "methods = [\"PUT\", \"DELETE\"]",
        Key::Headers => "headers = [\"content-type\"]",
        Key::Expose => "expose = [\"x-total-count\"]",
        Key::MaxAge => "max_age = 600, or max_age = \"10m\"",
        Key::Enforce => "enforce, with nothing behind it",
        Key::PreflightStatus => "preflight_status = 200",
        Key::Allow => "allow(insecure_origins); the other exceptions are public_suffixes and null_origin",
        Key::OriginFn => "origin_fn = is_known, with the path of a function",
        Key::OriginAsync => "origin_async = is_known, with the path of an async function",
        Key::Policy => "policy = PARTNERS, with the path of a policy",
        _ => "deny, with nothing behind it",
    }
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

fn exceptions(entries: Vec<Expr>, wrong: &mut Wrong<'_>) -> Vec<Allow> {
    let mut allow = Vec::new();
    for entry in entries {
        let name = match ungrouped(entry.clone()) {
            Expr::Path(path) => path.path.get_ident().map(Ident::to_string),
            _ => None,
        };
        match name.as_deref().and_then(Allow::find) {
            Some(exception) => allow.push(exception),
            None => wrong(Caret::of(&entry), None),
        }
    }
    allow
}
