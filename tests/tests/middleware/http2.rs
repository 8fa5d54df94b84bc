//! HTTP/2 without TLS, with a client that uses it from the first byte.

use actix_web::{App, HttpRequest, get, web};
use cors_actix::{Cors, Policy, cors, policy};
use cors_tests::http::{Request, Server};

const TRUSTED: &str = "https://app.example.com";
const STRANGER: &str = "https://stranger.example";

static OPEN: Policy =
    policy! { origins = ["https://app.example.com"], methods = ["PUT"], headers = ["x-a"], credentials };
static ENFORCED: Policy = policy! { origins = ["https://app.example.com"], enforce };

#[cors(origins = ["https://partner.example"], expose = ["x-total-count"])]
#[get("/annotated")]
async fn annotated() -> &'static str {
    "annotated"
}

fn server() -> Server {
    let (fallback, open, enforced) = (Cors::fallback(&OPEN), Cors::new(&OPEN), Cors::new(&ENFORCED));
    let version = || web::to(|request: HttpRequest| async move { format!("{:?}", request.version()) });
    Server::start(move || {
        App::new()
            .service(web::scope("/open").route("", version()).wrap(open.clone()))
            .service(web::scope("/enforced").route("", version()).wrap(enforced.clone()))
            .service(annotated)
            .route("/plain", web::get().to(|| async { "plain" }))
            .wrap(fallback.clone())
    })
}

#[test]
fn preflights_and_requests_are_answered_as_over_http_1() {
    let server = server();
    let client = server.connect_http2();

    let preflight = Request::preflight(TRUSTED, "PUT", "/open");
    let granted = client.send(&preflight.header("access-control-request-headers", "x-a"));
    assert_eq!((granted.status, granted.body.as_str()), (204, ""));
    assert_eq!(granted.allowed_origin(), Some(TRUSTED));
    assert_eq!(granted.header("access-control-allow-methods"), Some("PUT"));
    assert_eq!(granted.header("access-control-allow-headers"), Some("x-a"));
    assert_eq!(granted.header("vary"), Some("Origin, Access-Control-Request-Method"));
    let refused = client.send(&Request::preflight(STRANGER, "PUT", "/open"));
    assert_eq!((refused.status, refused.allowed_origin()), (403, None));

    let put = || Request::new("PUT", "/open");
    let granted = client.send(&put().origin(TRUSTED));
    assert_eq!((granted.status, granted.body.as_str()), (200, "HTTP/2.0"));
    assert_eq!(granted.allowed_origin(), Some(TRUSTED));
    assert_eq!(granted.header("vary"), Some("Origin"));
    let refused = client.send(&put().origin(STRANGER));
    assert_eq!((refused.status, refused.allowed_origin()), (200, None));
    let twice = put().origin(TRUSTED).origin(TRUSTED);
    assert_eq!(client.send(&twice).allowed_origin(), None);

    let nearest = client.send(&Request::preflight(TRUSTED, "GET", "/annotated"));
    assert_eq!(nearest.status, 403);
    let nearest = client.send(&Request::get("/annotated").origin("https://partner.example"));
    assert_eq!(nearest.allowed_origin(), Some("https://partner.example"));
    assert_eq!(nearest.header("access-control-expose-headers"), Some("x-total-count"));
    let fallback = client.send(&Request::get("/plain").origin(TRUSTED));
    assert_eq!(fallback.allowed_origin(), Some(TRUSTED));
}

#[test]
fn the_server_s_own_host_is_the_authority() {
    let server = server();
    let client = server.connect_http2();
    let post = || Request::new("POST", "http://site.example/enforced");
    let status = |origin: &str| {
        let response = client.send(&post().origin(origin));
        assert_eq!(response.body.is_empty(), response.status == 403);
        response.status
    };
    assert_eq!(status("http://site.example"), 200);
    assert_eq!(status("https://site.example"), 200);
    assert_eq!(status(TRUSTED), 200);
    assert_eq!(status("https://site.example:8443"), 403);
    assert_eq!(status(STRANGER), 403);
    assert_eq!(status("null"), 403);

    // `Host` is ignored if there is an `:authority`, and used if a gateway removed it.
    let forged = post().origin(STRANGER).host("stranger.example");
    assert_eq!(client.send(&forged).status, 403);
    let without = Request::new("POST", "/enforced").host("site.example").origin("https://site.example");
    assert_eq!(client.send_without_authority(&without).status, 200);
}
