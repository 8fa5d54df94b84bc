//! Requests for which `fetch()` throws.

use cors_core::browser::Request;

use super::{Directed, open};
use crate::world::empty;

impl Directed<'_> {
    pub(super) fn requests_that_throw(&mut self) {
        let origin = self.origin;
        let api = self.world.api.clone();
        for url in [
            "ftp://api.site.example/throws".to_owned(),
            "chrome://version/".to_owned(),
            "unknown:x".to_owned(),
            "mailto:a@b".to_owned(),
            "ws://api.site.example/throws".to_owned(),
            "https://[".to_owned(),
            "http://".to_owned(),
            api.replace("http://", "http://u:p@"),
            api.replace("http://", "http://u@"),
        ] {
            self.add("requests that throw", Request::new(origin, url), Vec::new());
        }
        for method in ["", "P UT", "CONNECT", "trace", "TRACK", "a,b", "é"] {
            self.simple(
                "requests that throw",
                |request| request.method(method),
                open(empty(204), origin),
                open(empty(200), origin),
            );
        }
        for (name, value) in [("", "x"), ("x a", "1"), ("x-a", "1\n2"), ("x-a", "1\0"), ("x-a", "\r\n1\t\n")]
        {
            self.simple(
                "requests that throw",
                |request| request.header(name, value),
                open(empty(204), origin),
                open(empty(200), origin),
            );
        }
    }
}
