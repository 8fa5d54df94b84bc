//! The sixteen promises: the requests that the table sends, and the expected result of each.

use serde::Serialize;

use crate::api::policy_as_written;

/// A row of the page's table.
#[derive(Serialize)]
pub struct Row {
    id: &'static str,
    title: &'static str,
    policy: String,
    method: &'static str,
    path: &'static str,
    headers: Vec<(&'static str, &'static str)>,
    body: Option<&'static str>,
    credentials: bool,
    preflight: bool,
    /// The status that the page reads, or `blocked`.
    expected: String,
    why: &'static str,
}

/// What a page can read: a response with this status, or nothing.
#[derive(Clone, Copy)]
enum Sees {
    Status(u16),
    Nothing,
}

use Sees::{Nothing, Status};

/// The request that the page sends.
struct Ask {
    method: &'static str,
    path: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: Option<&'static str>,
    credentials: bool,
    preflight: bool,
}

const GET: Ask =
    Ask { method: "GET", path: "", headers: &[], body: None, credentials: false, preflight: false };

/// The rows, with what is expected on the trusted page or on the stranger's.
pub fn rows(trusted: bool) -> Vec<Row> {
    let row = |id, policy: &str, title, ask: Ask, trusted_sees: Sees, stranger_sees: Sees, why| Row {
        id,
        title,
        policy: policy_as_written(policy),
        method: ask.method,
        path: ask.path,
        headers: ask.headers.to_vec(),
        body: ask.body,
        credentials: ask.credentials,
        preflight: ask.preflight,
        expected: match if trusted { trusted_sees } else { stranger_sees } {
            Status(status) => status.to_string(),
            Nothing => "blocked".to_owned(),
        },
        why,
    };
    let json: &[(&str, &str)] = &[("content-type", "application/json"), ("x-request-id", "7")];
    let unknown: &[(&str, &str)] = &[("x-unknown", "1")];
    vec![
        row(
            "public",
            "public",
            "A public read",
            Ask { path: "/public", ..GET },
            Status(200),
            Status(200),
            "`*` allows every origin. The response has nothing private in it.",
        ),
        row(
            "trusted",
            "trusted",
            "One trusted origin",
            Ask { path: "/trusted", ..GET },
            Status(200),
            Nothing,
            "The handler runs for both pages. Only one of them may read the response.",
        ),
        row(
            "session",
            "session",
            "A cookie",
            Ask { path: "/session", credentials: true, ..GET },
            Status(200),
            Nothing,
            "With credentials, the response has to name the exact origin of the page.",
        ),
        row(
            "orders",
            "orders",
            "JSON and a custom header",
            Ask {
                method: "POST",
                path: "/orders",
                headers: json,
                body: Some("[1, 2, 3]"),
                preflight: true,
                ..GET
            },
            Status(200),
            Nothing,
            "JSON is not CORS-safelisted, so the browser sends a preflight first.",
        ),
        row(
            "orders-unknown",
            "orders",
            "A header that the policy does not grant",
            Ask {
                method: "POST",
                path: "/orders",
                headers: unknown,
                body: Some("[]"),
                preflight: true,
                ..GET
            },
            Nothing,
            Nothing,
            "The answer to the preflight does not list `x-unknown`, so the browser does not send the request.",
        ),
        row(
            "report",
            "report",
            "An exposed header",
            Ask { path: "/report", ..GET },
            Status(200),
            Nothing,
            "The policy exposes `x-total-count` and not `x-hidden`.",
        ),
        row(
            "read-item",
            "read-item",
            "Three policies on one path: GET",
            Ask { path: "/items/1", ..GET },
            Status(200),
            Status(200),
            "Every origin may read an item.",
        ),
        row(
            "put-item",
            "put-item",
            "Three policies on one path: PUT",
            Ask {
                method: "PUT",
                path: "/items/1",
                headers: &[("content-type", "application/json")],
                body: Some("{}"),
                preflight: true,
                ..GET
            },
            Status(200),
            Nothing,
            "The preflight reaches the handler of the method that it asks for.",
        ),
        row(
            "delete-item",
            "delete-item",
            "Three policies on one path: DELETE",
            Ask { method: "DELETE", path: "/items/1", preflight: true, ..GET },
            Status(200),
            Nothing,
            "This handler has a third policy. With `enforce`, the handler does not run for a refused request.",
        ),
        row(
            "pattern",
            "pattern",
            "Any port, any subdomain",
            Ask { path: "/pattern", ..GET },
            Status(200),
            Nothing,
            "`127.0.0.1` is the same machine, but another host.",
        ),
        row(
            "plain",
            "plain",
            "No CORS at all",
            Ask { path: "/plain", ..GET },
            Nothing,
            Nothing,
            "The response has no CORS header, so no page of another origin can read it.",
        ),
        row(
            "denied",
            "denied",
            "Denied",
            Ask { path: "/denied", ..GET },
            Nothing,
            Nothing,
            "Every cross-origin request gets 403, and no page of another origin can read even that.",
        ),
        row(
            "broken",
            "broken",
            "A handler that fails",
            Ask { path: "/broken", ..GET },
            Status(500),
            Nothing,
            "Error responses carry the CORS headers too, so the page can read why its request failed.",
        ),
        row(
            "wrapped",
            "wrapped",
            "A wrapped scope: GET",
            Ask { path: "/wrapped/item", ..GET },
            Status(200),
            Nothing,
            "One policy for everything in the scope.",
        ),
        row(
            "wrapped-patch",
            "wrapped",
            "A wrapped scope: PATCH",
            Ask { method: "PATCH", path: "/wrapped/item", preflight: true, ..GET },
            Status(200),
            Nothing,
            "The policy of the scope answers the preflight.",
        ),
        row(
            "wrapped-delete",
            "wrapped",
            "A method that the policy does not grant",
            Ask { method: "DELETE", path: "/wrapped/item", preflight: true, ..GET },
            Nothing,
            Nothing,
            "The answer to the preflight lists GET and PATCH, so the browser does not send DELETE.",
        ),
    ]
}
