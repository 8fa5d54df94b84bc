// #[cors(origins = ["https://app.example.com"])]
// #[scope("/api")]
// mod api {
//     #[get("/items/{id}")]
//     async fn read() -> impl Responder {
//         "read"
//     }
//
//     mod inner {
//         #[cfg(feature = "write")]
//         #[actix_web::put("/api/items/{item}")]
//         async fn write() -> impl Responder {
//             "write"
//         }
//
//         #[cors(deny)]
//         #[get("/closed")]
//         async fn closed() -> impl Responder {
//             "closed"
//         }
//     }
// }

#[scope("/api")]
mod api {
    #[::actix_web::routes]
    #[get(
        "/items/{id}",
        wrap = "::cors_actix::__private::HandlerLayers::of(<read as ::cors_actix::__private::Annotated>::layers(), 0)"
    )]
    #[options(
        "/items/{id}",
        guard = "::cors_actix::__private::serves::<read, 0>",
        wrap = "::cors_actix::__private::HandlerLayers::of(<read as ::cors_actix::__private::Annotated>::layers(), 0)"
    )]
    async fn read() -> impl Responder {
        "read"
    }
    const _: () = {
        #[allow(unused_imports)]
        use get as _;
    };
    impl ::cors_actix::__private::Annotated for read {
        const METHODS: ::cors_actix::__private::Methods = &[&["GET"]];
        #[allow(clippy::needless_borrows_for_generic_args)]
        fn layers() -> &'static ::cors_actix::__private::HandlerLayers {
            static __CORS_LAYERS: ::cors_actix::__private::Lazy<
                ::cors_actix::__private::HandlerLayers,
            > = ::cors_actix::__private::Lazy::new(|| {
                ::cors_actix::__private::HandlerLayers::new(
                    <::cors_actix::Cors as ::cors_actix::__private::Clone>::clone(
                        <__CorsOfModule as ::cors_actix::__private::PolicyOfModule>::cors(),
                    ),
                    ::cors_actix::__private::concat!(
                        ::cors_actix::__private::module_path!(), "::", "read"
                    ),
                    &[&["GET", #[cfg(feature = "write")] "PUT"]],
                )
            });
            &__CORS_LAYERS
        }
    }
    mod inner {
        #[cfg(feature = "write")]
        #[::actix_web::routes]
        #[put(
            "/api/items/{item}",
            wrap = "::cors_actix::__private::HandlerLayers::of(<write as ::cors_actix::__private::Annotated>::layers(), 0)"
        )]
        #[options(
            "/api/items/{item}",
            guard = "::cors_actix::__private::serves::<write, 0>",
            wrap = "::cors_actix::__private::HandlerLayers::of(<write as ::cors_actix::__private::Annotated>::layers(), 0)"
        )]
        async fn write() -> impl Responder {
            "write"
        }
        const _: () = {
            #[allow(unused_imports)]
            use actix_web::put as _;
        };
        impl ::cors_actix::__private::Annotated for write {
            const METHODS: ::cors_actix::__private::Methods = &[&["PUT"]];
            #[allow(clippy::needless_borrows_for_generic_args)]
            fn layers() -> &'static ::cors_actix::__private::HandlerLayers {
                static __CORS_LAYERS: ::cors_actix::__private::Lazy<
                    ::cors_actix::__private::HandlerLayers,
                > = ::cors_actix::__private::Lazy::new(|| {
                    ::cors_actix::__private::HandlerLayers::new(
                        <::cors_actix::Cors as ::cors_actix::__private::Clone>::clone(
                            <super::__CorsOfModule as ::cors_actix::__private::PolicyOfModule>::cors(),
                        ),
                        ::cors_actix::__private::concat!(
                            ::cors_actix::__private::module_path!(), "::", "write"
                        ),
                        &[&["GET", #[cfg(feature = "write")] "PUT"]],
                    )
                });
                &__CORS_LAYERS
            }
        }
        #[::actix_web::routes]
        #[get(
            "/closed",
            wrap = "::cors_actix::__private::HandlerLayers::of(<closed as ::cors_actix::__private::Annotated>::layers(), 0)"
        )]
        #[options(
            "/closed",
            guard = "::cors_actix::__private::serves::<closed, 0>",
            wrap = "::cors_actix::__private::HandlerLayers::of(<closed as ::cors_actix::__private::Annotated>::layers(), 0)"
        )]
        async fn closed() -> impl Responder {
            "closed"
        }
        const _: () = {
            #[allow(unused_imports)]
            use get as _;
        };
        impl ::cors_actix::__private::Annotated for closed {
            const METHODS: ::cors_actix::__private::Methods = &[&["GET"]];
            #[allow(clippy::needless_borrows_for_generic_args)]
            fn layers() -> &'static ::cors_actix::__private::HandlerLayers {
                static __CORS_LAYERS: ::cors_actix::__private::Lazy<
                    ::cors_actix::__private::HandlerLayers,
                > = ::cors_actix::__private::Lazy::new(|| {
                    ::cors_actix::__private::HandlerLayers::new(
                        {
                            static __CORS_POLICY: ::cors_actix::__private::Policy = ::cors_actix::__private::Policy::deny();
                            ::cors_actix::Cors::new(&__CORS_POLICY)
                        },
                        ::cors_actix::__private::concat!(
                            ::cors_actix::__private::module_path!(), "::", "closed"
                        ),
                        &[&["GET"]],
                    )
                });
                &__CORS_LAYERS
            }
        }
    }
    pub(super) struct __CorsOfModule;
}
impl ::cors_actix::__private::PolicyOfModule for api::__CorsOfModule {
    #[allow(clippy::needless_borrows_for_generic_args)]
    fn cors() -> &'static ::cors_actix::Cors {
        static __CORS_LAYER: ::cors_actix::__private::Lazy<::cors_actix::Cors> = ::cors_actix::__private::Lazy::new(||
        {
            static __CORS_POLICY: ::cors_actix::__private::Policy = ::cors_actix::__private::Policy::from_declaration(
                ::cors_actix::__private::Declaration {
                    origins: &["https://app.example.com"],
                    except: &[],
                    credentials: false,
                    methods: &[],
                    headers: &[],
                    expose: &[],
                    max_age: ::cors_actix::__private::None,
                    enforce: false,
                    preflight_status: ::cors_actix::__private::None,
                    allow: ::cors_actix::__private::AllowSet::EMPTY,
                },
                ::cors_actix::__private::concat!(
                    ::cors_actix::__private::file!(), ":",
                    ::cors_actix::__private::line!()
                ),
            );
            ::cors_actix::Cors::new(&__CORS_POLICY)
        });
        &__CORS_LAYER
    }
}
