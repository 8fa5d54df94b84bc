//! Compares an application with `#[cors]` on its handlers with the same application without it. Requests that have
//! nothing to do with CORS get the same responses, and both applications have the same number of resources.

mod forms_support;

use cors_tests::http::Response;
use forms_support::{STRANGER, Server, TRUSTED};

/// An application, with the attribute `$cors` on its handlers and modules.
macro_rules! application {
    ($name:ident, $(#[$cors:meta])?) => {
        mod $name {
            use actix_web::guard::GuardContext;
            use actix_web::{
                HttpRequest, HttpResponse, Responder, delete, get, head, options, post, put, query, route,
                routes, scope, web,
            };

            fn is_on_a(context: &GuardContext<'_>) -> bool {
                context.head().headers().get("host").is_some_and(|host| host == "a.example")
            }

            /// The names and patterns with which actix matched the request.
            fn describe(request: &HttpRequest) -> String {
                let urls = ["read", "named", "several", "later"]
                    .map(|name| request.url_for(name, ["7"]).map(String::from).unwrap_or_default());
                format!("{:?} {:?} {urls:?}", request.match_name(), request.match_pattern())
            }

            $(#[$cors])?
            #[get("/items/{id}")]
            async fn read(request: HttpRequest) -> impl Responder {
                describe(&request)
            }

            $(#[$cors])?
            #[put("/items/{id}", name = "named")]
            async fn write(request: HttpRequest) -> impl Responder {
                describe(&request)
            }

            #[delete("/items/{id}")]
            async fn without_policy() -> impl Responder {
                "without policy"
            }

            $(#[$cors])?
            #[head("/head")]
            async fn only_head() -> impl Responder {
                HttpResponse::Ok().insert_header(("x-head", "1")).finish()
            }

            $(#[$cors])?
            #[query("/query")]
            async fn with_query() -> impl Responder {
                "query"
            }

            $(#[$cors])?
            #[route("/many", method = "POST", method = "GET", method = "PURGE", method = "PATCH")]
            async fn many(request: HttpRequest) -> impl Responder {
                describe(&request)
            }

            $(#[$cors])?
            #[routes]
            #[get("/several/{id}")]
            #[put("/several/{id}", name = "later")]
            #[patch("/elsewhere")]
            async fn several(request: HttpRequest) -> impl Responder {
                describe(&request)
            }

            $(#[$cors])?
            #[get("/guarded", guard = "is_on_a")]
            async fn guarded() -> impl Responder {
                "a"
            }

            $(#[$cors])?
            #[get("/guarded")]
            async fn unguarded() -> impl Responder {
                "anywhere"
            }

            $(#[$cors])?
            #[post("/mixed", guard = "is_on_a")]
            async fn mixed() -> impl Responder {
                "mixed"
            }

            $(#[$cors])?
            #[route("/mixed", method = "PURGE", method = "PUT")]
            async fn mixed_too() -> impl Responder {
                "mixed too"
            }

            $(#[$cors])?
            #[get("/options-below")]
            async fn options_below() -> impl Responder {
                "below"
            }

            #[options("/options-below")]
            async fn below() -> impl Responder {
                "options below"
            }

            #[options("/options-above")]
            async fn above() -> impl Responder {
                "options above"
            }

            $(#[$cors])?
            #[get("/options-above")]
            async fn options_above() -> impl Responder {
                "above"
            }

            $(#[$cors])?
            #[get("/wrapped", wrap = "actix_web::middleware::DefaultHeaders::new()")]
            async fn wrapped() -> Result<&'static str, actix_web::Error> {
                Err(actix_web::error::ErrorImATeapot("a teapot"))
            }

            $(#[$cors])?
            #[scope("/module")]
            mod above_scope {
                use super::*;

                #[get("/read")]
                pub async fn module_read() -> impl Responder {
                    "module read"
                }

                #[put("/read")]
                pub async fn module_write() -> impl Responder {
                    "module write"
                }
            }

            #[scope("/other-module")]
            $(#[$cors])?
            mod below_scope {
                use super::*;

                #[get("/read")]
                pub async fn other_module_read() -> impl Responder {
                    "other module read"
                }
            }

            /// The whole tree of resources.
            #[get("/resources")]
            async fn resources(request: HttpRequest) -> impl Responder {
                format!("{:?}", request.resource_map())
            }

            pub fn configure(config: &mut web::ServiceConfig) {
                // These answer 405, with the methods of all guards that were called.
                let put = || web::put().to(HttpResponse::Ok);
                config
                    .service(web::scope("/with-default").service(guarded).default_service(put()))
                    .service(
                        web::scope("/inner").service(read).service(web::resource("/items/{id}").route(put())),
                    )
                    .service(read)
                    .service(write)
                    .service(without_policy)
                    .service(only_head)
                    .service(with_query)
                    .service(many)
                    .service(several)
                    .service(guarded)
                    .service(unguarded)
                    .service(mixed)
                    .service(mixed_too)
                    .service(web::resource("/mixed").route(web::get().to(HttpResponse::Accepted)))
                    .service(options_below)
                    .service(below)
                    .service(above)
                    .service(options_above)
                    .service(wrapped)
                    .service(above_scope::module_read)
                    .service(above_scope::module_write)
                    .service(below_scope::other_module_read)
                    .service(resources)
                    .service(
                        web::resource(["/head", "/query", "/many", "/several/{id}", "/module/read"]).route(put()),
                    );
            }
        }
    };
}

application!(plain,);
application!(annotated, #[cors_actix::cors(origins = "https://app.example.com")]);

const METHODS: [&str; 10] =
    ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "QUERY", "OPTIONS", "PURGE", "TRACE"];

const PATHS: [&str; 18] = [
    "/items/1",
    "/inner/items/1",
    "/with-default/guarded",
    "/with-default/nothing",
    "/head",
    "/query",
    "/many",
    "/several/1",
    "/elsewhere",
    "/guarded",
    "/mixed",
    "/options-below",
    "/options-above",
    "/wrapped",
    "/module/read",
    "/other-module/read",
    "/read",
    "/nothing",
];

/// The parts of a response that depend on routing.
fn routed(response: &Response) -> (u16, Vec<String>, &str, Option<&str>) {
    (response.status, response.words("allow"), &response.body, response.header("x-head"))
}

#[test]
fn requests_are_routed_as_without_a_policy() {
    let (plain, annotated) = (Server::start(plain::configure), Server::start(annotated::configure));
    let mut compared = 0;
    for path in PATHS {
        for method in METHODS {
            for host in ["a.example", "b.example"] {
                for origin in [None, Some(TRUSTED), Some(STRANGER)] {
                    let mut headers = vec![("host", host)];
                    headers.extend(origin.map(|origin| ("origin", origin)));
                    let expected = plain.send(method, path, &headers);
                    let response = annotated.send(method, path, &headers);
                    assert_eq!(routed(&response), routed(&expected), "{method} {path} {headers:?}");
                    compared += 1;
                }
            }
        }
    }
    assert_eq!(compared, PATHS.len() * METHODS.len() * 6);
}

#[test]
fn preflights_that_ask_for_unannotated_methods_are_routed_as_without_a_policy() {
    let (plain, annotated) = (Server::start(plain::configure), Server::start(annotated::configure));
    let (mut granted, mut compared) = (0, 0);
    for path in PATHS {
        for method in METHODS {
            for host in ["a.example", "b.example"] {
                let headers =
                    [("host", host), ("origin", TRUSTED), ("access-control-request-method", method)];
                let response = annotated.send("OPTIONS", path, &headers);
                if response.status == 204 {
                    assert!(response.words("access-control-allow-methods").contains(&method.to_owned()));
                    let asked = plain.send(method, path, &headers[..1]);
                    assert!([200, 418].contains(&asked.status), "{method} {path}: {asked:?}");
                    granted += 1;
                } else {
                    let expected = plain.send("OPTIONS", path, &headers);
                    assert_eq!(routed(&response), routed(&expected), "{method} {path} on {host}");
                    compared += 1;
                }
            }
        }
    }
    // There is one grant for each route of an annotated handler on each host that its guard accepts.
    assert_eq!(granted, 42);
    assert_eq!(granted + compared, PATHS.len() * METHODS.len() * 2);
}

#[test]
fn an_annotated_handler_has_as_many_resources_as_without_a_policy() {
    let (plain, annotated) = (Server::start(plain::configure), Server::start(annotated::configure));
    let count = |server: &Server| {
        let tree = server.send("GET", "/resources", &[]).body;
        tree.matches("ResourceMap {").count()
    };
    assert!(count(&plain) > 30);
    assert_eq!(count(&annotated), count(&plain));
}

/// Macros of other crates above, between and below the attributes.
mod other_macros {
    use actix_web::dev::{Service, ServiceRequest};
    use actix_web::{Responder, get, post, put, web};
    use actix_web_grants::authorities::AttachAuthorities;
    use actix_web_grants::protect;
    use cors_actix::cors;
    use tracing::instrument;

    /// Reads an item.
    #[cors(origins = "https://app.example.com")]
    #[utoipa::path(responses((status = 200, description = "the item")))]
    #[get("/between/{id}")]
    pub async fn between(id: web::Path<u32>) -> impl Responder {
        format!("between {id}")
    }

    #[utoipa::path(responses((status = 200, description = "the item")))]
    #[cors(origins = "https://app.example.com")]
    #[put("/above/{id}")]
    pub async fn above(id: web::Path<u32>) -> impl Responder {
        format!("above {id}")
    }

    #[cors(origins = "https://app.example.com")]
    pub mod module {
        use super::*;

        #[utoipa::path(responses((status = 200, description = "the item")))]
        #[post("/module/{id}")]
        pub async fn in_module(id: web::Path<u32>) -> impl Responder {
            format!("module {id}")
        }
    }

    #[derive(utoipa::OpenApi)]
    #[openapi(paths(between, above, module::in_module))]
    pub struct Documentation;

    #[cors(origins = "https://app.example.com")]
    #[instrument]
    #[get("/instrument-between")]
    async fn instrument_between() -> impl Responder {
        "between"
    }

    #[instrument]
    #[cors(origins = "https://app.example.com")]
    #[get("/instrument-above")]
    async fn instrument_above() -> impl Responder {
        "above"
    }

    #[cors(origins = "https://app.example.com")]
    #[get("/instrument-below")]
    #[instrument]
    async fn instrument_below() -> impl Responder {
        "below"
    }

    #[cors(origins = "https://app.example.com")]
    #[protect("ADMIN")]
    #[get("/protect-between")]
    async fn protect_between() -> &'static str {
        "between"
    }

    #[protect("ADMIN")]
    #[cors(origins = "https://app.example.com")]
    #[get("/protect-above")]
    async fn protect_above() -> &'static str {
        "above"
    }

    #[cors(origins = "https://app.example.com")]
    #[get("/protect-below")]
    #[protect("ADMIN")]
    async fn protect_below() -> &'static str {
        "below"
    }

    pub fn configure(config: &mut web::ServiceConfig) {
        config.service(between).service(above).service(module::in_module);
        config.service(instrument_between).service(instrument_above).service(instrument_below);
        let with_authorities = |request: ServiceRequest| {
            let is_admin = request.headers().contains_key("x-admin");
            request.attach(vec![if is_admin { "ADMIN" } else { "USER" }.to_owned()]);
            request
        };
        let protected = web::scope("")
            .wrap_fn(move |request, service| service.call(with_authorities(request)))
            .service(protect_between)
            .service(protect_above)
            .service(protect_below);
        config.service(protected);
    }
}

#[test]
fn macros_of_other_crates_see_the_handler_as_without_a_policy() {
    use utoipa::OpenApi;

    let server = Server::start(other_macros::configure);
    server.check("/between/1", "between 1", &["GET"], "GET");
    server.check("/above/1", "above 1", &["PUT"], "PUT");
    server.check("/module/1", "module 1", &["POST"], "POST");
    let documented = other_macros::Documentation::openapi().paths.paths;
    let operations: Vec<_> = documented
        .iter()
        .map(|(path, item)| (path.as_str(), item.get.is_some(), item.put.is_some(), item.post.is_some()))
        .collect();
    assert_eq!(
        operations,
        [
            ("/above/{id}", false, true, false),
            ("/between/{id}", true, false, false),
            ("/module/{id}", false, false, true)
        ]
    );
    for place in ["between", "above", "below"] {
        server.check(&format!("/instrument-{place}"), place, &["GET"], "GET");
        let path = format!("/protect-{place}");
        assert_eq!(server.preflight("GET", &path, TRUSTED).status, 204, "{path}");
        let response = server.actual("GET", &path, TRUSTED);
        assert_eq!((response.status, response.header("access-control-allow-origin")), (403, Some(TRUSTED)));
        let response = server.send("GET", &path, &[("origin", TRUSTED), ("x-admin", "1")]);
        assert_eq!((response.status, response.body.as_str()), (200, place));
        assert_eq!(response.header("access-control-allow-origin"), Some(TRUSTED));
    }
}
