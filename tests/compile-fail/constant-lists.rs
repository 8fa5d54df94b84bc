use std::time::Duration;

use actix_web::{Responder, get};
use cors_actix::{Policy, cors, policy};

const EMPTY: &[&str] = &[];
const ORIGINS: &[&str] = &["https://app.example.com", "https://b.example/"];
const INSECURE: [&str; 2] = ["https://app.example.com", "http://b.example"];
const METHODS: &[&str; 2] = &["GET", "PUT"];
const HEADERS: &[&str] = &["content-type", "Content-Type"];
const ON: bool = true;
const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);
const SOON: &str = "soon";

static NONE: Policy = policy! { origins = EMPTY };
static PATH: Policy = policy! { origins = ORIGINS, headers = HEADERS };
static TIMES: [Policy; 3] = [
    policy! { origins = INSECURE, max_age = WEEK },
    policy! { origins = INSECURE, max_age = SOON },
    policy! { origins = INSECURE, max_age = -1 },
];

// Literals are judged with the value of the constant.
static LITERALS: Policy = policy! { origins = ["https://*.github.io", "http://b.example"], credentials = ON };
static OFF: Policy = policy! { origins = ["https://*.github.io", "http://b.example"], credentials = cfg!(any()) };

#[cors(origins = INSECURE, credentials = ON, methods = METHODS)]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

// The compiler does not know these values.
static CALL: Policy = policy! { origins = origins() };
static INDEX: Policy = policy! { origins = [ORIGINS[0]], max_age = WEEK.as_secs(), credentials = is_on() };

fn main() {}
