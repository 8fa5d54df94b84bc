//! The applications: one for each variant and scenario.

use std::hint::black_box;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use actix_http::Request;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::test::init_service;
use actix_web::web::ServiceConfig;
use actix_web::{App, Error, web};
use cors_actix::Cors;
use futures_util::FutureExt;

use super::answer::Answer;
use super::floor::{Floor, Inserting};
use super::handlers::{
    annotated_with_headers, change, change_annotated, empty, plain, plain_guarded,
    plain_guarded_with_headers, plain_with_headers, register_annotated, with_headers,
};
use super::scenario::Scenario;
use super::variant::Variant;

/// An application of any type.
pub trait Application {
    /// The response to a request.
    fn answer(&self, request: Request) -> Answer;

    /// Serves requests and drops the responses.
    fn serve(&self, requests: Vec<Request>);

    /// The time for `count` requests, without the time to make them.
    fn time(&self, count: u64, request: &dyn Fn() -> Request) -> Duration {
        // actix reuses request heads, from a pool of 128.
        const AT_ONCE: u64 = 16;
        let (mut time, mut left) = (Duration::ZERO, count);
        while left > 0 {
            let now = left.min(AT_ONCE);
            let requests = (0..now).map(|_| request()).collect();
            let start = Instant::now();
            self.serve(requests);
            time += start.elapsed();
            left -= now;
        }
        time
    }
}

impl<S, B> Application for S
where
    S: Service<Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    fn answer(&self, request: Request) -> Answer {
        let response = self.call(request).now_or_never().expect("nothing waits").expect("a response");
        let headers = response.headers().iter();
        Answer {
            status: response.status(),
            headers: headers.map(|(name, value)| (name.clone(), value.clone())).collect(),
        }
    }

    fn serve(&self, requests: Vec<Request>) {
        for request in requests {
            serve_one(self, request);
        }
    }
}

/// callgrind counts the instructions inside this function. The command line of callgrind contains its name.
#[inline(never)]
fn serve_one<S: Service<Request>>(service: &S, request: Request) {
    let future = pin!(service.call(request));
    let response = future.poll(&mut Context::from_waker(Waker::noop()));
    // By reference, because a move of the response would cost instructions that are not measured here.
    black_box(&response);
}

/// The application of `variant`, with the policy of `scenario`.
pub async fn application(variant: Variant, scenario: Scenario) -> Box<dyn Application> {
    let headers = scenario.handler_sets_headers();
    let app = || App::new().default_service(if headers { web::to(with_headers) } else { web::to(empty) });
    let plain_handler = |config: &mut ServiceConfig| {
        if headers {
            config.service(plain_with_headers)
        } else {
            config.service(plain)
        };
    };
    let handler = |config: &mut ServiceConfig| {
        if headers {
            config.service(annotated_with_headers);
        } else {
            register_annotated(scenario.origins(), config);
        }
    };
    let policy = scenario.origins().policy();
    match variant {
        Variant::Bare => boxed(init_service(app()).await),
        Variant::Pass | Variant::Floor | Variant::FloorAppend | Variant::FloorReserveAppend => {
            let headers = (variant != Variant::Pass).then(|| Rc::new(scenario.headers(variant)));
            let inserting = match variant {
                Variant::FloorAppend => Inserting::Append,
                Variant::FloorReserveAppend => Inserting::ReserveAppend,
                _ => Inserting::Insert,
            };
            boxed(init_service(app().wrap(Floor { headers, inserting })).await)
        }
        Variant::Cors => boxed(init_service(app().wrap(Cors::new(policy))).await),
        Variant::Fallback => boxed(init_service(app().wrap(Cors::fallback(policy))).await),
        Variant::OriginFn => {
            let cors = Cors::new(policy).origin_fn(|_, _| false);
            boxed(init_service(app().wrap(cors)).await)
        }
        #[cfg(feature = "reload")]
        Variant::Reload => {
            let shared = cors_actix::SharedPolicy::new(policy).expect("a valid policy");
            boxed(init_service(app().wrap(Cors::new(&shared))).await)
        }
        Variant::BareHandler => boxed(init_service(App::new().configure(plain_handler)).await),
        Variant::BareGuarded if headers => {
            boxed(init_service(App::new().service(plain_guarded_with_headers)).await)
        }
        Variant::BareGuarded => boxed(init_service(App::new().service(plain_guarded)).await),
        Variant::BareSecond => boxed(init_service(App::new().service(change).configure(plain_handler)).await),
        Variant::Handler => boxed(init_service(App::new().configure(handler)).await),
        Variant::HandlerSecond => {
            boxed(init_service(App::new().service(change_annotated).configure(handler)).await)
        }
        Variant::ActixCors => boxed(init_service(app().wrap(scenario.origins().actix_cors())).await),
    }
}

fn boxed<B: MessageBody + 'static>(
    service: impl Service<Request, Response = ServiceResponse<B>, Error = Error> + 'static,
) -> Box<dyn Application> {
    Box::new(service)
}
