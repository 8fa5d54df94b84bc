//! Three processes on one PostgreSQL server.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cors_tests::{report, skip_unless_all_tests};
use serde_json::json;

use crate::postgres::Postgres;
use crate::program::{Program, grants, json, wait_until};

const PROCESSES: usize = 3;
const TENANTS: usize = 50;
const CHANGES: usize = 1000;

/// The time in which a change has to be in force on every process.
const LIMIT: Duration = Duration::from_secs(1);

fn start(postgres: &Postgres) -> Vec<Program> {
    let url = postgres.url();
    // They start at the same time, so that they also create the tables at the same time.
    thread::scope(|scope| {
        let starting: Vec<_> = (0..PROCESSES).map(|_| scope.spawn(|| Program::start(&url))).collect();
        starting.into_iter().map(|program| program.join().expect("it starts")).collect()
    })
}

fn tenant(change: usize) -> String {
    format!("tenant-{}", change % TENANTS)
}

/// The origin that a tenant keeps all the time.
fn kept(change: usize) -> String {
    format!("https://{}.example", tenant(change))
}

/// The origin that a change adds, and that the next change of the tenant removes.
fn added(change: usize) -> String {
    format!("https://change-{change}.example")
}

/// An origin that was removed, and the time of the removal.
struct Removed {
    change: usize,
    at: Instant,
}

#[test]
fn a_thousand_changes_reach_three_processes_in_time_although_the_server_is_killed() {
    let name = "a_thousand_changes_reach_three_processes_in_time_although_the_server_is_killed";
    if skip_unless_all_tests(name) {
        return;
    }
    let Some(mut postgres) = Postgres::start(name) else { return };
    let fleet = start(&postgres);
    for change in 0..TENANTS {
        assert_eq!(fleet[0].put(&tenant(change), &[&kept(change)]).status, 200);
    }
    wait_until("the tenants on all processes", || {
        fleet.iter().all(|program| program.health()["tenants"] == TENANTS)
    });

    let removed: Mutex<Vec<Removed>> = Mutex::default();
    let stop = AtomicBool::new(false);
    let mut times = Vec::new();
    let checked = thread::scope(|scope| {
        let (removed, stop) = (&removed, &stop);
        let load: Vec<_> = fleet
            .iter()
            .map(|program| scope.spawn(move || check_all_the_time(program, removed, stop)))
            .collect();
        // The threads have to end even if this one panics.
        let _stopping = Stopping(stop);
        let mut apis: Vec<_> = fleet.iter().map(Program::connect_api).collect();
        for change in 0..CHANGES {
            if change == CHANGES / 2 {
                postgres.kill();
                // The processes of a server that was killed still serve their connections for a moment.
                wait_until("the outage is noticed", || {
                    fleet.iter().all(|program| program.health()["database"] == "unreachable")
                });
                thread::sleep(Duration::from_secs(1));
                let (tenant, origin) = (tenant(change), added(change));
                assert_eq!(fleet[0].put(&tenant, &[&kept(change), &origin]).status, 503);
                for api in &mut apis {
                    assert!(grants(api, &tenant, &kept(change)) && !grants(api, &tenant, &origin));
                }
                postgres.start_again();
            }
            times.push(one_change(&fleet, &mut apis, change, removed));
        }
        // Removals are checked after a second, so the last ones need this time.
        thread::sleep(LIMIT + Duration::from_millis(500));
        stop.store(true, Ordering::Relaxed);
        load.into_iter().map(|load| load.join().expect("no wrong answer")).sum::<usize>()
    });

    // Checks every origin on every process again.
    for program in &fleet {
        let mut api = program.connect_api();
        for change in 0..CHANGES {
            assert!(grants(&mut api, &tenant(change), &kept(change)));
            let is_last = change >= CHANGES - TENANTS;
            assert_eq!(grants(&mut api, &tenant(change), &added(change)), is_last, "{}", added(change));
        }
        assert_eq!(program.log_with("cannot be reached").len(), 1, "{:?}", program.log());
        assert_eq!(program.log_with("can be reached again").len(), 1, "{:?}", program.log());
    }
    times.sort_unstable();
    let (median, longest) = (times[times.len() / 2], times[times.len() - 1]);
    report(&format!(
        "{CHANGES} changes were in force on {PROCESSES} processes after {median:.1?} (median), {longest:.1?} (longest); {checked} \
         requests were checked meanwhile"
    ));
    assert!(longest < LIMIT, "{longest:?}");
    assert!(checked > 1000, "{checked}");
}

/// Ends the load when it is dropped.
struct Stopping<'a>(&'a AtomicBool);

