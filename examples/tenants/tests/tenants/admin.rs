//! The admin API, with an SQLite file.

use serde_json::{Value, json};

use crate::program::{Program, json};

const ACME: &str = "https://acme.example";

#[test]
fn a_change_is_in_force_when_the_admin_api_answers() {
    let (program, _folder) = Program::with_file();
    assert!(!program.grants("acme", ACME));

    let answer = program.put("acme", &[ACME, "https://*.acme.dev"]);
    assert_eq!(answer.status, 200);
    let answer = json(&answer);
    assert_eq!(answer["origins"], json!([ACME, "https://*.acme.dev"]));
    assert_eq!(answer["in_force_here"], true);
    assert!(program.grants("acme", ACME) && program.grants("acme", "https://eu.acme.dev"));
    assert!(!program.grants("globex", ACME), "the data of another tenant");

    let one = json!({ "origin": "https://other.example" });
    assert_eq!(program.admin_send("POST", "/tenants/acme/origins", Some(one)).status, 200);
    assert!(program.grants("acme", ACME) && program.grants("acme", "https://other.example"));

    let target = format!("/tenants/acme/origins?origin={ACME}");
    assert_eq!(program.admin_send("DELETE", &target, None).status, 200);
    assert!(!program.grants("acme", ACME) && program.grants("acme", "https://other.example"));

    assert_eq!(program.admin_send("DELETE", "/tenants/acme", None).status, 200);
    assert!(!program.grants("acme", "https://other.example"));
}

#[test]
fn invalid_origins_are_answered_with_all_violations_and_nothing_is_changed() {
    let (program, _folder) = Program::with_file();
    program.put("acme", &[ACME]);
    let response =
        program.put("acme", &["https://b.example", "https://acme.example/", "http://acme.example"]);
    assert_eq!(response.status, 422);
    let answer = json(&response);
    let violations = answer["violations"].as_array().expect("a list");
    let found: Vec<(&Value, &Value)> = violations.iter().map(|v| (&v["index"], &v["code"])).collect();
    assert_eq!(
        found,
        [(&json!(1), &json!("origin-path")), (&json!(2), &json!("credentials-insecure-origin"))]
    );
    assert_eq!(violations[0]["origin"], "https://acme.example/");
    assert_eq!(violations[0]["correction"], ACME);
    for part in ["message", "reason", "help"] {
        assert!(violations[0][part].as_str().is_some_and(|text| !text.is_empty()), "{part}");
    }
    assert!(program.grants("acme", ACME) && !program.grants("acme", "https://b.example"));

    let wildcard = json!({ "origin": "*" });
    assert_eq!(program.admin_send("POST", "/tenants/acme/origins", Some(wildcard)).status, 422);
    assert!(!program.grants("acme", "https://evil.example"));
}

#[test]
fn the_list_has_pages() {
    let (program, _folder) = Program::with_file();
    for tenant in ["a", "b", "c"] {
        program.put(tenant, &[ACME]);
    }
    let page = |target: &str| json(&program.admin_send("GET", target, None));
    let names = |page: &Value| -> Vec<String> {
        let tenants = page["tenants"].as_array().expect("a list").iter();
        tenants.map(|tenant| tenant["tenant"].as_str().expect("a name").to_owned()).collect()
    };
    let all = page("/tenants");
    assert_eq!(
        (names(&all), &all["next"]),
        (["a", "acme", "b", "c", "globex"].map(String::from).into(), &json!(null))
    );
    assert_eq!(all["tenants"][0], json!({ "tenant": "a", "origins": [ACME] }));
    let first = page("/tenants?limit=2");
    assert_eq!((names(&first), &first["next"]), (vec!["a".to_owned(), "acme".into()], &json!("acme")));
    assert_eq!(names(&page("/tenants?limit=2&after=acme")), ["b", "c"]);
}

