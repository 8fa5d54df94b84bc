//! The application under load, and the policies of its routes.

use std::alloc::System;
use std::convert::Infallible;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::{self, Bytes, ServiceConfig};
use actix_web::{App, HttpResponse, Scope, error, get};
use cap::Cap;
use cors_actix::{Cors, OriginGuard, Policy, SharedPolicy, cors, policy};

use crate::scenarios::server;

/// An origin that every policy grants.
pub const PAGE: &str = "https://page.example";
/// An origin that only [`EVEN`] grants.
pub const EVEN_PAGE: &str = "https://even.example";
/// An origin that only [`ODD`] grants.
pub const ODD_PAGE: &str = "https://one.odd.example";
/// An origin that only policies of `*` grant.
pub const STRANGER: &str = "https://evil.example";

/// The number of further origins in each of the two lists, as in a service with many customers.
const CUSTOMERS: usize = 50_000;

/// The policy in force after an even number of replacements.
static EVEN: LazyLock<Policy> = LazyLock::new(|| {
    let policy = Policy::builder()
        .origins(origins("even", &[PAGE, EVEN_PAGE]))
        .methods(["GET", "PUT"])
        .headers(["x-even"])
        .expose(["x-count"])
        .credentials(true)
        .max_age(60);
    policy.build().expect("a valid policy")
});
/// The policy in force after an odd number of replacements. Its answers repeat parts of requests and of responses.
static ODD: LazyLock<Policy> = LazyLock::new(|| {
    let policy = Policy::builder()
        .origins(origins("odd", &[PAGE, "https://*.odd.example"]))
        .methods("*")
        .headers("*")
        .expose("*")
        .credentials(true)
        .max_age(120)
        .preflight_status(200);
    policy.build().expect("a valid policy")
});

fn origins(policy: &str, pages: &[&str]) -> Vec<String> {
    let customers = (0..CUSTOMERS).map(|number| format!("https://customer-{number}.{policy}-example.com"));
    customers.chain(pages.iter().map(|&page| page.to_owned())).collect()
}

static EVERYONE: Policy = policy! {
    origins = "*",
    methods = ["GET", "DELETE"],
    headers = ["x-any"],
    expose = ["x-count"],
    max_age = 30,
};
static ENFORCED: Policy = policy! {
    origins = ["https://page.example"],
    methods = ["GET"],
    headers = ["x-enforced"],
    expose = ["x-count"],
    max_age = 90,
    enforce,
};

static SHARED: LazyLock<SharedPolicy> = LazyLock::new(|| SharedPolicy::new(&EVEN).expect("a valid policy"));

pub const ITEM: &[u8] = br#"{"id":17,"name":"a thing of no importance"}"#;
/// A part of a stream.
pub static PART: [u8; 16 * 1024] = [b'~'; 16 * 1024];
pub const SHORT_STREAM: usize = 4;
/// More parts than the buffers between the server and a client can hold.
pub const LONG_STREAM: usize = 1024;

/// The commands that the server reads from standard input. It answers each with a line.
pub const USE_EVEN: &str = "even";
pub const USE_ODD: &str = "odd";
pub const COUNT_PANICS: &str = "panics";
pub const MEASURE_HEAP: &str = "heap";

/// Counts the bytes that are allocated and not freed.
#[global_allocator]
static HEAP: Cap<System> = Cap::new(System, usize::MAX);

/// The payload of an intended panic.
struct Intended;

static INTENDED_PANICS: AtomicU64 = AtomicU64::new(0);
static OTHER_PANICS: AtomicU64 = AtomicU64::new(0);

