//! `#[cors]` on a module: the policy of every handler in it that has none of its own.
//!
//! The policy becomes one item beside the module, and each handler gets an attribute that refers to it. What the handlers
//! grant together is worked out here, where all of them can be seen: a browser keeps one cache entry for a URL, so the
//! answer to a preflight lists the methods of all handlers that share the policy and the URL.

use cors_core::Rule;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Item, ItemFn, ItemMod, LitStr, Meta, Token, parse_quote};

use crate::diagnostics::{Caret, Mistakes};
use crate::handler::{self, Declared};
use crate::names::unlike;
use crate::routes::{Routing, Url, is_called, is_route};

/// The attribute that a module's policy puts on its handlers.
pub(crate) const MARKER: &str = "__cors_of_module";

/// The module's handlers.
#[derive(Default)]
struct Handlers {
    routes: Vec<Served>,
    /// Whether there are some whose routes depend on conditions, or are wrong in a way that actix reports.
    has_unreadable: bool,
}

/// A route of one of them.
struct Served {
    url: Url,
    methods: Vec<String>,
    conditions: Vec<Attribute>,
}

pub(crate) fn expand(attribute: &Declared, mut module: ItemMod, mut mistakes: Mistakes) -> TokenStream {
    let mut handlers = Handlers::default();
    let scope = scope_of(&module.attrs);
    match &mut module.content {
        Some((_, items)) => collect(items, &scope, &[], &mut handlers, &mut mistakes),
        None => {
            let help =
                "write #[cors(…)] above each handler in that file, or the module inline: mod name { … }";
            mistakes.add_with_help(Caret::whole(), Rule::NotAHandler, "a module in another file", help);
        }
    }
    let Handlers { routes: served, has_unreadable } = handlers;
    if served.is_empty() && !has_unreadable && mistakes.is_empty() {
        let help = "put it above a module with handlers that have no #[cors] of their own, or leave it out";
        mistakes.add_with_help(Caret::whole(), Rule::RouteMissing, &module.ident.to_string(), help);
    }
    let mut methods: Vec<&str> = served.iter().flat_map(|route| &route.methods).map(String::as_str).collect();
    methods.retain(|method| *method != "OPTIONS");
    methods.sort_unstable();
    methods.dedup();
    handler::judge_methods(attribute, &methods, &mut mistakes);
    let tokens = module.to_token_stream();
    let Some((_, items)) = module.content.as_mut().filter(|_| mistakes.is_empty()) else {
        let errors = attribute.errors(&methods, mistakes);
        return quote!(#errors #module);
    };
    let policy = unlike("__CorsOfModule", &tokens);
    annotate(items, &scope, &policy, 0, &served);
    items.push(parse_quote!(pub(super) struct #policy;));
    let layer = handler::layer_of(&attribute.arguments, &methods);
    let layer_name = unlike("__CORS_LAYER", &layer);
    let private = quote!(::cors_actix::__private);
    let name = &module.ident;
    // Beside the module and not in it, so that paths in the arguments mean what they mean where the attribute stands.
    quote! {
        #module

        impl #private::PolicyOfModule for #name::#policy {
            #[allow(clippy::needless_borrows_for_generic_args)]
            fn cors() -> &'static ::cors_actix::Cors {
                static #layer_name: #private::Lazy<::cors_actix::Cors> = #private::Lazy::new(|| #layer);
                &#layer_name
            }
        }
    }
}

/// The functions of a module that the module's policy is for, and the modules in it that have none of their own.
enum Member<'a> {
    Handler(&'a mut ItemFn, Routing, Vec<Written>),
    Module(&'a mut ItemMod),
}

fn members(items: &mut [Item]) -> impl Iterator<Item = Member<'_>> {
    items.iter_mut().filter_map(|item| match item {
        Item::Fn(function) if !has_policy(&function.attrs) => {
            let written = written(&function.attrs);
            let attributes: Vec<Attribute> = written.iter().map(|w| w.attribute.clone()).collect();
            match Routing::of(&attributes, &function.sig.output) {
                Routing::Missing => None,
                routing => Some(Member::Handler(function, routing, written)),
            }
        }
        Item::Mod(module) if !has_policy(&module.attrs) => Some(Member::Module(module)),
        _ => None,
    })
}

/// An attribute as the compiler will see it once it has read the `cfg_attr`s.
struct Written {
    attribute: Attribute,
    /// Where it stands among the item's.
    index: usize,
    /// The `cfg_attr`'s.
    predicate: Option<Meta>,
}

impl Written {
    fn condition(&self) -> Option<Attribute> {
        self.predicate.as_ref().map(|predicate| parse_quote!(#[cfg(#predicate)]))
    }
}

fn written(attributes: &[Attribute]) -> Vec<Written> {
    let mut written = Vec::new();
    for (index, attribute) in attributes.iter().enumerate() {
        match attribute.path().is_ident("cfg_attr").then(|| attribute.parse_args::<Conditional>()) {
            Some(Ok(Conditional { predicate, attributes })) => {
                written.extend(attributes.into_iter().map(|meta| Written {
                    attribute: parse_quote!(#[#meta]),
                    index,
                    predicate: Some(predicate.clone()),
                }));
            }
            _ => written.push(Written { attribute: attribute.clone(), index, predicate: None }),
        }
    }
    written
}

/// What stands in a `cfg_attr`.
struct Conditional {
    predicate: Meta,
    attributes: Punctuated<Meta, Token![,]>,
}

impl Parse for Conditional {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let predicate = input.parse()?;
        input.parse::<Token![,]>()?;
        Ok(Self { predicate, attributes: Punctuated::parse_terminated(input)? })
    }
}

fn has_policy(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| is_called(attribute, "cors") || is_called(attribute, MARKER))
}

fn conditions(attributes: &[Attribute]) -> impl Iterator<Item = Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).cloned()
}

