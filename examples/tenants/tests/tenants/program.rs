//! The running program.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use cors_tests::http::{Connection, Request, Response};
use serde_json::Value;
use sqlx::{Connection as _, SqliteConnection};
use tempfile::TempDir;

/// A running process of the example. It ends with the test.
pub struct Program {
    process: Child,
    /// Its output at the start.
    pub greeting: String,
    log: Arc<Mutex<Vec<String>>>,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

const FREE_PORTS: [&str; 8] =
    ["--api-port", "0", "--admin-port", "0", "--acme-port", "0", "--globex-port", "0"];

fn command(database: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cors-tenants"));
    command.args(["--database", database]).args(FREE_PORTS).env_remove("RUST_LOG");
    command
}

/// Runs the program until it ends. Use it for a start that fails.
pub fn run(database: &str) -> Output {
    command(database).output().expect("the program starts")
}

impl Program {
    pub fn start(database: &str) -> Self {
        let mut process = command(database)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let log = Arc::new(Mutex::new(Vec::new()));
        let errors = BufReader::new(process.stderr.take().expect("piped"));
        let lines = Arc::clone(&log);
        thread::spawn(move || {
            for line in errors.lines().map_while(Result::ok) {
                lines.lock().unwrap().push(line);
            }
        });
        let mut greeting = String::new();
        let output = BufReader::new(process.stdout.take().expect("piped"));
        for line in output.lines().map_while(Result::ok).take_while(|line| !line.starts_with("Ctrl-C")) {
            greeting += &line;
            greeting.push('\n');
        }
        let program = Self { process, greeting, log };
        assert!(program.greeting.contains("http://"), "it does not start: {:?}", program.log());
        program
    }

    /// Starts it with a new SQLite file.
    pub fn with_file() -> (Self, Folder) {
        let folder = Folder::new();
        (Self::start(&folder.url()), folder)
    }

    fn url_after(&self, label: &str) -> String {
        let (_, rest) = self.greeting.split_once(label).expect("a line of the greeting");
        let url = rest.split(|c: char| c.is_whitespace() || c == ',').find(|word| !word.is_empty());
        url.expect("a URL").to_owned()
    }

    /// The origin of the tenants' API: `http://localhost:8080`.
    pub fn api(&self) -> String {
        self.url_after("The tenants' API:").trim_end_matches("/t/acme/orders").to_owned()
    }

    /// The origin of the admin API.
    pub fn admin(&self) -> String {
        self.url_after("The admin API:").trim_end_matches("/tenants").to_owned()
    }

    /// The origin of a tenant's web site.
    pub fn site(&self, tenant: &str) -> String {
        self.url_after(&format!("The web site of {tenant}:"))
    }

    /// The lines of the log.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// The lines of the log that contain `words`.
    pub fn log_with(&self, words: &str) -> Vec<String> {
        self.log().into_iter().filter(|line| line.contains(words)).collect()
    }

    pub fn connect_api(&self) -> Connection<TcpStream> {
        connect(&self.api())
    }

    pub fn connect_admin(&self) -> Connection<TcpStream> {
        connect(&self.admin())
    }

    /// Sends one request to the admin API.
    pub fn admin_send(&self, method: &str, target: &str, body: Option<Value>) -> Response {
        let mut request = Request::new(method, target);
        if let Some(body) = body {
            request = request.header("Content-Type", "application/json").body(body.to_string());
        }
        self.connect_admin().send(&request)
    }

    /// Replaces the origins of a tenant.
    pub fn put(&self, tenant: &str, origins: &[&str]) -> Response {
        let body = serde_json::json!({ "origins": origins });
        self.admin_send("PUT", &format!("/tenants/{tenant}"), Some(body))
    }

    /// The state of the process.
    pub fn health(&self) -> Value {
        let response = self.admin_send("GET", "/health", None);
        assert_eq!(response.status, 200);
        json(&response)
    }

    /// Whether the API lets a page of `origin` read the data of `tenant`.
    pub fn grants(&self, tenant: &str, origin: &str) -> bool {
        grants(&mut self.connect_api(), tenant, origin)
    }
}

fn connect(origin: &str) -> Connection<TcpStream> {
    let authority = origin.trim_start_matches("http://");
    let port: u16 = authority.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let stream = TcpStream::connect(("127.0.0.1", port)).expect("the program listens");
    stream.set_nodelay(true).expect("no delay");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a limit");
    Connection::new(stream, authority)
}

/// Whether the API grants a request. The status, the body and the headers have to agree.
pub fn grants(api: &mut Connection<TcpStream>, tenant: &str, origin: &str) -> bool {
    let response = api.send(&Request::get(&format!("/t/{tenant}/orders")).origin(origin));
    match response.allowed_origin() {
        Some(allowed) => {
            assert_eq!((response.status, allowed), (200, origin), "{response:?}");
            assert_eq!(json(&response)["tenant"], tenant);
            true
        }
        None => {
            assert_eq!((response.status, response.body.as_str()), (403, ""), "{response:?}");
            false
        }
    }
}

pub fn json(response: &Response) -> Value {
    serde_json::from_str(&response.body).unwrap_or_else(|error| panic!("{error}: {response:?}"))
}

/// Waits until a condition holds, and returns the time that it took.
#[track_caller]
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) -> Duration {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(30), "never: {what}");
        thread::sleep(Duration::from_millis(2));
    }
    start.elapsed()
}

/// A folder with an SQLite file.
pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    pub fn url(&self) -> String {
        format!("sqlite:{}", self.0.path().join("tenants.sqlite").display())
    }

    /// Runs a statement as another program would.
    pub fn execute(&self, statement: &str) {
        let url = self.url();
        actix_web::rt::System::new().block_on(async {
            let mut connection = SqliteConnection::connect(&url).await.expect("a connection");
            sqlx::raw_sql(statement).execute(&mut connection).await.expect("a valid statement");
            connection.close().await.expect("closed");
        });
    }
}
