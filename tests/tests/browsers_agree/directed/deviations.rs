//! Cases for deviations that no other group shows: at least one for each.

use cors_core::browser::{CredentialsMode, Request, Response};

use super::{Directed, open};
use crate::case::Endpoint;
use crate::world::empty;

impl Directed<'_> {
    pub(super) fn deviations(&mut self) {
        self.repeated_lines();
        self.redirect_chains();
        self.locations_before_the_cors_check();
        self.single_response_headers();
    }

    /// Response headers that have one value, on two lines. `Location` is among them, also without a redirect.
    fn single_response_headers(&mut self) {
        let origin = self.origin;
        let pairs = [["/a", "/a"], ["", ""], ["/a", "/b"], ["", "/a"], ["/a", ""]];
        for name in [
            "Authorization",
            "From",
            "Host",
            "If-Modified-Since",
            "If-Unmodified-Since",
            "Location",
            "Max-Forwards",
            "Referer",
            "Strict-Transport-Security",
            "User-Agent",
            "X-B",
        ] {
            for lines in pairs {
                let twice = |response: Response| lines.iter().fold(response, |r, line| r.header(name, *line));
                for base in [self.world.api.clone(), self.world.app.clone()] {
                    let url = self.url(&base, 0);
                    let actual = empty(200)
                        .header("Access-Control-Allow-Origin", "*")
                        .header("Access-Control-Expose-Headers", "*");
                    let endpoint = Endpoint {
                        url: url.clone(),
                        preflights: vec![empty(404)],
                        actuals: vec![twice(actual)],
                    };
                    let request = Request::new(origin, url).credentials(CredentialsMode::Omit);
                    self.add("single response headers", request, vec![endpoint]);
                }
            }
        }
        for lines in pairs {
            let twice =
                |response: Response| lines.iter().fold(response, |r, line| r.header("Location", *line));
            for (status, is_allowed) in [(204, true), (204, false), (404, true), (302, true), (302, false)] {
                let answer = if is_allowed { open(empty(status), origin) } else { empty(status) };
                let put = |request: Request| request.method("PUT");
                let get = |request: Request| request;
                self.simple("single response headers", put, twice(answer.clone()), open(empty(200), origin));
                self.simple("single response headers", get, empty(404), twice(answer));
            }
        }
    }

    fn repeated_lines(&mut self) {
        let origin = self.origin;
        let include = |request: Request| request.credentials(CredentialsMode::Include);
        // An empty second line of a header that CORS reads.
        for name in ["Access-Control-Allow-Credentials", "Access-Control-Allow-Origin"] {
            for method in ["GET", "PUT"] {
                for line in ["", "x"] {
                    let twice = |status| open(empty(status), origin).header(name, line);
                    self.simple(
                        "repeated lines",
                        |request| include(request.method(method)),
                        twice(204),
                        twice(200),
                    );
                    // The name in lower case, as HTTP/2 has it.
                    let lower = |status| open(empty(status), origin).header(name.to_ascii_lowercase(), line);
                    self.simple(
                        "repeated lines",
                        |request| include(request.method(method)),
                        lower(204),
                        lower(200),
                    );
                }
            }
        }
        // A request header that the page sets twice.
        for (name, values) in [
            ("x-b", ["1", "2"]),
            ("x-b", ["1", ""]),
            ("authorization", ["a", "b"]),
            ("user-agent", ["a", "b"]),
        ] {
            let wish = |request: Request| request.header(name, values[0]).header(name, values[1]);
            let allow = open(empty(204), origin).header("Access-Control-Allow-Headers", "user-agent");
            self.simple("repeated lines", wish, allow, open(empty(200), origin));
        }
        // A method that is not granted, and an invalid list of headers.
        for method in ["PUT", "PATCH2"] {
            let preflight = empty(204)
                .header("Access-Control-Allow-Origin", "*")
                .header("Access-Control-Allow-Methods", "PUT")
                .header("Access-Control-Allow-Headers", "x y");
            let wish = |request: Request| request.method(method).credentials(CredentialsMode::Omit);
            self.simple("repeated lines", wish, preflight, open(empty(200), origin));
        }
        // A list that is invalid after a `*`.
        for list in ["*, x y", "x y, *", "*,(", "x-a, x y"] {
            let actual = empty(200)
                .header("Access-Control-Allow-Origin", "*")
                .header("Access-Control-Expose-Headers", list)
                .header("X-A", "1");
            self.simple(
                "repeated lines",
                |request| request.credentials(CredentialsMode::Omit),
                empty(404),
                actual,
            );
        }
    }

    /// A chain of redirects through `bases`, in which every answer allows everything except for what `spoil` removes.
    fn chain(
        &mut self,
        bases: &[&str],
        statuses: &[u16],
        wish: impl FnOnce(Request) -> Request,
        spoil: impl Fn(usize, Response) -> Response,
    ) {
        let origin = self.origin;
        let base = |name: &str| match name {
            "app" => self.world.app.clone(),
            "api" => self.world.api.clone(),
            _ => self.world.cdn.clone(),
        };
        let urls: Vec<String> =
            bases.iter().enumerate().map(|(hop, name)| self.url(&base(name), hop)).collect();
        let endpoints = (0..urls.len()).map(|hop| {
            // The origin is `null` after a redirect from one foreign origin to another.
            let is_tainted = (1..=hop).any(|hop| bases[hop] != bases[hop - 1] && bases[hop - 1] != "app");
            let seen = if is_tainted { "null" } else { origin };
            let allow = |response: Response| {
                open(response, seen)
                    .header("Access-Control-Allow-Methods", "POST, PUT")
                    .header("Access-Control-Allow-Headers", "user-agent, content-encoding")
            };
            let actual = match urls.get(hop + 1) {
                Some(next) => allow(empty(statuses[hop % statuses.len()])).header("Location", next.clone()),
                None => allow(empty(200)),
            };
            let answers = [allow(empty(204)), spoil(hop, actual)];
            let [preflight, actual] = answers;
            Endpoint { url: urls[hop].clone(), preflights: vec![preflight], actuals: vec![actual] }
        });
        let endpoints = endpoints.collect();
        self.add("chains of redirects", wish(Request::new(origin, urls[0].clone())), endpoints);
    }

    fn redirect_chains(&mut self) {
        let keep = |_: usize, response: Response| response;
        let body = |request: Request| {
            request.method("POST").header("content-type", "a/b").header("content-language", "de")
        };
        for statuses in
            [&[301][..], &[302], &[303], &[307], &[303, 307], &[302, 307], &[303, 302], &[307, 303]]
        {
            for bases in [
                &["app", "app", "app"][..],
                &["app", "api", "api"],
                &["api", "api", "api"],
                &["api", "api", "cdn"],
                &["api", "app", "api"],
                &["app", "app", "api"],
                &["app", "app", "app", "api"],
                &["api", "api", "api", "api"],
            ] {
                self.chain(bases, statuses, |request| body(request).header("x-a", "1"), keep);
                self.chain(bases, statuses, body, keep);
                self.chain(bases, statuses, |request| body(request).method("PUT"), keep);
                self.chain(bases, statuses, |request| body(request).method("GET"), keep);
                self.chain(bases, statuses, |request| request.header("authorization", "1"), keep);
                self.chain(bases, statuses, |request| request.header("user-agent", "1"), keep);
            }
        }
        // The mode `same-origin`, and answers that do not allow credentials.
        for bases in [&["app", "api", "api"][..], &["app", "app", "api"], &["api", "api"], &["app", "api"]] {
            for (spoiled, method) in (0..bases.len()).flat_map(|hop| [(hop, "GET"), (hop, "PUT")]) {
                self.chain(
                    bases,
                    &[302],
                    |request| request.credentials(CredentialsMode::SameOrigin).method(method),
                    |hop, mut response| {
                        if hop == spoiled {
                            response.headers.retain(|(name, _)| name != "Access-Control-Allow-Credentials");
                        }
                        response
                    },
                );
            }
        }
    }

    fn locations_before_the_cors_check(&mut self) {
        let origin = self.origin;
        let own = self.world.app.replace("http://", "http://u:p@");
        let other = self.world.api.replace("http://", "http://u@");
        for from in ["api", "app"] {
            for location in ["https://[", "", "data:,x", "/elsewhere", own.as_str(), other.as_str()] {
                for is_allowed in [true, false] {
                    for header in ["accept", "x-a"] {
                        let base = if from == "api" { &self.world.api } else { &self.world.app };
                        let url = self.url(base, 0);
                        let redirect = empty(302).header("Location", location);
                        let redirect = if is_allowed { open(redirect, origin) } else { redirect };
                        let endpoint = Endpoint {
                            url: url.clone(),
                            // Some engines follow an empty `Location` twenty times, which may take longer than five seconds.
                            preflights: vec![
                                open(empty(204), origin).header("Access-Control-Max-Age", "600"),
                            ],
                            actuals: vec![redirect],
                        };
                        let request = Request::new(origin, url).header(header, "1");
                        self.add("locations before the CORS check", request, vec![endpoint]);
                    }
                }
            }
        }
        // A status that is not 2xx, without `Access-Control-Allow-Origin`.
        for status in [403, 404, 500] {
            let put = |request: Request| request.method("PUT");
            self.simple("locations before the CORS check", put, empty(status), open(empty(200), origin));
        }
    }
}
