//! Reading the arguments: which keys are there, each with its value and its place.

use cors_core::{Allow, Key, Rule};
use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Expr, Ident, Lit, LitStr, Path, Token};

use crate::diagnostics::Mistakes;

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
    /// Which keys are there, and where.
    pub(crate) keys: Vec<(Key, Span)>,
}

/// An entry of a list.
pub(crate) enum Text {
    Literal(LitStr),
    /// A path to a constant, or a macro such as `concat!`: known to the compiler, not to us.
    Constant(Expr),
}

impl Text {
    pub(crate) fn span(&self) -> Span {
        match self {
            Text::Literal(literal) => literal.span(),
            Text::Constant(expression) => expression.span(),
        }
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
    Parenthesized(Vec<Expr>),
}

impl Parse for Argument {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        use syn::ext::IdentExt;
        let name = input.call(Ident::parse_any)?;
        let value = if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            Value::Expression(input.parse()?)
        } else if input.peek(syn::token::Paren) {
            let content;
            syn::parenthesized!(content in input);
            Value::Parenthesized(content.parse_terminated(Expr::parse, Token![,])?.into_iter().collect())
        } else {
            Value::None
        };
        Ok(Self { name, value })
    }
}

impl Arguments {
    /// Reads `tokens`. What cannot be read is a mistake, and the rest is read all the same.
    pub(crate) fn parse(tokens: TokenStream, place: Place, mistakes: &mut Mistakes) -> Self {
        let mut arguments = Arguments::default();
        let parser = syn::punctuated::Punctuated::<Argument, Token![,]>::parse_terminated;
        let parsed = match syn::parse::Parser::parse2(parser, tokens) {
            Ok(parsed) => parsed,
            Err(error) => {
                mistakes.add_error(error);
                // Nothing more can be said about arguments that cannot be read.
                arguments.keys.push((Key::Deny, Span::call_site()));
                arguments.deny = true;
                return arguments;
            }
        };
        for argument in parsed {
            arguments.read(argument, place, mistakes);
        }
        arguments
    }

    /// Where `key` is, if it is there.
    pub(crate) fn span_of(&self, key: Key) -> Option<Span> {
        self.keys.iter().find(|(k, _)| *k == key).map(|(_, span)| *span)
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

    fn read(&mut self, argument: Argument, place: Place, mistakes: &mut Mistakes) {
        let Argument { name, value } = argument;
        let written = name.to_string();
        let Some(key) = Key::find(&written, place.keys()) else {
            match Key::nearest(&written, place.keys()) {
                Some(near) => {
                    let help = format!("did you mean `{near}`?");
                    mistakes.add_with_help(name.span(), Rule::UnknownKey, &written, &help);
                }
                None => mistakes.add(name.span(), Rule::UnknownKey, &written),
            }
            return;
        };
        if self.span_of(key).is_some() {
            mistakes.add(name.span(), Rule::KeyDuplicate, &written);
            return;
        }
        self.keys.push((key, name.span()));
        let mut wrong = |span: Span, help: &str| mistakes.add_with_help(span, Rule::KeyType, &written, help);
        let expression = match value {
            Value::Expression(expression) => Some(ungrouped(expression)),
            Value::None => None,
            Value::Parenthesized(entries) => {
                if key == Key::Allow {
                    self.allow = exceptions(entries, &mut wrong);
                } else {
                    wrong(name.span(), &format!("write {}", example(key)));
                }
                return;
            }
        };
        let span = expression.as_ref().map_or(name.span(), Spanned::span);
        let taken = match key {
            Key::Credentials => flag(expression).map(|flag| self.credentials = flag),
            Key::Enforce => flag(expression).map(|flag| self.enforce = flag),
            Key::Deny => flag(expression).map(|flag| self.deny = flag),
            Key::Origins => texts(expression, &mut wrong).map(|list| self.origins = list),
            Key::Except => texts(expression, &mut wrong).map(|list| self.except = list),
            Key::Methods => texts(expression, &mut wrong).map(|list| self.methods = list),
            Key::Headers => texts(expression, &mut wrong).map(|list| self.headers = list),
            Key::Expose => texts(expression, &mut wrong).map(|list| self.expose = list),
            Key::MaxAge => time(expression).map(|time| self.max_age = Some(time)),
            Key::PreflightStatus => number(expression).map(|status| self.preflight_status = Some(status)),
            Key::OriginFn => path(expression).map(|path| self.origin_fn = Some(path)),
            Key::OriginAsync => path(expression).map(|path| self.origin_async = Some(path)),
            Key::Policy => path(expression).map(|path| self.policy = Some(path)),
            _ => None,
        };
        if taken.is_none() {
            wrong(span, &format!("write {}", example(key)));
        }
    }
}

/// How a key is written.
fn example(key: Key) -> &'static str {
    match key {
        Key::Origins => "origins = [\"https://app.example.com\"], or origins = \"*\"",
        Key::Except => "except = [\"https://rude.example\"]",
        Key::Credentials => "credentials, alone",
        Key::Methods => "methods = [\"PUT\", \"DELETE\"]",
        Key::Headers => "headers = [\"content-type\"]",
        Key::Expose => "expose = [\"x-total-count\"]",
        Key::MaxAge => "max_age = 600, or max_age = \"10m\"",
        Key::Enforce => "enforce, alone",
        Key::PreflightStatus => "preflight_status = 200",
        Key::Allow => {
            "allow(insecure_origins), with one or more of insecure_origins, public_suffixes, null_origin"
        }
        Key::OriginFn => "origin_fn = is_known, with the path of a function",
        Key::OriginAsync => "origin_async = is_known, with the path of an async function",
        Key::Policy => "policy = PARTNERS, with the path of a policy",
        _ => "deny, alone",
    }
}

