//! The layer that the arguments of `#[cors]` declare.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use crate::expand::policy;
use crate::judge::policy::Verdict;
use crate::names::unused_name;
use crate::parse::arguments::Arguments;
use crate::parse::value::Entry;

/// The layer as an expression. `served` are the methods of the routes that it is for.
pub(crate) fn expression(arguments: &Arguments, served: &[&str], verdict: &Verdict) -> TokenStream {
    let crate_path = &arguments.crate_path;
    let private = crate_path.private();
    let mut layer = if let Some(path) = &arguments.policy {
        {
            let crate_path = crate_path.located_at(path.span());
            quote_spanned!(path.span()=> #crate_path::Cors::new(&#path))
        }
    } else {
        let policy = if arguments.deny {
            quote!(#private::Policy::deny())
        } else {
            policy::expression(arguments, served, verdict)
        };
        let name = unused_name("__CORS_POLICY", &arguments.tokens);
        quote!({
            static #name: #private::Policy = #policy;
            #crate_path::Cors::new(&#name)
        })
    };
    if let Some(path) = &arguments.origin_fn {
        let crate_path = crate_path.located_at(path.span());
        layer = quote_spanned!(path.span()=> #crate_path::Cors::origin_fn(#layer, #path));
    }
    if let Some(path) = &arguments.origin_async {
        let crate_path = crate_path.located_at(path.span());
        layer = quote_spanned!(path.span()=> #crate_path::Cors::origin_async(#layer, #path));
    }
    for entry in arguments.vary.as_slice() {
        layer = match entry {
            Entry::Literal(name) => quote!(#crate_path::Cors::vary(#layer, [#name])),
            Entry::Constant(constant) => {
                let names = policy::constant(constant, "cors_list", arguments);
                quote!(#crate_path::Cors::vary(#layer, #private::Iterator::copied(<[_]>::iter(#names))))
            }
        };
    }
    if let Some(path) = &arguments.trial {
        let crate_path = crate_path.located_at(path.span());
        layer = quote_spanned!(path.span()=> #crate_path::Cors::trial(#layer, &#path));
    }
    layer
}
