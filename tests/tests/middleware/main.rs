//! The middleware over real HTTP, as a service would use it.

mod beside_actix_cors;
mod beside_tower_http;
mod enforce;
mod errors;
mod explanations;
mod guard;
mod http2;
mod layers;
mod listeners;
mod log;
mod mistakes;
mod origin_functions;
mod reload;
mod reports;
mod skip_preflight;
mod trial;
mod wire;
