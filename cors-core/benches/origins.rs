//! The cost of a decision by the number of origins, compared with a `HashSet` of strings and a linear scan. The README in
//! this folder explains the table.

use std::alloc::System;
use std::collections::HashSet;
use std::hint::black_box;
use std::time::{Duration, Instant};

use cap::Cap;
use cors_core::{CompiledPolicy, Decision, PlainRequest, Policy};

#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, usize::MAX);

/// The time for which one cell is measured. It is long enough that the resolution of the clock and a cold start do
/// not matter.
const MEASURED: Duration = Duration::from_millis(200);

/// The number of origins that are looked up in turn, in random order, so that caches help no more than in a server.
const ASKED: usize = 1 << 14;

/// Pseudo-random numbers, the same in each run: <https://prng.di.unimi.it/splitmix64.c>.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % limit as u64) as usize
    }
}

/// A tenant's origin, 32 bytes long.
fn tenant(i: usize) -> String {
    format!("https://tenant-{i:08}.example.com")
}

/// An origin of the same length that differs in its last byte.
fn near_by_last_byte(i: usize) -> String {
    let mut origin = tenant(i);
    origin.replace_range(origin.len() - 1.., "n");
    origin
}

/// A tenant's origin with more text after it.
fn near_by_suffix(i: usize) -> String {
    tenant(i) + ".evil.example"
}

fn asked(count: usize, form: fn(usize) -> String) -> Vec<String> {
    let mut numbers = Numbers(count as u64);
    (0..ASKED).map(|_| form(numbers.below(count))).collect()
}

/// The time of one call, in nanoseconds: the median of many short rounds, so that a round during which the machine did
/// other work does not matter.
fn time(asked: &[String], expected: bool, allows: impl Fn(&str) -> bool) -> f64 {
    const CALLS: usize = 64;
    for origin in asked.iter().take(CALLS) {
        assert_eq!(allows(origin), expected, "{origin}");
    }
    let (start, mut rounds) = (Instant::now(), Vec::new());
    for round in asked.chunks_exact(CALLS).cycle() {
        let begin = Instant::now();
        for origin in round {
            black_box(allows(black_box(origin)));
        }
        rounds.push(begin.elapsed().as_nanos() as f64 / CALLS as f64);
        if start.elapsed() > MEASURED {
            break;
        }
    }
    rounds.sort_by(f64::total_cmp);
    rounds[rounds.len() / 2]
}

fn decide(policy: &CompiledPolicy, origin: &str) -> bool {
    policy.decide(&PlainRequest::new("GET", &[("origin", origin)])) == Decision::Granted
}

/// The value that `make` returns, the shortest of three times, and the number of bytes that the value occupies.
fn measured<T>(make: impl Fn() -> T) -> (T, Duration, usize) {
    let mut best = Duration::MAX;
    for last in [false, false, true] {
        let (before, start) = (MEMORY.allocated(), Instant::now());
        let made = make();
        best = best.min(start.elapsed());
        if last {
            return (made, best, MEMORY.allocated().saturating_sub(before));
        }
    }
    unreachable!("the last of three returns")
}

/// A policy caches its set of origins, so each round compiles a new policy. The bytes include the text, because a
/// compiled policy has a copy of it.
fn compiled(policy: &Policy) -> (CompiledPolicy, Duration, usize) {
    let origins: Vec<&str> = policy.origins().map(|pattern| pattern.as_str()).collect();
    let mut best: Option<(CompiledPolicy, Duration, usize)> = None;
    for _ in 0..3 {
        let fresh = Policy::builder().origins(&origins[..]).build().unwrap();
        let (before, start) = (MEMORY.allocated(), Instant::now());
        let made = CompiledPolicy::new(&fresh).unwrap();
        let (took, bytes) = (start.elapsed(), MEMORY.allocated().saturating_sub(before));
        best = Some(match best {
            Some((first, best, bytes)) => (first, best.min(took), bytes),
            None => (made, took, bytes),
        });
    }
    best.expect("three were made")
}

struct Row {
    count: usize,
    who: String,
    times: Vec<f64>,
    /// The times to judge the origins, if there is a judge, and to compile them.
    made: [Option<Duration>; 2],
    bytes: usize,
}

impl Row {
    fn print(&self) {
        print!("| {:>9} | {:<24} |", self.count, self.who);
        for time in &self.times {
            print!(" {time:>9.0} |");
        }
        for made in self.made {
            let ms = made.map_or(String::new(), |made| format!("{:.2}", made.as_secs_f64() * 1e3));
            print!(" {ms:>9} |");
        }
        // For few origins, most of the allocated memory does not depend on their number.
        let each = if self.count < 1000 { String::new() } else { (self.bytes / self.count).to_string() };
        println!(" {each:>10} |");
    }
}

