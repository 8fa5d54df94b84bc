// #[cors(origins = "*", expose = ["x-total-count"], methods = ["GET"])]
// #[actix_web::route("/items", method = "GET", method = "PURGE", guard = "is_json")]
// async fn items() -> impl Responder {
//     "items"
// }

#[::actix_web::route(
    "/items",
    guard = "::cors_actix::__private::serves::<items, 0>",
    method = "GET",
    method = "PURGE",
    guard = "is_json",
    method = "OPTIONS",
    wrap = "::cors_actix::__private::HandlerLayers::of(<items as ::cors_actix::__private::Annotated>::layers(), 0)"
)]
async fn items() -> impl Responder {
    "items"
}
const _: () = {
    #[allow(unused_imports)]
    use actix_web::route as _;
};
impl ::cors_actix::__private::Annotated for items {
    const METHODS: ::cors_actix::__private::Methods = &[&["GET", "PURGE"]];
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
