//! A headless Chromium, driven by the DevTools protocol. <https://chromedevtools.github.io/devtools-protocol/>

use std::path::Path;
use std::sync::Arc;

use cors_core::browser::Engine;
use serde_json::json;
use tempfile::TempDir;

use super::browser::{Browser, Options, Page};
use super::connection::Connection;
use super::devtools::{DevTools, Sessions};
use super::page::Context;
use super::process::Process;
use super::programs;

/// All host names are this machine, and the browser connects to no other.
const FLAGS: [&str; 16] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    // Crash reports would start processes outside of the group.
    "--disable-breakpad",
    "--disable-crash-reporter",
    // Containers have a small /dev/shm.
    "--disable-dev-shm-usage",
    // A page in the background would be slowed down.
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
    "--disable-background-timer-throttling",
    "--host-resolver-rules=MAP * 127.0.0.1",
    "--remote-debugging-port=0",
];

const WILDCARD_EXCLUDES_AUTHORIZATION: &str = "--enable-features=CorsNonWildcardRequestHeadersSupport";

/// A running Chromium with a profile of its own.
pub struct Chromium {
    devtools: Arc<DevTools>,
}

impl Chromium {
    /// Starts Chromium. If it is not installed, the test is skipped: this function prints a line about it, and the
    /// caller has to return.
    ///
    /// # Panics
    ///
    /// If it does not start, or if it is not installed and `CORS_BROWSER` is `required`.
    pub fn start(test: &str, options: &Options) -> Option<Self> {
        programs::find_or_skip(Engine::Chromium, test)
            .map(|programs| Self::start_program(&programs[0], options))
    }

    pub(super) fn start_program(program: &Path, options: &Options) -> Self {
        let home = TempDir::with_prefix("cors-chromium-").expect("a directory for the profile");
        let mut arguments: Vec<String> = FLAGS.map(str::to_owned).to_vec();
        arguments.push(format!("--user-data-dir={}", home.path().join("profile").display()));
        if options.ignore_certificate_errors {
            arguments.push("--ignore-certificate-errors".to_owned());
        }
        if !options.wildcard_covers_authorization {
            arguments.push(WILDCARD_EXCLUDES_AUTHORIZATION.to_owned());
        }
        let process = Process::start(program, home, &arguments, &options.environment(&[]));
        let url = process.wait_for_address("DevTools listening on ");
        let connection =
            Connection::open(&url, Sessions::default()).unwrap_or_else(|error| panic!("{error}"));
        Self { devtools: Arc::new(DevTools { connection, process }) }
    }

    /// A profile of its own within the browser. It shares no cookie, no cache and no preflight with others.
    pub fn context(&self) -> Context {
        Context::new(Arc::clone(&self.devtools))
    }
}

impl Browser for Chromium {
    fn engine(&self) -> Engine {
        Engine::Chromium
    }

    fn version(&self) -> String {
        let version = self.devtools.call("", "Browser.getVersion", &json!({}));
        // `HeadlessChrome/156.0.0.0` or `Chrome/156.0.0.0`.
        let product = version["product"].as_str().unwrap_or_default();
        format!("Chromium {}", product.split('/').next_back().unwrap_or_default())
    }

    fn open(&self, url: &str) -> Box<dyn Page> {
        Box::new(self.context().open(url))
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::time::Duration;

    use rustix::process::test_kill_process_group;

    use super::*;
    use crate::Server;
    use cors_core::browser::Response;

    #[test]
    fn drives_a_page_and_leaves_nothing_behind() {
        let server = Server::start(|request| match request.target() {
            "/page" => Response::new(200).header("Content-Type", "text/html"),
            _ => Response::new(204),
        });
        let Some(chromium) = Chromium::start("harness", &Options::default()) else { return };
        let home = chromium.devtools.process.home().to_owned();
        let group = chromium.devtools.process.group();
        let page = chromium.context().open(&server.url("app.example", "/page"));
        assert_eq!(page.evaluate("origin"), server.origin("app.example"));
        let url = server.url("api.example", "/x");
        let fetch = json!(url);
        assert_eq!(page.evaluate(&format!("fetch({fetch}).catch(error => error.name)")), "TypeError");
        let found = page.wait_for(Duration::from_secs(10), |exchanges| {
            let failed = exchanges.iter().find(|exchange| exchange.urls == [url.as_str()]);
            failed.and_then(|exchange| exchange.cors_error()).cloned()
        });
        assert_eq!(found.map(|error| error.name).as_deref(), Some("MissingAllowOriginHeader"));
        assert!(page.console_errors().iter().any(|line| line.contains("CORS")));

        assert!(test_kill_process_group(group).is_ok());
        let died = catch_unwind(AssertUnwindSafe(move || {
            let _chromium = chromium;
            page.run("throw new Error('on purpose')");
        }));
        assert!(died.is_err());
        assert!(test_kill_process_group(group).is_err(), "a process is left");
        assert!(!home.exists(), "a directory is left");
    }
}
