//! Browsers enforce a policy as it is declared. The models of the Fetch standard, Chromium, Firefox and WebKit get the
//! answers of a policy. They have to let a page read a response exactly if the policy grants it, with exactly the
//! headers that it exposes.
//!
//! All combinations of a small set of policies and requests are tested, and then random ones. Each check also runs
//! against servers that give a wrong answer on purpose, which it has to detect.
//!
//! The engines differ in one point: in Chromium, Firefox and WebKit, `headers = "*"` also covers `Authorization`. The
//! standard requires its name, and so does [`Policy::allows_header`].

#![cfg(feature = "browser")]

use std::time::Duration;

use cors_core::browser::{
    self, CredentialsMode, Engine, HttpRequest, PreflightCache, Response, Step, Verdict, is_forbidden_method,
    is_forbidden_request_header, is_safelisted_method, normalize_method, unsafe_request_header_names,
};
use cors_core::{Answers, CompiledPolicy, Existing, Policy, RequestHeader, ResponseHeader};
use proptest::prelude::*;

/// A request as the core reads it.
struct Incoming<'a>(&'a HttpRequest);

impl cors_core::Request for Incoming<'_> {
    type Value = Vec<u8>;

    fn method(&self) -> &str {
        &self.0.method
    }
    fn header(&self, name: RequestHeader) -> impl Iterator<Item = &Vec<u8>> {
        let named = move |line: &&(String, Vec<u8>)| line.0.eq_ignore_ascii_case(name.as_str());
        self.0.headers.iter().filter(named).map(|line| &line.1)
    }
    fn authority(&self) -> Option<&[u8]> {
        Some(b"api.example.com")
    }
    fn is_secure(&self) -> bool {
        true
    }
}

/// A response that the core writes into.
struct Outgoing(Response);

impl cors_core::Response for Outgoing {
    type Value = Vec<u8>;

    fn header(&self, name: ResponseHeader) -> impl Iterator<Item = &[u8]> {
        let named = move |line: &&(String, Vec<u8>)| line.0.eq_ignore_ascii_case(name.as_str());
        self.0.headers.iter().filter(named).map(|line| line.1.as_slice())
    }
    fn names(&self) -> impl Iterator<Item = &str> {
        self.0.headers.iter().map(|line| line.0.as_str())
    }
    fn append(&mut self, name: ResponseHeader, value: Vec<u8>) {
        self.0.headers.push((name.as_str().to_owned(), value));
    }
    fn remove(&mut self, name: ResponseHeader) {
        self.0.headers.retain(|line| !line.0.eq_ignore_ascii_case(name.as_str()));
    }
    fn value(text: &str) -> Vec<u8> {
        text.as_bytes().to_vec()
    }
}

/// How a server answers: with the correct answer, or with one mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answering {
    Honestly,
    WithTheWrongOrigin,
    WithAnyOrigin,
    WithoutCredentials,
    WithCredentialsAlways,
    WithoutVary,
    WithoutAllowHeaders,
    WithoutExposeHeaders,
}

const MISTAKES: [Answering; 7] = [
    Answering::WithTheWrongOrigin,
    Answering::WithAnyOrigin,
    Answering::WithoutCredentials,
    Answering::WithCredentialsAlways,
    Answering::WithoutVary,
    Answering::WithoutAllowHeaders,
    Answering::WithoutExposeHeaders,
];

/// The headers that the application puts on every response by itself.
const OF_THE_HANDLER: [(&str, &str); 4] =
    [("content-type", "text/plain"), ("x-total-count", "7"), ("x-secret", "s"), ("set-cookie", "a=b")];

/// The answers of a policy, made once for all requests.
fn answers(policy: &Policy) -> Answers<Vec<u8>> {
    let compiled = CompiledPolicy::new(policy).expect("a valid policy");
    Answers::new(compiled, |text| text.as_bytes().to_vec())
}

