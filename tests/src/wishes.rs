//! What people want of CORS, in a form that every implementation can be told, and what pages then try.

use cors_core::browser::{CredentialsMode, Request, Verdict};
use cors_core::{Policy, Violations};

/// An origin that is granted wherever one is listed.
pub const APP: &str = "https://app.example.com";
/// Another.
pub const PARTNER: &str = "https://partner.example";
/// One that is granted where everyone is.
pub const STRANGER: &str = "https://evil.example";

/// Headers of the response that [`Wishes::expose`] is about.
pub const RESPONSE_HEADERS: [(&str, &str); 4] =
    [("x-total-count", "3"), ("x-secret", "s"), ("etag", "\"1\""), ("cache-control", "no-store")];

/// A policy, before anyone has judged it. Each list is `["*"]` for everything.
#[derive(Clone, Copy, Debug)]
pub struct Wishes {
    /// Who may.
    pub origins: &'static [&'static str],
    /// Whether with credentials.
    pub credentials: bool,
    /// With which methods.
    pub methods: &'static [&'static str],
    /// With which request headers.
    pub headers: &'static [&'static str],
    /// Reading which response headers.
    pub expose: &'static [&'static str],
}

/// Whether a list stands for everything.
pub fn is_any(list: &[&str]) -> bool {
    list == ["*"]
}

impl Wishes {
    /// Every combination of a few values, except for every origin with credentials, which is no policy.
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
    /// What it says of wishes that are no policy.
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

/// Every combination of what a page may try.
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

/// What a page reads of a response with [`RESPONSE_HEADERS`]: its status and which of them, or nothing.
///
/// Other headers are left out: servers add some after CORS is done, and exposing `*` exposes the headers of CORS itself,
/// which differ.
pub fn readable(verdict: &Verdict) -> Option<(u16, Vec<&'static str>)> {
    let Verdict::Readable { status, .. } = verdict else { return None };
    let names =
        RESPONSE_HEADERS.map(|(name, _)| name).into_iter().filter(|name| verdict.header(name).is_some());
    Some((*status, names.collect()))
}
