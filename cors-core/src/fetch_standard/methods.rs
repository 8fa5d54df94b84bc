//! Methods, as the Fetch standard sorts them.

use crate::const_text::is_one_of;

/// [Forbidden methods](https://fetch.spec.whatwg.org/#forbidden-method): no page can send them.
pub(crate) const FORBIDDEN: &[&str] = &["CONNECT", "TRACE", "TRACK"];

/// [CORS-safelisted methods](https://fetch.spec.whatwg.org/#cors-safelisted-method): a page can always send them, so
/// they are what a policy without `methods` grants.
pub(crate) const SAFELISTED: &[&str] = &["GET", "HEAD", "POST"];

/// The methods of the [IANA registry](https://www.iana.org/assignments/http-methods) whose case people get wrong. A
/// method is compared byte by byte, and browsers send only `DELETE`, `GET`, `HEAD`, `OPTIONS`, `POST` and `PUT` in
/// upper case by themselves ([normalize](https://fetch.spec.whatwg.org/#concept-method-normalize)): `patch` stays
/// `patch`.
pub(crate) const REGISTERED: &[&str] = &[
    "ACL",
    "BASELINE-CONTROL",
    "BIND",
    "CHECKIN",
    "CHECKOUT",
    "CONNECT",
    "COPY",
    "DELETE",
    "GET",
    "HEAD",
    "LABEL",
    "LINK",
    "LOCK",
    "MERGE",
    "MKACTIVITY",
    "MKCALENDAR",
    "MKCOL",
    "MKREDIRECTREF",
    "MKWORKSPACE",
    "MOVE",
    "OPTIONS",
    "ORDERPATCH",
    "PATCH",
    "POST",
    "PRI",
    "PROPFIND",
    "PROPPATCH",
    "PUT",
    "QUERY",
    "REBIND",
    "REPORT",
    "SEARCH",
    "TRACE",
    "UNBIND",
    "UNCHECKOUT",
    "UNLINK",
    "UNLOCK",
    "UPDATE",
    "UPDATEREDIRECTREF",
    "VERSION-CONTROL",
];

pub(crate) const fn is_forbidden(method: &[u8]) -> bool {
    is_one_of(method, FORBIDDEN)
}

/// Whether no page can send `method`, for the macros, which judge the methods of routes.
#[doc(hidden)]
pub const fn is_forbidden_method(method: &str) -> bool {
    is_forbidden(method.as_bytes())
}

/// Whether `method` is a registered one, but not in upper case.
pub(crate) const fn is_in_wrong_case(method: &[u8]) -> bool {
    let mut i = 0;
    while i < method.len() {
        if method[i].is_ascii_lowercase() {
            return is_one_of(method, REGISTERED);
        }
        i += 1;
    }
    false
}
