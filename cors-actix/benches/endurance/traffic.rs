//! The clients. Each has a thread, and sends one request after the other.

use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use fastrand::Rng;

use crate::cases::{Case, Cases};
use crate::connection::Connection;
use crate::tally::Tally;

/// The run ends after so many wrong answers.
const MOST_WRONG: u64 = 1000;

/// The state that all clients share.
pub struct Traffic {
    pub address: SocketAddr,
    pub cases: Cases,
    pub versions: Versions,
    wrong: AtomicU64,
    is_over: AtomicBool,
}

/// Counts the replacements of the policy. After an even number of them, the even policy is in force.
#[derive(Default)]
pub struct Versions {
    begun: AtomicU64,
    settled: AtomicU64,
}

impl Versions {
    /// Counts a replacement that begins, and returns its number.
    pub fn begin(&self) -> u64 {
        self.begun.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Counts a replacement that the server has confirmed.
    pub fn settle(&self) {
        self.settled.fetch_add(1, Ordering::SeqCst);
    }
}

/// A kind of client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    /// Sends all kinds of requests, over connections that are short, long, closed and abandoned.
    Mixed,
    /// Reads a long response with pauses.
    SlowReader,
    /// Sends a request in pieces with pauses.
    SlowWriter,
}

impl Traffic {
    pub fn new(address: SocketAddr) -> Self {
        let (wrong, is_over) = (AtomicU64::new(0), AtomicBool::new(false));
        Self { address, cases: Cases::new(), versions: Versions::default(), wrong, is_over }
    }

    /// Sends a request. The server answers it after all its threads have started.
    pub fn wait_for_start(&self) -> Result<()> {
        let mut connection = Connection::open(self.address)?;
        let case = &self.cases.all()[0];
        connection.send(&case.request)?;
        connection.receive(case)?;
        connection.close()
    }

    pub fn end(&self) {
        self.is_over.store(true, Ordering::SeqCst);
    }

    pub fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Sends requests until the run is over.
    pub fn run(&self, client: Client, seed: u64) -> Tally {
        let (mut random, mut tally) = (Rng::with_seed(seed), Tally::new());
        let (long_stream, upload) = (Cases::long_stream(), Cases::upload());
        if client == Client::Mixed
            && let Err(error) = self.ask_all(&mut tally)
        {
            self.fail(&mut tally, client, error);
        }
        while !self.is_over() {
            let result = match client {
                Client::Mixed => self.visit(&mut random, &mut tally, &long_stream, &upload),
                Client::SlowReader => self.read_slowly(&long_stream, &mut tally),
                Client::SlowWriter => self.write_slowly(&upload, &mut random, &mut tally),
            };
            if let Err(error) = result {
                self.fail(&mut tally, client, error);
            }
        }
        tally
    }

    fn fail(&self, tally: &mut Tally, client: Client, error: Error) {
        tally.fail(format!("{client:?}: {error}"));
        self.count_wrong();
    }

    fn count_wrong(&self) {
        if self.wrong.fetch_add(1, Ordering::SeqCst) >= MOST_WRONG {
            self.end();
        }
    }

    fn connect(&self, tally: &mut Tally) -> Result<Connection> {
        tally.connections += 1;
        Connection::open(self.address)
    }

    /// Sends each request once.
    fn ask_all(&self, tally: &mut Tally) -> Result<()> {
        let mut connection = self.connect(tally)?;
        for case in self.cases.all() {
            if !self.ask(&mut connection, case, tally, |connection| connection.send(&case.request))? {
                connection = self.connect(tally)?;
            }
        }
        Ok(())
    }

    /// Uses one connection for some requests.
    fn visit(&self, random: &mut Rng, tally: &mut Tally, long_stream: &Case, upload: &Case) -> Result<()> {
        let mut connection = self.connect(tally)?;
        let requests = if random.u8(..4) == 0 { 1 } else { random.u32(1..200) };
        for _ in 0..requests {
            let case = self.cases.choose(random);
            if !self.ask(&mut connection, case, tally, |connection| connection.send(&case.request))? {
                return Ok(());
            }
        }
        match random.u8(..8) {
            // The client closes the connection in the head or in the body of a request.
            0 => {
                tally.vanished_mid_request += 1;
                connection.send(&upload.request[..random.usize(1..upload.request.len())])
            }
            // The client closes it before or after the response has begun.
            1 => {
                tally.vanished_mid_response += 1;
                connection.send(&long_stream.request)
            }
            2 => {
                tally.vanished_mid_response += 1;
                connection.send(&long_stream.request)?;
                connection.receive_some()
            }
            3 | 4 => Ok(()),
            _ => connection.close(),
        }
    }

    fn read_slowly(&self, case: &Case, tally: &mut Tally) -> Result<()> {
        let mut connection = self.connect(tally)?;
        connection.read_slowly(Duration::from_millis(2));
        self.ask(&mut connection, case, tally, |connection| connection.send(&case.request))?;
        connection.close()
    }

    fn write_slowly(&self, case: &Case, random: &mut Rng, tally: &mut Tally) -> Result<()> {
        let mut connection = self.connect(tally)?;
        let mut open = true;
        while open && random.u8(..4) > 0 && !self.is_over() {
            open = self.ask(&mut connection, case, tally, |connection| {
                // The head in small pieces, and the body in large ones.
                let (head, body) = case.request.split_at(case.request.len().min(90));
                for piece in head.chunks(16).chain(body.chunks(4096)) {
                    connection.send(piece)?;
                    std::thread::sleep(Duration::from_millis(5));
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Sends a request and checks the response. It returns whether the connection can be used again.
    fn ask(
        &self,
        connection: &mut Connection,
        case: &Case,
        tally: &mut Tally,
        send: impl FnOnce(&mut Connection) -> Result<()>,
    ) -> Result<bool> {
        // The policies that were in force between these two counts are those that may have decided.
        let first = self.versions.settled.load(Ordering::SeqCst);
        let start = Instant::now();
        let received = send(connection).and_then(|()| connection.receive(case));
        let latency = start.elapsed();
        let last = self.versions.begun.load(Ordering::SeqCst);
        let received = match received {
            Ok(received) => received,
            Err(error) if case.may_be_cut_off() && is_cut_off(&error) => {
                tally.add(case.kind, latency, None);
                return Ok(false);
            }
            Err(error) => {
                tally.add(case.kind, latency, Some(case.describe(&error.to_string())));
                self.count_wrong();
                return Ok(false);
            }
        };
        let [even, odd] = received.faults;
        let fault = match (first == last, first % 2) {
            (true, 0) => even,
            (true, _) => odd,
            (false, _) => even.and(odd),
        };
        tally.during_replacements += u64::from(first != last);
        if fault.is_some() {
            self.count_wrong();
        }
        tally.add(
            case.kind,
            latency,
            fault.map(|fault| case.describe(&format!("version {first}..={last}: {fault}"))),
        );
        Ok(received.is_open)
    }
}

/// Whether the server closed the connection before it had read the whole request.
fn is_cut_off(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe)
}
