//! A CORS policy, judged by one set of rules at compile time and at run time.
//!
//! `cors-actix` and its macros share this crate: the [`Policy`] and the [rules] that it has to pass, [origin
//! patterns](OriginPattern) and their matching, the [decision](CompiledPolicy::decide) about a request, and the
//! [answer](Answers) that is written into the response. It contains no framework, no I/O, no clock and no unsafe code. To
//! use CORS in an actix-web application, depend on `cors-actix`. The rest of this page is for people who integrate CORS
//! into another framework.
//!
//! # From a policy to a response
//!
//! 1. [`Policy::builder`] collects what is declared, and [`Builder::build`] judges it. An invalid [`Policy`] cannot exist.
//! 2. [`CompiledPolicy::new`] prepares it, once per policy, so that the cost of a decision does not grow with the number of
//!    origins. [`Answers::new`] creates the header values of every possible answer.
//! 3. [`CompiledPolicy::decide`] reads a [`Request`] and returns a [`Decision`]. It allocates nothing.
//! 4. If the [`Answer`] to that decision has a status, the handler does not run, and [`Answers::write`] fills a new
//!    response. Otherwise the handler runs, and [`Answers::add_to`] adds to its response.
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
//! | is [unsafe and of another site](is_unsafe_without_origin), under `enforce` | missing | [`Blocked`](Decision::Blocked) | – | 403 |
//!
//! Two properties may be unexpected:
//!
//! * The decision depends on the origin, not on the method or the headers that a preflight asks for. The answer lists
//!   everything that is granted, and the browser compares. [`CompiledPolicy::missing_grant`] returns what the browser will
//!   find missing.
//! * With a plain `*`, the decision does not depend on the origin either. Every request other than `OPTIONS` is
//!   `Granted`, even without an `Origin`. The answer to `NotCors` has the `*` too, so that a cache may send the
//!   response to any client.
//!
//! # Matching
//!
//! Matching compares bytes. An `Origin` is granted if an [`OriginPattern`] of the policy [matches](OriginPattern::matches)
//! it. `null` (unless it is declared), several lines and malformed values match only a plain `*`. With `except`, every
//! origin matches, apart from those that match a pattern of `except`. The cost does not grow with the number of patterns,
//! and a value that is longer than any origin is not read. [`Policy::allows_origin`] gives the same verdict for tests and
//! constants.
//!
//! # An example
//!
//! A framework implements [`Request`] and [`Response`], which give access to headers. This is an integration with the types
//! of the `http` crate:
//!
//! ```
//! use cors_core::{Answers, CompiledPolicy, Existing, Policy, RequestHeader, ResponseHeader};
//! use http::{HeaderMap, HeaderName, HeaderValue, request::Parts};
//!
//! struct Incoming<'a>(&'a Parts);
//! struct Outgoing<'a>(&'a mut HeaderMap);
//!
//! impl cors_core::Request for Incoming<'_> {
//!     type Value = HeaderValue;
//!     fn method(&self) -> &str { self.0.method.as_str() }
//!     fn header(&self, name: RequestHeader) -> impl Iterator<Item = &HeaderValue> {
//!         self.0.headers.get_all(name.as_str()).iter()
//!     }
//!     fn authority(&self) -> Option<&[u8]> {
//!         self.0.uri.authority().map(|authority| authority.as_str().as_bytes())
//!     }
//!     fn is_secure(&self) -> bool { false }
//! }
//!
//! impl cors_core::Response for Outgoing<'_> {
//!     type Value = HeaderValue;
//!     fn header(&self, name: ResponseHeader) -> impl Iterator<Item = &[u8]> {
//!         self.0.get_all(name.as_str()).iter().map(HeaderValue::as_bytes)
//!     }
//!     fn names(&self) -> impl Iterator<Item = &str> { self.0.keys().map(HeaderName::as_str) }
//!     fn append(&mut self, name: ResponseHeader, value: HeaderValue) {
//!         self.0.append(HeaderName::from_static(name.as_str()), value);
//!     }
//!     fn remove(&mut self, name: ResponseHeader) { self.0.remove(name.as_str()); }
//!     fn value(text: &str) -> HeaderValue { HeaderValue::from_str(text).expect("visible ASCII") }
//! }
//!
//! type Handler = fn(&Parts) -> http::Response<String>;
//!
//! fn serve(answers: &Answers<HeaderValue>, request: &Parts, handler: Handler) -> http::Response<String> {
//!     let view = Incoming(request);
//!     let decision = answers.policy().decide(&view);
//!     let origin = answers.origin_to_repeat(decision, &view);
//!     if let Some(status) = answers.get(decision).status {
//!         let mut response = http::Response::builder().status(status).body(String::new()).unwrap();
//!         answers.write(decision, &view, origin.as_ref(), &mut Outgoing(response.headers_mut()));
//!         return response;
//!     }
//!     let mut response = handler(request);
//!     let mut headers = Outgoing(response.headers_mut());
//!     answers.add_to(decision, origin.as_ref(), Existing::of(&headers), &mut headers);
//!     response
//! }
//!
//! let policy = Policy::builder().origins(["https://*.example.com"]).methods(["PUT"]).max_age("10m").build()?;
//! let value = |text: &str| HeaderValue::from_str(text).expect("visible ASCII");
//! let answers = Answers::new(CompiledPolicy::new(&policy)?, value);
//!
//! let preflight = http::Request::options("/")
//!     .header("origin", "https://app.example.com")
//!     .header("access-control-request-method", "PUT");
//! let preflight = preflight.body(()).unwrap().into_parts().0;
//! let response = serve(&answers, &preflight, |_| unreachable!("a preflight does not reach the handler"));
//! assert_eq!(response.status(), 204);
//! assert_eq!(response.headers()["access-control-allow-origin"], "https://app.example.com");
//! assert_eq!(response.headers()["access-control-allow-methods"], "PUT");
//! assert_eq!(response.headers()["access-control-max-age"], "600");
//! assert_eq!(response.headers()["vary"], "Origin, Access-Control-Request-Method");
//! # Ok::<(), cors_core::Violations>(())
//! ```
//!
//! [`PlainRequest`] and [`PlainResponse`] implement the two traits for examples and tests.
//! [`CompiledPolicy::reason`] returns why a request was refused, and [`Explanation`] is the text about it for people.
//!
//! # Features
//!
//! * `public-suffix` (default): the rule [`CredentialsPublicSuffix`](Rule::CredentialsPublicSuffix), with the public
//!   suffix list.
//! * `serde`: reads a [`Policy`] or a [`Builder`] from TOML, JSON or YAML, and writes a policy.
//! * `browser`: a model of a browser, for tests.

