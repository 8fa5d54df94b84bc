//! The middleware over real HTTP, as a service would use it.

mod errors;
mod skip_preflight;
mod support;
