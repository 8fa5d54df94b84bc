//! The servers that are measured, and the requests that they are sent.

use std::process::ExitCode;

use actix_web::App;
use actix_web::web::ServiceConfig;

use crate::handlers::{annotated_dynamic, annotated_static, plain_dynamic, plain_static};
use crate::scenarios::policies::{Origins, TRUSTED};
use crate::scenarios::server::serve;

/// How a server does CORS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cors {
    /// Not at all.
    None,
    /// `#[cors]` on each handler.
    Annotated,
    /// `Cors::new` around the application.
    Layer,
    /// `Cors::fallback` around an application in which each handler has `#[cors]`.
    Fallback,
    /// actix-cors around the application, for comparison.
    Other,
}

impl Cors {
    pub const ALL: [Cors; 5] = [Cors::None, Cors::Annotated, Cors::Layer, Cors::Fallback, Cors::Other];

    pub fn name(self) -> &'static str {
        match self {
            Cors::None => "bare",
            Cors::Annotated => "#[cors]",
            Cors::Layer => "Cors::new",
            Cors::Fallback => "Cors::fallback, #[cors]",
            Cors::Other => "actix-cors",
        }
    }
}

/// The paths of the handlers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paths {
    /// `/api/v1/r7`
    Static,
    /// `/api/v1/r7/{id}`
    Dynamic,
}

/// A server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setup {
    pub cors: Cors,
    pub paths: Paths,
    /// The number of handlers.
    pub handlers: usize,
}

impl Setup {
    /// The handlers of `--bench routes`: all of them are registered, or only the first.
    pub const HANDLERS: [usize; 2] = [1, 100];

    /// The same server without CORS.
    pub fn bare(self) -> Setup {
        Setup { cors: Cors::None, ..self }
    }

    pub fn name(self) -> String {
        format!("{:?}.{:?}.{}", self.cors, self.paths, self.handlers)
    }

    /// The setup that has this name.
    pub fn named(name: &str) -> Option<Setup> {
        Setup::all().find(|setup| setup.name() == name)
    }

    pub fn all() -> impl Iterator<Item = Setup> {
        let paths = [Paths::Static, Paths::Dynamic].into_iter();
        paths.flat_map(|paths| {
            Setup::HANDLERS.into_iter().flat_map(move |handlers| {
                Cors::ALL.into_iter().map(move |cors| Setup { cors, paths, handlers })
            })
        })
    }

    /// Runs the server until standard input ends.
    pub fn serve(self, on_line: fn(&str)) -> ExitCode {
        let policy = Origins::One.policy();
        let handlers = move |config: &mut ServiceConfig| self.register(config);
        match self.cors {
            Cors::None | Cors::Annotated => serve(move || App::new().configure(handlers), 1, on_line),
            Cors::Layer => {
                let cors = cors_actix::Cors::new(policy);
                serve(move || App::new().wrap(cors.clone()).configure(handlers), 1, on_line)
            }
            Cors::Fallback => {
                let cors = cors_actix::Cors::fallback(policy);
                serve(move || App::new().wrap(cors.clone()).configure(handlers), 1, on_line)
            }
            Cors::Other => {
                serve(move || App::new().wrap(Origins::One.actix_cors()).configure(handlers), 1, on_line)
            }
        }
    }

    fn register(self, config: &mut ServiceConfig) {
        let annotated = matches!(self.cors, Cors::Annotated | Cors::Fallback);
        let register = match (annotated, self.paths) {
            (false, Paths::Static) => plain_static::register,
            (false, Paths::Dynamic) => plain_dynamic::register,
            (true, Paths::Static) => annotated_static::register,
            (true, Paths::Dynamic) => annotated_dynamic::register,
        };
        register(config, self.handlers);
    }

    /// The handlers that are sent requests, by their index: the first, and the last if it is another one.
    pub fn targets(self) -> impl Iterator<Item = usize> {
        [0, self.handlers - 1].into_iter().take(self.handlers.min(2))
    }

    /// The text of a request to the handler at `index`.
    pub fn request(self, index: usize, kind: Kind) -> String {
        let path = match self.paths {
            Paths::Static => format!("/api/v1/r{index}"),
            Paths::Dynamic => format!("/api/v1/r{index}/17"),
        };
        let (method, headers) = match kind {
            Kind::NoOrigin => ("GET", String::new()),
            Kind::Allowed => ("GET", format!("Origin: {TRUSTED}\r\n")),
            Kind::Preflight => (
                "OPTIONS",
                format!(
                    "Origin: {TRUSTED}\r\n\
                     Access-Control-Request-Method: GET\r\n\
                     Access-Control-Request-Headers: content-type\r\n"
                ),
            ),
        };
        format!("{method} {path} HTTP/1.1\r\nHost: api.example.com\r\n{headers}\r\n")
    }

    /// The status line's code that a request gets, and whether its response allows the origin.
    pub fn expected(self, kind: Kind) -> (u16, bool) {
        match (kind, self.cors) {
            (Kind::NoOrigin, _) => (200, false),
            (Kind::Allowed, cors) => (200, cors != Cors::None),
            (Kind::Preflight, Cors::None) => (404, false),
            // actix-cors answers a preflight with 200.
            (Kind::Preflight, Cors::Other) => (200, true),
            (Kind::Preflight, _) => (204, true),
        }
    }
}

/// What kind of request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A `GET` without `Origin`.
    NoOrigin,
    /// A `GET` from an origin that the policy lists.
    Allowed,
    /// The preflight for that `GET`.
    Preflight,
}

impl Kind {
    pub const ALL: [Kind; 3] = [Kind::NoOrigin, Kind::Allowed, Kind::Preflight];

    pub fn name(self) -> &'static str {
        match self {
            Kind::NoOrigin => "no Origin",
            Kind::Allowed => "allowed",
            Kind::Preflight => "preflight",
        }
    }
}
