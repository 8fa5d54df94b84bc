//! Every combination of a small set of policies and requests. Each decision and each header of the answer is compared
//! with the table of the design, which is written a second time in this file without using code of the crate.
// Miri is a thousand times slower, and the other tests run the same code under it.
#![cfg(not(miri))]

use std::collections::BTreeSet;

use cors_core::{
    Allow, Answers, CompiledPolicy, Decision, Existing, PlainResponse, Policy, Refusal, Request,
    RequestHeader,
};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Who {
    Everyone,
    EveryoneBut,
    One,
    Many,
    NullToo,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Layer {
    Whole,
    /// On a route that serves `GET` and `PUT`.
    Route,
    /// In a layer that does not know the handlers inside of it.
    Fallback,
}

#[derive(Clone, Copy, Debug)]
struct World {
    who: Who,
    credentials: bool,
    methods: &'static [&'static str],
    headers: &'static [&'static str],
    expose: &'static [&'static str],
    max_age: Option<u32>,
    enforce: bool,
    status: Option<u16>,
    layer: Layer,
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    method: &'static str,
    origin: &'static [&'static str],
    asked_method: &'static [&'static str],
    asked_headers: &'static [&'static str],
    site: Option<&'static str>,
}

/// The server's own pages are `https://self.example`.
const AUTHORITY: &str = "self.example";

/// The headers of the handler's response.
const RESPONSE: &[&str] = &["content-type", "x-a", "set-cookie", "vary"];

impl Request for Asked {
    type Value = &'static str;

    fn method(&self) -> &str {
        self.method
    }
    fn header(&self, name: RequestHeader) -> impl Iterator<Item = &&'static str> {
        let lines: &[&'static str] = match name {
            RequestHeader::Origin => self.origin,
            RequestHeader::AccessControlRequestMethod => self.asked_method,
            RequestHeader::AccessControlRequestHeaders => self.asked_headers,
            RequestHeader::SecFetchSite => self.site.as_slice(),
            RequestHeader::Host => &[AUTHORITY],
            RequestHeader::Forwarded
            | RequestHeader::XForwardedHost
            | RequestHeader::SecFetchMode
            | RequestHeader::Cookie => &[],
        };
        lines.iter()
    }
    fn authority(&self) -> Option<&[u8]> {
        None
    }
    fn is_secure(&self) -> bool {
        false
    }
}

impl Asked {
    /// Whether a page of another site sent the request with a method that may change something, and `Origin` is missing.
    fn lost_origin(&self) -> bool {
        self.origin.is_empty() && ["PUT", "options"].contains(&self.method) && self.site == Some("cross-site")
    }
}

/// The response: the status if the handler does not run, the lines of the headers, and the names in `Vary`.
#[derive(Debug, PartialEq)]
struct Response {
    status: Option<u16>,
    headers: BTreeSet<(String, String)>,
    vary: Vec<String>,
    refusal: Option<Refusal>,
}

impl World {
    fn policy(&self) -> Policy {
        let builder = match self.who {
            Who::Everyone => Policy::builder().origins("*"),
            Who::EveryoneBut => {
                Policy::builder().origins("*").except(["https://a.example", "https://*.b.example"])
            }
            Who::One => Policy::builder().origins("https://a.example"),
            Who::Many => {
                let tenants = (0..20).map(|i| format!("https://t{i}.example"));
                let all = tenants.chain(["https://a.example".into(), "https://*.b.example".into()]);
                Policy::builder().origins(all.collect::<Vec<_>>())
            }
            Who::NullToo => {
                Policy::builder().origins(["null", "https://a.example"]).allow([Allow::NullOrigin])
            }
        };
        let mut builder = builder
            .credentials(self.credentials)
            .methods(self.methods)
            .headers(self.headers)
            .expose(self.expose)
            .enforce(self.enforce);
        if let Some(max_age) = self.max_age {
            builder = builder.max_age(max_age);
        }
        if let Some(status) = self.status {
            builder = builder.preflight_status(status);
        }
        builder.build().unwrap()
    }

    fn compiled(&self) -> CompiledPolicy {
        let compiled = CompiledPolicy::new(&self.policy()).unwrap();
        match self.layer {
            Layer::Whole => compiled,
            Layer::Route => compiled.for_route(&["GET", "PUT"]),
            Layer::Fallback => compiled.without_preflight_cache(),
        }
    }
}

