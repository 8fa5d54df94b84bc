//! The library grants the same origins as an oracle that shares no code with it.

use actix_web::{App, HttpResponse, web};
use cors_actix::{Cors, Policy, policy};
use cors_tests::all_tests;
use cors_tests::http::{Request, Server};
use url::Url;

static LISTED: Policy = policy! {
    origins = [
        "https://app.example.com",
        "https://*.partner.example",
        "http://localhost:*",
        "https://*.test.example:*",
        "http://[::1]:3000",
        "http://192.0.2.1",
    ],
};
static EXCEPT: Policy = policy! {
    origins = "*",
    except = ["https://evil.example", "https://*.evil.example", "http://localhost:*", "http://192.0.2.1", "http://[::1]:3000"],
};

fn serve() -> Server {
    Server::start(|| {
        let resource = |path| web::resource(path).route(web::get().to(HttpResponse::Ok));
        App::new()
            .service(resource("/listed").wrap(Cors::new(&LISTED)))
            .service(resource("/except").wrap(Cors::new(&EXCEPT)))
    })
}

/// The labels of a subdomain that a browser can send: one or more, each of 1 to 63 bytes.
fn are_labels(text: &[u8]) -> bool {
    text.split(|&byte| byte == b'.').all(|label| {
        (1..=63).contains(&label.len())
            && label.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
    })
}

/// Whether `rest` is empty or a port that an origin with this default port names.
fn is_port(rest: &[u8], default: u32) -> bool {
    let Some(digits) = rest.strip_prefix(b":") else { return rest.is_empty() };
    let plain =
        !digits.is_empty() && digits.len() <= 5 && digits[0] != b'0' && digits.iter().all(u8::is_ascii_digit);
    // At most five digits, so the number fits.
    let number = || digits.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0'));
    plain && number() <= 65535 && number() != default
}

/// Whether [`LISTED`] grants an origin, decided pattern by pattern.
fn is_listed(origin: &[u8]) -> bool {
    let exact: [&[u8]; 3] = [b"https://app.example.com", b"http://[::1]:3000", b"http://192.0.2.1"];
    if exact.contains(&origin) {
        return true;
    }
    if let Some(rest) = origin.strip_prefix(b"http://localhost") {
        return is_port(rest, 80);
    }
    let Some(authority) = origin.strip_prefix(b"https://") else { return false };
    let colon = authority.iter().position(|&byte| byte == b':').unwrap_or(authority.len());
    let (host, port) = authority.split_at(colon);
    let below = |base: &[u8]| host.strip_suffix(base).is_some_and(are_labels) && host.len() <= 253;
    (below(b".partner.example") && port.is_empty()) || (below(b".test.example") && is_port(port, 443))
}

/// Uses a URL parser to check that a granted origin is written as browsers write it and is not an exception.
fn may_be_granted_by_except(origin: &str) -> Result<(), String> {
    let url = Url::parse(origin).map_err(|error| format!("no URL: {error}"))?;
    let serialized = match url.origin() {
        origin @ url::Origin::Tuple(..) => origin.ascii_serialization(),
        // The URL parser does not know some schemes that have an origin in browsers.
        url::Origin::Opaque(_) => return Ok(()),
    };
    if serialized != origin {
        return Err(format!("a browser would send {serialized}"));
    }
    let host = url.host_str().unwrap_or_default().trim_end_matches('.').to_owned();
    let https_evil = url.scheme() == "https"
        && url.port().is_none()
        && (host == "evil.example" || host.ends_with(".evil.example"));
    let http = url.scheme() == "http";
    let excepted = https_evil
        || (http && host == "localhost")
        || (http && host == "192.0.2.1" && url.port().is_none())
        || (http && host == "[::1]" && url.port() == Some(3000));
    if excepted { Err("it is an exception".to_owned()) } else { Ok(()) }
}

const SEEDS: [&str; 24] = [
    "https://app.example.com",
    "https://a.partner.example",
    "https://b.a.partner.example",
    "https://partner.example",
    "http://localhost",
    "http://localhost:3000",
    "http://localhost:65535",
    "https://a.test.example",
    "https://a.test.example:8443",
    "https://a.test.example:443",
    "http://[::1]:3000",
    "http://[::1]",
    "http://192.0.2.1",
    "http://192.0.2.1:80",
    "https://evil.example",
    "https://a.evil.example",
    "https://evil.example.",
    "http://localhost.:3000",
    "https://xn--bcher-kva.example",
    "chrome-extension://abcdefghijklmnop",
    "null",
    "http://3221225985",
    "http://0xc0000201",
    "http://[0:0:0:0:0:0:0:1]:3000",
];

