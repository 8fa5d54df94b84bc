//! Answers to preflights.

use cors_core::browser::Request;

use super::{Directed, open};
use crate::world::empty;

impl Directed<'_> {
    /// Several headers are missing: which one does the error name?
    pub(super) fn missing_headers(&mut self) {
        let origin = self.origin;
        for names in [
            &["x-a", "x-b"][..],
            &["x-b", "x-a"],
            &["x-z", "x-y", "x-x", "x-w"],
            &["x-1", "x-2", "x-3", "x-4", "x-5", "x-6", "x-7", "x-8", "x-9"],
            &["x-9", "x-8", "x-7", "x-6", "x-5", "x-4", "x-3", "x-2", "x-1"],
            &["zebra", "authorization", "apple"],
            &["authorization", "apple"],
            &["apple", "authorization"],
            &["Zebra", "yak", "X-Ray"],
        ] {
            let wish =
                |request| names.iter().fold(request, |request: Request, name| request.header(*name, "1"));
            for allow in ["", "*"] {
                let preflight = empty(204)
                    .header("Access-Control-Allow-Origin", "*")
                    .header("Access-Control-Allow-Headers", allow);
                self.simple("missing headers", wish, preflight, open(empty(200), origin));
            }
        }
    }

    /// Valid and invalid lists of tokens.
    pub(super) fn lists(&mut self) {
        for value in [
            "PUT,x-a",
            ",PUT ,\t,x-a,",
            "PUT x-a",
            "PUT;x-a",
            "\"PUT\"",
            "PUT,(x-a)",
            "\u{b}PUT\u{b},x-a\u{c}",
            "PUT,x-a,é",
            "PUT,x-a,\u{1}",
            "PUT,x-a,\u{7f}",
            "PUT,x-a,\u{85}",
            "PUT,x-a,\u{a0}",
            "put,X-A",
            "*,PUT,x-a",
            "PUT,x-a,a/b",
            "PUT,x-a,a:b",
            "PUT,x-a,a=b",
            "",
            ",",
            " ",
            "PUT\u{b}\u{c} \t,x-a",
            "Put, x-A",
        ] {
            let value: Vec<u8> = value.chars().map(|c| c as u8).collect();
            for (methods, headers, expose) in
                [(true, false, false), (false, true, false), (false, false, true)]
            {
                let or = |odd: bool, value: &[u8], plain: &str| {
                    if odd { value.to_vec() } else { plain.as_bytes().to_vec() }
                };
                let preflight = empty(200)
                    .header("Access-Control-Allow-Origin", "*")
                    .header("Access-Control-Allow-Methods", or(methods, &value, "PUT"))
                    .header("Access-Control-Allow-Headers", or(headers, &value, "x-a"));
                let actual = empty(200)
                    .header("Access-Control-Allow-Origin", "*")
                    .header("PUT", "1")
                    .header("x-a", "2")
                    .header("*", "3")
                    .header("Access-Control-Expose-Headers", or(expose, &value, "x-b"));
                let wish = |request: Request| request.method("PUT").header("x-a", "1");
                self.simple("lists", wish, preflight, actual);
            }
        }
    }
}
