//! Why a request was refused, for people: in a log, in a metric, and in the browser's network panel.

use std::cell::Cell;
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::body::{BoxBody, EitherBody};
use actix_web::dev::RequestHead;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use cors_core::{CompiledPolicy, Decision, Refusal};

use crate::request::Request;
use crate::site::Site;

/// The header that [`Cors::explain`](crate::Cors::explain) adds.
const CORS_REFUSAL: HeaderName = HeaderName::from_static("cors-refusal");

pub(crate) type RefusalFn = dyn Fn(Refusal, &RequestHead) + Send + Sync;

/// Who wants to know.
#[derive(Clone, Default)]
pub(crate) struct Listeners {
    pub(crate) on_refusal: Option<Arc<RefusalFn>>,
    pub(crate) explain: bool,
}

impl std::fmt::Debug for Listeners {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listeners")
            .field("on_refusal", &self.on_refusal.is_some())
            .field("explain", &self.explain)
            .finish()
    }
}

impl Listeners {
    /// Whether anyone listens; if not, nothing is worked out.
    pub(crate) fn any(&self) -> bool {
        self.explain || self.on_refusal.is_some() || traces()
    }
}

#[cfg(feature = "tracing")]
fn traces() -> bool {
    tracing::enabled!(tracing::Level::DEBUG)
}

#[cfg(not(feature = "tracing"))]
const fn traces() -> bool {
    false
}

/// One refusal. It has a copy of the request's head, since the request is away when the response comes.
pub(crate) struct Explanation {
    refusal: Refusal,
    head: RequestHead,
    declared_at: Option<&'static str>,
    /// An error can be made into a response more than once.
    told: Cell<bool>,
}

impl Explanation {
    /// Why `decision` was no grant, or will be none to the browser. `known` is a reason that the policy cannot know.
    pub(crate) fn of(
        policy: &CompiledPolicy,
        decision: Decision,
        known: Option<Refusal>,
        request: &Request<'_>,
        head: &RequestHead,
    ) -> Option<Box<Self>> {
        let refusal = match decision {
            Decision::PreflightGranted => policy.shortfall(request),
            _ if decision.is_refusal() => known.or_else(|| policy.refusal(request)),
            _ => None,
        }?;
        let declared_at = policy.policy().declared_at();
        Some(Box::new(Self { refusal, head: head.clone(), declared_at, told: Cell::new(false) }))
    }

    /// Tells whoever listens, and adds the reason to the response if it is to be seen there.
    pub(crate) fn tell<B>(&self, site: &Site, response: &mut HttpResponse<B>) {
        if !self.told.replace(true) {
            self.tell_listeners(site);
        }
        if site.listeners.explain {
            let value = format!("{}; {}", self.refusal.code(), self.refusal);
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(CORS_REFUSAL, value);
            }
        }
    }

    fn tell_listeners(&self, site: &Site) {
        #[cfg(feature = "tracing")]
        tracing::debug!(
            origin = self.origin(),
            method = %self.head.method,
            path = self.head.uri.path(),
            policy = self.place(site),
            reason = self.refusal.code(),
            remedy = self.refusal.remedy(),
            "CORS refused: {}",
            self.refusal,
        );
        if let Some(on_refusal) = &site.listeners.on_refusal {
            on_refusal(self.refusal, &self.head);
        }
    }

    /// The response of a refusal that this library gives itself, with the reason as its body.
    pub(crate) fn explain<B>(
        &self,
        site: &Site,
        mut response: HttpResponse<EitherBody<B>>,
    ) -> HttpResponse<EitherBody<B>> {
        self.tell(site, &mut response);
        if !site.listeners.explain || response.status().is_success() {
            return response;
        }
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        response.set_body(EitherBody::right(BoxBody::new(self.text(site))))
    }

    fn text(&self, site: &Site) -> String {
        format!(
            "CORS refused this request: {}: {}.\n\nOrigin: {}\nRequest: {} {}\nPolicy: {}\nWhat would have to \
             change: {}.\n",
            self.refusal.code(),
            self.refusal,
            self.origin(),
            self.head.method,
            self.head.uri.path(),
            self.place(site),
            self.refusal.remedy(),
        )
    }

    /// The request's origin, or what stands there instead, which may be anything: so it is escaped, and cut.
    fn origin(&self) -> String {
        let lines = self.head.headers().get_all(header::ORIGIN).take(3);
        let lines: Vec<_> = lines.map(|line| line.as_bytes().escape_ascii().to_string()).collect();
        lines.join(", ").chars().take(300).collect()
    }

    /// The layer, and the policy's own place where a macro declared it.
    fn place(&self, site: &Site) -> String {
        match self.declared_at {
            Some(declared_at) => format!("{}, declared at {declared_at}", site.place),
            None => site.place.to_string(),
        }
    }
}
