//! Redirects: their targets, and the headers that they remove.

use cors_core::browser::{CredentialsMode, Request, Response};

use super::{Directed, open};
use crate::case::Endpoint;
use crate::world::empty;

impl Directed<'_> {
    pub(super) fn redirected_preflights(&mut self) {
        let origin = self.origin;
        for status in [301, 302, 303, 307, 308, 300, 304, 305] {
            for locations in [
                &[][..],
                &["/x"],
                &["https://["],
                &[""],
                &["", ""],
                &["/x", "/x"],
                &["/x", "/y"],
                &["", "/y"],
                &["/y", ""],
                &["ftp://api.site.example/"],
                &["data:,x"],
                &["mailto:x@y"],
                &["chrome://version"],
                &["file:///etc/hosts"],
                &["http://u:p@api.site.example/"],
            ] {
                for allowed in [true, false] {
                    let mut preflight = empty(status);
                    for location in locations {
                        preflight = preflight.header("Location", *location);
                    }
                    if allowed {
                        preflight = open(preflight, origin);
                    }
                    self.simple(
                        "redirected preflights",
                        |request| request.method("PUT"),
                        preflight,
                        open(empty(200), origin),
                    );
                }
            }
        }
    }

    pub(super) fn locations(&mut self) {
        let origin = self.origin;
        for locations in [
            &[][..],
            &["https://["],
            &["http://"],
            &["http:"],
            &[""],
            &["", ""],
            &["", "x"],
            &["x", ""],
            &["x", "x"],
            &["x", "./x"],
            &["x", "y", "x"],
            &["ftp://api.site.example/"],
            &["ws://api.site.example/"],
            &["data:,x"],
            &["blob:http://app.site.example/x"],
            &["about:blank"],
            &["mailto:x@y"],
            &["javascript:1"],
            &["chrome://version"],
            &["chrome-extension://abc/x"],
            &["unknown:x"],
            &["file:///etc/hosts"],
            &["http://u:p@api.site.example/"],
            &["//u@api.site.example/"],
        ] {
            for from in ["api", "app"] {
                let base = if from == "api" { self.world.api.clone() } else { self.world.app.clone() };
                let url = self.url(&base, 0);
                let mut redirect = open(empty(302), origin);
                for location in locations {
                    redirect = redirect.header("Location", *location);
                }
                let there = Endpoint {
                    url: format!("{}x", url.strip_suffix('0').unwrap()),
                    preflights: vec![open(empty(204), origin)],
                    actuals: vec![open(empty(200), origin)],
                };
                let here =
                    Endpoint { url: url.clone(), preflights: vec![empty(404)], actuals: vec![redirect] };
                self.add("locations", Request::new(origin, url), vec![here, there]);
            }
        }
        let url = self.url(&self.world.api, 0);
        let around = open(empty(302), origin).header("Location", url.clone());
        let endpoint = Endpoint { url: url.clone(), preflights: vec![empty(404)], actuals: vec![around] };
        self.add("locations", Request::new(origin, url), vec![endpoint]);
    }

    /// How a redirect changes the method and the headers about the body.
    pub(super) fn method_changes(&mut self) {
        let origin = self.origin;
        for status in [301, 302, 303, 307, 308] {
            for method in ["POST", "PUT", "HEAD", "GET", "DELETE"] {
                for (from, to) in [("app", "app"), ("app", "api"), ("api", "api"), ("api", "cdn")] {
                    self.redirect("method changes", origin, status, from, to, |request| {
                        request
                            .method(method)
                            .header("content-type", "a/b")
                            .header("content-language", "de")
                            .header("content-encoding", "x")
                            .header("content-location", "/x")
                            .header("x-a", "1")
                    });
                }
            }
        }
    }

    pub(super) fn authorization(&mut self) {
        let origin = self.origin;
        for status in [302, 307] {
            for from in ["app", "api", "cdn"] {
                for to in ["app", "api", "cdn"] {
                    for name in ["authorization", "x-a"] {
                        self.redirect("authorization and redirects", origin, status, from, to, |request| {
                            request.header(name, "1").credentials(CredentialsMode::Include)
                        });
                    }
                }
            }
        }
    }

    /// Which headers of the page a redirect removes.
    pub(super) fn client_hints(&mut self) {
        let origin = self.origin;
        for name in [
            "dpr",
            "device-memory",
            "downlink",
            "width",
            "viewport-width",
            "rtt",
            "ect",
            "save-data",
            "x-a",
            "accept-language",
            "sec-ch-ua",
            "intervention",
            "range",
            "cookie2",
            "cache-control",
            "if-none-match",
            "priority",
            "proxy-a",
            "x-b",
        ] {
            for (from, to) in [("app", "app"), ("app", "api"), ("api", "api"), ("api", "cdn"), ("api", "app")]
            {
                for value in ["1", "x"] {
                    self.redirect("client hints and redirects", origin, 307, from, to, |request| {
                        request.header(name, value)
                    });
                }
            }
        }
    }

    fn redirect(
        &mut self,
        kind: &'static str,
        origin: &str,
        status: u16,
        from: &str,
        to: &str,
        wish: impl FnOnce(Request) -> Request,
    ) {
        let base = |name: &str| match name {
            "app" => self.world.app.clone(),
            "api" => self.world.api.clone(),
            _ => self.world.cdn.clone(),
        };
        let (here, there) = (self.url(&base(from), 0), self.url(&base(to), 1));
        // The origin becomes `null` if neither URL has the origin of the page.
        let foreign = from != to && from != "app" && origin != "null";
        let seen = if foreign { "null" } else { origin };
        let allow = |response: Response, origin: &str| {
            open(response, origin)
                .header("Access-Control-Allow-Headers", "content-encoding, content-location, x-a, dpr, device-memory, downlink, width, viewport-width, rtt, ect, save-data, accept-language, intervention, range, cache-control, if-none-match, priority")
        };
        let endpoints = vec![
            Endpoint {
                url: here.clone(),
                preflights: vec![allow(empty(204), origin)],
                actuals: vec![allow(empty(status), origin).header("Location", there.clone())],
            },
            Endpoint {
                url: there,
                preflights: vec![allow(empty(204), seen)],
                actuals: vec![allow(empty(200), seen)],
            },
        ];
        self.add(kind, wish(Request::new(origin, here)), endpoints);
    }
}
