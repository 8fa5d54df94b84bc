//! The result of a fetch.

use std::fmt::{self, Write as _};

use actix_web::web::Bytes;
use cors_core::browser::{Blocked, HttpRequest, Reason, Response, Verdict};
use cors_core::{Decision, Explanation};

use super::observation::{Decided, Observation};

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
    /// Additional remarks for the reader of the exchange.
    notes: Vec<String>,
}

/// One request and its response.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    is_preflight: bool,
    request: HttpRequest,
    response: Response,
    /// The decision of the nearest layer, if a policy saw the request.
    decided: Option<Decided>,
    explanation: Option<Explanation>,
}

impl Exchange {
    pub(super) fn new(
        is_preflight: bool,
        request: &HttpRequest,
        response: &Response,
        observation: &Observation,
    ) -> Self {
        Self {
            is_preflight,
            request: request.clone(),
            response: response.clone(),
            decided: observation.decision(),
            explanation: observation.explanation(),
        }
    }

    pub(super) fn is_preflight(&self) -> bool {
        self.is_preflight
    }

    pub(super) fn status(&self) -> u16 {
        self.response.status
    }

    pub(super) fn url(&self) -> &str {
        &self.request.url
    }

    /// The code that sent the response.
    fn answered_by(&self) -> String {
        match &self.decided {
            None => "by other code, and the request did not reach a policy".to_owned(),
            Some(decided) if decided.answered => format!("by {}", decided.policy),
            Some(decided) => format!("by the handler or a middleware, in {}", decided.policy),
        }
    }

    /// Why the browser blocks the request after this exchange.
    fn explain(&self) -> Option<Explanation> {
        if self.is_preflight && self.decided.is_none() && self.explanation.is_none() {
            let mut headers = self.request.headers.iter();
            let method = headers.find(|(name, _)| name.eq_ignore_ascii_case("access-control-request-method"));
            let method = method.map_or(b"".as_slice(), |(_, method)| method);
            return Some(Explanation::preflight_not_answered(self.response.status, method));
        }
        self.explanation.clone()
    }
}

impl Outcome {
    pub(super) fn new(verdict: Verdict, exchanges: Vec<Exchange>, body: Bytes, notes: Vec<String>) -> Self {
        Self { verdict, exchanges, body, notes }
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

    /// Why the server did not grant the request, as [`Cors::on_refusal`](crate::Cors::on_refusal) reports it. `None` if the
    /// page could read the response, or if the cause is not the policy: for example, the page's `fetch()` has credentials
    /// and the policy has none.
    pub fn explanation(&self) -> Option<Explanation> {
        self.blocked()?;
        self.exchanges.last()?.explain()
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
    /// If the page read another value or none. The message is the whole exchange, with what to write if the policy does not
    /// expose the header.
    #[track_caller]
    pub fn assert_header(&self, name: &str, value: &str) -> &Self {
        let found = self.header(name);
        let help = if found.is_none() && self.is_hidden(name) {
            format!("; the response has it; help: add \"{}\" to `expose`", name.to_ascii_lowercase())
        } else {
            String::new()
        };
        assert!(
            found.as_deref() == Some(value),
            "the page should read {name}: {value}, and reads {found:?}{help}\n{self}"
        );
        self
    }

    /// Whether the response has a header that the page cannot read.
    fn is_hidden(&self, name: &str) -> bool {
        let last = self.exchanges.last().filter(|_| self.is_allowed());
        last.is_some_and(|last| {
            last.response.headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name))
        })
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for exchange in &self.exchanges {
            let kind = if exchange.is_preflight { "preflight" } else { "request" };
            writeln!(f, "\n{kind}: {} {}", exchange.request.method, exchange.request.url)?;
            write_headers(f, '>', &exchange.request.headers)?;
            writeln!(f, "response: {} {}", exchange.response.status, exchange.answered_by())?;
            write_headers(f, '<', &exchange.response.headers)?;
        }
        match &self.verdict {
            Verdict::Readable { status, headers } => {
                writeln!(f, "\nthe page reads the response: {status}")?;
                write_headers(f, '<', headers)?;
            }
            Verdict::Blocked(blocked) => {
                writeln!(f, "\nthe browser blocks it: {:?}: {}", blocked.reason, blocked.fault())?;
                match self.explanation() {
                    Some(explanation) => {
                        writeln!(f, "why: {}: {}", explanation.code(), explanation.fault())?;
                        writeln!(f, "help: {}", explanation.remedy())?;
                    }
                    None => writeln!(f, "help: {}", self.remedy(blocked))?,
                }
            }
        }
        self.notes.iter().try_for_each(|note| writeln!(f, "note: {note}"))
    }
}

impl Outcome {
    /// What to write if the policy does not explain the refusal, in terms of the policy's keys if possible.
    fn remedy(&self, blocked: &Blocked) -> String {
        let Blocked { reason, parameter, origin, .. } = blocked;
        let last = self.exchanges.last();
        match reason {
            Reason::MissingAllowOriginHeader | Reason::PreflightMissingAllowOriginHeader => match last {
                Some(Exchange { decided: None, response: Response { status: 404, .. }, .. }) => {
                    "check the path and the method, because no route takes the request; a layer around the application \
                     grants such responses too"
                        .to_owned()
                }
                Some(Exchange { decided: Some(decided), .. })
                    if matches!(decided.decision, Decision::Granted | Decision::PreflightGranted) =>
                {
                    "find the middleware that removes the headers, because the policy granted the request".to_owned()
                }
                _ => format!(
                    "write #[cors(origins = [\"{origin}\"])] above the route of the handler, or wrap the application in \
                     Cors::new"
                ),
            },
            Reason::WildcardOriginNotAllowed | Reason::PreflightWildcardOriginNotAllowed => format!(
                "write `origins` = [\"{origin}\"] and `credentials` in the policy, or make the fetch without credentials"
            ),
            Reason::InvalidAllowCredentials | Reason::PreflightInvalidAllowCredentials => {
                "add `credentials` to the policy, or make the fetch without credentials".to_owned()
            }
            Reason::MultipleAllowOriginValues
            | Reason::PreflightMultipleAllowOriginValues
            | Reason::InvalidAllowOriginValue
            | Reason::PreflightInvalidAllowOriginValue
            | Reason::AllowOriginMismatch
            | Reason::PreflightAllowOriginMismatch => {
                "remove the other code that writes Access-Control-Allow-Origin, or add the origin to `origins` there".to_owned()
            }
            // A cached answer to a preflight decides without a request.
            Reason::MethodDisallowedByPreflightResponse => format!("add \"{parameter}\" to `methods`"),
            Reason::HeaderDisallowedByPreflightResponse => format!("add \"{parameter}\" to `headers`"),
            Reason::PreflightInvalidStatus => {
                "see why the answer has this status, and let preflights reach the policy".to_owned()
            }
            _ => blocked.remedy(),
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
