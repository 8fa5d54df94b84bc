//! What the page asks for, row by row, and what a browser must make of it.

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

/// What a page is to see: a status, or nothing.
#[derive(Clone, Copy)]
enum Sees {
    Status(u16),
    Nothing,
}

use Sees::{Nothing, Status};

/// A request, as the page is to make it.
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

/// The rows, as the trusted page or the stranger's is to see them.
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
            "`*` is everyone, and nothing here is anyone's own.",
        ),
        row(
            "trusted",
            "trusted",
            "One trusted origin",
            Ask { path: "/trusted", ..GET },
            Status(200),
            Nothing,
            "The handler runs for both; only one page may read what it says.",
        ),
        row(
            "session",
            "session",
            "A cookie",
            Ask { path: "/session", credentials: true, ..GET },
            Status(200),
            Nothing,
            "With credentials the response must name the page's very origin.",
        ),
        row(
            "orders",
            "orders",
            "JSON and a header of its own",
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
            "JSON is not safelisted, so the browser asks first.",
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
            "The preflight's answer does not list `x-unknown`, and the request never leaves.",
        ),
        row(
            "report",
            "report",
            "An exposed header",
            Ask { path: "/report", ..GET },
            Status(200),
            Nothing,
            "`x-total-count` is exposed, `x-hidden` is not.",
        ),
        row(
            "read-item",
            "read-item",
            "Three policies on one path: GET",
            Ask { path: "/items/1", ..GET },
            Status(200),
            Status(200),
            "Anyone may read an item.",
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
            "The preflight finds the handler that serves the method it asks for.",
        ),
        row(
            "delete-item",
            "delete-item",
            "Three policies on one path: DELETE",
            Ask { method: "DELETE", path: "/items/1", preflight: true, ..GET },
            Status(200),
            Nothing,
            "Another policy again, and `enforce` keeps the handler from running.",
        ),
        row(
            "pattern",
            "pattern",
            "Any port, any subdomain",
            Ask { path: "/pattern", ..GET },
            Status(200),
            Nothing,
            "`127.0.0.1` is this machine too, but another host.",
        ),
        row(
            "plain",
            "plain",
            "No CORS at all",
            Ask { path: "/plain", ..GET },
            Nothing,
            Nothing,
            "The response grants nothing, so no other origin reads it.",
        ),
        row(
            "denied",
            "denied",
            "Denied",
            Ask { path: "/denied", ..GET },
            Nothing,
            Nothing,
            "Refused with 403, and nobody may read even that.",
        ),
        row(
            "broken",
            "broken",
            "A handler that fails",
            Ask { path: "/broken", ..GET },
            Status(500),
            Nothing,
            "Errors carry the headers too, so a page can read why its request failed.",
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
            "The scope's policy answers the preflight.",
        ),
        row(
            "wrapped-delete",
            "wrapped",
            "A method that the policy does not grant",
            Ask { method: "DELETE", path: "/wrapped/item", preflight: true, ..GET },
            Nothing,
            Nothing,
            "The answer lists GET and PATCH; the browser compares.",
        ),
    ]
}
