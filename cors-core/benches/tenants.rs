//! The cost of origins by tenant: a decision, a change, and the memory of a million tenants.
//!
//! `cargo bench -p cors-core --features tenants --bench tenants` prints the numbers and fails if a bar is missed. The README
//! in this folder explains them.
//!
//! The instructions of a decision are counted by callgrind. Without valgrind, that part reports that it was skipped and
//! passes, unless `CORS_VALGRIND=required`.

use std::alloc::System;
use std::hint::black_box;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use cap::Cap;
use cors_core::{Decision, Policy, Request, RequestHeader, TenantOrigins};

#[path = "../../cors-actix/benches/scenarios/callgrind.rs"]
mod callgrind;

use callgrind::Callgrind;

#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, usize::MAX);

const TENANTS: usize = 1_000_000;
const ACTIVE: usize = 1_000;

/// With this argument and a number of tenants, the program counts the instructions of decisions.
const COUNT: &str = "--count";
/// The numbers of tenants for which instructions are counted. Building a larger table under callgrind takes minutes.
const COUNTED_TENANTS: [usize; 3] = [100, 10_000, 100_000];
const COUNTED: usize = 1_000;

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

fn name(i: usize) -> String {
    format!("tenant-{i:07}")
}

fn origins(i: usize) -> [String; 2] {
    [format!("https://tenant-{i:07}.example"), format!("https://*.tenant-{i:07}.dev")]
}

fn table() -> TenantOrigins {
    let policy = Policy::builder().origins(["https://app.example.com"]).credentials(true);
    TenantOrigins::new(&policy.build().expect("a valid policy")).expect("a valid policy")
}

fn filled(count: usize) -> TenantOrigins {
    let tenants = table();
    let changes = tenants.start_replacement().finish((0..count).map(|i| (name(i), origins(i))));
    assert_eq!((changes.added.len(), changes.invalid.len()), (count, 0));
    tenants
}

/// The tenant and the origin of a request.
type Asked = (String, String);

/// Requests of random tenants. Half of the origins are listed, and half match a pattern.
fn requests(tenants: usize, form: impl Fn(usize, usize) -> Asked) -> Vec<Asked> {
    let mut numbers = Numbers(tenants as u64);
    (0..1 << 17).map(|request| form(request, numbers.below(tenants))).collect()
}

fn own(request: usize, tenant: usize) -> Asked {
    let origin = if request.is_multiple_of(2) {
        format!("https://tenant-{tenant:07}.example")
    } else {
        format!("https://eu.tenant-{tenant:07}.dev")
    };
    (name(tenant), origin)
}

/// The origin of another tenant.
fn foreign(request: usize, tenant: usize) -> Asked {
    (name(tenant), own(request, (tenant + 1) % TENANTS).1)
}

fn unknown(request: usize, tenant: usize) -> Asked {
    (format!("nobody-{tenant:07}"), own(request, tenant).1)
}

fn hostile(request: usize, tenant: usize) -> Asked {
    (format!("{tenant:0>8192}"), own(request, tenant).1)
}

/// The times of one call in many short rounds, in nanoseconds, sorted.
struct Times(Vec<f64>);

impl Times {
    /// The median does not depend on single rounds during which the machine did other work.
    fn median(&self) -> f64 {
        self.0[self.0.len() / 2]
    }

    /// The fastest tenth of the rounds: what a call takes while no other program uses the processor or its caches.
    fn undisturbed(&self) -> f64 {
        self.0[self.0.len() / 10]
    }
}

/// The times of several calls, each of which has to return `expected`. Their rounds take turns, so that other work of the
/// machine slows them all down, and each call has its own requests, so that it does not find in the caches what another one
/// has read.
fn times<const N: usize>(asked: &[Asked], calls: [&dyn Fn(&Asked) -> bool; N], expected: bool) -> [Times; N] {
    const CALLS: usize = 64;
    let chunks: Vec<&[Asked]> = asked.chunks_exact(CALLS).collect();
    let mut times = [const { Vec::new() }; N];
    for round in 0..3 * chunks.len() {
        for (i, call) in calls.iter().enumerate() {
            let chunk = chunks[(round + i * chunks.len() / N) % chunks.len()];
            // A server has just read the request, so its text is in the caches.
            let touched: usize = chunk.iter().map(|(tenant, origin)| sum(tenant) + sum(origin)).sum();
            black_box(touched);
            let begin = Instant::now();
            for asked in chunk {
                black_box(call(black_box(asked)));
            }
            times[i].push(begin.elapsed().as_nanos() as f64 / CALLS as f64);
        }
    }
    assert!(calls.iter().all(|call| asked.iter().take(CALLS).all(|asked| call(asked) == expected)));
    times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        Times(times)
    })
}