/// What `macro_rules!` passes on comes in groups that nobody wrote.
fn ungrouped(expression: Expr) -> Expr {
    match expression {
        Expr::Group(group) => ungrouped(*group.expr),
        expression => expression,
    }
}

fn flag(expression: Option<Expr>) -> Option<bool> {
    match expression {
        None => Some(true),
        Some(Expr::Lit(literal)) => match literal.lit {
            Lit::Bool(flag) => Some(flag.value),
            _ => None,
        },
        Some(_) => None,
    }
}

/// One text, or a list of texts. Entries that are none are mistakes of their own.
fn texts(expression: Option<Expr>, wrong: &mut impl FnMut(Span, &str)) -> Option<Vec<Text>> {
    match expression? {
        Expr::Array(array) => {
            let entries = array.elems.into_iter().map(ungrouped);
            let texts = entries.filter_map(|entry| {
                let span = entry.span();
                let text = text(entry);
                if text.is_none() {
                    wrong(span, "each entry is a text, or the path of a `&str` constant");
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
        Expr::Path(_) | Expr::Macro(_) => Some(Text::Constant(expression)),
        _ => None,
    }
}

fn time(expression: Option<Expr>) -> Option<Time> {
    match expression? {
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

fn number(expression: Option<Expr>) -> Option<u64> {
    match expression? {
        Expr::Lit(literal) => match literal.lit {
            Lit::Int(number) if number.suffix().is_empty() => Some(number.base10_parse().unwrap_or(u64::MAX)),
            _ => None,
        },
        _ => None,
    }
}

fn path(expression: Option<Expr>) -> Option<Path> {
    match expression? {
        Expr::Path(path) if path.qself.is_none() => Some(path.path),
        _ => None,
    }
}

fn exceptions(entries: Vec<Expr>, wrong: &mut impl FnMut(Span, &str)) -> Vec<Allow> {
    let mut allow = Vec::new();
    for entry in entries {
        let name = match &entry {
            Expr::Path(path) => path.path.get_ident().map(Ident::to_string),
            _ => None,
        };
        match name.as_deref().and_then(Allow::find) {
            Some(exception) => allow.push(exception),
            None => wrong(entry.span(), &format!("write {}", example(Key::Allow))),
        }
    }
    allow
}
