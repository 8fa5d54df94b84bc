//! The log of the library.

use std::sync::Mutex;

/// The messages so far, in the order of the log.
pub fn logged() -> Vec<String> {
    LOG.lines.lock().unwrap().clone()
}

/// Stores the messages that are logged after this call.
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
