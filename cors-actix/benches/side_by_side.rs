//! Time and allocations of a request to the same application without CORS, with the headers inserted by hand, and with
//! each implementation of CORS, in one process and one run.
//!
//! `cargo bench -p cors-actix --bench side_by_side`. Before anything is timed, every response is compared with the
//! expected one, header by header. criterion measures. The variants take turns, and the table at the end has the median of
//! a variant's turns, so that other work on the machine affects all of them alike. An application is dropped before the next
//! one is created, because layers of this library exchange their decisions if a thread has several of them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use criterion::{BenchmarkId, Criterion};

mod scenarios;

use scenarios::application::application;
use scenarios::scenario::Scenario;
use scenarios::variant::Variant;

const TURNS: usize = 5;

struct Measured {
    variant: Variant,
    /// The median of each turn, in nanoseconds.
    medians: Vec<f64>,
    allocations: f64,
    bytes: f64,
}

fn main() {
    actix_web::rt::System::new().block_on(async {
        for &scenario in Scenario::ALL {
            for &variant in Variant::ALL {
                let application = application(variant, scenario).await;
                scenario.check(variant, application.answer(scenario.requests().one()));
            }
        }
        let results = Path::new(env!("CARGO_TARGET_TMPDIR")).join("side_by_side");
        let mut criterion = Criterion::default()
            .without_plots()
            .output_directory(&results)
            .sample_size(10)
            .nresamples(1000)
            .warm_up_time(Duration::from_millis(20))
            .measurement_time(Duration::from_millis(80));
        let mut table = Vec::new();
        for &scenario in Scenario::ALL {
            let mut variants = Vec::new();
            for &variant in Variant::ALL {
                variants.push(Measured::new(variant, scenario).await);
            }
            for turn in 0..TURNS {
                for measured in &mut variants {
                    measured.take_turn(turn, scenario, &mut criterion, &results).await;
                }
            }
            table.push((scenario, variants));
        }
        print(&table);
    });
}

impl Measured {
    async fn new(variant: Variant, scenario: Scenario) -> Self {
        const COUNTED: usize = 32;
        let application = application(variant, scenario).await;
        let requests = scenario.requests();
        let many = || (0..COUNTED).map(|_| requests.one()).collect();
        application.serve(many());
        let counted = many();
        let info = allocation_counter::measure(|| application.serve(counted));
        Measured {
            variant,
            medians: Vec::new(),
            allocations: info.count_total as f64 / COUNTED as f64,
            bytes: info.bytes_total as f64 / COUNTED as f64,
        }
    }

    async fn take_turn(
        &mut self,
        turn: usize,
        scenario: Scenario,
        criterion: &mut Criterion,
        results: &Path,
    ) {
        let application = application(self.variant, scenario).await;
        let (group, function) = (word(&scenario.name()), word(self.variant.name()));
        let requests = scenario.requests();
        criterion.benchmark_group(&group).bench_function(BenchmarkId::new(&function, turn), |bencher| {
            bencher.iter_custom(|count| application.time(count, &|| requests.one()));
        });
        self.medians.push(median_in(&results.join(group).join(function).join(turn.to_string())));
    }

    fn ns(&self) -> f64 {
        let mut medians = self.medians.clone();
        medians.sort_by(f64::total_cmp);
        medians[TURNS / 2]
    }
}

/// The name, changed so that it can be the name of a folder.
fn word(name: &str) -> String {
    let words = name.split(|character: char| !character.is_ascii_alphanumeric());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

/// The median that criterion wrote, in nanoseconds.
fn median_in(folder: &Path) -> f64 {
    let file: PathBuf = folder.join("new/estimates.json");
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let estimates: serde_json::Value = serde_json::from_str(&text).expect("criterion writes JSON");
    estimates["median"]["point_estimate"].as_f64().expect("a median")
}

fn print(table: &[(Scenario, Vec<Measured>)]) {
    println!("every response was the expected one\n");
    println!("for each request; \"added\" is what CORS adds to the same application without it\n");
    println!(
        "{:<16}{:>12}{:>12}{:>22}{:>14}{:>10}",
        "", "ns", "added", "of what actix-cors", "allocations", "bytes"
    );
    println!("{:<16}{:>12}{:>12}{:>22}{:>14}{:>10}", "", "", "", "adds", "added", "added");
    for (scenario, variants) in table {
        let find = |variant: Variant| {
            variants.iter().find(|measured| measured.variant == variant).expect("it is measured")
        };
        let added = |variant: Variant| find(variant).ns() - find(variant.without()).ns();
        println!("\n{}", scenario.name());
        for measured in variants {
            let (variant, without) = (measured.variant, find(measured.variant.without()));
            print!("  {:<14}{:>12.0}", variant.name(), measured.ns());
            if variant == variant.without() {
                println!("{:>12}{:>22}{:>14}", "", "", format!("({})", measured.allocations));
            } else {
                println!(
                    "{:>12.0}{:>22.2}{:>14}{:>10}",
                    added(variant),
                    added(variant) / added(Variant::ActixCors),
                    measured.allocations - without.allocations,
                    measured.bytes - without.bytes,
                );
            }
        }
    }
}
