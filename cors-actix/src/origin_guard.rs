//! A policy as a guard of routes, for what browsers do not apply CORS to.

use std::panic::Location;

use actix_web::guard::{Guard, GuardContext};
use cors_core::{Decision, ForwardedHost, Request as _, RequestHeader, is_same_origin};

use crate::layer::current::Current;
use crate::layer::place::Place;
use crate::layer::settings::{LayerSettings, Role};
use crate::record::{Reason, Record};
use crate::request::RequestView;
use crate::source::{PolicySource, compiled};

/// A policy as an [`actix_web::guard::Guard`]: a route with it is there for the origins that the policy grants, and for
/// the server's own pages.
///
/// Use it for WebSockets and event streams. If the guard refuses a request, actix tries the next route; without another
/// route, the response is 404.
///
/// Browsers apply CORS neither to WebSocket handshakes nor to what a page does without reading the answer. Any page can
/// open a socket to any server, with the user's cookies, and read what comes; only the `Origin` of the handshake tells.
///
/// ```
/// use actix_web::{HttpResponse, web};
/// use cors_actix::{OriginGuard, Policy, policy};
///
/// static CHAT: Policy = policy! { origins = ["https://app.example.com"], credentials };
///
/// let route = web::resource("/chat").guard(OriginGuard::new(&CHAT)).route(web::get().to(HttpResponse::Ok));
/// ```
///
/// [RFC 6455 §10.2](https://www.rfc-editor.org/rfc/rfc6455#section-10.2) asks servers for this check.
///
/// A request without `Origin` passes: it is not a browser's cross-origin request, and the event streams of the server's
/// own pages have none. See [`OriginGuard::require_origin`].
///
/// A guard cannot see whether this server speaks TLS itself, so a page under `http` passes as the server's own where its
/// host and port are the request's.
#[derive(Clone, Debug)]
pub struct OriginGuard {
    policy: Current,
    requires_origin: bool,
    forwarded_host: Option<ForwardedHost>,
}

impl OriginGuard {
    /// A guard by `policy`.
    ///
    /// # Panics
    /// As [`Cors::new`](crate::Cors::new).
    #[track_caller]
    pub fn new(policy: impl PolicySource) -> Self {
        let settings = LayerSettings::new(Role::Whole, Place::Guard(Location::caller()));
        let policy = Current::new(&compiled(policy), settings.into());
        Self { policy, requires_origin: false, forwarded_host: None }
    }

    /// Refuses requests without `Origin` too: for routes that only scripts of pages use. Every WebSocket handshake of a
    /// browser carries one.
    ///
    /// ```
    /// # use cors_actix::{OriginGuard, Policy, policy};
    /// # static CHAT: Policy = policy! { origins = ["https://app.example.com"], credentials };
    /// let guard = OriginGuard::new(&CHAT).require_origin();
    /// ```
    #[must_use]
    pub fn require_origin(mut self) -> Self {
        self.requires_origin = true;
        self
    }

    /// As [`Cors::trust_forwarded_host`](crate::Cors::trust_forwarded_host), to know the server's own pages.
    #[must_use]
    pub fn trust_forwarded_host(mut self, header: ForwardedHost) -> Self {
        self.forwarded_host = Some(header);
        self
    }
}

impl Guard for OriginGuard {
    fn check(&self, context: &GuardContext<'_>) -> bool {
        let request = RequestView::new(context.head(), false, self.forwarded_host);
        let answers = self.policy.load();
        let has_origin = request.header(RequestHeader::Origin).next().is_some();
        let passes = (has_origin || !self.requires_origin)
            && match answers.policy().decide(&request) {
                Decision::NotCors | Decision::Granted | Decision::PreflightGranted => true,
                Decision::Refused | Decision::Blocked | Decision::PreflightRefused => {
                    is_same_origin(&request)
                }
            };
        if let Some(record) = Record::in_extensions(&context.req_data())
            && record.is_listening()
        {
            let refusal = if passes { None } else { answers.policy().refusal(&request) };
            record.set_refused_by_guard(refusal.map(|refusal| Reason {
                refusal,
                head: context.head().clone(),
                place: answers.settings.place,
                declared_at: answers.policy().policy().declared_at(),
            }));
        }
        passes
    }
}
