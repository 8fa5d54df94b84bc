//! Rows that another program writes.

use serde_json::json;

use crate::postgres::Postgres;
use crate::program::{Program, json, wait_until};

const ACME: &str = "https://acme.example";
const NEW: &str = "https://new.example";

#[test]
fn rows_that_another_program_writes_into_the_file_apply_within_a_second() {
    let (program, folder) = Program::with_file();
    another_program_writes(&program, &|statement| folder.execute(statement));
}

#[test]
fn rows_that_another_program_writes_into_postgresql_apply_within_a_second() {
    let name = "rows_that_another_program_writes_into_postgresql_apply_within_a_second";
    let Some(postgres) = Postgres::start(name) else { return };
    let program = Program::start(&postgres.url());
    another_program_writes(&program, &|statement| postgres.execute(statement));

    // With PostgreSQL only, all rows are removed with one statement.
    program.put("acme", &[ACME]);
    postgres.execute("TRUNCATE tenant_origins");
    let took = wait_until("the removal", || !program.grants("acme", ACME));
    assert!(took.as_secs_f64() < 1.0, "{took:?}");
    assert_eq!(program.health()["tenants"], 0);
}

fn another_program_writes(program: &Program, execute: &dyn Fn(&str)) {
    program.put("acme", &[ACME]);
    let step = |statement: &str, what: &str, is_so: &dyn Fn() -> bool| {
        assert!(!is_so(), "{what}");
        execute(statement);
        let took = wait_until(what, is_so);
        assert!(took.as_secs_f64() < 1.0, "{what}: {took:?}");
    };
    step(
        "INSERT INTO tenant_origins VALUES ('acme', 'https://new.example'), ('initech', 'https://initech.example')",
        "the insertion",
        &|| program.grants("acme", NEW) && program.grants("initech", "https://initech.example"),
    );
    step("UPDATE tenant_origins SET tenant = 'hooli' WHERE tenant = 'initech'", "the update", &|| {
        program.grants("hooli", "https://initech.example")
            && !program.grants("initech", "https://initech.example")
    });
    step("DELETE FROM tenant_origins WHERE origin = 'https://new.example'", "the deletion", &|| {
        !program.grants("acme", NEW)
    });
    assert!(program.grants("acme", ACME));
}

#[test]
fn a_tenant_with_invalid_rows_in_the_file_keeps_its_last_valid_origins() {
    let (program, folder) = Program::with_file();
    invalid_rows(&program, &|statement| folder.execute(statement));
}

#[test]
fn a_tenant_with_invalid_rows_in_postgresql_keeps_its_last_valid_origins() {
    let name = "a_tenant_with_invalid_rows_in_postgresql_keeps_its_last_valid_origins";
    let Some(postgres) = Postgres::start(name) else { return };
    let program = Program::start(&postgres.url());
    invalid_rows(&program, &|statement| postgres.execute(statement));

    // A process that starts now has no valid origins for the tenant, and serves the others.
    postgres.execute("INSERT INTO tenant_origins VALUES ('acme', 'https://acme.example/')");
    let second = Program::start(&postgres.url());
    assert!(!second.grants("acme", ACME) && second.grants("umbrella", "https://umbrella.example"));
    wait_until("the error", || second.log_with("https://acme.example/").len() == 1);
}

fn invalid_rows(program: &Program, execute: &dyn Fn(&str)) {
    program.put("acme", &[ACME]);
    execute(
        "INSERT INTO tenant_origins VALUES ('acme', 'https://acme.example/'), ('acme', 'https://valid.example'), \
         ('umbrella', 'https://umbrella.example')",
    );
    wait_until("the valid rows", || program.grants("umbrella", "https://umbrella.example"));
    wait_until("the number", || program.health()["invalid_tenants"] == 1);
    assert!(program.grants("acme", ACME) && !program.grants("acme", "https://valid.example"));
    wait_until("the error", || !program.log_with("ERROR").is_empty());
    let errors = program.log_with("ERROR");
    for part in [
        "(acme, \"https://acme.example/\")",
        "tenant_origins",
        "origin-path",
        "help: write \"https://acme.example\"",
    ] {
        assert!(errors[0].contains(part), "{part}: {errors:?}");
    }
    let list = json(&program.admin_send("GET", "/tenants?after=ac&limit=1", None));
    assert_eq!(list["tenants"][0]["violations"][0]["code"], "origin-path");

    // A change of another tenant does not repeat the error, and a repaired tenant has its new origins.
    program.put("initech", &["https://initech.example"]);
    execute("DELETE FROM tenant_origins WHERE origin = 'https://acme.example/'");
    wait_until("the repaired rows", || program.grants("acme", "https://valid.example"));
    assert_eq!(program.health()["invalid_tenants"], json!(0));
    assert_eq!(program.log_with("ERROR").len(), 1);
}
