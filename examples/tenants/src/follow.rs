//! Keeps the tenants of this process up to date with the database.
//!
//! One task reads the database and changes the table, so the changes are made in the order in which they were read.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use actix_web::rt;
use cors_actix::{TenantOrigins, Violations};
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};

use crate::database::{Database, Feed, Rows};

/// The interval of queries for changes without an announcement, because an announcement can be lost.
const COMPARISON: Duration = Duration::from_millis(500);

/// The waits between attempts to reach the database again. The longest is short, because origins that were removed stay in
/// force until the attempt succeeds.
const WAITS: [Duration; 2] = [Duration::from_millis(50), Duration::from_millis(400)];

/// The time limit for an answer of the database.
const ANSWER: Duration = Duration::from_secs(5);

/// The time limit for an answer that contains all tenants.
const WHOLE_ANSWER: Duration = Duration::from_secs(60);

/// The state of the data of this process.
pub struct Status {
    version: watch::Sender<i64>,
    asked: Notify,
    state: Mutex<State>,
}

struct State {
    is_reachable: bool,
    /// The last time at which the data was the same as in the database.
    current_at: Instant,
    invalid: BTreeMap<String, Violations>,
}

impl Status {
    /// The version of the data.
    pub fn version(&self) -> i64 {
        *self.version.borrow()
    }

    /// The time since the data was last known to be the same as in the database.
    pub fn age(&self) -> Duration {
        self.state().current_at.elapsed()
    }

    /// Whether the database answers.
    pub fn is_reachable(&self) -> bool {
        self.state().is_reachable
    }

    /// The number of tenants whose rows are invalid.
    pub fn invalid(&self) -> usize {
        self.state().invalid.len()
    }

    /// The violations in the rows of a tenant.
    pub fn violations(&self, tenant: &str) -> Option<Violations> {
        self.state().invalid.get(tenant).cloned()
    }

    /// Starts a query for changes at once, and waits until `version` is in force in this process. Returns `false` if
    /// that takes more than a second.
    pub async fn reach(&self, version: i64) -> bool {
        self.asked.notify_one();
        let mut versions = self.version.subscribe();
        let reached = versions.wait_for(|&present| present >= version);
        matches!(timeout(Duration::from_secs(1), reached).await, Ok(Ok(_)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Loads all tenants, and follows the changes from then on.
///
/// # Errors
/// If the tenants cannot be loaded. A server must not start without them, because it would refuse the pages of all tenants.
pub async fn start(database: Database, tenants: TenantOrigins) -> Result<Arc<Status>, Fault> {
    let state = State { is_reachable: true, current_at: Instant::now(), invalid: BTreeMap::new() };
    let status =
        Arc::new(Status { version: watch::Sender::new(0), asked: Notify::new(), state: Mutex::new(state) });
    let follower = Follower { database, tenants, status: Arc::clone(&status) };
    let feed = follower.load().await?;
    rt::spawn(follower.follow(feed));
    Ok(status)
}

struct Follower {
    database: Database,
    tenants: TenantOrigins,
    status: Arc<Status>,
}

/// The reason why the database cannot be read.
#[derive(Debug)]
pub enum Fault {
    Database(sqlx::Error),
    NoAnswer,
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl From<tokio::time::error::Elapsed> for Fault {
    fn from(_: tokio::time::error::Elapsed) -> Self {
        Self::NoAnswer
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Database(sqlx::Error::PoolTimedOut) | Self::NoAnswer => f.write_str("it does not answer"),
            Self::Database(error) => error.fmt(f),
        }
    }
}

impl Follower {
    async fn follow(self, mut feed: Feed) {
        loop {
            let fault = self.read_changes(&mut feed).await;
            // A broken connection is not used again.
            drop(feed);
            let since = Instant::now();
            self.status.state().is_reachable = false;
            log::warn!(
                "the database cannot be reached, and the last known origins of {} tenants stay in force: {fault}",
                self.tenants.len()
            );
            feed = self.reconnect().await;
            self.status.state().is_reachable = true;
            let (seconds, version) = (since.elapsed().as_secs_f32(), self.status.version());
            log::info!(
                "the database can be reached again after {seconds:.1} s; version {version} is in force"
            );
        }
    }

    /// Reads each change, until the database cannot be reached.
    async fn read_changes(&self, feed: &mut Feed) -> Fault {
        loop {
            tokio::select! {
                announced = feed.announcement() => if let Err(error) = announced { return error.into() },
                () = self.status.asked.notified() => {}
                () = sleep(COMPARISON) => {}
            }
            if let Err(fault) = self.catch_up(feed).await {
                return fault;
            }
        }
    }

    /// Tries to reach the database until it answers.
    async fn reconnect(&self) -> Feed {
        let [mut wait, longest] = WAITS;
        loop {
            // The random wait prevents all processes from connecting again at the same time.
            sleep(wait.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
            match self.load().await {
                Ok(feed) => return feed,
                Err(fault) => log::debug!("the database cannot be reached: {fault}"),
            }
            wait = longest.min(wait * 2);
        }
    }

    /// Connects, and replaces all tenants. The database may have been restored from a backup, so the version does not show
    /// what changed. The changes since the version are read first, because there are few of them.
    async fn load(&self) -> Result<Feed, Fault> {
        let mut feed = timeout(ANSWER, self.database.feed()).await??;
        if self.status.version() > 0 {
            self.catch_up(&mut feed).await?;
        }
        let (replacement, begin) = (self.tenants.start_replacement(), Instant::now());
        let Rows { version, tenants } = timeout(WHOLE_ANSWER, feed.all()).await??;
        let count = tenants.len();
        let changes = replacement.finish(tenants);
        log::debug!(
            "{count} tenants loaded: {} added, {} changed, {} removed, {} invalid",
            changes.added.len(),
            changes.changed.len(),
            changes.removed.len(),
            changes.invalid.len()
        );
        let invalid = changes.invalid.into_iter().collect();
        let known = std::mem::replace(&mut self.status.state().invalid, invalid);
        for (tenant, violations) in &self.status.state().invalid {
            report_invalid(tenant, violations, known.get(tenant));
        }
        self.is_current(version, begin);
        Ok(feed)
    }

    /// Reads the tenants that changed.
    async fn catch_up(&self, feed: &mut Feed) -> Result<(), Fault> {
        let begin = Instant::now();
        let Rows { version, tenants } = timeout(ANSWER, feed.changed_since(self.status.version())).await??;
        for (tenant, origins) in tenants {
            let set = self.tenants.set(&tenant, origins);
            let mut state = self.status.state();
            match set {
                Ok(_) => drop(state.invalid.remove(&tenant)),
                Err(violations) => {
                    report_invalid(&tenant, &violations, state.invalid.get(&tenant));
                    state.invalid.insert(tenant, violations);
                }
            }
        }
        self.is_current(version, begin);
        Ok(())
    }

    fn is_current(&self, version: i64, at: Instant) {
        self.status.state().current_at = at;
        self.status.version.send_if_modified(|present| std::mem::replace(present, version) != version);
    }
}

/// Logs the rows of a tenant that break rules, unless they have already been logged.
fn report_invalid(tenant: &str, violations: &Violations, known: Option<&Violations>) {
    if known == Some(violations) {
        return;
    }
    for violation in violations {
        log::error!(
            "the row ({tenant}, {:?}) of tenant_origins is invalid, and {tenant} keeps its last valid origins: {}: {}; help: {}",
            violation.value(),
            violation.code(),
            violation.message(),
            violation.help()
        );
    }
}
