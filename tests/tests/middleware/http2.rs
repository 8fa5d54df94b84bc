//! HTTP/2 without TLS, with a client that speaks it from the first byte.

use actix_web::{App, HttpRequest, HttpServer, get, web};
use cors_actix::{Cors, Policy, cors, policy};
use h2::client::SendRequest;
use http_02::{HeaderMap, Method, Request, StatusCode};

use crate::support::Server;

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
        let app = move || {
            App::new()
                .service(web::scope("/open").route("", version()).wrap(open.clone()))
                .service(web::scope("/enforced").route("", version()).wrap(enforced.clone()))
                .service(annotated)
                .route("/plain", web::get().to(|| async { "plain" }))
                .wrap(fallback.clone())
        };
        let server = HttpServer::new(app).workers(1).disable_signals();
        let server = server.bind_auto_h2c(("127.0.0.1", 0)).unwrap();
        (server.addrs()[0], server.run())
    })
}

struct Response {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Response {
    fn one(&self, name: &str) -> Option<&str> {
        let all: Vec<_> = self.headers.get_all(name).iter().collect();
        assert!(all.len() <= 1, "{name}: {all:?}");
        all.first().map(|value| value.to_str().unwrap())
    }
}

/// All requests go over one connection. The authority is the one that the request says, and may be left out.
async fn send(
    client: &SendRequest<std::io::Cursor<Vec<u8>>>,
    request: http_02::request::Builder,
) -> Response {
    let mut client = client.clone().ready().await.unwrap();
    let (response, _) = client.send_request(request.body(()).unwrap(), true).unwrap();
    let (head, mut stream) = response.await.unwrap().into_parts();
    let mut body = Vec::new();
    while let Some(chunk) = stream.data().await {
        let chunk = chunk.unwrap();
        stream.flow_control().release_capacity(chunk.len()).unwrap();
        body.extend_from_slice(&chunk);
    }
    Response { status: head.status, headers: head.headers, body: String::from_utf8(body).unwrap() }
}

fn request(method: &str, path: &str) -> http_02::request::Builder {
    Request::builder().method(method).uri(format!("http://site.example{path}"))
}

fn preflight(path: &str, origin: &str, method: &str) -> http_02::request::Builder {
    request("OPTIONS", path).header("origin", origin).header("access-control-request-method", method)
}

async fn connect(server: &Server) -> SendRequest<std::io::Cursor<Vec<u8>>> {
    let stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
    let (client, connection) = h2::client::Builder::new().handshake(stream).await.unwrap();
    actix_web::rt::spawn(connection);
    client
}

#[actix_web::test]
async fn preflights_and_requests_are_answered_as_over_http_1() {
    let server = server();
    let client = connect(&server).await;

    let granted =
        send(&client, preflight("/open", TRUSTED, "PUT").header("access-control-request-headers", "x-a"))
            .await;
    assert_eq!((granted.status, granted.body.as_str()), (StatusCode::NO_CONTENT, ""));
    assert_eq!(granted.one("access-control-allow-origin"), Some(TRUSTED));
    assert_eq!(granted.one("access-control-allow-methods"), Some("PUT"));
    assert_eq!(granted.one("access-control-allow-headers"), Some("x-a"));
    assert_eq!(granted.one("vary"), Some("Origin, Access-Control-Request-Method"));
    let refused = send(&client, preflight("/open", STRANGER, "PUT")).await;
    assert_eq!((refused.status, refused.one("access-control-allow-origin")), (StatusCode::FORBIDDEN, None));

    let granted = send(&client, request("PUT", "/open").header("origin", TRUSTED)).await;
    assert_eq!((granted.status, granted.body.as_str()), (StatusCode::OK, "HTTP/2.0"));
    assert_eq!(granted.one("access-control-allow-origin"), Some(TRUSTED));
    assert_eq!(granted.one("vary"), Some("Origin"));
    let refused = send(&client, request("PUT", "/open").header("origin", STRANGER)).await;
    assert_eq!((refused.status, refused.one("access-control-allow-origin")), (StatusCode::OK, None));
    let twice = request("PUT", "/open").header("origin", TRUSTED).header("origin", TRUSTED);
    assert_eq!(send(&client, twice).await.one("access-control-allow-origin"), None);

    let nearest = send(&client, preflight("/annotated", TRUSTED, "GET")).await;
    assert_eq!(nearest.status, StatusCode::FORBIDDEN);
    let nearest =
        send(&client, request("GET", "/annotated").header("origin", "https://partner.example")).await;
    assert_eq!(nearest.one("access-control-allow-origin"), Some("https://partner.example"));
    assert_eq!(nearest.one("access-control-expose-headers"), Some("x-total-count"));
    let fallback = send(&client, request("GET", "/plain").header("origin", TRUSTED)).await;
    assert_eq!(fallback.one("access-control-allow-origin"), Some(TRUSTED));
}

#[actix_web::test]
async fn the_server_s_own_host_is_the_authority() {
    let server = server();
    let client = connect(&server).await;
    let status = async |origin: &str| {
        let response = send(&client, request("POST", "/enforced").header("origin", origin)).await;
        assert_eq!(response.body.is_empty(), response.status == StatusCode::FORBIDDEN);
        response.status
    };
    assert_eq!(status("http://site.example").await, StatusCode::OK);
    assert_eq!(status("https://site.example").await, StatusCode::OK);
    assert_eq!(status(TRUSTED).await, StatusCode::OK);
    assert_eq!(status("https://site.example:8443").await, StatusCode::FORBIDDEN);
    assert_eq!(status(STRANGER).await, StatusCode::FORBIDDEN);
    assert_eq!(status("null").await, StatusCode::FORBIDDEN);

    // `Host` has no say beside `:authority`, and stands in for it where a gateway left it out.
    let forged = request("POST", "/enforced").header("origin", STRANGER).header("host", "stranger.example");
    assert_eq!(send(&client, forged).await.status, StatusCode::FORBIDDEN);
    let without = Request::builder().method(Method::POST).uri("/enforced").header("host", "site.example");
    let without = send(&client, without.header("origin", "https://site.example")).await;
    assert_eq!(without.status, StatusCode::OK);
}
