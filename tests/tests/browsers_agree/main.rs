//! The model of a browser in `cors-core` against the real browsers: a page calls `fetch()`, and a server answers as a case
//! requires. The verdict, the reason, the readable headers and the requests on the wire have to be those of the model.
//!
//! By default, a selection of the cases is run. `CORS_TESTS=all` runs all of them. `CORS_SEEDS` lists the seeds of the
//! generated cases, such as `1,2,3`, and `CORS_CASES` is their number for each seed, 6,000 unless it is set: each of these two
//! variables runs all cases too. The differences between the engines are in `cors_core::browser::Quirks`.

mod caching;
mod case;
mod compare;
mod directed;
mod disagreement;
mod generate;
mod ignored_answers;
mod laboratory;
mod model;
mod observation;
mod reasons;
mod selection;
mod waiting;
mod world;

use std::env;

use case::Case;
use compare::Comparison;
use cors_core::browser::{Engine, Quirks};
use cors_tests::browsers::start;
use cors_tests::{Browser, Options, all_tests, report, skip_unless_all_tests};
use fastrand::Rng;
use laboratory::Laboratory;
use selection::Selection;
use world::World;

/// The number of cases at the same time, if they do not depend on caches.
const LANES: usize = 4;

/// Outcomes that have to occur often. Without them, the comparison would test little.
const OUTCOMES: [&str; 24] = [
    "reads",
    "MissingAllowOriginHeader",
    "WildcardOriginNotAllowed",
    "MultipleAllowOriginValues",
    "InvalidAllowOriginValue",
    "AllowOriginMismatch",
    "InvalidAllowCredentials",
    "PreflightMissingAllowOriginHeader",
    "PreflightWildcardOriginNotAllowed",
    "PreflightMultipleAllowOriginValues",
    "PreflightInvalidAllowOriginValue",
    "PreflightAllowOriginMismatch",
    "PreflightInvalidAllowCredentials",
    "PreflightInvalidStatus",
    "PreflightDisallowedRedirect",
    "InvalidAllowMethodsPreflightResponse",
    "InvalidAllowHeadersPreflightResponse",
    "MethodDisallowedByPreflightResponse",
    "HeaderDisallowedByPreflightResponse",
    "RedirectContainsCredentials",
    "CorsDisabledScheme",
    "net::ERR_INVALID_REDIRECT",
    "net::ERR_UNSAFE_REDIRECT",
    "throws",
];

#[test]
fn chromium_agrees_with_the_model() {
    let quirks = Quirks { wildcard_covers_authorization: false, ..Quirks::CHROMIUM };
    agrees(Engine::Chromium, quirks, &OUTCOMES);
}

#[test]
fn firefox_agrees_with_the_model() {
    if skip_unless_all_tests("firefox_agrees_with_the_model") {
        return;
    }
    agrees(Engine::Firefox, Quirks::FIREFOX, &[]);
}

#[test]
fn webkit_agrees_with_the_model() {
    if skip_unless_all_tests("webkit_agrees_with_the_model") {
        return;
    }
    agrees(Engine::WebKit, Quirks::WEBKIT, &[]);
}

/// The quirks that the tests of the module [`waiting`] show, because time has to pass for them.
const SHOWN_BY_WAITING: [&str; 2] = ["max_age_limit", "max_age_syntax"];

