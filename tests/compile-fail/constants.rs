use actix_web::{Responder, get};
use cors_actix::{Policy, cors, policy};

const EVERYONE: &str = "*";
const APP: &str = "https://app.example.com";
const PUT: &str = "PUT";

mod origins {
    pub const WITH_SLASH: &str = "https://app.example.com/";
}

#[cors(origins = EVERYONE, credentials)]
#[get("/")]
async fn everyone() -> impl Responder {
    "hello"
}

// The constant behind the mistake is judged too, and a literal against a constant.
#[cors(origins = [APP, "http://app.example.com", origins::WITH_SLASH, concat!("https://", "App.example.com")], credentials)]
#[get("/several")]
async fn several() -> impl Responder {
    "hello"
}

#[cors(origins = [APP, "https://app.example.com"], except = "https://b.example", methods = [PUT])]
#[get("/duplicate")]
async fn duplicate() -> impl Responder {
    "hello"
}

static POLICY: Policy = policy! { origins = [APP, origins::WITH_SLASH], headers = [PUT, "put"], credentials };

fn main() {
    let _ = policy! { origins = EVERYONE, expose = [EVERYONE, PUT] };
}
