//! The handlers of a module with `#[cors]`.

use proc_macro2::Ident;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Item, ItemFn, ItemMod, LitStr, Meta, Path, Token, parse_quote};

use crate::names::CORS_OF_MODULE;
use crate::parse::routes::{Method, Routing, Url, is_called};

/// The handlers that a module's policy applies to.
#[derive(Default)]
pub(crate) struct Handlers {
    pub(crate) routes: Vec<HandlerRoute>,
    /// The handlers with route attributes of other crates.
    pub(crate) foreign: Vec<(Ident, Path)>,
    /// Whether there are handlers whose route attributes only actix's macros understand.
    pub(crate) has_unreadable: bool,
}

/// A route of one of the handlers.
pub(crate) struct HandlerRoute {
    /// The name of the handler.
    pub(crate) handler: Ident,
    pub(crate) url: Url,
    pub(crate) methods: Vec<Method>,
    /// The `#[cfg]`s under which the route exists.
    pub(crate) conditions: Vec<Attribute>,
}

impl Handlers {
    /// Finds the handlers of a module and of the modules in it.
    pub(crate) fn of(module: &mut ItemMod) -> Self {
        let mut handlers = Self::default();
        let scope = scope_of(&module.attrs);
        if let Some((_, items)) = &mut module.content {
            handlers.collect(items, &scope, &[]);
        }
        handlers
    }

    fn collect(&mut self, items: &mut [Item], scope: &str, outer: &[Attribute]) {
        for member in members(items) {
            match member {
                Member::Handler(function, routing, written) => {
                    self.has_unreadable |= matches!(routing, Routing::Unreadable);
                    if let Routing::Foreign(path) = &routing {
                        self.foreign.push((function.sig.ident.clone(), path.clone()));
                    }
                    // With a `cfg_attr`, the handler may have a policy of its own under a condition.
                    let own_policy = written.iter().find(|w| is_called(&w.attribute, "cors"));
                    let no_own_policy = own_policy
                        .and_then(|policy| policy.predicate.as_ref())
                        .map(|predicate| parse_quote!(#[cfg(not(#predicate))]));
                    for route in routing.routes() {
                        let own = conditions(&function.attrs)
                            .chain(written[route.attribute].condition())
                            .chain(no_own_policy.clone());
                        self.routes.push(HandlerRoute {
                            handler: function.sig.ident.clone(),
                            url: route.url(scope),
                            methods: route.methods.clone(),
                            conditions: outer.iter().cloned().chain(own).collect(),
                        });
                    }
                }
                Member::Module(module) => {
                    let scope = scope_of(&module.attrs);
                    let outer: Vec<Attribute> =
                        outer.iter().cloned().chain(conditions(&module.attrs)).collect();
                    if let Some((_, items)) = &mut module.content {
                        self.collect(items, &scope, &outer);
                    }
                }
            }
        }
    }
}

/// The functions of a module that the module's policy applies to, and the modules in it that have no policy of their own.
pub(crate) enum Member<'a> {
    Handler(&'a mut ItemFn, Routing, Vec<ReadAttribute>),
    Module(&'a mut ItemMod),
}

pub(crate) fn members(items: &mut [Item]) -> impl Iterator<Item = Member<'_>> {
    items.iter_mut().filter_map(|item| match item {
        Item::Fn(function) if !has_policy(&function.attrs) => {
            let written = written(&function.attrs);
            let attributes: Vec<Attribute> = written.iter().map(|w| w.attribute.clone()).collect();
            match Routing::of(&attributes, &function.sig.output) {
                Routing::Missing => None,
                routing => Some(Member::Handler(function, routing, written)),
            }
        }
        Item::Mod(module) if !has_policy(&module.attrs) => Some(Member::Module(module)),
        _ => None,
    })
}

/// An attribute as it is after the compiler has expanded the `cfg_attr`s.
pub(crate) struct ReadAttribute {
    pub(crate) attribute: Attribute,
    /// The index of the attribute, or of the `cfg_attr` that contains it, among the attributes of the item.
    pub(crate) index: usize,
    /// The condition of the `cfg_attr`.
    predicate: Option<Meta>,
}

impl ReadAttribute {
    pub(crate) fn condition(&self) -> Option<Attribute> {
        self.predicate.as_ref().map(|predicate| parse_quote!(#[cfg(#predicate)]))
    }
}

/// Reads the attributes of an item, with those in `cfg_attr`s.
fn written(attributes: &[Attribute]) -> Vec<ReadAttribute> {
    let mut written = Vec::new();
    for (index, attribute) in attributes.iter().enumerate() {
        match attribute.path().is_ident("cfg_attr").then(|| attribute.parse_args::<Conditional>()) {
            Some(Ok(Conditional { predicate, attributes })) => {
                written.extend(attributes.into_iter().map(|meta| ReadAttribute {
                    attribute: parse_quote!(#[#meta]),
                    index,
                    predicate: Some(predicate.clone()),
                }));
            }
            _ => written.push(ReadAttribute { attribute: attribute.clone(), index, predicate: None }),
        }
    }
    written
}

/// The arguments of a `cfg_attr`.
struct Conditional {
    predicate: Meta,
    attributes: Punctuated<Meta, Token![,]>,
}

impl Parse for Conditional {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let predicate = input.parse()?;
        input.parse::<Token![,]>()?;
        Ok(Self { predicate, attributes: Punctuated::parse_terminated(input)? })
    }
}

fn has_policy(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| is_called(attribute, "cors") || is_called(attribute, CORS_OF_MODULE))
}

/// The `#[cfg]`s among the attributes.
fn conditions(attributes: &[Attribute]) -> impl Iterator<Item = Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).cloned()
}

/// The path that actix's `#[scope("/api")]` on a module puts before the paths of the handlers directly in the module.
pub(crate) fn scope_of(attributes: &[Attribute]) -> String {
    let scope = attributes.iter().find(|attribute| is_called(attribute, "scope"));
    scope.and_then(|scope| scope.parse_args::<LitStr>().ok()).map(|path| path.value()).unwrap_or_default()
}
