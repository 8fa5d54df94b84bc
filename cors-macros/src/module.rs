//! `#[cors]` on a module: the policy of every handler in it that has none of its own.
//!
//! The policy becomes one item beside the module, and each handler gets an attribute that refers to it. What the handlers
//! grant together is worked out here, where all of them can be seen: a browser keeps one cache entry for a URL, so the
//! answer to a preflight lists the methods of all handlers that share the policy and the URL.

use cors_core::Rule;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Item, ItemFn, ItemMod, Token, parse_quote};

use crate::arguments::Arguments;
use crate::diagnostics::Mistakes;
use crate::handler;
use crate::routes::Routing;

/// A route of one of the module's handlers.
struct Served {
    url: (String, Vec<String>),
    methods: Vec<String>,
    conditions: Vec<Attribute>,
}

pub(crate) fn expand(arguments: &Arguments, mut module: ItemMod, mut mistakes: Mistakes) -> TokenStream {
    let mut served = Vec::new();
    match &mut module.content {
        Some((_, items)) => collect(items, &[], &mut served, &mut mistakes),
        None => mistakes.add(Span::call_site(), Rule::NotAHandler, "a module in another file"),
    }
    if served.is_empty() && mistakes.is_empty() {
        mistakes.add(Span::call_site(), Rule::RouteMissing, &module.ident.to_string());
    }
    let methods: Vec<&str> = served.iter().flat_map(|route| &route.methods).map(String::as_str).collect();
    handler::judge_methods(arguments, &methods, &mut mistakes);
    let Some((_, items)) = module.content.as_mut().filter(|_| mistakes.is_empty()) else {
        let errors = mistakes.into_tokens();
        return quote!(#errors #module);
    };
    let name = format_ident!("__CORS_OF_{}", module.ident.unraw());
    annotate(items, &name, 1, &served);
    let layer = handler::layer_of(arguments);
    let private = quote!(::cors_actix::__private);
    // Beside the module and not in it, so that paths in the arguments mean what they mean where the attribute stands.
    quote! {
        #[doc(hidden)]
        #[allow(non_upper_case_globals)]
        static #name: #private::Lazy<::cors_actix::Cors> = #private::Lazy::new(|| #layer);

        #module
    }
}

/// The functions of a module that the module's policy is for, and the modules in it that have none of their own.
enum Member<'a> {
    Handler(&'a mut ItemFn, Routing),
    Module(&'a mut Vec<Item>, Vec<Attribute>),
}

fn members(items: &mut [Item]) -> impl Iterator<Item = Member<'_>> {
    items.iter_mut().filter_map(|item| match item {
        Item::Fn(function) if !has_policy(&function.attrs) => match Routing::of(&function.attrs) {
            Routing::Missing => None,
            routing => Some(Member::Handler(function, routing)),
        },
        Item::Mod(module) if !has_policy(&module.attrs) => {
            let conditions = conditions(&module.attrs);
            module.content.as_mut().map(|(_, items)| Member::Module(items, conditions))
        }
        _ => None,
    })
}

fn has_policy(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute
            .path()
            .segments
            .last()
            .is_some_and(|word| word.ident == "cors" || word.ident == "__cors_of_module")
    })
}

fn conditions(attributes: &[Attribute]) -> Vec<Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).cloned().collect()
}

fn collect(items: &mut [Item], outer: &[Attribute], served: &mut Vec<Served>, mistakes: &mut Mistakes) {
    for member in members(items) {
        match member {
            Member::Handler(function, routing) => {
                handler::judge_routes(routing.routes(), mistakes);
                for route in routing.routes() {
                    let conditions = outer.iter().cloned().chain(conditions(&function.attrs)).collect();
                    served.push(Served { url: route.url(), methods: route.methods.clone(), conditions });
                }
            }
            Member::Module(items, conditions) => {
                let outer: Vec<Attribute> = outer.iter().cloned().chain(conditions).collect();
                collect(items, &outer, served, mistakes);
            }
        }
    }
}

/// Puts onto each handler what it needs to know; the policy called `name` is `depth` modules further out.
fn annotate(items: &mut [Item], name: &Ident, depth: usize, served: &[Served]) {
    for member in members(items) {
        match member {
            Member::Module(items, _) => annotate(items, name, depth + 1, served),
            Member::Handler(function, routing) => {
                let outward = std::iter::repeat_n(format_ident!("super"), depth);
                let grants = routing.routes().iter().map(|route| {
                    let together = served.iter().filter(|other| other.url == route.url());
                    let methods = together.flat_map(|other| {
                        let conditions = &other.conditions;
                        other.methods.iter().map(move |method| quote!(#(#conditions)* #method,))
                    });
                    quote!(&[#(#methods)*],)
                });
                let attribute: Attribute = parse_quote! {
                    #[::cors_actix::__private::__cors_of_module(#(#outward::)* #name; #(#grants)*)]
                };
                // Above the route attributes, which it is to change.
                function.attrs.insert(0, attribute);
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
    let routing = Routing::of(&function.attrs);
    if routing.routes().is_empty() {
        // Actix's macro says what is wrong.
        return quote!(#function);
    }
    handler::annotate(function, routing, &quote!(::cors_actix::Cors::clone(&#policy)), &[grants])
}
