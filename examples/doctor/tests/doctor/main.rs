//! The doctor as a person uses it: the real program, asking real servers.

mod faults;
mod libraries;
mod network;
mod program;
mod redirects;
mod verdicts;
