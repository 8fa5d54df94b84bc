//! Uses the playground as a user does: starts it, opens both origins in a browser, and runs the commands that it prints.

mod attacks;
mod command;
mod lab;
mod lab_page;
mod look;
mod promises;
mod running;