#[test]
fn a_name_with_special_characters_is_refused() {
    let (program, _folder) = Program::with_file();
    for name in ["ACME", "a.b", "-a", "%61%2F%62", "a%20b", &"x".repeat(64)] {
        let response = program.put(name, &[ACME]);
        assert_eq!(response.status, 400, "{name}");
        assert!(json(&response)["error"].as_str().is_some_and(|error| error.contains("name of a tenant")));
    }
}

#[test]
fn tenants_are_kept_when_the_process_ends_and_the_examples_are_added_once() {
    let (program, folder) = Program::with_file();
    let acme = program.site("acme");
    assert!(program.grants("acme", &acme) && !program.grants("globex", &acme));
    program.put("acme", &[ACME]);
    program.admin_send("DELETE", "/tenants/globex", None);
    let version = program.health()["version"].clone();
    drop(program);
    let program = Program::start(&folder.url());
    assert!(program.grants("acme", ACME) && !program.grants("acme", &program.site("acme")));
    assert_eq!((&program.health()["tenants"], &program.health()["version"]), (&json!(1), &version));
}

#[test]
fn health_and_metrics_contain_the_number_of_tenants_the_version_and_the_age_of_the_data() {
    let (program, _folder) = Program::with_file();
    let before = program.health();
    assert_eq!((&before["tenants"], &before["invalid_tenants"]), (&json!(2), &json!(0)));
    assert_eq!(before["database"], "reachable");
    program.put("initech", &["https://initech.example"]);
    let after = program.health();
    assert_eq!(after["tenants"], 3);
    assert!(after["version"].as_i64() > before["version"].as_i64());
    // The process queries the database twice a second.
    assert!(after["age_seconds"].as_f64().is_some_and(|age| (0.0..5.0).contains(&age)), "{after}");

    let metrics = program.admin_send("GET", "/metrics", None);
    assert_eq!(metrics.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let value = |name: &str| -> f64 {
        let line = metrics.body.lines().find_map(|line| line.strip_prefix(&format!("{name} ")));
        line.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("{name}: {}", metrics.body))
    };
    assert_eq!(value("tenants"), 3.0);
    assert_eq!(value("tenants_invalid"), 0.0);
    assert_eq!(value("tenants_database_reachable"), 1.0);
    assert_eq!(Some(value("tenants_version")), after["version"].as_f64());
    assert!((0.0..5.0).contains(&value("tenants_age_seconds")));
}

#[test]
fn the_commands_in_the_greeting_have_the_described_effect() {
    let (program, _folder) = Program::with_file();
    let globex = program.site("globex");
    let lines: Vec<String> =
        program.greeting.lines().filter(|line| line.contains("curl")).map(str::to_owned).collect();
    assert!(!program.grants("acme", &globex));
    curl(&lines[0]);
    assert!(program.grants("acme", &globex));
    curl(&lines[1]);
    assert!(!program.grants("acme", &globex));
    assert!(curl(&lines[2]).contains("origin-path"));
}

/// Sends the request of a `curl` command. A shell splits the command into arguments.
fn curl(line: &str) -> String {
    use cors_tests::http::{Connection, Request};
    let script = format!("curl() {{ printf '%s\\n' \"$@\"; }}\n{line}");
    let output = std::process::Command::new("sh").args(["-c", &script]).output().expect("a shell");
    let arguments = String::from_utf8(output.stdout).expect("text");
    let mut arguments = arguments.lines();
    let (mut method, mut header, mut body, mut url) = ("", None, "", "");
    while let Some(argument) = arguments.next() {
        match argument {
            "-X" => method = arguments.next().expect("a method"),
            "-H" => header = arguments.next().and_then(|header| header.split_once(": ")),
            "-d" => (method, body) = ("POST", arguments.next().expect("a body")),
            argument => url = argument,
        }
    }
    let (authority, path) = url.trim_start_matches("http://").split_once('/').expect("a path");
    let mut request = Request::new(method, &format!("/{path}")).body(body);
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    let stream =
        std::net::TcpStream::connect(authority.replace("localhost", "127.0.0.1")).expect("a listener");
    Connection::new(stream, authority).send(&request).body
}
