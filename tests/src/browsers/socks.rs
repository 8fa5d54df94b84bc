//! A SOCKS proxy for which every host is this machine. <https://www.rfc-editor.org/rfc/rfc1928>
//!
//! WebKitGTK has no option that resolves made-up host names, but it lets a SOCKS proxy resolve them.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::thread;

/// A running proxy. It serves until its process ends, because its listener costs nothing.
pub(crate) struct SocksProxy {
    port: u16,
}

impl SocksProxy {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                thread::spawn(move || {
                    // A connection that fails is an error of the page, and visible there.
                    let _ = serve(client);
                });
            }
        });
        Self { port }
    }

    pub(crate) fn url(&self) -> String {
        format!("socks5://127.0.0.1:{}", self.port)
    }
}

fn serve(mut client: TcpStream) -> io::Result<()> {
    client.set_nodelay(true)?;
    let [_version, methods] = read(&mut client)?;
    discard(&mut client, methods)?;
    // No authentication.
    client.write_all(&[5, 0])?;
    let [_version, _command, _reserved, address_type] = read(&mut client)?;
    let length = match address_type {
        1 => 4,
        4 => 16,
        _ => read::<1>(&mut client)?[0],
    };
    discard(&mut client, length)?;
    let port = u16::from_be_bytes(read(&mut client)?);
    let server = TcpStream::connect((Ipv4Addr::LOCALHOST, port));
    let code = if server.is_ok() { 0 } else { 5 };
    client.write_all(&[5, code, 0, 1, 0, 0, 0, 0, 0, 0])?;
    let server = server?;
    server.set_nodelay(true)?;
    let (from_client, to_server) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || forward(from_client, to_server));
    forward(server, client);
    Ok(())
}

fn read<const LENGTH: usize>(stream: &mut TcpStream) -> io::Result<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn discard(stream: &mut TcpStream, length: u8) -> io::Result<()> {
    stream.read_exact(&mut vec![0; length.into()])
}

/// Copies until one side closes, and then closes both.
fn forward(mut from: TcpStream, mut to: TcpStream) {
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}
