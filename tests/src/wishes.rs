//! Settings of CORS in a form that can be converted for every implementation, and the requests that pages then try.

use cors_core::browser::{CredentialsMode, Request, Verdict};
use cors_core::{Policy, Violations};

/// An origin that every list of origins contains.
pub const APP: &str = "https://app.example.com";
/// An origin that some lists contain.
pub const PARTNER: &str = "https://partner.example";
/// An origin that no list contains.
pub const STRANGER: &str = "https://evil.example";

/// The response headers to which [`Wishes::expose`] refers.
pub const RESPONSE_HEADERS: [(&str, &str); 4] =
    [("x-total-count", "3"), ("x-secret", "s"), ("etag", "\"1\""), ("cache-control", "no-store")];

/// The settings of a policy, which need not be valid. A list that includes everything is `["*"]`.
#[derive(Clone, Copy, Debug)]
pub struct Wishes {
    /// The allowed origins.
    pub origins: &'static [&'static str],
    /// Whether credentials are allowed.
    pub credentials: bool,
    /// The allowed methods.
    pub methods: &'static [&'static str],
    /// The allowed request headers.
    pub headers: &'static [&'static str],
    /// The exposed response headers.
    pub expose: &'static [&'static str],
}

/// Whether a list includes everything.
pub fn is_any(list: &[&str]) -> bool {
    list == ["*"]
}

impl Wishes {
    /// Every combination of a few values, except for every origin with credentials, which is not a valid policy.
    pub fn all() -> Vec<Wishes> {
        let mut all = Vec::new();
        for origins in [&[APP, PARTNER][..], &["*"]] {
            for credentials in [false, true] {
                for methods in [&[][..], &["GET", "PUT"], &["*"]] {
                    for headers in [&[][..], &["content-type", "x-a"], &["*"]] {
                        for expose in [&[][..], &["x-total-count"], &["*"]] {
                            if !(is_any(origins) && credentials) {
                                all.push(Wishes { origins, credentials, methods, headers, expose });
                            }
                        }
                    }
                }
            }
        }
        all
    }

    /// The policy of this library.
    ///
    /// # Errors
    /// The violations, if the settings are not valid.
    pub fn policy(&self) -> Result<Policy, Violations> {
        Policy::builder()
            .origins(self.origins)
            .credentials(self.credentials)
            .methods(self.methods)
            .headers(self.headers)
            .expose(self.expose)
            .max_age(600)
            .build()
    }
}

/// Every combination of the requests that a page may try.
pub fn requests() -> Vec<Request> {
    let headers: [&[(&str, &str)]; 5] = [
        &[],
        &[("content-type", "application/json")],
        &[("X-A", "1"), ("content-type", "text/plain")],
        &[("x-a", "1"), ("x-b", "1")],
        &[("authorization", "Bearer t")],
    ];
    let mut requests = Vec::new();
    for origin in [PARTNER, STRANGER, "null"] {
        for method in ["GET", "POST", "PUT", "DELETE", "PURGE"] {
            for headers in headers {
                for credentials in [CredentialsMode::Omit, CredentialsMode::Include] {
                    let request = Request::new(origin, "http://api.example/").method(method);
                    let request = headers.iter().fold(request, |r, (name, value)| r.header(*name, *value));
                    requests.push(request.credentials(credentials));
                }
            }
        }
    }
    requests
}

/// What a page reads of a response with [`RESPONSE_HEADERS`]: the status and some of these headers, or nothing.
///
/// Other headers are ignored. Servers add some of them after CORS, and with `*` the headers of CORS itself are exposed,
/// which differ between implementations.
pub fn readable(verdict: &Verdict) -> Option<(u16, Vec<&'static str>)> {
    let Verdict::Readable { status, .. } = verdict else { return None };
    let names =
        RESPONSE_HEADERS.map(|(name, _)| name).into_iter().filter(|name| verdict.header(name).is_some());
    Some((*status, names.collect()))
}