impl Drop for Stopping<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Makes one change with the next process, and waits until it is in force on all of them. Returns the time from the
/// request that made the change.
fn one_change(
    fleet: &[Program],
    apis: &mut [cors_tests::http::Connection<std::net::TcpStream>],
    change: usize,
    removed: &Mutex<Vec<Removed>>,
) -> Duration {
    let (tenant, kept, origin) = (tenant(change), kept(change), added(change));
    let mut start = Instant::now();
    wait_until("the change is written", || {
        start = Instant::now();
        let status = fleet[change % PROCESSES].put(&tenant, &[&kept, &origin]).status;
        assert!(status == 200 || status == 503, "{status}");
        status == 200
    });
    let at = Instant::now();
    if let Some(change) = change.checked_sub(TENANTS) {
        removed.lock().unwrap().push(Removed { change, at });
    }
    for api in apis {
        wait_until("the change is in force", || grants(api, &tenant, &origin));
        if let Some(previous) = change.checked_sub(TENANTS) {
            assert!(
                !grants(api, &tenant, &added(previous)),
                "an origin is added and the other one removed at once"
            );
        }
    }
    start.elapsed()
}

/// Sends requests with kept and with removed origins to one process, and returns their number.
fn check_all_the_time(program: &Program, removed: &Mutex<Vec<Removed>>, stop: &AtomicBool) -> usize {
    let mut api = program.connect_api();
    let mut checked = 0;
    while !stop.load(Ordering::Relaxed) {
        let change = fastrand::usize(..TENANTS);
        assert!(grants(&mut api, &tenant(change), &kept(change)), "a kept origin is refused");
        assert!(
            !grants(&mut api, &tenant(change), &kept(change + 1)),
            "the origin of another tenant is granted"
        );
        let old = {
            let removed = removed.lock().unwrap();
            let old = removed.partition_point(|removed| removed.at.elapsed() > LIMIT);
            // Half of the checks use the origins that were removed most recently.
            let from = if fastrand::bool() { 0 } else { old.saturating_sub(20) };
            (old > 0).then(|| removed[fastrand::usize(from..old)].change)
        };
        if let Some(change) = old {
            assert!(
                !grants(&mut api, &tenant(change), &added(change)),
                "{} was removed more than a second ago",
                added(change)
            );
        }
        checked += 3;
        thread::sleep(Duration::from_millis(4));
    }
    checked
}

#[test]
fn a_change_whose_announcement_is_lost_is_in_force_within_a_second() {
    if skip_unless_all_tests("a_change_whose_announcement_is_lost_is_in_force_within_a_second") {
        return;
    }
    let name = "a_change_whose_announcement_is_lost_is_in_force_within_a_second";
    let Some(postgres) = Postgres::start(name) else { return };
    let fleet = start(&postgres);
    postgres.execute("ALTER TABLE tenant_version DISABLE TRIGGER tenant_version_announced");
    for change in 0..5 {
        assert_eq!(fleet[0].put("acme", &[&added(change)]).status, 200);
        let took =
            wait_until("the change", || fleet.iter().all(|program| program.grants("acme", &added(change))));
        assert!(took < LIMIT, "{took:?}");
    }
}

#[test]
fn announcements_are_faster_than_comparisons() {
    let name = "announcements_are_faster_than_comparisons";
    let Some(postgres) = Postgres::start(name) else { return };
    let fleet = start(&postgres);
    // Without announcements, each of these changes would take 250 ms on average.
    let mut times: Vec<Duration> = (0..20)
        .map(|change| {
            fleet[0].put("acme", &[&added(change)]);
            wait_until("the change", || fleet[1].grants("acme", &added(change)))
        })
        .collect();
    times.sort_unstable();
    assert!(times[times.len() / 2] < Duration::from_millis(100), "{times:?}");
}

#[test]
fn versions_are_in_the_order_of_commits() {
    let name = "versions_are_in_the_order_of_commits";
    let Some(postgres) = Postgres::start(name) else { return };
    let fleet = start(&postgres);
    let insert =
        |tenant: &str| format!("INSERT INTO tenant_origins VALUES ('{tenant}', 'https://{tenant}.example')");
    thread::scope(|scope| {
        // This transaction begins first and commits last. With the numbers of a sequence, its number would be the smaller
        // one, and a process that has loaded the other transaction would never load this one.
        scope.spawn(|| {
            postgres.execute(&format!("BEGIN; {}; SELECT pg_sleep(0.7); COMMIT", insert("slow")));
        });
        thread::sleep(Duration::from_millis(200));
        postgres.execute(&insert("fast"));
    });
    for program in &fleet {
        wait_until("both", || {
            ["slow", "fast"].iter().all(|tenant| program.grants(tenant, &format!("https://{tenant}.example")))
        });
    }
}

#[test]
fn two_changes_of_one_tenant_at_the_same_time_do_not_mix() {
    let name = "two_changes_of_one_tenant_at_the_same_time_do_not_mix";
    let Some(postgres) = Postgres::start(name) else { return };
    let fleet = start(&postgres);
    let lists = [["https://a.example", "https://b.example"], ["https://c.example", "https://d.example"]];
    for _ in 0..30 {
        thread::scope(|scope| {
            for (program, list) in fleet.iter().zip(&lists) {
                scope.spawn(move || assert_eq!(program.put("acme", list).status, 200));
            }
        });
        let listed = json(&fleet[2].admin_send("GET", "/tenants", None));
        let origins = &listed["tenants"][0]["origins"];
        assert!(lists.iter().any(|list| *origins == json!(list)), "{origins}");
    }
}
