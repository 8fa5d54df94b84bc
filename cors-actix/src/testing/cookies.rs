//! The cookies of the test browser.

use std::collections::BTreeMap;

use actix_web::http::header::{self, HeaderMap};

/// The cookies of the browser: for each host, their names and values.
#[derive(Clone, Debug, Default)]
pub(super) struct Cookies(BTreeMap<String, BTreeMap<String, Cookie>>);

#[derive(Clone, Debug)]
struct Cookie {
    value: String,
    /// Whether the cookie is `SameSite=None; Secure`, so that pages of other sites send it.
    crosses_sites: bool,
}

impl Cookies {
    /// Adds a cookie that pages of every site send.
    pub(super) fn set(&mut self, host: &str, name: &str, value: &str) {
        let cookie = Cookie { value: value.to_owned(), crosses_sites: true };
        self.0.entry(host.to_owned()).or_default().insert(name.to_owned(), cookie);
    }

    /// The value of `Cookie` in a request, which may be empty.
    pub(super) fn to_send(&self, host: &str, same_site: bool) -> String {
        let cookies = self.of(host).filter(|(_, cookie)| same_site || cookie.crosses_sites);
        cookies.map(|(name, cookie)| format!("{name}={}", cookie.value)).collect::<Vec<_>>().join("; ")
    }

    /// The names of the cookies that are not sent to another site.
    pub(super) fn withheld(&self, host: &str) -> Vec<&str> {
        self.of(host).filter(|(_, cookie)| !cookie.crosses_sites).map(|(name, _)| name.as_str()).collect()
    }

    pub(super) fn has_any(&self, host: &str) -> bool {
        self.of(host).next().is_some()
    }

    fn of(&self, host: &str) -> impl Iterator<Item = (&String, &Cookie)> {
        self.0.get(host).into_iter().flatten()
    }

    /// Keeps the cookies of a response.
    pub(super) fn keep(&mut self, host: &str, headers: &HeaderMap) {
        for line in headers.get_all(header::SET_COOKIE) {
            let Ok(line) = line.to_str() else { continue };
            let mut parts = line.split(';').map(str::trim);
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { continue };
            let attributes: Vec<String> = parts.map(str::to_ascii_lowercase).collect();
            let has = |attribute: &str| attributes.iter().any(|other| other == attribute);
            let jar = self.0.entry(host.to_owned()).or_default();
            if has("max-age=0") {
                jar.remove(name);
            } else {
                let crosses_sites = has("samesite=none") && has("secure");
                jar.insert(name.into(), Cookie { value: value.into(), crosses_sites });
            }
        }
    }
}
