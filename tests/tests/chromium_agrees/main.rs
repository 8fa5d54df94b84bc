//! The model of a browser in `cors-core` against a real Chromium: a page runs `fetch()` against a server that answers
//! with whatever a case asks for, and verdict, reason, readable headers and the requests on the wire have to be the
//! same on every one.
//!
//! `CORS_SEED` changes the generated cases and `CORS_CASES` how many there are. Chromium's differences from the
//! standard, which the model follows, are listed in the docs of `cors_core::browser::Engine`.

mod browser;
mod caching;
mod case;
mod compare;
mod disagreement;
mod doubts;
mod generate;
mod model;
mod observation;
mod world;

use std::env;

use browser::Laboratory;
use compare::Comparison;
use cors_core::browser::Quirks;
use cors_tests::{Chromium, Options, report};
use fastrand::Rng;
use world::World;

/// Cases side by side, where caches do not matter.
const LANES: usize = 4;

/// What has to come up often for the comparison to mean something.
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
fn agrees_with_the_model() {
    let Some(chromium) = Chromium::start("chromium_agrees", &Options::default()) else { return };
    let (seed, count) = (from_environment("CORS_SEED", 1), from_environment("CORS_CASES", 4000));
    report(&format!("chromium_agrees: {}, CORS_SEED={seed} CORS_CASES={count}", chromium.version()));

    let laboratory = Laboratory::new();
    let world = World::new(|host| laboratory.server.origin(host));
    let quirks = Quirks { wildcard_covers_authorization: false, ..Quirks::CHROMIUM };
    let mut comparison = Comparison::new(quirks);
    for (origin, count) in [(world.app.as_str(), count - count / 8), ("null", count / 8)] {
        let rng = &mut Rng::with_seed(seed);
        let page = laboratory.open(&chromium, origin);
        comparison.run(&laboratory, &page, &doubts::cases(&world, origin), LANES);
        let generated: Vec<_> =
            (0..count).map(|number| generate::case(rng, &world, origin, number)).collect();
        comparison.run(&laboratory, &page, &generated, LANES);

        let sequences: Vec<_> =
            (0..count / 5).map(|number| caching::generated(rng, &world, origin, number)).collect();
        run_sequences(&mut comparison, &laboratory, &chromium, origin, &sequences);
        run_sequences(&mut comparison, &laboratory, &chromium, origin, &caching::questions(&world, origin));
    }
    comparison.print("chromium_agrees");
    comparison.assert(&OUTCOMES, 20.min(count / 200));
}

/// Without the flag that makes a wildcard stop at `Authorization`.
#[test]
fn agrees_with_the_model_as_it_ships() {
    let options = Options { wildcard_covers_authorization: true, ..Options::default() };
    let Some(chromium) = Chromium::start("chromium_agrees_as_it_ships", &options) else { return };
    let laboratory = Laboratory::new();
    let world = World::new(|host| laboratory.server.origin(host));
    let origin = world.app.as_str();
    let mut comparison = Comparison::new(Quirks::CHROMIUM);
    let rng = &mut Rng::with_seed(from_environment("CORS_SEED", 1));
    let sequences: Vec<_> = (0..200).map(|number| caching::generated(rng, &world, origin, number)).collect();
    run_sequences(&mut comparison, &laboratory, &chromium, origin, &sequences);
    run_sequences(&mut comparison, &laboratory, &chromium, origin, &caching::questions(&world, origin));
    comparison.print("chromium_agrees_as_it_ships");
    comparison.assert(&["reads", "HeaderDisallowedByPreflightResponse"], 20);
}

/// One after the other. Chromium's cache has 1024 places, and above that what stays is a matter of chance: few at a
/// time have one.
fn run_sequences(
    comparison: &mut Comparison,
    laboratory: &Laboratory,
    chromium: &Chromium,
    origin: &str,
    sequences: &[case::Case],
) {
    for sequences in sequences.chunks(250) {
        comparison.run(laboratory, &laboratory.open(chromium, origin), sequences, 1);
    }
}

fn from_environment<T: std::str::FromStr>(name: &str, default: T) -> T {
    match env::var(name) {
        Ok(value) => value.parse().unwrap_or_else(|_| panic!("{name} is a number, and not `{value}`")),
        Err(_) => default,
    }
}
