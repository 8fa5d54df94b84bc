//! Redirects, as the engines follow them.

use cors_core::browser::Response;
use cors_tests::Server;

use crate::program::{APP, doctor};

fn allowed(status: u16) -> Response {
    Response::new(status)
        .header("Content-Length", "0")
        .header("Access-Control-Allow-Origin", "*")
        .header("Access-Control-Allow-Methods", "PUT")
        .header("Access-Control-Allow-Headers", "x-a")
}

#[test]
fn a_redirected_preflight_is_blocked_and_the_location_is_shown() {
    let server = Server::start(|_| allowed(308).header("Location", "/items/1/"));
    let run = doctor(&["PUT", &server.url("127.0.0.1", "/items/1"), "--origin", APP]);
    assert_eq!(run.status, 1);
    assert!(run.stdout.contains("blocked (PreflightDisallowedRedirect)"), "{}", run.stdout);
    assert!(run.stdout.contains("\n    location: /items/1/\n              ^^^^^^^^^\n"), "{}", run.stdout);
}

#[test]
fn a_redirect_is_followed_with_a_preflight_to_its_target_and_the_origin_null() {
    let target = Server::start(|_| allowed(200));
    let to = target.url("127.0.0.1", "/there");
    let server = Server::start(move |request| match request.is_preflight() {
        true => allowed(204),
        false => allowed(307).header("Location", to.clone()),
    });
    let url = server.url("127.0.0.1", "/here");
    let run = doctor(&["GET", &url, "--origin", APP, "-H", "x-a: 1", "--json"]);
    assert_eq!((run.status, run.verdicts()), (0, vec!["readable".to_owned(); 3]));
    let json = run.json();
    let exchanges = json["exchanges"].as_array().unwrap().iter();
    let origin = |request: &serde_json::Value| {
        let headers = request["headers"].as_array().unwrap();
        headers.iter().find(|header| header[0] == "Origin").unwrap()[1].as_str().unwrap().to_owned()
    };
    let asked: Vec<String> = exchanges
        .map(|exchange| {
            let request = &exchange["request"];
            let path = request["url"].as_str().unwrap().rsplit('/').next().unwrap();
            format!("{} {path} {}", request["method"].as_str().unwrap(), origin(request))
        })
        .collect();
    let app = APP;
    assert_eq!(
        asked,
        [
            format!("OPTIONS here {app}"),
            format!("GET here {app}"),
            "OPTIONS there null".to_owned(),
            "GET there null".to_owned(),
            // Firefox sends the page's origin with this preflight.
            format!("OPTIONS there {app}")
        ]
    );
}

#[test]
fn a_circle_of_redirects_ends() {
    let server = Server::start(|_| allowed(302).header("Location", "/again"));
    let run = doctor(&["GET", &server.url("127.0.0.1", "/again"), "--origin", APP, "--json"]);
    assert_eq!((run.status, run.verdicts()), (1, vec!["blocked TooManyRedirects".to_owned(); 3]));
    assert_eq!(run.json()["exchanges"].as_array().unwrap().len(), 21, "the engines share the exchanges");
}

#[test]
fn a_redirect_to_an_insecure_server_is_mixed_content_and_is_not_followed() {
    // The page has https, and the first server is on this machine.
    let server = Server::start(|_| allowed(302).header("Location", "http://api.example.com/"));
    let run = doctor(&["GET", &server.url("127.0.0.1", "/"), "--origin", APP, "--json"]);
    assert_eq!((run.status, run.verdicts()), (1, vec!["mixed-content".to_owned(); 3]));
    assert_eq!(run.json()["exchanges"].as_array().unwrap().len(), 1);
}
