//! `#[cors]` on a module: one policy for every handler in it that has no policy of its own.
//!
//! The policy becomes one item beside the module, and each handler gets an attribute that refers to it. A browser keeps one
//! cache entry for a URL, so the answer to a preflight lists the methods of all handlers that share the policy and the URL.
//! These methods are computed here, where all handlers are known.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Item, ItemFn, ItemMod, Path, Token, parse_quote};

use crate::crate_path::CratePath;
use crate::expand::handler;
use crate::expand::layer;
use crate::judge::policy::Verdict;
use crate::names::{CORS_OF_MODULE, unused_name};
use crate::parse::arguments::Arguments;
use crate::parse::module::{HandlerRoute, Member, members, scope_of};
use crate::parse::routes::{Routing, Url, is_route};

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
        let shared = SharedPolicy { crate_path: &arguments.crate_path, name: &policy, routes };
        shared.annotate(items, &scope, 0);
        items.push(parse_quote!(pub(super) struct #policy;));
    }
    let layer = layer::expression(arguments, served, verdict);
    let layer_name = unused_name("__CORS_LAYER", &layer);
    let crate_path = &arguments.crate_path;
    let private = crate_path.private();
    let name = &module.ident;
    // The policy is outside of the module, so that paths in the arguments keep their meaning.
    quote! {
        #module

        impl #private::PolicyOfModule for #name::#policy {
            #[allow(clippy::needless_borrows_for_generic_args)]
            fn cors() -> &'static #crate_path::Cors {
                static #layer_name: #private::Lazy<#crate_path::Cors> = #private::Lazy::new(|| #layer);
                &#layer_name
            }
        }
    }
}

/// The policy of a module, as its handlers refer to it.
struct SharedPolicy<'a> {
    crate_path: &'a CratePath,
    /// The name of the policy in the outermost module.
    name: &'a Ident,
    /// The routes of all handlers that share the policy.
    routes: &'a [HandlerRoute],
}

impl SharedPolicy<'_> {
    /// Puts an attribute on each handler, with the path of the policy and the methods that each route grants. The items are
    /// `depth` modules further inside than the policy.
    fn annotate(&self, items: &mut [Item], scope: &str, depth: usize) {
        for member in members(items) {
            match member {
                Member::Module(module) => {
                    let scope = scope_of(&module.attrs);
                    if let Some((_, items)) = &mut module.content {
                        self.annotate(items, &scope, depth + 1);
                    }
                }
                Member::Handler(function, routing, written) => {
                    let Some(first) = written.iter().find(|w| is_route(&w.attribute)) else { continue };
                    let grants = routing.routes().iter().map(|route| {
                        let methods = self.methods(&route.url(scope));
                        let condition = written[route.attribute].condition();
                        quote!(#condition &[#methods],)
                    });
                    let outward = std::iter::repeat_n(format_ident!("super"), depth);
                    let Self { crate_path, name, .. } = self;
                    let of_module = format_ident!("{CORS_OF_MODULE}");
                    let attribute: Attribute = parse_quote! {
                        #[#crate_path::__private::#of_module(#crate_path; #(#outward::)* #name; #(#grants)*)]
                    };
                    // The position is directly above the route attributes, and below a renamed `#[cors]`.
                    function.attrs.insert(first.index, attribute);
                }
            }
        }
    }

    /// The methods that all handlers on `url` serve, each under its conditions.
    fn methods(&self, url: &Url) -> TokenStream {
        let routes = self.routes.iter().filter(|route| route.url == *url);
        let methods = routes.flat_map(|route| {
            let conditions = &route.conditions;
            let names = route.methods.iter().map(|method| &method.name);
            names.map(move |name| quote!(#(#conditions)* #name,))
        });
        methods.collect()
    }
}

/// The arguments of the attribute that [`SharedPolicy::annotate`] writes.
struct OfModule {
    crate_path: CratePath,
    policy: Path,
    grants: TokenStream,
}

impl Parse for OfModule {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let crate_path = CratePath::written(&input.call(Path::parse_mod_style)?);
        input.parse::<Token![;]>()?;
        let policy = input.call(Path::parse_mod_style)?;
        input.parse::<Token![;]>()?;
        Ok(Self { crate_path, policy, grants: input.parse()? })
    }
}

/// Expands the attribute that [`SharedPolicy::annotate`] writes.
pub(crate) fn expand_handler(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let parsed =
        syn::parse2::<OfModule>(arguments).and_then(|of| Ok((of, syn::parse2::<ItemFn>(item.clone())?)));
    let (OfModule { crate_path, policy, grants }, function) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            let error = error.to_compile_error();
            return quote!(#error #item);
        }
    };
    // There is no route if its `cfg_attr` does not apply, or if actix's macro reports a mistake.
    let Routing::Routes(routes) = Routing::of(&function.attrs, &function.sig.output) else {
        return quote!(#function);
    };
    // Without grants, the module could not read the routes.
    let grants = if grants.is_empty() { handler::own_grants(&routes) } else { grants };
    let private = crate_path.private();
    let layer = quote! {
        <#crate_path::Cors as #private::Clone>::clone(<#policy as #private::PolicyOfModule>::cors())
    };
    handler::expand(function, &routes, &layer, &grants, &crate_path)
}
