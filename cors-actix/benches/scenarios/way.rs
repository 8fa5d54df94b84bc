//! The ways of doing CORS.

use std::rc::Rc;

use actix_http::Request;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::test::init_service;
use actix_web::web::ServiceConfig;
use actix_web::{App, Error, web};
use cors_actix::Cors;

use super::application::Application;
use super::floor::{Floor, Inserting};
use super::origins::{
    annotated_with_headers, change, change_annotated, empty, plain, plain_guarded,
    plain_guarded_with_headers, plain_with_headers, with_headers,
};
use super::scenario::Scenario;

/// A way of doing CORS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// None at all.
    Bare,
    /// A hand-written middleware that inserts the very same headers and decides nothing: what any middleware must cost.
    Floor,
    /// `Cors::new`.
    Cors,
    /// `Cors::fallback`.
    Fallback,
    /// `Cors::new` with an origin function that knows no one.
    OriginFn,
    /// `Cors::new` with a policy that can be replaced.
    #[cfg(feature = "reload")]
    Reload,
    /// No CORS, the handler behind a path of its own.
    BareHandler,
    /// `#[cors]` on that handler.
    Handler,
    /// actix-cors.
    ActixCors,

    /// A middleware that does nothing but put the body into an `EitherBody`, as whoever may answer itself must.
    Pass,
    /// As the floor, by `append`.
    FloorAppend,
    /// As the floor, by `reserve` and `append`.
    FloorReserveAppend,
    /// No CORS, and a guard on the handler.
    BareGuarded,
    /// No CORS, and another handler for the same path before it.
    BareSecond,
    /// `#[cors]`, and another handler with `#[cors]` for the same path before it.
    HandlerSecond,
}

impl Way {
    pub const ALL: &[Way] = &[
        Way::Bare,
        Way::Floor,
        Way::Cors,
        Way::Fallback,
        Way::OriginFn,
        #[cfg(feature = "reload")]
        Way::Reload,
        Way::BareHandler,
        Way::Handler,
        Way::ActixCors,
    ];

    /// What CORS is made of, one by one.
    pub const PARTS: &[Way] = &[
        Way::Pass,
        Way::Floor,
        Way::FloorAppend,
        Way::FloorReserveAppend,
        Way::Cors,
        Way::BareGuarded,
        Way::BareSecond,
        Way::Handler,
        Way::HandlerSecond,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Way::Bare => "bare",
            Way::Floor => "floor",
            Way::Cors => "Cors::new",
            Way::Fallback => "Cors::fallback",
            Way::OriginFn => "origin_fn",
            #[cfg(feature = "reload")]
            Way::Reload => "reload",
            Way::BareHandler => "bare handler",
            Way::Handler => "#[cors]",
            Way::ActixCors => "actix-cors",
            Way::Pass => "EitherBody alone",
            Way::FloorAppend => "floor, append",
            Way::FloorReserveAppend => "floor, reserve and append",
            Way::BareGuarded => "bare, guard",
            Way::BareSecond => "bare, second",
            Way::HandlerSecond => "#[cors], second",
        }
    }

    /// The application without CORS that this way is compared with.
    pub fn without(self) -> Way {
        match self {
            Way::Handler | Way::BareGuarded | Way::BareSecond | Way::HandlerSecond => Way::BareHandler,
            Way::BareHandler => Way::BareHandler,
            _ => Way::Bare,
        }
    }
}

/// The application of `way`, with the policy of `scenario`.
pub async fn application(way: Way, scenario: Scenario) -> Box<dyn Application> {
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
            scenario.origins().register(config);
        }
    };
    let policy = scenario.origins().policy();
    match way {
        Way::Bare => boxed(init_service(app()).await),
        Way::Pass | Way::Floor | Way::FloorAppend | Way::FloorReserveAppend => {
            let headers = (way != Way::Pass).then(|| Rc::new(scenario.headers(way)));
            let inserting = match way {
                Way::FloorAppend => Inserting::Append,
                Way::FloorReserveAppend => Inserting::ReserveAppend,
                _ => Inserting::Insert,
            };
            boxed(init_service(app().wrap(Floor { headers, inserting })).await)
        }
        Way::Cors => boxed(init_service(app().wrap(Cors::new(policy))).await),
        Way::Fallback => boxed(init_service(app().wrap(Cors::fallback(policy))).await),
        Way::OriginFn => {
            let cors = Cors::new(policy).origin_fn(|_, _| false);
            boxed(init_service(app().wrap(cors)).await)
        }
        #[cfg(feature = "reload")]
        Way::Reload => {
            let shared = cors_actix::SharedPolicy::new(policy).expect("a valid policy");
            boxed(init_service(app().wrap(Cors::new(&shared))).await)
        }
        Way::BareHandler => boxed(init_service(App::new().configure(plain_handler)).await),
        Way::BareGuarded if headers => {
            boxed(init_service(App::new().service(plain_guarded_with_headers)).await)
        }
        Way::BareGuarded => boxed(init_service(App::new().service(plain_guarded)).await),
        Way::BareSecond => boxed(init_service(App::new().service(change).configure(plain_handler)).await),
        Way::Handler => boxed(init_service(App::new().configure(handler)).await),
        Way::HandlerSecond => {
            boxed(init_service(App::new().service(change_annotated).configure(handler)).await)
        }
        Way::ActixCors => boxed(init_service(app().wrap(scenario.origins().actix_cors())).await),
    }
}

fn boxed<B: MessageBody + 'static>(
    service: impl Service<Request, Response = ServiceResponse<B>, Error = Error> + 'static,
) -> Box<dyn Application> {
    Box::new(service)
}
