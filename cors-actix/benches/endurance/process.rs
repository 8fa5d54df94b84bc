//! The server, in a process of its own.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdout, Command, Stdio};

/// A server that ends with this value.
pub struct Server {
    process: Child,
    output: BufReader<ChildStdout>,
    pub address: SocketAddr,
}

impl Server {
    /// Starts this program with an argument that makes it a server.
    pub fn start(argument: &str) -> Result<Self, String> {
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let mut command = Command::new(program);
        // glibc returns the memory of large buffers to the kernel at once. Otherwise it keeps as much as all buffers had at
        // the worst moment so far, and this maximum grows for hours, with or without a leak.
        command.env("MALLOC_MMAP_THRESHOLD_", "65536").env("MALLOC_TRIM_THRESHOLD_", "65536");
        let command = command.arg(argument).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
        let output = BufReader::new(process.stdout.take().expect("standard output is a pipe"));
        let mut server = Self { process, output, address: ([127, 0, 0, 1], 0).into() };
        server.address =
            server.line()?.parse().map_err(|error| format!("the server prints no address: {error}"))?;
        Ok(server)
    }

    /// Sends a command and returns the line that answers it.
    pub fn command(&mut self, command: &str) -> Result<String, String> {
        let input = self.process.stdin.as_mut().expect("standard input is a pipe");
        writeln!(input, "{command}").map_err(|error| format!("the server is gone: {error}"))?;
        self.line()
    }

    fn line(&mut self) -> Result<String, String> {
        let mut line = String::new();
        match self.output.read_line(&mut line) {
            Ok(0) => Err("the server ended".into()),
            Ok(_) => Ok(line.trim().to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// The memory that belongs to the process alone, in KiB: its heap, its stacks and the data that it has written to. (Pages
    /// of the program's file come and go as the kernel likes.)
    pub fn memory(&self) -> Result<u64, String> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()));
        let status = status.map_err(|error| error.to_string())?;
        let kib = status.lines().find_map(|line| line.strip_prefix("RssAnon:")?.trim().strip_suffix("kB"));
        kib.and_then(|kib| kib.trim().parse().ok()).ok_or_else(|| "/proc has no RssAnon".into())
    }

    pub fn file_descriptors(&self) -> Result<usize, String> {
        let descriptors = std::fs::read_dir(format!("/proc/{}/fd", self.process.id()));
        descriptors.map(Iterator::count).map_err(|error| error.to_string())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
