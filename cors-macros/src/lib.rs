//! The `#[cors]` attribute of cors-actix, and the implementation of its `policy!` macro.
//!
//! Use both macros through `cors-actix`, because the generated code refers to that crate. Its documentation has
//! examples.

use proc_macro::TokenStream;

mod attribute;
mod crate_path;
mod diagnostics;
mod expand;
mod judge;
mod names;
mod parse;
mod policy_macro;
#[cfg(test)]
mod tests;

/// Put `#[cors(…)]` above the route attribute of a handler (`#[get]`, `#[route]`, `#[routes]` and so on, by any path), or
/// above an inline module, with or without `#[scope]`.
///
/// # Keys
///
/// | key | meaning |
/// | --- | --- |
/// | `origins = […]`, `origins = "*"` | the origins that are granted access: literals, paths to `&str` constants, `concat!(…)` |
/// | `except = […]` | the origins that are refused although `origins` is `"*"` |
/// | `credentials` | requests may carry cookies |
/// | `methods = […]` | fewer methods than the route serves; without this key, a handler grants all methods of its route |
/// | `headers = […]`, `headers = "*"` | the request headers that a preflight grants |
/// | `expose = […]`, `expose = "*"` | the response headers that a page may read |
/// | `max_age = 600`, `max_age = "10m"` | how long a browser may keep the answer to a preflight: seconds, or a number with `s`, `m`, `h` or `d`; a day at most |
/// | `enforce` | refused cross-origin requests get 403 before the handler runs |
/// | `preflight_status = 200` | the status of a granted preflight; without this key, 204 |
/// | `allow(…)` | exceptions from rules: `insecure_origins`, `public_suffixes`, `null_origin` |
/// | `policy = PATH` | a named policy, instead of the keys above |
/// | `trial = PATH` | a policy that is tried without effect, in addition to `policy` or the keys above: see `Cors::trial` |
/// | `deny` | no cross-origin access, and `enforce`; it cannot be combined with other keys |
/// | `origin_fn = path`, `origin_async = path` | a function that decides about other origins; `origins` is then optional |
/// | `vary = […]` | the request headers that this function reads, apart from `Origin`: every response lists them in `Vary` |
/// | `crate = path` | the path of cors-actix, if it is not a dependency under its own name; on a module, a path that starts with `::` or `crate` |
///
/// In terms of the [CORS protocol](https://fetch.spec.whatwg.org/#http-cors-protocol): the handler's route accepts the
/// CORS-preflight requests that ask for its own methods, and no other `OPTIONS` requests. Every response has the headers
/// that the policy grants, even if the handler returns an `Err`.
///
/// # Errors
///
/// A policy that breaks a rule does not compile. All violations are reported at once, each at its place and with its code.
///
/// # Panics
///
/// When the application is built, if an origin in a constant breaks `credentials-public-suffix`. This is the one rule
/// that the compiler cannot evaluate for constants.
///
/// # Limits
///
/// The attribute does not see the handlers of a module in another file (stable Rust does not allow such an attribute on
/// `mod api;`), nor the handlers that a macro inside of the module generates. Annotate these handlers one by one.
#[proc_macro_attribute]
pub fn cors(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::expand(arguments.into(), item.into()).into()
}

/// The implementation of `policy!` in cors-actix.
#[doc(hidden)]
#[proc_macro]
pub fn __policy(arguments: TokenStream) -> TokenStream {
    policy_macro::expand(arguments.into()).into()
}

/// `#[cors]` puts this attribute directly above the route attribute if another macro is between the two.
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
