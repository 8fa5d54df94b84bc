//! What a page asks for, what goes over the wire, and what comes back.

use super::headers::HeaderList;

/// Whether cookies and the like go with a request: the page's `credentials` option.
///
/// Section: <https://fetch.spec.whatwg.org/#concept-request-credentials-mode>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CredentialsMode {
    /// Never.
    Omit,
    /// Only to the page's own origin. This is what `fetch()` does by itself.
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
    /// Whether cookies go with it.
    pub credentials: CredentialsMode,
}

impl Request {
    /// A `GET` as `fetch(url)` makes it, from a page at `origin`.
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

    /// Adds a header, also beside one of the same name.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets whether cookies go with it.
    #[must_use]
    pub fn credentials(mut self, credentials: CredentialsMode) -> Self {
        self.credentials = credentials;
        self
    }
}

/// What a server answers, as far as CORS looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The headers, each line as one entry.
    pub headers: HeaderList,
}

impl Response {
    /// An answer without headers.
    pub fn new(status: u16) -> Self {
        Self { status, headers: HeaderList::new() }
    }

    /// Adds a header, also beside one of the same name.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
}

/// What the browser sends: a preflight or an actual request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// The method as it is sent.
    pub method: String,
    /// The absolute URL, without a fragment.
    pub url: String,
    /// The headers that CORS is about, and those that the page set. A browser adds others
    /// (`User-Agent`, `Sec-Fetch-Mode`, …).
    pub headers: HeaderList,
    /// Whether the browser sends its cookies for this URL, and stores those that the answer sets.
    pub credentials: bool,
}
