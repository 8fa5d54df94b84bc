//! The requests of a page in Chromium, assembled from the events of the DevTools protocol.

use std::collections::HashMap;

use serde_json::Value;

/// A request and how it ended. Redirects belong to the request that they answer. A preflight is a separate exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// The requested URL, and the URLs that it was redirected to.
    pub urls: Vec<String>,
    /// The type of the resource: `Document`, `Fetch`, `Other`, ….
    pub kind: String,
    /// Whether it is a preflight.
    pub is_preflight: bool,
    /// How it ended, or `None` if it has not ended.
    pub outcome: Option<Outcome>,
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// With a response.
    Finished,
    /// Without a response that the page can read. Some successful requests end like this too (`HEAD`, 204).
    Failed {
        /// `net::ERR_FAILED` and the like.
        error: String,
        /// The CORS error, if that is the reason.
        cors: Option<CorsError>,
    },
}

/// The `corsErrorStatus` of the DevTools protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorsError {
    /// `MissingAllowOriginHeader` and the like.
    pub name: String,
    /// The method, the header name or the header value that failed, or the empty string.
    pub parameter: String,
}

impl Exchange {
    /// The CORS error, if that is why it ended.
    pub fn cors_error(&self) -> Option<&CorsError> {
        match &self.outcome {
            Some(Outcome::Failed { cors, .. }) => cors.as_ref(),
            _ => None,
        }
    }
}

/// The CORS error of a fetch that sent no request. No other event reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// The requested URL.
    pub url: String,
    /// The error.
    pub error: CorsError,
}

/// The exchanges of a page in the order in which they started. Events are assigned to them by request id, because they
/// arrive in any order.
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
            // A second failure must not replace the reason of the first.
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
