//! `#[cors]`: from a handler with a route attribute to a handler whose route also takes its own preflights.

use cors_core::{Key, Rule};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Item, ItemFn, LitStr, parse_quote};

use crate::arguments::{Arguments, Place, Text};
use crate::diagnostics::Mistakes;
use crate::judge::judge;
use crate::module;
use crate::policy;
use crate::routes::{Route, Routing};

/// `#[cors(…)]` on whatever it stands on.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let parsed = Arguments::parse(arguments, Place::Attribute, &mut mistakes);
    judge_attribute(&parsed, &mut mistakes);
    match syn::parse2::<Item>(item.clone()) {
        Ok(Item::Fn(function)) => expand_handler(&parsed, function, mistakes),
        Ok(Item::Mod(module)) => module::expand(&parsed, module, mistakes),
        other => {
            mistakes.add(Span::call_site(), Rule::NotAHandler, kind(&other));
            let errors = mistakes.into_tokens();
            quote!(#errors #item)
        }
    }
}

fn kind(item: &syn::Result<Item>) -> &'static str {
    match item {
        Ok(Item::Struct(_)) => "a struct",
        Ok(Item::Enum(_)) => "an enum",
        Ok(Item::Impl(_)) => "an impl",
        Ok(Item::Trait(_)) => "a trait",
        Ok(Item::Const(_)) => "a const",
        Ok(Item::Static(_)) => "a static",
        Ok(Item::Use(_)) => "an import",
        Ok(Item::Macro(_)) => "a macro call",
        Ok(Item::Type(_)) => "a type",
        _ => "this",
    }
}

/// What the arguments say among themselves.
fn judge_attribute(arguments: &Arguments, mistakes: &mut Mistakes) {
    let alone = [(Key::Deny, Rule::DenyMixed), (Key::Policy, Rule::PolicyMixed)];
    for (key, rule) in alone {
        let is_said = if key == Key::Deny { arguments.deny } else { arguments.policy.is_some() };
        if is_said {
            for (other, span) in arguments.keys.iter().filter(|(other, _)| *other != key) {
                mistakes.add(*span, rule, other.name());
            }
            return;
        }
    }
    if arguments.span_of(Key::Deny).is_none() {
        judge(arguments, Span::call_site(), mistakes);
    }
}

