use cors_actix::cors;

const ANYTHING: &str = "*";

#[cors(origins = "*", credentials, methods = ["GET", "DELETE"])]
mod api {
    use actix_web::{Responder, get, options, put};

    #[get("/")]
    pub async fn read() -> impl Responder {
        "hello"
    }

    #[put("/")]
    pub async fn write() -> impl Responder {
        "hello"
    }

    #[options("/")]
    pub async fn ask() -> impl Responder {
        "hello"
    }
}

#[cors(origins = ANYTHING, credentials)]
#[actix_web::scope("/other")]
mod other {
    use actix_web::{Responder, get};

    #[get("/")]
    pub async fn read() -> impl Responder {
        "hello"
    }

    #[cors_actix::cors(origins = "https://nearest.example/")]
    #[get("/nearest")]
    pub async fn nearest() -> impl Responder {
        "hello"
    }
}

fn main() {
    let _ = (api::read, api::write, api::ask, other::read, other::nearest);
}
