//! The responses of the library are those of a second implementation, for any policy and any request, and no response carries
//! bytes that a header must not have.
//!
//! The input is fields with 0xff between them: two bytes of flags, four lists with spaces between their entries (origins,
//! methods, headers, exposed headers), the method, and header lines. The first letter of a line selects its name.
#![no_main]

use cors_core::{
    Answers, CompiledPolicy, Existing, ForwardedHost, Origin, OriginPattern, PlainRequest, Policy, Refusal,
    Response, ResponseHeader,
};
use cors_core_fuzz::policy::{Policy as NaivePolicy, Response as NaiveResponse};
use cors_core_fuzz::request::Request as NaiveRequest;
use libfuzzer_sys::{Corpus, fuzz_target};

/// The names of request headers, by the first letter of a line.
const REQUEST_HEADERS: [(u8, &str); 9] = [
    (b'o', "origin"),
    (b'm', "access-control-request-method"),
    (b'n', "access-control-request-headers"),
    (b's', "sec-fetch-site"),
    (b'h', "host"),
    (b'a', ":authority"),
    (b'f', "forwarded"),
    (b'x', "x-forwarded-host"),
    (b'c', "cookie"),
];

/// The names of headers that the handler sets.
const HANDLERS_HEADERS: [(u8, &str); 9] = [
    (b'O', "access-control-allow-origin"),
    (b'C', "access-control-allow-credentials"),
    (b'E', "access-control-expose-headers"),
    (b'M', "access-control-allow-methods"),
    (b'V', "vary"),
    (b'X', "x-total-count"),
    (b'Y', "x-request-id"),
    (b'T', "content-type"),
    (b'K', "set-cookie"),
];

const ROUTE: [&str; 3] = ["GET", "PUT", "PUT"];

struct Outgoing(Vec<(String, Vec<u8>)>);

impl Response for Outgoing {
    type Value = Vec<u8>;

    fn header(&self, name: ResponseHeader) -> impl Iterator<Item = &[u8]> {
        self.0.iter().filter(move |line| line.0 == name.as_str()).map(|line| line.1.as_slice())
    }
    fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|line| line.0.as_str())
    }
    fn append(&mut self, name: ResponseHeader, value: Vec<u8>) {
        self.0.push((name.as_str().to_owned(), value));
    }
    fn remove(&mut self, name: ResponseHeader) {
        self.0.retain(|line| line.0 != name.as_str());
    }
    fn value(text: &str) -> Vec<u8> {
        text.as_bytes().to_vec()
    }
}

/// The lines among `fields` whose first letter selects a name of `names`.
fn lines<'a>(fields: &[&'a [u8]], names: &[(u8, &'static str)]) -> Vec<(&'static str, &'a [u8])> {
    let line = |field: &&'a [u8]| {
        let (letter, value) = field.split_first()?;
        let name = names.iter().find(|name| name.0 == *letter)?.1;
        Some((name, value))
    };
    fields.iter().filter_map(line).collect()
}

fn words(field: &[u8]) -> Vec<&str> {
    let mut words: Vec<_> =
        std::str::from_utf8(field).unwrap_or_default().split(' ').filter(|word| !word.is_empty()).collect();
    // A list of nothing but `*` is the same as one `*`.
    if words.iter().all(|&word| word == "*") {
        words.truncate(1);
    }
    words
}

