//! The guide: the protocol, the causes of blocked requests, recipes, and how to move from other libraries.
//!
//! | when | page |
//! | --- | --- |
//! | to understand CORS | [the protocol](protocol) |
//! | a browser blocks a request | [why is my request blocked?](blocked) |
//! | the policy depends on the environment | [configuration] |
//! | users sign in | [authentication], [cross-site requests](csrf) |
//! | during development | [local development](local_development) |
//! | before and after a deployment | [in production](in_production), [proxies] |
//! | origins differ by tenant | `tenants`, with the feature `tenants` |
//! | browsers behave differently | [where browsers differ](where_browsers_differ) |
//! | you come from another library | [every option of actix-cors and tower-http](parity), [from actix-cors](from_actix_cors), [from Spring and ASP.NET](from_spring_and_aspnet) |

#[doc = include_str!("../docs/protocol.md")]
#[doc(alias = "vary")]
#[doc(alias = "max-age")]
#[doc(alias = "preflight")]
pub mod protocol {}

// The tests package runs the blocks of this page, since they need crates that read settings.
#[cfg_attr(not(doctest), doc = include_str!("../docs/configuration.md"))]
#[doc(alias = "environment")]
#[doc(alias = "env")]
#[doc(alias = "file")]
#[doc(alias = "wildcard subdomain")]
pub mod configuration {}

#[doc = include_str!("../docs/blocked.md")]
#[doc(alias = "No Access-Control-Allow-Origin header")]
#[doc(alias = "null origin")]
#[doc(alias = "preflight 401")]
#[doc(alias = "preflight 404")]
#[doc(alias = "error responses")]
#[doc(alias = "console")]
pub mod blocked {}

#[doc = include_str!("../docs/authentication.md")]
#[doc(alias = "Authorization")]
#[doc(alias = "cookies")]
#[doc(alias = "credentials")]
#[doc(alias = "bearer")]
#[doc(alias = "session")]
#[doc(alias = "preflight 401")]
#[doc(alias = "layers")]
pub mod authentication {}

#[doc = include_str!("../docs/csrf.md")]
#[doc(alias = "cross-site request forgery")]
#[doc(alias = "enforce")]
#[doc(alias = "websocket")]
pub mod csrf {}

#[doc = include_str!("../docs/in-production.md")]
#[doc(alias = "metrics")]
#[doc(alias = "prometheus")]
#[doc(alias = "logging")]
#[doc(alias = "reload")]
#[doc(alias = "rollout")]
#[doc(alias = "trial")]
#[doc(alias = "enforce")]
#[doc(alias = "cdn")]
#[doc(alias = "cache")]
pub mod in_production {}

#[doc = include_str!("../docs/local-development.md")]
#[doc(alias = "localhost")]
#[doc(alias = "development")]
pub mod local_development {}

#[doc = include_str!("../docs/proxies.md")]
#[doc(alias = "proxy")]
#[doc(alias = "nginx")]
#[doc(alias = "forwarded")]
#[doc(alias = "x-forwarded-host")]
pub mod proxies {}

#[doc = include_str!("../docs/where-browsers-differ.md")]
#[doc(alias = "chromium")]
#[doc(alias = "firefox")]
#[doc(alias = "safari")]
#[doc(alias = "webkit")]
pub mod where_browsers_differ {}

#[doc = include_str!("../docs/parity.md")]
#[doc(alias = "allowed_origin")]
#[doc(alias = "CorsLayer")]
#[doc(alias = "actix-cors")]
#[doc(alias = "tower-http")]
#[doc(alias = "regex")]
pub mod parity {}

#[doc = include_str!("../docs/from-actix-cors.md")]
#[doc(alias = "migration")]
pub mod from_actix_cors {}

#[doc = include_str!("../docs/from-spring-and-aspnet.md")]
#[doc(alias = "CrossOrigin")]
#[doc(alias = "EnableCors")]
pub mod from_spring_and_aspnet {}

#[cfg(feature = "tenants")]
#[doc = include_str!("../docs/tenants.md")]
#[doc(alias = "multi-tenant")]
pub mod tenants {}
