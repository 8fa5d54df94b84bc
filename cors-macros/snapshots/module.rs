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
    #[allow(non_camel_case_types, missing_docs, unreachable_pub)]
    pub struct read;
    impl ::cors_actix::__private::HttpServiceFactory for read {
        fn register(self, config: &mut ::cors_actix::__private::AppService) {
            async fn read() -> impl Responder {
                "read"
            }
            ::cors_actix::__private::HttpServiceFactory::register(
                ::cors_actix::__private::Resource::new("/items/{id}")
                    .name("read")
                    .guard(::cors_actix::__private::serves(&["GET"]))
                    .wrap(
                        ::cors_actix::__private::HandlerLayers::of(
                            <read as ::cors_actix::__private::Annotated>::layers(),
                            0usize,
                        ),
                    )
                    .to(read),
                config,
            );
        }
    }
    impl ::cors_actix::__private::Annotated for read {
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
    #[allow(dead_code)]
    const _: () = {
        #[get("/items/{id}")]
        async fn handler() -> ::cors_actix::__private::HttpResponse {
            ::cors_actix::__private::HttpResponse::new(
                ::cors_actix::__private::StatusCode::OK,
            )
        }
    };
    mod inner {
        #[allow(non_camel_case_types, missing_docs, unreachable_pub)]
        pub struct write;
        impl ::cors_actix::__private::HttpServiceFactory for write {
            fn register(self, config: &mut ::cors_actix::__private::AppService) {
                #[cfg(feature = "write")]
                async fn write() -> impl Responder {
                    "write"
                }
                ::cors_actix::__private::HttpServiceFactory::register(
                    ::cors_actix::__private::Resource::new("/api/items/{item}")
                        .name("write")
                        .guard(::cors_actix::__private::serves(&["PUT"]))
                        .wrap(
                            ::cors_actix::__private::HandlerLayers::of(
                                <write as ::cors_actix::__private::Annotated>::layers(),
                                0usize,
                            ),
                        )
                        .to(write),
                    config,
                );
            }
        }
        impl ::cors_actix::__private::Annotated for write {
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
        #[allow(dead_code)]
        const _: () = {
            #[actix_web::put("/api/items/{item}")]
            async fn handler() -> ::cors_actix::__private::HttpResponse {
                ::cors_actix::__private::HttpResponse::new(
                    ::cors_actix::__private::StatusCode::OK,
                )
            }
        };
        #[allow(non_camel_case_types, missing_docs, unreachable_pub)]
        pub struct closed;
        impl ::cors_actix::__private::HttpServiceFactory for closed {
            fn register(self, config: &mut ::cors_actix::__private::AppService) {
                async fn closed() -> impl Responder {
                    "closed"
                }
                ::cors_actix::__private::HttpServiceFactory::register(
                    ::cors_actix::__private::Resource::new("/closed")
                        .name("closed")
                        .guard(::cors_actix::__private::serves(&["GET"]))
                        .wrap(
                            ::cors_actix::__private::HandlerLayers::of(
                                <closed as ::cors_actix::__private::Annotated>::layers(),
                                0usize,
                            ),
                        )
                        .to(closed),
                    config,
                );
            }
        }
        impl ::cors_actix::__private::Annotated for closed {
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
        #[allow(dead_code)]
        const _: () = {
            #[get("/closed")]
            async fn handler() -> ::cors_actix::__private::HttpResponse {
                ::cors_actix::__private::HttpResponse::new(
                    ::cors_actix::__private::StatusCode::OK,
                )
            }
        };
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
