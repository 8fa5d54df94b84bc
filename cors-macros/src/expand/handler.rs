//! Generates a handler whose route also accepts the preflights for it.
//!
//! Actix's own route macros register a resource that accepts only the methods of the route. So the registration is generated
//! here, with one difference: the guard on methods also accepts the preflights that ask for these methods.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, ItemFn, LitStr};

use crate::crate_path::CratePath;
use crate::names::unused_name;
use crate::parse::routes::{Route, RouteOptions, is_called};

/// The handler as a service of actix. `grants` has a list of methods for each route.
pub(crate) fn expand(
    mut function: ItemFn,
    routes: &[Route],
    layer: &TokenStream,
    grants: &TokenStream,
    crate_path: &CratePath,
) -> TokenStream {
    let private = crate_path.private();
    let check = check_by_actix(&function.attrs, routes, &private);
    let resources = resources(&function, routes, &private);
    let mut index = 0;
    function.attrs.retain(|attribute| {
        let is_taken = routes.iter().any(|route| route.attribute == index) || is_called(attribute, "routes");
        index += 1;
        !is_taken
    });
    let name = &function.sig.ident;
    let docs = function.attrs.iter().filter(|attribute| attribute.path().is_ident("doc"));
    let handler = name.unraw().to_string();
    let layers = unused_name("__CORS_LAYERS", layer);
    let config = config();
    // Actix's macros make the struct public as well, unless one of actix-web's default features is switched off.
    quote! {
        #(#docs)*
        #[allow(non_camel_case_types, missing_docs, unreachable_pub)]
        pub struct #name;

        impl #private::HttpServiceFactory for #name {
            fn register(self, #config: &mut #private::AppService) {
                #function
                #resources
            }
        }

        impl #private::Annotated for #name {
            // The path of a policy can refer to a reference.
            #[allow(clippy::needless_borrows_for_generic_args)]
            fn layers() -> &'static #private::HandlerLayers {
                static #layers: #private::Lazy<#private::HandlerLayers> = #private::Lazy::new(|| {
                    #private::HandlerLayers::new(
                        #layer,
                        #private::concat!(#private::module_path!(), "::", #handler),
                        &[#grants],
                    )
                });
                &#layers
            }
        }

        #check
    }
}

/// The methods that each route grants if no other handler shares the policy and the URL: those of the handler's own routes
/// on that URL.
pub(crate) fn own_grants(routes: &[Route]) -> TokenStream {
    let grants = routes.iter().map(|route| {
        let together = routes.iter().filter(|other| other.url("") == route.url(""));
        let methods = together.flat_map(|other| &other.methods).map(|method| &method.name);
        quote!(&[#(#methods),*],)
    });
    grants.collect()
}

/// The parameter of `register`. The user's expressions cannot see it.
fn config() -> Ident {
    Ident::new("config", Span::mixed_site())
}

/// Registers one resource for each route.
fn resources(function: &ItemFn, routes: &[Route], private: &TokenStream) -> TokenStream {
    let (handler, config) = (&function.sig.ident, config());
    let resources = routes.iter().enumerate().map(|(index, route)| {
        let RouteOptions { path, name, guards, wraps, .. } = &route.options;
        let name = name.as_ref().map_or_else(|| handler.to_string(), LitStr::value);
        let methods = route.methods.iter().map(|method| &method.name);
        // The compiler shows its errors about the handler at the route attribute.
        let attribute = function.attrs[route.attribute].path().span();
        let to = quote_spanned!(Span::call_site().located_at(attribute)=> .to(#handler));
        // The user's guards come second, so that they are not called for other `OPTIONS` requests. The policy is the
        // last wrap, which is the outermost.
        quote! {
            #private::HttpServiceFactory::register(
                #private::Resource::new(#path)
                    .name(#name)
                    .guard(#private::serves(&[#(#methods),*]))
                    #(.guard(#private::fn_guard(#guards)))*
                    #(.wrap(#wraps))*
                    .wrap(#private::HandlerLayers::of(<#handler as #private::Annotated>::layers(), #index))
                    #to,
                #config,
            );
        }
    });
    resources.collect()
}

/// An unused handler with the user's route attributes. Actix's macros report mistakes in the paths and the methods, and
/// the compiler does not report the imports of these macros as unused.
fn check_by_actix(attributes: &[Attribute], routes: &[Route], private: &TokenStream) -> TokenStream {
    let several = attributes.iter().find(|attribute| is_called(attribute, "routes"));
    let several = several.into_iter();
    let routes = routes.iter().map(|route| route.attribute_without_guards(attributes));
    quote! {
        #[allow(dead_code)]
        const _: () = {
            #(#several)*
            #(#routes)*
            async fn handler() -> #private::HttpResponse {
                #private::HttpResponse::new(#private::StatusCode::OK)
            }
        };
    }
}
