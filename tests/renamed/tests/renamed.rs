//! The macros in a package that depends on cors-actix under another name.

use actix_web::{App, Responder, get, http::Method, put, test, web};
use cors::{Cors, Policy, cors, policy};

const APP: &str = "https://app.example.com";

static NAMED: Policy = policy! { origins = [APP], headers = ["content-type"], max_age = 60 };

#[cors(crate = ::cors, origins = [APP], credentials)]
#[get("/handler")]
async fn handler() -> impl Responder {
    "handler"
}

#[cors(policy = NAMED, crate = cors)]
#[put("/named")]
async fn named() -> impl Responder {
    "named"
}

#[cors(crate = ::cors, deny)]
#[get("/denied")]
async fn denied() -> impl Responder {
    "denied"
}

#[cors(crate = ::cors, origins = [APP])]
mod module {
    pub mod inner {
        use actix_web::{Responder, get};

        #[get("/module")]
        pub async fn handler() -> impl Responder {
            "module"
        }
    }
}

#[actix_web::test]
async fn the_macros_find_the_crate() {
    let app = App::new()
        .wrap(Cors::fallback(&NAMED))
        .service(handler)
        .service(named)
        .service(denied)
        .service(module::inner::handler)
        .route("/plain", web::get().to(|| async { "plain" }));
    let app = test::init_service(app).await;
    for (path, method, status) in [
        ("/handler", "GET", 204),
        ("/named", "PUT", 204),
        ("/denied", "GET", 403),
        ("/module", "GET", 204),
        ("/plain", "GET", 204),
    ] {
        let preflight = test::TestRequest::with_uri(path)
            .method(Method::OPTIONS)
            .insert_header(("origin", APP))
            .insert_header(("access-control-request-method", method));
        assert_eq!(test::call_service(&app, preflight.to_request()).await.status(), status, "{path}");
    }
}
