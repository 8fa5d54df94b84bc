//! Sequences of fetches to the same few URLs, which show what the preflight cache keeps. They do not wait: a cached
//! answer is kept for at least five seconds, and a sequence takes less time.

use cors_core::browser::{CredentialsMode, Request, Response};
use fastrand::Rng;

use crate::case::{Case, Endpoint};
use crate::generate::pick;
use crate::world::{World, empty};

/// A sequence from a seed.
pub(crate) fn generated(rng: &mut Rng, world: &World, origin: &str, number: usize) -> Case {
    let url = |name: &str| match name {
        // Chromium has a limit for the URL of an entry.
        "long" => format!("{}/cache/{number}/{}", world.api, "a".repeat(900 + number % 250)),
        _ => format!("{}/cache/{number}/{name}", if name == "b" { &world.cdn } else { &world.api }),
    };
    let names = ["a", if rng.u8(..8) == 0 { "long" } else { "b" }];
    let endpoints = names.map(|name| {
        let preflights = (0..rng.usize(1..5)).map(|_| preflight(rng, origin)).collect();
        let actuals = (0..rng.usize(1..4)).map(|_| actual(rng, origin)).collect();
        Endpoint { url: url(name), preflights, actuals }
    });
    let fetches = (0..rng.usize(2..9)).map(|_| {
        let name = *pick(rng, &[names[0], names[0], names[0], names[1]]);
        let fragment = *pick(rng, &["", "", "", "", "#x", "#y"]);
        let mut request = Request::new(origin, url(name) + fragment)
            .method(*pick(rng, &["GET", "PUT", "PUT", "DELETE", "POST", "patch", "HEAD"]))
            .credentials(*pick(
                rng,
                &[CredentialsMode::Omit, CredentialsMode::SameOrigin, CredentialsMode::Include],
            ));
        for _ in 0..rng.usize(..3) {
            request = request.header(*pick(rng, &["x-a", "x-b", "authorization"]), "1");
        }
        request
    });
    Case { kind: "sequences", fetches: fetches.collect(), endpoints: endpoints.to_vec() }
}

fn preflight(rng: &mut Rng, origin: &str) -> Response {
    let mut response = empty(204)
        .header("Access-Control-Allow-Origin", *pick(rng, &[origin, origin, origin, "*"]))
        .header("Access-Control-Allow-Credentials", "true")
        .header(
            "Access-Control-Allow-Methods",
            *pick(rng, &["PUT, DELETE, patch", "PUT, DELETE, patch", "PUT", "DELETE", "*", "PUT, *", ""]),
        )
        .header(
            "Access-Control-Allow-Headers",
            *pick(
                rng,
                &["x-a, x-b, authorization", "x-a, X-B, Authorization", "x-a", "*", "*, authorization", ""],
            ),
        );
    let max_ages: &[&[&str]] = &[
        &[],
        &[],
        &["600"],
        &["600"],
        &["600"],
        &["0"],
        &["-1"],
        &["+600"],
        &["600", "600"],
        &["600, 600"],
        &["0", "0"],
        &["999999999"],
        &["9223372036854775807"],
        &["9223372036854775808"],
        &["99999999999999999999"],
        &["-99999999999999999999"],
        &["600.5"],
        &["0.5"],
        &["6e2"],
        &["x"],
        &[""],
        &[" 0 "],
        &["\u{b}0"],
        &["0\u{b}"],
        &["-0"],
        &["+0"],
        &["+"],
        &["-"],
        &["--1"],
        &["+-1"],
        &["00"],
        &["0x0"],
        &["0 0"],
        &["\"0\""],
    ];
    for line in *pick(rng, max_ages) {
        response = response.header("Access-Control-Max-Age", *line);
    }
    response
}

/// An answer that is refused in some cases. The cache does not depend on it.
fn actual(rng: &mut Rng, origin: &str) -> Response {
    match rng.u8(..6) {
        0 => empty(200),
        _ => empty(200)
            .header("Access-Control-Allow-Origin", origin)
            .header("Access-Control-Allow-Credentials", "true"),
    }
}

