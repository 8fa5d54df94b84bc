// #[cors(origins = "*", expose = ["x-total-count"], methods = ["GET"])]
// #[actix_web::route("/items", method = "GET", method = "PURGE", guard = "is_json")]
// async fn items() -> impl Responder {
//     "items"
// }

#[allow(non_camel_case_types, missing_docs, unreachable_pub)]
pub struct items;
impl ::cors_actix::__private::HttpServiceFactory for items {
    fn register(self, config: &mut ::cors_actix::__private::AppService) {
        async fn items() -> impl Responder {
            "items"
        }
        ::cors_actix::__private::HttpServiceFactory::register(
            ::cors_actix::__private::Resource::new("/items")
                .name("items")
                .guard(::cors_actix::__private::serves(&["GET", "PURGE"]))
                .guard(::cors_actix::__private::fn_guard(is_json))
                .wrap(
                    ::cors_actix::__private::HandlerLayers::of(
                        <items as ::cors_actix::__private::Annotated>::layers(),
                        0usize,
                    ),
                )
                .to(items),
            config,
        );
    }
}
impl ::cors_actix::__private::Annotated for items {
    #[allow(clippy::needless_borrows_for_generic_args)]
    fn layers() -> &'static ::cors_actix::__private::HandlerLayers {
        static __CORS_LAYERS: ::cors_actix::__private::Lazy<
            ::cors_actix::__private::HandlerLayers,
        > = ::cors_actix::__private::Lazy::new(|| {
            ::cors_actix::__private::HandlerLayers::new(
                {
                    static __CORS_POLICY: ::cors_actix::__private::Policy = ::cors_actix::__private::Policy::from_declaration(
                        ::cors_actix::__private::Declaration {
                            origins: &["*"],
                            except: &[],
                            credentials: false,
                            methods: &["GET"],
                            headers: &[],
                            expose: &["x-total-count"],
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
                },
                ::cors_actix::__private::concat!(
                    ::cors_actix::__private::module_path!(), "::", "items"
                ),
                &[&["GET", "PURGE"]],
            )
        });
        &__CORS_LAYERS
    }
}
#[allow(dead_code)]
const _: () = {
    #[actix_web::route("/items", method = "GET", method = "PURGE")]
    async fn handler() -> ::cors_actix::__private::HttpResponse {
        ::cors_actix::__private::HttpResponse::new(
            ::cors_actix::__private::StatusCode::OK,
        )
    }
};
