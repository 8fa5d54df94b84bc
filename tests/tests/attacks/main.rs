//! Attacks on the promises of the library, over HTTP/1.1, HTTP/2 and TLS. Each file attacks one promise.

mod application;
mod caches;
mod clients;
mod cross_site;
mod enforce;
mod layers;
mod origins;
mod preflights;
mod refusals;
mod skip_preflight;
