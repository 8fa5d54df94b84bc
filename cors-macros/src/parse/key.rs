//! The keys of `#[cors]`: those of a policy, and those that are about a handler.

use cors_core::{Key, nearest_word};

/// The macro that the arguments are for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Macro {
    /// `policy!` takes the keys of a policy.
    Policy,
    /// `#[cors]` takes the keys of a policy, and those that are about a handler.
    Cors,
}

/// A key of `#[cors]`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum AttributeKey {
    /// A key of a policy.
    OfPolicy(Key),
    /// A function that decides about other origins.
    OriginFn,
    /// An `async` function that decides about other origins.
    OriginAsync,
    /// The request headers that the function reads.
    Vary,
    /// A named policy.
    Policy,
    /// A policy on trial.
    Trial,
    /// No cross-origin access at all.
    Deny,
    /// The path of cors-actix.
    Crate,
}

impl AttributeKey {
    /// The keys that are about a handler.
    const OF_HANDLERS: [AttributeKey; 7] = [
        AttributeKey::OriginFn,
        AttributeKey::OriginAsync,
        AttributeKey::Vary,
        AttributeKey::Policy,
        AttributeKey::Trial,
        AttributeKey::Deny,
        AttributeKey::Crate,
    ];

    /// The keys that are allowed in `context`.
    pub(crate) fn all(context: Macro) -> impl Iterator<Item = AttributeKey> {
        let of_handlers = AttributeKey::OF_HANDLERS.into_iter().filter(move |_| context == Macro::Cors);
        Key::ALL.iter().copied().map(AttributeKey::OfPolicy).chain(of_handlers)
    }

    /// The key as it is written.
    pub(crate) fn name(self) -> &'static str {
        match self {
            AttributeKey::OfPolicy(key) => key.name(),
            AttributeKey::OriginFn => "origin_fn",
            AttributeKey::OriginAsync => "origin_async",
            AttributeKey::Vary => "vary",
            AttributeKey::Policy => "policy",
            AttributeKey::Trial => "trial",
            AttributeKey::Deny => "deny",
            AttributeKey::Crate => "crate",
        }
    }

    /// Whether this is a key of a policy.
    pub(crate) fn is_of_policy(self) -> bool {
        matches!(self, AttributeKey::OfPolicy(_))
    }

    /// How the key is written.
    pub(crate) fn example(self) -> &'static str {
        match self {
            AttributeKey::OfPolicy(key) => key.example(),
            AttributeKey::OriginFn => "origin_fn = is_known, with the path of a function",
            AttributeKey::OriginAsync => "origin_async = is_known, with the path of an async function",
            AttributeKey::Vary => "vary = [\"x-tenant\"], with the request headers that the function reads",
            AttributeKey::Policy => "policy = PARTNERS, with the path of a policy",
            AttributeKey::Trial => "trial = NEXT, with the path of a policy",
            AttributeKey::Deny => "deny, without a value",
            AttributeKey::Crate => "crate = path::to::cors_actix",
        }
    }

    /// The key with this name.
    pub(crate) fn find(name: &str, context: Macro) -> Option<AttributeKey> {
        AttributeKey::all(context).find(|key| key.name() == name)
    }

    /// The key that was probably intended with `name`.
    pub(crate) fn nearest(name: &str, context: Macro) -> Option<AttributeKey> {
        let of_handler = match name.to_ascii_lowercase().as_str() {
            "allowed_origin_fn" => Some(AttributeKey::OriginFn),
            "disable" | "disabled" | "none" => Some(AttributeKey::Deny),
            _ => nearest_word(name, AttributeKey::OF_HANDLERS.map(AttributeKey::name))
                .and_then(|name| AttributeKey::find(name, context)),
        };
        let of_handler = of_handler.filter(|_| context == Macro::Cors);
        of_handler.or_else(|| Key::nearest(name).map(AttributeKey::OfPolicy))
    }
}

impl From<Key> for AttributeKey {
    fn from(key: Key) -> Self {
        AttributeKey::OfPolicy(key)
    }
}
