//! A shared cache that honours `Vary` never hands one origin's answer to another.

use std::collections::HashMap;
use std::io::{Read, Write};

use actix_web::middleware::DefaultHeaders;
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, HttpResponse, Responder, get};
use cors_actix::{Cors, OriginGuard, Policy, cors, policy};
use cors_tests::all_tests;
use cors_tests::http::{Connection, Request, Response, Server};

use crate::application::{STRANGER, TRUSTED};

/// A response that is stored, and the request headers that it was selected by.
struct Stored {
    selecting: Vec<(String, Option<String>)>,
    response: Response,
}

/// A caching proxy (<https://www.rfc-editor.org/rfc/rfc9111#section-4.1>). It stores everything that it may.
struct Cache<S> {
    origin_server: Connection<S>,
    stored: HashMap<String, Vec<Stored>>,
    hits: usize,
}

/// A request of the test: a path, and headers by their names in lower case.
struct Asked<'a> {
    path: &'a str,
    headers: Vec<(&'static str, &'a str)>,
}

impl Asked<'_> {
    fn header(&self, name: &str) -> Option<String> {
        self.headers.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned())
    }

    fn request(&self) -> Request {
        let request = Request::get(self.path).host("api.example");
        self.headers.iter().fold(request, |request, (name, value)| request.header(name, value))
    }
}

impl<S: Read + Write> Cache<S> {
    fn new(origin_server: Connection<S>) -> Self {
        Self { origin_server, stored: HashMap::new(), hits: 0 }
    }

    fn get(&mut self, asked: &Asked<'_>) -> Response {
        let stored = self.stored.entry(asked.path.to_owned()).or_default();
        let matches =
            |stored: &&Stored| stored.selecting.iter().all(|(name, value)| asked.header(name) == *value);
        // The most recent one is preferred.
        if let Some(found) = stored.iter().rev().find(matches) {
            self.hits += 1;
            return found.response.clone();
        }
        let response = self.origin_server.send(&asked.request());
        let names = response.all("vary").join(",").to_ascii_lowercase();
        let names: Vec<_> = names.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        let control = response.all("cache-control").join(",");
        if !names.contains(&"*") && !control.contains("no-store") && !control.contains("private") {
            let selecting = names.iter().map(|name| ((*name).to_owned(), asked.header(name))).collect();
            stored.push(Stored { selecting, response: response.clone() });
        }
        response
    }
}

static LISTED: Policy = policy! { origins = ["https://app.example.com", "https://partner.example"], expose = ["x-a"], credentials };
static STAR: Policy = policy! { origins = "*", expose = ["x-a"] };
static EXCEPT: Policy = policy! { origins = "*", except = ["https://evil.example"] };
static ENFORCED: Policy = policy! { origins = ["https://app.example.com"], enforce };
static EXPOSES: Policy = policy! { origins = ["https://app.example.com"], expose = "*", credentials };

#[cors(origins = ["https://app.example.com"], credentials)]
#[get("/annotated")]
async fn annotated() -> impl Responder {
    HttpResponse::Ok().body("annotated")
}

#[cors(origins = "*")]
#[get("/annotated-star")]
async fn annotated_star() -> impl Responder {
    HttpResponse::Ok().body("star")
}

#[cors(deny)]
#[get("/denied")]
async fn denied() -> impl Responder {
    HttpResponse::Ok().body("denied")
}

const PATHS: [&str; 16] = [
    "/annotated",
    "/annotated-star",
    "/denied",
    "/listed",
    "/star",
    "/except",
    "/enforced",
    "/exposes",
    "/varies",
    "/own-origin",
    "/outer",
    "/nowhere",
    "/star-around-list",
    "/list-around-star",
    "/guarded",
    "/guarded-by-star",
];

