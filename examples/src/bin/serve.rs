//! A server that reads its policy from a file. Use it to try a policy before it is deployed.
//!
//! ```text
//! cargo run -p cors-examples --bin serve -- --policy examples/policies/partners.toml --watch --explain
//! ```
//!
//! The file is read again when it changes (`--watch`), and on Unix when the program receives the signal SIGHUP. Each time, the
//! program prints the time and a summary of the changes.
//!
//! Every path and method is answered with 200 and a JSON description of the request.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, dev::Server, web};
use clap::Parser;
use cors_actix::{Builder, Cors, Policy, SharedPolicy};
use cors_examples::now;
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use serde_json::json;

/// Serves a CORS policy from a file.
#[derive(Parser)]
struct Arguments {
    /// The policy: a .toml, .json, .yaml or .yml file
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// The address to listen on; port 0 selects a free port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: String,
    /// Reload the policy when the file changes
    #[arg(long)]
    watch: bool,
    /// Explain in responses why requests were refused
    #[arg(long)]
    explain: bool,
    /// Only check the policy: print a line for each violation, and exit with 0 or 1
    #[arg(long)]
    check: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = if arguments.check {
        read(&arguments.policy).map(|file| check(&file))
    } else {
        serve(&arguments).map(|()| ExitCode::SUCCESS)
    };
    result.unwrap_or_else(|fault| {
        eprintln!("{fault}");
        ExitCode::FAILURE
    })
}

/// Prints the violations to standard output, because they are the result of `--check`.
fn check(file: &File) -> ExitCode {
    match file.policy() {
        Ok(_) => ExitCode::SUCCESS,
        Err(faults) => {
            println!("{faults}");
            ExitCode::FAILURE
        }
    }
}

/// A file with a policy.
struct File<'a> {
    path: &'a Path,
    format: Format,
    text: String,
}

enum Format {
    Toml,
    Json,
    Yaml,
}

fn read(path: &Path) -> Result<File<'_>, String> {
    let describe = |fault: &dyn std::fmt::Display| format!("{}: {fault}", path.display());
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let format = match extension.to_ascii_lowercase().as_str() {
        "toml" => Format::Toml,
        "json" => Format::Json,
        "yaml" | "yml" => Format::Yaml,
        _ => return Err(describe(&"a policy is in a .toml, .json, .yaml or .yml file")),
    };
    let text = std::fs::read_to_string(path).map_err(|error| describe(&error))?;
    Ok(File { path, format, text })
}

impl File<'_> {
    /// The policy, or a line for each violation.
    fn policy(&self) -> Result<Policy, String> {
        let (name, text) = (self.path.display(), &self.text);
        let builder: Result<Builder, String> = match self.format {
            Format::Toml => toml::from_str(text).map_err(|error| match error.span() {
                Some(span) => {
                    format!("line {}: {}", 1 + text[..span.start].matches('\n').count(), error.message())
                }
                None => error.message().to_owned(),
            }),
            Format::Json => serde_json::from_str(text).map_err(|error| error.to_string()),
            Format::Yaml => serde_norway::from_str(text).map_err(|error| error.to_string()),
        };
        let builder = builder.map_err(|fault| format!("{name}: {}", fault.trim().replace('\n', "; ")))?;
        builder.build().map_err(|violations| {
            let lines = violations.iter().map(|violation| format!("{name}: {violation}"));
            lines.collect::<Vec<_>>().join("\n")
        })
    }
}

fn serve(arguments: &Arguments) -> Result<(), String> {
    let path = &arguments.policy;
    // The watcher is created before the file is read, so that no change is missed.
    let (sender, reasons) = mpsc::channel();
    let watcher = if arguments.watch { Some(watch(path, sender.clone())?) } else { None };
    let policy = read(path)?.policy()?;
    let shared = SharedPolicy::new(&policy).map_err(|violations| violations.to_string())?;
    {
        let (path, shared) = (path.clone(), shared.clone());
        std::thread::spawn(move || {
            follow(&path, &shared, policy, &reasons);
            drop(watcher);
        });
    }
    let cors = Cors::new(shared);
    let cors = if arguments.explain { cors.explain() } else { cors };
    actix_web::rt::System::new().block_on(async {
        let (addresses, server) = listen(&arguments.listen, cors)?;
        reload_on_signal(sender)?;
        for address in addresses {
            println!("listening on http://{address}");
        }
        server.await.map_err(|error| error.to_string())
    })
}