fuzz_target!(|input: &[u8]| -> Corpus {
    let fields: Vec<&[u8]> = input.split(|&byte| byte == 0xff).take(32).collect();
    let [flags, origins, methods, headers, expose, method, fields @ ..] = &fields[..] else {
        return Corpus::Reject;
    };
    let [first, second] = [0, 1].map(|index| flags.get(index).copied().unwrap_or(0));
    let is_set = |byte: u8, bit: u8| byte & 1 << bit != 0;
    let Ok(method) = std::str::from_utf8(method) else { return Corpus::Reject };

    // The policy, as lists of strings.
    let mut patterns = words(origins);
    patterns.retain(|text| OriginPattern::parse(text).is_ok_and(|pattern| !pattern.is_any()));
    // With so many patterns, they are looked up another way.
    let filler: Vec<String> = if is_set(first, 3) {
        (0..10).flat_map(|i| [format!("https://f{i}.test"), format!("https://*.f{i}.test")]).collect()
    } else {
        Vec::new()
    };
    patterns.extend(filler.iter().map(String::as_str));
    let (origins, except) = match (is_set(first, 2), is_set(first, 7)) {
        (true, _) => (vec!["*"], patterns),
        (false, true) => (vec!["*"], Vec::new()),
        (false, false) => (patterns, Vec::new()),
    };
    let naive = NaivePolicy {
        credentials: is_set(first, 0) && origins != ["*"] && !origins.contains(&"null"),
        origins,
        except,
        methods: words(methods),
        headers: words(headers),
        expose: words(expose),
        max_age: is_set(first, 4).then_some(600),
        enforce: is_set(first, 1),
        preflight_status: if is_set(first, 5) { 200 } else { 204 },
        route: is_set(second, 2).then_some(&ROUTE),
        asked_method_only: is_set(second, 3),
    };
    let mut builder = Policy::builder()
        .origins(&naive.origins)
        .except(&naive.except)
        .credentials(naive.credentials)
        .methods(&naive.methods)
        .headers(&naive.headers)
        .expose(&naive.expose)
        .enforce(naive.enforce)
        .preflight_status(naive.preflight_status)
        .allow(cors_core::Allow::ALL.iter().copied());
    if let Some(seconds) = naive.max_age {
        builder = builder.max_age(seconds);
    }
    // What is no policy is the subject of another target.
    let Ok(policy) = builder.build() else { return Corpus::Reject };
    let mut compiled = CompiledPolicy::new(&policy).expect("a policy from the builder compiles");
    if let Some(route) = naive.route {
        compiled = compiled.for_route(route);
    }
    if naive.asked_method_only {
        compiled = compiled.without_preflight_cache();
    }
    if is_set(second, 4) {
        compiled = compiled.with_origin_function();
    }

    // The request.
    let sent = lines(fields, &REQUEST_HEADERS);
    let own = lines(fields, &HANDLERS_HEADERS);
    let mut request = PlainRequest::from_bytes(method, &sent);
    if is_set(first, 6) {
        request = request.over_tls();
    }
    let trusted = match second & 3 {
        1 => Some((ForwardedHost::Forwarded, "forwarded")),
        2 => Some((ForwardedHost::XForwardedHost, "x-forwarded-host")),
        _ => None,
    };
    if let Some((header, _)) = trusted {
        request = request.trust_forwarded_host(header);
    }
    let naive_request = NaiveRequest {
        method,
        lines: &sent,
        secure: is_set(first, 6),
        trusted_header: trusted.map(|(_, name)| name),
    };

    // The response.
    let expected = naive.respond(&naive_request, &own);
    let decision = compiled.decide(&request);
    let answers = Answers::new(compiled.clone(), |text| text.as_bytes().to_vec());
    let repeated = answers.origin_to_repeat(decision, &request);
    let status = answers.get(decision).status;
    let mut response = Outgoing(Vec::new());
    if status.is_some() {
        answers.write(decision, &request, repeated.as_ref(), &mut response);
        for (_, bytes) in &response.0 {
            assert!(bytes.len() <= 8192 && bytes.iter().all(|&byte| matches!(byte, b'\t' | b' '..=b'~')));
        }
    } else {
        response.0.extend(own.iter().map(|(name, value)| ((*name).to_owned(), value.to_vec())));
        let existing = Existing::of(&response);
        answers.add_to(decision, repeated.as_ref(), existing, &mut response);
    }
    let sorted = |mut response: NaiveResponse| {
        response.lines.sort();
        response
    };
    let actual = NaiveResponse { status, lines: response.0 };
    assert_eq!(sorted(actual), sorted(expected), "{policy}\n{naive_request:?}");

    // What is asked besides.
    let is_same_origin = naive_request.is_same_origin();
    assert_eq!(cors_core::is_same_origin(&request), is_same_origin, "{naive_request:?}");
    assert_eq!(decision.is_refusal(), naive.refuses(&naive_request), "{policy}\n{naive_request:?}");
    let is_cross_origin_refusal = decision.is_refusal() && !is_same_origin;
    assert_eq!(compiled.refusal(&request).is_some(), is_cross_origin_refusal, "{policy}\n{naive_request:?}");
    if let Some(Ok(origin)) = naive_request.value("origin").map(std::str::from_utf8) {
        assert_eq!(policy.allows_origin(origin), naive.grants_origin(&naive_request), "{policy} {origin:?}");
        let is_origin = cors_core_fuzz::origin::parse(origin.as_bytes()).is_some();
        assert_eq!(Origin::parse(origin.as_bytes()).is_some(), is_origin, "{origin:?}");
    }
    let asked_headers = naive_request.values("access-control-request-headers");
    let mut names = asked_headers.iter().flat_map(|line| cors_core_fuzz::members(line));
    let missing = naive_request.asked_method().and_then(|method| {
        if !naive.grants_method(method) {
            return Some(Refusal::MethodNotAllowed);
        }
        let is_missing = names.any(|name| !name.is_empty() && !naive.grants_header(name));
        is_missing.then_some(Refusal::HeaderNotAllowed)
    });
    assert_eq!(compiled.missing_grant(&request), missing, "{policy}\n{naive_request:?}");
    Corpus::Keep
});
