//! Runs a program under callgrind, which counts its instructions.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// callgrind sets its counters to zero when the program calls this function. The command line of callgrind contains
/// the name of the function.
#[inline(never)]
pub fn counting_begins() {
    black_box("begins");
}

/// callgrind writes its counters into its output file when the program calls this function. The body differs from that of
/// [`counting_begins`], because the compiler merges functions that are equal.
#[inline(never)]
pub fn counting_ends() {
    black_box("ends");
}

/// Whether valgrind can be started.
pub fn is_installed() -> bool {
    Command::new("valgrind").arg("--version").output().is_ok_and(|output| output.status.success())
}

/// Reports that `bench` was skipped because valgrind is not installed. This is a failure if `CORS_VALGRIND=required`.
pub fn report_not_installed(bench: &str) -> ExitCode {
    eprintln!("{bench}: SKIPPED, because valgrind does not start (install Debian's package `valgrind`)");
    match std::env::var("CORS_VALGRIND").as_deref() {
        Ok("required") => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    }
}

/// One run of a program under callgrind.
pub struct Callgrind {
    file: PathBuf,
}

impl Callgrind {
    /// The counters are written into a file whose name contains `run`, which has to be unique in this process.
    pub fn new(run: &str) -> Self {
        let name = format!("callgrind.{}.{run}", std::process::id());
        Self { file: Path::new(env!("CARGO_TARGET_TMPDIR")).join(name) }
    }

    /// The command that runs `program`. Arguments for the program can be added to it.
    ///
    /// With `function`, only the instructions inside the functions whose name contains this text are counted.
    pub fn command(&self, program: &Path, function: Option<&str>) -> Command {
        let mut command = Command::new("valgrind");
        command
            .args(["--tool=callgrind", "--combine-dumps=yes"])
            .args(["--zero-before=*counting_begins*", "--dump-after=*counting_ends*"])
            .arg(format!("--callgrind-out-file={}", self.file.display()));
        if let Some(function) = function {
            command.arg(format!("--toggle-collect=*{function}*"));
        }
        command.arg(program);
        command
    }

    /// The instructions between each call of [`counting_begins`] and the next call of [`counting_ends`]. The program has to
    /// have ended.
    pub fn totals(self) -> Vec<f64> {
        let dumps = std::fs::read_to_string(&self.file).unwrap_or_default();
        dumps.lines().filter_map(|line| line.strip_prefix("totals: ")?.parse().ok()).collect()
    }
}

impl Drop for Callgrind {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.file);
    }
}
