//! `#[cors]`: reads the arguments and the item below them, judges both, and expands them.

use cors_core::Rule;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Attribute, Expr, Item, ItemFn, ItemMod, parse_quote};

use crate::crate_path;
use crate::diagnostics::{Caret, Mistakes};
use crate::expand::{handler, layer, module, policy};
use crate::judge::policy::Verdict;
use crate::judge::{attribute, routes};
use crate::names::{CORS_ABOVE_ROUTE, CORS_OF_MODULE};
use crate::parse::arguments::Arguments;
use crate::parse::key::{AttributeKey, Macro};
use crate::parse::module::Handlers;
use crate::parse::routes::{Routing, is_called, is_route};

/// Expands `#[cors(…)]`.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let attribute = CorsAttribute::read(arguments);
    match syn::parse2::<Item>(item.clone()) {
        Ok(Item::Fn(function)) if function.sig.receiver().is_none() => {
            attribute.expand_below_other_macros(function)
        }
        Ok(Item::Mod(module)) => attribute.expand_module(module),
        other => attribute.reject(&other.map_err(|_| syn::parse2::<Expr>(item.clone())), &item),
    }
}

/// Expands the attribute that `#[cors]` puts directly above a route attribute.
pub(crate) fn expand_above_route(arguments: TokenStream, item: TokenStream) -> TokenStream {
    match syn::parse2::<ItemFn>(item.clone()) {
        Ok(function) => CorsAttribute::read(arguments).expand_handler(function),
        // The other macro has replaced the function by another item.
        Err(_) => expand(arguments, item),
    }
}

/// The error if the generated code cannot refer to cors-actix.
const CRATE_MISSING: &str = "the crate `cors_actix` is not a dependency of this package under this name\n\
    the code that #[cors] generates refers to it\n\
    help: write where it is: #[cors(crate = path::to::cors_actix, …)], or run `cargo add cors-actix`";

/// The attribute `#[cors]`, read and judged.
struct CorsAttribute {
    arguments: Arguments,
    verdict: Verdict,
    mistakes: Mistakes,
}

impl CorsAttribute {
    fn read(arguments: TokenStream) -> Self {
        let mut mistakes = Mistakes::default();
        let arguments = Arguments::parse(arguments, Macro::Cors, &mut mistakes);
        if arguments.find(AttributeKey::Crate).is_none() && crate_path::is_missing() {
            mistakes.add_report(Caret::whole(), CRATE_MISSING.into());
        }
        let verdict = attribute::judge(&arguments, &mut mistakes);
        Self { arguments, verdict, mistakes }
    }