/// A whole server: the answers of the policy, and a handler that sends the same response to every request.
fn serve(answers: &Answers<Vec<u8>>, request: &HttpRequest, answering: Answering) -> Response {
    let incoming = Incoming(request);
    let decision = answers.policy().decide(&incoming);
    let origin = answers.origin_to_repeat(decision, &incoming);
    let response = match answers.get(decision).status {
        Some(status) => {
            let mut response = Outgoing(Response::new(status));
            answers.write(decision, &incoming, origin.as_ref(), &mut response);
            response.0
        }
        None => {
            let handler = OF_THE_HANDLER
                .iter()
                .fold(Response::new(200), |response, (name, value)| response.header(*name, *value));
            let mut response = Outgoing(handler);
            answers.add_to(decision, origin.as_ref(), Existing::of(&response), &mut response);
            response.0
        }
    };
    let without = |response: Response, gone: &str| Response {
        status: response.status,
        headers: response.headers.into_iter().filter(|(name, _)| name != gone).collect(),
    };
    match answering {
        Answering::Honestly => response,
        Answering::WithTheWrongOrigin => {
            let granted = response.headers.iter().any(|(name, _)| name == "access-control-allow-origin");
            let response = without(response, "access-control-allow-origin");
            if granted {
                response.header("access-control-allow-origin", "https://other.example")
            } else {
                response
            }
        }
        Answering::WithAnyOrigin => {
            without(response, "access-control-allow-origin").header("access-control-allow-origin", "*")
        }
        Answering::WithoutCredentials => without(response, "access-control-allow-credentials"),
        Answering::WithCredentialsAlways => without(response, "access-control-allow-credentials")
            .header("access-control-allow-credentials", "true"),
        Answering::WithoutVary => without(response, "vary"),
        Answering::WithoutAllowHeaders => without(response, "access-control-allow-headers"),
        Answering::WithoutExposeHeaders => without(response, "access-control-expose-headers"),
    }
}

fn judge(
    engine: Engine,
    request: browser::Request,
    mut answer: impl FnMut(&HttpRequest) -> Response,
) -> Verdict {
    let mut cache = PreflightCache::new(engine);
    let mut step = browser::fetch(request, &mut cache, Duration::ZERO);
    loop {
        step = match step {
            Step::Preflight(preflight) => {
                let response = answer(preflight.request());
                preflight.answer(&response, &mut cache, Duration::ZERO)
            }
            Step::Send(actual) => {
                let response = answer(actual.request());
                actual.answer(&response, &mut cache, Duration::ZERO)
            }
            Step::Done(verdict) => return verdict,
        }
    }
}

/// What the policy declares: the headers that the page may read. `None` if it may not read the response.
fn granted(engine: Engine, policy: &Policy, request: &browser::Request) -> Option<Vec<&'static str>> {
    let method = normalize_method(&request.method);
    if is_forbidden_method(method) {
        return None;
    }
    let sent: Vec<(String, Vec<u8>)> = request
        .headers
        .iter()
        .filter(|(name, value)| !is_forbidden_request_header(name, value, engine))
        .cloned()
        .collect();
    // With credentials, the answer has a list instead of a wildcard.
    let has_wildcard = !policy.credentials() && policy.allows_header("x-in-no-list");
    let allows_header = |name: &str| {
        let by_wildcard = name == "authorization" && engine.quirks().wildcard_covers_authorization;
        policy.allows_header(name) || (by_wildcard && has_wildcard)
    };
    let is_granted = policy.allows_origin(&request.origin)
        && (request.credentials != CredentialsMode::Include || policy.credentials())
        && (is_safelisted_method(method) || policy.allows_method(method))
        && unsafe_request_header_names(&sent, engine).iter().all(|name| allows_header(name));
    // With credentials, a browser reads a `*` in `Access-Control-Expose-Headers` literally, so a policy that has both lists
    // the names.
    is_granted.then(|| {
        OF_THE_HANDLER.iter().map(|(name, _)| *name).filter(|name| policy.exposes_header(name)).collect()
    })
}

fn check(
    policy: &Policy,
    answers: &Answers<Vec<u8>>,
    request: &browser::Request,
    answering: Answering,
) -> Result<(), String> {
    Engine::ALL.into_iter().try_for_each(|engine| check_in(engine, policy, answers, request, answering))
}

fn check_in(
    engine: Engine,
    policy: &Policy,
    answers: &Answers<Vec<u8>>,
    request: &browser::Request,
    answering: Answering,
) -> Result<(), String> {
    let verdict = judge(engine, request.clone(), |sent| serve(answers, sent, answering));
    let expected = granted(engine, policy, request);
    let found = match &verdict {
        Verdict::Readable { headers, .. } => {
            let handlers =
                headers.iter().filter_map(|(name, _)| OF_THE_HANDLER.iter().find(|(n, _)| n == name));
            Some(handlers.map(|(name, _)| *name).collect::<Vec<_>>())
        }
        Verdict::Blocked(_) => None,
    };
    let sorted = |names: Option<Vec<&'static str>>| {
        names.map(|mut names| {
            names.sort_unstable();
            names
        })
    };
    if sorted(found) == sorted(expected.clone()) {
        Ok(())
    } else {
        Err(format!(
            "policy! {{ {policy} }}\n{request:?}\nthe policy grants {expected:?}, {engine} says {verdict:?}"
        ))
    }
}

