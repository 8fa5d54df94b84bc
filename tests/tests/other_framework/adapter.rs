//! CORS for axum: everything that an adapter for another framework needs. It gives `cors_core` access to headers, and
//! contains no rule of CORS.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use cors_core::{Answers, CompiledPolicy, Existing, Policy, RequestHeader, ResponseHeader, Violations};
use tower::{Layer, Service};

/// A [`tower::Layer`] that applies a policy to everything inside.
#[derive(Clone)]
pub struct CorsLayer(Arc<Answers<HeaderValue>>);

impl CorsLayer {
    pub fn new(policy: &Policy) -> Result<Self, Violations> {
        Ok(Self(Arc::new(Answers::new(CompiledPolicy::new(policy)?, value))))
    }
}

impl<S> Layer<S> for CorsLayer {
    type Service = Cors<S>;

    fn layer(&self, inner: S) -> Cors<S> {
        Cors { answers: Arc::clone(&self.0), inner }
    }
}

/// The service of a [`CorsLayer`].
#[derive(Clone)]
pub struct Cors<S> {
    answers: Arc<Answers<HeaderValue>>,
    inner: S,
}

impl<S> Service<Request> for Cors<S>
where
    S: Service<Request, Response = Response, Error = Infallible, Future: Send + 'static>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let answers = Arc::clone(&self.answers);
        let view = RequestView(&request);
        let decision = answers.policy().decide(&view);
        let origin = answers.origin_to_repeat(decision, &view);
        if let Some(status) = answers.get(decision).status {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::from_u16(status).expect("a policy has valid statuses");
            answers.write(decision, &view, origin.as_ref(), &mut ResponseHeaders(response.headers_mut()));
            return Box::pin(async { Ok(response) });
        }
        let response = self.inner.call(request);
        Box::pin(async move {
            let mut response = response.await?;
            let mut headers = ResponseHeaders(response.headers_mut());
            answers.add_to(decision, origin.as_ref(), Existing::of(&headers), &mut headers);
            Ok(response)
        })
    }
}

struct RequestView<'a>(&'a Request);

impl cors_core::Request for RequestView<'_> {
    type Value = HeaderValue;

    fn method(&self) -> &str {
        self.0.method().as_str()
    }

    fn header(&self, name: RequestHeader) -> impl Iterator<Item = &HeaderValue> {
        let headers = self.0.headers();
        match name {
            RequestHeader::Origin => headers.get_all(header::ORIGIN),
            RequestHeader::AccessControlRequestMethod => {
                headers.get_all(header::ACCESS_CONTROL_REQUEST_METHOD)
            }
            RequestHeader::AccessControlRequestHeaders => {
                headers.get_all(header::ACCESS_CONTROL_REQUEST_HEADERS)
            }
            RequestHeader::Host => headers.get_all(header::HOST),
            other => headers.get_all(other.as_str()),
        }
        .iter()
    }

    fn authority(&self) -> Option<&[u8]> {
        self.0.uri().authority().map(|authority| authority.as_str().as_bytes())
    }

    fn is_secure(&self) -> bool {
        false // `axum::serve` does not support TLS.
    }
}

struct ResponseHeaders<'a>(&'a mut HeaderMap);

impl cors_core::Response for ResponseHeaders<'_> {
    type Value = HeaderValue;

    fn header(&self, name: ResponseHeader) -> impl Iterator<Item = &[u8]> {
        self.0.get_all(name.as_str()).iter().map(HeaderValue::as_bytes)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(HeaderName::as_str)
    }

    fn append(&mut self, name: ResponseHeader, value: HeaderValue) {
        self.0.append(HeaderName::from_static(name.as_str()), value);
    }

    fn remove(&mut self, name: ResponseHeader) {
        self.0.remove(name.as_str());
    }
    fn value(text: &str) -> HeaderValue {
        value(text)
    }
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("visible ASCII characters and spaces")
}
