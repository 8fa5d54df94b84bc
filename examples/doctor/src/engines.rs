//! The engines whose verdicts are given.

use cors_core::browser::Quirks;

/// An engine: its name, and how the model follows it.
#[derive(Clone, Copy)]
pub struct Engine {
    pub name: &'static str,
    pub quirks: Quirks,
}

/// In the order of the report.
pub const ALL: [Engine; 3] = [
    Engine { name: "Chromium", quirks: Quirks::CHROMIUM },
    Engine { name: "Firefox", quirks: Quirks::FIREFOX },
    Engine { name: "WebKit", quirks: Quirks::WEBKIT },
];
