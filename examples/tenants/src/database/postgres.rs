//! PostgreSQL, for any number of processes.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{Acquire, Connection, Error, PgConnection, PgPool};
use tokio::time::timeout;

use super::PATIENCE;

/// The name under which the database announces changes.
const CHANNEL: &str = "tenant_version";

/// The time limit for an answer of the server when the program starts.
const STARTING: Duration = Duration::from_secs(5);

/// The connections to the server.
#[derive(Clone)]
pub struct Postgres(pub PgPool);

impl Postgres {
    /// Connects to the server.
    pub async fn open(url: &str) -> Result<Self, String> {
        let options: PgConnectOptions =
            url.parse().map_err(|error| format!("--database is not a URL of PostgreSQL: {error}"))?;
        let options = options.application_name("tenants");
        let explain = |error: &Error| explain(&options, error);
        // The pool would repeat the attempt until its time is over, and then would not return the reason.
        let mut connection = timeout(STARTING, PgConnection::connect_with(&options))
            .await
            .unwrap_or_else(|_| Err(Error::PoolTimedOut))
            .map_err(|error| explain(&error))?;
        // Processes that start at the same time wait for each other here.
        sqlx::migrate!("migrations/postgres")
            .run(&mut connection)
            .await
            .map_err(|error| explain(&error.into()))?;
        let _ = connection.close().await;
        let pool = PgPoolOptions::new().max_connections(4).acquire_timeout(PATIENCE);
        Ok(Self(pool.connect_lazy_with(options)))
    }

    /// Connects and listens to announcements.
    pub async fn listen(&self) -> sqlx::Result<Listener> {
        let mut listener = PgListener::connect_with(&self.0).await?;
        // `announcement` reports a lost connection, and its caller makes a new one.
        listener.eager_reconnect(false);
        listener.listen(CHANNEL).await?;
        Ok(Listener(listener))
    }
}

/// A connection that listens to announcements. The queries use the same connection: if the network loses it without a
/// sign, the next query finds that out.
pub struct Listener(PgListener);

impl Listener {
    pub async fn announcement(&mut self) -> sqlx::Result<()> {
        match self.0.try_recv().await? {
            Some(_) => Ok(()),
            None => Err(Error::Io(std::io::Error::other("the server closed the connection"))),
        }
    }

    pub async fn connection(&mut self) -> sqlx::Result<&mut PgConnection> {
        self.0.acquire().await
    }
}

/// Locks the version until the end of the transaction, before the origins are read. Otherwise two changes of one tenant at
/// the same time would start from the same origins.
pub async fn lock_version(connection: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query("SELECT version FROM tenant_version FOR UPDATE").execute(connection).await.map(drop)
}

/// Explains an error in one line, without the password.
fn explain(options: &PgConnectOptions, error: &Error) -> String {
    let (host, port, user) = (options.get_host(), options.get_port(), options.get_username());
    let name = options.get_database().unwrap_or(user);
    let code = match error {
        Error::Database(error) => error.code().unwrap_or_default().into_owned(),
        _ => String::new(),
    };
    let help = match code.as_str() {
        // https://www.postgresql.org/docs/current/errcodes-appendix.html
        "3D000" => format!("create it: createdb --host {host} --port {port} {name}"),
        "28000" | "28P01" => {
            "write the user and the password: --database postgres://USER:PASSWORD@HOST/NAME".into()
        }
        "42501" => format!("give the user the right: GRANT CREATE ON SCHEMA public TO {user}"),
        _ => "start PostgreSQL there, or leave out --database to use an SQLite file".into(),
    };
    let reason = match error {
        Error::Database(error) => error.message().to_owned(),
        Error::Io(error) => error.to_string(),
        Error::PoolTimedOut => format!("no answer in {} s", STARTING.as_secs()),
        error => error.to_string(),
    };
    format!("PostgreSQL at {host}:{port}, database {name}: {reason}; help: {help}")
}