/// Serves until standard input ends.
pub fn serve(workers: usize) -> ExitCode {
    count_panics();
    LazyLock::force(&SHARED);
    LazyLock::force(&ODD);
    // Each worker gets clones of the same layers.
    let (shared, guard) = (Cors::new(&*SHARED), OriginGuard::new(&*SHARED));
    let (enforced, fallback) = (Cors::new(&ENFORCED), Cors::fallback(&EVERYONE));
    let app = move || {
        App::new()
            .service(web::scope("/shared").configure(routes).wrap(shared.clone()))
            .service(web::scope("/enforced").configure(routes).wrap(enforced.clone()))
            .service(web::resource("/guarded").get(item).wrap(guard.clone()))
            .service(fallback_scope().wrap(fallback.clone()))
            .service(named)
            .service(annotated::read)
            .service(annotated::write)
            .service(annotated::panics)
    };
    server::serve(app, workers, |line| match line {
        USE_EVEN | USE_ODD => {
            let policy = if line == USE_EVEN { &*EVEN } else { &*ODD };
            SHARED.replace(policy).expect("a valid policy");
            println!("{line}");
        }
        COUNT_PANICS => {
            println!("{} {}", INTENDED_PANICS.load(Ordering::SeqCst), OTHER_PANICS.load(Ordering::SeqCst));
        }
        MEASURE_HEAP => println!("{}", HEAP.allocated()),
        other => panic!("unknown command: {other}"),
    })
}

/// Counts panics, and prints those that are not intended.
fn count_panics() {
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if panic.payload().is::<Intended>() {
            INTENDED_PANICS.fetch_add(1, Ordering::SeqCst);
        } else {
            OTHER_PANICS.fetch_add(1, Ordering::SeqCst);
            print(panic);
        }
    }));
}

fn panic_as_intended() -> ! {
    std::panic::panic_any::<Intended>(Intended)
}

/// The routes of the scopes that have no other policy inside.
fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/item").get(item).head(item).put(write))
        .service(web::resource("/stream").get(|| async { stream(SHORT_STREAM, false) }))
        .service(web::resource("/long").get(|| async { stream(LONG_STREAM, false) }))
        .service(web::resource("/error").get(fails))
        .service(web::resource("/panic").get(panics))
        .service(web::resource("/late-panic").get(|| async { stream(1, true) }));
}

/// Handlers with and without a policy of their own in one scope.
fn fallback_scope() -> Scope {
    web::scope("/fallback").configure(routes).service(annotated_in_fallback)
}

async fn item() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").insert_header(("x-count", "1")).body(ITEM)
}

async fn write(body: Bytes) -> HttpResponse {
    HttpResponse::Ok().insert_header(("x-count", "2")).body(body.len().to_string())
}

async fn fails() -> Result<HttpResponse, actix_web::Error> {
    Err(error::ErrorServiceUnavailable("later"))
}

async fn panics() -> HttpResponse {
    panic_as_intended()
}

fn stream(parts: usize, panics: bool) -> HttpResponse {
    HttpResponse::Ok().body(Parts { left: parts, panics, has_paused: false })
}

/// A body that pauses before each part, so that parts are sent one by one.
struct Parts {
    left: usize,
    /// Whether the body panics instead of ending.
    panics: bool,
    has_paused: bool,
}

impl MessageBody for Parts {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        self.has_paused = !self.has_paused;
        if self.has_paused {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        match self.left {
            0 if self.panics => panic_as_intended(),
            0 => Poll::Ready(None),
            _ => {
                self.left -= 1;
                Poll::Ready(Some(Ok(Bytes::from_static(&PART))))
            }
        }
    }
}

#[cors(policy = SHARED)]
#[get("/named")]
async fn named() -> HttpResponse {
    item().await
}

#[cors(origins = ["https://page.example"], headers = ["x-annotated"], expose = ["x-count"], max_age = 45)]
#[get("/annotated")]
async fn annotated_in_fallback() -> HttpResponse {
    item().await
}

#[cors(origins = ["https://page.example"], headers = ["x-annotated"], expose = ["x-count"], max_age = 45)]
#[actix_web::scope("/annotated")]
mod annotated {
    use actix_web::web::Bytes;
    use actix_web::{HttpResponse, get, put};

    #[get("/item")]
    pub async fn read() -> HttpResponse {
        super::item().await
    }

    #[put("/item")]
    pub async fn write(body: Bytes) -> HttpResponse {
        super::write(body).await
    }

    #[get("/panic")]
    pub async fn panics() -> HttpResponse {
        super::panics().await
    }
}