const PARTS: [&str; 40] = [
    ".",
    "..",
    ":",
    "::",
    "/",
    "//",
    "@",
    "*",
    "-",
    "_",
    "%",
    "%2e",
    "%00",
    "#",
    "?",
    "\\",
    " ",
    "\t",
    ",",
    "0",
    "00",
    "1",
    "80",
    "443",
    "3000",
    "65536",
    "a",
    "A",
    "b.",
    ".example",
    ".partner.example",
    "https://",
    "http://",
    "HTTPS://",
    "localhost",
    "[::1]",
    "xn--",
    "\u{e9}",
    "\u{ff0e}",
    "null",
];

/// A seed with up to three changes.
fn mutated(random: &mut fastrand::Rng) -> Vec<u8> {
    let mut bytes = random.choice(SEEDS).expect("a seed").as_bytes().to_vec();
    for _ in 0..random.usize(..4) {
        let at = random.usize(..=bytes.len());
        match random.u8(..6) {
            0 | 1 => {
                let part = random.choice(PARTS).expect("a part").bytes();
                drop(bytes.splice(at..at, part));
            }
            2 if at < bytes.len() => drop(bytes.remove(at)),
            3 if at < bytes.len() => bytes[at] = random.u8(0x20..),
            4 if at < bytes.len() => bytes[at] ^= 0x20,
            5 => {
                let other = random.choice(SEEDS).expect("a seed").as_bytes();
                bytes.truncate(at);
                bytes.extend_from_slice(&other[random.usize(..=other.len())..]);
            }
            _ => {}
        }
    }
    // A header value has no control characters, and its white space at the ends is not part of it.
    bytes.retain(|&byte| byte >= 0x20 && byte != 0x7f || byte == b'\t');
    bytes.trim_ascii().to_vec()
}

#[test]
fn grants_the_origins_that_an_independent_oracle_grants() {
    let server = serve();
    let (mut listed, mut excepted) = (server.connect(), server.connect());
    let mut random = fastrand::Rng::with_seed(19);
    let (mut granted_by_list, mut granted_by_except, mut refused_by_except) = (0, 0, 0);
    let origins = if all_tests() { 12_000 } else { 2_000 };
    for number in 0..origins {
        let origin = SEEDS.get(number).map_or_else(|| mutated(&mut random), |seed| (*seed).into());
        let text = String::from_utf8_lossy(&origin);
        let response = listed.send(&Request::get("/listed").origin(&origin));
        let granted = response.allowed_origin().is_some();
        assert_eq!(granted, is_listed(&origin), "{text:?}: {response:?}");
        assert!(!granted || response.allowed_origin() == Some(&text), "{text:?}: {response:?}");
        granted_by_list += u32::from(granted);

        let response = excepted.send(&Request::get("/except").origin(&origin));
        if let Some(allowed) = response.allowed_origin() {
            assert_eq!(allowed, text, "an exception makes the answer depend on the origin");
            if !text.contains("xn--") {
                may_be_granted_by_except(&text).unwrap_or_else(|why| panic!("{text:?} is granted: {why}"));
            }
            granted_by_except += 1;
        } else {
            refused_by_except += 1;
        }
    }
    // The numbers show that the origins are worth asking about.
    let counts = (granted_by_list, granted_by_except, refused_by_except);
    let enough = u32::try_from(origins / 12).expect("a small number");
    assert!(
        granted_by_list > enough && granted_by_except > enough && refused_by_except > enough,
        "{counts:?}"
    );
}

#[test]
fn no_spelling_of_an_exception_is_granted() {
    let server = serve();
    let mut connection = server.connect();
    for origin in [
        "https://evil.example",
        "https://evil.example.",
        "https://evil.example..",
        "https://a.evil.example.",
        "https://evil.example:443",
        "https://evil.example:0443",
        "https://evil.example:",
        "https://EVIL.example",
        "https://evil.EXAMPLE",
        "HTTPS://evil.example",
        "https:evil.example",
        "https:/evil.example",
        "https:\\\\evil.example",
        "https://user@evil.example",
        "https://evil.example/",
        "https://evil.example?",
        "https://evil%2eexample",
        "https://evil\u{ff0e}example",
        "https://%65vil.example",
        "http://127.1",
        "http://0300.0.2.1",
        "http://3221225985",
        "http://0xc0000201",
        "http://192.0.513",
        "http://192.0.2.1.",
        "http://[0:0:0:0:0:0:0:1]:3000",
        "http://[::0001]:3000",
        "http://[::0.0.0.1]:3000",
        "http://localhost.",
        "http://localhost.:1",
        "http://LOCALHOST:1",
        "null",
        "NULL",
        "",
        "*",
        "https://evil.example, https://good.example",
    ] {
        let response = connection.send(&Request::get("/except").origin(origin));
        assert_eq!(response.cors_headers(), [""; 0], "{origin:?}: {response:?}");
    }
    for origin in [
        "https://good.example",
        "http://evil.example",
        "https://evil.example:8443",
        "https://notevil.example",
    ] {
        let response = connection.send(&Request::get("/except").origin(origin));
        assert_eq!(response.allowed_origin(), Some(origin));
    }
}
