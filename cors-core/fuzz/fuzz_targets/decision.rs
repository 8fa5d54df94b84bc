//! The decision: the compiled matcher, the constant's answer and the plain list of patterns agree, and no answer carries
//! bytes that a response must not.
#![no_main]

use cors_core::{
    CompiledPolicy, Decision, Field, Origin, OriginPattern, Policy, Request, Value, echoes_headers,
    preflight_method,
};
use libfuzzer_sys::fuzz_target;

struct Sent<'a> {
    preflight: bool,
    origin: &'a [u8],
    method: &'a [u8],
    headers: &'a [u8],
    authority: &'a [u8],
}

impl Request for Sent<'_> {
    fn method(&self) -> &str {
        if self.preflight { "OPTIONS" } else { "GET" }
    }
    fn origin(&self) -> Field<'_> {
        Field::One(self.origin)
    }
    fn access_control_request_method(&self) -> Field<'_> {
        if self.preflight { Field::One(self.method) } else { Field::Absent }
    }
    fn access_control_request_headers(&self) -> impl Iterator<Item = &[u8]> {
        [self.headers].into_iter()
    }
    fn sec_fetch_site(&self) -> Field<'_> {
        Field::Absent
    }
    fn authority(&self) -> Option<&[u8]> {
        Some(self.authority)
    }
    fn is_secure(&self) -> bool {
        false
    }
}

// Fields with a 0xff between them; the last one holds patterns, with a space between them.
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
    // The same patterns among few, and among so many that they are looked up another way.
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
        let sent = Sent { preflight: flags & 32 != 0, origin, method, headers, authority };
        let decision = compiled.decide(&sent);
        let granted = matches!(decision, Decision::Granted | Decision::PreflightGranted);

        let parsed = Origin::parse(origin);
        if parsed.as_ref().is_some_and(is_filler) {
            continue;
        }
        let expected = parsed.is_some_and(|parsed| {
            let port = parsed.port().map_or(String::new(), |port| format!(":{port}"));
            let text = format!("{}://{}{port}", parsed.scheme(), parsed.host());
            let without_dot = Origin::parse(text.as_bytes()).expect("still an origin");
            let seen = if except { without_dot } else { parsed };
            except != patterns.iter().any(|pattern| OriginPattern::parse(pattern).unwrap().matches(&seen))
        });
        assert_eq!(granted, expected, "{policy}");
        if let Ok(text) = std::str::from_utf8(origin) {
            assert_eq!(policy.allows_origin(text), granted, "{policy}");
        }
        assert_eq!(compiled.refusal(&sent).is_some(), !granted && !cors_core::is_same_origin(&sent));

        for (_, value) in &compiled.answer(decision).headers {
            let bytes = match value {
                Value::Text(text) => text.as_bytes(),
                Value::RequestOrigin => origin,
                Value::RequestMethod => match preflight_method(&sent) {
                    Some(method) if compiled.echoes_method(method) => method,
                    _ => continue,
                },
                Value::RequestHeaders if echoes_headers([headers].into_iter()) => headers,
                _ => continue,
            };
            assert!(bytes.len() <= 8192 && bytes.iter().all(|&byte| matches!(byte, b'\t' | b' '..=b'~')));
        }
        if compiled.shortfall(&sent).is_none() && sent.preflight {
            assert!(std::str::from_utf8(method).is_ok_and(|method| !method.is_empty()));
        }
    }
});
