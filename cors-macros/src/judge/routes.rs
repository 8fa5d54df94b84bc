//! The rules about routes.

use cors_core::{Key, Rule, is_forbidden_method};
use proc_macro2::Ident;
use syn::Path;

use crate::diagnostics::{Caret, Mistakes};
use crate::judge::policy::Verdict;
use crate::judge::route_order::route_is_above;
use crate::parse::arguments::Arguments;
use crate::parse::routes::Method;
use crate::parse::value::Entry;

/// A route must not serve `OPTIONS`, the method of preflights, or a method that a page cannot send.
pub(crate) fn judge_route(handler: &Ident, methods: &[Method], mistakes: &mut Mistakes) {
    for method in methods {
        match &*method.name {
            "OPTIONS" => mistakes.add(method.span, Rule::RouteOptions, &handler.to_string()),
            name if is_forbidden_method(name) => {
                let help = "remove the method from the route, or #[cors] from the handler";
                mistakes.add_with_help(method.span, Rule::MethodForbidden, &method.name, help);
            }
            _ => {}
        }
    }
}

/// The key `methods` can only narrow the methods that the routes serve. The compiler judges constants.
pub(crate) fn judge_methods(
    arguments: &Arguments,
    served: &[&str],
    verdict: &Verdict,
    mistakes: &mut Mistakes,
) {
    for (index, text) in arguments.list(Key::Methods).iter().enumerate() {
        let Entry::Literal(literal) = text else { continue };
        let method = literal.value();
        // One mistake is enough for one word: `put` has the wrong case, and is not also reported as unrouted.
        if verdict.reported.contains(&(Key::Methods, Some(index))) || served.contains(&method.as_str()) {
            continue;
        }
        let help = format!("leave `methods` out, or name methods of the route: {}", served.join(", "));
        mistakes.add_with_help(literal.span(), Rule::MethodUnrouted, &method, &help);
    }
}

/// Reports a route attribute of another crate, which creates another kind of handler.
pub(crate) fn foreign_route(name: &Ident, path: &Path, mistakes: &mut Mistakes) {
    let last = path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
    let help = format!("write the route attribute of actix-web: #[actix_web::{last}(…)]");
    mistakes.add_with_help(Caret::of(path), Rule::RouteMissing, &name.to_string(), &help);
}

/// Reports that there is no route attribute below `#[cors]`. If there was one above, its macro has expanded already.
pub(crate) fn missing_route(name: &Ident, mistakes: &mut Mistakes) {
    let rule = if route_is_above() { Rule::RouteOrder } else { Rule::RouteMissing };
    mistakes.add(Caret::whole(), rule, &name.to_string());
}