fn listen(address: &str, cors: Cors) -> Result<(Vec<SocketAddr>, Server), String> {
    let listener = cors_examples::listen(address)?;
    let app = move || App::new().wrap(cors.clone()).default_service(web::to(tell));
    let server =
        HttpServer::new(app).shutdown_timeout(1).listen(listener).map_err(|error| error.to_string())?;
    Ok((server.addrs(), server.run()))
}

/// Describes the request.
async fn tell(request: HttpRequest, body: web::Bytes) -> HttpResponse {
    static REQUESTS: AtomicU64 = AtomicU64::new(1);
    let headers = request.headers().iter().map(|(name, value)| {
        (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned().into())
    });
    let headers: serde_json::Map<String, serde_json::Value> = headers.collect();
    HttpResponse::Ok()
        .insert_header(("x-request-id", REQUESTS.fetch_add(1, Ordering::Relaxed).to_string()))
        .insert_header(("x-total-count", "100"))
        .json(json!({
            "method": request.method().as_str(),
            "path": request.path(),
            "query": request.query_string(),
            "headers": headers,
            "body_bytes": body.len(),
        }))
}

/// Why the file is read again.
#[derive(Clone, Copy, PartialEq)]
enum Reason {
    Change,
    Signal,
}

/// Reports the signal SIGHUP, with which administrators ask a program to read its configuration again.
#[cfg(unix)]
fn reload_on_signal(sender: Sender<Reason>) -> Result<(), String> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut hangups = signal(SignalKind::hangup()).map_err(|error| format!("SIGHUP: {error}"))?;
    actix_web::rt::spawn(async move {
        while hangups.recv().await.is_some() && sender.send(Reason::Signal).is_ok() {}
    });
    Ok(())
}

/// Other systems do not have this signal.
#[cfg(not(unix))]
fn reload_on_signal(_: Sender<Reason>) -> Result<(), String> {
    Ok(())
}

/// Reports changes of the file. Editors replace the file, and orchestrators replace symbolic links to it, so the directories are
/// watched and not the file itself.
fn watch(path: &Path, sender: Sender<Reason>) -> Result<RecommendedWatcher, String> {
    let describe = |error: notify::Error| format!("{}: {error}", path.display());
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // Reading the file is an event too. It is ignored.
        if !event.is_ok_and(|event| event.kind.is_access()) {
            let _ = sender.send(Reason::Change);
        }
    })
    .map_err(describe)?;
    let target = std::fs::canonicalize(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let directory = |path: &Path| match path.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    for directory in [directory(path), directory(&target)] {
        watcher.watch(&directory, RecursiveMode::NonRecursive).map_err(describe)?;
    }
    Ok(watcher)
}

/// Replaces the policy each time that there is a reason to read the file, and the file contains a valid policy.
fn follow(path: &Path, shared: &SharedPolicy, policy: Policy, reasons: &Receiver<Reason>) {
    /// Saving a file causes several events within this time.
    const ONE_SAVE: Duration = Duration::from_millis(50);
    let name = path.display();
    let mut last = Ok(policy);
    while let Ok(first) = reasons.recv() {
        let mut signal = first == Reason::Signal;
        let until = Instant::now() + ONE_SAVE;
        while let Ok(reason) = reasons.recv_timeout(until.saturating_duration_since(Instant::now())) {
            signal |= reason == Reason::Signal;
        }
        let read = read(path).and_then(|file| file.policy());
        // A signal is always answered.
        if read == last && !signal {
            continue;
        }
        let replaced = read.clone().and_then(|policy| shared.replace(&policy).map_err(|v| v.to_string()));
        match replaced {
            Ok(changes) => eprintln!("{} {name}: the new policy is in force: {changes}", now()),
            Err(faults) => eprintln!("{faults}\n{} {name}: the old policy stays in force", now()),
        }
        last = read;
    }
}
