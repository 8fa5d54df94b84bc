//! The middleware over real HTTP, as a service would use it.

mod enforce;
mod errors;
mod explanations;
mod guard;
mod http2;
mod origin_functions;
mod reload;
mod reports;
mod skip_preflight;
mod support;
