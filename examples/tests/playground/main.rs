//! The playground as a person uses it: started, opened in a browser on both origins, asked with the lines that it prints.

mod attacks;
mod command;
mod lab;
mod lab_page;
mod look;
mod promises;
mod running;
