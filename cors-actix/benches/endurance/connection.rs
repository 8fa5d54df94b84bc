//! A connection of a client. It reads responses completely and compares them.

use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use crate::answers::{Answer, Body, Expected};
use crate::cases::Case;

/// No read and no write waits longer.
const PATIENCE: Duration = Duration::from_secs(20);
/// A longer head is an error.
const LONGEST_HEAD: usize = 64 * 1024;

/// A connection that is kept alive.
pub struct Connection {
    stream: TcpStream,
    /// Bytes that were received and not used yet.
    buffer: Vec<u8>,
    /// The pause after each read.
    pause: Option<Duration>,
}

/// A response that was compared.
pub struct Received {
    /// What is wrong with it, for each of the expected answers.
    pub faults: [Option<String>; 2],
    /// Whether the connection can be used again.
    pub is_open: bool,
}

/// The beginning of a response.
struct Head {
    status: u16,
    /// With names in lower case, in alphabetical order, without `date` and `connection`.
    headers: Vec<(String, String)>,
}

impl Connection {
    pub fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream, buffer: Vec::with_capacity(32 * 1024), pause: None })
    }

    /// Pauses after each read from now on.
    pub fn read_slowly(&mut self, pause: Duration) {
        self.pause = Some(pause);
    }

    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream.write_all(bytes)
    }

    /// Closes this side of the connection, and waits until the server closes the other one.
    pub fn close(mut self) -> Result<()> {
        self.stream.shutdown(Shutdown::Write)?;
        match self.fill()? {
            0 => Ok(()),
            _ => Err(Error::other("the server sent more than the responses")),
        }
    }

    /// Reads the beginning of a response.
    pub fn receive_some(&mut self) -> Result<()> {
        match self.fill()? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// Reads the response to a request and compares it with what is expected.
    ///
    /// # Errors
    /// If the response is not complete, unless that is expected.
    pub fn receive(&mut self, case: &Case) -> Result<Received> {
        let Some(head) = self.read_head()? else {
            let fault = |expected: &Expected| match expected {
                Expected::Nothing => None,
                _ => Some("the server closed the connection".to_owned()),
            };
            return Ok(Received { faults: case.expected.each_ref().map(fault), is_open: false });
        };
        let mut faults = case.expected.each_ref().map(|expected| match expected {
            Expected::Answer(answer) | Expected::Cut(answer) | Expected::Rejected(answer) => {
                head.fault(answer)
            }
            Expected::Nothing => Some(format!("no response expected, got {head:?}")),
        });
        let expected = case.expected.each_ref().map(|expected| match expected {
            Expected::Answer(answer) | Expected::Rejected(answer) => Some((&answer.body, true)),
            Expected::Cut(answer) => Some((&answer.body, false)),
            Expected::Nothing => None,
        });
        // If no head is as expected, the body is read as the first answer requires.
        let index = faults.iter().position(Option::is_none).unwrap_or(0);
        let Some((body, is_whole)) = expected[index] else { return Ok(Received { faults, is_open: false }) };
        if let Err(fault) = self.read_body(&head, case.is_head, body, is_whole)? {
            faults = faults.map(|head| head.or(Some(fault.clone())));
        }
        let is_open = is_whole && !case.may_be_cut_off();
        if !is_open && is_whole {
            self.read_to_end(&mut faults)?;
        }
        Ok(Received { faults, is_open })
    }

    /// Reads the head of a response, or `None` if the connection ends before it.
    fn read_head(&mut self) -> Result<Option<Head>> {
        let length = loop {
            if let Some(length) = position(&self.buffer, b"\r\n\r\n") {
                break length;
            }
            if self.buffer.len() > LONGEST_HEAD {
                return Err(Error::other("the head of the response has no end"));
            }
            if self.fill()? == 0 {
                return if self.buffer.is_empty() { Ok(None) } else { Err(ErrorKind::UnexpectedEof.into()) };
            }
        };
        let head =
            Head::parse(&self.buffer[..length]).ok_or_else(|| Error::other("the head is not HTTP/1.1"))?;
        self.buffer.drain(..length + 4);
        Ok(Some(head))
    }

    /// Reads a body, and returns how it differs from the expected one.
    fn read_body(
        &mut self,
        head: &Head,
        is_head: bool,
        expected: &Body,
        is_whole: bool,
    ) -> Result<std::result::Result<(), String>> {
        let mut compared = Compared { expected, position: 0, is_equal: true };
        if is_head || head.status == 204 {
        } else if head.header("transfer-encoding") == Some("chunked") {
            loop {
                let Some(line) = self.read_line()? else {
                    return Ok(if is_whole { Err("the stream was cut".into()) } else { compared.result() });
                };
                let length = usize::from_str_radix(&line, 16).map_err(Error::other)?;
                self.read_part(length, &mut compared)?;
                self.read_line()?;
                if length == 0 {
                    break;
                }
            }
            if !is_whole {
                return Ok(Err("the stream is complete".into()));
            }
        } else {
            let length = head.header("content-length").and_then(|length| length.parse().ok());
            let length = length.ok_or_else(|| Error::other(format!("no length: {head:?}")))?;
            self.read_part(length, &mut compared)?;
        }
        Ok(compared.result())
    }

    fn read_part(&mut self, mut length: usize, compared: &mut Compared<'_>) -> Result<()> {
        while length > 0 {
            if self.buffer.is_empty() && self.fill()? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            let count = length.min(self.buffer.len());
            compared.add(&self.buffer[..count]);
            self.buffer.drain(..count);
            length -= count;
        }
        Ok(())
    }

    /// Reads a line, or `None` if the connection ends.
    fn read_line(&mut self) -> Result<Option<String>> {
        loop {
            if let Some(length) = position(&self.buffer, b"\r\n") {
                let line = String::from_utf8_lossy(&self.buffer[..length]).into_owned();
                self.buffer.drain(..length + 2);
                return Ok(Some(line));
            }
            if self.fill()? == 0 {
                return Ok(None);
            }
        }
    }

    /// A response that announced the end of the connection is followed by nothing.
    fn read_to_end(&mut self, faults: &mut [Option<String>; 2]) -> Result<()> {
        let is_at_end = self.buffer.is_empty()
            && match self.fill() {
                Ok(count) => count == 0,
                // The server closed before it had read the whole request.
                Err(error) => error.kind() == ErrorKind::ConnectionReset,
            };
        if !is_at_end {
            faults.iter_mut().for_each(|fault| *fault = Some("more than a response came back".into()));
        }
        Ok(())
    }

    /// Reads once. It returns 0 at the end of the connection.
    fn fill(&mut self) -> Result<usize> {
        let mut bytes = [0; 16 * 1024];
        let count = self.stream.read(&mut bytes)?;
        self.buffer.extend_from_slice(&bytes[..count]);
        if let Some(pause) = self.pause {
            std::thread::sleep(pause);
        }
        Ok(count)
    }
}

