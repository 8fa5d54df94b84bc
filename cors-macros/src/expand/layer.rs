//! The layer that the arguments of `#[cors]` declare.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use crate::expand::policy;
use crate::judge::policy::Verdict;
use crate::names::unused_name;
use crate::parse::arguments::Arguments;

/// The layer as an expression. `served` are the methods of the routes that it is for.
pub(crate) fn expression(arguments: &Arguments, served: &[&str], verdict: &Verdict) -> TokenStream {
    let private = quote!(::cors_actix::__private);
    let mut layer = if let Some(path) = &arguments.policy {
        quote_spanned!(path.span()=> ::cors_actix::Cors::new(&#path))
    } else {
        let policy = if arguments.deny {
            quote!(#private::Policy::deny())
        } else {
            policy::expression(arguments, served, verdict)
        };
        let name = unused_name("__CORS_POLICY", &arguments.tokens);
        quote!({
            static #name: #private::Policy = #policy;
            ::cors_actix::Cors::new(&#name)
        })
    };
    if let Some(path) = &arguments.origin_fn {
        layer = quote_spanned!(path.span()=> ::cors_actix::Cors::origin_fn(#layer, #path));
    }
    if let Some(path) = &arguments.origin_async {
        layer = quote_spanned!(path.span()=> ::cors_actix::Cors::origin_async(#layer, #path));
    }
    layer
}
