// #[cors(policy = policies::PARTNERS)]
// #[routes]
// #[get("/a", name = "a", wrap = "Compress::default()")]
// #[put("/a")]
// #[delete("/b", guard = "is_json")]
// async fn several() -> impl Responder {
//     "several"
// }

#[routes]
#[get(
    "/a",
    name = "a",
    wrap = "Compress::default()",
    wrap = "::cors_actix::__private::HandlerLayers::of(<several as ::cors_actix::__private::Annotated>::layers(), 0)"
)]
#[options(
    "/a",
    guard = "::cors_actix::__private::serves::<several, 0>",
    name = "a",
    wrap = "::cors_actix::__private::HandlerLayers::of(<several as ::cors_actix::__private::Annotated>::layers(), 0)"
)]
#[put(
    "/a",
    wrap = "::cors_actix::__private::HandlerLayers::of(<several as ::cors_actix::__private::Annotated>::layers(), 1)"
)]
#[options(
    "/a",
    guard = "::cors_actix::__private::serves::<several, 1>",
    wrap = "::cors_actix::__private::HandlerLayers::of(<several as ::cors_actix::__private::Annotated>::layers(), 1)"
)]
#[delete(
    "/b",
    guard = "is_json",
    wrap = "::cors_actix::__private::HandlerLayers::of(<several as ::cors_actix::__private::Annotated>::layers(), 2)"
)]
#[options(
    "/b",
    guard = "::cors_actix::__private::serves::<several, 2>",
    guard = "is_json",
    wrap = "::cors_actix::__private::HandlerLayers::of(<several as ::cors_actix::__private::Annotated>::layers(), 2)"
)]
async fn several() -> impl Responder {
    "several"
}
impl ::cors_actix::__private::Annotated for several {
    const METHODS: ::cors_actix::__private::Methods = &[&["GET"], &["PUT"], &["DELETE"]];
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
