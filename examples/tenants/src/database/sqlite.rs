//! An SQLite file, which needs no server. It is for one process.

use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};

use super::PATIENCE;

/// The time that a statement waits while another program writes into the file.
const BUSY: Duration = Duration::from_secs(1);

/// The connections to the file.
#[derive(Clone)]
pub struct Sqlite(pub SqlitePool);

impl Sqlite {
    /// Opens the file, which is created if it does not exist.
    pub async fn open(url: &str) -> Result<Self, String> {
        let explain = |error: &dyn std::fmt::Display| {
            format!(
                "the database {url} cannot be used: {error}; help: name a file that can be written: --database sqlite:FILE"
            )
        };
        let options: SqliteConnectOptions = url.parse().map_err(|error: sqlx::Error| explain(&error))?;
        // With this mode, readers do not wait for the writer.
        let options = options.create_if_missing(true).journal_mode(SqliteJournalMode::Wal).busy_timeout(BUSY);
        let pool = SqlitePoolOptions::new().max_connections(4).acquire_timeout(PATIENCE);
        let pool = pool.connect_with(options).await.map_err(|error| explain(&error))?;
        sqlx::migrate!("migrations/sqlite").run(&pool).await.map_err(|error| explain(&error))?;
        Ok(Self(pool))
    }
}
