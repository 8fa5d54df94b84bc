//! The result of a fetch.

use std::fmt::{self, Write as _};

use actix_web::web::Bytes;
use cors_core::browser::{Blocked, HttpRequest, Reason, Response, Verdict};

/// The result of a fetch: what the page could read, or why it could not.
///
/// Its text is the whole exchange.
///
/// ```
/// # actix_web::rt::System::new().block_on(async {
/// use actix_web::{App, HttpResponse, Responder, get, test};
/// use cors_actix::cors;
/// use cors_actix::testing::{Browser, Fetch};
///
/// #[cors(origins = "*", expose = ["x-total-count"])]
/// #[get("/items")]
/// async fn items() -> impl Responder {
///     HttpResponse::Ok().insert_header(("x-total-count", "1")).insert_header(("x-secret", "2")).body("[]")
/// }
///
/// let app = test::init_service(App::new().service(items)).await;
/// let outcome = Browser::at("https://anyone.example").fetch(&app, Fetch::get("/items")).await;
/// outcome.assert_allowed().assert_header("x-total-count", "1");
/// assert_eq!((outcome.status(), outcome.preflights(), outcome.was_sent()), (Some(200), 0, true));
/// assert_eq!(outcome.header("x-secret"), None);
/// println!("{outcome}");
/// # });
/// ```
#[derive(Clone, Debug)]
pub struct Outcome {
    verdict: Verdict,
    exchanges: Vec<Exchange>,
    body: Bytes,
}

/// One request and its response.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    is_preflight: bool,
    request: HttpRequest,
    response: Response,
}

impl Exchange {
    pub(super) fn new(is_preflight: bool, request: &HttpRequest, response: &Response) -> Self {
        Self { is_preflight, request: request.clone(), response: response.clone() }
    }
}

impl Outcome {
    pub(super) fn new(verdict: Verdict, exchanges: Vec<Exchange>, body: Bytes) -> Self {
        Self { verdict, exchanges, body }
    }

    /// Whether the page could read the response.
    pub fn is_allowed(&self) -> bool {
        matches!(self.verdict, Verdict::Readable { .. })
    }

    /// Why the page could not read the response, or `None` if it could.
    pub fn blocked(&self) -> Option<&Blocked> {
        match &self.verdict {
            Verdict::Readable { .. } => None,
            Verdict::Blocked(blocked) => Some(blocked),
        }
    }

    /// The status, or `None` if the page could not read the response.
    pub fn status(&self) -> Option<u16> {
        match &self.verdict {
            Verdict::Readable { status, .. } => Some(*status),
            Verdict::Blocked(_) => None,
        }
    }

    /// A response header, or `None` if it is missing or the page could not read it.
    pub fn header(&self, name: &str) -> Option<String> {
        self.verdict.header(name).map(|value| String::from_utf8_lossy(value).into_owned())
    }

    /// The body. It is empty if the page could not read the response.
    pub fn body(&self) -> Bytes {
        if self.is_allowed() { self.body.clone() } else { Bytes::new() }
    }

    /// The number of preflights.
    pub fn preflights(&self) -> usize {
        self.exchanges.iter().filter(|exchange| exchange.is_preflight).count()
    }

    /// Whether the actual request was sent. If so, the handler ran, even if the page could not read the response.
    pub fn was_sent(&self) -> bool {
        self.exchanges.iter().any(|exchange| !exchange.is_preflight)
    }

    /// Asserts that the page could read the response.
    ///
    /// # Panics
    /// If the page could not read the response. The message is the whole exchange.
    #[track_caller]
    pub fn assert_allowed(&self) -> &Self {
        assert!(self.is_allowed(), "the page could not read the response\n{self}");
        self
    }

    /// Asserts that the page could not read the response. The handler may have run all the same: see
    /// [`Outcome::was_sent`].
    ///
    /// # Panics
    /// If the page could read the response. The message is the whole exchange.
    #[track_caller]
    pub fn assert_blocked(&self) -> &Self {
        assert!(!self.is_allowed(), "the page could read the response\n{self}");
        self
    }

    /// Asserts that the page could not read the response for this reason.
    ///
    /// # Panics
    /// If the page could read the response, or if there was another reason. The message is the whole exchange.
    #[track_caller]
    pub fn assert_blocked_by(&self, reason: Reason) -> &Self {
        let found = self.blocked().map(|blocked| blocked.reason);
        assert!(found == Some(reason), "the page was not blocked by {reason:?}\n{self}");
        self
    }

    /// Asserts that the page could read a response header with this value.
    ///
    /// # Panics
    /// If the page read another value or none. The message is the whole exchange.
    #[track_caller]
    pub fn assert_header(&self, name: &str, value: &str) -> &Self {
        let found = self.header(name);
        assert!(
            found.as_deref() == Some(value),
            "the page should read {name}: {value}, and reads {found:?}\n{self}"
        );
        self
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for exchange in &self.exchanges {
            let kind = if exchange.is_preflight { "preflight" } else { "request" };
            writeln!(f, "\n{kind}: {} {}", exchange.request.method, exchange.request.url)?;
            write_headers(f, '>', &exchange.request.headers)?;
            writeln!(f, "response: {}", exchange.response.status)?;
            write_headers(f, '<', &exchange.response.headers)?;
        }
        match &self.verdict {
            Verdict::Readable { status, headers } => {
                writeln!(f, "\nthe page reads the response: {status}")?;
                write_headers(f, '<', headers)
            }
            Verdict::Blocked(blocked) => {
                writeln!(f, "\nthe browser blocks it: {:?}: {blocked}", blocked.reason)
            }
        }
    }
}

fn write_headers(f: &mut fmt::Formatter<'_>, sign: char, headers: &[(String, Vec<u8>)]) -> fmt::Result {
    let mut headers: Vec<_> = headers.iter().collect();
    headers.sort();
    for (name, value) in headers {
        let mut shown = String::new();
        value.escape_ascii().try_for_each(|byte| shown.write_char(byte.into()))?;
        writeln!(f, "  {sign} {name}: {shown}")?;
    }
    Ok(())
}
