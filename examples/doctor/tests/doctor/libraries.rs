//! Real libraries: this one, in which a scan finds nothing, and two others with their known holes.

use std::convert::Infallible;

use actix_web::{App, HttpResponse, put, web};
use cors_actix::{Cors, Policy, cors, policy};
use cors_tests::http::Server;
use futures_util::FutureExt;
use http::{Request, Response};
use tower::{Layer, ServiceExt, service_fn};
use tower_http::cors::{Any, CorsLayer};

use crate::program::{APP, Run, doctor};

fn scan(method: &str, url: &str, more: &[&str]) -> Run {
    doctor(&[&[method, url, "--origin", APP, "--scan", "--json"], more].concat())
}

#[cors(origins = ["https://app.example.com"], headers = ["content-type"], credentials, max_age = "1h")]
#[put("/items/{id}")]
async fn update(id: web::Path<u64>) -> String {
    format!("updated {id}")
}

static EXACT: Policy = policy! {
    origins = ["https://app.example.com"],
    methods = ["GET", "PUT"],
    headers = ["content-type"],
    credentials,
    expose = ["x-total-count"],
    max_age = "2h",
};
static PATTERN: Policy = policy! { origins = ["https://*.example.com"], methods = ["PUT"], credentials };
static ENFORCED: Policy = policy! { origins = ["https://app.example.com"], enforce };
static PUBLIC: Policy = policy! { origins = "*", expose = ["x-total-count"], max_age = "10m" };

#[test]
fn a_scan_finds_nothing_in_this_library() {
    for policy in [&EXACT, &PATTERN, &ENFORCED, &PUBLIC] {
        for cors in [Cors::new(policy), Cors::fallback(&EXACT)] {
            let server = Server::start(move || {
                App::new().wrap(cors.clone()).service(update).route("/", web::to(HttpResponse::Ok))
            });
            let url = format!("http://{}/", server.authority());
            let run = scan("GET", &url, &[]);
            assert_eq!(run.findings(), [""; 0], "{policy}: {run:?}");
            assert_eq!((run.status, run.verdicts()[0].as_str()), (0, "readable"), "{policy}");
        }
    }
    let server = Server::start(|| App::new().service(update));
    let url = format!("http://{}/items/1", server.authority());
    let run = scan("PUT", &url, &["--credentials", "-H", "content-type: application/json"]);
    assert_eq!(run.findings(), [""; 0], "{run:?}");
    assert_eq!((run.status, run.verdicts()[0].as_str()), (0, "granted"));
}

#[test]
fn a_refusal_of_this_library_is_status_1_and_the_remedy_allows_the_request() {
    let server = Server::start(|| App::new().service(update));
    let url = format!("http://{}/items/1", server.authority());
    let run = doctor(&["PUT", &url, "--origin", APP, "-H", "x-a: 1", "--json"]);
    assert_eq!(run.status, 1);
    let document = run.json();
    assert_eq!(document["engines"][0]["help"], "headers = [\"x-a\"]");
    let policy = document["policy"].as_str().unwrap();
    assert_eq!(policy, "origins = [\"https://app.example.com\"], methods = [\"PUT\"], headers = [\"x-a\"]");
    let policy = Policy::builder().origins([APP]).methods(["PUT"]).headers(["x-a"]).build().unwrap();
    let cors = Cors::new(policy);
    let server = Server::start(move || App::new().wrap(cors.clone()).route("/", web::to(HttpResponse::Ok)));
    let url = format!("http://{}/", server.authority());
    assert_eq!(doctor(&["PUT", &url, "--origin", APP, "-H", "x-a: 1"]).status, 0);
}

/// Runs the doctor with the arguments of the README against the handler of the README.
#[test]
fn the_readme_shows_what_the_doctor_prints() {
    let readme = include_str!("../../../../README.md");
    let (_, command) = readme.split_once("cargo run -p cors-examples --bin doctor -- ").expect("a command");
    let (command, rest) = command.split_once('\n').expect("a line");
    let (_, shown) = rest.split_once("```text\n").expect("a report");
    let (shown, _) = shown.split_once("```").expect("its end");

    let server = Server::start(|| App::new().service(update));
    let url = format!("http://{}/items/1", server.authority());
    let arguments = command.replace("https://api.example.com/items/1", &url);
    let run = doctor(&arguments.split(' ').collect::<Vec<_>>());
    let report = run.stdout.replace(&url, "https://api.example.com/items/1");
    assert!(report.contains(shown), "the README does not show\n{report}");
}

#[test]
fn the_holes_of_actix_cors_are_found() {
    let scan = |cors: fn() -> actix_cors::Cors| {
        let server = Server::start(move || App::new().wrap(cors()).route("/", web::to(HttpResponse::Ok)));
        scan("GET", &format!("http://{}/", server.authority()), &[])
    };
    let run = scan(actix_cors::Cors::permissive);
    assert_eq!(run.status, 3);
    assert!(run.findings().contains(&"hole origin-reflected".to_owned()), "{run:?}");

    let run = scan(|| {
        actix_cors::Cors::default()
            .allowed_origin_fn(|origin, _| origin.as_bytes().ends_with(b"example.com"))
            .supports_credentials()
    });
    assert_eq!(run.status, 3);
    assert_eq!(run.findings(), ["hole origin-prefix", "hole origin-http"], "{run:?}");

    let run = scan(|| actix_cors::Cors::default().allowed_origin(APP).disable_vary_header());
    assert_eq!((run.status, run.findings()), (3, vec!["hole vary-missing".to_owned()]), "{run:?}");
}

/// tower-http's layer behind real HTTP.
fn tower_http(layer: CorsLayer) -> cors_tests::Server {
    async fn handler(_: Request<()>) -> Result<Response<()>, Infallible> {
        Ok(Response::new(()))
    }
    cors_tests::Server::start(move |received| {
        let request = Request::builder().method(&*received.method).uri(&received.url);
        let request = received.headers.iter().fold(request, |r, (name, value)| r.header(name, &value[..]));
        let service = layer.layer(service_fn(handler));
        let response = service.oneshot(request.body(()).unwrap()).now_or_never().expect("nothing waits");
        let response = response.unwrap();
        let headers = response.headers().iter();
        headers.fold(cors_core::browser::Response::new(response.status().as_u16()), |r, (name, value)| {
            r.header(name.as_str(), value.as_bytes())
        })
    })
}

#[test]
fn the_holes_of_tower_http_are_found() {
    let scan = |layer| scan("GET", &tower_http(layer).url("127.0.0.1", "/"), &[]);
    let run = scan(CorsLayer::very_permissive());
    assert_eq!(run.status, 3);
    assert!(run.findings().contains(&"hole origin-reflected".to_owned()), "{run:?}");

    let run = scan(CorsLayer::permissive());
    assert_eq!(run.status, 0);
    assert_eq!(run.findings(), ["warning methods-for-everyone", "warning headers-for-everyone"], "{run:?}");

    let origin: http::HeaderValue = APP.parse().unwrap();
    let run = scan(CorsLayer::new().allow_origin([origin.clone()]).allow_credentials(true));
    assert_eq!((run.status, run.findings()), (0, Vec::new()), "{run:?}");

    let run = scan(CorsLayer::new().allow_origin([origin]).allow_methods(Any).vary([]));
    assert_eq!((run.status, run.findings()), (3, vec!["hole vary-missing".to_owned()]), "{run:?}");
}
