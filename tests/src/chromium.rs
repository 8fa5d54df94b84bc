//! A headless Chromium that is gone when the test is over, however that ends.

use std::env;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::json;
use tempfile::TempDir;

use crate::devtools::DevTools;
use crate::page::Context;
use crate::report;

/// Where the browser is looked for, in the directories of `PATH`.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Every host is this machine, and nothing is asked of the world.
const FLAGS: [&str; 14] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    // Crash reports would be processes outside of the group.
    "--disable-breakpad",
    "--disable-crash-reporter",
    // Containers have a small /dev/shm.
    "--disable-dev-shm-usage",
    // A page in the background would be slowed down.
    "--disable-renderer-backgrounding",
    "--host-resolver-rules=MAP * 127.0.0.1",
    "--remote-debugging-pipe",
];

const WILDCARD_STOPS: &str = "--enable-features=CorsNonWildcardRequestHeadersSupport";

/// How the browser is started.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Whether `https` with any certificate will do.
    pub ignore_certificate_errors: bool,
    /// Whether `Access-Control-Allow-Headers: *` covers `Authorization`, as it does where Chromium is started without
    /// a flag. The standard says no, and so does this by default.
    pub wildcard_covers_authorization: bool,
}

/// A running Chromium with a profile of its own.
pub struct Chromium {
    process: Child,
    devtools: Arc<DevTools>,
    /// The profile, and everything else that the browser writes.
    home: TempDir,
}

impl Chromium {
    /// Starts it. Where there is none, `test` is skipped, which is said out loud: the caller returns.
    ///
    /// # Panics
    ///
    /// When it does not start; and when there is none, although `CORS_BROWSER=required`.
    pub fn start(test: &str, options: &Options) -> Option<Self> {
        let Some(program) = find() else {
            let why =
                "no Chromium found; install Debian's `chromium` (apt-get install chromium), or any in PATH";
            assert!(env::var_os("CORS_BROWSER").is_none_or(|value| value != "required"), "{test}: {why}");
            report(&format!("{test}: SKIPPED, {why}"));
            return None;
        };
        Some(Self::start_program(&program, options))
    }

    fn start_program(program: &Path, options: &Options) -> Self {
        let home = TempDir::with_prefix("cors-chromium-").expect("a directory for the profile");
        let errors = fs::File::create(home.path().join("stderr")).expect("a file for its errors");
        // The browser reads file descriptor 3 and writes to 4, which only a shell can arrange without unsafe code.
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", "exec \"$0\" \"$@\" 3<&0 4>&1 0</dev/null 1>/dev/null"])
            .arg(program)
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", home.path().join("profile").display()))
            .args(options.ignore_certificate_errors.then_some("--ignore-certificate-errors"))
            .args((!options.wildcard_covers_authorization).then_some(WILDCARD_STOPS));
        for variable in ["HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"] {
            command.env(variable, home.path());
        }
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors)
            .process_group(0)
            .spawn()
            .expect("a shell");
        let reader = process.stdout.take().expect("it is piped");
        let writer = process.stdin.take().expect("it is piped");
        let chromium = Self { process, devtools: Arc::new(DevTools::connect(reader, writer)), home };
        if let Err(error) = chromium.devtools.try_call("", "Browser.getVersion", &json!({})) {
            let said = fs::read_to_string(chromium.home.path().join("stderr")).unwrap_or_default();
            panic!("{} did not start: {error}\n{said}", program.display());
        }
        chromium
    }

    /// `HeadlessChrome/156.0.0.0` and the like.
    pub fn version(&self) -> String {
        let version = self.devtools.call("", "Browser.getVersion", &json!({}));
        version["product"].as_str().unwrap_or_default().to_owned()
    }

    /// A profile of its own within the browser: no cookie, no cache and no preflight is shared with others.
    pub fn context(&self) -> Context {
        Context::new(Arc::clone(&self.devtools))
    }

    fn ends_within(&mut self, patience: Duration) -> bool {
        let until = Instant::now() + patience;
        while Instant::now() < until {
            if !matches!(self.process.try_wait(), Ok(None)) {
                return true;
            }
            thread::sleep(Duration::from_millis(10));
        }
        false
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.devtools.try_call("", "Browser.close", &json!({}));
        self.ends_within(Duration::from_secs(5));
        // Its children too, which may outlive it for a moment and write to the profile.
        let group = Pid::from_child(&self.process);
        let until = Instant::now() + Duration::from_secs(5);
        while kill_process_group(group, Signal::KILL).is_ok() && Instant::now() < until {
            // It is a child of this process, and stays in its group until it is waited for.
            let _ = self.process.try_wait();
            thread::sleep(Duration::from_millis(5));
        }
        // What is left of the directory goes with its own drop.
    }
}

fn find() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let directories: Vec<PathBuf> = env::split_paths(&path).collect();
    NAMES
        .iter()
        .flat_map(|name| directories.iter().map(move |dir| dir.join(name)))
        .find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use rustix::process::test_kill_process_group;

    use super::*;
    use crate::Server;
    use cors_core::browser::Response;

    #[test]
    fn drives_a_page_and_leaves_nothing_behind() {
        let server = Server::start(|request| match request.target() {
            "/page" => Response::new(200).header("Content-Type", "text/html"),
            _ => Response::new(204),
        });
        let Some(chromium) = Chromium::start("harness", &Options::default()) else { return };
        let home = chromium.home.path().to_owned();
        let group = Pid::from_child(&chromium.process);
        let page = chromium.context().open(&server.url("app.example", "/page"));
        assert_eq!(page.evaluate("origin"), server.origin("app.example"));
        let url = server.url("api.example", "/x");
        let fetch = json!(url);
        assert_eq!(page.evaluate(&format!("fetch({fetch}).catch(error => error.name)")), "TypeError");
        let found = page.wait_for(Duration::from_secs(10), |exchanges| {
            let failed = exchanges.iter().find(|exchange| exchange.urls == [url.as_str()]);
            failed.and_then(|exchange| exchange.cors_error()).cloned()
        });
        assert_eq!(found.map(|error| error.name).as_deref(), Some("MissingAllowOriginHeader"));
        assert!(page.console_errors().iter().any(|line| line.contains("CORS")));

        assert!(test_kill_process_group(group).is_ok());
        let died = catch_unwind(AssertUnwindSafe(move || {
            let _chromium = chromium;
            page.run("throw new Error('on purpose')");
        }));
        assert!(died.is_err());
        assert!(test_kill_process_group(group).is_err(), "a process is left");
        assert!(!home.exists(), "a directory is left");
    }
}
