//! Middleware that does a part of what CORS does and decides nothing. It shows the least that any middleware costs.

use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_web::Error;
use actix_web::HttpResponse;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use pin_project_lite::pin_project;

/// Inserts headers that are known in advance.
#[derive(Clone)]
pub struct Floor {
    /// With `None`, the response is not changed, apart from its body, which becomes an `EitherBody`.
    pub headers: Option<Rc<Vec<(HeaderName, HeaderValue)>>>,
    pub inserting: Inserting,
}

/// How headers are added to a response.
#[derive(Clone, Copy)]
pub enum Inserting {
    /// With `insert`, as most middleware does it.
    Insert,
    /// With `append`.
    Append,
    /// With `reserve`, then `append`.
    ReserveAppend,
}

impl Floor {
    fn add_to(&self, headers: &mut HeaderMap) {
        let Some(known) = &self.headers else { return };
        if matches!(self.inserting, Inserting::ReserveAppend) {
            headers.reserve(known.len());
        }
        for (name, value) in known.iter() {
            let (name, value) = (name.clone(), value.clone());
            match self.inserting {
                Inserting::Insert => drop(headers.insert(name, value)),
                Inserting::Append | Inserting::ReserveAppend => headers.append(name, value),
            }
        }
    }
}

pub struct FloorMiddleware<S> {
    service: S,
    floor: Floor,
}

impl<S, B> Transform<S, ServiceRequest> for Floor
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type InitError = ();
    type Transform = FloorMiddleware<S>;
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(FloorMiddleware { service, floor: self.clone() }))
    }
}

impl<S, B> Service<ServiceRequest> for FloorMiddleware<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = FloorFuture<S::Future>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        if *request.method() == Method::OPTIONS
            && let Some(headers) = &self.floor.headers
        {
            let status = if headers.len() > 1 { StatusCode::NO_CONTENT } else { StatusCode::FORBIDDEN };
            let mut response = HttpResponse::new(status);
            self.floor.add_to(response.headers_mut());
            return FloorFuture::Answered { response: Some(request.into_response(response)) };
        }
        FloorFuture::Actual { future: self.service.call(request), floor: self.floor.clone() }
    }
}

pin_project! {
    #[project = Projection]
    pub enum FloorFuture<F> {
        Actual { #[pin] future: F, floor: Floor },
        Answered { response: Option<ServiceResponse> },
    }
}

impl<F, B> Future for FloorFuture<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
    B: MessageBody,
{
    type Output = Result<ServiceResponse<EitherBody<B>>, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(Ok(match self.project() {
            Projection::Actual { future, floor } => {
                let mut response = ready!(future.poll(context))?;
                floor.add_to(response.headers_mut());
                response.map_into_left_body()
            }
            Projection::Answered { response } => response.take().expect("polled once").map_into_right_body(),
        }))
    }
}