fn routes(config: &mut ServiceConfig) {
    let get = |path: &str| web::resource(path).route(web::get().to(HttpResponse::Ok));
    let varies = || async { HttpResponse::Ok().insert_header(("vary", "accept, cookie")).finish() };
    let own =
        || async { HttpResponse::Ok().insert_header(("access-control-allow-origin", TRUSTED)).finish() };
    config
        .service(annotated)
        .service(annotated_star)
        .service(denied)
        .service(get("/listed").wrap(Cors::new(&LISTED)))
        .service(get("/star").wrap(Cors::new(&STAR)))
        .service(get("/except").wrap(Cors::new(&EXCEPT)))
        .service(get("/enforced").wrap(Cors::new(&ENFORCED)))
        .service(get("/exposes").wrap(Cors::new(&EXPOSES)))
        .service(web::resource("/varies").route(web::get().to(varies)).wrap(Cors::new(&LISTED)))
        .service(web::resource("/own-origin").route(web::get().to(own)).wrap(Cors::new(&LISTED)))
        .service(get("/guarded").wrap(OriginGuard::new(&LISTED)).wrap(Cors::new(&STAR)))
        .service(get("/guarded-by-star").wrap(Cors::new(&STAR)).wrap(OriginGuard::new(&LISTED)))
        .service(
            web::scope("/star-around-list")
                .service(get("").wrap(Cors::new(&LISTED)))
                .wrap(Cors::fallback(&STAR)),
        )
        .service(
            web::scope("/list-around-star")
                .service(get("").wrap(Cors::new(&STAR)))
                .wrap(Cors::fallback(&LISTED)),
        )
        .route("/outer", web::get().to(HttpResponse::Ok));
}

/// The same routes in an application without a layer, and with a layer around it.
fn servers() -> [Server; 3] {
    // A middleware that allows caches to store every response that has no `Cache-Control`.
    let stores = || DefaultHeaders::new().add(("cache-control", "public, max-age=3600"));
    [
        Server::start(move || App::new().configure(routes).wrap(stores())),
        Server::start(move || App::new().configure(routes).wrap(Cors::fallback(&EXCEPT)).wrap(stores())),
        Server::start(move || {
            App::new().configure(routes).wrap(Cors::fallback(&LISTED).explain()).wrap(stores())
        }),
    ]
}

#[test]
fn a_cache_responds_as_the_server_would() {
    const ORIGINS: [Option<&str>; 8] = [
        None,
        Some(TRUSTED),
        Some(STRANGER),
        Some("https://partner.example"),
        Some("null"),
        Some(""),
        Some("http://api.example"),
        Some("https://api.example"),
    ];
    const SITES: [Option<&str>; 4] = [None, Some("same-origin"), Some("same-site"), Some("cross-site")];
    let mut random = fastrand::Rng::with_seed(19);
    for server in servers() {
        let mut direct = server.connect();
        let mut hits = 0;
        let rounds = if all_tests() { 150 } else { 20 };
        for _ in 0..rounds {
            // A new cache each time, since the first requests decide about what is stored.
            let mut cache = Cache::new(server.connect());
            for _ in 0..12 {
                let path = PATHS[random.usize(..PATHS.len())];
                for _ in 0..3 {
                    let mut headers = Vec::new();
                    headers.extend(ORIGINS[random.usize(..ORIGINS.len())].map(|origin| ("origin", origin)));
                    headers.extend(SITES[random.usize(..SITES.len())].map(|site| ("sec-fetch-site", site)));
                    headers.extend(random.bool().then_some(("cookie", "session=1")));
                    let asked = Asked { path, headers };
                    let (cached, expected) = (cache.get(&asked), direct.send(&asked.request()));
                    // A response to the server's own page may come back for a request that the server would stop:
                    // no handler runs for it, and it grants nothing.
                    if expected.status == 403 && cached.allowed_origin().is_none() {
                        continue;
                    }
                    let seen =
                        |response: &Response| (response.status, response.cors(), response.body.clone());
                    assert_eq!(seen(&cached), seen(&expected), "{path} {:?}", asked.headers);
                }
            }
            hits += cache.hits;
        }
        assert!(hits > 3 * rounds, "{hits} answers from the cache");
    }
}
