//! A server in a child process: the other side of [`serve`](super::server::serve).

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};

/// A server in a child process. It is killed when this value is dropped.
pub struct Server {
    process: Child,
    output: BufReader<ChildStdout>,
    pub address: SocketAddr,
}

impl Server {
    /// Starts a program that serves, and reads its address from its standard output.
    pub fn start(command: &mut Command) -> Result<Self, String> {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
        let output = BufReader::new(process.stdout.take().expect("standard output is a pipe"));
        let mut server = Self { process, output, address: ([127, 0, 0, 1], 0).into() };
        server.address =
            server.read_line()?.parse().map_err(|error| format!("the server prints no address: {error}"))?;
        Ok(server)
    }

    /// Sends a line and returns the line that the server answers.
    pub fn command(&mut self, command: &str) -> Result<String, String> {
        let input = self.process.stdin.as_mut().expect("standard input is a pipe");
        writeln!(input, "{command}").map_err(|error| format!("the server has ended: {error}"))?;
        self.read_line()
    }

    /// Sends a line and waits until the server repeats it, after it has carried out the command.
    pub fn carry_out(&mut self, command: &str) -> Result<(), String> {
        match self.command(command)? {
            echo if echo == command => Ok(()),
            other => Err(format!("the server answered `{command}` with `{other}`")),
        }
    }

    fn read_line(&mut self) -> Result<String, String> {
        let mut line = String::new();
        match self.output.read_line(&mut line) {
            Ok(0) => Err("the server has ended".into()),
            Ok(_) => Ok(line.trim().to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// A field of `/proc/<pid>/status` in KiB, such as `RssAnon`.
    pub fn memory(&self, field: &str) -> Result<u64, String> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id()));
        let status = status.map_err(|error| error.to_string())?;
        let kib = |line: &str| {
            line.strip_prefix(field)?.strip_prefix(':')?.trim().strip_suffix("kB")?.trim().parse().ok()
        };
        status.lines().find_map(kib).ok_or_else(|| format!("/proc has no {field}"))
    }

    /// The number of open file descriptors.
    pub fn file_descriptors(&self) -> Result<usize, String> {
        let descriptors = std::fs::read_dir(format!("/proc/{}/fd", self.id()));
        descriptors.map(Iterator::count).map_err(|error| error.to_string())
    }

    /// Closes the standard input of the server, which makes it stop, and waits for its end.
    pub fn stop(mut self) -> Result<(), String> {
        drop(self.process.stdin.take());
        self.process.wait().map(drop).map_err(|error| error.to_string())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
