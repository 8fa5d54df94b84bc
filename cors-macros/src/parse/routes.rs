//! The route attributes of a handler, with its paths and methods.
//!
//! The parser accepts what actix's own macros accept.

use proc_macro2::{Ident, Span};
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Expr, ExprLit, Lit, LitStr, Meta, MetaNameValue, Path, ReturnType, Token};

/// A route of a handler. It corresponds to one `Resource` of actix.
pub(crate) struct Route {
    /// The index of the route attribute among the attributes of the function.
    pub(crate) attribute: usize,
    pub(crate) options: RouteOptions,
    /// Whether the attribute is written as one word, without the path of a module.
    is_bare: bool,
    pub(crate) methods: Vec<Method>,
}

/// A method that a route serves.
#[derive(Clone)]
pub(crate) struct Method {
    /// In upper case, or a custom method as it is written.
    pub(crate) name: String,
    /// Where the method is written.
    pub(crate) span: Span,
}

/// The arguments of a route attribute: `"/path", name = "…", guard = "…", wrap = "…"`.
pub(crate) struct RouteOptions {
    pub(crate) path: LitStr,
    pub(crate) name: Option<LitStr>,
    pub(crate) guards: Vec<Path>,
    pub(crate) wraps: Vec<Expr>,
    pub(crate) methods: Vec<LitStr>,
}

impl Parse for RouteOptions {
    /// Parses what actix's macros accept, and nothing else.
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let path = input.parse()?;
        let mut options =
            Self { path, name: None, guards: Vec::new(), wraps: Vec::new(), methods: Vec::new() };
        if input.parse::<Option<Token![,]>>()?.is_none() {
            return Ok(options);
        }
        for option in Punctuated::<MetaNameValue, Token![,]>::parse_terminated(input)? {
            let key = option.path.get_ident().map(Ident::to_string).unwrap_or_default();
            let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = option.value else {
                return Err(input.error("actix's macros report this"));
            };
            match &*key {
                "name" => options.name = Some(text),
                "guard" => options.guards.push(text.parse()?),
                "wrap" => options.wraps.push(text.parse()?),
                "method" => options.methods.push(text),
                _ => return Err(input.error("actix's macros report this")),
            }
        }
        Ok(options)
    }
}

/// How a handler is routed.
pub(crate) enum Routing {
    /// One attribute (`#[get]` and the like, or `#[route]`), or `#[routes]` and several attributes.
    Routes(Vec<Route>),
    /// There is no route attribute.
    Missing,
    /// Actix's macros will report a mistake.
    Unreadable,
    /// A route attribute of another crate.
    Foreign(Path),
}

/// Crates with route attributes of the same names, whose handlers are not actix's.
const OTHER_CRATES: &[&str] = &["ntex", "paperclip", "rocket", "xitca_web"];

/// The names of actix's attributes for one method.
const METHODS: &[&str] =
    &["connect", "delete", "get", "head", "options", "patch", "post", "put", "query", "trace"];

/// The last word of an attribute's path: `get` of `#[actix_web::get]`.
fn last_word(attribute: &Attribute) -> Option<&Ident> {
    attribute.path().segments.last().map(|segment| &segment.ident)
}

/// The method of `#[get]` and the like.
fn method_of(attribute: &Attribute) -> Option<String> {
    let word = last_word(attribute)?.to_string();
    METHODS.contains(&word.as_str()).then(|| word.to_ascii_uppercase())
}

pub(crate) fn is_called(attribute: &Attribute, name: &str) -> bool {
    last_word(attribute).is_some_and(|word| word == name)
}

/// Whether an attribute routes the function below it.
pub(crate) fn is_route(attribute: &Attribute) -> bool {
    method_of(attribute).is_some() || is_called(attribute, "route") || is_called(attribute, "routes")
}

