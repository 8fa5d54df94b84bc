//! The pages of the two tenants, in real browsers.

use cors_core::browser::Engine;
use cors_tests::browsers::{self, Browser, Options, Page};
use cors_tests::skip_unless_all_tests;
use serde_json::{Value, json};

use crate::program::Program;

#[test]
fn a_tenants_page_can_read_its_own_data_and_not_that_of_another() {
    let test = "a_tenants_page_can_read_its_own_data_and_not_that_of_another";
    if skip_unless_all_tests(test) {
        return;
    }
    for engine in Engine::BROWSERS {
        if let Some(browser) = browsers::start(engine, test, &Options::default()) {
            pages_of_two_tenants(&*browser);
        }
    }
}

fn pages_of_two_tenants(browser: &dyn Browser) {
    let (program, _folder) = Program::with_file();
    let globex_site = program.site("globex");
    let (acme, globex) = (browser.open(&program.site("acme")), browser.open(&globex_site));

    assert_eq!(table(&*acme), json!({ "acme": "read", "globex": "refused" }));
    assert_eq!(table(&*globex), json!({ "acme": "refused", "globex": "read" }));
    let shown = acme.run("return document.body.innerText;");
    let shown = shown.as_str().expect("text");
    assert!(shown.contains("an anvil, rocket skates") && !shown.contains("weather"), "{shown}");

    // A request that changes data does not reach the handler. The page of the tenant itself can send it.
    let order = |page: &dyn Page| {
        page.run(&format!(
            "const url = '{}/t/acme/orders';
             const body = JSON.stringify({{ item: 'a giant magnet' }});
             const headers = {{ 'content-type': 'application/json' }};
             try {{ return (await fetch(url, {{ method: 'POST', body, headers, credentials: 'include' }})).status; }}
             catch {{ return 'refused'; }}",
            program.api()
        ))
    };
    assert_eq!(order(&*globex), "refused");
    assert_eq!(order(&*acme), 201);

    // A page cannot use the admin API, not even the page of a tenant on the same host.
    let attempt = |page: &dyn Page, mode: &str| {
        page.run(&format!(
            "const body = JSON.stringify({{ origins: [location.origin] }});
             const headers = {{ 'content-type': 'application/json' }};
             const options = {{ method: 'PUT', body, headers, mode: '{mode}' }};
             try {{ await fetch('{}/tenants/globex', options); return 'read'; }} catch {{ return 'refused'; }}",
            program.admin()
        ))
    };
    assert_eq!((attempt(&*acme, "cors"), attempt(&*acme, "no-cors")), (json!("refused"), json!("refused")));

    // A change applies to open pages without a restart.
    let one = json!({ "origin": globex_site });
    assert_eq!(program.admin_send("POST", "/tenants/acme/origins", Some(one)).status, 200);
    assert_eq!(table(&*globex), json!({ "acme": "read", "globex": "read" }));
    assert_eq!(table(&*acme), json!({ "acme": "read", "globex": "refused" }));
    let target = format!("/tenants/acme/origins?origin={globex_site}");
    assert_eq!(program.admin_send("DELETE", &target, None).status, 200);
    assert_eq!(table(&*globex), json!({ "acme": "refused", "globex": "read" }));
}

/// The content of the page after its next two rounds of requests. The first of them may have begun before a change.
fn table(page: &dyn Page) -> Value {
    page.run(
        "const round = () => Number(document.body.dataset.round ?? 0);
         const target = round() + 2;
         while (round() < target) await new Promise((resolve) => setTimeout(resolve, 20));
         const rows = [...document.querySelectorAll('tr[data-tenant]')];
         return Object.fromEntries(rows.map((row) => [row.dataset.tenant, row.dataset.result]));",
    )
}
