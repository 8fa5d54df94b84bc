//! The request headers that need a preflight.

use cors_core::browser::Request;

use super::{Directed, open};
use crate::world::empty;

impl Directed<'_> {
    /// Which headers need a preflight. The preflight is refused, so that the result shows it.
    pub(super) fn safelist(&mut self) {
        let origin = self.origin;
        let long = |start: &str, length: usize| format!("{start}{}", "a".repeat(length - start.len()));
        let zeros = |length: usize| "0".repeat(length);
        let mut lists: Vec<Vec<(&str, String)>> = [
            ("intervention", "x"),
            ("intervention", ""),
            ("range", "bytes=0-"),
            ("range", "Bytes=0-"),
            ("range", "BYTES=0-1"),
            ("range", "bytes=0-1,2-3"),
            ("range", "bytes=-1"),
            ("range", "bytes=9223372036854775807-"),
            ("range", "bytes=9223372036854775808-"),
            ("range", "bytes=0-9223372036854775808"),
            ("range", "bytes= 0-1"),
            ("range", "bytes=0 -1"),
            ("range", "bytes=0- 1"),
            ("range", "bytes =0-"),
            ("range", "bytes=\t0-"),
            ("range", "bytes=2-1"),
            ("range", "bytes=1-1"),
            ("range", "bytes=00001-1"),
            ("range", "bytes=+1-"),
            ("range", "bytes=1-,"),
            ("range", "bytes=,1-"),
            ("range", "bytes=1"),
            ("range", "bytes=-"),
            ("range", "bytes="),
            ("range", ""),
            ("user-agent", "x"),
            ("dpr", "2"),
            ("dpr", "2.0"),
            ("dpr", "2."),
            ("dpr", ".2"),
            ("dpr", "-2"),
            ("dpr", "+2"),
            ("dpr", "1e3"),
            ("dpr", "0x1"),
            ("dpr", ""),
            ("dpr", "inf"),
            ("device-memory", "8"),
            ("device-memory", "0.25"),
            ("device-memory", "x"),
            ("downlink", "1.5"),
            ("downlink", "-1.5"),
            ("downlink", "1e400"),
            ("width", "100"),
            ("width", "-100"),
            ("width", "1.5"),
            ("width", "99999999999999999999"),
            ("viewport-width", "100"),
            ("viewport-width", "+1"),
            ("rtt", "0"),
            ("rtt", "-0"),
            ("ect", "4g"),
            ("ect", "4G"),
            ("ect", "5g"),
            ("ect", "slow-2g"),
            ("save-data", "on"),
            ("save-data", "On"),
            ("save-data", "off"),
            ("save-data", "1"),
            ("sec-ch-ua", "x"),
            ("sec-purpose", "prefetch"),
            ("purpose", "prefetch"),
            ("x-purpose", "preview"),
            ("cache-control", "no-cache"),
            ("pragma", "no-cache"),
            ("if-none-match", "\"x\""),
            ("if-modified-since", "x"),
            ("last-event-id", "1"),
            ("dnt", "1"),
            ("upgrade-insecure-requests", "1"),
            ("service-worker", "script"),
            ("x-requested-with", "x"),
            ("access-control-request-private-network", "true"),
            ("access-control-request-local-network", "true"),
            ("x-http-method-override", "TRACE"),
            ("x-http-method-override", "PUT"),
            ("x-http-method", "a, track"),
            ("x-method-override", "\"TRACE\""),
            ("x-method-override", "\"a, TRACE\""),
            ("x-method-override", "trace,"),
            ("cookie", "page"),
            ("referer", "page"),
            ("set-cookie", "a=b"),
            ("proxy-authorization", "x"),
            ("sec-x", "x"),
            ("te", "trailers"),
            ("keep-alive", "1"),
            ("priority", "u=1"),
            ("accept", "a\"b"),
            ("accept", "\u{1}"),
            ("accept", "\u{7f}"),
            ("accept", "a\tb"),
            ("accept-language", "a_b"),
            ("accept-language", "a\tb"),
            ("content-language", "a/b"),
            ("content-language", "a/b"),
            ("content-type", ""),
            ("content-type", "text/plain"),
            ("content-type", "TEXT/plain; charset=utf-8"),
            ("content-type", "text/plain;charset=\"utf-8\""),
            ("content-type", "text/plain,text/plain"),
            ("content-type", "text/plain ;x"),
            ("content-type", "text/plain x"),
            ("content-type", "text/plain;é"),
            ("content-type", "text/plain;a=b;c"),
            ("content-type", "text/ plain"),
            ("content-type", "text/plain/x"),
            ("content-type", "multipart/form-data"),
            ("content-type", "application/x-www-form-urlencoded;x"),
            ("content-type", ";text/plain"),
            ("content-type", "text"),
            ("content-type", "text/plainx"),
            ("content-type", "text/plain\u{b}"),
            ("content-type", "text/plain\u{c};x"),
            ("content-type", "text/plain\u{1};x"),
        ]
        .into_iter()
        .map(|(name, value)| vec![(name, value.to_owned())])
        .collect();
        for length in [127, 128, 129] {
            lists.push(vec![("accept", long("", length))]);
            lists.push(vec![("accept-language", long("", length))]);
            lists.push(vec![("content-language", long("", length))]);
            lists.push(vec![("content-type", long("text/plain;", length))]);
            lists.push(vec![("range", format!("bytes={}-", zeros(length - 7)))]);
            lists.push(vec![("width", zeros(length))]);
            lists.push(vec![("accept", long("", length - 3)), ("accept", "b".to_owned())]);
            lists.push(vec![("content-type", "text/plain".to_owned()), ("content-type", long("", length))]);
            lists.push(vec![("intervention", long("", length))]);
        }
        // Sums around 1024: does the `Accept: */*` of a page that sets none count?
        for extra in 0..6 {
            for accept in [None, Some("*/*"), Some(""), Some("ab")] {
                let mut list: Vec<(&str, String)> = ["accept-language", "content-language"]
                    .into_iter()
                    .map(|name| (name, "a".repeat(128)))
                    .collect();
                list.extend(
                    ["dpr", "rtt", "width", "viewport-width", "downlink"].map(|name| (name, zeros(128))),
                );
                list.push(("device-memory", zeros(123 + extra)));
                list.extend(accept.map(|value| ("accept", value.to_owned())));
                lists.push(list);
            }
        }
        for list in lists {
            for method in ["GET", "POST"] {
                let wish = |request: Request| {
                    let bytes = |value: &str| value.chars().map(|c| c as u8).collect::<Vec<u8>>();
                    list.iter().fold(request.method(method), |request, (name, value)| {
                        request.header(*name, bytes(value))
                    })
                };
                let preflight = empty(204).header("Access-Control-Allow-Origin", "*");
                self.simple("safelist", wish, preflight, open(empty(200), origin));
            }
        }
    }
}
