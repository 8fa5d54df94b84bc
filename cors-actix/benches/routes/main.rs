//! What whole requests and the start of a server cost, by the number of handlers.
//!
//! `cargo bench -p cors-actix --bench routes` starts servers with one worker, each in a process of its own, and sends
//! requests over a kept-alive connection. callgrind counts every instruction of the server's process. The instructions of
//! a request are the difference between a longer and a shorter series of requests, so that nothing which happens only once
//! is a part of them. The command fails if a bar is missed.
//!
//! Without valgrind the command reports that it was skipped and passes, unless `CORS_VALGRIND=required`.

use std::process::ExitCode;

mod handlers;
mod measurement;
#[path = "../scenarios/mod.rs"]
mod scenarios;
mod setup;

use measurement::{Counted, Resident};
use scenarios::callgrind;
use setup::{Cors, Kind, Paths, Setup};

/// The largest multiple of the same server without CORS, for the last of the handlers.
const BARS: &[(Setup, Kind, f64)] = &[
    (annotated(100), Kind::NoOrigin, 1.01),
    (annotated(100), Kind::Allowed, 1.015),
    (annotated(100), Kind::Preflight, 1.03),
    (Setup { cors: Cors::Layer, paths: Paths::Dynamic, handlers: 1 }, Kind::NoOrigin, 1.043),
    (annotated(1), Kind::NoOrigin, 1.045),
];

/// The largest multiple of the resident memory of the same server without CORS.
const MEMORY_BAR: (Setup, f64) = (annotated(100), 1.03);

const fn annotated(handlers: usize) -> Setup {
    Setup { cors: Cors::Annotated, paths: Paths::Dynamic, handlers }
}

fn main() -> ExitCode {
    if let Some(setup) = measurement::setup_to_serve() {
        return measurement::serve(setup);
    }
    if !callgrind::is_installed() {
        return callgrind::report_not_installed("routes");
    }
    match Measured::new() {
        Ok(measured) => measured.report(),
        Err(error) => {
            eprintln!("routes: {error}");
            ExitCode::FAILURE
        }
    }
}

struct Measured {
    counted: Vec<Counted>,
    memory: Vec<(Setup, Resident)>,
}

impl Measured {
    fn new() -> Result<Self, String> {
        let mut measured = Measured { counted: Vec::new(), memory: Vec::new() };
        for setup in Setup::all() {
            measured.counted.extend(measurement::count(setup)?);
            if setup.paths == Paths::Dynamic {
                measured.memory.push((setup, measurement::memory(setup)?));
            }
        }
        Ok(measured)
    }

    fn instructions(&self, setup: Setup, target: usize, kind: Kind) -> f64 {
        let of = |counted: &&Counted| (counted.setup, counted.target, counted.kind) == (setup, target, kind);
        self.counted.iter().find(of).expect("every case is counted").instructions
    }

    /// Resident memory, in KiB. All servers are the same program, so they count with the same pages of its file: the fewest
    /// that one of them has.
    fn memory(&self, setup: Setup) -> f64 {
        let file = self.memory.iter().map(|(_, resident)| resident.file).fold(f64::MAX, f64::min);
        let (_, resident) =
            self.memory.iter().find(|(measured, _)| *measured == setup).expect("it is measured");
        resident.anonymous + file
    }

    /// Instructions, as a multiple of those of the same server without CORS.
    fn ratio(&self, setup: Setup, target: usize, kind: Kind) -> f64 {
        self.instructions(setup, target, kind) / self.instructions(setup.bare(), target, kind)
    }

    fn memory_ratio(&self, setup: Setup) -> f64 {
        self.memory(setup) / self.memory(setup.bare())
    }

    fn report(&self) -> ExitCode {
        println!("instructions of a whole request, and as a multiple of the same server without CORS");
        for bare in Setup::all().filter(|setup| setup.cors == Cors::None) {
            for target in bare.targets() {
                println!();
                self.print_table(bare, target);
            }
        }

        println!(
            "\nresident memory after the start, in KiB, and as a multiple of the same server without CORS\n"
        );
        for &(setup, _) in &self.memory {
            let (kib, ratio) = (self.memory(setup), self.memory_ratio(setup));
            let handlers = format!("{} handlers on dynamic paths", setup.handlers);
            println!("{handlers:<32}{:<26}{kib:>10.0}{ratio:>8.3}", setup.cors.name());
        }

        println!("\nbars, for the last handler on dynamic paths\n");
        let mut missed = false;
        let mut verdict = |setup: Setup, what: &str, ratio: f64, bar: f64| {
            let verdict = if ratio <= bar { "holds" } else { "MISSED" };
            missed |= ratio > bar;
            let handlers = format!("{} handlers", setup.handlers);
            println!(
                "{handlers:<16}{:<16}{what:<16}{ratio:>8.4}   bar {bar:.3}: {verdict}",
                setup.cors.name()
            );
        };
        for &(setup, kind, bar) in BARS {
            verdict(setup, kind.name(), self.ratio(setup, setup.handlers - 1, kind), bar);
        }
        let (setup, bar) = MEMORY_BAR;
        verdict(setup, "memory", self.memory_ratio(setup), bar);
        if missed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }

    fn print_table(&self, bare: Setup, target: usize) {
        let title = match (bare.handlers, target) {
            (1, _) => format!("{:?} path, 1 handler", bare.paths),
            (handlers, 0) => format!("{:?} paths, the first of {handlers} handlers", bare.paths),
            (handlers, _) => format!("{:?} paths, the last of {handlers} handlers", bare.paths),
        };
        print!("{title:<48}");
        Kind::ALL.iter().for_each(|kind| print!("{:>20}", kind.name()));
        println!();
        for cors in Cors::ALL {
            let setup = Setup { cors, ..bare };
            print!("  {:<46}", cors.name());
            for kind in Kind::ALL {
                let (count, ratio) =
                    (self.instructions(setup, target, kind), self.ratio(setup, target, kind));
                print!("{count:>12.0}{ratio:>8.3}");
            }
            println!();
        }
    }
}
