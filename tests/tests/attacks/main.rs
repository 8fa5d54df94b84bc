//! Attacks on the promises of the library, over HTTP/1.1, HTTP/2 and TLS. Each file attacks one promise.

mod application;
mod clients;
mod hostile;
mod layers;
mod skip_preflight;