/// What actix's `#[scope("/api")]` on a module will put before the paths of the handlers directly in it.
fn scope_of(attributes: &[Attribute]) -> String {
    let scope = attributes.iter().find(|attribute| is_called(attribute, "scope"));
    scope.and_then(|scope| scope.parse_args::<LitStr>().ok()).map(|path| path.value()).unwrap_or_default()
}

fn collect(
    items: &mut [Item],
    scope: &str,
    outer: &[Attribute],
    handlers: &mut Handlers,
    mistakes: &mut Mistakes,
) {
    for member in members(items) {
        match member {
            Member::Handler(function, routing, written) => {
                handlers.has_unreadable |= matches!(routing, Routing::Unreadable);
                handler::judge_routes(&function.sig.ident, routing.routes(), mistakes);
                // Under a condition, it may have a policy of its own.
                let own_policy = written.iter().find(|w| is_called(&w.attribute, "cors"));
                let no_own_policy = own_policy
                    .and_then(|policy| policy.predicate.as_ref())
                    .map(|predicate| parse_quote!(#[cfg(not(#predicate))]));
                for route in routing.routes() {
                    let own = conditions(&function.attrs)
                        .chain(written[route.attribute].condition())
                        .chain(no_own_policy.clone());
                    handlers.routes.push(Served {
                        url: route.url(scope),
                        methods: route.methods.clone(),
                        conditions: outer.iter().cloned().chain(own).collect(),
                    });
                }
            }
            Member::Module(module) => {
                let scope = scope_of(&module.attrs);
                let outer: Vec<Attribute> = outer.iter().cloned().chain(conditions(&module.attrs)).collect();
                if let Some((_, items)) = &mut module.content {
                    collect(items, &scope, &outer, handlers, mistakes);
                }
            }
        }
    }
}

/// Puts onto each handler what it needs to know; the policy called `name` is `depth` modules further out.
fn annotate(items: &mut [Item], scope: &str, name: &Ident, depth: usize, served: &[Served]) {
    for member in members(items) {
        match member {
            Member::Module(module) => {
                let scope = scope_of(&module.attrs);
                if let Some((_, items)) = &mut module.content {
                    annotate(items, &scope, name, depth + 1, served);
                }
            }
            Member::Handler(function, routing, written) => {
                let Some(first) = written.iter().find(|w| is_route(&w.attribute)) else { continue };
                let outward = std::iter::repeat_n(format_ident!("super"), depth);
                let grants = routing.routes().iter().map(|route| {
                    let url = route.url(scope);
                    let together = served.iter().filter(|other| other.url == url);
                    let methods = together.flat_map(|other| {
                        let conditions = &other.conditions;
                        other.methods.iter().map(move |method| quote!(#(#conditions)* #method,))
                    });
                    let condition = written[route.attribute].condition();
                    quote!(#condition &[#(#methods)*],)
                });
                let marker = format_ident!("{MARKER}");
                let attribute: Attribute = parse_quote! {
                    #[::cors_actix::__private::#marker(#(#outward::)* #name; #(#grants)*)]
                };
                // Directly above the route attributes, which it is to change, and below a `#[cors]` that goes by another
                // name.
                function.attrs.insert(first.index, attribute);
            }
        }
    }
}

/// The arguments of the attribute that [`annotate`] writes.
struct OfModule {
    policy: syn::Path,
    grants: TokenStream,
}

impl Parse for OfModule {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let policy = input.call(syn::Path::parse_mod_style)?;
        input.parse::<Token![;]>()?;
        Ok(Self { policy, grants: input.parse()? })
    }
}

/// A handler of a module with a policy.
pub(crate) fn expand_handler(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let parsed =
        syn::parse2::<OfModule>(arguments).and_then(|of| Ok((of, syn::parse2::<ItemFn>(item.clone())?)));
    let (OfModule { policy, grants }, function) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            let error = error.to_compile_error();
            return quote!(#error #item);
        }
    };
    let routing = Routing::of(&function.attrs, &function.sig.output);
    if routing.routes().is_empty() {
        // A route under a condition that does not hold, or one that actix's macro finds wrong.
        return quote!(#function);
    }
    // Which routes there are was not known to the module.
    let grants = if grants.is_empty() { handler::own_grants(&routing) } else { grants };
    let private = quote!(::cors_actix::__private);
    let layer = quote! {
        <::cors_actix::Cors as #private::Clone>::clone(<#policy as #private::PolicyOfModule>::cors())
    };
    handler::annotate(function, routing, &layer, &grants)
}
