//! A CORS policy, judged by one set of rules at compile time and at run time.
//!
//! This is what `cors-actix` and its macros share: the [`Policy`] and the [rules] it has to pass, [origin
//! patterns](OriginPattern) and their matching, and the [decision](CompiledPolicy::decide) about a request. It knows no
//! framework, does no I/O, has no clock and no unsafe code. To use CORS in an actix-web application, depend on
//! `cors-actix`; to build CORS into something else, see [`CompiledPolicy`].

mod answer;
#[cfg(feature = "browser")]
pub mod browser;
mod builder;
mod compiled;
mod correction;
mod decision;
mod declaration;
mod headers;
mod host;
mod key;
mod list;
mod matcher;
mod max_age;
mod methods;
mod origin;
mod origin_pattern;
mod policy;
#[cfg(feature = "public-suffix")]
mod public_suffix;
mod refusal;
mod request;
pub mod rules;
mod same_origin;
#[cfg(feature = "serde")]
mod serde;
mod text;
mod violation;

pub use answer::{Answer, Value, Vary, echoes_headers, exposes_name};
pub use builder::{Builder, IntoTexts};
pub use compiled::CompiledPolicy;
pub use decision::Decision;
pub use declaration::{Allow, Declaration};
pub use key::Key;
pub use max_age::MaxAge;
pub use origin::Origin;
pub use origin_pattern::OriginPattern;
pub use policy::Policy;
pub use refusal::Refusal;
pub use request::{Field, Request, preflight_method};
pub use rules::{Class, Rule};
pub use same_origin::is_same_origin;
pub use violation::{Violation, Violations};
