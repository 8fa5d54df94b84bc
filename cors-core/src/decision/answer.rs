//! What the response to a request carries, prepared once for each [`Decision`].

use std::borrow::Cow;

use crate::const_text::is_token_byte;
use crate::decision::decision::Decision;
use crate::fetch_standard::methods;
use crate::policy::policy::Policy;

/// The status and the headers that go with a [`Decision`]: what
/// [`CompiledPolicy::answer`](crate::CompiledPolicy::answer) returns.
///
/// A response that has its own `Access-Control-Allow-Origin` is to get no other of these headers, only `Vary`. The
/// [crate docs](crate#an-example-in-full) show how every [`Value`] is carried into a response.
///
/// ```
/// use cors_core::{CompiledPolicy, Decision, Policy, Value, Vary};
///
/// let policy = Policy::builder().origins(["https://*.example.com"]).expose(["x-total-count"]).build()?;
/// let policy = CompiledPolicy::new(&policy)?;
///
/// let granted = policy.answer(Decision::Granted);
/// assert_eq!(granted.status, None);
/// assert_eq!(granted.headers[0], ("access-control-allow-origin", Value::RequestOrigin));
/// assert_eq!(granted.headers[1], ("access-control-expose-headers", Value::Text("x-total-count".into())));
/// assert_eq!(granted.vary, Vary::Origin);
///
/// let refused = policy.answer(Decision::PreflightRefused);
/// assert_eq!((refused.status, refused.headers.len()), (Some(403), 0));
/// # Ok::<(), cors_core::Violations>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status, where the handler does not run.
    pub status: Option<u16>,
    /// The headers of the [protocol](https://fetch.spec.whatwg.org/#http-responses), names in lower case.
    pub headers: Vec<(&'static str, Value)>,
    /// The request headers that the answer depends on.
    pub vary: Vary,
}

/// The value of a response header: a text, or where in the request or the response it comes from.
///
/// Leave out a header whose value you do not know: it then grants nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value {
    /// The same for every request.
    Text(Cow<'static, str>),
    /// The request's `Origin`.
    RequestOrigin,
    /// The method that the preflight asks for, if [`echoes_method`](crate::CompiledPolicy::echoes_method) says so; else the
    /// header is left out.
    RequestMethod,
    /// Each line of the headers that the preflight asks for, as a line of its own, if [`echoes_headers`] says so; else the
    /// header is left out.
    RequestHeaders,
    /// The names of the headers that the response has, as far as [`exposes_name`] says so.
    ResponseHeaderNames,
}

/// Which request headers an answer depends on, for
/// [`Vary`](https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches).
///
/// ```
/// use cors_core::Vary;
///
/// assert_eq!(Vary::OriginAndMethod.as_str(), "Origin, Access-Control-Request-Method");
/// assert!(Vary::has_origin(b"accept-encoding, origin"));
/// assert!(Vary::has_origin(b"*"));
/// assert!(!Vary::has_origin(b"accept-encoding"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vary {
    /// None: the answer is the same for everyone.
    Nothing,
    /// `Origin`
    Origin,
    /// `Origin, Access-Control-Request-Method`
    OriginAndMethod,
    /// `Origin, Access-Control-Request-Method, Access-Control-Request-Headers`
    OriginMethodAndHeaders,
}

impl Vary {
    /// The value of the header, empty where there is none. Each is the start of the next.
    pub const fn as_str(self) -> &'static str {
        match self {
            Vary::Nothing => "",
            Vary::Origin => "Origin",
            Vary::OriginAndMethod => "Origin, Access-Control-Request-Method",
            Vary::OriginMethodAndHeaders => {
                "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
            }
        }
    }

    /// Whether a line of `Vary` that is there already says that the response depends on `Origin`, so that it must not be
    /// said again.
    pub fn has_origin(line: &[u8]) -> bool {
        line.split(|&byte| byte == b',')
            .map(<[u8]>::trim_ascii)
            .any(|name| name == b"*" || name.eq_ignore_ascii_case(b"origin"))
    }
}

/// The most bytes that go back to whoever asked, for a header.
pub(crate) const LONGEST_ECHO: usize = 8 * 1024;

