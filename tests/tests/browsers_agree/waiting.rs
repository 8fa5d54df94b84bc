//! How long browsers keep an answer to a preflight, tested by waiting.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use cors_core::browser::{CredentialsMode, Engine, PreflightCache, Request, Response, Step, fetch};
use cors_tests::browsers::{Clock, start};
use cors_tests::{Browser, Options, Page, Server, report, skip_unless_all_tests};
use serde_json::json;

use crate::laboratory::warm_up;

/// The lines of `Access-Control-Max-Age`.
const VALUES: [&[&str]; 19] = [
    &[],
    &[""],
    &["0"],
    &["7"],
    &["600"],
    &["00600"],
    &[" 600 "],
    &["+600"],
    &["-600"],
    &["x"],
    &["600x"],
    &["600.5"],
    &["6e2"],
    &["600, 600"],
    &["600", "600"],
    &["\u{b}600"],
    &["9223372036854775807"],
    &["9223372036854775808"],
    &["99999999999999999999"],
];

fn allow() -> Response {
    Response::new(200)
        .header("Content-Type", "text/html")
        .header("Content-Length", "0")
        .header("Access-Control-Allow-Origin", "*")
        .header("Access-Control-Allow-Methods", "PUT")
}

fn with_max_age(lines: &[&str]) -> Response {
    lines.iter().fold(allow(), |response, line| response.header("Access-Control-Max-Age", *line))
}

/// An open page, and a server that counts the preflights for each path.
struct Waiting {
    page: Box<dyn Page>,
    server: Server,
    preflights: Arc<Mutex<HashMap<String, usize>>>,
}

impl Waiting {
    fn new(browser: &dyn Browser, answer: impl Fn(&str) -> Response + Send + Sync + 'static) -> Self {
        let preflights: Arc<Mutex<HashMap<String, usize>>> = Arc::default();
        let counts = Arc::clone(&preflights);
        let server = Server::start(move |request| {
            if request.is_preflight() {
                *counts.lock().expect("no panic").entry(request.target().to_owned()).or_default() += 1;
            }
            answer(request.target())
        });
        let page = browser.open(&server.url("app.site.example", "/600"));
        if browser.engine() == Engine::Firefox {
            warm_up(&*page, &server.url("api.site.example", "/600"));
        }
        Self { page, server, preflights }
    }

    /// Sends a request to each path, and returns the number of preflights for each.
    fn ask(&self, paths: &[String]) -> Vec<usize> {
        self.preflights.lock().expect("no panic").clear();
        let urls: Vec<String> = paths.iter().map(|path| self.server.url("api.site.example", path)).collect();
        let body = format!(
            "for (const url of {}) await fetch(url, {{ method: 'PUT', credentials: 'omit' }});",
            json!(urls)
        );
        self.page.run(&body);
        let preflights = self.preflights.lock().expect("no panic");
        paths.iter().map(|path| preflights.get(path).copied().unwrap_or_default()).collect()
    }
}

/// The number of preflights in the model, for requests at these times.
fn predicted(engine: Engine, answer: &Response, times: &[Duration]) -> Vec<usize> {
    let mut cache = PreflightCache::new(engine);
    let send = |now: &Duration| {
        let request = Request::new("https://app.example.com", "https://api.example.com/")
            .method("PUT")
            .credentials(CredentialsMode::Omit);
        match fetch(request, &mut cache, *now) {
            Step::Preflight(preflight) => {
                preflight.answer(answer, &mut cache, *now);
                1
            }
            _ => 0,
        }
    };
    times.iter().map(send).collect()
}

/// Runs a test in all browsers at the same time. Each has a clock of its own.
fn in_every_browser(name: &str, test: impl Fn(&dyn Browser, &Clock) + Sync) {
    thread::scope(|scope| {
        for engine in Engine::BROWSERS {
            let test = &test;
            scope.spawn(move || {
                let clock = Clock::new();
                let environment = clock.environment();
                let options =
                    Options { wildcard_covers_authorization: true, environment, ..Options::default() };
                if let Some(browser) = start(engine, name, &options) {
                    test(&*browser, &clock);
                }
            });
        }
    });
}

#[test]
fn browsers_read_max_age_as_the_model_does() {
    // More than the five seconds for which an answer is kept by default, and more than the 7 of one case.
    const WAIT: Duration = Duration::from_secs(9);
    let name = "browsers_agree, Access-Control-Max-Age";
    if skip_unless_all_tests(name) {
        return;
    }
    in_every_browser(name, |browser, _| {
        let waiting = Waiting::new(browser, |path| {
            match path.trim_start_matches('/').parse::<usize>().ok().and_then(|number| VALUES.get(number)) {
                Some(lines) => with_max_age(lines),
                None => with_max_age(&["600"]),
            }
        });
        let paths: Vec<String> = (0..VALUES.len()).map(|number| format!("/{number}")).collect();
        let start = Instant::now();
        let (first, second) = (waiting.ask(&paths), waiting.ask(&paths));
        assert!(start.elapsed() < Duration::from_secs(5), "the machine is too slow for this test");
        thread::sleep(WAIT);
        let third = waiting.ask(&paths);
        for (number, lines) in VALUES.into_iter().enumerate() {
            let seen = [first[number], second[number], third[number]];
            let engine = browser.engine();
            let model = predicted(engine, &with_max_age(lines), &[Duration::ZERO, Duration::ZERO, WAIT]);
            assert_eq!(seen.as_slice(), model, "{engine}: {lines:?}");
        }
    });
}

/// The clocks of the browsers are moved to a minute before and after the ends of the answers.
#[test]
fn browsers_keep_answers_as_long_as_the_model_does() {
    const MINUTE: Duration = Duration::from_secs(60);
    const SHORT: Duration = Duration::from_secs(300);
    let name = "browsers_agree, limits of the preflight cache";
    if skip_unless_all_tests(name) {
        return;
    }
    in_every_browser(name, |browser, clock| {
        let engine = browser.engine();
        let limit = engine.quirks().max_age_limit;
        // The path is the maximum age and the time of the second request.
        let waiting = Waiting::new(browser, |path| {
            with_max_age(&[path.trim_start_matches('/').split('-').next().unwrap_or_default()])
        });
        let ages = [SHORT, limit, Duration::from_secs(100_000)];
        let times = [SHORT - MINUTE, SHORT + MINUTE, limit - MINUTE, limit + MINUTE];
        let paths = |time: &Duration| ages.map(|age| format!("/{}-{}", age.as_secs(), time.as_secs()));
        let start = Instant::now();
        let first = waiting.ask(&times.iter().flat_map(paths).collect::<Vec<_>>());
        assert!(first.iter().all(|preflights| *preflights == 1), "{engine}: {first:?}");
        assert!(start.elapsed() < MINUTE / 2, "the machine is too slow for this test");
        for time in times {
            clock.set(time.saturating_sub(start.elapsed()));
            let second = waiting.ask(&paths(&time));
            for (age, preflights) in ages.into_iter().zip(second) {
                let value = age.as_secs().to_string();
                let model = predicted(engine, &with_max_age(&[&value]), &[Duration::ZERO, time])[1];
                assert_eq!(preflights, model, "{engine}: Access-Control-Max-Age: {value} after {time:?}");
            }
        }
        report(&format!(
            "{}, by moving its clock: an answer with Access-Control-Max-Age: 100000 is used after {:?}, and not after {:?}",
            browser.version(),
            limit - MINUTE,
            limit + MINUTE
        ));
    });
}
