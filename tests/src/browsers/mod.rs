//! The three browsers behind one interface.

mod browser;
mod chromium;
mod clock;
mod connection;
mod devtools;
mod firefox;
mod network;
mod page;
mod process;
mod programs;
mod socks;
mod webkit;

pub use browser::{Browser, Failure, Options, Page};
pub use chromium::Chromium;
pub use clock::Clock;
pub use firefox::Firefox;
pub use network::{CorsError, Exchange, Issue, Outcome};
pub use page::{ChromiumPage, Context};
pub use webkit::WebKit;

use cors_core::browser::Engine;

/// Starts a browser with this engine.
///
/// If the browser is not installed, the test is skipped: this function prints a line about it, and the caller has to
/// return.
///
/// # Panics
///
/// If the browser does not start, or if it is not installed and `CORS_BROWSER` is `required`.
pub fn start(engine: Engine, test: &str, options: &Options) -> Option<Box<dyn Browser>> {
    let found = programs::find_or_skip(engine, test)?;
    Some(match engine {
        Engine::Firefox => Box::new(Firefox::start(&found[0], options)),
        Engine::WebKit => Box::new(WebKit::start(&found[0], &found[1], options)),
        _ => Box::new(Chromium::start_program(&found[0], options)),
    })
}