fn time(asked: &[Asked], call: impl Fn(&Asked) -> bool, expected: bool) -> Times {
    let [times] = times(asked, [&call], expected);
    times
}

fn sum(text: &str) -> usize {
    text.bytes().map(usize::from).sum()
}

/// A request that has only an `Origin`, because the time in which a framework finds the header is not measured here.
struct OriginOnly<'a>(&'a str);

impl<'a> Request for OriginOnly<'a> {
    type Value = &'a str;

    fn method(&self) -> &str {
        "GET"
    }

    #[inline]
    fn header(&self, name: RequestHeader) -> impl Iterator<Item = &&'a str> {
        matches!(name, RequestHeader::Origin).then_some(&self.0).into_iter()
    }

    fn authority(&self) -> Option<&[u8]> {
        None
    }

    fn is_secure(&self) -> bool {
        false
    }
}

fn decide(tenants: &TenantOrigins, (tenant, origin): &Asked) -> bool {
    tenants.decide(&OriginOnly(origin), Some(tenant)) == Decision::Granted
}

/// The processor time of this thread. Linux only.
fn processor_time() -> Option<Duration> {
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(statistics.split(' ').next()?.parse().ok()?))
}

struct Report {
    missed: bool,
}

impl Report {
    fn bar(&mut self, what: &str, value: f64, unit: &str, bar: f64) {
        let verdict = if value <= bar { "holds" } else { "MISSED" };
        self.missed |= value > bar;
        println!("{what:<64}{value:>10.2} {unit:<3} bar {bar:>7.2}: {verdict}");
    }

    fn number(&self, what: &str, value: f64, unit: &str) {
        println!("{what:<64}{value:>10.2} {unit}");
    }
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip_while(|argument| argument != COUNT).skip(1);
    if let Some(count) = arguments.next() {
        count_decisions(count.parse().expect("a number of tenants"));
        return ExitCode::SUCCESS;
    }
    // `cargo test --benches` runs this too, without `--bench`.
    if !std::env::args().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    let mut report = Report { missed: false };
    println!("{TENANTS} tenants with an exact origin and a subdomain pattern each\n");

    let rows: Vec<_> = (0..TENANTS).map(|i| (name(i), origins(i))).collect();
    let tenants = table();
    let (before, start, busy) = (MEMORY.allocated(), Instant::now(), processor_time());
    let changes = tenants.start_replacement().finish(rows.iter().map(|(n, o)| (n.as_str(), &o[..])));
    let (built, busy) = (start.elapsed(), processor_time().zip(busy).map(|(now, before)| now - before));
    assert_eq!(changes.added.len(), TENANTS);
    drop(changes);
    let bytes = MEMORY.allocated().saturating_sub(before);
    drop(rows);
    // This time includes the time during which other programs used the processor.
    report.number("judged and built, with what other programs took", built.as_secs_f64(), "s");
    report.bar("judged and built", busy.unwrap_or(built).as_secs_f64(), "s", 3.0);
    report.bar("memory of a tenant", bytes as f64 / TENANTS as f64, "B", 250.0);

