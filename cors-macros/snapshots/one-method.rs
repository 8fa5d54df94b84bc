// #[cors(origins = ["https://app.example.com"], headers = ["content-type"], credentials, max_age = "1h")]
// /// Changes an item.
// #[put("/items/{id}", name = "item", wrap = "Compress::default()")]
// pub async fn update(id: web::Path<u64>) -> impl Responder {
//     format!("item {id}")
// }

/// Changes an item.
#[::actix_web::routes]
#[put(
    "/items/{id}",
    name = "item",
    wrap = "Compress::default()",
    wrap = "::cors_actix::__private::HandlerLayers::of(<update as ::cors_actix::__private::Annotated>::layers(), 0)"
)]
#[options(
    "/items/{id}",
    guard = "::cors_actix::__private::serves::<update, 0>",
    name = "item",
    wrap = "::cors_actix::__private::HandlerLayers::of(<update as ::cors_actix::__private::Annotated>::layers(), 0)"
)]
pub async fn update(id: web::Path<u64>) -> impl Responder {
    format!("item {id}")
}
const _: () = {
    #[allow(unused_imports)]
    use put as _;
};
impl ::cors_actix::__private::Annotated for update {
    const METHODS: ::cors_actix::__private::Methods = &[&["PUT"]];
    #[allow(clippy::needless_borrows_for_generic_args)]
    fn layers() -> &'static ::cors_actix::__private::HandlerLayers {
        static __CORS_LAYERS: ::cors_actix::__private::Lazy<
            ::cors_actix::__private::HandlerLayers,
        > = ::cors_actix::__private::Lazy::new(|| {
            ::cors_actix::__private::HandlerLayers::new(
                {
                    static __CORS_POLICY: ::cors_actix::__private::Policy = ::cors_actix::__private::Policy::from_declaration(
                        ::cors_actix::__private::Declaration {
                            origins: &["https://app.example.com"],
                            except: &[],
                            credentials: true,
                            methods: &[],
                            headers: &["content-type"],
                            expose: &[],
                            max_age: ::cors_actix::__private::Some(
                                ::cors_actix::__private::MaxAge::Text("1h"),
                            ),
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
                    ::cors_actix::__private::module_path!(), "::", "update"
                ),
                &[&["PUT"]],
            )
        });
        &__CORS_LAYERS
    }
}
