//! Firefox ignores cached answers to preflights twice.
//!
//! In each of its processes for content, the first request that a cached answer covers needs a preflight all the same, and
//! so does the second one. After each of them, no older answer is used any more. Then the cache works as in the model.
//! Firefox has a process for each site in each container, so this happens once for each site in a session. The reason is not
//! known. It was seen in Firefox 153 without automation too, with one of its own profiles and without preferences.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cors_core::browser::{Engine, Response};
use cors_tests::browsers::start;
use cors_tests::{Options, Server, skip_unless_all_tests};
use serde_json::json;

/// Whether each request needs a preflight, in a page without any answer.
fn predicted(paths: &[&'static str]) -> Vec<usize> {
    let (mut cached, mut ignored) = (Vec::new(), 0);
    let preflight = |path: &&'static str| {
        let is_covered = cached.contains(path);
        if is_covered && ignored < 2 {
            ignored += 1;
            cached.clear();
        } else if is_covered {
            return 0;
        }
        cached.push(*path);
        1
    };
    paths.iter().map(preflight).collect()
}

#[test]
fn firefox_ignores_cached_answers_twice_for_each_site() {
    let name = "answers that Firefox ignores";
    if skip_unless_all_tests(name) {
        return;
    }
    let Some(firefox) = start(Engine::Firefox, name, &Options::default()) else { return };
    let preflights = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&preflights);
    let server = Server::start(move |request| {
        counter.fetch_add(usize::from(request.is_preflight()), Ordering::SeqCst);
        Response::new(200)
            .header("Content-Type", "text/html")
            .header("Content-Length", "0")
            .header("Access-Control-Allow-Origin", "*")
            .header("Access-Control-Allow-Methods", "PUT")
            .header("Access-Control-Max-Age", "600")
    });
    for paths in [
        &["a", "a", "a", "a", "b", "b"][..],
        &["a", "b", "c", "a", "b", "c", "a", "b", "c", "a", "b", "c"],
        &["a", "a", "b", "b", "a", "b", "a"],
        &["a", "b", "c", "d", "e", "e", "e", "d", "c", "a", "a"],
    ] {
        let page = firefox.open(&server.url("app.site.example", "/"));
        let seen = paths.iter().map(|path| {
            let before = preflights.load(Ordering::SeqCst);
            let url = json!(server.url("api.site.example", &format!("/{path}")));
            page.run(&format!("await fetch({url}, {{ method: 'PUT', credentials: 'omit' }});"));
            preflights.load(Ordering::SeqCst) - before
        });
        assert_eq!(seen.collect::<Vec<_>>(), predicted(paths), "{paths:?}");
    }
}
