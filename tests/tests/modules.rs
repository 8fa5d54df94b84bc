//! `#[cors]` on modules, over real HTTP.

mod forms_support;

use forms_support::{STRANGER, Server, TRUSTED};

/// `#[cors]` above `#[scope]`.
mod scoped {
    use cors_actix::cors;

    #[cors(origins = "https://app.example.com", credentials)]
    #[actix_web::scope("/api")]
    pub mod api {
        use actix_web::{Responder, delete, get, patch, put, routes};
        use cors_actix::cors;

        #[get("/items/{id}")]
        pub async fn read() -> impl Responder {
            "read"
        }

        #[put("/items/{item}")]
        pub async fn write() -> impl Responder {
            "write"
        }

        #[delete("/items/{id}", wrap = "actix_web::middleware::DefaultHeaders::new()")]
        pub async fn remove() -> impl Responder {
            "remove"
        }

        // The nearest policy wins, and its answer lists only the methods of this handler.
        #[cors(origins = "https://nearest.example")]
        #[patch("/items/{id}")]
        pub async fn nearest() -> impl Responder {
            "nearest"
        }

        #[get("/numbers/{id:[0-9]+}")]
        pub async fn number() -> impl Responder {
            "number"
        }

        #[put("/numbers/{id}")]
        pub async fn other_pattern() -> impl Responder {
            "other pattern"
        }

        #[routes]
        #[get("/first")]
        #[put("/first")]
        #[get("/second")]
        pub async fn several() -> impl Responder {
            "several"
        }

        #[put("/second")]
        pub async fn second() -> impl Responder {
            "second"
        }

        // `#[scope]` changes the paths of the handlers directly in the module only, so this is not `/api/items/{id}`.
        pub mod deeper {
            use actix_web::{Responder, post};

            #[post("/items/{id}")]
            pub async fn unscoped() -> impl Responder {
                "unscoped"
            }
        }

        // `#[scope]` does not change attributes that are written as a path.
        #[actix_web::post("/items/{id}")]
        pub async fn not_in_scope() -> impl Responder {
            "not in scope"
        }
    }

    // The other order of the two attributes.
    #[actix_web::scope("/other")]
    #[cors(origins = "https://app.example.com")]
    pub mod other {
        use actix_web::{Responder, get, put};

        #[get("/items")]
        pub async fn read() -> impl Responder {
            "read"
        }

        #[put("/items")]
        pub async fn write() -> impl Responder {
            "write"
        }
    }

    pub fn configure(config: &mut actix_web::web::ServiceConfig) {
        config.service(api::read).service(api::write).service(api::remove).service(api::nearest);
        config.service(api::number).service(api::other_pattern).service(api::several).service(api::second);
        config.service(api::deeper::unscoped).service(other::read).service(other::write);
        config.service(actix_web::web::scope("/elsewhere").service(api::not_in_scope));
    }
}

#[test]
fn handlers_that_share_policy_and_path_list_the_methods_of_all() {
    let server = Server::start(scoped::configure);
    for method in ["GET", "PUT", "DELETE"] {
        let preflight = server.preflight(method, "/api/items/1", TRUSTED);
        assert_eq!(preflight.words("access-control-allow-methods"), ["DELETE", "GET", "PUT"], "{method}");
        assert_eq!(preflight.header("access-control-allow-credentials"), Some("true"));
        assert_eq!(server.preflight(method, "/api/items/1", STRANGER).status, 403);
        let response = server.actual(method, "/api/items/1", TRUSTED);
        assert_eq!(response.header("access-control-allow-origin"), Some(TRUSTED));
        assert_eq!(
            server.actual(method, "/api/items/1", STRANGER).header("access-control-allow-origin"),
            None
        );
    }
    server.check_unserved("/api/items/1", "POST");
    for path in ["/api/first", "/api/second", "/other/items"] {
        for method in ["GET", "PUT"] {
            let preflight = server.preflight(method, path, TRUSTED);
            assert_eq!(preflight.words("access-control-allow-methods"), ["GET", "PUT"], "{method} {path}");
        }
    }
}

#[test]
fn the_nearest_policy_wins() {
    let server = Server::start(scoped::configure);
    let preflight = server.preflight("PATCH", "/api/items/1", "https://nearest.example");
    assert_eq!(preflight.header("access-control-allow-methods"), Some("PATCH"));
    assert_eq!(preflight.header("access-control-allow-credentials"), None);
    assert_eq!(server.preflight("PATCH", "/api/items/1", TRUSTED).status, 403);
    assert_eq!(server.preflight("GET", "/api/items/1", "https://nearest.example").status, 403);
}

#[test]
fn handlers_on_other_paths_are_separate() {
    let server = Server::start(scoped::configure);
    server.check("/items/1", "unscoped", &["POST"], "POST");
    assert_eq!(
        server.preflight("POST", "/elsewhere/items/1", TRUSTED).words("access-control-allow-methods"),
        ["POST"]
    );
    // Some URLs match both patterns, but the patterns differ, so the methods are not united.
    assert_eq!(
        server.preflight("GET", "/api/numbers/1", TRUSTED).words("access-control-allow-methods"),
        ["GET"]
    );
    assert_eq!(
        server.preflight("PUT", "/api/numbers/1", TRUSTED).words("access-control-allow-methods"),
        ["PUT"]
    );
}