/// Sequences that are written by hand, one for each question about the cache.
pub(crate) fn questions(world: &World, origin: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    let open = |status| {
        empty(status)
            .header("Access-Control-Allow-Origin", origin)
            .header("Access-Control-Allow-Credentials", "true")
    };
    let grant = |methods: &str, headers: &str, max_age: &str| {
        open(204)
            .header("Access-Control-Allow-Methods", methods)
            .header("Access-Control-Allow-Headers", headers)
            .header("Access-Control-Max-Age", max_age)
    };
    let mut add = |preflights: Vec<Response>, wishes: &[(&str, &[&str])]| {
        let url = format!("{}/question/{}", world.api, cases.len());
        let wish = |(method, names): &(&str, &[&str])| {
            let request = Request::new(origin, &url).method(*method);
            names.iter().fold(request, |request, name| request.header(*name, "1"))
        };
        let fetches = wishes.iter().map(wish).collect();
        let endpoints = vec![Endpoint { url: url.clone(), preflights, actuals: vec![open(200)] }];
        cases.push(Case { kind: "questions of caching", fetches, endpoints });
    };
    let put: (&str, &[&str]) = ("PUT", &[]);
    let delete: (&str, &[&str]) = ("DELETE", &[]);
    // Does an answer replace the one before, or add to it?
    add(vec![grant("PUT", "", "600"), grant("DELETE", "", "600")], &[put, delete, put, delete, delete]);
    // Does a request that the entry does not cover remove it, even if its own answer is not kept or refuses it?
    add(
        vec![grant("PUT", "", "600"), grant("DELETE", "", "0"), grant("PUT", "", "600")],
        &[put, put, delete, put, put],
    );
    add(
        vec![grant("PUT", "", "600"), grant("", "", "600"), grant("PUT", "", "600")],
        &[put, delete, put, put],
    );
    // Does an answer that is not kept remove what it grants again?
    for max_age in ["0", "x"] {
        let again = grant("PUT, DELETE", "", max_age);
        add(vec![grant("PUT", "", "600"), again, grant("PUT", "", "600")], &[put, put, delete, put]);
    }
    // Does a cached `*` cover a method, a header, `Authorization`?
    add(vec![grant("*", "*", "600")], &[put, delete, ("GET", &["x-a"]), ("PUT", &["x-a", "x-b"])]);
    let star = || grant("*", "*, authorization", "600");
    add(
        vec![star()],
        &[("PUT", &["authorization"]), ("PUT", &["authorization"]), ("GET", &["authorization", "x-a"])],
    );
    add(
        vec![grant("*", "*", "600"), star()],
        &[put, ("GET", &["authorization"]), ("GET", &["authorization"]), put],
    );
    add(vec![grant("PUT", "*", "600")], &[put, ("PUT", &["authorization"]), put]);
    // An answer that lists everything needs one preflight.
    let wishes: Vec<(&str, &[&str])> = (0..20)
        .map(|index| match index % 4 {
            0 => put,
            1 => delete,
            2 => ("PATCH", &["x-a"][..]),
            _ => ("PUT", &["x-a", "x-b"][..]),
        })
        .collect();
    add(vec![grant("PUT, DELETE, PATCH", "x-a, x-b", "600")], &wishes);
    // An answer that echoes the request needs a preflight each time.
    let echoes = wishes.iter().map(|(method, names)| grant(method, &names.join(","), "600")).collect();
    add(echoes, &wishes);
    // `HEAD` is safelisted, and the answer does not list it. In the second case it does.
    let head = ("HEAD", &["x-a"][..]);
    add(vec![grant("PUT", "x-a", "600")], &[head, head, ("GET", &["x-a"]), ("POST", &["x-a"])]);
    add(vec![grant("HEAD", "x-a", "600")], &[head, head]);
    // Is an answer for requests with credentials used for those without, and the other way round?
    for modes in
        [[CredentialsMode::Include, CredentialsMode::Omit], [CredentialsMode::Omit, CredentialsMode::Include]]
    {
        let mut case = cases[0].clone();
        case.endpoints[0].url += if modes[0] == CredentialsMode::Include { "/include" } else { "/omit" };
        case.fetches = modes
            .map(|mode| Request::new(origin, &case.endpoints[0].url).method("PUT").credentials(mode))
            .to_vec();
        cases.push(case);
    }
    // Does a response that is refused remove the cached answer?
    let mut refused = cases[0].clone();
    refused.endpoints[0].url += "/refused";
    refused.endpoints[0].actuals = vec![open(200), empty(200), open(200)];
    refused.fetches = vec![Request::new(origin, &refused.endpoints[0].url).method("PUT"); 3];
    cases.push(refused);
    // Does the refused response to a request without a preflight remove it? The fragment belongs to the URL of the entry.
    for (fragment, answer) in
        [("", empty(200)), ("#x", empty(200)), ("", open(302).header("Location", "https://["))]
    {
        let mut simple = cases[0].clone();
        let url = format!("{}/simple/{}", simple.endpoints[0].url, cases.len());
        simple.endpoints[0].url.clone_from(&url);
        simple.endpoints[0].actuals = vec![open(200), answer, open(200)];
        let put = || Request::new(origin, &url).method("PUT");
        simple.fetches = vec![put(), Request::new(origin, format!("{url}{fragment}")), put()];
        cases.push(simple);
    }
    // A URL that is longer than the limit of Chromium.
    let mut long = cases[0].clone();
    long.endpoints[0].url += &"a".repeat(1100);
    long.fetches = vec![Request::new(origin, &long.endpoints[0].url).method("PUT"); 2];
    cases.push(long);
    cases.extend(redirected(world, origin));
    cases
}

/// Whether answers are kept for the target of a redirect, with the `Origin` of the page or `null`.
fn redirected(world: &World, origin: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    for allow in ["null", "*", origin] {
        for (first, second) in [(0, 1), (1, 0), (0, 0), (1, 1)] {
            let number = cases.len();
            let (from, to) =
                (format!("{}/through/{number}", world.api), format!("{}/through/{number}", world.cdn));
            let answer = |response: Response, origin: &str| {
                response
                    .header("Access-Control-Allow-Origin", origin)
                    .header("Access-Control-Allow-Methods", "PUT")
                    .header("Access-Control-Max-Age", "600")
            };
            let redirect = answer(empty(307), origin).header("Location", to.clone());
            let urls = [from.clone(), to.clone()];
            let fetches =
                [first, second, first].map(|index| Request::new(origin, &urls[index]).method("PUT"));
            let endpoints = vec![
                Endpoint { url: from, preflights: vec![answer(empty(204), origin)], actuals: vec![redirect] },
                Endpoint {
                    url: to,
                    preflights: vec![answer(empty(204), allow)],
                    actuals: vec![answer(empty(200), allow)],
                },
            ];
            cases.push(Case { kind: "caching and redirects", fetches: fetches.to_vec(), endpoints });
        }
    }
    cases
}
