//! The API: handlers with a policy each. The table of promises shows the lines between `// row:` and the function.

use std::sync::{LazyLock, OnceLock};

use actix_web::error::ErrorInternalServerError;
use actix_web::web::ServiceConfig;
use actix_web::{HttpRequest, HttpResponse, Responder, delete, get, post, put, web};
use cors_actix::{Cors, Policy, cors, policy};

/// The origin of the trusted page. It is known after the ports are opened.
pub static TRUSTED_ORIGIN: OnceLock<String> = OnceLock::new();

// row: public
#[cors(origins = "*")]
#[get("/public")]
async fn public() -> impl Responder {
    "Everyone may read this."
}

// row: trusted
/// The origin is known only at run time, because the port of the page is a flag.
static TRUSTED: LazyLock<Policy> = LazyLock::new(|| {
    let origin = TRUSTED_ORIGIN.get().map_or("http://localhost:8081", String::as_str);
    Policy::builder().origins([origin]).build().expect("an origin of this machine")
});

#[cors(policy = TRUSTED)]
#[get("/trusted")]
async fn trusted() -> impl Responder {
    "One origin may read this."
}

// row: session
#[cors(origins = ["http://localhost:*"], credentials)]
#[get("/session")]
async fn session(request: HttpRequest) -> impl Responder {
    let cookies =
        request.headers().get("cookie").and_then(|cookies| cookies.to_str().ok()).unwrap_or_default();
    let seen =
        cookies.split("; ").find_map(|cookie| cookie.strip_prefix("visits=")).and_then(|n| n.parse().ok());
    let visits: u64 = seen.unwrap_or(0) + 1;
    HttpResponse::Ok()
        .insert_header(("set-cookie", format!("visits={visits}; SameSite=Lax; HttpOnly")))
        .body(format!("Visit {visits} with this cookie."))
}

// row: orders
#[cors(origins = ["http://localhost:*"], headers = ["content-type", "x-request-id"])]
#[post("/orders")]
async fn order(order: web::Json<Vec<u32>>) -> impl Responder {
    format!("Ordered {} things.", order.len())
}

// row: report
#[cors(origins = ["http://localhost:*"], expose = ["x-total-count"])]
#[get("/report")]
async fn report() -> impl Responder {
    HttpResponse::Ok()
        .insert_header(("x-total-count", "42"))
        .insert_header(("x-hidden", "secret"))
        .body("42 rows.")
}

// row: read-item
#[cors(origins = "*")]
#[get("/items/{id}")]
async fn read_item(id: web::Path<u32>) -> impl Responder {
    format!("Item {id}, for everyone.")
}

// row: put-item
#[cors(origins = ["http://localhost:*"], headers = ["content-type"], max_age = "10m", enforce)]
#[put("/items/{id}")]
async fn put_item(id: web::Path<u32>) -> impl Responder {
    format!("Item {id} written.")
}

// row: delete-item
#[cors(origins = ["http://localhost:*"], enforce)]
#[delete("/items/{id}")]
async fn delete_item(id: web::Path<u32>) -> impl Responder {
    format!("Item {id} deleted.")
}

// row: pattern
#[cors(origins = ["http://localhost:*", "http://*.localhost:*"])]
#[get("/pattern")]
async fn pattern() -> impl Responder {
    "Any port of localhost and of its subdomains."
}

// row: plain
#[get("/plain")]
async fn plain() -> impl Responder {
    "No CORS at all: pages of other origins cannot read this."
}

// row: denied
#[cors(deny)]
#[get("/denied")]
async fn denied() -> impl Responder {
    "Refused with 403 before the handler runs."
}

// row: broken
#[cors(origins = ["http://localhost:*"])]
#[get("/broken")]
async fn broken() -> Result<String, actix_web::Error> {
    Err(ErrorInternalServerError("The database does not answer."))
}

// row: wrapped
/// One policy for a whole scope: `web::scope("/wrapped").wrap(Cors::new(&WRAPPED))`.
static WRAPPED: Policy = policy! {
    origins = ["http://localhost:*"],
    methods = ["GET", "PATCH"],
    max_age = "1m",
};

async fn wrapped() -> impl Responder {
    "Under a scope with one policy."
}

/// Created once, and shared by the workers.
pub fn wrapped_cors() -> Cors {
    Cors::new(&WRAPPED)
}

pub fn configure(config: &mut ServiceConfig, wrapped_cors: &Cors) {
    let wrapped_scope = web::scope("/wrapped")
        .wrap(wrapped_cors.clone())
        .service(web::resource("/item").route(web::get().to(wrapped)).route(web::patch().to(wrapped)));
    config
        .service(public)
        .service(trusted)
        .service(session)
        .service(order)
        .service(report)
        .service(read_item)
        .service(put_item)
        .service(delete_item)
        .service(pattern)
        .service(plain)
        .service(denied)
        .service(broken)
        .service(wrapped_scope);
}

/// The policy of a row, as it is written in this file.
pub fn policy_as_written(row: &str) -> String {
    let source = include_str!("api.rs");
    let marker = format!("\n// row: {row}\n");
    let after = source.split_once(&marker).map_or("", |(_, after)| after);
    let lines = after.lines().take_while(|line| !line.starts_with("async fn"));
    lines.collect::<Vec<_>>().join("\n").trim_end().to_owned()
}
