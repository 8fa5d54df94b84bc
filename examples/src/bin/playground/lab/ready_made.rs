//! Policies and requests to begin with. Some of them show typical mistakes.

use serde::Serialize;

use crate::Places;

/// One entry of the page's menu.
#[derive(Serialize)]
pub struct ReadyMade {
    name: &'static str,
    /// What the entry shows.
    note: &'static str,
    is_mistake: bool,
    policy: String,
    request: Request,
}

/// The values of the request form.
#[derive(Serialize, Clone, Copy)]
struct Request {
    who: &'static str,
    method: &'static str,
    headers: &'static str,
    body: &'static str,
    credentials: &'static str,
}

const GET: Request =
    Request { who: "page", method: "GET", headers: "", body: "none", credentials: "same-origin" };
const PUT_JSON: Request = Request { method: "PUT", body: "json", ..GET };

/// All of them. The first is the one that the lab starts with.
pub fn all(places: &Places) -> Vec<ReadyMade> {
    let Places { page, stranger, .. } = places;
    let entry =
        |name, note, policy: String, request| ReadyMade { name, note, is_mistake: false, policy, request };
    let mistake =
        |name, note, policy: String, request| ReadyMade { name, note, is_mistake: true, policy, request };
    vec![
        entry(
            "A page and its JSON API",
            "The browser asks with a preflight before it sends the PUT.",
            format!(
                "origins = [\"{page}\"]\nmethods = [\"PUT\", \"DELETE\"]\nheaders = [\"content-type\"]\nmax_age = \"10m\"\n"
            ),
            PUT_JSON,
        ),
        entry(
            "A public read for everyone",
            "Every origin may read the response, the stranger too, and one header beside the safelisted ones.",
            "origins = \"*\"\nexpose = [\"x-total-count\"]\n".to_owned(),
            Request { who: "stranger", ..GET },
        ),
        entry(
            "Requests with cookies",
            "Send it twice: the second request carries the cookie that the first one set.",
            format!("origins = [\"{page}\"]\ncredentials = true\n"),
            Request { credentials: "include", ..GET },
        ),
        entry(
            "Every port of localhost",
            "A pattern for development. The stranger's 127.0.0.1 is the same machine and another host.",
            "origins = [\"http://localhost:*\", \"http://*.localhost:*\"]\n".to_owned(),
            GET,
        ),
        entry(
            "Everyone except one",
            "An exception keeps one origin out of `*`.",
            format!("origins = \"*\"\nexcept = [\"{stranger}\"]\n"),
            Request { who: "stranger", ..GET },
        ),
        entry(
            "Refusals that stop the handler",
            "With `enforce`, a refused request gets 403 and the handler does not run.",
            format!("origins = [\"{page}\"]\nenforce = true\n"),
            Request { who: "stranger", method: "POST", body: "form", ..GET },
        ),
        entry(
            "A sandboxed frame",
            "Its origin is `null`, which every page can have. The policy has to permit it explicitly.",
            "origins = [\"null\"]\nallow = [\"null_origin\"]\n".to_owned(),
            Request { who: "sandbox", ..GET },
        ),
        mistake(
            "`*` with credentials",
            "Every site could act as the signed-in user.",
            "origins = \"*\"\ncredentials = true\n".to_owned(),
            Request { credentials: "include", ..GET },
        ),
        mistake(
            "A slash at the end of an origin",
            "An address copied from the address bar ends with a slash. An origin does not.",
            format!("origins = [\"{page}/\"]\n"),
            GET,
        ),
        mistake(
            "`http` with credentials",
            "An attacker on the network between the user and the site can modify its pages.",
            "origins = [\"http://app.example.com\"]\ncredentials = true\n".to_owned(),
            Request { credentials: "include", ..GET },
        ),
        mistake(
            "`https` for a page on `http`",
            "The policy is valid, and it never matches: the scheme is part of the origin.",
            format!("origins = [\"{}\"]\n", page.replace("http://", "https://")),
            GET,
        ),
        mistake(
            "A header that the policy does not grant",
            "A JSON body needs `content-type` in `headers`.",
            format!("origins = [\"{page}\"]\n"),
            Request { method: "POST", body: "json", ..GET },
        ),
        mistake(
            "A method that the policy does not grant",
            "Without `methods`, a policy grants GET, HEAD and POST.",
            format!("origins = [\"{page}\"]\n"),
            Request { method: "DELETE", ..GET },
        ),
        mistake(
            "Cookies that the policy does not grant",
            "The policy grants the origin, and the browser still blocks the response.",
            format!("origins = [\"{page}\"]\n"),
            Request { credentials: "include", ..GET },
        ),
        mistake(
            "Methods in lower case",
            "Methods are case-sensitive.",
            format!("origins = [\"{page}\"]\nmethods = [\"put\"]\n"),
            Request { method: "PUT", ..GET },
        ),
        mistake(
            "A key of another library",
            "The message names the key that was probably meant.",
            format!("allowed_origins = [\"{page}\"]\n"),
            GET,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::judgement;
    use super::*;

    #[test]
    fn each_mistake_breaks_its_rule_and_the_other_policies_are_valid() {
        let places = Places {
            api: "http://localhost:8080".to_owned(),
            page: "http://localhost:8081".to_owned(),
            stranger: "http://127.0.0.1:8082".to_owned(),
        };
        let invalid: Vec<&str> = all(&places)
            .iter()
            .filter(|ready_made| judgement::policy(&ready_made.policy).is_err())
            .map(|ready_made| ready_made.name)
            .collect();
        assert_eq!(
            invalid,
            [
                "`*` with credentials",
                "A slash at the end of an origin",
                "`http` with credentials",
                "Methods in lower case",
                "A key of another library",
            ]
        );
        assert!(
            all(&places)
                .iter()
                .all(|ready_made| ready_made.is_mistake || !invalid.contains(&ready_made.name))
        );
    }
}
