//! Runs the real program against real servers.

mod faults;
mod libraries;
mod network;
mod program;
mod redirects;
mod verdicts;
