//! What the tests need from a browser.

use cors_core::browser::Engine;
use serde_json::Value;

/// A running browser. It ends when it is dropped.
pub trait Browser {
    /// Its engine.
    fn engine(&self) -> Engine;

    /// Its name and version: `Firefox 153.7.0`.
    fn version(&self) -> String;

    /// Opens a page, and waits until it has loaded. It shares no cookie, no cache and no preflight with other pages.
    fn open(&self, url: &str) -> Box<dyn Page>;
}

/// An open page. It closes when it is dropped.
pub trait Page {
    /// Runs the body of an `async` function, and waits for what it returns.
    ///
    /// # Errors
    ///
    /// If it throws, with the error of the page. Also if the page or its browser has ended, or does not reply.
    fn try_run(&self, body: &str) -> Result<Value, String>;

    /// Does the same as [`Page::try_run`].
    ///
    /// # Panics
    ///
    /// If there is an error.
    fn run(&self, body: &str) -> Value {
        self.try_run(body).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The reasons of the fetches that were blocked since the last call. They may arrive after the page's promise was
    /// rejected, so this waits a moment until there are `expected` of them. Some failures have no reason.
    fn failures(&self, expected: usize) -> Vec<Failure>;
}

impl Page for Box<dyn Page> {
    fn try_run(&self, body: &str) -> Result<Value, String> {
        (**self).try_run(body)
    }

    fn failures(&self, expected: usize) -> Vec<Failure> {
        (**self).failures(expected)
    }
}

/// Why a browser blocked a fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Chromium and WebKit: the URL that the page requested, without a fragment. Firefox: the URL that was refused,
    /// after redirects.
    pub url: String,
    /// Chromium: the CORS error or the network error. Firefox: the category of the console message. WebKit: the message.
    pub reason: String,
    /// Chromium only: what the error is about, or the empty string.
    pub parameter: Option<String>,
    /// The message on the console, if it is known.
    pub message: String,
}

/// How a browser is started.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Whether `https` works with any certificate.
    pub ignore_certificate_errors: bool,
    /// Chromium only: whether `Access-Control-Allow-Headers: *` covers `Authorization`, as it does by default. Here it
    /// does not, by a command-line flag, as in the standard.
    pub wildcard_covers_authorization: bool,
    /// Environment variables of the browser, such as those of a [`Clock`](crate::browsers::Clock).
    pub environment: Vec<(&'static str, String)>,
}

impl Options {
    /// The environment variables, after those that the browser needs.
    pub(crate) fn environment<'a>(&'a self, needed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let own = self.environment.iter().map(|(name, value)| (*name, value.as_str()));
        needed.iter().copied().chain(own).collect()
    }
}