/// A cache between browsers and the server stores the response to one origin, and sends it to another one if `Vary`
/// allows that (<https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches>). For both origins, the verdict has to be
/// the same as without the cache.
fn check_cached(
    policy: &Policy,
    answers: &Answers<Vec<u8>>,
    first: Option<&str>,
    second: &str,
    answering: Answering,
) -> Result<(), String> {
    let request = |origin: &str| browser::Request::new(origin, "https://api.example.com/");
    let mut cached = None;
    let mut through_cache = |sent: &HttpRequest| {
        let origin = |request: &HttpRequest| {
            request
                .headers
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case("origin"))
                .map(|(_, value)| value.clone())
        };
        let response = serve(answers, sent, answering);
        let varies =
            response.headers.iter().any(|(name, value)| name == "vary" && value.starts_with(b"Origin"));
        match &cached {
            Some((key, varies, kept)) if !varies || *key == origin(sent) => Response::clone(kept),
            _ => {
                cached = Some((origin(sent), varies, response.clone()));
                response
            }
        }
    };
    match first {
        Some(origin) => drop(judge(Engine::Standard, request(origin), &mut through_cache)),
        // A request that is not a CORS request, such as an image or a navigation.
        None => {
            let plain = judge(Engine::Standard, request("https://api.example.com"), |sent| {
                let mut sent = sent.clone();
                sent.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("origin"));
                through_cache(&sent)
            });
            drop(plain);
        }
    }
    let with = judge(Engine::Standard, request(second), through_cache);
    let without = judge(Engine::Standard, request(second), |sent| serve(answers, sent, answering));
    if with == without {
        Ok(())
    } else {
        Err(format!(
            "policy! {{ {policy} }}\nfirst {first:?}, then {second}: {with:?} instead of {without:?}"
        ))
    }
}

const ORIGINS: [&str; 6] = [
    "https://app.example.com",
    "https://a.partner.example",
    "https://partner.example",
    "http://localhost:3000",
    "https://evil.example",
    "null",
];

/// Every policy of the small world.
fn policies() -> Vec<Policy> {
    let mut policies = Vec::new();
    let origins: [(&[&str], &[&str]); 5] = [
        (&["*"], &[]),
        (&["*"], &["https://evil.example"]),
        (&["https://app.example.com"], &[]),
        (&["https://app.example.com", "https://*.partner.example", "http://localhost:*"], &[]),
        (&["null", "https://app.example.com"], &[]),
    ];
    for (origins, except) in origins {
        for credentials in [false, true] {
            for methods in [&[][..], &["PUT"], &["*"]] {
                for headers in [&[][..], &["x-custom"], &["*"], &["*", "authorization"]] {
                    for expose in [&[][..], &["x-total-count"], &["*"]] {
                        for enforce in [false, true] {
                            let built = Policy::builder()
                                .origins(origins)
                                .except(except)
                                .credentials(credentials)
                                .methods(methods)
                                .headers(headers)
                                .expose(expose)
                                .enforce(enforce)
                                .allow([cors_core::Allow::NullOrigin])
                                .build();
                            // Some combinations are not valid policies.
                            policies.extend(built);
                        }
                    }
                }
            }
        }
    }
    policies
}

/// Every request of the small world.
fn requests() -> Vec<browser::Request> {
    let mut requests = Vec::new();
    for origin in ORIGINS {
        for method in ["GET", "PUT", "put", "PATCH"] {
            for headers in [&[][..], &["x-custom"], &["authorization"], &["x-other", "x-custom"]] {
                for credentials in [CredentialsMode::Omit, CredentialsMode::Include] {
                    let request = browser::Request::new(origin, "https://api.example.com/")
                        .method(method)
                        .credentials(credentials);
                    requests.push(headers.iter().fold(request, |request, name| request.header(*name, "1")));
                }
            }
        }
    }
    requests
}

#[test]
fn every_browser_enforces_every_policy_of_the_small_world() {
    let (policies, requests) = (policies(), requests());
    assert!(policies.len() > 300 && requests.len() > 150, "{} {}", policies.len(), requests.len());
    for policy in &policies {
        let answers = answers(policy);
        for request in &requests {
            check(policy, &answers, request, Answering::Honestly).unwrap();
        }
        for second in ORIGINS {
            check_cached(policy, &answers, None, second, Answering::Honestly).unwrap();
            for first in ORIGINS {
                check_cached(policy, &answers, Some(first), second, Answering::Honestly).unwrap();
            }
        }
    }
}