fn head(title: &str, columns: [&str; 4]) {
    let [a, b, c, d] = columns;
    println!("\n{title}\n");
    println!(
        "|         n | matcher                  | {a:>9} | {b:>9} | {c:>9} | {d:>9} | judged ms |   made ms | bytes each |"
    );
    println!(
        "| --------: | ------------------------ | --------: | --------: | --------: | --------: | --------: | --------: | ---------: |"
    );
}

/// `count` exact origins with three implementations. The first row is this crate.
fn exact(count: usize) -> [Row; 3] {
    let asked = [
        (asked(count, tenant), true),
        (asked(count, |i| format!("https://nobody-{i:08}.example.org")), false),
        (asked(count, near_by_last_byte), false),
        (asked(count, near_by_suffix), false),
    ];
    let times = |allows: &dyn Fn(&str) -> bool| -> Vec<f64> {
        asked.iter().map(|(origins, expected)| time(origins, *expected, allows)).collect()
    };
    let origins: Vec<String> = (0..count).map(tenant).collect();

    let builder = Policy::builder().origins(origins.clone());
    let (policy, judged, _) = measured(|| builder.clone().build().unwrap());
    let (compiled, made, bytes) = compiled(&policy);
    drop(policy);
    let who = "cors-core".into();
    let ours =
        Row { count, who, times: times(&|o| decide(&compiled, o)), made: [Some(judged), Some(made)], bytes };
    drop(compiled);

    let (set, made, bytes) = measured(|| origins.iter().cloned().collect::<HashSet<String>>());
    let who = "HashSet<String>".into();
    let set = Row { count, who, times: times(&|o| set.contains(o)), made: [None, Some(made)], bytes };

    let (list, made, bytes) = measured(|| origins.clone());
    let who = "linear scan".into();
    let scan = times(&|o| list.iter().any(|entry| entry == o));
    [ours, set, Row { count, who, times: scan, made: [None, Some(made)], bytes }]
}

/// The base of a pattern with this number of labels: `a.a.tenant-00000007`.
fn base(labels: usize, i: usize) -> String {
    format!("{}tenant-{i:08}", "a.".repeat(labels - 1))
}

/// `count` subdomain patterns, and look-ups of hosts with `labels` labels.
fn subdomains(count: usize, labels: usize) -> Row {
    let form = |prefix: &'static str, suffix: &'static str| -> Vec<String> {
        let mut numbers = Numbers(count as u64);
        (0..ASKED)
            .map(|_| format!("https://{prefix}{}{suffix}", base(labels - 1, numbers.below(count))))
            .collect()
    };
    let asked = [
        (form("x.", ""), true),
        (form("x.", "-nobody"), false),
        // The base itself, which the pattern does not match, so that every label is looked up.
        (form("", ""), false),
        (form("x.", ".evil"), false),
    ];
    let patterns: Vec<String> = (0..count).map(|i| format!("https://*.{}", base(labels - 1, i))).collect();
    let builder = Policy::builder().origins(patterns);
    let (policy, judged, _) = measured(|| builder.clone().build().unwrap());
    let (compiled, made, bytes) = compiled(&policy);
    drop(policy);
    let times =
        asked.iter().map(|(origins, expected)| time(origins, *expected, |o| decide(&compiled, o))).collect();
    Row { count, who: format!("hosts of {labels:>2} labels"), times, made: [Some(judged), Some(made)], bytes }
}

fn main() {
    // `cargo test --benches` runs this too, without `--bench`.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    head("Exact origins, ns for one decision:", ["hit", "miss", "last byte", "suffix"]);
    let mut million = None;
    for count in [1, 10, 1000, 100_000, 1_000_000] {
        let rows = exact(count);
        rows.iter().for_each(Row::print);
        million = rows.into_iter().next();
    }
    head("Subdomain patterns, ns for one decision:", ["hit", "miss", "base", "suffix"]);
    for (count, labels) in [(10, 4), (1000, 4)].into_iter().chain((2..=10).map(|labels| (100_000, labels))) {
        subdomains(count, labels).print();
    }
    if let Some(row) = million {
        let slowest = row.times.iter().copied().fold(0.0, f64::max);
        let made: Duration = row.made.iter().flatten().sum();
        let said = |met| if met { "met" } else { "MISSED" };
        println!("\nThe bars for 1,000,000 exact origins:");
        println!("- matched in under 200 ns: {slowest:.0} ns, {}", said(slowest < 200.0));
        println!(
            "- judged and made ready in under 2 s: {:.2} s, {}",
            made.as_secs_f64(),
            said(made.as_secs() < 2)
        );
        let each = row.bytes / row.count;
        println!("- under 150 bytes each, with the policy's own text: {each}, {}", said(each < 150));
    }
}