impl Head {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let text = str::from_utf8(bytes).ok()?;
        let mut lines = text.split("\r\n");
        let status = lines.next()?.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
        let mut headers = Vec::new();
        for line in lines {
            let (name, value) = line.split_once(": ")?;
            let name = name.to_ascii_lowercase();
            if name != "date" && name != "connection" {
                headers.push((name, value.to_owned()));
            }
        }
        headers.sort();
        Some(Self { status, headers })
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    /// How the head differs from that of the expected answer.
    fn fault(&self, expected: &Answer) -> Option<String> {
        let headers = || self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let is_expected = self.status == expected.status
            && headers().eq(expected.headers.iter().map(|(name, value)| (*name, value.as_str())));
        (!is_expected).then(|| format!("expected {} {:?}, got {self:?}", expected.status, expected.headers))
    }
}

impl std::fmt::Debug for Head {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?}", self.status, self.headers)
    }
}

/// A body that is compared while it is read.
struct Compared<'a> {
    expected: &'a Body,
    position: usize,
    is_equal: bool,
}

impl Compared<'_> {
    fn add(&mut self, mut bytes: &[u8]) {
        let part = self.expected.part;
        while !bytes.is_empty() && self.is_equal {
            if self.position >= part.len() * self.expected.times {
                self.is_equal = false;
                return;
            }
            let rest = &part[self.position % part.len()..];
            let count = rest.len().min(bytes.len());
            self.is_equal = rest[..count] == bytes[..count];
            self.position += count;
            bytes = &bytes[count..];
        }
    }

    fn result(&self) -> std::result::Result<(), String> {
        let length = self.expected.part.len() * self.expected.times;
        if self.is_equal && self.position == length {
            Ok(())
        } else {
            Err(format!(
                "the body is not the expected one of {length} bytes ({} bytes compared)",
                self.position
            ))
        }
    }
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
