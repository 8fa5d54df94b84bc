//! Counts the instructions of each scenario in each variant of the application, by running a program under callgrind.

use std::path::Path;
use std::process::Command;

use super::application::application;
use super::callgrind::{Callgrind, counting_begins, counting_ends};
use super::scenario::Scenario;
use super::variant::Variant;

const SERVE: &str = "--serve-counted";
const WARM_UP: usize = 50;
const COUNTED: usize = 200;

/// The cases, in the order in which they are counted.
fn cases() -> impl Iterator<Item = (Variant, Scenario)> {
    let table = Scenario::BARRED.iter().flat_map(|&s| Variant::ALL.iter().map(move |&v| (v, s)));
    let parts = Scenario::TAKEN_APART.iter().flat_map(|&s| {
        let without = [Variant::Bare, Variant::BareHandler].into_iter();
        without.chain(Variant::PARTS.iter().copied()).map(move |v| (v, s))
    });
    table.chain(parts)
}

/// Serves all cases and returns `true`, if this process was started in order to be counted.
pub fn was_asked_to_serve() -> bool {
    if !std::env::args().any(|argument| argument == SERVE) {
        return false;
    }
    actix_web::rt::System::new().block_on(async {
        for (variant, scenario) in cases() {
            let application = application(variant, scenario).await;
            let requests = scenario.requests();
            scenario.check(variant, application.answer(requests.one()));
            let serve = |count| {
                for _ in 0..count {
                    application.serve(vec![requests.one()]);
                }
            };
            serve(WARM_UP);
            counting_begins();
            serve(COUNTED);
            counting_ends();
        }
    });
    true
}

/// Instructions for each request.
pub struct Counts(Vec<((Variant, Scenario), f64)>);

impl Counts {
    pub fn of(&self, variant: Variant, scenario: Scenario) -> f64 {
        let counted = self.0.iter().find(|(case, _)| *case == (variant, scenario));
        counted.unwrap_or_else(|| panic!("{variant:?}, {scenario:?} is not counted")).1
    }

    /// The instructions that CORS adds.
    pub fn added(&self, variant: Variant, scenario: Scenario) -> f64 {
        self.of(variant, scenario) - self.of(variant.without(), scenario)
    }

    /// The share of what actix-cors adds.
    pub fn share(&self, variant: Variant, scenario: Scenario) -> f64 {
        self.added(variant, scenario) / self.added(Variant::ActixCors, scenario)
    }
}

/// Counts this program.
pub fn count_here() -> Result<Counts, String> {
    count(&std::env::current_exe().map_err(|error| error.to_string())?)
}

/// Counts the same code in the program of the bench `loopback`, which is built for that.
pub fn count_in_larger_program() -> Result<Counts, String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["bench", "--no-run", "--bench", "loopback", "--message-format", "json", "--manifest-path"]);
    cargo.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
    for (feature, is_on) in [("reload", cfg!(feature = "reload")), ("tracing", cfg!(feature = "tracing"))] {
        if is_on {
            cargo.args(["--features", feature]);
        }
    }
    let output = cargo.output().map_err(|error| error.to_string())?;
    let messages = String::from_utf8_lossy(&output.stdout);
    let program = messages.lines().find_map(|line| line.split_once("\"executable\":\"")?.1.split_once('"'));
    match program {
        Some((program, _)) => count(Path::new(program)),
        None => Err(format!("cargo built no program:\n{}", String::from_utf8_lossy(&output.stderr))),
    }
}

fn count(program: &Path) -> Result<Counts, String> {
    let callgrind = Callgrind::new("scenarios");
    let mut command = callgrind.command(program, Some("serve_one"));
    let output = command.arg(SERVE).output().map_err(|error| format!("valgrind does not start: {error}"))?;
    let counts = callgrind.totals().into_iter().map(|count| count / COUNTED as f64);
    let counts: Vec<_> = cases().zip(counts).collect();
    if counts.len() == cases().count() && counts.iter().all(|(_, count)| *count > 0.0) {
        Ok(Counts(counts))
    } else {
        Err(format!("valgrind did not count every case:\n{}", String::from_utf8_lossy(&output.stderr)))
    }
}
