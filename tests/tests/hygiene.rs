//! The macros in unusual places. No warning is allowed in this crate, including those of `clippy::pedantic`.

#![deny(warnings, missing_docs, clippy::all, clippy::pedantic)]

mod forms_support;

use forms_support::{STRANGER, Server, TRUSTED};

/// Every item here has a name that the generated code may refer to.
#[allow(dead_code, non_camel_case_types, non_upper_case_globals, unused_macros)]
pub mod hostile {
    // Actix's own macros need this import.
    use ::actix_web;

    /// No `std`.
    pub mod std {}
    /// No `core`.
    pub mod core {}
    /// No `alloc`.
    pub mod alloc {}
    /// No `cors_actix`.
    pub mod cors_actix {}
    /// No `once_cell`.
    pub mod once_cell {}

    struct Result;
    struct Option;
    struct String;
    struct Vec;
    struct Box;
    struct Policy;
    struct Cors;
    struct Lazy;
    struct Declaration;
    struct HandlerLayers;
    struct str;
    struct u64;
    struct usize;
    struct bool;
    trait Annotated {}
    trait Clone {}
    trait Fn {}

    const Some: u8 = 1;
    const None: u8 = 2;
    const route: u8 = 3;
    const layers: u8 = 4;
    const METHODS: u8 = 5;

    macro_rules! concat {
        ($($any:tt)*) => {
            compile_error!("not this one")
        };
    }
    macro_rules! file {
        ($($any:tt)*) => {
            compile_error!("not this one")
        };
    }

    /// Methods that every type has.
    pub trait Everything: Sized {
        /// The generated code must not call this method.
        fn clone(&self) {}
        /// The generated code must not call this method.
        fn verify(self) {}
        /// The generated code must not call this method.
        fn of(self) {}
        /// The generated code must not call this method.
        fn judged_at_start(self) {}
    }

    impl<T> Everything for T {}

    // The names of items that the macros generate.
    const __CORS_POLICY: &::core::primitive::str = "https://app.example.com";
    const __CORS_DECLARATION: &::core::primitive::str = "https://b.example";
    static __CORS_LAYERS: ::cors_actix::Policy = ::cors_actix::policy! { origins = __CORS_POLICY };
    static __CORS_LAYER: ::cors_actix::Policy = ::cors_actix::policy! { origins = [__CORS_POLICY] };

    #[::cors_actix::cors(origins = [__CORS_POLICY, __CORS_DECLARATION], credentials, max_age = "1m")]
    #[::actix_web::get("/literals")]
    async fn handler() -> &'static ::core::primitive::str {
        "handler"
    }

    #[::cors_actix::cors(policy = __CORS_LAYERS)]
    #[::actix_web::get("/named")]
    async fn named() -> &'static ::core::primitive::str {
        "named"
    }

    /// A module with a policy.
    #[::cors_actix::cors(policy = __CORS_LAYER)]
    pub mod with_policy {
        use ::actix_web;

        /// The name of an item that the macro generates.
        #[allow(non_camel_case_types)]
        pub struct __CorsOfModule;

        /// A handler.
        #[::actix_web::get("/module")]
        pub async fn handler() -> &'static ::core::primitive::str {
            "module"
        }
    }

    pub(crate) fn configure(config: &mut ::actix_web::web::ServiceConfig) {
        config.service(handler).service(named).service(with_policy::handler);
    }
}

#[test]
fn works_among_hostile_names() {
    let server = Server::start(hostile::configure);
    for (path, name) in [("/named", "named"), ("/module", "module")] {
        server.check(path, name, &["GET"], "GET");
    }
    assert_eq!(server.preflight("GET", "/literals", "https://b.example").status, 204);
    assert_eq!(server.preflight("GET", "/literals", STRANGER).status, 403);
}

/// A module without the prelude.
pub mod bare {
    #![no_implicit_prelude]

    // Actix's own macros need this import.
    use ::actix_web;
    use ::actix_web::Responder;
    use ::cors_actix::cors;

    const APP: &str = "https://app.example.com";

    #[cors(origins = [APP], credentials)]
    #[::actix_web::get("/bare")]
    async fn bare() -> impl Responder {
        "bare"
    }

    #[cors(origins = [APP])]
    mod inner {
        use ::actix_web;
        use ::actix_web::Responder;

        #[::actix_web::get("/inner")]
        pub async fn inner() -> impl Responder {
            "inner"
        }
    }

    pub(crate) fn configure(config: &mut ::actix_web::web::ServiceConfig) {
        config.service(bare).service(inner::inner);
    }
}