#[test]
fn every_wrong_answer_is_detected() {
    let (policies, requests) = (policies(), requests());
    for mistake in MISTAKES {
        let found_out = policies.iter().any(|policy| {
            let answers = answers(policy);
            let is_detected =
                |first, second| check_cached(policy, &answers, Some(first), second, mistake).is_err();
            requests.iter().any(|request| check(policy, &answers, request, mistake).is_err())
                || ORIGINS.iter().any(|first| ORIGINS.iter().any(|second| is_detected(first, second)))
        });
        assert!(found_out, "{mistake:?} was not detected");
    }
}

fn policy_strategy() -> impl Strategy<Value = Policy> {
    let list = |choices: &'static [&'static str]| proptest::sample::subsequence(choices, 0..=choices.len());
    let origins = prop_oneof![
        Just(vec!["*"]),
        proptest::sample::subsequence(
            vec![
                "https://app.example.com",
                "https://*.partner.example",
                "https://*.example.com:*",
                "http://localhost:*",
                "capacitor://localhost",
                "http://[::1]:3000",
                "moz-extension://*",
                "null",
            ],
            1..=8
        ),
    ];
    let methods = prop_oneof![Just(vec!["*"]), list(&["GET", "PUT", "DELETE", "PATCH", "QUERY", "custom"])];
    let headers = prop_oneof![
        Just(vec!["*"]),
        Just(vec!["*", "authorization"]),
        list(&["content-type", "X-Custom", "authorization", "range", "accept-language"])
    ];
    let expose = prop_oneof![Just(vec!["*"]), list(&["x-total-count", "X-Secret", "etag"])];
    let except = prop_oneof![Just(vec![]), Just(vec!["https://evil.example", "https://*.partner.example"])];
    (origins, except, any::<bool>(), methods, headers, expose, any::<bool>()).prop_filter_map(
        "no policy",
        |(origins, except, credentials, methods, headers, expose, enforce)| {
            Policy::builder()
                .origins(origins)
                .except(except)
                .credentials(credentials)
                .methods(methods)
                .headers(headers)
                .expose(expose)
                .enforce(enforce)
                .allow([cors_core::Allow::NullOrigin])
                .build()
                .ok()
        },
    )
}

fn request_strategy() -> impl Strategy<Value = browser::Request> {
    let origin = prop_oneof![
        proptest::sample::select(ORIGINS.to_vec()),
        proptest::sample::select(vec![
            "https://a.b.partner.example",
            "https://a.partner.example.",
            "https://x.example.com:8443",
            "https://app.example.com:8443",
            "https://app.example.com.evil.example",
            "capacitor://localhost",
            "http://[::1]:3000",
            "moz-extension://4e37d34c-7b1f-4f5e-9d0a-000000000000",
        ])
    ];
    let method = proptest::sample::select(vec![
        "GET", "HEAD", "POST", "get", "PUT", "DELETE", "patch", "PATCH", "QUERY", "custom",
    ]);
    let header = prop_oneof![
        Just(("content-type", "application/json")),
        Just(("content-type", "text/plain")),
        Just(("x-custom", "1")),
        Just(("X-Other", "1")),
        Just(("authorization", "Bearer x")),
        Just(("range", "bytes=0-10")),
        Just(("range", "bytes=-10")),
        Just(("accept-language", "de")),
        Just(("cookie", "a=b")),
    ];
    let mode = proptest::sample::select(vec![
        CredentialsMode::Omit,
        CredentialsMode::SameOrigin,
        CredentialsMode::Include,
    ]);
    (origin, method, proptest::collection::vec(header, 0..4), mode).prop_map(
        |(origin, method, headers, mode)| {
            let request = browser::Request::new(origin, "https://api.example.com/items")
                .method(method)
                .credentials(mode);
            headers.into_iter().fold(request, |request, (name, value)| request.header(name, value))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn every_browser_enforces_random_policies(
        policy in policy_strategy(),
        request in request_strategy(),
    ) {
        check(&policy, &answers(&policy), &request, Answering::Honestly).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn a_shared_cache_does_not_change_the_verdict_of_random_policies(
        policy in policy_strategy(),
        first in proptest::option::of(request_strategy()),
        second in request_strategy(),
    ) {
        let first = first.map(|request| request.origin);
        check_cached(&policy, &answers(&policy), first.as_deref(), &second.origin, Answering::Honestly)
            .map_err(TestCaseError::fail)?;
    }
}
