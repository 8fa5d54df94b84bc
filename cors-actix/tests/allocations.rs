//! Tests the exact number of allocations of CORS. The allocator counts them for the thread of each test.
//!
//! The applications and requests are those of the benches. Every response is first compared with the expected one.
// With `metrics`, every request is recorded and counted.
#![cfg(not(feature = "metrics"))]

#[path = "../benches/scenarios/mod.rs"]
mod scenarios;

use actix_http::Request;
use actix_web::http::header::{HeaderName, HeaderValue, ORIGIN};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpResponse, get, options, web};
use cors_actix::Cors;
use scenarios::application::{Application, application};
use scenarios::policies::Origins;
use scenarios::scenario::Scenario;
use scenarios::variant::Variant;

/// The allocations of one request, after a few requests to warm up.
async fn allocations(variant: Variant, scenario: Scenario) -> i64 {
    let application = application(variant, scenario).await;
    let requests = scenario.requests();
    scenario.check(variant, application.answer(requests.one()));
    let many = |count| (0..count).map(|_| requests.one()).collect();
    application.serve(many(8));
    let (one, three) = (many(1), many(3));
    let one = counted(|| application.serve(one));
    let three = counted(|| application.serve(three));
    assert_eq!(three, 3 * one, "{variant:?}, {scenario:?}: every request needs the same number");
    one
}

fn counted(work: impl FnOnce()) -> i64 {
    allocation_counter::measure(work).count_total as i64
}

/// The allocations that a variant adds to the same application without CORS.
async fn added(variant: Variant, scenario: Scenario) -> i64 {
    allocations(variant, scenario).await - allocations(variant.without(), scenario).await
}

#[actix_web::test]
async fn a_layer_allocates_nothing() {
    let layers = [
        Variant::Cors,
        Variant::OriginFn,
        #[cfg(feature = "reload")]
        Variant::Reload,
    ];
    for variant in layers {
        for &scenario in Scenario::ALL {
            // The layer answers preflights before the application runs, which saves the two allocations of the application.
            let expected = if scenario.is_preflight() { -2 } else { 0 };
            assert_eq!(added(variant, scenario).await, expected, "{variant:?}, {scenario:?}");
        }
    }
}

#[actix_web::test]
async fn a_fallback_allocates_nothing() {
    for &scenario in Scenario::ALL {
        assert_eq!(added(Variant::Fallback, scenario).await, 0, "{scenario:?}");
    }
}

#[actix_web::test]
async fn an_annotated_handler_allocates_no_more_than_a_plain_one() {
    #[get("/")]
    async fn handler() -> HttpResponse {
        HttpResponse::Ok().finish()
    }
    #[options("/")]
    async fn preflights() -> HttpResponse {
        HttpResponse::Ok().finish()
    }
    // An application without CORS in which a preflight reaches a handler too.
    let plain = init_service(App::new().service(handler).service(preflights)).await;
    for &scenario in Scenario::ALL {
        let requests = scenario.requests();
        plain.serve((0..8).map(|_| requests.one()).collect());
        let one = vec![requests.one()];
        let without = counted(|| plain.serve(one));
        let with = allocations(Variant::Handler, scenario).await;
        if scenario.is_preflight() {
            // The handler does not run, which saves the allocation of its future. The preflight is also accepted by the first
            // resource, while the plain application tries the resource of the other method before.
            assert!(with < without, "{scenario:?}: {with}, without CORS {without}");
        } else {
            assert_eq!(with, without, "{scenario:?}");
        }
    }
}

/// The record is one allocation, and its place in the request's extensions is another one.
#[actix_web::test]
async fn nested_layers_allocate_at_most_twice_however_many_they_are() {
    use cors_actix::{Policy, cors, policy};

    static ANYONE: Policy = policy! { origins = "*" };

    #[cors(origins = ["https://app.example.com"], headers = ["content-type"])]
    #[get("/")]
    async fn annotated() -> HttpResponse {
        HttpResponse::Ok().finish()
    }

    let app = || App::new().service(annotated);
    let layer = || Cors::fallback(&ANYONE);
    let origins = ["https://app.example.com", "https://evil.example.net"];
    let request = |origin: &'static str| {
        vec![TestRequest::get().insert_header((ORIGIN, HeaderValue::from_static(origin))).to_request()]
    };
    let mut alone = Vec::new();
    {
        let service = init_service(app()).await;
        for origin in origins {
            (0..4).for_each(|_| service.serve(request(origin)));
            let one = request(origin);
            alone.push(counted(|| service.serve(one)));
        }
    }
    let two = init_service(app().wrap(layer())).await;
    let four = init_service(app().wrap(layer()).wrap(layer()).wrap(layer())).await;
    for (origin, alone) in origins.into_iter().zip(alone) {
        (0..4).for_each(|_| two.serve(request(origin)));
        (0..4).for_each(|_| four.serve(request(origin)));
        let (in_two, in_four) = (request(origin), request(origin));
        let added = [counted(|| two.serve(in_two)) - alone, counted(|| four.serve(in_four)) - alone];
        println!("{origin}: {added:?} allocations in 2 and in 4 layers");
        assert!(added.iter().all(|added| *added <= 2), "{origin}: {added:?}");
    }
}

/// actix reuses the heads of responses, and their maps have room for 14 headers.
#[actix_web::test]
async fn a_full_header_map_grows_once_and_only_if_headers_are_granted() {
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

/// Guards for connections and layers for tenants may be created and dropped very often.
#[cfg(feature = "reload")]
#[actix_web::test]
async fn guards_and_layers_of_a_shared_policy_free_their_memory() {
    use actix_web::dev::Transform as _;
    use cors_actix::{OriginGuard, Policy, SharedPolicy};

    let policy =
        Policy::builder().origins(["https://app.example.com", "https://*.example.com"]).build().unwrap();
    let shared = SharedPolicy::new(&policy).unwrap();
    let make = |count: usize| {
        for _ in 0..count {
            drop(OriginGuard::new(&shared));
            let service = actix_web::dev::fn_service(|request: actix_web::dev::ServiceRequest| async move {
                Ok::<_, actix_web::Error>(request.into_response(HttpResponse::Ok()))
            });
            drop(Cors::new(&shared).new_transform(service));
        }
    };
    // The texts of header values are stored once, until the end of the program.
    make(10);
    let left = allocation_counter::measure(|| make(1000));
    assert!(left.count_total > 1000);
    assert_eq!((left.bytes_current, left.count_current), (0, 0));
    // Existing guards are updated with the policy.
    let kept: Vec<_> = (0..100).map(|_| OriginGuard::new(&shared)).collect();
    assert_eq!(shared.replace(&policy).unwrap().to_string(), "nothing changed");
    drop(kept);
}
