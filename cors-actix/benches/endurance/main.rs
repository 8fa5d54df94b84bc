//! A server under full load for a long time.
//!
//! `cargo bench -p cors-actix --features reload --bench endurance` starts a server with two workers in a process of its own.
//! Clients in this process send it all kinds of requests at full speed, over short and long connections, while its policy is
//! replaced each second. Some clients are slow, some close the connection early, some send hostile preflights, and one request of
//! a hundred makes a handler panic. Every response is compared completely with one that was written by hand.
//!
//! `CORS_SECONDS` sets the length of the run, at least 40. The default is 30 minutes. The program prints a table, and fails if an answer
//! is wrong, if the resident memory or the heap of the server changes by more than 2 per cent after the first minute, if a file
//! descriptor of the server stays open, or if the number of panics differs from the number of requests that cause one.

use std::process::{Command, ExitCode};
use std::thread;
use std::time::{Duration, Instant};

mod answers;
mod application;
mod cases;
mod connection;
mod memory;
#[path = "../scenarios/mod.rs"]
mod scenarios;
mod tally;
mod traffic;

use application::{COUNT_PANICS, MEASURE_HEAP, USE_EVEN, USE_ODD};
use memory::Memory;
use scenarios::child::Server;
use tally::Tally;
use traffic::{Client, Traffic};

const SERVE: &str = "--serve";
const WORKERS: usize = 2;
const CLIENTS: [(Client, u64); 3] = [(Client::Mixed, 16), (Client::SlowReader, 2), (Client::SlowWriter, 2)];
const EVERY: Duration = Duration::from_secs(1);
/// How long the server may take to close the last connections.
const PATIENCE: Duration = Duration::from_secs(15);

fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == SERVE) {
        return application::serve(WORKERS);
    }
    let seconds = match std::env::var("CORS_SECONDS").map(|seconds| seconds.parse()) {
        Ok(Ok(seconds)) => seconds,
        Ok(Err(error)) => {
            eprintln!("endurance: CORS_SECONDS: {error}");
            return ExitCode::FAILURE;
        }
        Err(_) => 30 * 60,
    };
    match Run::new(Duration::from_secs(seconds)) {
        Ok(run) => run.report(),
        Err(error) => {
            eprintln!("endurance: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A run that has ended.
struct Run {
    elapsed: Duration,
    tally: Tally,
    replacements: u64,
    memory: [Memory; 2],
    /// Before the first connection and after the last one.
    file_descriptors: [usize; 2],
    /// The number of intended panics, and of others.
    panics: String,
}

impl Run {
    fn new(length: Duration) -> Result<Self, String> {
        let mut server = start()?;
        let traffic = Traffic::new(server.address);
        traffic.wait_for_start().map_err(|error| format!("the server does not start: {error}"))?;
        let before = server.file_descriptors()?;
        let start = Instant::now();
        let mut memory = [Memory::new("resident memory", length), Memory::new("heap in use", length)];
        let (replacements, tally) = thread::scope(|scope| {
            let clients =
                CLIENTS.iter().flat_map(|&(client, count)| (0..count).map(move |seed| (client, seed)));
            let clients = clients.map(|(client, seed)| {
                scope.spawn({
                    let traffic = &traffic;
                    move || traffic.run(client, seed)
                })
            });
            let clients: Vec<_> = clients.collect();
            let replacements = supervise(&mut server, &traffic, &mut memory, start, length);
            traffic.end();
            let mut tally = Tally::new();
            for client in clients {
                tally.merge(client.join().map_err(|_| "a client panicked")?);
            }
            Ok::<_, String>((replacements?, tally))
        })?;
        let elapsed = start.elapsed();
        let idle = Instant::now();
        let after = loop {
            let after = server.file_descriptors()?;
            if after <= before || idle.elapsed() > PATIENCE {
                break after;
            }
            thread::sleep(Duration::from_millis(100));
        };
        let panics = server.command(COUNT_PANICS)?;
        Ok(Self { elapsed, tally, replacements, memory, file_descriptors: [before, after], panics })
    }

    fn report(&self) -> ExitCode {
        let seconds = self.elapsed.as_secs_f64();
        let tally = &self.tally;
        println!(
            "{seconds:.0} seconds, {WORKERS} workers, {} clients, {:.0} requests a second\n",
            CLIENTS.iter().map(|(_, count)| count).sum::<u64>(),
            tally.requests() as f64 / seconds
        );
        tally.print();
        println!("\nconnections: {}", tally.connections);
        println!(
            "connections that clients abandoned: {} in a request, {} in a response",
            tally.vanished_mid_request, tally.vanished_mid_response
        );
        println!(
            "replacements of the policy: {}, during {} requests",
            self.replacements, tally.during_replacements
        );
        println!();

        let mut failed = false;
        let mut verdict = |holds: bool, what: String| {
            println!("{what}: {}", if holds { "holds" } else { "FAILED" });
            failed |= !holds;
        };
        verdict(tally.wrong_answers() == 0, format!("wrong answers: {}, bar 0", tally.wrong_answers()));
        tally.wrong.iter().for_each(|wrong| println!("  {wrong}"));
        verdict(
            tally.missing().is_empty(),
            format!("kinds of requests that were not sent: {:?}", tally.missing()),
        );
        self.memory.iter().for_each(|memory| verdict(memory.is_flat(), memory.describe()));
        let [before, after] = self.file_descriptors;
        verdict(before == after, format!("file descriptors: {before} before, {after} after"));
        let expected = format!("{} 0", tally.panics());
        verdict(self.panics == expected, format!("panics, and others: {} of {expected}", self.panics));
        if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}

/// Starts this program as the server.
fn start() -> Result<Server, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(program);
    // With these settings, glibc returns the memory of large buffers to the kernel at once. With the default settings, it keeps
    // the memory of the moment with the most buffers, and this maximum grows for hours even if there is no leak.
    command.env("MALLOC_MMAP_THRESHOLD_", "16384").env("MALLOC_TRIM_THRESHOLD_", "16384");
    Server::start(command.arg(SERVE))
}

/// Replaces the policy and measures memory each second. It returns the number of replacements.
fn supervise(
    server: &mut Server,
    traffic: &Traffic,
    [resident, heap]: &mut [Memory; 2],
    start: Instant,
    length: Duration,
) -> Result<u64, String> {
    let mut replacements = 0;
    while start.elapsed() < length && !traffic.is_over() {
        thread::sleep((start + EVERY * (replacements as u32 + 1)).saturating_duration_since(Instant::now()));
        replacements = traffic.versions.begin();
        let policy = if replacements.is_multiple_of(2) { USE_EVEN } else { USE_ODD };
        server.carry_out(policy)?;
        traffic.versions.settle();
        // Memory that belongs to the process alone. Pages of the program's file come and go at the will of the kernel.
        resident.add(start.elapsed(), server.memory("RssAnon")?);
        let bytes: u64 = server.command(MEASURE_HEAP)?.parse().map_err(|error| format!("{error}"))?;
        heap.add(start.elapsed(), bytes / 1024);
    }
    Ok(replacements)
}
