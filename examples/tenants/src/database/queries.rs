//! The queries, which SQLite and PostgreSQL have in common. `sqlx` prepares each of them once for a connection.

use futures_util::TryStreamExt;
use sqlx::{PgConnection, SqliteConnection};

/// Tenants in the database at one point in time.
pub struct Rows {
    /// The version of the table at that time.
    pub version: i64,
    /// Each tenant and its origins.
    pub tenants: Vec<(String, Vec<String>)>,
}

/// Each query is one statement, which sees one state of the database, so the version belongs to the rows.
pub trait Queries {
    /// See [`Feed::changed_since`](super::Feed::changed_since).
    async fn changed_since(&mut self, version: i64) -> sqlx::Result<Rows>;
    /// See [`Feed::all`](super::Feed::all).
    async fn all(&mut self) -> sqlx::Result<Rows>;
    /// See [`Database::list`](super::Database::list).
    async fn list(&mut self, after: &str, limit: u16) -> sqlx::Result<Vec<(String, Vec<String>)>>;
    async fn origins(&mut self, tenant: &str) -> sqlx::Result<Vec<String>>;
    async fn insert(&mut self, tenant: &str, origin: &str) -> sqlx::Result<()>;
    async fn delete(&mut self, tenant: &str, origin: &str) -> sqlx::Result<()>;
    async fn version(&mut self) -> sqlx::Result<i64>;
}

const CHANGED_SINCE: &str = "
    SELECT v.version, c.tenant, o.origin
    FROM tenant_version v
    LEFT JOIN tenant_changes c ON c.version > $1
    LEFT JOIN tenant_origins o ON o.tenant = c.tenant
    ORDER BY c.tenant, o.origin";

const ALL: &str = "
    SELECT v.version, o.tenant, o.origin
    FROM tenant_version v
    LEFT JOIN tenant_origins o ON true
    ORDER BY o.tenant, o.origin";

const LIST: &str = "
    SELECT tenant, origin FROM tenant_origins
    WHERE tenant IN (SELECT DISTINCT tenant FROM tenant_origins WHERE tenant > $1 ORDER BY tenant LIMIT $2)
    ORDER BY tenant, origin";

/// A row of [`CHANGED_SINCE`] or [`ALL`]: the version, and a tenant with an origin, if there is one.
type Row = (i64, Option<String>, Option<String>);

impl Rows {
    /// Adds a row. The rows of a tenant follow each other.
    fn push(&mut self, (version, tenant, origin): Row) {
        self.version = version;
        let Some(tenant) = tenant else { return };
        push(&mut self.tenants, tenant, origin);
    }
}

fn push(tenants: &mut Vec<(String, Vec<String>)>, tenant: String, origin: Option<String>) {
    match tenants.last_mut() {
        Some((last, origins)) if *last == tenant => origins.extend(origin),
        _ => tenants.push((tenant, origin.into_iter().collect())),
    }
}

macro_rules! queries {
    ($Connection:ty) => {
        impl Queries for $Connection {
            async fn changed_since(&mut self, version: i64) -> sqlx::Result<Rows> {
                let mut rows = Rows { version, tenants: Vec::new() };
                let mut stream = sqlx::query_as(CHANGED_SINCE).bind(version).fetch(self);
                while let Some(row) = stream.try_next().await? {
                    rows.push(row);
                }
                Ok(rows)
            }

            async fn all(&mut self) -> sqlx::Result<Rows> {
                let mut rows = Rows { version: 0, tenants: Vec::new() };
                let mut stream = sqlx::query_as(ALL).fetch(self);
                while let Some(row) = stream.try_next().await? {
                    rows.push(row);
                }
                Ok(rows)
            }

            async fn list(&mut self, after: &str, limit: u16) -> sqlx::Result<Vec<(String, Vec<String>)>> {
                let mut tenants = Vec::new();
                let mut stream = sqlx::query_as(LIST).bind(after).bind(i64::from(limit)).fetch(self);
                while let Some((tenant, origin)) = stream.try_next().await? {
                    push(&mut tenants, tenant, Some(origin));
                }
                Ok(tenants)
            }

            async fn origins(&mut self, tenant: &str) -> sqlx::Result<Vec<String>> {
                let query = "SELECT origin FROM tenant_origins WHERE tenant = $1 ORDER BY origin";
                sqlx::query_scalar(query).bind(tenant).fetch_all(self).await
            }

            async fn insert(&mut self, tenant: &str, origin: &str) -> sqlx::Result<()> {
                let query = "INSERT INTO tenant_origins (tenant, origin) VALUES ($1, $2)";
                sqlx::query(query).bind(tenant).bind(origin).execute(self).await.map(drop)
            }

            async fn delete(&mut self, tenant: &str, origin: &str) -> sqlx::Result<()> {
                let query = "DELETE FROM tenant_origins WHERE tenant = $1 AND origin = $2";
                sqlx::query(query).bind(tenant).bind(origin).execute(self).await.map(drop)
            }

            async fn version(&mut self) -> sqlx::Result<i64> {
                sqlx::query_scalar("SELECT version FROM tenant_version").fetch_one(self).await
            }
        }
    };
}

queries!(SqliteConnection);
queries!(PgConnection);

/// Changes the origins of a tenant within a transaction that has locked the table. Returns the version.
pub async fn change<C: Queries, E>(
    connection: &mut C,
    tenant: &str,
    next: impl FnOnce(Vec<String>) -> Result<Vec<String>, E>,
) -> sqlx::Result<Result<i64, E>> {
    let present = connection.origins(tenant).await?;
    let next = match next(present.clone()) {
        Ok(next) => next,
        Err(reason) => return Ok(Err(reason)),
    };
    for origin in present.iter().filter(|origin| !next.contains(origin)) {
        connection.delete(tenant, origin).await?;
    }
    for origin in next.iter().filter(|origin| !present.contains(origin)) {
        connection.insert(tenant, origin).await?;
    }
    connection.version().await.map(Ok)
}