    println!();
    let asked = requests(TENANTS, own);
    let look_up = |asked: &Asked| tenants.contains(&asked.0);
    let [bare, decision] = times(&asked, [&look_up, &|asked| decide(&tenants, asked)], true);
    let (bare, decision) = (bare.median(), decision.median());
    report.number("a bare look-up of a random tenant", bare, "ns");
    report.number("a decision about a random tenant", decision, "ns");
    report.bar("a decision, as a multiple of a bare look-up", decision / bare, "", 2.0);
    let active = requests(ACTIVE, own);
    let active = time(&active, |asked| decide(&tenants, asked), true);
    report.number(&format!("a decision with {ACTIVE} active tenants"), active.median(), "ns");
    report.bar("the same while no other program runs", active.undisturbed(), "ns", 200.0);
    for (what, form) in [
        ("a decision about the origin of another tenant", foreign as fn(usize, usize) -> Asked),
        ("a decision about an unknown tenant", unknown),
    ] {
        let asked = requests(TENANTS, form);
        report.number(what, time(&asked, |asked| decide(&tenants, asked), false).median(), "ns");
    }
    let asked: Vec<_> = (0..1 << 10).map(|request| hostile(request, request)).collect();
    let long = time(&asked, |asked| decide(&tenants, asked), false);
    report.number("a decision about an unknown tenant with a name of 8 KiB", long.median(), "ns");

    println!();
    changes_one_by_one(&tenants, &mut report);

    println!();
    match count_instructions() {
        Some(counts) => {
            for (tenants, count) in COUNTED_TENANTS.iter().zip(&counts) {
                report.number(&format!("instructions of a decision with {tenants} tenants"), *count, "");
            }
            let ratio = counts[counts.len() - 1] / counts[0];
            report.bar("instructions with the most tenants and with the fewest", ratio, "", 1.05);
        }
        None => report.missed |= callgrind::report_not_installed("tenants") == ExitCode::FAILURE,
    }
    if report.missed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Sets and removes tenants one by one while another thread makes decisions.
fn changes_one_by_one(tenants: &TenantOrigins, report: &mut Report) {
    const CHANGES: usize = 100_000;
    let stop = AtomicBool::new(false);
    let asked = requests(TENANTS, own);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for asked in asked.iter().cycle().take_while(|_| !stop.load(Ordering::Relaxed)) {
                black_box(decide(tenants, asked));
            }
        });
        let mut numbers = Numbers(1);
        let mut measure = |what: &str, change: &dyn Fn(usize)| {
            let (mut total, mut largest) = (Duration::ZERO, Duration::ZERO);
            for _ in 0..CHANGES {
                let i = numbers.below(TENANTS);
                let start = Instant::now();
                change(i);
                let took = start.elapsed();
                total += took;
                largest = largest.max(took);
            }
            let mean = total.as_secs_f64() * 1e6 / CHANGES as f64;
            report.bar(
                &format!("{what} (the largest: {:.2} ms)", largest.as_secs_f64() * 1e3),
                mean,
                "µs",
                50.0,
            );
        };
        measure("one `set` of other origins", &|i| {
            tenants.set(&name(i), &[format!("https://new-{i:07}.example")][..]).expect("a valid origin");
        });
        measure("one `remove`", &|i| {
            tenants.remove(&name(i));
        });
        measure("one `set` of a tenant, new or not", &|i| {
            tenants.set(&name(i), &origins(i)[..]).expect("valid origins");
        });
        stop.store(true, Ordering::Relaxed);
    });
}

/// The part that callgrind counts.
fn count_decisions(count: usize) {
    let tenants = filled(count);
    let mut numbers = Numbers(count as u64);
    let asked: Vec<_> = (0..COUNTED).map(|request| own(request, numbers.below(count))).collect();
    let all = || asked.iter().filter(|asked| decide(&tenants, asked)).count();
    assert_eq!(all(), COUNTED);
    callgrind::counting_begins();
    black_box(all());
    callgrind::counting_ends();
}

/// The instructions of a decision, for each of [`COUNTED_TENANTS`].
fn count_instructions() -> Option<Vec<f64>> {
    if !callgrind::is_installed() {
        return None;
    }
    let program = std::env::current_exe().expect("the path of this program");
    let counts = COUNTED_TENANTS.map(|tenants| {
        let callgrind = Callgrind::new(&format!("tenants-{tenants}"));
        let mut command = callgrind.command(&program, None);
        let output = command.args([COUNT, &tenants.to_string()]).output().expect("valgrind starts");
        let totals = callgrind.totals();
        let total = totals.first().unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&output.stderr)));
        total / COUNTED as f64
    });
    Some(counts.to_vec())
}
