use actix_web::{Responder, get};
use cors_actix::{Policy, cors, policy};

const NUMBERS: &[u8] = &[1, 2];
const PORT: u16 = 8080;
const APP: &str = "https://app.example.com";
const LIST: &[&str] = &[APP];
const HALF: f32 = 0.5;

static NOT_STRINGS: Policy = policy! { origins = NUMBERS };
static LIST_IN_A_LIST: Policy = policy! { origins = [LIST] };
static NOT_A_TIME: Policy = policy! { origins = APP, max_age = HALF };
static NOT_A_FLAG: Policy = policy! { origins = APP, credentials = APP };

#[cors(origins = APP, headers = PORT)]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
