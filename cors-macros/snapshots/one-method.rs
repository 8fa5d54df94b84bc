// #[cors(origins = ["https://app.example.com"], headers = ["content-type"], credentials, max_age = "1h")]
// /// Changes an item.
// #[put("/items/{id}", name = "item", wrap = "Compress::default()")]
// pub async fn update(id: web::Path<u64>) -> impl Responder {
//     format!("item {id}")
// }

/// Changes an item.
#[allow(non_camel_case_types, missing_docs, unreachable_pub)]
pub struct update;
impl ::cors_actix::__private::HttpServiceFactory for update {
    fn register(self, config: &mut ::cors_actix::__private::AppService) {
        /// Changes an item.
        pub async fn update(id: web::Path<u64>) -> impl Responder {
            format!("item {id}")
        }
        ::cors_actix::__private::HttpServiceFactory::register(
            ::cors_actix::__private::Resource::new("/items/{id}")
                .name("item")
                .guard(::cors_actix::__private::serves(&["PUT"]))
                .wrap(Compress::default())
                .wrap(
                    ::cors_actix::__private::HandlerLayers::of(
                        <update as ::cors_actix::__private::Annotated>::layers(),
                        0usize,
                    ),
                )
                .to(update),
            config,
        );
    }
}
impl ::cors_actix::__private::Annotated for update {
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
#[allow(dead_code)]
const _: () = {
    #[put("/items/{id}", name = "item")]
    async fn handler() -> ::cors_actix::__private::HttpResponse {
        ::cors_actix::__private::HttpResponse::new(
            ::cors_actix::__private::StatusCode::OK,
        )
    }
};