const APP: &str = "https://app.example.com";

/// Nested modules without `#[scope]`, and paths in the attribute.
mod nested {
    use cors_actix::{Policy, policy};

    const APP: &str = super::APP;
    pub(super) static NEAREST: Policy =
        policy! { origins = ["https://nearest.example"], methods = ["GET", "DELETE"] };

    #[cors_actix::cors(origins = [APP, self::inner::OTHER], methods = [inner::PUT, "GET"])]
    pub mod outer {
        // The attribute above does not refer to this constant.
        #[allow(dead_code)]
        const APP: &str = "not an origin";

        #[actix_web::get("/")]
        pub async fn read() -> impl actix_web::Responder {
            "read"
        }

        pub mod middle {
            pub mod deep {
                use actix_web::{Responder, post, put};

                #[put("/")]
                pub async fn write() -> impl Responder {
                    "write"
                }

                #[post("/")]
                pub async fn create() -> impl Responder {
                    "create"
                }
            }

            #[cors_actix::cors(policy = super::super::NEAREST)]
            pub mod with_its_own {
                use actix_web::{Responder, delete, get, patch};

                #[get("/nearest")]
                pub async fn nearest() -> impl Responder {
                    "nearest"
                }

                #[delete("/nearest")]
                pub async fn gone() -> impl Responder {
                    "gone"
                }

                #[patch("/nearest")]
                pub async fn ungranted() -> impl Responder {
                    "ungranted"
                }
            }

            #[cors_actix::cors(deny)]
            pub mod closed {
                #[actix_web::get("/closed")]
                pub async fn closed() -> impl actix_web::Responder {
                    "closed"
                }
            }
        }
    }

    mod inner {
        pub const OTHER: &str = "https://other.example";
        pub const PUT: &str = "PUT";
    }

    pub fn configure(config: &mut actix_web::web::ServiceConfig) {
        use outer::middle::{closed, deep, with_its_own};
        config.service(outer::read).service(deep::write).service(deep::create);
        config.service(with_its_own::nearest).service(with_its_own::gone).service(with_its_own::ungranted);
        config.service(closed::closed);
    }
}

#[test]
fn a_modules_policy_applies_to_the_modules_in_it() {
    let server = Server::start(nested::configure);
    for (method, origin) in [("GET", TRUSTED), ("PUT", "https://other.example"), ("POST", TRUSTED)] {
        let preflight = server.preflight(method, "/", origin);
        assert_eq!(preflight.status, 204);
        assert_eq!(
            preflight.words("access-control-allow-methods"),
            ["GET", "PUT"],
            "only methods that the policy grants"
        );
    }
    for method in ["GET", "DELETE", "PATCH"] {
        let preflight = server.preflight(method, "/nearest", "https://nearest.example");
        assert_eq!(preflight.words("access-control-allow-methods"), ["DELETE", "GET"]);
        assert_eq!(server.preflight(method, "/nearest", TRUSTED).status, 403);
    }
    assert_eq!(server.preflight("GET", "/closed", TRUSTED).status, 403);
    assert_eq!(server.actual("GET", "/closed", TRUSTED).status, 403);
}

/// Guards and conditions.
#[cors_actix::cors(origins = "https://app.example.com")]
mod conditions {
    use actix_web::guard::GuardContext;
    use actix_web::{Responder, delete, get, head, patch, post, put, web};

    fn is_on_a(context: &GuardContext<'_>) -> bool {
        context.head().headers().get("host").is_some_and(|host| host == "a.example")
    }

    fn always(_: &GuardContext<'_>) -> bool {
        true
    }

    #[get("/guarded", guard = "is_on_a", guard = "always")]
    async fn on_a() -> impl Responder {
        "a"
    }

    #[patch("/guarded", guard = "always", guard = "is_on_a")]
    async fn also_on_a() -> impl Responder {
        "also a"
    }

    #[put("/guarded")]
    async fn anywhere() -> impl Responder {
        "anywhere"
    }

    #[get("/conditional")]
    async fn read() -> impl Responder {
        "read"
    }

    #[cfg(not(any(unix, windows)))]
    #[delete("/conditional")]
    async fn never() -> impl Responder {
        "never"
    }

    #[cfg(any(unix, windows))]
    #[put("/conditional")]
    async fn always_there() -> impl Responder {
        "always"
    }

    #[cfg(not(any(unix, windows)))]
    mod never_there {
        #[actix_web::patch("/conditional")]
        async fn never() -> impl Responder {}
    }

    #[cfg_attr(any(unix, windows), post("/conditional"))]
    #[cfg_attr(not(any(unix, windows)), head("/conditional"))]
    async fn one_of_two() -> impl Responder {
        "one of two"
    }

