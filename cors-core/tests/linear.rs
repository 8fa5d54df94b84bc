//! The cost of a hostile preflight is linear: twice the bytes need at most twice the instructions.
//!
//! valgrind counts the instructions, so the result does not depend on the load of the machine. The test starts itself under
//! valgrind. If valgrind is not installed, it is skipped, or fails with `CORS_VALGRIND=required`.
#![cfg(not(miri))]

use std::hint::black_box;
use std::path::Path;
use std::process::Command;

use cors_core::{
    Answers, CompiledPolicy, PlainRequest, PlainResponse, Policy, Request, RequestHeader, is_same_origin,
    readable_origin,
};

mod shapes;

const COUNTED: &str = "CORS_LINEAR_COUNTED";
const SIZES: [usize; 2] = [32 * 1024, 64 * 1024];

/// The header lines of hostile preflights of this size.
fn preflights(size: usize) -> Vec<Vec<(&'static str, String)>> {
    const ORIGIN: &str = "https://app.example.com";
    let lists = shapes::lists(size).into_iter().map(|list| (ORIGIN.to_owned(), "PUT".to_owned(), list));
    let methods = shapes::methods(size).into_iter().map(|method| (ORIGIN.to_owned(), method, String::new()));
    let origins = shapes::origins(size).into_iter().map(|origin| (origin, "PUT".to_owned(), String::new()));
    let one = lists.chain(methods).chain(origins).map(|(origin, method, list)| {
        vec![
            ("origin", origin.clone()),
            // The origin is also compared with the server's host.
            ("host", origin.trim_start_matches("https://").to_owned()),
            ("access-control-request-method", method),
            ("access-control-request-headers", list),
        ]
    });
    let several = ["x-a", ",", "", "x-a,x-b,x-c"].map(|line| {
        let line = ("access-control-request-headers", line.to_owned());
        let mut lines =
            vec![("origin", ORIGIN.to_owned()), ("access-control-request-method", "PUT".to_owned())];
        lines.resize(size / 16, line);
        lines
    });
    one.chain(several).collect()
}

fn policies() -> Vec<Answers<String>> {
    let listed = Policy::builder().origins([
        "https://app.example.com",
        "https://*.partner.example",
        "http://localhost:*",
    ]);
    let listed = listed.methods(["PUT"]).headers(["content-type", "x-a"]);
    let echoing =
        Policy::builder().origins("https://app.example.com").methods("*").headers("*").credentials(true);
    let except = Policy::builder()
        .origins("*")
        .except(["https://*.partner.example", "http://localhost:*"])
        .headers("*");
    let policies = [listed, echoing, except].map(|builder| builder.build().expect("a valid policy"));
    policies
        .iter()
        .map(|policy| Answers::new(CompiledPolicy::new(policy).expect("a valid policy"), str::to_owned))
        .collect()
}

/// Everything that a layer does with a preflight, and with a refusal that is explained.
fn answer(answers: &Answers<String>, request: &PlainRequest<'_>) {
    let policy = answers.policy();
    let decision = policy.decide(request);
    let origin = answers.origin_to_repeat(decision, request);
    let mut response = PlainResponse::new(204);
    answers.write(decision, request, origin.as_ref(), &mut response);
    black_box((response, is_same_origin(request)));
    black_box(policy.reason(decision, request));
    black_box(readable_origin(request.header(RequestHeader::Origin).map(|line| line.as_bytes())));
}

/// callgrind sets its counters to zero when this is called.
#[inline(never)]
fn counting_begins() {
    black_box("begins");
}

/// callgrind writes its counters when this is called. The body differs from that of [`counting_begins`], because the compiler
/// merges functions that are equal.
#[inline(never)]
fn counting_ends() {
    black_box("ends");
}

fn count(half: usize) {
    let policies = policies();
    for [small, large] in pairs(half) {
        for lines in [small, large] {
            let lines: Vec<_> = lines.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let request = PlainRequest::new("OPTIONS", &lines);
            counting_begins();
            policies.iter().for_each(|answers| answer(answers, &request));
            counting_ends();
        }
    }
}

/// Every second preflight, each in both sizes.
fn pairs(half: usize) -> impl Iterator<Item = [Vec<(&'static str, String)>; 2]> {
    let [small, large] = SIZES.map(preflights);
    small.into_iter().zip(large).map(<[_; 2]>::from).skip(half).step_by(2)
}

/// Two tests, because they run at the same time.
#[test]
fn twice_the_bytes_need_at_most_twice_the_instructions() {
    compare(0, "twice_the_bytes_need_at_most_twice_the_instructions");
}

#[test]
fn twice_the_bytes_need_at_most_twice_the_instructions_for_the_other_half() {
    compare(1, "twice_the_bytes_need_at_most_twice_the_instructions_for_the_other_half");
}

fn compare(half: usize, test: &str) {
    if std::env::var_os(COUNTED).is_some() {
        return count(half);
    }
    let shapes = pairs(half).count();
    assert!(shapes >= 35, "{shapes} shapes");
    if !Command::new("valgrind").arg("--version").output().is_ok_and(|output| output.status.success()) {
        assert_ne!(std::env::var("CORS_VALGRIND").as_deref(), Ok("required"), "valgrind is not installed");
        eprintln!("linear: SKIPPED, because valgrind does not start (install Debian's package `valgrind`)");
        return;
    }
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("linear.{}.{half}", std::process::id()));
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--combine-dumps=yes", "--dump-line=no"])
        .args(["--zero-before=*counting_begins*", "--dump-after=*counting_ends*"])
        .arg(format!("--callgrind-out-file={}", file.display()))
        .arg(std::env::current_exe().expect("this program"))
        .args(["--exact", test, "--test-threads=1"])
        .env(COUNTED, "1")
        .output()
        .expect("valgrind starts");
    let dumps = std::fs::read_to_string(&file).unwrap_or_default();
    let _ = std::fs::remove_file(&file);
    let totals = dumps.lines().filter_map(|line| line.strip_prefix("totals: ")?.parse::<u64>().ok());
    let totals: Vec<_> = totals.collect();
    // callgrind writes one more total at the end of the program.
    assert!(
        totals.len() >= shapes * 2,
        "{} counts: {}",
        totals.len(),
        String::from_utf8_lossy(&output.stderr)
    );
    let mut failures = Vec::new();
    for (counts, [lines, _]) in totals.chunks_exact(2).zip(pairs(half)) {
        if counts[1] > counts[0] * 2 {
            let shown: Vec<_> = lines
                .iter()
                .take(4)
                .map(|(name, value)| (*name, value.chars().take(40).collect::<String>()))
                .collect();
            failures.push(format!("{counts:?} instructions for {shown:?}"));
        }
    }
    assert!(failures.is_empty(), "{} of {shapes} shapes:\n{}", failures.len(), failures.join("\n"));
}
