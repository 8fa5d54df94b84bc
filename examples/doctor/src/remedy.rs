//! What to write in a policy of this library.

use cors_core::browser::{
    Blocked, CredentialsMode, Engine, Reason, Request, is_forbidden_request_header, is_safelisted_method,
    normalize_method, unsafe_request_header_names,
};
use cors_core::{Key, Policy, Violations};

use crate::exchanges::Exchange;

/// The key that allows what was refused in this exchange, or what to do if no key allows it.
pub fn key(blocked: &Blocked, exchange: Option<&Exchange>) -> String {
    let status = exchange.map_or(0, |exchange| exchange.answer.response.status);
    match blocked.reason {
        Reason::MissingAllowOriginHeader | Reason::PreflightMissingAllowOriginHeader => {
            format!("{}{}", origins(&blocked.origin), doubt(status))
        }
        Reason::MultipleAllowOriginValues
        | Reason::PreflightMultipleAllowOriginValues
        | Reason::InvalidAllowOriginValue
        | Reason::PreflightInvalidAllowOriginValue
        | Reason::AllowOriginMismatch
        | Reason::PreflightAllowOriginMismatch => origins(&blocked.origin),
        Reason::WildcardOriginNotAllowed | Reason::PreflightWildcardOriginNotAllowed => {
            format!("{}, {}", origins(&blocked.origin), Key::Credentials)
        }
        Reason::InvalidAllowCredentials | Reason::PreflightInvalidAllowCredentials => Key::Credentials.to_string(),
        Reason::MethodDisallowedByPreflightResponse | Reason::InvalidAllowMethodsPreflightResponse => {
            let what = if blocked.parameter.is_empty() { "the methods, one entry each" } else { &blocked.parameter };
            format!("{} = [{what:?}]", Key::Methods)
        }
        Reason::HeaderDisallowedByPreflightResponse | Reason::InvalidAllowHeadersPreflightResponse => {
            let what = if blocked.parameter.is_empty() { "the names, one entry each" } else { &blocked.parameter };
            format!("{} = [{what:?}]", Key::Headers)
        }
        // This is the answer of this library to a preflight from a refused origin.
        Reason::PreflightInvalidStatus if status == 403 && !exchange.is_some_and(allows_an_origin) => {
            origins(&blocked.origin)
        }
        Reason::PreflightInvalidStatus if matches!(status, 404 | 405) => {
            "no key: `#[cors(…)]` on a handler answers the preflights for its own path and methods, and no handler \
             accepts this one"
                .to_owned()
        }
        Reason::PreflightInvalidStatus => "no key: `#[cors(…)]` and `Cors::new` answer preflights with 204 by themselves; \
             authentication that refuses preflights goes into `skip_preflight(…)`"
            .to_owned(),
        Reason::PreflightDisallowedRedirect => {
            "no key: `#[cors(…)]` and `Cors::new` answer preflights where they are; ask for the URL to which the \
             server redirects"
                .to_owned()
        }
        _ => "no key: a policy does not change redirects; ask for the URL at which they should end".to_owned(),
    }
}

/// A remark for an error without CORS headers, which may come from other code than a policy. This library refuses with 403,
/// and adds its headers to the errors of handlers too.
fn doubt(status: u16) -> String {
    match status {
        404 | 405 => format!(
            "; the request does not reach a policy if no handler accepts it, which the status {status} suggests"
        ),
        400.. if status != 403 => {
            format!("; the status {status} may come from something in front of the policy, such as a proxy")
        }
        _ => String::new(),
    }
}

fn allows_an_origin(exchange: &Exchange) -> bool {
    exchange.lines("access-control-allow-origin").next().is_some()
}

fn origins(origin: &str) -> String {
    format!("{} = [{origin:?}]", Key::Origins)
}

/// A policy that allows the request, as it is written in `policy! { … }` and `#[cors(…)]`.
///
/// # Errors
///
/// The rules that such a policy would break.
pub fn policy(request: &Request) -> Result<Policy, Violations> {
    let method = normalize_method(&request.method);
    let mut names = Vec::new();
    for engine in Engine::BROWSERS {
        let mut headers = request.headers.clone();
        headers.retain(|(name, value)| !is_forbidden_request_header(name, value, engine));
        names.extend(unsafe_request_header_names(&headers, engine));
    }
    names.sort();
    names.dedup();
    let mut policy = Policy::builder().origins([&*request.origin]).headers(names);
    if !is_safelisted_method(method) {
        policy = policy.methods([method]);
    }
    policy.credentials(request.credentials == CredentialsMode::Include).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_has_exactly_what_the_request_needs() {
        let request = Request::new("https://app.example.com", "https://api.example.com/items/1")
            .method("put")
            .header("Content-Type", "application/json")
            .header("accept", "text/plain")
            .header("cookie", "a=b")
            .header("X-A", "1")
            .credentials(CredentialsMode::Include);
        assert_eq!(
            policy(&request).unwrap().to_string(),
            "origins = [\"https://app.example.com\"], credentials, methods = [\"PUT\"], \
             headers = [\"content-type\", \"x-a\"]"
        );
        let request = Request::new("https://app.example.com", "https://api.example.com/").method("POST");
        assert_eq!(policy(&request).unwrap().to_string(), "origins = [\"https://app.example.com\"]");
    }

    #[test]
    fn an_insecure_policy_is_not_recommended() {
        let request = Request::new("null", "https://api.example.com/").credentials(CredentialsMode::Include);
        assert!(policy(&request).is_err());
        let request = Request::new("http://app.example.com", "http://api.example.com/");
        assert!(policy(&request).is_ok());
        assert!(policy(&request.credentials(CredentialsMode::Include)).is_err());
    }
}
