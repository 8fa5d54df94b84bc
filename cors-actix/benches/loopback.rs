//! Throughput and latency over the loopback interface: real servers, driven by `wrk`.
//!
//! `cargo bench -p cors-actix --bench loopback` starts the servers in turn, round by round, each with one worker. It prints
//! the median of what `wrk` measured, and of its ratio to the server without CORS in the same round. Without `wrk` it
//! reports that it was skipped and passes. `CORS_ROUNDS` and `CORS_SECONDS` set the number of rounds, and the length of a
//! round for each server.
//!
//! The program also contains the scenarios of `--bench instructions`, which counts them here a second time.

use std::process::{Command, ExitCode};
use std::rc::Rc;

use actix_web::{App, HttpResponse, get};
use cors_actix::{Cors, cors};

mod scenarios;

use scenarios::child::Server;
use scenarios::counting;
use scenarios::floor::{Floor, Inserting};
use scenarios::policies::{ONE, Origins};
use scenarios::scenario::Scenario;
use scenarios::server::serve;
use scenarios::variant::Variant;

const ITEM: &str = r#"{"id":17,"name":"a thing of no importance","tags":["small","blue"]}"#;

#[get("/items/{id}")]
async fn item() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(ITEM)
}

#[cors(policy = ONE)]
#[get("/items/{id}")]
async fn annotated_item() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(ITEM)
}

const SERVERS: [&str; 5] = ["bare", "floor", "Cors::new", "#[cors]", "actix-cors"];
const LISTEN: &str = "--listen";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if counting::was_asked_to_serve() {
        return ExitCode::SUCCESS;
    }
    if let Some(at) = arguments.iter().position(|argument| argument == LISTEN) {
        return listen(&arguments[at + 1]);
    }
    if Command::new("wrk").arg("-v").output().is_err() {
        eprintln!("loopback: SKIPPED, because wrk does not start (install Debian's package `wrk`)");
        return ExitCode::SUCCESS;
    }
    measure()
}

/// Serves until standard input ends.
fn listen(server: &str) -> ExitCode {
    let ignored = |_: &str| {};
    match server {
        "bare" => serve(|| App::new().service(item), 1, ignored),
        "floor" => {
            let floor = || {
                let headers = Scenario::Allowed(Origins::One).headers(Variant::Floor);
                Floor { headers: Some(Rc::new(headers)), inserting: Inserting::Insert }
            };
            serve(move || App::new().wrap(floor()).service(item), 1, ignored)
        }
        "Cors::new" => {
            let cors = Cors::new(Origins::One.policy());
            serve(move || App::new().wrap(cors.clone()).service(item), 1, ignored)
        }
        "#[cors]" => serve(|| App::new().service(annotated_item), 1, ignored),
        "actix-cors" => serve(|| App::new().wrap(Origins::One.actix_cors()).service(item), 1, ignored),
        other => panic!("unknown server: {other}"),
    }
}

/// The measurements of one server in one round: requests per second, the 99th percentile of their latency in µs, and the
/// server's processor time per request in µs.
type Seen = [f64; 3];

fn measure() -> ExitCode {
    let rounds = setting("CORS_ROUNDS").unwrap_or(25);
    let seconds = setting("CORS_SECONDS").unwrap_or(1);
    let mut seen: Vec<[Seen; SERVERS.len()]> = Vec::new();
    for round in 0..rounds {
        // Each round starts with another server, so that no server always follows the same one.
        let mut in_round = [None; SERVERS.len()];
        for turn in 0..SERVERS.len() {
            let server = (round + turn) % SERVERS.len();
            match drive(SERVERS[server], seconds) {
                Ok(seen) => in_round[server] = Some(seen),
                Err(error) => {
                    eprintln!("{}: {error}", SERVERS[server]);
                    return ExitCode::FAILURE;
                }
            }
        }
        seen.push(in_round.map(|seen| seen.expect("every server had its turn")));
    }

    println!("GET with an allowed Origin over loopback, one worker, 16 connections:");
    println!("median of {rounds} rounds of {seconds} s, and of the ratios to bare in the same round\n");
    println!(
        "{:<12}{:>12}{:>8}{:>12}{:>8}{:>24}{:>8}",
        "", "requests/s", "ratio", "p99 in µs", "ratio", "server CPU µs/request", "ratio"
    );
    for (at, server) in SERVERS.iter().enumerate() {
        print!("{server:<12}");
        for (column, (width, digits)) in [(12, 0), (12, 0), (24, 2)].into_iter().enumerate() {
            let value = median(seen.iter().map(|round| round[at][column]));
            let ratio = median(seen.iter().map(|round| round[at][column] / round[0][column]));
            print!("{value:>width$.digits$}{ratio:>8.3}");
        }
        println!();
    }
    println!();
    for at in [2, 3] {
        let ratio = median(seen.iter().map(|round| round[at][0] / round[0][0]));
        let verdict = if ratio >= 0.97 { "holds" } else { "MISSED (the README says how to read this)" };
        println!("{}: throughput {ratio:.3} of bare, bar 0.97: {verdict}", SERVERS[at]);
    }
    ExitCode::SUCCESS
}

fn setting<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok()?.parse().ok()
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Starts a server, measures it, and stops it.
fn drive(server: &str, seconds: u64) -> Result<Seen, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let server = Server::start(Command::new(program).args([LISTEN, server]))?;
    let url = format!("http://{}/items/17", server.address);
    // A short run first, so that pools are filled and pages are loaded.
    wrk(&url, "200ms")?;
    let before = processor_ticks(server.id());
    let report = wrk(&url, &format!("{seconds}s"))?;
    let ticks = processor_ticks(server.id()) - before;
    server.stop()?;
    let field = |name: &str| {
        let line = report.lines().find_map(|line| line.trim().strip_prefix(name));
        line.map(str::trim).ok_or_else(|| format!("the output of wrk has no {name}:\n{report}"))
    };
    let number = |text: &str| text.parse::<f64>().map_err(|error| format!("{text}: {error}"));
    if report.contains("Non-2xx") {
        return Err(report);
    }
    let throughput = number(field("Requests/sec:")?)?;
    let total = report.lines().find_map(|line| line.trim().split_once(" requests in "));
    let total = number(total.ok_or("the output of wrk has no number of requests")?.0)?;
    let p99 = field("99%")?;
    let p99 = match (p99.strip_suffix("us"), p99.strip_suffix("ms"), p99.strip_suffix('s')) {
        (Some(us), _, _) => number(us)?,
        (_, Some(ms), _) => number(ms)? * 1e3,
        (_, _, Some(s)) => number(s)? * 1e6,
        _ => return Err(format!("unknown unit of time: {p99}")),
    };
    // Linux counts processor time in hundredths of a second.
    Ok([throughput, p99, ticks as f64 * 1e4 / total])
}

fn wrk(url: &str, duration: &str) -> Result<String, String> {
    let output = Command::new("wrk")
        .args(["--threads", "1", "--connections", "16", "--latency", "--duration", duration])
        .args(["--header", "Origin: https://app.example.com", url])
        .output()
        .map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The processor time of a process, in its own code and in the kernel: `utime` and `stime` of `/proc/<pid>/stat`.
fn processor_ticks(process: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields = stat.rsplit_once(") ").map(|(_, fields)| fields.split(' ')).into_iter().flatten();
    fields.skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum()
}
