use actix_web::{Responder, get};
use cors_actix::cors;

#[cors(
    origins "https://a.example",
    except: ["https://b.example"],
    headers = ["x-a"] credentials,
    max_age = ,
    "https://c.example",
    ,
    expose = ["cookie", "set-cookie"],
)]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
