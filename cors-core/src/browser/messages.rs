//! Requests as pages make them, and requests and responses on the wire.

use super::headers::HeaderList;

/// Whether a request includes cookies and other credentials: the `credentials` option of `fetch()`.
///
/// Section: <https://fetch.spec.whatwg.org/#concept-request-credentials-mode>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CredentialsMode {
    /// Never.
    Omit,
    /// Only in requests for the page's own origin. This is the default of `fetch()`.
    #[default]
    SameOrigin,
    /// Always.
    Include,
}

/// What a page asks for with `fetch(url, { method, headers, credentials })`.
///
/// ```
/// use cors_core::browser::{CredentialsMode, Request};
///
/// let request = Request::new("https://app.example.com", "https://api.example.com/items/1")
///     .method("PUT")
///     .header("content-type", "application/json")
///     .credentials(CredentialsMode::Include);
/// assert_eq!(request.method, "PUT");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The origin of the page as it is serialized: `https://app.example.com`, or `null`.
    pub origin: String,
    /// An absolute URL.
    pub url: String,
    /// The method as the page writes it.
    pub method: String,
    /// The headers that the page sets.
    pub headers: HeaderList,
    /// Whether the request includes cookies.
    pub credentials: CredentialsMode,
}

impl Request {
    /// A `GET` request of a page at `origin`, as `fetch(url)` makes it.
    pub fn new(origin: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            origin: origin.into(),
            url: url.into(),
            method: "GET".to_owned(),
            headers: HeaderList::new(),
            credentials: CredentialsMode::default(),
        }
    }

    /// Sets the method.
    #[must_use]
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.method = method.into();
        self
    }

    /// Adds a header. Headers of the same name remain.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets whether the request includes cookies.
    #[must_use]
    pub fn credentials(mut self, credentials: CredentialsMode) -> Self {
        self.credentials = credentials;
        self
    }
}

/// A response of a server, without its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The headers, each line as one entry.
    pub headers: HeaderList,
}

impl Response {
    /// A response without headers.
    pub fn new(status: u16) -> Self {
        Self { status, headers: HeaderList::new() }
    }

    /// Adds a header. Headers of the same name remain.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
}

/// A request that the browser sends: a preflight or an actual request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// The method as it is sent.
    pub method: String,
    /// The absolute URL, without a fragment.
    pub url: String,
    /// The headers of the CORS protocol, and those that the page set. A browser adds others (`User-Agent`,
    /// `Sec-Fetch-Mode`, …).
    pub headers: HeaderList,
    /// Whether the browser sends its cookies for this URL, and stores those that the answer sets.
    pub credentials: bool,
}
