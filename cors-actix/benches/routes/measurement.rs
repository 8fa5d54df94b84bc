//! Starts servers, and counts what they do.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, ExitCode, Stdio};

use crate::scenarios::callgrind::{Callgrind, counting_begins, counting_ends};
use crate::scenarios::child::Server;
use crate::setup::{Kind, Setup};

const SERVE: &str = "--serve";
const BEGIN: &str = "begin";
const END: &str = "end";

/// Requests before the first count.
const WARM_UP: usize = 50;
/// The requests of a short and of a long series. The difference is what is counted.
const SERIES: [usize; 2] = [10, 70];
/// How often each series is counted. The smallest count of each is used, because timers of the server add to some of them.
const ROUNDS: usize = 5;
/// How often each server is started to measure its memory. The median counts.
const STARTS: usize = 5;

/// Instructions of a request.
pub struct Counted {
    pub setup: Setup,
    /// The index of the handler that the request was for.
    pub target: usize,
    pub kind: Kind,
    pub instructions: f64,
}

/// The setup that this process was started to serve, if it was.
pub fn setup_to_serve() -> Option<Setup> {
    let mut arguments = std::env::args().skip_while(|argument| argument != SERVE).skip(1);
    arguments.next().map(|name| Setup::named(&name).unwrap_or_else(|| panic!("unknown server: {name}")))
}

/// Serves until standard input ends. The commands on standard input start and end the counting.
pub fn serve(setup: Setup) -> ExitCode {
    setup.serve(|line| {
        match line {
            BEGIN => counting_begins(),
            END => counting_ends(),
            other => panic!("unknown command: {other}"),
        }
        println!("{line}");
    })
}

/// Counts the instructions of the requests to one server, in a process of its own under callgrind.
pub fn count(setup: Setup) -> Result<Vec<Counted>, String> {
    let callgrind = Callgrind::new(&setup.name());
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut server = start(&mut callgrind.command(&program, None), setup)?;
    let cases: Vec<_> = setup.targets().flat_map(|target| Kind::ALL.map(|kind| (target, kind))).collect();
    for &(target, kind) in &cases {
        let mut client = Client::connect(&server, setup, target, kind)?;
        client.send(WARM_UP)?;
        for _ in 0..ROUNDS {
            for requests in SERIES {
                server.carry_out(BEGIN)?;
                client.send(requests)?;
                server.carry_out(END)?;
            }
        }
    }
    server.stop()?;
    let totals = callgrind.totals();
    // callgrind writes one more count when the server ends.
    if totals.len() < SERIES.len() * ROUNDS * cases.len() {
        return Err(format!("callgrind did not count every request of {setup:?}"));
    }
    let counted = cases.iter().zip(totals.chunks(SERIES.len() * ROUNDS)).map(|(&(target, kind), totals)| {
        let smallest =
            |series| totals.iter().skip(series).step_by(SERIES.len()).copied().fold(f64::MAX, f64::min);
        let instructions = (smallest(1) - smallest(0)) / (SERIES[1] - SERIES[0]) as f64;
        Counted { setup, target, kind, instructions }
    });
    Ok(counted.collect())
}

/// Resident memory, in KiB.
pub struct Resident {
    /// Memory that belongs to the process alone: its heap, its stacks and the data that it has written to.
    pub anonymous: f64,
    /// Pages of the program's file and of the libraries. How many of them are resident depends on where the kernel loads
    /// the program and on how much it reads ahead, and differs by more than 100 KiB between two starts of the same server.
    pub file: f64,
}

/// The resident memory of a server that has started and was sent one request: the medians of several starts.
pub fn memory(setup: Setup) -> Result<Resident, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let (mut anonymous, mut file) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let server = start(&mut Command::new(&program), setup)?;
        Client::connect(&server, setup, 0, Kind::NoOrigin)?;
        anonymous.push(server.memory("RssAnon")? as f64);
        file.push(server.memory("RssFile")? as f64);
        server.stop()?;
    }
    let median = |mut seen: Vec<f64>| {
        seen.sort_by(f64::total_cmp);
        seen[STARTS / 2]
    };
    Ok(Resident { anonymous: median(anonymous), file: median(file) })
}

/// Starts this program as the server of a setup.
fn start(command: &mut Command, setup: Setup) -> Result<Server, String> {
    Server::start(command.args([SERVE, &setup.name()]).stderr(Stdio::null()))
}

/// One kept-alive connection.
struct Client {
    connection: TcpStream,
    request: String,
    /// All responses to the same request have the same length.
    response_length: usize,
}

impl Client {
    /// Opens a connection for requests of one kind, and checks the first response.
    fn connect(server: &Server, setup: Setup, target: usize, kind: Kind) -> Result<Self, String> {
        let connection = TcpStream::connect(server.address).map_err(|error| error.to_string())?;
        connection.set_nodelay(true).map_err(|error| error.to_string())?;
        let request = setup.request(target, kind);
        let mut client = Self { connection, request, response_length: 0 };
        client.check_first(setup.expected(kind)).map_err(|error| format!("{setup:?}, {kind:?}: {error}"))?;
        Ok(client)
    }

    fn check_first(&mut self, (status, is_allowed): (u16, bool)) -> Result<(), String> {
        self.connection.write_all(self.request.as_bytes()).map_err(|error| error.to_string())?;
        let (mut response, mut buffer) = (Vec::new(), [0; 4096]);
        let (head, length) = loop {
            let read = self.connection.read(&mut buffer).map_err(|error| error.to_string())?;
            response.extend_from_slice(&buffer[..read]);
            let text = String::from_utf8_lossy(&response).to_lowercase();
            if let Some((head, _)) = text.split_once("\r\n\r\n") {
                let body = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
                break (head.to_owned(), head.len() + 4 + body.unwrap_or(0));
            }
            if read == 0 {
                return Err("the server closed the connection".into());
            }
        };
        let mut rest = vec![0; length.saturating_sub(response.len())];
        self.connection.read_exact(&mut rest).map_err(|error| error.to_string())?;
        self.response_length = length;
        let has_status = head.starts_with(&format!("http/1.1 {status} "));
        if !has_status || head.contains("access-control-allow-origin:") != is_allowed {
            return Err(format!("expected status {status}, origin allowed: {is_allowed}; got\n{head}"));
        }
        Ok(())
    }

    fn send(&mut self, requests: usize) -> Result<(), String> {
        let mut response = vec![0; self.response_length];
        for _ in 0..requests {
            self.connection.write_all(self.request.as_bytes()).map_err(|error| error.to_string())?;
            self.connection.read_exact(&mut response).map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}