    #[cfg_attr(not(any(unix, windows)), head("/conditional"))]
    #[allow(unused_imports)]
    async fn no_route() -> impl Responder {
        "no route"
    }

    #[cfg_attr(any(unix, windows), actix_web::head("/conditional"))]
    async fn with_condition() -> impl Responder {
        "head"
    }

    #[allow(unused_imports)]
    use {delete as _, head as _};

    pub fn configure(config: &mut web::ServiceConfig) {
        let _ = no_route;
        config.service(on_a).service(also_on_a).service(anywhere);
        config.service(read).service(always_there).service(one_of_two).service(with_condition);
    }
}

#[test]
fn handlers_with_other_guards_are_separate() {
    let server = Server::start(conditions::configure);
    let on_a = |method| {
        let headers = [("host", "a.example"), ("origin", TRUSTED), ("access-control-request-method", method)];
        server.send("OPTIONS", "/guarded", &headers).words("access-control-allow-methods")
    };
    assert_eq!(on_a("GET"), ["GET", "PATCH"], "the same guards in another order");
    assert_eq!(on_a("PATCH"), ["GET", "PATCH"]);
    assert_eq!(on_a("PUT"), ["PUT"]);
    assert_eq!(server.preflight("PUT", "/guarded", TRUSTED).words("access-control-allow-methods"), ["PUT"]);
    assert_eq!(server.preflight("GET", "/guarded", TRUSTED).status, 404);
}

#[test]
fn methods_of_handlers_with_cfg_are_listed_under_their_conditions() {
    let server = Server::start(conditions::configure);
    for method in ["GET", "PUT", "HEAD"] {
        let preflight = server.preflight(method, "/conditional", TRUSTED);
        assert_eq!(preflight.words("access-control-allow-methods"), ["GET", "HEAD", "PUT"], "{method}");
    }
    // The routes of this handler are not known before the conditions are evaluated, so it answers for itself only.
    let preflight = server.preflight("POST", "/conditional", TRUSTED);
    assert_eq!(preflight.words("access-control-allow-methods"), ["POST"]);
    server.check_unserved("/conditional", "DELETE");
    server.check_unserved("/conditional", "PATCH");
}

/// Handlers with the same name, path and method in two modules, `#[cors]` under another name, and handlers from macros.
mod twins {
    use cors_actix::cors;

    #[cors(origins = "https://app.example.com")]
    pub mod both {
        pub mod first {
            #[actix_web::get("/")]
            pub async fn handler() -> impl actix_web::Responder {
                "first"
            }
        }

        pub mod second {
            #[actix_web::route("/", method = "GET", method = "PUT")]
            pub async fn handler() -> impl actix_web::Responder {
                "second"
            }
        }

        pub mod renamed {
            use cors_actix::cors as with_policy;

            #[with_policy(origins = "https://nearest.example")]
            #[actix_web::get("/renamed")]
            pub async fn handler() -> impl actix_web::Responder {
                "renamed"
            }

            #[cfg_attr(any(unix, windows), cors_actix::cors(origins = "https://nearest.example"))]
            #[actix_web::get("/conditional")]
            pub async fn conditional() -> impl actix_web::Responder {
                "conditional"
            }

            #[cfg_attr(not(any(unix, windows)), cors_actix::cors(origins = "https://nearest.example"))]
            #[actix_web::put("/conditional")]
            pub async fn unconditional() -> impl actix_web::Responder {
                "unconditional"
            }
        }

        macro_rules! handler {
            ($name:ident) => {
                #[actix_web::get("/made")]
                pub async fn $name() -> impl actix_web::Responder {
                    "made"
                }
            };
        }
        handler!(made);
    }

    pub fn configure(config: &mut actix_web::web::ServiceConfig) {
        use actix_web::web::scope;
        use both::{first, made, renamed, second};
        config
            .service(scope("/first").service(first::handler))
            .service(scope("/second").service(second::handler));
        config
            .service(renamed::handler)
            .service(renamed::conditional)
            .service(renamed::unconditional)
            .service(made);
    }
}

#[test]
fn a_method_is_listed_once() {
    let server = Server::start(twins::configure);
    server.check("/first/", "first", &["GET"], "GET, PUT");
    server.check("/second/", "second", &["GET", "PUT"], "GET, PUT");
}

#[test]
fn a_handlers_own_policy_wins_under_any_name() {
    let server = Server::start(twins::configure);
    for path in ["/renamed", "/conditional"] {
        assert_eq!(server.preflight("GET", path, "https://nearest.example").status, 204);
        assert_eq!(server.preflight("GET", path, TRUSTED).status, 403);
    }
    server.check("/conditional", "unconditional", &["PUT"], "PUT");
}

#[test]
fn a_handler_that_a_macro_generates_in_a_module_has_no_policy() {
    let server = Server::start(twins::configure);
    assert_eq!(server.preflight("GET", "/made", TRUSTED).status, 404);
    assert_eq!(server.actual("GET", "/made", TRUSTED).header("access-control-allow-origin"), None);
}
