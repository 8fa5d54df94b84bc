//! A package that does not depend on cors-actix, but on a crate that re-exports it. See the tests.
