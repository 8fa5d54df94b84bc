//! The `#[cors]` attribute and the `policy!` macro of cors-actix.
//!
//! Depend on `cors-actix`, which re-exports both and shows examples of them: what they generate refers to it.

use proc_macro::TokenStream;

mod attribute;
mod diagnostics;
mod expand;
mod judge;
mod names;
mod parse;
mod policy_macro;
#[cfg(test)]
mod tests;

/// `#[cors(…)]` stands above the route attribute of a handler (`#[get]`, `#[route]`, `#[routes]` and so on, by any path), or
/// above an inline module, with or without `#[scope]`.
///
/// # Keys
///
/// | key | says |
/// | --- | --- |
/// | `origins = […]`, `origins = "*"` | who may: literals, paths to `&str` constants, `concat!(…)` |
/// | `except = […]` | who may not, where `origins` is `"*"` |
/// | `credentials` | requests may carry cookies |
/// | `methods = […]` | fewer methods than the route serves, which is what a handler grants if nothing is said |
/// | `headers = […]`, `headers = "*"` | the request headers that a preflight grants |
/// | `expose = […]`, `expose = "*"` | the response headers that a page may read |
/// | `max_age = 600`, `max_age = "10m"` | how long a browser may keep the answer to a preflight: seconds, or a number with `s`, `m`, `h` or `d`; a day at most |
/// | `enforce` | refused cross-origin requests get 403 before the handler runs |
/// | `preflight_status = 200` | the status of a granted preflight, 204 if nothing is said |
/// | `allow(…)` | exceptions from rules: `insecure_origins`, `public_suffixes`, `null_origin` |
/// | `policy = PATH` | a policy that has a name, in the place of the keys above |
/// | `deny` | no cross-origin access, and `enforce`; stands alone |
/// | `origin_fn = path`, `origin_async = path` | a function that is asked about other origins; then `origins` may be left out |
///
/// What it does is told in terms of the [CORS protocol](https://fetch.spec.whatwg.org/#http-cors-protocol): the handler's route
/// takes the preflights that ask for its own methods, and no other `OPTIONS`; every response, an `Err` too, carries the headers
/// that the policy grants.
///
/// # Errors
///
/// A policy that breaks a rule does not compile. All that is wrong is reported at once, each at its place and with its code.
///
/// # Panics
///
/// When the application is built: if the policy has origins in constants, and one of them breaks
/// `credentials-public-suffix`, the one rule that the compiler cannot judge there.
///
/// # What it does not see
///
/// The handlers of a module in another file (`mod api;` takes no such attribute in stable Rust), and those that a macro inside
/// of the module makes. Annotate them one by one.
#[proc_macro_attribute]
pub fn cors(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::expand(arguments.into(), item.into()).into()
}

/// `policy! { … }` takes `key = value`, `key` or `key(…)`, with commas between them.
///
/// # Keys
///
/// `origins`, `except`, `credentials`, `methods`, `headers`, `expose`, `max_age`, `enforce`, `preflight_status` and `allow(…)`, as
/// in `#[cors]`. But for a policy around an application, `methods = "*"` is every method, and no `methods` is `GET`, `HEAD` and
/// `POST`. On a handler, what the policy lists is granted as far as the route serves it.
///
/// # Errors
///
/// A policy that breaks a rule does not compile. All that is wrong is reported at once, each at its place and with its code.
///
/// # Panics
///
/// Never by itself. What is made of it can, if origins in constants break `credentials-public-suffix`, the one rule that the
/// compiler cannot judge there.
#[proc_macro]
pub fn policy(arguments: TokenStream) -> TokenStream {
    policy_macro::expand(arguments.into()).into()
}

/// `#[cors]` puts this attribute directly above the route attribute, where another macro is between the two.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn __cors_above_route(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::expand_above_route(arguments.into(), item.into()).into()
}

/// `#[cors]` on a module puts this attribute on each handler of the module.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn __cors_of_module(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::module::expand_handler(arguments.into(), item.into()).into()
}
