//! `#[cors]` on a module: one policy for every handler in it that has none of its own.
//!
//! The policy becomes one item beside the module, and each handler gets an attribute that refers to it. The methods that the
//! handlers grant together are worked out here, where all handlers can be seen: a browser keeps one cache entry for a URL, so
//! the answer to a preflight lists the methods of all handlers that share the policy and the URL.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Item, ItemFn, ItemMod, Token, parse_quote};

use crate::expand::handler;
use crate::expand::layer;
use crate::judge::policy::Verdict;
use crate::names::{CORS_OF_MODULE, unused_name};
use crate::parse::arguments::Arguments;
use crate::parse::module::{HandlerRoute, Member, members, scope_of};
use crate::parse::routes::{Routing, is_route};

/// The module, its handlers with an attribute each, and the policy that the handlers share.
///
/// `served` are the methods of all the `routes`.
pub(crate) fn expand(
    arguments: &Arguments,
    mut module: ItemMod,
    routes: &[HandlerRoute],
    served: &[&str],
    verdict: &Verdict,
) -> TokenStream {
    let policy = unused_name("__CorsOfModule", &module.to_token_stream());
    let scope = scope_of(&module.attrs);
    if let Some((_, items)) = &mut module.content {
        annotate(items, &scope, &policy, 0, routes);
        items.push(parse_quote!(pub(super) struct #policy;));
    }
    let layer = layer::expression(arguments, served, verdict);
    let layer_name = unused_name("__CORS_LAYER", &layer);
    let private = quote!(::cors_actix::__private);
    let name = &module.ident;
    // The policy is beside the module and not in it, so that paths in the arguments keep their meaning.
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

/// Puts an attribute on each handler, with the path of the policy and the methods that each route grants. The policy called
/// `name` is `depth` modules further out.
fn annotate(items: &mut [Item], scope: &str, name: &Ident, depth: usize, routes: &[HandlerRoute]) {
    for member in members(items) {
        match member {
            Member::Module(module) => {
                let scope = scope_of(&module.attrs);
                if let Some((_, items)) = &mut module.content {
                    annotate(items, &scope, name, depth + 1, routes);
                }
            }
            Member::Handler(function, routing, written) => {
                let Some(first) = written.iter().find(|w| is_route(&w.attribute)) else { continue };
                let outward = std::iter::repeat_n(format_ident!("super"), depth);
                let grants = routing.routes().iter().map(|route| {
                    let url = route.url(scope);
                    let methods = routes.iter().filter(|other| other.url == url).flat_map(|other| {
                        let conditions = &other.conditions;
                        let names = other.methods.iter().map(|method| &method.name);
                        names.map(move |name| quote!(#(#conditions)* #name,))
                    });
                    let condition = written[route.attribute].condition();
                    quote!(#condition &[#(#methods)*],)
                });
                let of_module = format_ident!("{CORS_OF_MODULE}");
                let attribute: Attribute = parse_quote! {
                    #[::cors_actix::__private::#of_module(#(#outward::)* #name; #(#grants)*)]
                };
                // Directly above the route attributes, which it replaces, and below a `#[cors]` with another name.
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

/// Expands the attribute that [`annotate`] writes.
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
    // There is none where its `cfg_attr` does not apply, or where actix's macro reports a mistake.
    let Routing::Routes(routes) = Routing::of(&function.attrs, &function.sig.output) else {
        return quote!(#function);
    };
    // Without grants, the module could not read the routes.
    let grants = if grants.is_empty() { handler::own_grants(&routes) } else { grants };
    let private = quote!(::cors_actix::__private);
    let layer = quote! {
        <::cors_actix::Cors as #private::Clone>::clone(<#policy as #private::PolicyOfModule>::cors())
    };
    handler::expand(function, &routes, &layer, &grants)
}