#[cfg(feature = "browser")]
pub mod browser;
mod const_text;
mod decision;
mod fetch_standard;
mod origin;
mod policy;
mod request;
pub mod rules;
#[cfg(feature = "tenants")]
mod tenants;

#[doc(hidden)]
pub use const_text::is_token;
pub use decision::answer::{AllowOrigin, Answer, ExposeHeaders, Granted, Grants};
pub use decision::answers::{Answers, Existing, remove_grants};
pub use decision::compiled_policy::CompiledPolicy;
pub use decision::decision::Decision;
pub use decision::difference::Difference;
pub use decision::echo::{echoes_headers, exposes_name};
pub use decision::explanation::{Explanation, readable_origin};
pub use decision::refusal::Refusal;
pub use decision::response::{Constant, PlainResponse, Response, ResponseHeader};
pub use decision::vary::Vary;
#[doc(hidden)]
pub use fetch_standard::methods::is_forbidden_method;
pub use fetch_standard::methods::is_safe_method;
pub use origin::origin::Origin;
pub use origin::pattern::OriginPattern;
#[cfg(feature = "browser")]
#[doc(hidden)]
pub use origin::site::is_same_site;
pub use policy::builder::Builder;
pub use policy::changes::PolicyChanges;
#[doc(hidden)]
pub use policy::declaration::{Borrowed, Declaration, Owned, OwnedMaxAge, Storage, ValueMut, ValueRef};
pub use policy::exception::Allow;
#[doc(hidden)]
pub use policy::exception::AllowSet;
pub use policy::key::Key;
#[doc(hidden)]
pub use policy::key::nearest_word;
pub use policy::max_age::MaxAge;
pub use policy::origin_pattern_buf::OriginPatternBuf;
pub use policy::policy::Policy;
pub use policy::values::{IntoMaxAge, IntoTexts};
#[doc(hidden)]
pub use request::authority::{split_port, target_authority};
pub use request::forwarded_host::ForwardedHost;
pub use request::header::RequestHeader;
pub use request::lost_origin::is_unsafe_without_origin;
pub use request::plain::PlainRequest;
pub use request::preflight::{Preflight, skipped_preflight_keeps};
pub use request::request::{Field, Request, preflight_method};
pub use request::same_origin::is_same_origin;
pub use rules::rule::{Class, Rule};
pub use rules::violation::{Violation, Violations};
#[cfg(feature = "tenants")]
pub use tenants::replacement::{Changes, Replacement};
#[cfg(feature = "tenants")]
pub use tenants::tenant_origins::TenantOrigins;