/// The response that the crate writes.
fn found(answers: &Answers<String>, asked: &Asked) -> Response {
    let decision = answers.policy().decide(asked);
    let status = answers.get(decision).status;
    let origin = answers.origin_to_repeat(decision, asked);
    let mut response = PlainResponse::new(status.unwrap_or(200));
    if status.is_some() {
        answers.write(decision, asked, origin.as_ref(), &mut response);
    } else {
        response.headers = RESPONSE.iter().map(|name| (name.to_string(), String::from("h"))).collect();
        answers.add_to(decision, origin.as_ref(), Existing::of(&response), &mut response);
        response.headers.drain(..RESPONSE.len());
    }
    let (vary, lines): (Vec<_>, Vec<_>) = response.headers.into_iter().partition(|(name, _)| name == "vary");
    let vary = vary.iter().flat_map(|(_, names)| names.split(", ")).map(String::from).collect();
    let mut headers = BTreeSet::new();
    for (name, value) in lines {
        assert!(headers.insert((name.clone(), value)), "{name} twice");
    }
    Response { status, headers, vary, refusal: answers.policy().refusal(asked) }
}

/// Which origin is in which list, case by case.
fn is_allowed(who: Who, origin: &str) -> bool {
    let allowed: &[&str] = match who {
        Who::Everyone => return true,
        Who::EveryoneBut => &["https://evil.example", "https://b.example", "https://self.example"],
        Who::One => &["https://a.example"],
        Who::Many => &["https://a.example", "https://x.b.example"],
        Who::NullToo => &["https://a.example", "null"],
    };
    allowed.contains(&origin)
}

/// The table of the design: the response to a request.
fn expected(world: &World, asked: &Asked) -> Response {
    let for_everyone = world.who == Who::Everyone;
    let is_cors = !asked.origin.is_empty();
    let allowed = for_everyone || (asked.origin.len() == 1 && is_allowed(world.who, asked.origin[0]));
    let is_preflight = is_cors && asked.method == "OPTIONS" && asked.asked_method.len() == 1;
    let same_origin = match asked.site {
        Some(site) => site == "same-origin",
        None => asked.origin == ["https://self.example"],
    };

    let status = match (is_preflight, allowed) {
        (true, true) => Some(world.status.unwrap_or(204)),
        (true, false) => Some(403),
        (false, false) if is_cors && world.enforce && !same_origin => Some(403),
        (false, false) if asked.lost_origin() && world.enforce => Some(403),
        _ => None,
    };

    let mut headers = BTreeSet::new();
    let mut set = |name: &str, value: String| {
        headers.insert((format!("access-control-{name}"), value));
    };
    let is_granted = (is_cors && allowed) || for_everyone;
    if is_granted {
        set("allow-origin", if for_everyone { "*".into() } else { asked.origin[0].into() });
        if world.credentials {
            set("allow-credentials", "true".into());
        }
    }
    let echoes_headers = world.credentials && world.headers.contains(&"*");
    if is_granted && is_preflight {
        let asked_method = asked.asked_method[0];
        let is_token = asked_method != "p t";
        let everything = world.methods == ["*"];
        match world.layer {
            Layer::Whole if everything && world.credentials => {
                if is_token {
                    set("allow-methods", asked_method.into());
                }
            }
            Layer::Whole if world.methods.is_empty() => set("allow-methods", "GET, HEAD, POST".into()),
            Layer::Whole => set("allow-methods", world.methods.join(", ")),
            Layer::Route if everything || world.methods.is_empty() => set("allow-methods", "GET, PUT".into()),
            Layer::Route => set("allow-methods", "PUT".into()),
            Layer::Fallback => {
                let safelisted = ["GET", "HEAD", "POST"].contains(&asked_method);
                if is_token && (everything || safelisted || world.methods.contains(&asked_method)) {
                    set("allow-methods", asked_method.into());
                }
            }
        }
        if echoes_headers {
            let names = asked.asked_headers.iter().flat_map(|line| line.split(','));
            let line = names.collect::<Vec<_>>().join(", ");
            // A single line without empty members is repeated unchanged.
            let line = if let [only] = asked.asked_headers { only.to_string() } else { line };
            if !line.is_empty() && line.len() <= 8192 && !asked.asked_headers.contains(&"x a") {
                set("allow-headers", line);
            }
        } else if !world.headers.is_empty() {
            set("allow-headers", world.headers.join(", "));
        }
        match (world.layer, world.max_age) {
            (Layer::Fallback, _) => set("max-age", "0".into()),
            (_, Some(seconds)) => set("max-age", seconds.to_string()),
            (_, None) => {}
        }
    }
    if is_granted && !is_preflight {
        if world.expose == ["*"] && world.credentials {
            set("expose-headers", "vary, x-a".into());
        } else if !world.expose.is_empty() {
            set("expose-headers", world.expose.join(", "));
        }
    }

    if status == Some(403) && !is_preflight {
        headers.insert(("cache-control".to_owned(), "no-store".to_owned()));
    }

    let vary: &[&str] = match (for_everyone, is_preflight, echoes_headers) {
        (true, true, _) if world.layer == Layer::Fallback => &["Access-Control-Request-Method"],
        (true, ..) => &[],
        (_, false, _) => &["Origin"],
        (_, true, false) => &["Origin", "Access-Control-Request-Method"],
        (_, true, true) => &["Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"],
    };

    let refusal = match asked.origin {
        [] => (status == Some(403)).then_some(Refusal::NoOrigin),
        _ if allowed || same_origin => None,
        ["null"] => Some(Refusal::NullOrigin),
        [""] | ["https://a.example/"] | [_, _] => Some(Refusal::MalformedOrigin),
        _ if world.who == Who::EveryoneBut => Some(Refusal::OriginExcepted),
        _ => Some(Refusal::OriginNotAllowed),
    };
    Response { status, headers, vary: vary.iter().map(|name| name.to_string()).collect(), refusal }
}

