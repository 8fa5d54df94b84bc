//! A CORS policy, judged by one set of rules at compile time and at run time.
//!
//! This is what `cors-actix` and its macros share: the [`Policy`] and the [rules] it has to pass, [origin
//! patterns](OriginPattern) and their matching, and the [decision](CompiledPolicy::decide) about a request. It knows no
//! framework, does no I/O, has no clock and no unsafe code. To use CORS in an actix-web application, depend on
//! `cors-actix`. The rest of this page is for those who build CORS into something else.
//!
//! # From a policy to a response
//!
//! 1. [`Policy::builder`] collects what is declared, and [`Builder::build`] judges it. There is no invalid [`Policy`].
//! 2. [`CompiledPolicy::new`] makes it ready: once per policy, not once per request or thread. It builds the *matcher*,
//!    which tells whether the policy names an origin, and writes out the headers of every possible answer.
//! 3. [`CompiledPolicy::decide`] reads a [`Request`] and returns a [`Decision`], one of six. It allocates nothing.
//! 4. [`CompiledPolicy::answer`] has the [`Answer`] to that decision: a status where the handler must not run, the
//!    headers of the [protocol](https://fetch.spec.whatwg.org/#http-cors-protocol), and what goes into `Vary`.
//!
//! # The decision
//!
//! | the request | the origin | decision | handler | status |
//! | --- | --- | --- | --- | --- |
//! | has no `Origin` | | [`NotCors`](Decision::NotCors) | runs | its own |
//! | is a preflight | granted | [`PreflightGranted`](Decision::PreflightGranted) | – | 204, or `preflight_status` |
//! | is a preflight | refused | [`PreflightRefused`](Decision::PreflightRefused) | – | 403 |
//! | is any other | granted | [`Granted`](Decision::Granted) | runs | its own |
//! | is any other | refused | [`Refused`](Decision::Refused) | runs | its own |
//! | is any other, under `enforce` | refused | [`Blocked`](Decision::Blocked) | – | 403 |
//!
//! Two things may surprise:
//!
//! * It depends on the origin, not on the method or the headers that a preflight asks for. The answer lists all that is
//!   granted, and the browser compares. [`CompiledPolicy::shortfall`] tells whether it will find something missing.
//! * A plain `*` does not depend on the origin either: all but `OPTIONS` is `Granted` without a look at it, and the answer
//!   to `NotCors` carries the `*` too, so that a cache may hand it to anyone.
//!
//! # The matcher
//!
//! It compares bytes. An `Origin` is granted if an [`OriginPattern`] of the policy [matches](OriginPattern::matches) it,
//! and only if it is what a browser sends: `null` (unless declared), several lines and malformed values match nothing but
//! a plain `*`. Under `except` everyone matches but the patterns named there and what is no origin. The cost does not grow
//! with the number of patterns, and what is longer than any origin is not read.
//! [`Policy::allows_origin`] gives the same verdict without a matcher, for tests and for constants.
//!
//! # An example, in full
//!
//! A framework has three things to do: implement [`Request`], ask for the decision, and carry the answer into the response.
//!
//! ```
//! use cors_core::{CompiledPolicy, Field, Policy, Refusal, Request, Value, Vary, echoes_headers, exposes_name};
//!
//! /// The framework's request: header names in lower case.
//! struct Incoming {
//!     method: &'static str,
//!     headers: Vec<(&'static str, &'static str)>,
//! }
//!
//! impl Incoming {
//!     fn lines(&self, name: &'static str) -> impl Iterator<Item = &[u8]> {
//!         self.headers.iter().filter(move |line| line.0 == name).map(|line| line.1.as_bytes())
//!     }
//! }
//!
//! impl Request for Incoming {
//!     fn method(&self) -> &str { self.method }
//!     fn origin(&self) -> Field<'_> { Field::from_lines(self.lines("origin")) }
//!     fn access_control_request_method(&self) -> Field<'_> {
//!         Field::from_lines(self.lines("access-control-request-method"))
//!     }
//!     fn access_control_request_headers(&self) -> impl Iterator<Item = &[u8]> {
//!         self.lines("access-control-request-headers")
//!     }
//!     fn sec_fetch_site(&self) -> Field<'_> { Field::from_lines(self.lines("sec-fetch-site")) }
//!     fn authority(&self) -> Option<&[u8]> { self.lines("host").next() }
//!     fn is_secure(&self) -> bool { true }
//! }
//!
//! /// The framework's response.
//! struct Outgoing {
//!     status: u16,
//!     headers: Vec<(&'static str, Vec<u8>)>,
//! }
//!
//! impl Outgoing {
//!     fn get(&self, name: &str) -> Option<&str> {
//!         let line = self.headers.iter().find(|line| line.0 == name)?;
//!         std::str::from_utf8(&line.1).ok()
//!     }
//! }
//!
//! fn serve(policy: &CompiledPolicy, request: &Incoming, handler: fn(&Incoming) -> Outgoing) -> Outgoing {
//!     let answer = policy.answer(policy.decide(request));
//!     if let Some(refusal) = policy.refusal(request) {
//!         eprintln!("refused [{}]: {refusal}; {}", refusal.code(), refusal.remedy());
//!     }
//!
//!     // Where there is a status, it is the answer; else the handler runs.
//!     let mut response = match answer.status {
//!         Some(status) => Outgoing { status, headers: Vec::new() },
//!         None => handler(request),
//!     };
//!
//!     // A handler that speaks CORS itself is left alone: a header more could widen what it grants.
//!     if response.get("access-control-allow-origin").is_none() {
//!         for (name, value) in &answer.headers {
//!             let lines: Vec<Vec<u8>> = match value {
//!                 Value::Text(text) => vec![text.as_bytes().to_vec()],
//!                 Value::RequestOrigin => request.origin().one().map(<[u8]>::to_vec).into_iter().collect(),
//!                 Value::RequestMethod => {
//!                     let asked = request.access_control_request_method().one();
//!                     asked.filter(|method| policy.echoes_method(method)).map(<[u8]>::to_vec).into_iter().collect()
//!                 }
//!                 Value::RequestHeaders if echoes_headers(request.access_control_request_headers()) => {
//!                     request.access_control_request_headers().map(<[u8]>::to_vec).collect()
//!                 }
//!                 Value::ResponseHeaderNames => {
//!                     let names = response.headers.iter().map(|line| line.0).filter(|name| exposes_name(name));
//!                     let names = names.collect::<Vec<_>>().join(", ");
//!                     if names.is_empty() { vec![] } else { vec![names.into()] }
//!                 }
//!                 // What may not be echoed is left out.
//!                 _ => vec![],
//!             };
//!             response.headers.extend(lines.into_iter().map(|line| (*name, line)));
//!         }
//!     }
//!
//!     // `Vary` stands on every response, also on refusals and on what is not CORS: caches are why. Nothing is said twice.
//!     let mut vary = response.headers.iter().filter(|line| line.0 == "vary");
//!     let said = answer.vary == Vary::Origin && vary.any(|line| Vary::has_origin(&line.1));
//!     if answer.vary != Vary::Nothing && !said {
//!         response.headers.push(("vary", answer.vary.as_str().into()));
//!     }
//!     response
//! }
//!
//! let policy = Policy::builder()
//!     .origins(["https://app.example.com", "https://*.partner.example"])
//!     .methods(["PUT"])
//!     .headers(["content-type"])
//!     .expose(["x-total-count"])
//!     .max_age("10m")
//!     .build()?;
//! let policy = CompiledPolicy::new(&policy)?;
//! let handler = |_: &Incoming| Outgoing { status: 200, headers: vec![("x-total-count", b"7".to_vec())] };
//!
//! // A preflight. The handler does not run.
//! let preflight = Incoming {
//!     method: "OPTIONS",
//!     headers: vec![("origin", "https://eu.partner.example"), ("access-control-request-method", "PUT")],
//! };
//! let response = serve(&policy, &preflight, handler);
//! assert_eq!(response.status, 204);
//! assert_eq!(response.get("access-control-allow-origin"), Some("https://eu.partner.example"));
//! assert_eq!(response.get("access-control-allow-methods"), Some("PUT"));
//! assert_eq!(response.get("access-control-allow-headers"), Some("content-type"));
//! assert_eq!(response.get("access-control-max-age"), Some("600"));
//! assert_eq!(response.get("vary"), Some("Origin, Access-Control-Request-Method"));
//!
//! // The request itself.
//! let actual = Incoming { method: "PUT", headers: vec![("origin", "https://eu.partner.example")] };
//! let response = serve(&policy, &actual, handler);
//! assert_eq!(response.status, 200);
//! assert_eq!(response.get("access-control-allow-origin"), Some("https://eu.partner.example"));
//! assert_eq!(response.get("access-control-expose-headers"), Some("x-total-count"));
//! assert_eq!(response.get("vary"), Some("Origin"));
//!
//! // A refusal: the handler runs, no header grants anything, and the browser keeps the response from the page.
//! let foreign = Incoming { method: "PUT", headers: vec![("origin", "https://evil.example")] };
//! let response = serve(&policy, &foreign, handler);
//! assert_eq!(response.status, 200);
//! assert_eq!(response.get("access-control-allow-origin"), None);
//! assert_eq!(response.get("vary"), Some("Origin"));
//!
//! // And why.
//! assert_eq!(policy.refusal(&foreign), Some(Refusal::OriginNotAllowed));
//! let twice = Incoming {
//!     method: "GET",
//!     headers: vec![("origin", "https://app.example.com"), ("origin", "https://evil.example")],
//! };
//! assert_eq!(policy.refusal(&twice), Some(Refusal::MalformedOrigin));
//! # Ok::<(), cors_core::Violations>(())
//! ```
//!
//! # Features
//!
//! * `public-suffix` (default): the rule [`CredentialsPublicSuffix`](Rule::CredentialsPublicSuffix), with the public
//!   suffix list.
//! * `serde`: a [`Policy`] and a [`Builder`] from TOML, JSON or YAML, and a policy back.
//! * `browser`: a model of what a browser does, to test against.

#[cfg(feature = "browser")]
pub mod browser;
mod const_text;
mod decision;
mod fetch_standard;
mod origin;
mod policy;
mod request;
pub mod rules;

pub use decision::answer::{Answer, Value, Vary, echoes_headers, exposes_name};
pub use decision::compiled_policy::CompiledPolicy;
pub use decision::decision::Decision;
pub use decision::refusal::Refusal;
#[doc(hidden)]
pub use fetch_standard::methods::is_forbidden_method;
pub use origin::origin::Origin;
pub use origin::pattern::OriginPattern;
pub use policy::builder::{Builder, IntoTexts};
#[doc(hidden)]
pub use policy::declaration::{Borrowed, Declaration, Owned, OwnedMaxAge, Storage, ValueMut, ValueRef};
pub use policy::exception::Allow;
#[doc(hidden)]
pub use policy::exception::AllowSet;
pub use policy::key::Key;
#[doc(hidden)]
pub use policy::key::nearest_word;
pub use policy::max_age::MaxAge;
pub use policy::policy::Policy;
pub use request::request::{Field, Request, preflight_method};
pub use request::same_origin::is_same_origin;
pub use rules::rule::{Class, Rule};
pub use rules::violation::{Violation, Violations};
