//! Fuzzes decisions. The compiled policy, `Policy::allows_origin` and a plain list of patterns have to agree, and no
//! answer may contain a byte that is not allowed in a header.
#![no_main]

use cors_core::{
    Answers, CompiledPolicy, Decision, Existing, Origin, OriginPattern, PlainRequest, Policy, Response,
    ResponseHeader,
};
use libfuzzer_sys::fuzz_target;

struct Outgoing(Vec<(ResponseHeader, Vec<u8>)>);

impl Response for Outgoing {
    type Value = Vec<u8>;

    fn header(&self, name: ResponseHeader) -> impl Iterator<Item = &[u8]> {
        self.0.iter().filter(move |line| line.0 == name).map(|line| line.1.as_slice())
    }
    fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|line| line.0.as_str())
    }
    fn append(&mut self, name: ResponseHeader, value: Vec<u8>) {
        self.0.push((name, value));
    }
    fn remove(&mut self, name: ResponseHeader) {
        self.0.retain(|line| line.0 != name);
    }
    fn value(text: &str) -> Vec<u8> {
        text.as_bytes().to_vec()
    }
}

// The input has six fields, which are separated by 0xff. The last one contains patterns, separated by spaces.
fuzz_target!(|input: &[u8]| {
    let fields: Vec<&[u8]> = input.splitn(6, |&byte| byte == 0xff).collect();
    let [flags, origin, method, headers, authority, patterns] = fields[..] else { return };
    let flags = flags.first().copied().unwrap_or(0);
    let patterns: Vec<&str> = patterns
        .split(|&byte| byte == b' ')
        .filter_map(|text| std::str::from_utf8(text).ok())
        .filter(|text| OriginPattern::parse(text).is_ok_and(|p| !p.is_any() && !p.is_null()))
        .collect();
    if patterns.is_empty() {
        return;
    }
    // The same patterns by themselves, and together with so many others that the compiled policy uses its other
    // look-up.
    let filler: Vec<String> =
        (0..10).flat_map(|i| [format!("https://f{i}.test"), format!("https://*.f{i}.test")]).collect();
    let many = patterns.iter().copied().chain(filler.iter().map(String::as_str)).collect::<Vec<_>>();
    let is_filler = |origin: &Origin<'_>| origin.host().ends_with(".test");

    for list in [&patterns, &many] {
        let except = flags & 1 != 0;
        let builder = if except {
            Policy::builder().origins("*").except(list)
        } else {
            Policy::builder().origins(list)
        };
        let policy = builder
            .credentials(!except && flags & 2 != 0)
            .allow(cors_core::Allow::ALL.iter().copied())
            .methods(if flags & 4 != 0 { "*" } else { "PUT" })
            .headers(if flags & 8 != 0 { "*" } else { "x-a" })
            .enforce(flags & 16 != 0)
            .build()
            .expect("these patterns are valid");
        let compiled = CompiledPolicy::new(&policy).expect("a policy from the builder compiles");
        let preflight = flags & 32 != 0;
        let lines: [(&str, &[u8]); 4] = [
            ("origin", origin),
            ("host", authority),
            ("access-control-request-headers", headers),
            ("access-control-request-method", method),
        ];
        let lines = &lines[..if preflight { 4 } else { 3 }];
        let sent = PlainRequest::from_bytes(if preflight { "OPTIONS" } else { "GET" }, lines);
        let decision = compiled.decide(&sent);
        let granted = matches!(decision, Decision::Granted | Decision::PreflightGranted);

        let parsed = Origin::parse(origin);
        if parsed.as_ref().is_some_and(is_filler) {
            continue;
        }
        let expected = parsed.is_some_and(|parsed| {
            let port = parsed.port().map_or(String::new(), |port| format!(":{port}"));
            let text = format!("{}://{}{port}", parsed.scheme(), parsed.host());
            let without_dot =
                Origin::parse(text.as_bytes()).expect("an origin without its trailing dot is an origin");
            let seen = if except { without_dot } else { parsed };
            except != patterns.iter().any(|pattern| OriginPattern::parse(pattern).unwrap().matches(&seen))
        });
        assert_eq!(granted, expected, "{policy}");
        if let Ok(text) = std::str::from_utf8(origin) {
            assert_eq!(policy.allows_origin(text), granted, "{policy}");
        }
        assert_eq!(compiled.refusal(&sent).is_some(), !granted && !cors_core::is_same_origin(&sent));

        let answers = Answers::new(compiled.clone(), |text| text.as_bytes().to_vec());
        let mut response = Outgoing(Vec::new());
        let repeated = answers.origin_to_repeat(decision, &sent);
        if answers.get(decision).status.is_some() {
            answers.write(decision, &sent, repeated.as_ref(), &mut response);
        } else {
            answers.add_to(decision, repeated.as_ref(), Existing::default(), &mut response);
        }
        for (_, bytes) in &response.0 {
            assert!(bytes.len() <= 8192 && bytes.iter().all(|&byte| matches!(byte, b'\t' | b' '..=b'~')));
        }
        if compiled.missing_grant(&sent).is_none() && preflight {
            assert!(std::str::from_utf8(method).is_ok_and(|method| !method.is_empty()));
        }
    }
});
