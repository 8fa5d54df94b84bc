//! A PostgreSQL server for a test.

use std::env;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use cors_tests::report;
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

/// A server on a free port with its own data folder. It ends with the test, even if the test fails.
pub struct Postgres {
    programs: PathBuf,
    folder: TempDir,
    /// The user that runs the server, if the test is run by root.
    user: Option<(u32, u32)>,
    port: u16,
    shell: Option<Child>,
}

impl Postgres {
    /// Starts a server with an empty database. If PostgreSQL is not installed, prints that the test is skipped.
    ///
    /// # Panics
    ///
    /// If it is not installed and `CORS_DATABASE` is `required`.
    pub fn start(test: &str) -> Option<Self> {
        let Some(programs) = programs() else {
            let why = "PostgreSQL is not installed (Debian: apt-get install postgresql)";
            assert!(env::var_os("CORS_DATABASE").is_none_or(|value| value != "required"), "{test}: {why}");
            report(&format!("{test}: SKIPPED, {why}"));
            return None;
        };
        let folder = tempfile::tempdir().expect("a folder");
        // The server refuses to be run by root.
        let user = is_root().then(unprivileged_user);
        if let Some((user, group)) = user {
            chown(folder.path(), Some(user), Some(group)).expect("root may change the owner");
        }
        let mut server = Self { programs, folder, user, port: free_port(), shell: None };
        let data = server.data();
        let mut initdb = server.command("initdb");
        initdb.arg("-D").arg(&data).args(["-U", "postgres", "-A", "trust", "-E", "UTF8"]);
        let output = initdb.args(["--locale=C", "--no-sync"]).output().expect("initdb starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        server.start_again();
        Some(server)
    }

    /// The URL of the database.
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// The URL of another database, which need not exist.
    pub fn url_of(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Runs a statement as another program would.
    pub fn execute(&self, statement: &str) {
        let url = self.url();
        actix_web::rt::System::new().block_on(async {
            let mut connection = PgConnection::connect(&url).await.expect("a connection");
            sqlx::raw_sql(statement).execute(&mut connection).await.expect("a valid statement");
            connection.close().await.expect("closed");
        });
    }

    /// Ends the server with SIGKILL.
    pub fn kill(&mut self) {
        if let Some(mut shell) = self.shell.take() {
            drop(shell.stdin.take());
            let _ = shell.wait();
        }
    }

    /// Starts the server on the same port and with the same data.
    pub fn start_again(&mut self) {
        let port = self.port;
        self.start_on(port);
    }

    /// Starts the server while clients cannot find it, runs a statement, and ends the server.
    pub fn execute_unseen(&mut self, statement: &str) {
        let port = std::mem::replace(&mut self.port, free_port());
        self.start_on(self.port);
        self.execute(statement);
        self.kill();
        self.port = port;
    }

    fn start_on(&mut self, port: u16) {
        let until = Instant::now() + Duration::from_secs(60);
        // The processes of a server that was killed end by themselves. Until then the data folder is locked.
        while Instant::now() < until {
            self.spawn(port);
            for _ in 0..60 {
                thread::sleep(Duration::from_millis(50));
                if self.is_ready(port) {
                    return;
                }
            }
            self.kill();
        }
        panic!("PostgreSQL does not start:\n{}", self.log());
    }

    fn spawn(&mut self, port: u16) {
        // The shell leads a group of processes. It ends the group when its standard input closes, which happens even if
        // the test is killed.
        let script = "\"$0\" \"$@\" </dev/null >>\"$LOG\" 2>&1 & cat >/dev/null; kill -9 0";
        let mut shell = self.command("/bin/sh");
        shell.args(["-c", script]).arg(self.programs.join("postgres")).arg("-D").arg(self.data());
        shell.args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]);
        shell.args(["-c", "unix_socket_directories=", "-c", "max_connections=40"]);
        shell.env("LOG", self.folder.path().join("log")).process_group(0).stdin(Stdio::piped());
        self.shell = Some(shell.spawn().expect("a shell"));
    }

    fn is_ready(&self, port: u16) -> bool {
        let port = port.to_string();
        let mut program = self.command("pg_isready");
        let output = program.args(["-q", "-h", "127.0.0.1", "-p", &port, "-U", "postgres"]).output();
        output.expect("pg_isready starts").status.success()
    }

    /// A command that the server's user runs.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.current_dir(self.folder.path());
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // After an orderly end, no process writes into the folder.
        let mut stop = self.command("pg_ctl");
        let _ = stop.arg("-D").arg(self.data()).args(["-m", "immediate", "-w", "stop"]).output();
        self.kill();
    }
}

/// The folder of the server's programs: of those in `PATH`, or of the newest version that Debian has.
fn programs() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let mut in_path = env::split_paths(&path).map(|folder| folder.join("initdb"));
    // A program in `PATH` may be a symbolic link, and the other programs are in the folder of its target.
    let in_path = in_path.find_map(|program| Some(program.canonicalize().ok()?.parent()?.to_owned()));
    let debian = Path::new("/usr/lib/postgresql").read_dir().into_iter().flatten().flatten();
    let version = |path: &PathBuf| -> Option<u32> { path.parent()?.file_name()?.to_str()?.parse().ok() };
    let debian = debian.map(|entry| entry.path().join("bin")).max_by_key(version);
    let is_complete = |bin: &PathBuf| {
        ["initdb", "pg_ctl", "pg_isready", "postgres"].iter().all(|program| bin.join(program).is_file())
    };
    in_path.into_iter().chain(debian).find(is_complete)
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().expect("id starts");
    output.stdout == b"0\n"
}

/// The user and the group that the package of the server created, or nobody.
fn unprivileged_user() -> (u32, u32) {
    let users = fs::read_to_string("/etc/passwd").expect("a list of users");
    let find = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2).map(|field| field.parse().ok());
        Some((fields.next()??, fields.next()??))
    };
    find("postgres").or_else(|| find("nobody")).expect("a user besides root")
}

/// A free port below those that the system gives to clients. A client that repeatedly connects to such a port while the
/// server is down may get the same port for itself, and then connects to itself.
fn free_port() -> u16 {
    let free = (0..1000).map(|_| fastrand::u16(20_000..32_000));
    let mut free = free.filter(|&port| TcpListener::bind(("127.0.0.1", port)).is_ok());
    free.next().expect("a free port")
}
