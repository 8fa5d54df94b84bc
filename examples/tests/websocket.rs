//! The example program, with handshakes as browsers send them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

struct Program {
    child: Child,
    address: String,
}

impl Program {
    fn start() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_websocket"));
        let mut child = command.args(["--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening on http://").expect("the line that says where");
        Self { address: address.to_owned(), child }
    }

    /// Sends a handshake, and returns its status and the connection.
    fn handshake(&self, headers: &str) -> (u16, BufReader<TcpStream>) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        write!(
            stream,
            "GET /echo HTTP/1.1\r\nhost: {}\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: \
             13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n",
            self.address
        )
        .unwrap();
        let mut stream = BufReader::new(stream);
        let mut lines = stream.by_ref().lines().map(Result::unwrap);
        let status = lines.next().unwrap()[9..12].parse().unwrap();
        assert!(lines.any(|line| line.is_empty()));
        (status, stream)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_page_of_another_site_cannot_open_the_socket() {
    let program = Program::start();
    let own = format!("origin: http://{}\r\n", program.address);
    for (headers, status) in [
        ("origin: https://app.example.com\r\n", 101),
        (own.as_str(), 101),
        ("origin: https://stranger.example\r\n", 404),
        ("origin: https://app.example.com.stranger.example\r\n", 404),
        ("origin: http://app.example.com\r\n", 404),
        ("origin: null\r\n", 404),
        ("cookie: session=1\r\n", 404),
    ] {
        assert_eq!(program.handshake(headers).0, status, "{headers}");
    }
}

#[test]
fn the_socket_echoes_messages() {
    let program = Program::start();
    let (status, mut stream) = program.handshake("origin: https://app.example.com\r\n");
    assert_eq!(status, 101);
    // A text frame, masked with zeros (https://www.rfc-editor.org/rfc/rfc6455#section-5.2).
    stream.get_mut().write_all(b"\x81\x85\0\0\0\0hello").unwrap();
    let mut frame = [0; 7];
    stream.read_exact(&mut frame).unwrap();
    assert_eq!(&frame, b"\x81\x05hello");
}
