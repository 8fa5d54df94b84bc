//! Outages of the database.

use std::thread;
use std::time::Duration;

use cors_tests::skip_unless_all_tests;
use serde_json::json;

use crate::postgres::Postgres;
use crate::program::{Program, json, run, wait_until};

const ACME: &str = "https://acme.example";
const GLOBEX: &str = "https://globex.example";

#[test]
fn the_last_known_origins_stay_in_force_and_changes_made_meanwhile_are_loaded() {
    if skip_unless_all_tests("the_last_known_origins_stay_in_force_and_changes_made_meanwhile_are_loaded") {
        return;
    }
    let name = "the_last_known_origins_stay_in_force_and_changes_made_meanwhile_are_loaded";
    let Some(mut postgres) = Postgres::start(name) else { return };
    let program = Program::start(&postgres.url());
    program.put("acme", &[ACME]);
    program.put("globex", &[GLOBEX]);
    let version = program.health()["version"].clone();

    postgres.kill();
    wait_until("the outage is noticed", || program.health()["database"] == "unreachable");
    thread::sleep(Duration::from_secs(2));
    assert!(program.grants("acme", ACME) && program.grants("globex", GLOBEX));
    assert!(!program.grants("acme", GLOBEX));
    let health = program.health();
    assert_eq!((&health["tenants"], &health["version"]), (&json!(2), &version));
    assert!(health["age_seconds"].as_f64() > Some(1.5), "{health}");
    let refused = program.put("acme", &[GLOBEX]);
    assert_eq!(refused.status, 503);
    assert!(json(&refused)["error"].as_str().is_some_and(|error| error.contains("database")));
    assert_eq!(program.admin_send("GET", "/tenants", None).status, 503);
    let lines = program.log_with("cannot be reached");
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("WARN") && lines[0].contains("2 tenants stay in force"), "{lines:?}");

    postgres.execute_unseen(
        "DELETE FROM tenant_origins WHERE tenant = 'globex'; \
         INSERT INTO tenant_origins VALUES ('acme', 'https://new.example')",
    );
    assert!(program.grants("globex", GLOBEX), "the change is not known yet");
    postgres.start_again();
    wait_until("the change is known", || program.grants("acme", "https://new.example"));
    assert!(!program.grants("globex", GLOBEX) && program.grants("acme", ACME));
    wait_until("the end is noticed", || program.log_with("can be reached again").len() == 1);
    assert_eq!(program.health()["database"], "reachable");
    assert_eq!(program.log().len(), 2, "{:?}", program.log());
    assert_eq!(program.put("acme", &[GLOBEX]).status, 200);
    assert!(program.grants("acme", GLOBEX));
}

#[test]
fn a_database_that_was_restored_from_a_backup_is_loaded_completely() {
    let name = "a_database_that_was_restored_from_a_backup_is_loaded_completely";
    if skip_unless_all_tests(name) {
        return;
    }
    let Some(mut postgres) = Postgres::start(name) else { return };
    let program = Program::start(&postgres.url());
    program.put("acme", &[ACME]);
    program.put("globex", &[GLOBEX]);
    postgres.kill();
    wait_until("the outage is noticed", || program.health()["database"] == "unreachable");
    // The version is an old one, and does not show what is in the tables.
    postgres.execute_unseen(
        "DELETE FROM tenant_origins WHERE tenant = 'globex'; INSERT INTO tenant_origins VALUES ('old', 'https://old.example');
         UPDATE tenant_version SET version = 1; UPDATE tenant_changes SET version = 1",
    );
    postgres.start_again();
    wait_until("the old tenant", || program.grants("old", "https://old.example"));
    assert!(program.grants("acme", ACME) && !program.grants("globex", GLOBEX));
    assert_eq!(program.health()["version"], 1);
    assert_eq!(json(&program.put("new", &[GLOBEX]))["in_force_here"], true);
    assert!(program.grants("new", GLOBEX));
}

/// Starts the program, which has to fail, and returns the single line that it printed.
fn failure(database: &str) -> String {
    let output = run(database);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let error = String::from_utf8(output.stderr).expect("text");
    assert_eq!(error.lines().count(), 1, "{error}");
    assert!(error.starts_with("tenants: "), "{error}");
    error
}

#[test]
fn a_start_without_a_database_fails_with_one_line_of_help() {
    let closed =
        std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let error = failure(&format!("postgres://me:secret@{closed}/shop"));
    for part in [&*closed.to_string(), "database shop", "Connection refused", "help: start PostgreSQL there"]
    {
        assert!(error.contains(part), "{part}: {error}");
    }
    assert!(!error.contains("secret"), "{error}");

    let error = failure("sqlite:/nowhere/tenants.sqlite");
    assert!(error.contains("/nowhere/tenants.sqlite") && error.contains("help: name a file"), "{error}");
    let error = failure("mysql://me:secret@localhost/shop");
    assert!(error.contains("sqlite:FILE or postgres://") && !error.contains("secret"), "{error}");
}

#[test]
fn a_start_with_a_missing_database_explains_how_to_create_it() {
    let name = "a_start_with_a_missing_database_explains_how_to_create_it";
    let Some(postgres) = Postgres::start(name) else { return };
    let error = failure(&postgres.url_of("shop"));
    assert!(
        error.contains("\"shop\" does not exist") && error.contains("help: create it: createdb"),
        "{error}"
    );
}
