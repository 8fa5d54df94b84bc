use cors_actix::{Policy, policy};

static POLICY: Policy = policy! {
    origins = "*",
    max_age = "ten minutes",
};

fn main() {}
