//! A program in a process group that ends with the test, however the test ends.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;

/// The time that a program has to start.
const STARTING: Duration = Duration::from_secs(60);

/// A running program with a directory of its own for everything that it writes.
pub(crate) struct Process {
    shell: Child,
    name: String,
    home: TempDir,
}

impl Process {
    /// Starts a program. `home` is created by the caller, so that the arguments can contain its path.
    pub(crate) fn start(
        program: &Path,
        home: TempDir,
        arguments: &[String],
        environment: &[(&str, &str)],
    ) -> Self {
        let errors = fs::File::create(home.path().join("stderr")).expect("a file for its errors");
        // The shell leads the group. It ends the group when its standard input closes, which happens even if the test
        // is killed.
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "\"$0\" \"$@\" </dev/null >/dev/null & cat >/dev/null; kill -9 0"]);
        command.arg(program).args(arguments);
        for variable in ["HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"] {
            command.env(variable, home.path());
        }
        command.envs(environment.iter().copied());
        let shell = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(errors)
            .process_group(0)
            .spawn()
            .expect("a shell");
        Self { shell, name: program.display().to_string(), home }
    }

    /// The directory for everything that the program writes.
    #[cfg(test)]
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// What the program wrote to its standard error.
    pub(crate) fn errors(&self) -> String {
        let bytes = fs::read(self.home.path().join("stderr")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Waits until `look` returns something.
    ///
    /// # Panics
    ///
    /// When it returns nothing within a minute. The message contains the errors of the program.
    pub(crate) fn wait_for<T>(&self, mut look: impl FnMut() -> Option<T>) -> T {
        let until = Instant::now() + STARTING;
        while Instant::now() < until {
            if let Some(found) = look() {
                return found;
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("{} did not start:\n{}", self.name, self.errors());
    }

    /// Waits for the address after `mark` in the errors of the program.
    pub(crate) fn wait_for_address(&self, mark: &str) -> String {
        self.wait_for(|| {
            let errors = self.errors();
            let line = errors.split_once(mark)?.1;
            line.split_once('\n').map(|(address, _)| address.trim().to_owned())
        })
    }

    #[cfg(test)]
    pub(crate) fn group(&self) -> Pid {
        Pid::from_child(&self.shell)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The whole group: children may outlive their parent for a moment and write to the directory.
        let group = Pid::from_child(&self.shell);
        let until = Instant::now() + Duration::from_secs(5);
        while kill_process_group(group, Signal::KILL).is_ok() && Instant::now() < until {
            // The shell remains in its group until it is waited for.
            let _ = self.shell.try_wait();
            thread::sleep(Duration::from_millis(5));
        }
    }
}
