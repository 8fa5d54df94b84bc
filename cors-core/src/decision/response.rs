//! Access to a framework's response.

use crate::decision::vary::Vary;

/// Access to the headers of a framework's response.
///
/// [`Answers`](crate::Answers) writes the headers of the protocol through it. An implementation contains no rule of
/// CORS. The [crate docs](crate#an-example) have one; [`PlainResponse`] is one for examples and tests.
pub trait Response {
    /// The framework's type for the value of a header.
    type Value: Clone;

    /// The values of a header's lines.
    fn header(&self, name: ResponseHeader) -> impl Iterator<Item = &[u8]>;

    /// The names of all headers, in lower case.
    fn names(&self) -> impl Iterator<Item = &str>;

    /// Adds a line, and keeps the lines of this name that exist.
    fn append(&mut self, name: ResponseHeader, value: Self::Value);

    /// Removes all lines of this name.
    fn remove(&mut self, name: ResponseHeader);

    /// Reserves capacity for up to `lines` additional lines.
    fn reserve(&mut self, lines: usize) {
        let _ = lines;
    }

    /// Creates a value from a text, which consists of visible ASCII characters and spaces.
    fn value(text: &str) -> Self::Value;

    /// Creates a value from a constant. Implement it if the framework can create values without allocating.
    fn constant(constant: Constant) -> Self::Value {
        Self::value(constant.as_str())
    }
}

/// A response header that an answer may have.
///
/// ```
/// use cors_core::ResponseHeader;
///
/// assert_eq!(ResponseHeader::AllowOrigin.as_str(), "access-control-allow-origin");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResponseHeader {
    /// [`Access-Control-Allow-Origin`](https://fetch.spec.whatwg.org/#http-access-control-allow-origin)
    AllowOrigin,
    /// [`Access-Control-Allow-Credentials`](https://fetch.spec.whatwg.org/#http-access-control-allow-credentials)
    AllowCredentials,
    /// [`Access-Control-Allow-Methods`](https://fetch.spec.whatwg.org/#http-access-control-allow-methods)
    AllowMethods,
    /// [`Access-Control-Allow-Headers`](https://fetch.spec.whatwg.org/#http-access-control-allow-headers)
    AllowHeaders,
    /// [`Access-Control-Max-Age`](https://fetch.spec.whatwg.org/#http-access-control-max-age)
    MaxAge,
    /// [`Access-Control-Expose-Headers`](https://fetch.spec.whatwg.org/#http-access-control-expose-headers)
    ExposeHeaders,
    /// [`Vary`](https://www.rfc-editor.org/rfc/rfc9110#section-12.5.5)
    Vary,
    /// [`Cache-Control`](https://www.rfc-editor.org/rfc/rfc9111#section-5.2)
    CacheControl,
}

impl ResponseHeader {
    /// The headers that grant something: all but `Vary` and `Cache-Control`.
    pub(crate) const GRANTS: [ResponseHeader; 6] = [
        ResponseHeader::AllowOrigin,
        ResponseHeader::AllowCredentials,
        ResponseHeader::AllowMethods,
        ResponseHeader::AllowHeaders,
        ResponseHeader::MaxAge,
        ResponseHeader::ExposeHeaders,
    ];

    /// The name in lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            ResponseHeader::AllowOrigin => "access-control-allow-origin",
            ResponseHeader::AllowCredentials => "access-control-allow-credentials",
            ResponseHeader::AllowMethods => "access-control-allow-methods",
            ResponseHeader::AllowHeaders => "access-control-allow-headers",
            ResponseHeader::MaxAge => "access-control-max-age",
            ResponseHeader::ExposeHeaders => "access-control-expose-headers",
            ResponseHeader::Vary => "vary",
            ResponseHeader::CacheControl => "cache-control",
        }
    }
}

/// A header value that is the same for every policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Constant {
    /// `*`, in `Access-Control-Allow-Origin`.
    AnyOrigin,
    /// `true`, in `Access-Control-Allow-Credentials`.
    True,
    /// `no-store`, in `Cache-Control`.
    NoStore,
    /// A value of `Vary`.
    Vary(Vary),
}

impl Constant {
    /// The text of the value.
    pub const fn as_str(self) -> &'static str {
        match self {
            Constant::AnyOrigin => "*",
            Constant::True => "true",
            Constant::NoStore => "no-store",
            Constant::Vary(vary) => vary.as_str(),
        }
    }
}

/// A [`Response`] that consists of a status and a list of header lines, for examples and tests.
///
/// ```
/// use cors_core::PlainResponse;
///
/// let response = PlainResponse::new(200).with_header("x-total-count", "7");
/// assert_eq!(response.get("x-total-count"), Some("7"));
/// assert_eq!(response.get("vary"), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainResponse {
    /// The status.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
}

impl PlainResponse {
    /// A response without headers.
    pub const fn new(status: u16) -> Self {
        Self { status, headers: Vec::new() }
    }

    /// The same response with another header line.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.to_owned()));
        self
    }

    /// The value of the first line with this name, in lower case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|line| line.0 == name).map(|line| line.1.as_str())
    }
}

impl Response for PlainResponse {
    type Value = String;

    fn header(&self, name: ResponseHeader) -> impl Iterator<Item = &[u8]> {
        self.headers.iter().filter(move |line| line.0 == name.as_str()).map(|line| line.1.as_bytes())
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.headers.iter().map(|line| line.0.as_str())
    }

    fn append(&mut self, name: ResponseHeader, value: String) {
        self.headers.push((name.as_str().to_owned(), value));
    }

    fn remove(&mut self, name: ResponseHeader) {
        self.headers.retain(|line| line.0 != name.as_str());
    }

    fn value(text: &str) -> String {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_with_the_name_is_found() {
        let response =
            PlainResponse::new(200).with_header("X-A", "1").with_header("x-b", "2").with_header("x-a", "3");
        let found = ["x-a", "x-b", "x-c", "X-A"].map(|name| response.get(name));
        assert_eq!(found, [Some("1"), Some("2"), None, None]);
    }
}
