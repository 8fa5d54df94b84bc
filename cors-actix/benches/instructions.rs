//! How many instructions CORS adds to a request, counted by callgrind: nearly the same count whatever else the machine
//! does.
//!
//! `cargo bench -p cors-actix --bench instructions` runs itself under valgrind, which counts what an application does
//! from a request to the end of its response; that of the same application without CORS is taken off. The same is done
//! with the program of `--bench loopback`, which holds the same code and much more, since a compiler lays out the same
//! code in another way in another program: both counts are printed. It fails if a bar is missed in the first.
//!
//! Without valgrind it says so and passes, unless `CORS_VALGRIND=required`.

use std::process::ExitCode;

mod scenarios;

use scenarios::counting::{self, Counts};
use scenarios::{Origins, Scenario, Way};

/// The share of what actix-cors adds that `Cors::new` may add.
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
    if !counting::has_valgrind() {
        eprintln!("instructions: NOT COUNTED, valgrind does not start (Debian's package is `valgrind`)");
        return match std::env::var("CORS_VALGRIND").as_deref() {
            Ok("required") => ExitCode::FAILURE,
            _ => ExitCode::SUCCESS,
        };
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
    for &way in Way::ALL {
        print!("{:<16}", way.name());
        for &scenario in Scenario::BARRED {
            if way == way.without() {
                print!("{:>24}", format!("({:.0} in all)", here.of(way, scenario)));
            } else {
                let share = format!("{:.0}  {:.3}", here.added(way, scenario), here.share(way, scenario));
                print!("{share:>24}");
            }
        }
        println!();
    }

    println!("\nwhere they go: instructions added by each\n");
    print!("{:<28}", "");
    Scenario::TAKEN_APART.iter().for_each(|scenario| print!("{:>30}", scenario.name()));
    println!();
    for &way in Way::PARTS {
        print!("{:<28}", way.name());
        Scenario::TAKEN_APART.iter().for_each(|&scenario| print!("{:>30.0}", here.added(way, scenario)));
        println!();
    }

    println!("\nshare of `Cors::new`, in this program and in a larger one\n");
    let mut missed = false;
    for &(scenario, bar) in BARS {
        let (share, in_larger) = (here.share(Way::Cors, scenario), larger.share(Way::Cors, scenario));
        let verdict = if share <= bar { "holds" } else { "MISSED" };
        missed |= share > bar;
        println!("{:<20}{share:>8.3}{in_larger:>8.3}   bar {bar:.2}: {verdict}", scenario.name());
    }
    if missed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