fn worlds() -> Vec<World> {
    let mut worlds = Vec::new();
    for who in [Who::Everyone, Who::EveryoneBut, Who::One, Who::Many, Who::NullToo] {
        for credentials in [false, true] {
            if credentials && !matches!(who, Who::One | Who::Many) {
                continue;
            }
            for methods in [&[][..], &["PUT"], &["PUT", "DELETE"], &["*"]] {
                for headers in [&[][..], &["x-a"], &["*"], &["*", "authorization"]] {
                    for expose in [&[][..], &["x-a", "x-b"], &["*"]] {
                        for (max_age, status) in [(None, None), (Some(600), Some(200)), (Some(0), None)] {
                            for enforce in [false, true] {
                                for layer in [Layer::Whole, Layer::Route, Layer::Fallback] {
                                    worlds.push(World {
                                        who,
                                        credentials,
                                        methods,
                                        headers,
                                        expose,
                                        max_age,
                                        enforce,
                                        status,
                                        layer,
                                    });
                                }
                            }
                        }
                    }
                }
            }
        }
    }
    worlds
}

fn requests() -> Vec<Asked> {
    let long: &'static str = String::leak("a".repeat(8193));
    let headers: &[&[&str]] = &[&["x-a"], &["x-a,x-b", "authorization"], &["x a"], Vec::leak(vec![long])];
    let mut preflights: Vec<(&'static [&'static str], &'static [&'static str])> = vec![
        (&[], &[]),
        (&["PUT"], &[]),
        (&["GET"], &[]),
        (&["DELETE"], &[]),
        (&["p t"], &[]),
        (&["PUT", "PUT"], &[]),
    ];
    preflights.extend(headers.iter().map(|&headers| (&["PUT"][..], headers)));
    let mut requests = Vec::new();
    for origin in [
        &[][..],
        &["https://a.example"],
        &["https://x.b.example"],
        &["https://b.example"],
        &["https://evil.example"],
        &["https://self.example"],
        &["null"],
        &[""],
        &["https://a.example/"],
        &["https://a.example", "https://a.example"],
    ] {
        for site in [None, Some("same-origin"), Some("cross-site")] {
            for &(asked_method, asked_headers) in &preflights {
                requests.push(Asked { method: "OPTIONS", origin, asked_method, asked_headers, site });
            }
            for method in ["GET", "PUT", "options"] {
                for asked_method in [&[][..], &["PUT"]] {
                    requests.push(Asked { method, origin, asked_method, asked_headers: &[], site });
                }
            }
        }
    }
    requests
}

#[test]
fn every_decision_and_every_header_agrees_with_the_design() {
    let (worlds, requests) = (worlds(), requests());
    let (mut cells, mut decisions) = (0, BTreeSet::new());
    for world in &worlds {
        let answers = Answers::new(world.compiled(), str::to_owned);
        for asked in &requests {
            let decision = answers.policy().decide(asked);
            decisions.insert(format!("{decision:?}"));
            let found = found(&answers, asked);
            assert_eq!(found, expected(world, asked), "{asked:?} under {world:?}");
            assert_eq!(decision.reaches_handler(), found.status.is_none(), "{asked:?} under {world:?}");
            cells += 1;
        }
    }
    assert_eq!(cells, worlds.len() * requests.len());
    assert!(cells > 900_000, "{cells}");
    assert_eq!(decisions.len(), Decision::ALL.len(), "{decisions:?}");
}

#[test]
fn a_denying_policy_refuses_every_cross_origin_request_of_this_world() {
    let deny = Answers::new(CompiledPolicy::new(&Policy::deny()).unwrap(), str::to_owned);
    for asked in requests() {
        let response = found(&deny, &asked);
        assert!(response.headers.iter().all(|(name, _)| name == "cache-control"));
        let same_origin =
            asked.site.map_or(asked.origin == ["https://self.example"], |site| site == "same-origin");
        let preflight = asked.method == "OPTIONS" && asked.asked_method.len() == 1;
        let reaches = if asked.origin.is_empty() { !asked.lost_origin() } else { same_origin && !preflight };
        assert_eq!(response.status, (!reaches).then_some(403), "{asked:?}");
    }
}