#[test]
fn works_without_the_prelude() {
    let server = Server::start(bare::configure);
    server.check("/inner", "inner", &["GET"], "GET");
    assert_eq!(server.preflight("GET", "/bare", TRUSTED).status, 204);
}

/// Handlers whose names the generated code uses, and handlers with raw identifiers.
pub mod names {
    use actix_web::{Responder, get, routes};
    use cors_actix::cors;

    const ORIGIN: &core::primitive::str = "https://app.example.com";

    #[cors(origins = ORIGIN)]
    #[get("/route")]
    async fn route() -> impl Responder {
        "route"
    }

    #[cors(origins = ORIGIN)]
    #[get("/layers")]
    async fn layers() -> impl Responder {
        "layers"
    }

    #[cors(origins = ORIGIN)]
    #[get("/str")]
    #[allow(clippy::used_underscore_items)]
    async fn str() -> impl Responder {
        "str"
    }

    #[cors(origins = ORIGIN)]
    #[get("/type")]
    async fn r#type() -> impl Responder {
        "type"
    }

    #[cors(origins = ORIGIN)]
    #[routes]
    #[get("/async")]
    #[put("/async")]
    async fn r#async() -> impl Responder {
        "async"
    }

    #[cors(origins = r#mod::r#const)]
    mod r#mod {
        #[allow(non_upper_case_globals)]
        pub const r#const: &core::primitive::str = super::ORIGIN;

        #[actix_web::get("/fn")]
        pub async fn r#fn() -> impl actix_web::Responder {
            "fn"
        }
    }

    pub(crate) fn configure(config: &mut actix_web::web::ServiceConfig) {
        config
            .service(route)
            .service(layers)
            .service(str)
            .service(r#type)
            .service(r#async)
            .service(r#mod::r#fn);
    }
}

#[test]
fn handlers_have_any_name() {
    let server = Server::start(names::configure);
    for name in ["route", "layers", "str", "type", "fn"] {
        server.check(&format!("/{name}"), name, &["GET"], "GET");
    }
    server.check("/async", "async", &["GET", "PUT"], "GET, PUT");
}

/// `macro_rules!` puts invisible groups around the tokens that it passes on.
pub mod made_by_macros {
    use actix_web::{Responder, get, put, web};
    use cors_actix::{Policy, cors, policy};

    mod names {
        pub const ORIGIN: &str = "https://app.example.com";
        pub static NAMED: super::Policy = super::policy! { origins = ORIGIN };
    }

    macro_rules! handlers {
        (
            $name:ident, $path:literal, $origin:literal, $expression:expr, $constant:path, $seconds:literal,
            $header:tt, $flag:expr, $exception:ident, $method:expr
        ) => {
            #[cors(
                                                                origins = [$origin, $expression, $constant],
                                                                headers = $header,
                                                                max_age = $seconds,
                                                                credentials = $flag,
                                                                allow($exception),
                                                                methods = [$method],
                                                            )]
            #[get($path)]
            async fn $name() -> impl Responder {
                stringify!($name)
            }
        };
    }

    handlers!(
        with_everything,
        "/everything",
        "https://a.example",
        "https://b.example",
        names::ORIGIN,
        60,
        ["x-a"],
        true,
        insecure_origins,
        "GET"
    );

    macro_rules! with_policy {
        ($name:ident, $path:literal, $policy:path) => {
            #[cors(policy = $policy)]
            #[put($path)]
            async fn $name() -> impl Responder {
                stringify!($name)
            }
        };
    }

    with_policy!(first, "/first", names::NAMED);
    with_policy!(second, "/second", self::names::NAMED);

    macro_rules! policies {
        ($($name:ident: [$($origin:expr),*], $status:expr;)*) => {$(
            static $name: Policy = policy! { origins = [$($origin),*], preflight_status = $status };
        )*};
    }

    policies! {
        ONE: ["https://app.example.com"], 200;
        TWO: ["https://app.example.com", "https://*.b.example"], 299;
    }

    macro_rules! module {
        ($($item:item)*) => {
            #[cors(policy = super::ONE)]
            pub mod module {
                $($item)*
            }
        };
    }

    pub(crate) mod inner {
        use cors_actix::cors;

        module! {
            #[actix_web::get("/module")]
            pub async fn handler() -> impl actix_web::Responder {
                "module"
            }
        }
    }

    pub(crate) fn configure(config: &mut web::ServiceConfig) {
        config.service(with_everything).service(first).service(second).service(inner::module::handler);
        assert!(TWO.allows_origin("https://x.b.example"));
    }
}