    /// Lets the macros between this attribute and the route attribute expand first, because they may read the route
    /// attribute or change the handler.
    fn expand_below_other_macros(self, mut function: ItemFn) -> TokenStream {
        // The nearest policy wins, so the policy of a module does not apply here.
        function.attrs.retain(|attribute| !is_called(attribute, CORS_OF_MODULE));
        let is_cors = |attribute: &Attribute| is_called(attribute, "cors");
        if self.mistakes.is_empty()
            && !function.attrs.iter().any(is_cors)
            && let Some(route) = function.attrs.iter().position(is_route)
            && function.attrs[..route].iter().any(may_be_macro)
        {
            let cors = format_ident!("{CORS_ABOVE_ROUTE}");
            let arguments = &self.arguments.tokens;
            let crate_path = &self.arguments.crate_path;
            let attribute = parse_quote!(#[#crate_path::__private::#cors(#arguments)]);
            function.attrs.insert(route, attribute);
            return quote!(#function);
        }
        self.expand_handler(function)
    }

    fn expand_handler(mut self, mut function: ItemFn) -> TokenStream {
        function.attrs.retain(|attribute| {
            let is_second = is_called(attribute, "cors");
            if is_second {
                self.mistakes.add(Caret::of(attribute.path()), Rule::KeyDuplicate, "#[cors]");
            }
            !is_second
        });
        let name = &function.sig.ident;
        let routing = Routing::of(&function.attrs, &function.sig.output);
        let served: Vec<&str> =
            routing.routes().iter().flat_map(|route| &route.methods).map(|method| &*method.name).collect();
        match &routing {
            Routing::Missing => routes::missing_route(name, &mut self.mistakes),
            Routing::Unreadable => {}
            Routing::Foreign(path) => routes::foreign_route(name, path, &mut self.mistakes),
            Routing::Routes(routes) => {
                for route in routes {
                    routes::judge_route(name, &route.methods, &mut self.mistakes);
                }
                routes::judge_methods(&self.arguments, &served, &self.verdict, &mut self.mistakes);
            }
        }
        match &routing {
            Routing::Routes(routes) if self.mistakes.is_empty() => {
                let layer = layer::expression(&self.arguments, &served, &self.verdict);
                let grants = handler::own_grants(routes);
                handler::expand(function, routes, &layer, &grants, &self.arguments.crate_path)
            }
            _ => {
                let errors = self.errors(&served);
                quote!(#errors #function)
            }
        }
    }

    fn expand_module(mut self, mut module: ItemMod) -> TokenStream {
        if module.content.is_none() {
            let help =
                "write #[cors(…)] above each handler in that file, or the module inline: mod name { … }";
            self.mistakes.add_with_help(Caret::whole(), Rule::NotAHandler, "a module in another file", help);
        }
        if let Some(written) = self.arguments.find(AttributeKey::Crate)
            && self.arguments.crate_path.is_relative()
        {
            let help =
                "write a path that means the same inside of the module: one that starts with `::` or `crate`";
            self.mistakes.add_with_help(written.value, Rule::KeyType, "crate", help);
        }
        let handlers = Handlers::of(&mut module);
        for route in &handlers.routes {
            routes::judge_route(&route.handler, &route.methods, &mut self.mistakes);
        }
        for (name, path) in &handlers.foreign {
            routes::foreign_route(name, path, &mut self.mistakes);
        }
        if handlers.routes.is_empty() && !handlers.has_unreadable && self.mistakes.is_empty() {
            let help =
                "put it above a module with handlers that have no #[cors] of their own, or leave it out";
            self.mistakes.add_with_help(Caret::whole(), Rule::RouteMissing, &module.ident.to_string(), help);
        }
        let methods = handlers.routes.iter().flat_map(|route| &route.methods);
        let mut served: Vec<&str> = methods.map(|method| &*method.name).collect();
        served.retain(|method| *method != "OPTIONS");
        served.sort_unstable();
        served.dedup();
        routes::judge_methods(&self.arguments, &served, &self.verdict, &mut self.mistakes);
        if self.mistakes.is_empty() {
            return module::expand(&self.arguments, module, &handlers.routes, &served, &self.verdict);
        }
        let errors = self.errors(&served);
        quote!(#errors #module)
    }

    /// Reports that the item is not a handler.
    fn reject(mut self, item: &Result<Item, syn::Result<Expr>>, tokens: &TokenStream) -> TokenStream {
        self.mistakes.add(Caret::whole(), Rule::NotAHandler, kind(item));
        let errors = self.mistakes.into_tokens();
        // In the position of an expression, the compiler expects a single expression.
        if matches!(item, Err(Ok(_))) { quote!({ #errors #tokens }) } else { quote!(#errors #tokens) }
    }

    /// The mistakes as compile errors, and the code with which the compiler finds more of them.
    fn errors(self, served: &[&str]) -> TokenStream {
        let errors = self.mistakes.into_tokens();
        let verified = policy::verified(&self.arguments, served, &self.verdict);
        quote!(#errors const _: () = { #verified };)
    }
}

/// Whether an attribute may be a macro of another crate.
fn may_be_macro(attribute: &Attribute) -> bool {
    const BUILT_IN: &[&str] =
        &["allow", "cfg", "deny", "deprecated", "doc", "expect", "forbid", "inline", "must_use", "warn"];
    let name = attribute.path().get_ident().map(ToString::to_string);
    !name.is_some_and(|name| BUILT_IN.contains(&name.as_str()))
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
