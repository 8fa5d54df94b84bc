//! The macros in a package that does not depend on cors-actix, but on a crate that re-exports it.

#[path = "../../tests/compile_fail_support/mod.rs"]
mod compile_fail_support;

use actix_web::{App, Responder, get, http::Method, test as actix_test};
use cors_tests_renamed::cors::{Policy, cors, policy};

const APP: &str = "https://app.example.com";

static NAMED: Policy = policy! { origins = APP, expose = ["x-total-count"] };

#[cors(crate = cors_tests_renamed::cors, policy = NAMED)]
#[get("/handler")]
async fn handler() -> impl Responder {
    "handler"
}

#[cors(crate = cors_tests_renamed::cors, origins = APP)]
mod module {
    #[actix_web::get("/module")]
    pub async fn handler() -> impl actix_web::Responder {
        "module"
    }
}

#[actix_web::test]
async fn the_macros_find_the_crate() {
    let app = actix_test::init_service(App::new().service(handler).service(module::handler)).await;
    for path in ["/handler", "/module"] {
        let preflight = actix_test::TestRequest::with_uri(path)
            .method(Method::OPTIONS)
            .insert_header(("origin", APP))
            .insert_header(("access-control-request-method", "GET"));
        assert_eq!(actix_test::call_service(&app, preflight.to_request()).await.status(), 204, "{path}");
    }
}

#[test]
fn the_compiler_says_what_to_write() {
    compile_fail_support::run("the_compiler_says_what_to_write", "compile-fail/*.rs");
}
