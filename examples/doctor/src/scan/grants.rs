//! Methods and headers that every origin may use.

use cors_core::Key;
use cors_core::browser::Step;

use super::finding::{Finding, Level};
use super::{Asked, Probes};
use crate::exchanges::Exchange;
use crate::fault::marked;

pub fn findings(probes: &Probes<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let is_granted = |asked: &&Asked| matches!(probes.next(asked), Step::Send(_));
    if let Some(asked) = probes.method.as_ref().filter(is_granted) {
        let exchange = probes.answer(asked);
        findings.push(Finding {
            code: "methods-for-everyone",
            level: Level::Warning,
            message: format!(
                "A made-up origin may send {}: every site on the web can make its visitors send it.",
                asked_method(exchange)
            ),
            help: format!("list the methods that everyone needs: {} = [\"GET\"]", Key::Methods),
            exchange: asked.number,
            lines: marked(exchange, "access-control-allow-methods", |value| 0..value.len()),
        });
    }
    if let Some(asked) = probes.header.as_ref().filter(is_granted) {
        let exchange = probes.answer(asked);
        findings.push(Finding {
            code: "headers-for-everyone",
            level: Level::Warning,
            message: "A made-up origin may send a made-up header: every site on the web can send any header, also one that \
                      the server trusts because only its own pages could send it."
                .to_owned(),
            help: format!("list the headers that are needed: {} = [\"content-type\"]", Key::Headers),
            exchange: asked.number,
            lines: marked(exchange, "access-control-allow-headers", |value| 0..value.len()),
        });
    }
    findings
}

fn asked_method(exchange: &Exchange) -> String {
    let mut headers = exchange.request.headers.iter();
    let method = headers.find(|(name, _)| name == "Access-Control-Request-Method");
    method.map(|(_, method)| String::from_utf8_lossy(method).into_owned()).unwrap_or_default()
}
