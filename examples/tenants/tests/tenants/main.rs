//! Tests the program with an SQLite file or a real PostgreSQL server, requests over HTTP, and real browsers.
#![cfg(unix)]

mod admin;
mod attacks;
mod browsers;
mod fleet;
mod outage;
mod postgres;
mod program;
mod rows;
