//! What the library logs.

use std::sync::Mutex;

/// What was logged so far, in the order of the log.
pub fn logged() -> Vec<String> {
    LOG.lines.lock().unwrap().clone()
}

/// Keeps what is logged from now on.
pub fn keep_log() {
    if log::set_logger(&LOG).is_ok() {
        log::set_max_level(log::LevelFilter::Info);
    }
}

struct Log {
    lines: Mutex<Vec<String>>,
}

static LOG: Log = Log { lines: Mutex::new(Vec::new()) };

impl log::Log for Log {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target().starts_with("cors_actix")
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            self.lines.lock().unwrap().push(format!("{} {}", record.level(), record.args()));
        }
    }

    fn flush(&self) {}
}
