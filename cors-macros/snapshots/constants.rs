// #[cors(origins = [APP, "https://b.example"], credentials, methods = [names::PUT], origin_fn = is_known, enforce)]
// #[route("/", method = "GET", method = "PUT")]
// async fn handler() -> impl Responder {
//     "hello"
// }
//
// static PARTNERS: Policy = policy! { origins = [APP], preflight_status = 200, allow(insecure_origins) };

#[allow(non_camel_case_types, missing_docs, unreachable_pub)]
pub struct handler;
impl ::cors_actix::__private::HttpServiceFactory for handler {
    fn register(self, config: &mut ::cors_actix::__private::AppService) {
        async fn handler() -> impl Responder {
            "hello"
        }
        ::cors_actix::__private::HttpServiceFactory::register(
            ::cors_actix::__private::Resource::new("/")
                .name("handler")
                .guard(::cors_actix::__private::serves(&["GET", "PUT"]))
                .wrap(
                    ::cors_actix::__private::HandlerLayers::of(
                        <handler as ::cors_actix::__private::Annotated>::layers(),
                        0usize,
                    ),
                )
                .to(handler),
            config,
        );
    }
}
impl ::cors_actix::__private::Annotated for handler {
    #[allow(clippy::needless_borrows_for_generic_args)]
    fn layers() -> &'static ::cors_actix::__private::HandlerLayers {
        static __CORS_LAYERS: ::cors_actix::__private::Lazy<
            ::cors_actix::__private::HandlerLayers,
        > = ::cors_actix::__private::Lazy::new(|| {
            ::cors_actix::__private::HandlerLayers::new(
                ::cors_actix::Cors::origin_fn(
                    {
                        static __CORS_POLICY: ::cors_actix::__private::Policy = {
                            const __CORS_DECLARATION: ::cors_actix::__private::Declaration<
                                ::cors_actix::__private::Borrowed<'static>,
                            > = ::cors_actix::__private::Declaration {
                                origins: &[APP, "https://b.example"],
                                except: &[],
                                credentials: true,
                                methods: &[names::PUT],
                                headers: &[],
                                expose: &[],
                                max_age: ::cors_actix::__private::None,
                                enforce: true,
                                preflight_status: ::cors_actix::__private::None,
                                allow: ::cors_actix::__private::AllowSet::EMPTY,
                            };
                            #[allow(long_running_const_eval)]
                            const _: () = {
                                use ::cors_actix::__private::Declaration;
                                Declaration::verify(
                                    &__CORS_DECLARATION,
                                    ::cors_actix::__private::Key::Origins,
                                    ::cors_actix::__private::Some(0usize),
                                )
                            };
                            #[allow(long_running_const_eval)]
                            const _: () = {
                                use ::cors_actix::__private::Declaration;
                                Declaration::verify(
                                    &__CORS_DECLARATION,
                                    ::cors_actix::__private::Key::Origins,
                                    ::cors_actix::__private::Some(1usize),
                                )
                            };
                            #[allow(long_running_const_eval)]
                            const _: () = {
                                use ::cors_actix::__private::Declaration;
                                Declaration::verify(
                                    &__CORS_DECLARATION,
                                    ::cors_actix::__private::Key::Methods,
                                    ::cors_actix::__private::Some(0usize),
                                )
                            };
                            #[allow(long_running_const_eval)]
                            const _: () = {
                                use ::cors_actix::__private::Declaration;
                                Declaration::verify_routed(
                                    &__CORS_DECLARATION,
                                    0usize,
                                    &["GET", "PUT"],
                                )
                            };
                            ::cors_actix::__private::Policy::judged_at_start(
                                ::cors_actix::__private::Policy::from_declaration(
                                    __CORS_DECLARATION,
                                    ::cors_actix::__private::concat!(
                                        ::cors_actix::__private::file!(), ":",
                                        ::cors_actix::__private::line!()
                                    ),
                                ),
                            )
                        };
                        ::cors_actix::Cors::new(&__CORS_POLICY)
                    },
                    is_known,
                ),
                ::cors_actix::__private::concat!(
                    ::cors_actix::__private::module_path!(), "::", "handler"
                ),
                &[&["GET", "PUT"]],
            )
        });
        &__CORS_LAYERS
    }
}
#[allow(dead_code)]
const _: () = {
    #[route("/", method = "GET", method = "PUT")]
    async fn handler() -> ::cors_actix::__private::HttpResponse {
        ::cors_actix::__private::HttpResponse::new(
            ::cors_actix::__private::StatusCode::OK,
        )
    }
};
static PARTNERS: Policy = {
    const __CORS_POLICY: ::cors_actix::__private::Policy = {
        const __CORS_DECLARATION: ::cors_actix::__private::Declaration<
            ::cors_actix::__private::Borrowed<'static>,
        > = ::cors_actix::__private::Declaration {
            origins: &[APP],
            except: &[],
            credentials: false,
            methods: &[],
            headers: &[],
            expose: &[],
            max_age: ::cors_actix::__private::None,
            enforce: false,
            preflight_status: ::cors_actix::__private::Some(200u64),
            allow: ::cors_actix::__private::AllowSet::of(
                &[::cors_actix::__private::Allow::InsecureOrigins],
            ),
        };
        #[allow(long_running_const_eval)]
        const _: () = {
            use ::cors_actix::__private::Declaration;
            Declaration::verify(
                &__CORS_DECLARATION,
                ::cors_actix::__private::Key::Origins,
                ::cors_actix::__private::Some(0usize),
            )
        };
        ::cors_actix::__private::Policy::from_declaration(
            __CORS_DECLARATION,
            ::cors_actix::__private::concat!(
                ::cors_actix::__private::file!(), ":", ::cors_actix::__private::line!()
            ),
        )
    };
    __CORS_POLICY
};
