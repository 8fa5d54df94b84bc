use actix_web::Responder;
use cors_actix::cors;

#[cors(origins = "*")]
#[get("/")]
async fn handler() -> impl Responder {
    "hello"
}

fn main() {}
