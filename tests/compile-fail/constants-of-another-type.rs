use cors_actix::{Policy, policy};

const ORIGINS: &[&str] = &["https://a.example", "https://b.example"];

static POLICY: Policy = policy! { origins = ORIGINS };

fn main() {}
