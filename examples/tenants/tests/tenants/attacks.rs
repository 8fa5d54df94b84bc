//! Attacks of a foreign page on the admin API.

use cors_tests::http::Request;

use crate::program::Program;

const EVIL: &str = "https://evil.example";

fn change() -> Request {
    Request::new("PUT", "/tenants/acme").body(r#"{"origins":["https://evil.example"]}"#)
}

fn json_change() -> Request {
    change().header("Content-Type", "application/json")
}

#[test]
fn the_admin_api_refuses_what_a_foreign_page_can_cause() {
    let (program, _folder) = Program::with_file();
    let port = program.admin().rsplit(':').next().expect("a port").to_owned();
    let own = format!("http://localhost:{port}");
    let (acme, other_port) = (program.site("acme"), "http://localhost:1".to_owned());
    let attempts = [
        // DNS rebinding: the name of the attacker points to this machine.
        (421, json_change().host("evil.example")),
        (421, json_change().host(&format!("evil.example:{port}"))),
        (421, json_change().host("localhost")),
        (421, json_change().host(&format!("localhost.evil.example:{port}"))),
        (400, json_change().host(&format!("localhost:{port}")).host("evil.example")),
        (421, Request::get("/tenants").host("evil.example")),
        (421, Request::get("/health").host("evil.example")),
        (421, Request::get(&format!("http://evil.example:{port}/tenants"))),
        // Another origin, with or without Fetch Metadata.
        (403, json_change().origin(EVIL)),
        (403, json_change().origin("null")),
        (403, json_change().origin(&acme)),
        (403, json_change().origin(&other_port)),
        (403, json_change().origin(&own).origin(EVIL)),
        (403, json_change().origin(EVIL).header("Sec-Fetch-Site", "cross-site")),
        (403, json_change().origin(&acme).header("Sec-Fetch-Site", "same-site")),
        (403, json_change().header("Sec-Fetch-Site", "none")),
        (403, json_change().header("Sec-Fetch-Site", "same-origin").header("Sec-Fetch-Site", "cross-site")),
        (403, Request::get("/tenants").header("Sec-Fetch-Site", "cross-site")),
        (403, Request::get("/tenants").origin(EVIL)),
        (403, Request::new("DELETE", "/tenants/acme").origin(EVIL)),
        // Preflights.
        (403, Request::preflight(EVIL, "PUT", "/tenants/acme")),
        (403, Request::preflight(&acme, "DELETE", "/tenants/acme")),
        // A request that a form can send, as if it came from this origin.
        (400, change()),
        (400, change().header("Content-Type", "text/plain")),
        (400, change().header("Content-Type", "application/x-www-form-urlencoded")),
        (400, change().header("Content-Type", "text/plain; application/json")),
    ];
    for (status, request) in attempts {
        let response = program.connect_admin().send(&request);
        assert_eq!(response.status, status, "{request:?}");
        assert_eq!(response.cors_headers(), Vec::<&str>::new(), "{request:?}");
        assert!(!response.body.contains("acme"), "{request:?}");
    }
    assert!(!program.grants("acme", EVIL) && program.grants("acme", &acme));

    // Requests from the address bar, and from a page of this origin, which a later version could have.
    for request in [
        Request::get("/tenants").header("Sec-Fetch-Site", "none"),
        Request::get("/tenants").host(&format!("[::1]:{port}")),
        json_change().origin(&own).header("Sec-Fetch-Site", "same-origin"),
        json_change().origin(&own).host(&format!("localhost:{port}")),
    ] {
        assert_eq!(program.connect_admin().send(&request).status, 200, "{request:?}");
    }
}

#[test]
fn the_tenants_api_runs_no_handler_for_a_page_of_another_tenant() {
    let (program, _folder) = Program::with_file();
    let (acme, globex) = (program.site("acme"), program.site("globex"));
    let order = |origin: &str| {
        let body = r#"{"item":"a giant magnet"}"#;
        let request = Request::new("POST", "/t/acme/orders").origin(origin);
        program.connect_api().send(&request.header("Content-Type", "application/json").body(body)).status
    };
    let orders = || program.connect_api().send(&Request::get("/t/acme/orders")).body;
    assert_eq!(order(&globex), 403);
    assert!(!orders().contains("magnet"));
    assert_eq!(order(&acme), 201);
    assert!(orders().contains("magnet"));
}

#[test]
fn a_large_body_is_refused() {
    let (program, _folder) = Program::with_file();
    let origins = vec![r#""https://a.example""#; 10_000].join(",");
    let request = Request::new("PUT", "/tenants/acme").header("Content-Type", "application/json");
    let response = program.connect_admin().send(&request.body(format!(r#"{{"origins":[{origins}]}}"#)));
    assert_eq!(response.status, 413);
}
