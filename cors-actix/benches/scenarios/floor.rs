//! A middleware that inserts headers and decides nothing: what is left of CORS when nothing is left.

use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_web::Error;
use actix_web::HttpResponse;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use pin_project_lite::pin_project;

pub type Headers = Rc<Vec<(HeaderName, HeaderValue)>>;

pub struct Floor {
    pub headers: Headers,
}

pub struct FloorMiddleware<S> {
    service: S,
    headers: Headers,
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
        ready(Ok(FloorMiddleware { service, headers: self.headers.clone() }))
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
        if *request.method() == Method::OPTIONS {
            let status = if self.headers.len() > 1 { StatusCode::NO_CONTENT } else { StatusCode::FORBIDDEN };
            let mut response = HttpResponse::new(status);
            for (name, value) in self.headers.iter() {
                response.headers_mut().insert(name.clone(), value.clone());
            }
            return FloorFuture::Answered { response: Some(request.into_response(response)) };
        }
        FloorFuture::Actual { future: self.service.call(request), headers: self.headers.clone() }
    }
}

pin_project! {
    #[project = Projection]
    pub enum FloorFuture<F> {
        Actual { #[pin] future: F, headers: Headers },
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
            Projection::Actual { future, headers } => {
                let mut response = ready!(future.poll(context))?;
                for (name, value) in headers.iter() {
                    response.headers_mut().insert(name.clone(), value.clone());
                }
                response.map_into_left_body()
            }
            Projection::Answered { response } => response.take().expect("polled once").map_into_right_body(),
        }))
    }
}
