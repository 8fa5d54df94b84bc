//! The route attributes of a handler: which paths and methods it serves.
//!
//! Routing stays actix's: this reads what actix's own macros will read, and adds to it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Expr, ExprLit, Lit, LitStr, MetaNameValue, Path, ReturnType, Token};

/// A route of a handler: what one `Resource` of actix serves.
pub(crate) struct Route {
    /// Where the attribute stands among the function's.
    pub(crate) attribute: usize,
    pub(crate) arguments: RouteArguments,
    /// Written as one word, without the path of a module.
    is_bare: bool,
    /// Upper case, or a custom method as it was written.
    pub(crate) methods: Vec<String>,
    /// Where each method is written.
    pub(crate) method_spans: Vec<Span>,
}

/// What stands in a route attribute: `"/path", name = "…", guard = "…", wrap = "…"`.
pub(crate) struct RouteArguments {
    pub(crate) path: LitStr,
    pub(crate) options: Vec<MetaNameValue>,
}

impl Parse for RouteArguments {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let path = input.parse()?;
        let mut options = Vec::new();
        if input.parse::<Option<Token![,]>>()?.is_some() {
            options.extend(Punctuated::<MetaNameValue, Token![,]>::parse_terminated(input)?);
        }
        Ok(Self { path, options })
    }
}

impl ToTokens for RouteArguments {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { path, options } = self;
        tokens.extend(quote!(#path #(, #options)*));
    }
}

impl RouteArguments {
    /// Whether actix's macros will take the options.
    fn are_readable(&self) -> bool {
        self.options.iter().all(|option| {
            let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &option.value else { return false };
            let name = option.path.get_ident().map(Ident::to_string);
            match name.as_deref() {
                Some("guard") => text.parse::<Path>().is_ok(),
                Some("wrap") => text.parse::<Expr>().is_ok(),
                Some("name" | "method") => true,
                _ => false,
            }
        })
    }

    /// The options called `name`, as far as they are text.
    pub(crate) fn texts<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a LitStr> {
        self.options.iter().filter(move |option| option.path.is_ident(name)).filter_map(
            |option| match &option.value {
                Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text),
                _ => None,
            },
        )
    }
}

/// How a handler is routed.
pub(crate) enum Routing {
    /// One attribute: `#[get]` and its like, or `#[route]`.
    One(Route),
    /// `#[routes]` and several attributes.
    Several(Vec<Route>),
    /// None at all.
    Missing,
    /// Something that actix's macros will complain about themselves.
    Unreadable,
}

const METHODS: &[&str] =
    &["connect", "delete", "get", "head", "options", "patch", "post", "put", "query", "trace"];

/// The last word of an attribute's path: `get` of `#[actix_web::get]`.
pub(crate) fn last_word(attribute: &Attribute) -> Option<&Ident> {
    attribute.path().segments.last().map(|segment| &segment.ident)
}

/// The method of `#[get]` and its like.
fn method_of(attribute: &Attribute) -> Option<String> {
    let word = last_word(attribute)?.to_string();
    METHODS.contains(&word.as_str()).then(|| word.to_ascii_uppercase())
}

pub(crate) fn is_called(attribute: &Attribute, name: &str) -> bool {
    last_word(attribute).is_some_and(|word| word == name)
}

/// Whether an attribute routes what is below it.
pub(crate) fn is_route(attribute: &Attribute) -> bool {
    method_of(attribute).is_some() || is_called(attribute, "route") || is_called(attribute, "routes")
}

impl Routing {
    /// `output` is the function's.
    pub(crate) fn of(attributes: &[Attribute], output: &ReturnType) -> Self {
        let mut routes = Vec::new();
        let several = attributes.iter().any(|attribute| is_called(attribute, "routes"));
        for (index, attribute) in attributes.iter().enumerate() {
            // Below `#[routes]`, actix knows the bare names only.
            let by_name = method_of(attribute).filter(|_| !several || attribute.path().get_ident().is_some());
            let by_option = !several && is_called(attribute, "route");
            if by_name.is_none() && !by_option {
                continue;
            }
            let arguments = attribute.parse_args::<RouteArguments>();
            let Some(arguments) = arguments.ok().filter(RouteArguments::are_readable) else {
                return Routing::Unreadable;
            };
            let written: Vec<&LitStr> = arguments.texts("method").collect();
            let (methods, method_spans) = match by_name {
                // To add methods to `#[get]` is for actix to forbid.
                Some(_) if arguments.options.iter().any(|option| option.path.is_ident("method")) => {
                    return Routing::Unreadable;
                }
                Some(method) => (vec![method], vec![attribute.path().span()]),
                None if written.is_empty() => return Routing::Unreadable,
                None => {
                    (written.iter().map(|m| m.value()).collect(), written.iter().map(|m| m.span()).collect())
                }
            };
            let is_bare = attribute.path().get_ident().is_some();
            routes.push(Route { attribute: index, arguments, is_bare, methods, method_spans });
        }
        match (several, routes.len()) {
            // A handler returns something.
            (_, 1..) if matches!(output, ReturnType::Default) => Routing::Unreadable,
            (true, 0) => Routing::Unreadable,
            (true, _) => Routing::Several(routes),
            (false, 0) => Routing::Missing,
            (false, 1) => Routing::One(routes.remove(0)),
            // Two route attributes without `#[routes]`: actix's first one will not understand the second.
            (false, _) => Routing::Unreadable,
        }
    }

    pub(crate) fn routes(&self) -> &[Route] {
        match self {
            Routing::One(route) => std::slice::from_ref(route),
            Routing::Several(routes) => routes,
            Routing::Missing | Routing::Unreadable => &[],
        }
    }
}

/// What decides which requests reach a route besides their method: two routes that are alike in this serve the same URLs.
#[derive(PartialEq, Eq)]
pub(crate) struct Url {
    path: String,
    guards: Vec<String>,
}

impl Route {
    /// Whether this is `#[route]`, with its methods among the options.
    pub(crate) fn says_methods(&self) -> bool {
        self.arguments.texts("method").next().is_some()
    }

    /// The URLs of the route. `scope` is what actix's `#[scope]` will put before the path; it does so where the attribute
    /// is one word.
    pub(crate) fn url(&self, scope: &str) -> Url {
        let mut guards: Vec<String> = self.arguments.texts("guard").map(LitStr::value).collect();
        guards.sort();
        let scope = if self.is_bare { scope } else { "" };
        Url { path: nameless(&format!("{scope}{}", self.arguments.path.value())), guards }
    }
}

/// `/items/{id}` and `/items/{item}` are the same URLs.
fn nameless(path: &str) -> String {
    let (mut nameless, mut depth, mut in_name) = (String::new(), 0, false);
    for character in path.chars() {
        match character {
            '{' => {
                depth += 1;
                // The pattern behind the name may have braces of its own.
                in_name = depth == 1;
            }
            '}' => {
                depth -= 1;
                in_name = false;
            }
            ':' => in_name = false,
            _ if in_name => continue,
            _ => {}
        }
        nameless.push(character);
    }
    nameless
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_compared_without_the_names_of_their_parts() {
        assert_eq!(nameless("/items/{id}"), nameless("/items/{item}"));
        assert_ne!(nameless("/items/{id}"), nameless("/items/{id:\\d+}"));
        assert_ne!(nameless("/items/{id}"), nameless("/items/{id}/"));
        assert_ne!(nameless("/{b:[a-z]{2}}"), nameless("/{b:[a-z]{3}}"));
        assert_eq!(nameless("/{a}/{b:[a-z]{2}}/c"), "/{}/{:[a-z]{2}}/c");
    }
}
