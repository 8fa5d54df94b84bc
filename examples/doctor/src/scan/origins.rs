//! Origins that are allowed but should not be.

use cors_core::Key;
use cors_core::browser::{CredentialsMode, Reason, Response, cors_check};

use super::finding::{Finding, Level};
use super::strangers::Kind;
use super::{Probe, Probes};
use crate::exchanges::Exchange;
use crate::fault::marked;

/// What a response lets an origin do, in increasing order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Access {
    None,
    /// Reading, because of a `*`, which includes every origin.
    Anyone,
    /// Reading, because the response contains the origin.
    Read,
    /// Reading with the visitor's cookies.
    WithCredentials,
}

fn access(origin: &str, response: &Response) -> Access {
    if cors_check(origin, CredentialsMode::Omit, response).is_err() {
        return Access::None;
    }
    match cors_check(origin, CredentialsMode::Include, response) {
        Ok(()) => Access::WithCredentials,
        Err(failure) if failure.reason == Reason::WildcardOriginNotAllowed => Access::Anyone,
        Err(_) => Access::Read,
    }
}

/// The most that an origin may do, and the exchange that shows it.
fn most(probe: &Probe, probes: &Probes<'_>) -> (Access, usize) {
    let asked = [&probe.read, &probe.preflight].into_iter().flatten();
    let answers =
        asked.map(|asked| (access(&probe.origin, &probes.answer(asked).answer.response), asked.number));
    // If several are equal, the first one counts, because a response that is read shows more than a preflight.
    answers.fold((Access::None, 0), |most, answer| if answer.0 > most.0 { answer } else { most })
}

pub fn findings(probes: &Probes<'_>) -> Vec<Finding> {
    let strangers: Vec<_> = probes
        .probes
        .iter()
        .filter_map(|probe| Some((probe.kind?, probe, most(probe, probes))))
        .filter(|(.., (access, _))| *access >= Access::Read)
        .collect();
    let everyone = strangers.iter().find(|(kind, ..)| *kind == Kind::MadeUp).map(|(.., (access, _))| *access);
    let mut findings = Vec::new();
    for (kind, probe, (access, number)) in strangers {
        // If the made-up origin may do the same, one finding is enough.
        if kind == Kind::MadeUp || everyone.is_none_or(|everyone| access > everyone) {
            findings.push(finding(kind, probe, access, number, probes));
        }
    }
    findings.extend(credentials_for_everyone(probes));
    findings
}

fn finding(kind: Kind, probe: &Probe, access: Access, number: usize, probes: &Probes<'_>) -> Finding {
    let (origin, trusted) = (&probe.origin, &probes.trusted().origin);
    let with_credentials = access == Access::WithCredentials;
    let may = if with_credentials { "act as the signed-in user" } else { "read the answers" };
    let list = format!("list the origins that you trust: {} = [{trusted:?}]", Key::Origins);
    let (code, message, help) = match kind {
        Kind::MadeUp if with_credentials => (
            "origin-reflected",
            format!(
                "The server allows any origin that asks, here {origin}: every site on the web may {may}."
            ),
            list,
        ),
        Kind::MadeUp => (
            "origin-reflected",
            format!(
                "The server allows any origin that asks, here {origin}. Without credentials that is what `*` says, \
                 but it fills caches with an answer for each origin."
            ),
            format!("if everyone may read it: {} = \"*\"; otherwise {list}", Key::Origins),
        ),
        Kind::Null => (
            "origin-null",
            format!(
                "The server allows the origin `null`: any site can make a sandboxed frame that has it, and {may}."
            ),
            format!("leave `null` out: {} = [{trusted:?}]", Key::Origins),
        ),
        Kind::Suffix => (
            "origin-suffix",
            format!(
                "The server allows {origin}, which only starts like {trusted}: the owner of such a name may {may}."
            ),
            format!("compare whole origins: {} = [{trusted:?}]", Key::Origins),
        ),
        Kind::Prefix => (
            "origin-prefix",
            format!(
                "The server allows {origin}, which only ends like {trusted}: anyone who registers such a name may {may}."
            ),
            format!(
                "compare whole origins: {} = [{trusted:?}]; a pattern for subdomains has a dot before the domain, \
                 as in \"https://*.example.com\"",
                Key::Origins
            ),
        ),
        Kind::Http => (
            "origin-http",
            format!(
                "The server allows {origin}: an attacker on the network between that site and the visitor may {may}."
            ),
            format!("list the origin with `https` only: {} = [{trusted:?}]", Key::Origins),
        ),
    };
    let is_warning = !with_credentials && matches!(kind, Kind::MadeUp | Kind::Http);
    let exchange = probes.exchange(number);
    Finding {
        code,
        level: if is_warning { Level::Warning } else { Level::Hole },
        message,
        help,
        exchange: number,
        lines: who_and_credentials(exchange),
    }
}

fn who_and_credentials(exchange: &Exchange) -> Vec<crate::text::Marked> {
    let names = ["access-control-allow-origin", "access-control-allow-credentials"];
    names.iter().flat_map(|name| marked(exchange, name, |value| 0..value.len())).collect()
}

/// `*` and credentials in one answer.
fn credentials_for_everyone(probes: &Probes<'_>) -> Option<Finding> {
    let number = probes.numbers().into_iter().find(|&number| {
        let exchange = probes.exchange(number);
        let is_for_everyone =
            access("https://cors-doctor.example", &exchange.answer.response) == Access::Anyone;
        is_for_everyone && exchange.lines("access-control-allow-credentials").any(|value| value == b"true")
    })?;
    Some(Finding {
        code: "credentials-any-origin",
        level: Level::Hole,
        message: "The server allows credentials to every origin. Browsers refuse this combination, and only that keeps \
                  every site on the web from acting as the signed-in user."
            .to_owned(),
        help: format!(
            "list the origins that you trust: {} = [{:?}], {}; or leave the credentials out",
            Key::Origins,
            probes.trusted().origin,
            Key::Credentials
        ),
        exchange: number,
        lines: who_and_credentials(probes.exchange(number)),
    })
}