fn expand_handler(arguments: &Arguments, function: ItemFn, mut mistakes: Mistakes) -> TokenStream {
    let routing = Routing::of(&function.attrs);
    match &routing {
        Routing::Missing => missing_route(&function.sig.ident, &mut mistakes),
        // Actix's macro says what is wrong, better than we could.
        Routing::Unreadable => {}
        routing => {
            judge_routes(routing.routes(), &mut mistakes);
            let served: Vec<&str> =
                routing.routes().iter().flat_map(|route| &route.methods).map(String::as_str).collect();
            judge_methods(arguments, &served, &mut mistakes);
        }
    }
    if !mistakes.is_empty() || matches!(routing, Routing::Unreadable) {
        let errors = mistakes.into_tokens();
        return quote!(#errors #function);
    }
    let grants: Vec<TokenStream> = routing
        .routes()
        .iter()
        .map(|route| {
            let together = routing.routes().iter().filter(|other| other.url() == route.url());
            let methods: Vec<&String> = together.flat_map(|other| &other.methods).collect();
            quote!(&[#(#methods),*])
        })
        .collect();
    annotate(function, routing, &layer_of(arguments), &grants)
}

/// The layer that the arguments declare, as an expression.
pub(crate) fn layer_of(arguments: &Arguments) -> TokenStream {
    let private = quote!(::cors_actix::__private);
    let mut layer = if let Some(path) = &arguments.policy {
        quote_spanned!(path.span()=> ::cors_actix::Cors::new(&#path))
    } else {
        let policy =
            if arguments.deny { quote!(#private::Policy::deny()) } else { policy::expression(arguments) };
        quote!({
            static __CORS_POLICY: #private::Policy = #policy;
            ::cors_actix::Cors::new(&__CORS_POLICY)
        })
    };
    if let Some(path) = &arguments.origin_fn {
        layer = quote_spanned!(path.span()=> #layer.origin_fn(#path));
    }
    if let Some(path) = &arguments.origin_async {
        layer = quote_spanned!(path.span()=> #layer.origin_async(#path));
    }
    layer
}

/// `methods` may narrow the route's own, and nothing else.
pub(crate) fn judge_methods(arguments: &Arguments, served: &[&str], mistakes: &mut Mistakes) {
    for text in &arguments.methods {
        // A constant is met with the route's methods at run time: it narrows them, or says nothing.
        let Text::Literal(literal) = text else { continue };
        let method = literal.value();
        if !served.contains(&method.as_str()) {
            let help = format!("leave `methods` out, or name methods of the route: {}", served.join(", "));
            mistakes.add_with_help(literal.span(), Rule::MethodUnrouted, &method, &help);
        }
    }
}

/// Preflights are `OPTIONS`, and pages cannot send `CONNECT` and `TRACE`.
pub(crate) fn judge_routes(routes: &[Route], mistakes: &mut Mistakes) {
    for route in routes {
        for (method, span) in route.methods.iter().zip(&route.method_spans) {
            match method.as_str() {
                "OPTIONS" => mistakes.add(*span, Rule::RouteOptions, "the route"),
                "CONNECT" | "TRACE" => mistakes.add(*span, Rule::MethodForbidden, method),
                _ => {}
            }
        }
    }
}

/// No route attribute is left below `#[cors]`. If the line above it has one, that one took the function first.
fn missing_route(name: &Ident, mistakes: &mut Mistakes) {
    let rule = if route_stands_above() { Rule::RouteOrder } else { Rule::RouteMissing };
    mistakes.add(Span::call_site(), rule, &name.to_string());
}

/// Whether the nearest line above `#[cors]` that is not another attribute or a comment starts a route attribute. It reads
/// the source, where the compiler tells which file that is.
fn route_stands_above() -> bool {
    let span = Span::call_site().unwrap();
    let Some(source) = span.local_file().and_then(|file| std::fs::read_to_string(file).ok()) else {
        return false;
    };
    let above: Vec<&str> = source.lines().take(span.line().saturating_sub(1)).collect();
    above
        .iter()
        .rev()
        .map(|line| line.trim())
        .take_while(|line| line.starts_with("#[") || line.starts_with("//") || line.ends_with(")]"))
        .any(|line| {
            let attribute = line.strip_prefix("#[").and_then(|rest| rest.split(['(', ']']).next());
            let path = attribute.and_then(|path| syn::parse_str::<syn::Path>(path.trim()).ok());
            path.is_some_and(|path| crate::routes::is_route(&parse_quote!(#[#path])))
        })
}

/// The handler, its routes taking their own preflights, and the policy that goes with it. `grants` has a list of methods
/// for each route.
pub(crate) fn annotate(
    mut function: ItemFn,
    routing: Routing,
    layer: &TokenStream,
    grants: &[TokenStream],
) -> TokenStream {
    let name = function.sig.ident.clone();
    let methods = routing.routes().iter().map(|route| {
        let methods = &route.methods;
        quote!(&[#(#methods),*])
    });
    let methods: Vec<TokenStream> = methods.collect();
    // The one attribute that is taken away was imported by the user, and would now be an unused import.
    let import = match &routing {
        Routing::One(route) => {
            let path = function.attrs[route.attribute].path();
            quote!(const _: () = { #[allow(unused_imports)] use #path as _; };)
        }
        _ => TokenStream::new(),
    };
    function.attrs = match routing {
        Routing::One(route) => with_one_route(function.attrs, route, &name),
        Routing::Several(routes) => with_several_routes(function.attrs, routes, &name),
        Routing::Missing | Routing::Unreadable => function.attrs,
    };
    let private = quote!(::cors_actix::__private);
    let handler = name.to_string();
    let conditions = function.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg"));
    quote! {
        #function

        #import

        #(#conditions)*
        #[doc(hidden)]
        impl #private::Annotated for #name {
            const METHODS: #private::Methods = &[#(#methods),*];

            fn cors(route: #private::RouteIndex) -> ::cors_actix::Cors {
                static __CORS_LAYERS: #private::Lazy<#private::HandlerLayers> = #private::Lazy::new(|| {
                    #private::HandlerLayers::new(
                        #layer,
                        #private::concat!(#private::module_path!(), "::", #handler),
                        &[#(#grants),*],
                    )
                });
                __CORS_LAYERS.of(route)
            }
        }
    }
}

/// A path to something of ours, as the text that actix's options take.
fn serves(name: &Ident, route: usize) -> LitStr {
    LitStr::new(&format!("::cors_actix::__private::serves::<{name}, {route}>"), name.span())
}

fn layer(name: &Ident, route: usize) -> LitStr {
    LitStr::new(&format!("<{name} as ::cors_actix::__private::Annotated>::cors({route})"), name.span())
}

/// One resource serves the handler's methods and their preflights. The policy is the last `wrap`, which is the outermost.
fn with_one_route(mut attributes: Vec<Attribute>, route: Route, name: &Ident) -> Vec<Attribute> {
    let Route { attribute, mut arguments, methods, .. } = route;
    arguments.options.retain(|option| !option.path.is_ident("method"));
    let (serves, layer) = (serves(name, 0), layer(name, 0));
    attributes[attribute] = parse_quote! {
        #[::actix_web::route(
            #arguments, #(method = #methods,)* method = "OPTIONS", guard = #serves, wrap = #layer
        )]
    };
    attributes
}

/// Below `#[routes]` every attribute is a resource of its own, and takes one method. A second one for `OPTIONS` follows
/// each directly, so that the last resource of a name stays what it was.
fn with_several_routes(attributes: Vec<Attribute>, routes: Vec<Route>, name: &Ident) -> Vec<Attribute> {
    let mut routes = routes.into_iter().enumerate().peekable();
    let mut with_policy = Vec::new();
    for (index, attribute) in attributes.into_iter().enumerate() {
        match routes.next_if(|(_, route)| route.attribute == index) {
            None => with_policy.push(attribute),
            Some((number, route)) => {
                let (serves, layer) = (serves(name, number), layer(name, number));
                let mut arguments = route.arguments;
                let method = attribute.path().clone();
                with_policy.push(parse_quote!(#[#method(#arguments, wrap = #layer)]));
                arguments.options.retain(|option| !option.path.is_ident("wrap"));
                let options = format_ident!("options");
                with_policy.push(parse_quote!(#[#options(#arguments, guard = #serves, wrap = #layer)]));
            }
        }
    }
    with_policy
}
