//! The place where a layer was created.

use std::fmt;
use std::panic::Location;

/// The place where a layer was created, for the log and for explanations.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    Code(&'static Location<'static>),
    Handler(&'static str),
    Guard(&'static Location<'static>),
}

#[cfg(feature = "reload")]
impl Place {
    pub(crate) fn is_guard(self) -> bool {
        matches!(self, Place::Guard(_))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Code(location) => write!(f, "Cors at {}:{}", location.file(), location.line()),
            Place::Guard(location) => write!(f, "OriginGuard at {}:{}", location.file(), location.line()),
            Place::Handler(name) => write!(f, "#[cors] on {name}"),
        }
    }
}
