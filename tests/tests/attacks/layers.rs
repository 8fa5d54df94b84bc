//! The policy nearest to the handler decides, whatever a middleware does between it and the layers outside.

use cors_tests::http::{Request, Response};
use cors_tests::{all_tests, is_selected};

use crate::application::{Nearest, Outer, STRANGER, TRUSTED, can_read, path, serve};
use crate::clients::Clients;
use cors_tests::hostile::Hostile;

/// A response, and the middleware that it came through.
struct Attempt<'a> {
    hostile: Hostile,
    response: &'a Response,
}

/// Sends a request to every arrangement with these middlewares, over every protocol, and reports all failures at once.
/// `request` gets the path, and chooses the arrangements.
fn attack(
    hostile: &'static [Hostile],
    request: impl Fn(&str, Outer, Nearest) -> Option<Request>,
    check: impl Fn(&Attempt<'_>) -> Result<(), &'static str>,
) {
    let (server, calls) = serve(hostile);
    let mut clients = Clients::connect(&server);
    let (mut cases, mut attempts, mut failures) = (0, 0, Vec::new());
    for outer in Outer::ALL {
        for &hostile in hostile {
            for nearest in Nearest::ALL {
                let Some(request) = request(&path(outer, hostile, nearest), outer, nearest) else { continue };
                cases += 1;
                if !is_selected(cases, 5) {
                    continue;
                }
                let request = match hostile {
                    Hostile::CatchesPanics => request.header("x-handler", "panics"),
                    Hostile::GivesUpWaiting => request.header("x-handler", "waits"),
                    _ => request,
                };
                for (protocol, response) in clients.send(&request) {
                    attempts += 1;
                    let attempt = Attempt { hostile, response: &response };
                    if let Err(what) = check(&attempt) {
                        failures.push(format!(
                            "{outer:?} / {hostile:?} / {nearest:?}, {protocol}: {what}: {response:?}"
                        ));
                    }
                    let keeps_request = Hostile::ON_THE_WAY_OUT.contains(&hostile);
                    if calls.take() > 0 && keeps_request && nearest.enforces() && !request.is_from(TRUSTED) {
                        failures.push(format!(
                            "{outer:?} / {hostile:?} / {nearest:?}, {protocol}: the handler ran"
                        ));
                    }
                }
            }
        }
    }
    assert!(attempts > if all_tests() { 100 } else { 20 }, "{attempts} attempts");
    assert!(failures.is_empty(), "{} of {attempts} attempts:\n{}", failures.len(), failures.join("\n"));
}

fn is_not_for_strangers(attempt: &Attempt<'_>) -> Result<(), &'static str> {
    if can_read(attempt.response, STRANGER) { Err("a stranger can read it") } else { Ok(()) }
}

#[test]
fn a_refused_origin_never_reads_a_response_that_a_middleware_changed() {
    let get = |path: &str, _, _| Some(Request::get(path).origin(STRANGER));
    attack(&Hostile::ON_THE_WAY_OUT, get, is_not_for_strangers);
}

#[test]
fn a_refused_origin_never_reads_the_response_to_a_request_that_a_middleware_changed() {
    let get =
        |path: &str, _, _| Some(Request::get(path).origin(STRANGER).header("x-http-method-override", "PUT"));
    attack(&Hostile::ON_THE_WAY_IN, get, is_not_for_strangers);
}

#[test]
fn a_refused_preflight_is_never_granted() {
    let preflight = |path: &str, outer: Outer, _| {
        outer.passes_preflights().then(|| Request::preflight(STRANGER, "PUT", path))
    };
    attack(&Hostile::ON_THE_WAY_OUT, preflight, |attempt| {
        is_not_for_strangers(attempt)?;
        if attempt.response.status < 300 { Err("a stranger's preflight succeeds") } else { Ok(()) }
    });
}

#[test]
fn a_preflight_that_became_another_request_is_granted_to_no_refused_origin() {
    const OVERRIDES: [Hostile; 2] = [Hostile::OverridesMethod, Hostile::OverridesMethodAndDropsOrigin];
    let preflight = |path: &str, outer: Outer, _| {
        let request = Request::preflight(STRANGER, "PUT", path).header("x-http-method-override", "PUT");
        outer.passes_preflights().then_some(request)
    };
    attack(&OVERRIDES, preflight, is_not_for_strangers);
}

/// Whether the response has the headers of [`NEAREST`](crate::application::NEAREST), each of them once.
fn is_granted_by_the_nearest(response: &Response, preflight: bool) -> Result<(), &'static str> {
    if response.all("access-control-allow-origin") != [TRUSTED] {
        return Err("the grant of the nearest policy is lost");
    }
    if response.all("access-control-allow-credentials") != ["true"] {
        return Err("the credentials of the nearest policy are lost");
    }
    let (name, value) = if preflight {
        ("access-control-allow-headers", "x-nearest")
    } else {
        ("access-control-expose-headers", "x-secret")
    };
    if response.all(name) != [value] {
        return Err("what the nearest policy lists is lost");
    }
    let vary = response.all("vary").join(",").to_ascii_lowercase();
    match vary.split(',').filter(|name| name.trim() == "origin").count() {
        1 => Ok(()),
        0 => Err("`Vary: Origin` is lost"),
        _ => Err("`Vary` names `Origin` twice"),
    }
}

/// Middlewares that answer in place of the handler, and one that removes the record of the layers.
fn answers_itself(hostile: Hostile) -> bool {
    matches!(hostile, Hostile::CatchesPanics | Hostile::GivesUpWaiting | Hostile::ClearsExtensionsAfterwards)
}

#[test]
fn a_grant_whose_headers_were_lost_is_restored() {
    let get = |path: &str, _, nearest: Nearest| nearest.grants().then(|| Request::get(path).origin(TRUSTED));
    attack(&Hostile::ON_THE_WAY_OUT, get, |attempt| {
        if answers_itself(attempt.hostile) {
            return Ok(());
        }
        is_granted_by_the_nearest(attempt.response, false)
    });
}

#[test]
fn a_granted_preflight_whose_headers_were_lost_is_restored() {
    let preflight = |path: &str, outer: Outer, nearest: Nearest| {
        let request = Request::preflight(TRUSTED, "PUT", path);
        (outer.passes_preflights() && nearest.grants()).then_some(request)
    };
    attack(&Hostile::ON_THE_WAY_OUT, preflight, |attempt| {
        if answers_itself(attempt.hostile) {
            return Ok(());
        }
        is_granted_by_the_nearest(attempt.response, true)?;
        if attempt.response.words("access-control-allow-methods").iter().any(|method| method == "PUT") {
            Ok(())
        } else {
            Err("the method is lost")
        }
    });
}

#[test]
fn the_outer_layer_judges_a_response_that_a_middleware_creates() {
    let get = |path: &str, _, _| Some(Request::get(path).origin(STRANGER));
    attack(&[Hostile::Answers, Hostile::Fails], get, |attempt| {
        if can_read(attempt.response, STRANGER) { Ok(()) } else { Err("the outer layer's grant is missing") }
    });
}
