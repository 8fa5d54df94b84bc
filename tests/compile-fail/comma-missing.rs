use actix_web::{Responder, get};
use cors_actix::{Policy, cors, policy};

const APP: &str = "https://app.example.com";

static KEYS: Policy = policy! { origins = "*" headers = ["content-type"] };
static FLAG: Policy = policy! { origins = [APP], credentials max_age = 60 };
static ENTRIES: Policy = policy! { origins = ["https://a.example" "https://b.example"] };
static CONSTANTS: Policy = policy! { origins = [APP, APP "https://b.example"], headers = ["x-a"] };
static STRINGS: Policy = policy! { origins = "https://a.example" "https://b.example" };
static EXCEPTIONS: Policy = policy! { origins = APP, allow(insecure_origins public_suffixes) };
static AFTER_EXCEPTIONS: Policy = policy! { origins = APP, allow(insecure_origins) credentials };

#[cors(origins = APP credentials)]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
