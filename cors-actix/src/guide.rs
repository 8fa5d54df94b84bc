//! Pages to read: the protocol, what to do about a blocked request, and how to come here from elsewhere.

#[doc = include_str!("../docs/protocol.md")]
pub mod protocol {}

#[doc = include_str!("../docs/blocked.md")]
pub mod blocked {}

#[doc = include_str!("../docs/from-actix-cors.md")]
pub mod from_actix_cors {}

#[doc = include_str!("../docs/from-spring-and-aspnet.md")]
pub mod from_spring_and_aspnet {}

#[doc = include_str!("../docs/where-browsers-differ.md")]
pub mod where_browsers_differ {}

#[doc = include_str!("../docs/proxies.md")]
pub mod proxies {}

#[doc = include_str!("../docs/parity.md")]
pub mod parity {}
