// #[cors(policy = policies::PARTNERS)]
// #[routes]
// #[get("/a", name = "a", wrap = "Compress::default()")]
// #[put("/a")]
// #[delete("/b", guard = "is_json")]
// async fn several() -> impl Responder {
//     "several"
// }

#[allow(non_camel_case_types, missing_docs, unreachable_pub)]
pub struct several;
impl ::cors_actix::__private::HttpServiceFactory for several {
    fn register(self, config: &mut ::cors_actix::__private::AppService) {
        async fn several() -> impl Responder {
            "several"
        }
        ::cors_actix::__private::HttpServiceFactory::register(
            ::cors_actix::__private::Resource::new("/a")
                .name("a")
                .guard(::cors_actix::__private::serves(&["GET"]))
                .wrap(Compress::default())
                .wrap(
                    ::cors_actix::__private::HandlerLayers::of(
                        <several as ::cors_actix::__private::Annotated>::layers(),
                        0usize,
                    ),
                )
                .to(several),
            config,
        );
        ::cors_actix::__private::HttpServiceFactory::register(
            ::cors_actix::__private::Resource::new("/a")
                .name("several")
                .guard(::cors_actix::__private::serves(&["PUT"]))
                .wrap(
                    ::cors_actix::__private::HandlerLayers::of(
                        <several as ::cors_actix::__private::Annotated>::layers(),
                        1usize,
                    ),
                )
                .to(several),
            config,
        );
        ::cors_actix::__private::HttpServiceFactory::register(
            ::cors_actix::__private::Resource::new("/b")
                .name("several")
                .guard(::cors_actix::__private::serves(&["DELETE"]))
                .guard(::cors_actix::__private::fn_guard(is_json))
                .wrap(
                    ::cors_actix::__private::HandlerLayers::of(
                        <several as ::cors_actix::__private::Annotated>::layers(),
                        2usize,
                    ),
                )
                .to(several),
            config,
        );
    }
}
impl ::cors_actix::__private::Annotated for several {
    #[allow(clippy::needless_borrows_for_generic_args)]
    fn layers() -> &'static ::cors_actix::__private::HandlerLayers {
        static __CORS_LAYERS: ::cors_actix::__private::Lazy<
            ::cors_actix::__private::HandlerLayers,
        > = ::cors_actix::__private::Lazy::new(|| {
            ::cors_actix::__private::HandlerLayers::new(
                ::cors_actix::Cors::new(&policies::PARTNERS),
                ::cors_actix::__private::concat!(
                    ::cors_actix::__private::module_path!(), "::", "several"
                ),
                &[&["GET", "PUT"], &["GET", "PUT"], &["DELETE"]],
            )
        });
        &__CORS_LAYERS
    }
}
#[allow(dead_code)]
const _: () = {
    #[routes]
    #[get("/a", name = "a")]
    #[put("/a")]
    #[delete("/b")]
    async fn handler() -> ::cors_actix::__private::HttpResponse {
        ::cors_actix::__private::HttpResponse::new(
            ::cors_actix::__private::StatusCode::OK,
        )
    }
};