/// Whether a preflight's answer may echo these lines of `Access-Control-Request-Headers`: lists of tokens, of 8 KiB
/// together. The bytes come from whoever sends the request, so nothing else goes back into a response.
///
/// ```
/// use cors_core::echoes_headers;
///
/// assert!(echoes_headers([b"content-type, x-trace".as_slice()].into_iter()));
/// assert!(!echoes_headers([b"x-trace\r\nset-cookie: a=b".as_slice()].into_iter()));
/// assert!(!echoes_headers([[b'x'; 9000].as_slice()].into_iter()));
/// ```
pub fn echoes_headers<'a>(lines: impl Iterator<Item = &'a [u8]>) -> bool {
    let mut length = 0usize;
    for line in lines {
        length += line.len();
        if length > LONGEST_ECHO || !is_list_of_tokens(line) {
            return false;
        }
    }
    true
}

/// A list of tokens; spaces and tabs around them, and empty entries, are allowed
/// ([RFC 9110 §5.6.1](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.1)). Line breaks are not: the line goes back as
/// it came, and would end the response's header.
fn is_list_of_tokens(line: &[u8]) -> bool {
    line.split(|&byte| byte == b',').all(|entry| {
        let mut entry = entry;
        while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = entry {
            entry = rest;
        }
        entry.iter().all(|&byte| is_token_byte(byte))
    })
}

/// Whether `expose = "*"` with credentials names this header of the response: all that a page may see. Names that are
/// readable anyway and headers of the protocol need no mention.
///
/// ```
/// use cors_core::exposes_name;
///
/// assert!(exposes_name("x-total-count"));
/// assert!(!exposes_name("set-cookie"));
/// assert!(!exposes_name("content-type"));
/// assert!(!exposes_name("access-control-allow-origin"));
/// ```
///
/// See [CORS-safelisted response-header name](https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name) and
/// [forbidden response-header name](https://fetch.spec.whatwg.org/#forbidden-response-header-name).
pub fn exposes_name(name: &str) -> bool {
    let name = name.as_bytes();
    !crate::fetch_standard::headers::is_forbidden_response(name)
        && !crate::fetch_standard::headers::is_safelisted_response(name)
        && !crate::fetch_standard::headers::is_protocol_response(name)
}

/// How a policy is used, as far as its answers depend on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Style {
    /// Whether preflights are answered with the method that was asked for alone, if it is granted, and not to be kept; else
    /// with every method that the policy grants, so that one answer serves all later requests.
    pub(crate) asked_method_only: bool,
    /// Whether a function may grant origins that the policy does not name.
    pub(crate) dynamic: bool,
}

pub(crate) struct Answers([Answer; Decision::ALL.len()]);

impl Answers {
    /// `methods` are those that preflights grant; empty where the policy leaves it to the protocol.
    pub(crate) fn new(policy: &Policy, methods: &[&str], style: Style) -> Self {
        Self(Decision::ALL.map(|decision| answer(policy, methods, style, decision)))
    }

    pub(crate) fn get(&self, decision: Decision) -> &Answer {
        &self.0[decision as usize]
    }
}

fn answer(policy: &Policy, methods: &[&str], style: Style, decision: Decision) -> Answer {
    let any_origin = policy.declaration.origins.is_any() && policy.declaration.except.is_empty();
    let mut headers = Vec::new();
    let granted = match decision {
        Decision::PreflightGranted | Decision::Granted => true,
        // A cache may hand a response to someone else, so what is for everyone is on every response
        // (https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches).
        Decision::NotCors => any_origin,
        Decision::PreflightRefused | Decision::Refused | Decision::Blocked => false,
    };
    if granted {
        let origin = if any_origin { Value::Text("*".into()) } else { granted_origin(policy, style) };
        headers.push(("access-control-allow-origin", origin));
        if policy.declaration.credentials {
            headers.push(("access-control-allow-credentials", Value::Text("true".into())));
        }
        if decision == Decision::PreflightGranted {
            preflight(policy, methods, style, &mut headers);
        } else if policy.declaration.expose.is_any() && policy.declaration.credentials {
            headers.push(("access-control-expose-headers", Value::ResponseHeaderNames));
        } else if !policy.declaration.expose.is_empty() {
            headers.push((
                "access-control-expose-headers",
                Value::Text(joined(policy.declaration.expose.iter())),
            ));
        }
    }
    let is_preflight = matches!(decision, Decision::PreflightGranted | Decision::PreflightRefused);
    let vary = match (any_origin, is_preflight) {
        (true, _) => Vary::Nothing,
        (false, false) => Vary::Origin,
        (false, true) if echoes_all_headers(policy) => Vary::OriginMethodAndHeaders,
        (false, true) => Vary::OriginAndMethod,
    };
    let status = match decision {
        Decision::PreflightGranted => Some(policy.declaration.preflight_status),
        Decision::PreflightRefused | Decision::Blocked => Some(403),
        _ => None,
    };
    Answer { status, headers, vary }
}