#[test]
fn handlers_are_made_by_macros() {
    let server = Server::start(made_by_macros::configure);
    server.check("/first", "first", &["PUT"], "PUT");
    server.check("/second", "second", &["PUT"], "PUT");
    for origin in ["https://a.example", "https://b.example", TRUSTED] {
        let preflight = server.preflight("GET", "/everything", origin);
        assert_eq!(
            (preflight.status, preflight.header("access-control-max-age")),
            (204, Some("60")),
            "{origin}"
        );
        assert_eq!(preflight.header("access-control-allow-headers"), Some("x-a"));
        assert_eq!(preflight.header("access-control-allow-credentials"), Some("true"));
    }
    assert_eq!(server.preflight("GET", "/module", TRUSTED).status, 200);
}

/// Handlers in the body of a function, which no path from outside can refer to.
fn configure_in_a_body(config: &mut actix_web::web::ServiceConfig) {
    use actix_web::{Responder, get};
    use cors_actix::{Policy, cors, policy};

    const APP: &str = "https://app.example.com";
    static HERE: Policy = policy! { origins = APP };

    #[cors(origins = [APP])]
    #[get("/constants")]
    async fn constants() -> impl Responder {
        "constants"
    }

    #[cors(policy = HERE)]
    #[get("/named")]
    async fn named() -> impl Responder {
        "named"
    }

    #[cors(policy = HERE)]
    mod module {
        #[actix_web::get("/module")]
        pub async fn handler() -> impl actix_web::Responder {
            "module"
        }
    }

    config.service(constants).service(named).service(module::handler);
    let as_expression = policy! { origins = [APP, "https://b.example"], max_age = "1h" };
    assert_eq!(as_expression.origins().len(), 2);
    config.app_data(actix_web::web::Data::new(as_expression));
}

#[test]
fn handlers_work_in_the_bodies_of_functions() {
    let server = Server::start(configure_in_a_body);
    for name in ["constants", "named", "module"] {
        server.check(&format!("/{name}"), name, &["GET"], "GET");
    }
}

/// Public items have to be documented here, including those that the macros generate.
pub mod documented {
    use actix_web::{Responder, get, post};
    use cors_actix::{Policy, cors, policy};

    /// A policy.
    pub const IN_A_CONST: Policy =
        policy! { origins = ["https://app.example.com"], headers = ["content-type"] };

    /// A policy that is a reference.
    pub static IN_A_STATIC: Policy = IN_A_CONST;

    /// Tested by the compiler.
    const _: () = assert!(IN_A_STATIC.allows_origin("https://app.example.com"));

    /// A handler.
    #[cors(origins = "*", expose = "x-total-count")]
    #[get("/")]
    pub async fn handler() -> impl Responder {
        "hello"
    }

    /// A module.
    #[cors(policy = IN_A_CONST)]
    pub mod module {
        use super::{Responder, post};

        /// A handler in it.
        #[post("/")]
        pub async fn handler() -> impl Responder {
            "hello"
        }
    }
}

/// The rule that cannot be evaluated in a constant. A violation of it stops the server when it starts.
mod judged_at_start {
    use actix_web::{Responder, get};
    use cors_actix::{Policy, cors, policy};

    const EVERYBODYS: &str = "https://*.github.io";

    pub static POLICY: Policy = policy! { origins = [EVERYBODYS], credentials };
    pub static HARMLESS: Policy = policy! { origins = [EVERYBODYS] };

    #[cors(origins = EVERYBODYS, credentials)]
    #[get("/")]
    async fn handler() -> impl Responder {
        "hello"
    }

    pub fn configure(config: &mut actix_web::web::ServiceConfig) {
        config.service(handler);
    }
}

#[test]
fn a_public_suffix_in_a_constant_stops_the_server_when_it_starts() {
    fn message(start: impl FnOnce() + std::panic::UnwindSafe) -> String {
        let panic = std::panic::catch_unwind(start).expect_err("it panics");
        panic.downcast_ref::<String>().cloned().expect("with a message")
    }

    let said = message(|| drop(cors_actix::Cors::new(&judged_at_start::POLICY)));
    assert!(said.contains("origins[0]: credentials-public-suffix: `https://*.github.io`"), "{said}");
    drop(cors_actix::Cors::new(&judged_at_start::HARMLESS));

    let said = message(|| {
        let app = actix_web::App::new().configure(judged_at_start::configure);
        drop(actix_web::rt::System::new().block_on(actix_web::test::init_service(app)));
    });
    assert!(said.contains("credentials-public-suffix"), "{said}");
}
