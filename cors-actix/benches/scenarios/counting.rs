//! Counts the instructions of a program by running it under callgrind.

use std::hint::black_box;
use std::path::Path;
use std::process::Command;

use super::{Scenario, Way, application};

const SERVE: &str = "--serve-counted";
const WARMING_UP: usize = 50;
const COUNTED: usize = 200;

/// What is counted, in this order.
fn cases() -> impl Iterator<Item = (Way, Scenario)> {
    let table = Scenario::BARRED.iter().flat_map(|&s| Way::ALL.iter().map(move |&w| (w, s)));
    let parts = Scenario::TAKEN_APART.iter().flat_map(|&s| {
        let without = [Way::Bare, Way::BareHandler].into_iter();
        without.chain(Way::PARTS.iter().copied()).map(move |w| (w, s))
    });
    table.chain(parts)
}

/// Whether this process was started to be counted. Then it has done what it is for.
pub fn was_asked_to_serve() -> bool {
    if !std::env::args().any(|argument| argument == SERVE) {
        return false;
    }
    actix_web::rt::System::new().block_on(async {
        for (way, scenario) in cases() {
            let application = application(way, scenario).await;
            let requests = scenario.requests();
            scenario.check(way, application.answer(requests.one()));
            let serve = |count| {
                for _ in 0..count {
                    application.serve(vec![requests.one()]);
                }
            };
            serve(WARMING_UP);
            counting_begins();
            serve(COUNTED);
            counting_ends();
        }
    });
    true
}

// callgrind knows these by their names, and they differ, so that they are not made into one.

#[inline(never)]
fn counting_begins() {
    black_box("begins");
}

#[inline(never)]
fn counting_ends() {
    black_box("ends");
}

pub fn has_valgrind() -> bool {
    Command::new("valgrind").arg("--version").output().is_ok_and(|output| output.status.success())
}

/// Instructions by request.
pub struct Counts(Vec<((Way, Scenario), f64)>);

impl Counts {
    pub fn of(&self, way: Way, scenario: Scenario) -> f64 {
        let counted = self.0.iter().find(|(case, _)| *case == (way, scenario));
        counted.unwrap_or_else(|| panic!("{way:?}, {scenario:?} is counted")).1
    }

    pub fn added(&self, way: Way, scenario: Scenario) -> f64 {
        self.of(way, scenario) - self.of(way.without(), scenario)
    }

    /// The share of what actix-cors adds.
    pub fn share(&self, way: Way, scenario: Scenario) -> f64 {
        self.added(way, scenario) / self.added(Way::ActixCors, scenario)
    }
}

/// Counts this very program.
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
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("callgrind.{}", std::process::id()));
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--toggle-collect=*serve_one*", "--combine-dumps=yes"])
        .args(["--zero-before=*counting_begins*", "--dump-after=*counting_ends*"])
        .arg(format!("--callgrind-out-file={}", file.display()))
        .arg(program)
        .arg(SERVE)
        .output()
        .map_err(|error| format!("valgrind does not start: {error}"))?;
    let dumps = std::fs::read_to_string(&file).unwrap_or_default();
    let _ = std::fs::remove_file(&file);
    let counts = dumps.lines().filter_map(|line| line.strip_prefix("totals: ")?.parse::<f64>().ok());
    let counts: Vec<_> = cases().zip(counts.map(|count| count / COUNTED as f64)).collect();
    if counts.len() == cases().count() && counts.iter().all(|(_, count)| *count > 0.0) {
        Ok(Counts(counts))
    } else {
        Err(format!("valgrind did not count all:\n{}", String::from_utf8_lossy(&output.stderr)))
    }
}
