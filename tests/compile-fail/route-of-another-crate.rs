use actix_web::Responder;
use cors_actix::cors;

mod paperclip {
    pub mod actix {
        pub use actix_web::put;
    }
}

#[cors(origins = "*")]
#[paperclip::actix::put("/")]
async fn handler() -> impl Responder {
    "hello"
}

#[cors(origins = "*")]
mod module {
    use super::paperclip;

    #[paperclip::actix::put("/module")]
    async fn handler() -> impl actix_web::Responder {
        "hello"
    }
}

fn main() {}
