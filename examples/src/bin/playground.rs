//! The playground.
fn main(){}