fn agrees(engine: Engine, quirks: Quirks, outcomes: &[&str]) {
    let name = format!("browsers_agree, {engine}");
    let Some(browser) = start(engine, &name, &Options::default()) else { return };
    let runs_all = all_tests() || ["CORS_SEEDS", "CORS_CASES"].iter().any(|name| env::var_os(name).is_some());
    let (seeds, count) = (seeds(), from_environment("CORS_CASES", if runs_all { 6000 } else { 400 }));
    report(&format!("{name}: {}, CORS_SEEDS={} CORS_CASES={count}", browser.version(), join(&seeds)));

    let laboratory = Laboratory::new();
    let world = World::new(|host| laboratory.server.origin(host));
    let mut comparison = Comparison::new(engine, quirks);
    let mut selection = (!runs_all).then(|| Selection::new(engine, quirks, outcomes, &SHOWN_BY_WAITING));
    for (origin, count) in [(world.app.as_str(), count - count / 8), ("null", count / 8)] {
        let groups = groups(&world, origin, &seeds, count);
        let Some(selection) = &mut selection else {
            for Group { cases, sequences } in &groups {
                comparison.run(&mut laboratory.open(&*browser, origin), cases, LANES);
                run_sequences(&mut comparison, &laboratory, &*browser, origin, sequences);
            }
            continue;
        };
        // The selection fits into one page.
        let mut visit = laboratory.open(&*browser, origin);
        for Group { cases, sequences } in groups {
            comparison.run(&mut visit, &selection.of(cases), LANES);
            comparison.run(&mut visit, &selection.of(sequences), 1);
        }
    }
    comparison.print(&name);
    if let Some(selection) = &selection {
        report(&format!("{name}: {selection}. CORS_TESTS=all runs all of them."));
    }
    if laboratory.restarts() > 0 {
        report(&format!("{name}: {} pages stopped, and their cases were repeated", laboratory.restarts()));
    }
    let often = if runs_all { 20.min(count * seeds.len() / 200) } else { 1 };
    comparison.assert(outcomes, often);
    comparison.assert_evidence(&SHOWN_BY_WAITING);
}

/// Cases that are run in the same page, and sequences of fetches that are run one after the other.
struct Group {
    cases: Vec<Case>,
    sequences: Vec<Case>,
}

/// The directed cases, and `count` generated ones for each seed.
fn groups(world: &World, origin: &str, seeds: &[u64], count: usize) -> Vec<Group> {
    let directed =
        Group { cases: directed::cases(world, origin), sequences: caching::questions(world, origin) };
    let generated = |seed: &u64| {
        let rng = &mut Rng::with_seed(*seed);
        let cases = (0..count).map(|number| generate::case(rng, world, origin, number)).collect();
        let sequences = (0..count / 5).map(|number| caching::generated(rng, world, origin, number)).collect();
        Group { cases, sequences }
    };
    [directed].into_iter().chain(seeds.iter().map(generated)).collect()
}

/// Compares Chromium without the flag that makes it follow the standard in `wildcard_covers_authorization`.
#[test]
fn chromium_agrees_with_the_model_without_a_flag() {
    let options = Options { wildcard_covers_authorization: true, ..Options::default() };
    let name = "browsers_agree, Chromium without a flag";
    if skip_unless_all_tests(name) {
        return;
    }
    let Some(browser) = start(Engine::Chromium, name, &options) else { return };
    let laboratory = Laboratory::new();
    let world = World::new(|host| laboratory.server.origin(host));
    let origin = world.app.as_str();
    let mut comparison = Comparison::new(Engine::Chromium, Quirks::CHROMIUM);
    let rng = &mut Rng::with_seed(seeds()[0]);
    let sequences: Vec<_> = (0..200).map(|number| caching::generated(rng, &world, origin, number)).collect();
    run_sequences(&mut comparison, &laboratory, &*browser, origin, &sequences);
    run_sequences(&mut comparison, &laboratory, &*browser, origin, &caching::questions(&world, origin));
    comparison.print(name);
    comparison.assert(&["reads", "HeaderDisallowedByPreflightResponse"], 20);
}

/// Runs one case after the other. The cache of Chromium has 1024 entries, and drops some of them at random when it is full,
/// so each page gets a few cases only.
fn run_sequences(
    comparison: &mut Comparison,
    laboratory: &Laboratory,
    browser: &dyn Browser,
    origin: &str,
    sequences: &[Case],
) {
    for sequences in sequences.chunks(250) {
        comparison.run(&mut laboratory.open(browser, origin), sequences, 1);
    }
}

fn seeds() -> Vec<u64> {
    let list = env::var("CORS_SEEDS").unwrap_or_else(|_| "1".to_owned());
    let seed =
        |text: &str| text.trim().parse().unwrap_or_else(|_| panic!("CORS_SEEDS has no numbers: {list}"));
    list.split(',').map(seed).collect()
}

fn join(seeds: &[u64]) -> String {
    seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(",")
}

fn from_environment<T: std::str::FromStr>(name: &str, default: T) -> T {
    match env::var(name) {
        Ok(value) => value.parse().unwrap_or_else(|_| panic!("{name} has to be a number, and is `{value}`")),
        Err(_) => default,
    }
}
