//! CORS for actix-web, declared on the handler and checked by the compiler.

mod answers;
mod layer;
mod mark;
mod middleware;
mod request;
mod route;
mod source;

pub use cors_core::{
    Allow, Builder, CompiledPolicy, Decision, Key, MaxAge, Origin, OriginPattern, Policy, Refusal, Rule,
    Violation, Violations, rules,
};
pub use cors_macros::{cors, policy};
pub use layer::Cors;
pub use middleware::{CorsFuture, CorsMiddleware};
pub use route::is_preflight;
pub use source::PolicySource;

/// What the macros generate refers to this, and nothing else does. The names of the language are here too, since a user's
/// module may have others of the same name.
#[doc(hidden)]
pub mod __private {
    pub use std::clone::Clone;
    pub use std::option::Option::{None, Some};
    pub use std::{concat, file, line, module_path};

    pub use cors_core::{Allow, Declaration, Key, MaxAge, Policy};
    pub use cors_macros::__cors_of_module;
    pub use once_cell::sync::Lazy;

    pub use crate::route::{Annotated, HandlerLayers, PolicyOfModule, serves};

    pub type Methods = &'static [&'static [&'static str]];
}
