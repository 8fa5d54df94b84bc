use actix_web::Responder;
use cors_actix::cors;

#[cors(origins = "*")]
async fn handler() -> impl Responder {
    "hello"
}

#[cors(origins = "*")]
mod helpers {
    pub fn help() {}
}

fn main() {
    helpers::help();
}
