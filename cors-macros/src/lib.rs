//! The `#[cors]` attribute and the `policy!` macro of cors-actix.
//!
//! Depend on `cors-actix`, which re-exports both: what they generate refers to it.

use proc_macro::TokenStream;

mod arguments;
mod diagnostics;
mod handler;
mod judge;
mod module;
mod names;
mod policy;
mod route_order;
mod routes;
#[cfg(test)]
mod tests;

/// Declares the CORS policy of a handler, or of every handler in a module. See the documentation of `cors-actix`.
#[proc_macro_attribute]
pub fn cors(arguments: TokenStream, item: TokenStream) -> TokenStream {
    handler::expand(arguments.into(), item.into()).into()
}

/// Declares a policy that has a name of its own. See the documentation of `cors-actix`.
#[proc_macro]
pub fn policy(arguments: TokenStream) -> TokenStream {
    policy::expand(arguments.into()).into()
}

/// What `#[cors]` on a module puts on its handlers.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn __cors_of_module(arguments: TokenStream, item: TokenStream) -> TokenStream {
    module::expand_handler(arguments.into(), item.into()).into()
}
