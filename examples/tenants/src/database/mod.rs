//! The database with the origins of tenants: an SQLite file, or PostgreSQL.
//!
//! The tables, and the triggers that count the version, are in `migrations`. They are part of the program.

mod postgres;
mod queries;
mod sqlite;

use std::time::Duration;

use self::postgres::{Listener, Postgres};
use self::queries::{Queries, change};
use self::sqlite::Sqlite;

pub use self::queries::Rows;

/// The maximum time that a request to the admin API waits for a connection.
const PATIENCE: Duration = Duration::from_secs(1);

/// The kind and the place of the database.
#[derive(Clone)]
pub enum Database {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

/// A connection that reads the origins, and receives announcements of changes if the database sends them.
pub enum Feed {
    Sqlite(Sqlite),
    Postgres(Listener),
}

impl Database {
    /// Connects to the database and brings its tables up to date.
    ///
    /// # Errors
    /// One line that explains what to do.
    pub async fn open(url: &str) -> Result<Self, String> {
        let scheme = url.split(':').next().unwrap_or_default();
        match scheme {
            "sqlite" => Sqlite::open(url).await.map(Self::Sqlite),
            "postgres" | "postgresql" => Postgres::open(url).await.map(Self::Postgres),
            // The URL may contain a password, so it is not repeated.
            _ => Err("--database takes sqlite:FILE or postgres://USER@HOST/NAME".into()),
        }
    }

    /// Whether the database is a file of this process.
    pub fn is_embedded(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    /// Connects for reading. Changes are announced to the feed from now on.
    pub async fn feed(&self) -> sqlx::Result<Feed> {
        Ok(match self {
            Self::Sqlite(database) => Feed::Sqlite(database.clone()),
            Self::Postgres(database) => Feed::Postgres(database.listen().await?),
        })
    }

    /// A page of the list of tenants, in alphabetical order: those after `after`.
    pub async fn list(&self, after: &str, limit: u16) -> sqlx::Result<Vec<(String, Vec<String>)>> {
        match self {
            Self::Sqlite(database) => database.0.acquire().await?.list(after, limit).await,
            Self::Postgres(database) => database.0.acquire().await?.list(after, limit).await,
        }
    }

    /// Changes the origins of a tenant. `next` gets the present ones and returns the new ones, or a reason to change
    /// nothing. Changes of one tenant at the same time are made one after the other.
    ///
    /// Returns the version after the change.
    pub async fn change<E>(
        &self,
        tenant: &str,
        next: impl FnOnce(Vec<String>) -> Result<Vec<String>, E>,
    ) -> sqlx::Result<Result<i64, E>> {
        match self {
            Self::Sqlite(database) => {
                let mut transaction = database.0.begin_with("BEGIN IMMEDIATE").await?;
                let changed = change(&mut *transaction, tenant, next).await?;
                transaction.commit().await?;
                Ok(changed)
            }
            Self::Postgres(database) => {
                let mut transaction = database.0.begin().await?;
                postgres::lock_version(&mut transaction).await?;
                let changed = change(&mut *transaction, tenant, next).await?;
                transaction.commit().await?;
                Ok(changed)
            }
        }
    }
}

impl Feed {
    /// Waits until the database announces a change. SQLite announces nothing.
    pub async fn announcement(&mut self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(_) => std::future::pending().await,
            Self::Postgres(listener) => listener.announcement().await,
        }
    }

    /// The tenants that changed after `version`. Those without origins were removed.
    pub async fn changed_since(&mut self, version: i64) -> sqlx::Result<Rows> {
        match self {
            Self::Sqlite(database) => database.0.acquire().await?.changed_since(version).await,
            Self::Postgres(listener) => listener.connection().await?.changed_since(version).await,
        }
    }

    /// All tenants.
    pub async fn all(&mut self) -> sqlx::Result<Rows> {
        match self {
            Self::Sqlite(database) => database.0.acquire().await?.all().await,
            Self::Postgres(listener) => listener.connection().await?.all().await,
        }
    }
}
