//! A clock that a test can move, for programs that read the time with `clock_gettime`.
//!
//! Debian's `libfaketime` does the same for many functions. Firefox does not start with it, and Chromium stops when it moves.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

/// The clock of a browser. Pass its [environment](Clock::environment) to the browser.
pub struct Clock {
    directory: TempDir,
}

impl Clock {
    /// Creates a clock that shows the real time. It needs a C compiler, as the build of the workspace does.
    ///
    /// # Panics
    ///
    /// If the C compiler fails.
    pub fn new() -> Self {
        let clock = Self { directory: TempDir::with_prefix("cors-clock-").expect("a directory") };
        let source = clock.directory.path().join("clock.c");
        fs::write(&source, include_str!("clock.c")).expect("a file");
        let mut compiler = Command::new("cc");
        compiler.args(["-shared", "-fPIC", "-O1", "-o"]).arg(clock.library()).arg(source).arg("-ldl");
        assert!(compiler.status().is_ok_and(|status| status.success()), "cc does not compile clock.c");
        clock.set(Duration::ZERO);
        clock
    }

    /// Environment variables for a program that uses this clock.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("LD_PRELOAD", self.library().display().to_string()),
            ("CORS_CLOCK", self.offset().display().to_string()),
        ]
    }

    /// Sets how far the clock is ahead of the real time. It must not go back. Fractions of a second are ignored.
    pub fn set(&self, ahead: Duration) {
        use std::io::Write;
        let mut options = fs::OpenOptions::new();
        // The file keeps its length, because programs have mapped it.
        let mut file = options.write(true).create(true).truncate(false).open(self.offset()).expect("a file");
        file.write_all(&ahead.as_secs().to_ne_bytes()).expect("8 bytes");
    }

    fn library(&self) -> PathBuf {
        self.directory.path().join("clock.so")
    }

    fn offset(&self) -> PathBuf {
        self.directory.path().join("offset")
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}