/// Where a policy names one origin and no pattern, a granted request can have no other.
fn granted_origin(policy: &Policy, style: Style) -> Value {
    let mut origins = policy.origins();
    match (origins.next(), origins.next()) {
        (Some(only), None) if only.is_exact() && !style.dynamic => {
            Value::Text(only.as_str().to_owned().into())
        }
        _ => Value::RequestOrigin,
    }
}

/// What only a preflight's answer carries. It depends on the origin alone and lists all that is granted, so that it fills
/// the browser's cache for every later request to the URL, and nothing that is asked for needs to be read.
fn preflight(policy: &Policy, methods: &[&str], style: Style, headers: &mut Vec<(&'static str, Value)>) {
    let methods = match (methods, style.asked_method_only) {
        // Under credentials a browser takes `*` for a method of this name
        // (https://fetch.spec.whatwg.org/#cors-preflight-fetch).
        (["*"], _) if policy.declaration.credentials => Value::RequestMethod,
        (_, true) => Value::RequestMethod,
        ([], _) => Value::Text(joined(methods::SAFELISTED.iter().copied())),
        (methods, _) => Value::Text(joined(methods.iter().copied())),
    };
    headers.push(("access-control-allow-methods", methods));
    if echoes_all_headers(policy) {
        headers.push(("access-control-allow-headers", Value::RequestHeaders));
    } else if !policy.declaration.headers.is_empty() {
        headers
            .push(("access-control-allow-headers", Value::Text(joined(policy.declaration.headers.iter()))));
    }
    let max_age = if style.asked_method_only { Some(0) } else { policy.declaration.max_age };
    if let Some(seconds) = max_age {
        headers.push(("access-control-max-age", Value::Text(seconds.to_string().into())));
    }
}

fn echoes_all_headers(policy: &Policy) -> bool {
    policy.declaration.credentials && policy.declaration.headers.iter().any(|name| name == "*")
}

fn joined<'a>(list: impl Iterator<Item = &'a str>) -> Cow<'static, str> {
    list.collect::<Vec<_>>().join(", ").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn echoes_lists_of_tokens_and_nothing_else() {
        for line in ["", "x-a", "x-a,x-b", " x-a ,\tx-b\t", ",", "a,,b", "authorization"] {
            assert!(echoes_headers([line.as_bytes()].into_iter()), "{line:?}");
        }
        for line in [
            "x a",
            "x-a:b",
            "x-a;q=1",
            "x-ä",
            "\0",
            "x-a,\r\n,x-b",
            "x-a\r\n",
            "\nx-a",
            "x-a,\r\n\r\n,x-b",
            "\u{c}x-a",
            "\"x\"",
        ] {
            assert!(!echoes_headers([line.as_bytes()].into_iter()), "{line:?}");
        }
        assert!(!echoes_headers([b"x-a".as_slice(), b"x-\xff"].into_iter()));
    }

    #[test]
    fn a_line_that_names_everything_or_the_origin_needs_no_more() {
        for line in ["Origin", "origin", "accept, ORIGIN", "accept,origin ,cookie", "*", "accept, *"] {
            assert!(Vary::has_origin(line.as_bytes()), "{line:?}");
        }
        for line in
            ["", "accept", "x-origin", "origin-x", "origin accept", "access-control-request-method", "**"]
        {
            assert!(!Vary::has_origin(line.as_bytes()), "{line:?}");
        }
    }

    #[test]
    fn echoes_eight_kibibytes_over_all_lines_and_no_more() {
        let half = "a".repeat(4096);
        assert!(echoes_headers([half.as_bytes(); 2].into_iter()));
        assert!(!echoes_headers([half.as_bytes(), half.as_bytes(), b"a"].into_iter()));
        assert!(!echoes_headers([b"a".repeat(10_000_000).as_slice()].into_iter()));
    }
}
