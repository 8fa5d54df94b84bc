//! The same application bare, with the headers inserted by hand, and under each way of doing CORS: time and allocations by
//! request, in one process and one run.
//!
//! `cargo bench -p cors-actix --bench side_by_side`. Before anything is timed, every answer is compared with what it has to
//! be, header by header. The ways take turns, for many short rounds; the median of its rounds is a way's time.

use std::time::Duration;

mod scenarios;

use scenarios::{Application, Scenario, Way, application};

const ROUNDS: usize = 25;
/// What a round takes, about.
const ROUND: Duration = Duration::from_micros(1500);

struct Measured {
    way: Way,
    application: Box<dyn Application>,
    times: Vec<Duration>,
    allocations: f64,
    bytes: f64,
}

fn main() {
    actix_web::rt::System::new().block_on(async {
        for &scenario in Scenario::ALL {
            for &way in Way::ALL {
                let application = application(way, scenario).await;
                scenario.check(way, application.answer(scenario.requests().one()));
            }
        }
        println!("every answer is what it has to be\n");
        println!("by request; \"added\" is what CORS adds to the same application without it\n");
        println!(
            "{:<16}{:>12}{:>12}{:>22}{:>14}{:>10}",
            "", "ns", "added", "of what actix-cors", "allocations", "bytes"
        );
        println!("{:<16}{:>12}{:>12}{:>22}{:>14}{:>10}", "", "", "", "adds", "added", "added");
        for &scenario in Scenario::ALL {
            let mut ways = Vec::new();
            for &way in Way::ALL {
                ways.push(Measured::new(way, scenario).await);
            }
            measure(&mut ways, scenario);
            print(&ways, scenario);
        }
    });
}

impl Measured {
    async fn new(way: Way, scenario: Scenario) -> Self {
        const COUNTED: usize = 32;
        let application = application(way, scenario).await;
        let requests = scenario.requests();
        let many = || (0..COUNTED).map(|_| requests.one()).collect();
        application.serve(many());
        let counted = many();
        let info = allocation_counter::measure(|| application.serve(counted));
        Measured {
            way,
            application,
            times: Vec::new(),
            allocations: info.count_total as f64 / COUNTED as f64,
            bytes: info.bytes_total as f64 / COUNTED as f64,
        }
    }

    fn median(&self) -> f64 {
        let mut times = self.times.clone();
        times.sort_unstable();
        times[times.len() / 2].as_secs_f64() * 1e9
    }
}

fn measure(ways: &mut [Measured], scenario: Scenario) {
    let requests = scenario.requests();
    let once = ways[0].application.time(64, &|| requests.one());
    let count = (ROUND.as_nanos() / once.as_nanos().max(1)).clamp(16, 4096) as usize;
    for _ in 0..ROUNDS {
        for way in &mut *ways {
            way.times.push(way.application.time(count, &|| requests.one()));
        }
    }
}

fn print(ways: &[Measured], scenario: Scenario) {
    let find = |way: Way| ways.iter().find(|measured| measured.way == way).expect("it is measured");
    let added = |way: Way| find(way).median() - find(way.without()).median();
    println!("\n{}", scenario.name());
    for measured in ways {
        let (way, without) = (measured.way, find(measured.way.without()));
        print!("  {:<14}{:>12.0}", way.name(), measured.median());
        if way == way.without() {
            println!("{:>12}{:>22}{:>14}{:>10}", "", "", format!("({})", measured.allocations), "");
        } else {
            println!(
                "{:>12.0}{:>22.2}{:>14}{:>10}",
                added(way),
                added(way) / added(Way::ActixCors),
                measured.allocations - without.allocations,
                measured.bytes - without.bytes,
            );
        }
    }
}
