//! Compares this library with tower-http's `CorsLayer`. With the same settings, both have the same effect on a page.
//!
//! The service of tower-http is called without a server. Only headers are passed to it and returned from it.

use std::convert::Infallible;

use actix_web::{App, HttpResponse, web};
use cors_actix::Cors;
use cors_core::browser::{self, HttpRequest, PreflightCache, Quirks};
use cors_tests::browse::{fetch, fetch_from};
use cors_tests::http::Server;
use cors_tests::is_selected;
use cors_tests::wishes::{RESPONSE_HEADERS, Wishes, is_any, readable, requests};
use futures_util::FutureExt;
use http::{Request, Response};
use tower::{Layer, ServiceExt, service_fn};
use tower_http::cors::{AllowHeaders, AllowMethods, AllowOrigin, CorsLayer, ExposeHeaders};

/// The settings for tower-http. `None` if it does not support them: it cannot list the headers of a response if `*`
/// is not a wildcard.
fn cors_layer(wishes: &Wishes) -> Option<CorsLayer> {
    fn parsed<T: std::str::FromStr<Err: std::fmt::Debug>>(list: &[&str]) -> Vec<T> {
        list.iter().map(|text| text.parse().unwrap()).collect()
    }
    // With credentials, it does not accept `*`, and panics when it is first used.
    let (methods, headers) = match wishes.credentials {
        true => (AllowMethods::mirror_request(), AllowHeaders::mirror_request()),
        false => (AllowMethods::any(), AllowHeaders::any()),
    };
    let expose = match wishes.expose {
        ["*"] if wishes.credentials => return None,
        ["*"] => ExposeHeaders::any(),
        expose => ExposeHeaders::list(parsed(expose)),
    };
    let origins = match wishes.origins {
        ["*"] => AllowOrigin::any(),
        origins => AllowOrigin::list(parsed(origins)),
    };
    let layer = CorsLayer::new().allow_origin(origins).allow_credentials(wishes.credentials);
    let methods = if is_any(wishes.methods) { methods } else { AllowMethods::list(parsed(wishes.methods)) };
    let headers = if is_any(wishes.headers) { headers } else { AllowHeaders::list(parsed(wishes.headers)) };
    Some(layer.allow_methods(methods).allow_headers(headers).expose_headers(expose))
}

async fn our_handler() -> HttpResponse {
    let response = &mut HttpResponse::Ok();
    RESPONSE_HEADERS.into_iter().fold(response, |response, header| response.insert_header(header)).finish()
}

async fn their_handler(_: Request<()>) -> Result<Response<()>, Infallible> {
    let response = Response::builder();
    let response =
        RESPONSE_HEADERS.into_iter().fold(response, |response, (name, value)| response.header(name, value));
    Ok(response.body(()).unwrap())
}

fn serve(layer: &CorsLayer, request: &HttpRequest) -> browser::Response {
    let parts = Request::builder().method(&*request.method).uri(&request.url);
    let parts = request.headers.iter().fold(parts, |parts, (name, value)| parts.header(name, &value[..]));
    let service = layer.layer(service_fn(their_handler));
    let response = service.oneshot(parts.body(()).unwrap()).now_or_never().expect("nothing waits");
    let response = response.unwrap();
    let headers =
        response.headers().iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()));
    browser::Response { status: response.status().as_u16(), headers: headers.collect() }
}

#[test]
fn a_page_gets_the_same_result_with_both() {
    let (mut cases, mut compared, mut granted) = (0, 0, 0);
    for wishes in Wishes::all() {
        let Some(layer) = cors_layer(&wishes) else { continue };
        let cors = Cors::new(wishes.policy().unwrap());
        let server = Server::start(move || App::new().wrap(cors.clone()).route("/", web::to(our_handler)));
        for request in requests() {
            cases += 1;
            if !is_selected(cases, 7) {
                continue;
            }
            compared += 1;
            let mut caches = [(); 2].map(|()| PreflightCache::new(Quirks::STANDARD));
            let ours = fetch(&server, request.clone(), &mut caches[0]);
            let theirs = fetch_from(|request| serve(&layer, request), request.clone(), &mut caches[1]);
            assert_eq!(readable(&ours), readable(&theirs), "{wishes:?}\n{request:?}\n{ours:?}\n{theirs:?}");
            assert_eq!(ours.reason(), theirs.reason(), "{wishes:?}\n{request:?}");
            granted += usize::from(readable(&ours).is_some());
        }
    }
    assert!(granted > compared / 12, "{granted} of {compared} are granted by both");
}