impl Routing {
    /// Reads the attributes of a function. `output` is the return type of the function.
    pub(crate) fn of(attributes: &[Attribute], output: &ReturnType) -> Self {
        let is_foreign = |path: &Path| {
            let first = path.segments.first();
            first.is_some_and(|first| OTHER_CRATES.iter().any(|other| first.ident == other))
        };
        let mut route_attributes = attributes.iter().filter(|attribute| is_route(attribute));
        if let Some(foreign) = route_attributes.find(|attribute| is_foreign(attribute.path())) {
            return Routing::Foreign(foreign.path().clone());
        }
        let mut routes = Vec::new();
        let several = attributes.iter().any(|attribute| is_called(attribute, "routes"));
        for (index, attribute) in attributes.iter().enumerate() {
            // Below `#[routes]`, actix only accepts the names without a path.
            let by_name = method_of(attribute).filter(|_| !several || attribute.path().get_ident().is_some());
            let by_option = !several && is_called(attribute, "route");
            if by_name.is_none() && !by_option {
                continue;
            }
            let Ok(options) = attribute.parse_args::<RouteOptions>() else { return Routing::Unreadable };
            let methods = match by_name {
                // Actix reports methods in `#[get]`.
                Some(_) if !options.methods.is_empty() => return Routing::Unreadable,
                Some(name) => vec![Method { name, span: attribute.path().span() }],
                None if options.methods.is_empty() => return Routing::Unreadable,
                None => {
                    let written = options.methods.iter();
                    written.map(|text| Method { name: text.value(), span: text.span() }).collect()
                }
            };
            let is_bare = attribute.path().get_ident().is_some();
            routes.push(Route { attribute: index, options, is_bare, methods });
        }
        match (several, routes.len()) {
            // A handler has to return something.
            (_, 1..) if matches!(output, ReturnType::Default) => Routing::Unreadable,
            (true, 0) => Routing::Unreadable,
            (false, 0) => Routing::Missing,
            // Two route attributes without `#[routes]`: the first macro of actix does not understand the second.
            (false, 2..) => Routing::Unreadable,
            _ => Routing::Routes(routes),
        }
    }

    pub(crate) fn routes(&self) -> &[Route] {
        match self {
            Routing::Routes(routes) => routes,
            Routing::Missing | Routing::Unreadable | Routing::Foreign(_) => &[],
        }
    }
}

/// The properties that decide which URLs a route serves. Two routes with the same value serve the same URLs.
#[derive(PartialEq, Eq)]
pub(crate) struct Url {
    path: String,
    guards: Vec<String>,
}

impl Route {
    /// The URLs of the route. `scope` is the path that actix's `#[scope]` puts before the path of the route; it does so
    /// only if the attribute is one word.
    pub(crate) fn url(&self, scope: &str) -> Url {
        let guards = self.options.guards.iter();
        let mut guards: Vec<String> = guards.map(|guard| guard.to_token_stream().to_string()).collect();
        guards.sort();
        let scope = if self.is_bare { scope } else { "" };
        Url { path: without_names(&format!("{scope}{}", self.options.path.value())), guards }
    }

    /// The route attribute without guards and wraps, for actix's own macro.
    pub(crate) fn attribute_without_guards(&self, attributes: &[Attribute]) -> Attribute {
        let RouteOptions { path, name, methods, .. } = &self.options;
        let name = name.iter();
        let mut attribute = attributes[self.attribute].clone();
        if let Meta::List(list) = &mut attribute.meta {
            list.tokens = quote!(#path #(, name = #name)* #(, method = #methods)*);
        }
        attribute
    }
}

/// Removes the names of the dynamic parts: `/items/{id}` and `/items/{item}` are the same URLs.
fn without_names(path: &str) -> String {
    let (mut result, mut depth, mut in_name) = (String::new(), 0, false);
    for character in path.chars() {
        match character {
            '{' => {
                depth += 1;
                // The pattern after the name may contain braces.
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
        result.push(character);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_compared_without_the_names_of_their_parts() {
        assert_eq!(without_names("/items/{id}"), without_names("/items/{item}"));
        assert_ne!(without_names("/items/{id}"), without_names("/items/{id:\\d+}"));
        assert_ne!(without_names("/items/{id}"), without_names("/items/{id}/"));
        assert_ne!(without_names("/{b:[a-z]{2}}"), without_names("/{b:[a-z]{3}}"));
        assert_eq!(without_names("/{a}/{b:[a-z]{2}}/c"), "/{}/{:[a-z]{2}}/c");
    }
}
