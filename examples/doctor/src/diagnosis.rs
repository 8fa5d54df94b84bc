//! How an engine handles a request.

use std::time::Instant;

use cors_core::Origin;
use cors_core::browser::{self, Blocked, Engine, HttpRequest, PreflightCache, Request, Step};
use reqwest::Url;

use crate::client::Unreachable;
use crate::exchanges::Exchanges;

/// How an engine handles a request, and the exchanges that it had.
pub struct Diagnosis {
    pub engine: Engine,
    pub verdict: Verdict,
    /// Numbers of [`Exchanges`], in the order in which they took place.
    pub exchanges: Vec<usize>,
    /// The exchange of the last preflight that was granted.
    pub granted: Option<usize>,
}

/// The result of the request.
#[derive(Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The page reads the response: its status, and the names of the headers that it can read.
    Readable { status: u16, headers: Vec<String> },
    /// The preflight allows the request, which was not sent.
    Granted,
    /// The engine sends the request without a preflight. It was not sent, so it is not known whether the page can read the
    /// response.
    SentUnasked,
    /// CORS does not let the page read the response.
    Blocked(Blocked),
    /// A page with `https` cannot request this `http` URL.
    /// <https://w3c.github.io/webappsec-mixed-content/#should-block-fetch>
    MixedContent(String),
}

impl Verdict {
    pub fn is_allowed(&self) -> bool {
        !matches!(self, Self::Blocked(_) | Self::MixedContent(_))
    }
}

/// Follows the engine until it has a verdict. The actual request is sent if it is a `GET` or a `HEAD`, or with `send`.
pub fn diagnose(
    engine: Engine,
    request: &Request,
    send: bool,
    exchanges: &mut Exchanges<'_>,
) -> Result<Diagnosis, Unreachable> {
    let mut cache = PreflightCache::new(engine);
    let start = Instant::now();
    let (mut used, mut granted) = (Vec::new(), None);
    let mut step = browser::fetch(request.clone(), &mut cache, start.elapsed());
    let verdict = loop {
        if let Some(url) = message(&step).and_then(|message| mixed_content(&request.origin, &message.url)) {
            break Verdict::MixedContent(url);
        }
        step = match step {
            Step::Preflight(preflight) => {
                let number = exchanges.ask(preflight.request(), &used)?;
                used.push(number);
                let response = &exchanges.all()[number].answer.response;
                let step = preflight.answer(response, &mut cache, start.elapsed());
                granted = matches!(step, Step::Send(_)).then_some(number);
                step
            }
            Step::Send(actual) => {
                if !send && !matches!(&*actual.request().method, "GET" | "HEAD") {
                    break if granted.is_some() { Verdict::Granted } else { Verdict::SentUnasked };
                }
                let number = exchanges.ask(actual.request(), &used)?;
                used.push(number);
                let response = &exchanges.all()[number].answer.response;
                actual.answer(response, &mut cache, start.elapsed())
            }
            Step::Done(browser::Verdict::Readable { status, headers }) => {
                break Verdict::Readable {
                    status,
                    headers: headers.into_iter().map(|(name, _)| name).collect(),
                };
            }
            Step::Done(browser::Verdict::Blocked(blocked)) => break Verdict::Blocked(blocked),
        };
    };
    Ok(Diagnosis { engine, verdict, exchanges: used, granted })
}

/// The request that the step is about to send.
fn message(step: &Step) -> Option<&HttpRequest> {
    match step {
        Step::Preflight(preflight) => Some(preflight.request()),
        Step::Send(actual) => Some(actual.request()),
        Step::Done(_) => None,
    }
}

/// The URL, if it is mixed content for a page at `origin`. Engines trust `http` on the machine itself.
fn mixed_content(origin: &str, url: &str) -> Option<String> {
    let target = Url::parse(url).ok()?.origin().ascii_serialization();
    let is_insecure = Origin::parse(target.as_bytes())?.is_insecure();
    (origin.starts_with("https://") && is_insecure).then(|| url.to_owned())
}

#[cfg(test)]
mod tests {
    use super::mixed_content;

    #[test]
    fn only_an_insecure_url_on_another_machine_is_mixed_content() {
        let app = "https://app.example.com";
        assert!(mixed_content(app, "http://api.example.com/x").is_some());
        for url in [
            "https://api.example.com/x",
            "http://127.0.0.1:8080/x",
            "http://localhost/x",
            "http://a.localhost/x",
            "http://[::1]/x",
        ] {
            assert_eq!(mixed_content(app, url), None, "{url}");
        }
        assert_eq!(mixed_content("http://app.example.com", "http://api.example.com/x"), None);
        assert_eq!(mixed_content("null", "http://api.example.com/x"), None);
    }
}
