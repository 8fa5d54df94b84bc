//! Preflights of 64 KiB in many shapes get the answer that a small one gets, and answers stay small.

use actix_web::{App, HttpResponse, Responder, put, web};
use cors_actix::{Cors, Policy, cors, policy};
use cors_tests::http::{Request, Response, Server};
use cors_tests::is_selected;

use crate::application::{STRANGER, TRUSTED};
use shapes::{lists, methods, origins};

#[path = "../../../cors-core/tests/shapes/mod.rs"]
mod shapes;

static LISTED: Policy = policy! {
    origins = ["https://app.example.com", "https://*.partner.example", "http://localhost:*"],
    methods = ["PUT"],
    headers = ["content-type", "x-a"],
    max_age = 600,
};
static STAR: Policy = policy! { origins = "*", methods = "*", headers = "*" };
static ECHO: Policy = policy! { origins = ["https://app.example.com"], methods = "*", headers = "*", expose = "*", credentials };
static EXCEPT: Policy = policy! { origins = "*", except = ["https://*.evil.example"], headers = "*" };

#[cors(policy = LISTED)]
#[put("/annotated")]
async fn annotated() -> impl Responder {
    HttpResponse::Ok()
}

const PATHS: [&str; 7] = ["/annotated", "/listed", "/star", "/echo", "/except", "/fallback", "/listening"];

fn serve() -> Server {
    Server::start(|| {
        let put = |path: &str| web::resource(path).route(web::put().to(HttpResponse::Ok));
        App::new()
            .service(annotated)
            .service(put("/listed").wrap(Cors::new(&LISTED)))
            .service(put("/star").wrap(Cors::new(&STAR)))
            .service(put("/echo").wrap(Cors::new(&ECHO)))
            .service(put("/except").wrap(Cors::new(&EXCEPT)))
            .service(put("/fallback").wrap(Cors::fallback(&ECHO)))
            .service(put("/listening").wrap(Cors::new(&LISTED).explain().on_refusal(|_, _| {})))
    })
}

const SIZE: usize = 64 * 1024;

fn head_size(response: &Response) -> usize {
    response.headers.iter().map(|(name, value)| name.len() + value.len() + 4).sum()
}

#[track_caller]
fn is_small(response: &Response) {
    let size = head_size(response) + response.body.len();
    assert!(
        size < 10 * 1024,
        "{size} bytes: {}",
        format!("{response:?}").chars().take(300).collect::<String>()
    );
}

#[test]
fn endless_lists_of_headers_change_no_answer() {
    let server = serve();
    let http2 = server.connect_http2();
    let mut cases = 0;
    for path in PATHS {
        let small = server.send(&Request::preflight(TRUSTED, "PUT", path));
        assert_eq!(small.status, 204, "{path}: {small:?}");
        for list in lists(SIZE) {
            cases += 1;
            if !is_selected(cases, 6) {
                continue;
            }
            let start: String = list.chars().take(30).collect();
            let request =
                Request::preflight(TRUSTED, "PUT", path).header("access-control-request-headers", &list);
            let mut responses = vec![server.send(&request)];
            // HTTP/2 has a limit for all headers together, which a list of 8 KiB keeps.
            let shorter = list.chars().take(4 * 1024).collect::<String>();
            responses.push(
                http2.send(
                    &Request::preflight(TRUSTED, "PUT", path)
                        .header("access-control-request-headers", shorter.trim()),
                ),
            );
            for response in responses {
                is_small(&response);
                assert_eq!(
                    (response.status, response.allowed_origin()),
                    (204, Some(small.allowed_origin().unwrap())),
                    "{path} {start:?}"
                );
                let methods = response.header("access-control-allow-methods");
                assert_eq!(methods, small.header("access-control-allow-methods"), "{path} {start:?}");
            }
            let refused = server.send(
                &Request::preflight("null", "PUT", path).header("access-control-request-headers", &list),
            );
            is_small(&refused);
            assert_eq!(refused.status == 403, path != "/star", "{path} {start:?}");
        }
    }
}

#[test]
fn endless_methods_are_never_echoed() {
    let server = serve();
    for path in PATHS {
        for method in methods(SIZE) {
            let response = server.send(&Request::preflight(TRUSTED, &method, path));
            is_small(&response);
            assert!(matches!(response.status, 204 | 404), "{path}: {}", response.status);
        }
    }
}

#[test]
fn endless_origins_are_refused() {
    let server = serve();
    for path in PATHS.into_iter().filter(|path| *path != "/star") {
        for origin in origins(SIZE) {
            let start: String = origin.chars().take(30).collect();
            for request in
                [Request::preflight(&origin, "PUT", path), Request::new("PUT", path).origin(&origin)]
            {
                let response = server.send(&request);
                is_small(&response);
                assert_eq!(response.allowed_origin(), None, "{path} {start:?}");
            }
        }
    }
}

#[test]
fn many_lines_are_answered_with_few() {
    let server = serve();
    let http2 = server.connect_http2();
    for path in PATHS {
        for line in ["", ",", "x-a", "x-a,,,", "x", "\t,"] {
            let lines = |request: Request, count| {
                (0..count).fold(request, |request, _| request.header("access-control-request-headers", line))
            };
            for response in [
                server.send(&lines(Request::preflight(TRUSTED, "PUT", path), 80)),
                http2.send(&lines(Request::preflight(TRUSTED, "PUT", path), 300)),
            ] {
                is_small(&response);
                assert_eq!(response.status, 204, "{path} {line:?}");
                let echoed = response.all("access-control-allow-headers").len();
                assert!(echoed <= 1, "{path} {line:?}: {echoed} lines");
            }
            let several = lines(Request::preflight(STRANGER, "PUT", path).origin(TRUSTED), 60);
            assert_eq!(server.send(&several).status == 403, path != "/star", "{path}");
        }
    }
}
