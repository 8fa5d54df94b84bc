//! What CORS allocates, exactly: counted by the allocator, for the thread of each test alone.
//!
//! The applications and requests are those of the benches, and every answer is compared with what it has to be first.

#[path = "../benches/scenarios/mod.rs"]
mod scenarios;

use actix_http::Request;
use actix_web::http::header::{HeaderName, HeaderValue, ORIGIN};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpResponse, get, options, web};
use cors_actix::Cors;
use scenarios::{Application, Origins, Scenario, Way, application};

/// The allocations of one request, after a few others.
async fn allocations(way: Way, scenario: Scenario) -> i64 {
    let application = application(way, scenario).await;
    let requests = scenario.requests();
    scenario.check(way, application.answer(requests.one()));
    let many = |count| (0..count).map(|_| requests.one()).collect();
    application.serve(many(8));
    let (one, three) = (many(1), many(3));
    let one = counted(|| application.serve(one));
    let three = counted(|| application.serve(three));
    assert_eq!(three, 3 * one, "{way:?}, {scenario:?}: every request costs the same");
    one
}

fn counted(work: impl FnOnce()) -> i64 {
    allocation_counter::measure(work).count_total as i64
}

/// What a way adds to the same application without it.
async fn added(way: Way, scenario: Scenario) -> i64 {
    allocations(way, scenario).await - allocations(way.without(), scenario).await
}

#[actix_web::test]
async fn a_layer_allocates_nothing() {
    let layers = [
        Way::Cors,
        Way::OriginFn,
        #[cfg(feature = "reload")]
        Way::Reload,
    ];
    for way in layers {
        for &scenario in Scenario::ALL {
            // What is answered before the application runs saves the two allocations of the application's own.
            let expected = if scenario.is_preflight() { -2 } else { 0 };
            assert_eq!(added(way, scenario).await, expected, "{way:?}, {scenario:?}");
        }
    }
}

#[actix_web::test]
async fn a_fallback_allocates_nothing() {
    for &scenario in Scenario::ALL {
        assert_eq!(added(Way::Fallback, scenario).await, 0, "{scenario:?}");
    }
}

#[actix_web::test]
async fn an_annotated_handler_allocates_nothing() {
    #[get("/")]
    async fn handler() -> HttpResponse {
        HttpResponse::Ok().finish()
    }
    #[options("/")]
    async fn preflights() -> HttpResponse {
        HttpResponse::Ok().finish()
    }
    // The application without CORS that takes the same way: a preflight is no longer turned away.
    let plain = init_service(App::new().service(handler).service(preflights)).await;
    for &scenario in Scenario::ALL {
        let requests = scenario.requests();
        plain.serve((0..8).map(|_| requests.one()).collect());
        let one = vec![requests.one()];
        let without = counted(|| plain.serve(one));
        // What is answered before the handler runs saves the allocation of its future.
        let expected = if scenario.is_preflight() { without - 1 } else { without };
        assert_eq!(allocations(Way::Handler, scenario).await, expected, "{scenario:?}");
    }
}

/// The heads of actix's responses are used again and have room for 14 headers.
#[actix_web::test]
async fn a_full_header_map_grows_once_and_only_where_headers_are_granted() {
    async fn handler(count: web::Path<usize>) -> HttpResponse {
        let mut response = HttpResponse::Ok().finish();
        for i in 0..*count {
            let name = HeaderName::from_bytes(&[b'x', b'-', b'a' + i as u8]).expect("a name");
            response.headers_mut().insert(name, HeaderValue::from_static("x"));
        }
        response
    }
    fn ask(origin: &'static str, headers: usize) -> Vec<Request> {
        let request = TestRequest::with_uri(&format!("/{headers}"));
        vec![request.insert_header((ORIGIN, HeaderValue::from_static(origin))).to_request()]
    }
    let app = || App::new().route("/{count}", web::get().to(handler));
    let bare = init_service(app()).await;
    let cors = init_service(app().wrap(Cors::new(Origins::One.policy()))).await;
    let (trusted, stranger) = ("https://app.example.com", "https://evil.example.net");
    for warm in [ask(trusted, 0), ask(trusted, 0)] {
        bare.serve(warm);
        cors.serve(ask(trusted, 0));
    }
    let added = |origin| {
        let (with, without) = (ask(origin, 12), ask(origin, 12));
        counted(|| cors.serve(with)) - counted(|| bare.serve(without))
    };
    assert_eq!(added(stranger), 0, "12 and `Vary` fit");
    assert_eq!(added(trusted), 1, "12 and four more do not");
    assert_eq!(added(trusted), 0, "the head is used again");
}
