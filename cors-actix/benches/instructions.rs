//! How many instructions CORS adds to a request, counted by callgrind: the same count whatever else the machine does.
//!
//! `cargo bench -p cors-actix --bench instructions` runs this program under valgrind for each way and scenario, twice, with
//! different numbers of requests; the difference, by request, less that of the same application without CORS, is what is
//! printed. It fails if a bar is missed.

use std::process::{Command, ExitCode};

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};

#[allow(dead_code)]
mod scenarios;

use scenarios::{Run, Scenario, Way, with_service};

/// The share of what actix-cors adds that `Cors::new` may add.
const BARS: &[(Scenario, f64)] = &[
    (Scenario::NoOrigin, 0.48),
    (Scenario::Allowed, 0.60),
    (Scenario::Refused, 0.43),
    (Scenario::PreflightAllowed, 0.28),
    (Scenario::PreflightRefused, 0.20),
];

const FEW: u64 = 100;
const MANY: u64 = 1100;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.iter().position(|argument| argument == "--serve") {
        Some(at) => {
            let number = |i: usize| arguments[at + i].parse::<usize>().expect("a number");
            serve(Way::ALL[number(1)], Scenario::ALL[number(2)], number(3) as u64);
            ExitCode::SUCCESS
        }
        None => measure(),
    }
}

struct Requests {
    scenario: Scenario,
    count: u64,
}

impl Run for Requests {
    type Output = ();

    async fn run<S, B>(self, service: S)
    where
        S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
        B: MessageBody,
    {
        for _ in 0..self.count {
            let request = self.scenario.request().to_request();
            let response = service.call(request).await.expect("a response");
            drop(std::hint::black_box(response));
        }
    }
}

fn serve(way: Way, scenario: Scenario, count: u64) {
    actix_web::rt::System::new().block_on(with_service(way, scenario, Requests { scenario, count }));
}

/// Instructions by request.
fn count(way: usize, scenario: usize) -> Result<f64, String> {
    let run = |requests: u64| -> Result<u64, String> {
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let output = Command::new("valgrind")
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
            .arg(program)
            .args(["--serve", &way.to_string(), &scenario.to_string(), &requests.to_string()])
            .output()
            .map_err(|error| {
                format!("valgrind does not start ({error}): install it, Debian's package is `valgrind`")
            })?;
        let text = String::from_utf8_lossy(&output.stderr);
        let collected = text.lines().find_map(|line| line.split_once("Collected : "));
        collected
            .and_then(|(_, number)| number.trim().parse().ok())
            .ok_or_else(|| format!("valgrind counted nothing:\n{text}"))
    };
    Ok((run(MANY)? as f64 - run(FEW)? as f64) / (MANY - FEW) as f64)
}

fn measure() -> ExitCode {
    let mut counts = vec![vec![0.0; Scenario::ALL.len()]; Way::ALL.len()];
    for way in 0..Way::ALL.len() {
        for scenario in 0..Scenario::ALL.len() {
            counts[way][scenario] = match count(way, scenario) {
                Ok(count) => count,
                Err(error) => {
                    eprintln!("{error}");
                    return ExitCode::FAILURE;
                }
            };
        }
    }
    let position = |way: Way| Way::ALL.iter().position(|w| *w == way).expect("a way");
    let added = |way: Way, scenario: usize| {
        counts[position(way)][scenario] - counts[position(way.without())][scenario]
    };

    println!("instructions that CORS adds to a request, and their share of what actix-cors adds\n");
    print!("{:<16}", "");
    Scenario::ALL.iter().for_each(|scenario| print!("{:>24}", scenario.name()));
    println!();
    for &way in Way::ALL {
        print!("{:<16}", way.name());
        for scenario in 0..Scenario::ALL.len() {
            if way == way.without() {
                print!("{:>24}", format!("({:.0} in all)", counts[position(way)][scenario]));
            } else {
                let share = added(way, scenario) / added(Way::ActixCors, scenario);
                print!("{:>24}", format!("{:.0}  {share:.2}", added(way, scenario)));
            }
        }
        println!();
    }
    let mut missed = false;
    println!();
    for (scenario, bar) in BARS {
        let at = Scenario::ALL.iter().position(|s| s == scenario).expect("a scenario");
        let share = added(Way::Cors, at) / added(Way::ActixCors, at);
        let verdict = if share <= *bar { "holds" } else { "MISSED" };
        missed |= share > *bar;
        println!("Cors::new, {}: {share:.3}, bar {bar:.2}: {verdict}", scenario.name());
    }
    if missed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
