//! How long an answer to a preflight is kept at most, measured by waiting.
//!
//! Firefox and Chromium keep answers for a day and for two hours, which no test waits for.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cors_core::browser::{Engine, Response};
use cors_tests::browsers::start;
use cors_tests::{Options, Page, Server, report};
use serde_json::json;

/// Shortly before and shortly after the limit of WebKit.
const BEFORE: Duration = Duration::from_secs(590);
const AFTER: Duration = Duration::from_secs(606);

/// `CORS_BROWSER=required cargo test -p cors-tests --test browsers_agree -- --ignored waiting`
#[test]
#[ignore = "takes ten minutes"]
fn webkit_asks_again_after_ten_minutes_and_the_others_do_not() {
    let options = Options { wildcard_covers_authorization: true, ..Options::default() };
    thread::scope(|scope| {
        for engine in Engine::BROWSERS {
            let options = &options;
            scope.spawn(move || {
                let Some(browser) = start(engine, "waiting", options) else { return };
                let preflights = Arc::new(AtomicUsize::new(0));
                let counter = Arc::clone(&preflights);
                let server = Server::start(move |request| {
                    if request.is_preflight() {
                        counter.fetch_add(1, Ordering::SeqCst);
                    }
                    Response::new(200)
                        .header("Content-Type", "text/html")
                        .header("Content-Length", "0")
                        .header("Access-Control-Allow-Origin", "*")
                        .header("Access-Control-Allow-Methods", "PUT")
                        .header("Access-Control-Max-Age", "900")
                });
                let page = browser.open(&server.url("app.site.example", "/"));
                // Counts the preflights of one request.
                let ask = |page: &dyn Page, path: &str| {
                    let before = preflights.load(Ordering::SeqCst);
                    let url = json!(server.url("api.site.example", path));
                    let init = "{ method: 'PUT', credentials: 'omit' }";
                    assert_eq!(page.run(&format!("return (await fetch({url}, {init})).status;")), 200);
                    preflights.load(Ordering::SeqCst) - before
                };
                // A new page in Firefox forgets the answers to its first two preflights.
                for path in ["/first", "/second", "/third"] {
                    ask(&*page, path);
                }
                let start = Instant::now();
                assert_eq!((ask(&*page, "/early"), ask(&*page, "/late")), (1, 1), "{engine}");
                thread::sleep(BEFORE.saturating_sub(start.elapsed()));
                let early = ask(&*page, "/early");
                thread::sleep(AFTER.saturating_sub(start.elapsed()));
                let late = ask(&*page, "/late");
                let (version, before, after) = (browser.version(), BEFORE.as_secs(), AFTER.as_secs());
                report(&format!(
                    "waiting: {version}, Access-Control-Max-Age: 900: {early} preflights after {before} s, {late} after {after} s"
                ));
                let limit = engine.quirks().max_age_limit;
                assert_eq!(early, usize::from(limit < BEFORE), "{engine}");
                assert_eq!(late, usize::from(limit < AFTER), "{engine}");
            });
        }
    });
}
