//! The instructions that CORS adds to a request, counted by callgrind. Other work on the machine hardly changes them.
//!
//! `cargo bench -p cors-actix --bench instructions` runs itself under valgrind, which counts what an application does from
//! a request to the end of its response. The count of the same application without CORS is subtracted. The same is done
//! with the program of `--bench loopback`, which contains the same code and much more, because the compiler lays out the
//! same code differently in another program. Both counts are printed. The command fails if a bar is missed in the first.
//!
//! Without valgrind the command reports that it was skipped and passes, unless `CORS_VALGRIND=required`.

use std::process::ExitCode;

mod scenarios;

use scenarios::callgrind;
use scenarios::counting::{self, Counts};
use scenarios::policies::Origins;
use scenarios::scenario::Scenario;
use scenarios::variant::Variant;

/// The most that `Cors::new` may add, as a share of what actix-cors adds. The bars are not for the feature `metrics`, with
/// which layers do more than actix-cors.
const BARS: &[(Scenario, f64)] = &[
    (Scenario::NoOrigin, 0.48),
    (Scenario::Allowed(Origins::One), 0.60),
    (Scenario::Refused, 0.43),
    (Scenario::PreflightAllowed(Origins::One), 0.28),
    (Scenario::PreflightRefused, 0.20),
];

fn main() -> ExitCode {
    if counting::was_asked_to_serve() {
        return ExitCode::SUCCESS;
    }
    if !callgrind::is_installed() {
        return callgrind::report_not_installed("instructions");
    }
    match (counting::count_here(), counting::count_in_larger_program()) {
        (Ok(here), Ok(larger)) => report(&here, &larger),
        (Err(error), _) | (_, Err(error)) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn report(here: &Counts, larger: &Counts) -> ExitCode {
    println!("instructions that CORS adds to a request, and their share of what actix-cors adds\n");
    print!("{:<16}", "");
    Scenario::BARRED.iter().for_each(|scenario| print!("{:>24}", scenario.name()));
    println!();
    for &variant in Variant::ALL {
        print!("{:<16}", variant.name());
        for &scenario in Scenario::BARRED {
            if variant == variant.without() {
                print!("{:>24}", format!("({:.0} in all)", here.of(variant, scenario)));
            } else {
                let share =
                    format!("{:.0}  {:.3}", here.added(variant, scenario), here.share(variant, scenario));
                print!("{share:>24}");
            }
        }
        println!();
    }

    println!("\ninstructions that each part adds\n");
    print!("{:<28}", "");
    Scenario::TAKEN_APART.iter().for_each(|scenario| print!("{:>30}", scenario.name()));
    println!();
    for &variant in Variant::PARTS {
        print!("{:<28}", variant.name());
        Scenario::TAKEN_APART.iter().for_each(|&scenario| print!("{:>30.0}", here.added(variant, scenario)));
        println!();
    }

    println!("\nshare of `Cors::new`, in this program and in a larger one\n");
    let mut missed = false;
    for &(scenario, bar) in BARS {
        let (share, in_larger) = (here.share(Variant::Cors, scenario), larger.share(Variant::Cors, scenario));
        let is_missed = share > bar && !cfg!(feature = "metrics");
        let verdict = match (share <= bar, is_missed) {
            (true, _) => "holds",
            (false, true) => "MISSED",
            (false, false) => "not for the feature `metrics`",
        };
        missed |= is_missed;
        println!("{:<20}{share:>8.3}{in_larger:>8.3}   bar {bar:.2}: {verdict}", scenario.name());
    }
    if missed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
