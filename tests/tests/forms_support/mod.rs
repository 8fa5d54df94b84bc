//! Checks that apply to every form of a handler, over HTTP.

use actix_web::App;
use actix_web::web::ServiceConfig;
use cors_tests::http::{self, Request, Response};

/// The origin that the policies of these tests grant, unless a test declares another one.
pub const TRUSTED: &str = "https://app.example.com";
pub const STRANGER: &str = "https://stranger.example";

pub struct Server(http::Server);

impl Server {
    /// Serves an application.
    pub fn start(configure: fn(&mut ServiceConfig)) -> Self {
        Self(http::Server::start(move || App::new().configure(configure)))
    }

    /// Sends one request.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Response {
        let has_host = headers.iter().any(|(name, _)| *name == "host");
        let host = (!has_host).then_some(("host", "api.example.com"));
        let headers = headers.iter().copied().chain(host);
        self.0.send(&headers.fold(Request::new(method, path), |r, (name, value)| r.header(name, value)))
    }

    pub fn actual(&self, method: &str, path: &str, origin: &str) -> Response {
        self.send(method, path, &[("origin", origin)])
    }

    pub fn preflight(&self, method: &str, path: &str, origin: &str) -> Response {
        self.send("OPTIONS", path, &[("origin", origin), ("access-control-request-method", method)])
    }

    /// Checks a handler that trusts [`TRUSTED`], answers with its name, and serves `methods`. Each method is checked with
    /// its preflight and its actual request, for the trusted origin and for another one. A preflight lists `granted`.
    pub fn check(&self, path: &str, handler: &str, methods: &[&str], granted: &str) {
        for method in methods {
            let what = format!("{method} {path}");

            let response = self.preflight(method, path, TRUSTED);
            assert_eq!(response.status, 204, "preflight for {what}: {response:?}");
            assert_eq!(response.header("access-control-allow-origin"), Some(TRUSTED), "{what}");
            assert_eq!(response.words("access-control-allow-methods"), sorted(granted), "{what}");
            assert_eq!(response.header("vary"), Some("Origin, Access-Control-Request-Method"), "{what}");
            assert_eq!(response.body, "", "{what}");

            let response = self.preflight(method, path, STRANGER);
            assert_eq!(response.status, 403, "preflight of a stranger for {what}: {response:?}");
            assert_eq!(response.header("access-control-allow-origin"), None, "{what}");
            assert_eq!(response.header("access-control-allow-methods"), None, "{what}");

            let body = if *method == "HEAD" { "" } else { handler };
            let response = self.actual(method, path, TRUSTED);
            assert_eq!((response.status, &*response.body), (200, body), "{what}: {response:?}");
            assert_eq!(response.header("access-control-allow-origin"), Some(TRUSTED), "{what}");
            assert_eq!(response.header("vary"), Some("Origin"), "{what}");

            let response = self.actual(method, path, STRANGER);
            assert_eq!((response.status, &*response.body), (200, body), "a stranger's {what}: {response:?}");
            assert_eq!(response.header("access-control-allow-origin"), None, "{what}");
            assert_eq!(response.header("vary"), Some("Origin"), "{what}");

            let response = self.send(method, path, &[]);
            assert_eq!(
                (response.status, &*response.body),
                (200, body),
                "{what} without an origin: {response:?}"
            );
        }
        self.check_unserved(path, "UNHEARD-OF");
        // This is not a preflight, so the handler does not accept it.
        assert_eq!(self.send("OPTIONS", path, &[("origin", TRUSTED)]).status, 404, "OPTIONS {path}");
        assert_eq!(self.send("OPTIONS", path, &[]).status, 404, "OPTIONS {path}");
    }

    /// A preflight for a method that no handler serves gets the same response as the request itself.
    pub fn check_unserved(&self, path: &str, method: &str) {
        let response = self.preflight(method, path, TRUSTED);
        assert_eq!(response.status, 404, "preflight for {method} {path}: {response:?}");
        assert_eq!(response.header("access-control-allow-origin"), None);
        assert_eq!(self.actual(method, path, TRUSTED).status, 404, "{method} {path}");
    }
}

fn sorted(list: &str) -> Vec<&str> {
    let mut words: Vec<&str> = list.split(", ").collect();
    words.sort_unstable();
    words
}
