//! `#[cors]`: from a handler with a route attribute to a handler whose route also takes its own preflights.

use cors_core::{Key, Rule, is_forbidden_method};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Expr, Item, ItemFn, LitStr, Meta, parse_quote};

use crate::arguments::{Arguments, AttributeKey, Place, Text};
use crate::diagnostics::{Caret, Mistakes};
use crate::judge::{Reported, judge};
use crate::module;
use crate::names::unlike;
use crate::policy;
use crate::route_order::route_stands_above;
use crate::routes::{Route, Routing, is_called, last_word};

/// `#[cors(…)]` on whatever it stands on.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut mistakes = Mistakes::default();
    let arguments = Arguments::parse(arguments, Place::Attribute, &mut mistakes);
    let reported = judge_attribute(&arguments, &mut mistakes);
    let attribute = Declared { arguments, reported };
    match syn::parse2::<Item>(item.clone()) {
        Ok(Item::Fn(function)) if function.sig.receiver().is_none() => {
            expand_handler(&attribute, function, mistakes)
        }
        Ok(Item::Mod(module)) => module::expand(&attribute, module, mistakes),
        other => {
            let other = other.map_err(|_| syn::parse2::<Expr>(item.clone()));
            mistakes.add(Caret::whole(), Rule::NotAHandler, kind(&other));
            let errors = mistakes.into_tokens();
            // Where an expression stands, one expression is expected.
            if matches!(other, Err(Ok(_))) { quote!({ #errors #item }) } else { quote!(#errors #item) }
        }
    }
}

/// An attribute that has been read and judged.
pub(crate) struct Declared {
    pub(crate) arguments: Arguments,
    reported: Reported,
}

impl Declared {
    /// What stands in the place of the expansion where there are mistakes: the errors, among them those that only the
    /// compiler can find.
    pub(crate) fn errors(&self, served: &[&str], mistakes: Mistakes) -> TokenStream {
        let errors = mistakes.into_tokens();
        let verified = policy::verified(&self.arguments, served, &self.reported);
        quote!(#errors const _: () = { #verified };)
    }
}

fn kind(item: &Result<Item, syn::Result<Expr>>) -> &'static str {
    match item {
        Ok(Item::Fn(_)) => "a method",
        Ok(Item::Struct(_)) => "a struct",
        Ok(Item::Enum(_)) => "an enum",
        Ok(Item::Impl(_)) => "an impl",
        Ok(Item::Trait(_)) => "a trait",
        Ok(Item::Const(_)) => "a const",
        Ok(Item::Static(_)) => "a static",
        Ok(Item::Use(_)) => "an import",
        Ok(Item::Macro(_)) => "a macro call",
        Ok(Item::Type(_)) => "a type",
        Err(Ok(Expr::Closure(_))) => "a closure",
        Err(Ok(_)) => "an expression",
        _ => "this",
    }
}

/// What the arguments say among themselves.
fn judge_attribute(arguments: &Arguments, mistakes: &mut Mistakes) -> Reported {
    let alone = if arguments.denies() {
        Some((AttributeKey::Deny, Rule::DenyMixed))
    } else {
        arguments.find(AttributeKey::Policy).map(|_| (AttributeKey::Policy, Rule::PolicyMixed))
    };
    let Some((key, rule)) = alone else {
        if let (Some(_), Some(second)) =
            (arguments.find(AttributeKey::OriginFn), arguments.find(AttributeKey::OriginAsync))
        {
            let help = "one function is asked about origins: keep origin_fn or origin_async";
            mistakes.add_with_help(second.name, Rule::KeyDuplicate, "origin_fn", help);
        }
        return judge(arguments, mistakes);
    };
    for other in arguments.keys.iter().filter(|other| other.key != key) {
        mistakes.add(other.name, rule, other.key.name());
    }
    Reported::new()
}

fn expand_handler(attribute: &Declared, mut function: ItemFn, mut mistakes: Mistakes) -> TokenStream {
    // The nearest wins: a module's policy has no business here.
    function.attrs.retain(|attribute| !is_called(attribute, module::MARKER));
    function.attrs.retain(|attribute| {
        let is_second = is_called(attribute, "cors");
        if is_second {
            mistakes.add(Caret::of(attribute.path()), Rule::KeyDuplicate, "#[cors]");
        }
        !is_second
    });
    let routing = Routing::of(&function.attrs, &function.sig.output);
    let served: Vec<&str> =
        routing.routes().iter().flat_map(|route| &route.methods).map(String::as_str).collect();
    match &routing {
        Routing::Missing => missing_route(&function.sig.ident, &mut mistakes),
        // Actix's macro says what is wrong, better than we could.
        Routing::Unreadable => {}
        routing => {
            judge_routes(&function.sig.ident, routing.routes(), &mut mistakes);
            judge_methods(attribute, &served, &mut mistakes);
        }
    }
    if !mistakes.is_empty() || matches!(routing, Routing::Unreadable) {
        let errors = attribute.errors(&served, mistakes);
        return quote!(#errors #function);
    }
    let layer = layer_of(&attribute.arguments, &served);
    let grants = own_grants(&routing);
    annotate(function, routing, &layer, &grants)
}

/// What each route of a handler grants where no other handler has a part in it: the methods of its routes on that URL.
pub(crate) fn own_grants(routing: &Routing) -> TokenStream {
    let routes = routing.routes();
    let grants = routes.iter().map(|route| {
        let together = routes.iter().filter(|other| other.url("") == route.url(""));
        let methods = together.flat_map(|other| &other.methods);
        quote!(&[#(#methods),*],)
    });
    grants.collect()
}

/// The layer that the arguments declare, as an expression.
pub(crate) fn layer_of(arguments: &Arguments, served: &[&str]) -> TokenStream {
    let private = quote!(::cors_actix::__private);
    let mut layer = if let Some(path) = &arguments.policy {
        quote_spanned!(path.span()=> ::cors_actix::Cors::new(&#path))
    } else {
        let policy = if arguments.deny {
            quote!(#private::Policy::deny())
        } else {
            policy::expression(arguments, served)
        };
        let name = unlike("__CORS_POLICY", &arguments.tokens);
        quote!({
            static #name: #private::Policy = #policy;
            ::cors_actix::Cors::new(&#name)
        })
    };
    if let Some(path) = &arguments.origin_fn {
        layer = quote_spanned!(path.span()=> ::cors_actix::Cors::origin_fn(#layer, #path));
    }
    if let Some(path) = &arguments.origin_async {
        layer = quote_spanned!(path.span()=> ::cors_actix::Cors::origin_async(#layer, #path));
    }
    layer
}

/// `methods` may narrow the route's own, and nothing else. The compiler judges constants.
pub(crate) fn judge_methods(attribute: &Declared, served: &[&str], mistakes: &mut Mistakes) {
    for (index, text) in attribute.arguments.declaration.methods.iter().enumerate() {
        let Text::Literal(literal) = text else { continue };
        let method = literal.value();
        // One mistake for one word: `put` is in the wrong case before it is unrouted.
        if attribute.reported.contains(&(Key::Methods, Some(index))) || served.contains(&method.as_str()) {
            continue;
        }
        let help = format!("leave `methods` out, or name methods of the route: {}", served.join(", "));
        mistakes.add_with_help(literal.span(), Rule::MethodUnrouted, &method, &help);
    }
}

/// Preflights are `OPTIONS`, and pages cannot send forbidden methods.
pub(crate) fn judge_routes(name: &Ident, routes: &[Route], mistakes: &mut Mistakes) {
    for route in routes {
        for (method, span) in route.methods.iter().zip(&route.method_spans) {
            match method.as_str() {
                "OPTIONS" => mistakes.add(*span, Rule::RouteOptions, &name.to_string()),
                method if is_forbidden_method(method) => {
                    let help = "take the method out of the route, or #[cors] away from the handler";
                    mistakes.add_with_help(*span, Rule::MethodForbidden, method, help);
                }
                _ => {}
            }
        }
    }
}

/// No route attribute is left below `#[cors]`. If there is one above it, that one took the function first.
fn missing_route(name: &Ident, mistakes: &mut Mistakes) {
    let rule = if route_stands_above() { Rule::RouteOrder } else { Rule::RouteMissing };
    mistakes.add(Caret::whole(), rule, &name.to_string());
}

/// The handler, its routes taking their own preflights, and the policy that goes with it. `grants` has a list of methods
/// for each route.
pub(crate) fn annotate(
    mut function: ItemFn,
    routing: Routing,
    layer: &TokenStream,
    grants: &TokenStream,
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
            // Where nobody imported it, the compiler says so under its name.
            let import = quote_spanned!(path.span()=> as _);
            quote!(const _: () = { #[allow(unused_imports)] use #path #import; };)
        }
        _ => TokenStream::new(),
    };
    function.attrs = match routing {
        Routing::One(route) if route.says_methods() => with_options(function.attrs, route, &name),
        Routing::One(route) => {
            let place = route.attribute;
            let routes = in_place_of(&function.attrs[place], parse_quote!(::actix_web::routes));
            let mut attributes = with_options_beside(function.attrs, vec![route], &name);
            attributes.insert(place, routes);
            attributes
        }
        Routing::Several(routes) => with_options_beside(function.attrs, routes, &name),
        Routing::Missing | Routing::Unreadable => function.attrs,
    };
    let private = quote!(::cors_actix::__private);
    let handler = name.unraw().to_string();
    let layers = unlike("__CORS_LAYERS", layer);
    quote! {
        #function

        #import

        impl #private::Annotated for #name {
            const METHODS: #private::Methods = &[#(#methods),*];

            // The path of a policy may be that of a reference.
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
    }
}

/// A path to something of ours, as the text that actix's options take.
fn serves(name: &Ident, route: usize) -> LitStr {
    LitStr::new(&format!("::cors_actix::__private::serves::<{name}, {route}>"), name.span())
}

fn layer(name: &Ident, route: usize) -> LitStr {
    let layers = format!("<{name} as ::cors_actix::__private::Annotated>::layers()");
    LitStr::new(&format!("::cors_actix::__private::HandlerLayers::of({layers}, {route})"), name.span())
}

/// Another attribute where the user's stands: what actix's macro finds wrong is shown there.
fn in_place_of(attribute: &Attribute, meta: Meta) -> Attribute {
    Attribute { meta, ..attribute.clone() }
}

/// `#[route]`: the resource takes `OPTIONS` too. The policy is the last `wrap`, which is the outermost.
fn with_options(mut attributes: Vec<Attribute>, route: Route, name: &Ident) -> Vec<Attribute> {
    let Route { attribute, mut arguments, .. } = route;
    let (serves, layer) = (serves(name, 0), layer(name, 0));
    // Before the user's guards, which are asked about no other `OPTIONS`.
    arguments.options.insert(0, parse_quote!(guard = #serves));
    let with_options = parse_quote!(::actix_web::route(#arguments, method = "OPTIONS", wrap = #layer));
    attributes[attribute] = in_place_of(&attributes[attribute], with_options);
    attributes
}

/// `#[get]` and its like, below `#[routes]`: every attribute is a resource of its own, and takes one method. A second one for
/// `OPTIONS` follows each directly, so that the last resource of a name stays what it was. It costs the handler's own
/// requests nothing, while a resource for both methods asks about them in an order that differs from build to build.
fn with_options_beside(attributes: Vec<Attribute>, routes: Vec<Route>, name: &Ident) -> Vec<Attribute> {
    let mut routes = routes.into_iter().enumerate().peekable();
    let mut with_policy = Vec::new();
    for (index, attribute) in attributes.into_iter().enumerate() {
        match routes.next_if(|(_, route)| route.attribute == index) {
            None => with_policy.push(attribute),
            Some((number, route)) => {
                let (serves, layer) = (serves(name, number), layer(name, number));
                let mut arguments = route.arguments;
                // Actix knows the bare names only.
                let method = last_word(&attribute);
                with_policy.push(parse_quote!(#[#method(#arguments, wrap = #layer)]));
                arguments.options.retain(|option| !option.path.is_ident("wrap"));
                // Before the user's guards, which are asked about no other `OPTIONS`.
                arguments.options.insert(0, parse_quote!(guard = #serves));
                let options = format_ident!("options");
                with_policy.push(parse_quote!(#[#options(#arguments, wrap = #layer)]));
            }
        }
    }
    with_policy
}
