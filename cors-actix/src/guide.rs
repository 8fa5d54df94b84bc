//! The guide: the protocol, the causes of blocked requests, and how to move from other libraries.

#[doc = include_str!("../docs/protocol.md")]
pub mod protocol {}

// The tests package runs the blocks of this page, since they need crates that read settings.
#[cfg_attr(not(doctest), doc = include_str!("../docs/configuration.md"))]
pub mod configuration {}

#[doc = include_str!("../docs/blocked.md")]
pub mod blocked {}

#[doc = include_str!("../docs/from-actix-cors.md")]
pub mod from_actix_cors {}

#[doc = include_str!("../docs/from-spring-and-aspnet.md")]
pub mod from_spring_and_aspnet {}

#[doc = include_str!("../docs/where-browsers-differ.md")]
pub mod where_browsers_differ {}

#[doc = include_str!("../docs/authentication.md")]
pub mod authentication {}

#[doc = include_str!("../docs/csrf.md")]
pub mod csrf {}

#[doc = include_str!("../docs/local-development.md")]
pub mod local_development {}

#[doc = include_str!("../docs/proxies.md")]
pub mod proxies {}

#[doc = include_str!("../docs/parity.md")]
pub mod parity {}

#[cfg(feature = "tenants")]
#[doc = include_str!("../docs/tenants.md")]
pub mod tenants {}
