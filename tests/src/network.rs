//! What a page's network did, put together from the events of the DevTools protocol.

use std::collections::HashMap;

use serde_json::Value;

/// A request and how it ended. Redirects belong to the request that they answer; a preflight is an
/// exchange of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The URLs that were asked for: the first, and those that it was redirected to.
    pub urls: Vec<String>,
    /// The browser's word: `Document`, `Fetch`, `Other`, ….
    pub kind: String,
    /// Whether it asks for permission on behalf of another.
    pub is_preflight: bool,
    /// How it ended, if it has.
    pub outcome: Option<Outcome>,
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// With a response.
    Finished,
    /// Without, or with one that the page may not read. Also seen on some successes (`HEAD`, 204).
    Failed {
        /// `net::ERR_FAILED` and the like.
        error: String,
        /// What CORS has against it, if that is why.
        cors: Option<CorsError>,
    },
}

/// The `corsErrorStatus` of the DevTools protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorsError {
    /// `MissingAllowOriginHeader` and the like.
    pub name: String,
    /// The method, the header name or the header value that it is about, or nothing.
    pub parameter: String,
}

impl Exchange {
    /// What CORS has against it.
    pub fn cors_error(&self) -> Option<&CorsError> {
        match &self.outcome {
            Some(Outcome::Failed { cors, .. }) => cors.as_ref(),
            _ => None,
        }
    }
}

/// What CORS has against a `fetch()` that never came to be a request: nothing else in the protocol tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// The URL that was asked for.
    pub url: String,
    /// What CORS has against it.
    pub error: CorsError,
}

/// The exchanges of a page in the order of their beginnings. Their events come in any order, and are joined by
/// request id.
#[derive(Default)]
pub(crate) struct NetworkLog {
    exchanges: Vec<Exchange>,
    by_id: HashMap<String, usize>,
    issues: Vec<Issue>,
}

impl NetworkLog {
    pub(crate) fn exchanges(&self) -> impl Iterator<Item = &Exchange> {
        self.exchanges.iter().filter(|exchange| !exchange.urls.is_empty())
    }

    pub(crate) fn issues(&self) -> &[Issue] {
        &self.issues
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn take(&mut self, method: &str, params: &Value) {
        if method == "Audits.issueAdded" {
            let details = &params["issue"]["details"]["corsIssueDetails"];
            if details["request"]["url"].is_string() && details["request"].get("requestId").is_none() {
                let error = cors_error(&details["corsErrorStatus"]);
                self.issues.push(Issue { url: text(&details["request"]["url"]), error });
            }
            return;
        }
        let Some(id) = params["requestId"].as_str() else { return };
        let outcome = match method {
            "Network.requestWillBeSent" => None,
            "Network.loadingFinished" => Some(Outcome::Finished),
            "Network.loadingFailed" => Some(Outcome::Failed {
                error: text(&params["errorText"]),
                cors: params.get("corsErrorStatus").map(cors_error),
            }),
            _ => return,
        };
        let index = *self.by_id.entry(id.to_owned()).or_insert_with(|| {
            self.exchanges.push(Exchange {
                urls: Vec::new(),
                kind: String::new(),
                is_preflight: false,
                outcome: None,
            });
            self.exchanges.len() - 1
        });
        let exchange = &mut self.exchanges[index];
        match outcome {
            None => {
                exchange.urls.push(text(&params["request"]["url"]));
                exchange.kind = text(&params["type"]);
                exchange.is_preflight = params["initiator"]["type"] == "preflight";
            }
            // A second failure adds nothing, but the reason of the first must not be lost.
            outcome if exchange.cors_error().is_none() => exchange.outcome = outcome,
            Some(_) => {}
        }
    }
}

fn cors_error(status: &Value) -> CorsError {
    CorsError { name: text(&status["corsError"]), parameter: text(&status["failedParameter"]) }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
