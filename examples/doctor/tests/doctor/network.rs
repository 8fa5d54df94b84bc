//! The network: TLS, HTTP/2, a proxy, and servers that stall or do not answer in HTTP.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;

use crate::program::{APP, doctor};

/// Calls `serve` with each connection, on any free port. The thread ends with the test's process.
fn listen(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("it is bound").port();
    let serve = Arc::new(serve);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = Arc::clone(&serve);
            thread::spawn(move || serve(stream));
        }
    });
    port
}

/// A self-signed certificate for `host`.
fn tls(host: &str, protocol: &[u8]) -> Arc<ServerConfig> {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed([host.to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.expect("versions").with_no_client_auth();
    let mut config = config.with_single_cert(vec![cert.der().clone()], key).expect("they belong together");
    config.alpn_protocols = vec![protocol.to_vec()];
    Arc::new(config)
}

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\nAccess-Control-Allow-Origin: *\r\n\r\n";

/// Reads the head of a request, and answers it.
fn answer(stream: &mut (impl Read + Write)) {
    let mut head = BufReader::new(&mut *stream).lines().map_while(Result::ok);
    if head.any(|line| line.is_empty()) {
        let _ = stream.write_all(ANSWER);
        let _ = stream.flush();
    }
}

#[test]
fn a_wrong_certificate_is_status_2_and_insecure_accepts_it() {
    let config = tls("other.example", b"http/1.1");
    let port = listen(move |stream| {
        let connection = rustls::ServerConnection::new(Arc::clone(&config)).expect("a connection");
        answer(&mut rustls::StreamOwned::new(connection, stream));
    });
    let url = format!("https://api.example.com:{port}/");
    let arguments = ["GET", &url, "--origin", APP, "--resolve", "api.example.com:127.0.0.1"];
    let run = doctor(&arguments);
    assert_eq!(run.status, 2, "{run:?}");
    assert!(run.stderr.contains("certificate") && run.stderr.contains("--insecure"), "{}", run.stderr);
    let run = doctor(&[&arguments[..], &["--insecure", "--json"]].concat());
    assert_eq!((run.status, run.verdicts()[0].as_str()), (0, "readable"), "{run:?}");
}

#[test]
fn http_2_is_used_if_the_server_offers_it() {
    let config = tls("localhost", b"h2");
    let port = listen(move |stream| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::clone(&config));
        stream.set_nonblocking(true).expect("a socket");
        runtime.block_on(async {
            let stream = tokio::net::TcpStream::from_std(stream).expect("a socket");
            let Ok(stream) = acceptor.accept(stream).await else { return };
            let Ok(mut connection) = h2::server::handshake(stream).await else { return };
            while let Some(Ok((_, mut respond))) = connection.accept().await {
                let response = http::Response::builder().header("access-control-allow-origin", "*");
                let _ = respond.send_response(response.body(()).expect("a response"), true);
            }
        });
    });
    let url = format!("https://localhost:{port}/");
    let run = doctor(&["GET", &url, "--origin", APP, "--insecure"]);
    assert_eq!(run.status, 0, "{run:?}");
    assert!(run.stdout.contains("< HTTP/2.0 200\n"), "{}", run.stdout);
}

#[test]
fn a_server_that_stalls_is_status_2_after_the_time_limit_with_a_line_of_progress() {
    let port = listen(|stream| {
        thread::sleep(Duration::from_secs(30));
        drop(stream);
    });
    let url = format!("http://127.0.0.1:{port}/");
    let start = Instant::now();
    let run = doctor(&["GET", &url, "--origin", APP, "--timeout", "2"]);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    assert_eq!(run.status, 2, "{run:?}");
    assert!(run.stderr.contains(&format!("waiting for GET {url} (at most 2 s)\n")), "{}", run.stderr);
    assert!(run.stderr.contains("no answer within 2 s"), "{}", run.stderr);
    let run = doctor(&["GET", &url, "--origin", APP, "--timeout", "1", "--json"]);
    assert!(run.json()["error"]["message"].as_str().unwrap().contains("no answer within 1 s"), "{run:?}");
}

#[test]
fn a_server_that_does_not_answer_in_http_is_status_2() {
    for garbage in [
        &b""[..],
        b"\x1b[31mSSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin *\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: \0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: b",
    ] {
        let port = listen(move |mut stream| {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(garbage);
        });
        let url = format!("http://127.0.0.1:{port}/");
        let run = doctor(&["GET", &url, "--origin", APP]);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{garbage:?}: {run:?}");
        assert!(run.stderr.starts_with(&format!("error: GET {url} could not be asked: ")), "{}", run.stderr);
        assert!(run.stderr.bytes().all(|byte| matches!(byte, b'\n' | b' '..=b'~')), "{}", run.stderr);
    }
}

#[test]
fn a_missing_server_is_status_2() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("it is bound").port();
    drop(listener);
    let run = doctor(&["GET", &format!("http://127.0.0.1:{port}/"), "--origin", APP]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("Connection refused") && run.stderr.contains("help: "), "{}", run.stderr);
}

#[test]
fn everything_is_sent_through_the_proxy() {
    let port = listen(|mut stream| {
        let mut line = String::new();
        BufReader::new(&stream).read_line(&mut line).expect("a request");
        let is_for_proxy = line.starts_with("GET http://api.example.com/items HTTP/1.1");
        let _ = stream.write_all(if is_for_proxy { ANSWER } else { b"HTTP/1.1 400 X\r\n\r\n" });
    });
    let proxy = format!("http://127.0.0.1:{port}");
    let page = "http://app.example.com";
    let gone = "http://127.0.0.1:1";
    let run = doctor(&["GET", "http://api.example.com/items", "--origin", page, "--proxy", gone]);
    assert!(
        run.status == 2 && run.stderr.contains("help: check the host name and the port of --proxy"),
        "{run:?}"
    );
    let run = doctor(&["GET", "http://api.example.com/items", "--origin", page, "--proxy", &proxy]);
    assert_eq!(run.status, 0, "{run:?}");
}
