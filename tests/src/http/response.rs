//! The response of a server, as it arrived.

use std::fmt;

/// A response.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The header lines in the order in which they arrived, with their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, without the framing of chunked transfer.
    pub body: String,
}

impl Response {
    /// The values of all lines with this name.
    pub fn all(&self, name: &str) -> Vec<&str> {
        let lines = self.headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        lines.map(|(_, value)| value.as_str()).collect()
    }

    /// The value of the only line with this name.
    ///
    /// # Panics
    ///
    /// If there are several lines.
    #[track_caller]
    pub fn header(&self, name: &str) -> Option<&str> {
        match self.all(name)[..] {
            [] => None,
            [value] => Some(value),
            _ => panic!("several lines of {name}: {self:?}"),
        }
    }

    /// The members of the list in the only line with this name, in alphabetical order.
    pub fn words(&self, name: &str) -> Vec<String> {
        let words = self.header(name).into_iter().flat_map(|list| list.split(", "));
        let mut words: Vec<_> = words.map(String::from).collect();
        words.sort_unstable();
        words
    }

    /// The value of `Access-Control-Allow-Origin`.
    #[track_caller]
    pub fn allowed_origin(&self) -> Option<&str> {
        self.header("access-control-allow-origin")
    }

    /// The names of all `Access-Control-…` lines in alphabetical order. A repeated line appears twice.
    pub fn cors_headers(&self) -> Vec<&str> {
        let names = self.headers.iter().map(|(name, _)| name.as_str());
        let mut names: Vec<_> = names.filter(|name| name.starts_with("access-control-")).collect();
        names.sort_unstable();
        names
    }

    /// All lines about CORS, to compare them as a whole: the `Access-Control-…` lines and the `Vary` lines, as `name:
    /// value`, sorted by name.
    pub fn cors(&self) -> Vec<String> {
        let about_cors = |name: &str| name.starts_with("access-control-") || name == "vary";
        let mut lines: Vec<_> = self.headers.iter().filter(|(name, _)| about_cors(name)).collect();
        // The sort is stable, so lines with the same name keep their order.
        lines.sort_by_key(|(name, _)| name);
        lines.into_iter().map(|(name, value)| format!("{name}: {value}")).collect()
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.status)?;
        for (name, value) in &self.headers {
            writeln!(f, "{name}: {value}")?;
        }
        write!(f, "\n{}", self.body)
    }
}
