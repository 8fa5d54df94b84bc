//! A response, as far as the benches compare it.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};

/// A response, as far as it is compared.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl Answer {
    /// The same answer with its headers in alphabetical order.
    pub fn sorted(mut self) -> Self {
        self.headers.sort_by(|a, b| (a.0.as_str(), a.1.as_bytes()).cmp(&(b.0.as_str(), b.1.as_bytes())));
        self
    }

    /// The entries of a header whose value is a list, in alphabetical order.
    pub fn entries(&self, name: &HeaderName) -> Vec<&str> {
        let values = self.headers.iter().filter(|(header, _)| header == name);
        let texts = values.map(|(_, value)| value.to_str().expect("the value is text"));
        let mut entries: Vec<_> = texts.flat_map(|text| text.split(',').map(str::trim)).collect();
        entries.sort_unstable();
        entries
    }
}
