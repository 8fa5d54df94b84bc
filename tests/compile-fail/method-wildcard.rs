use cors_actix::{Policy, policy};

static POLICY: Policy = policy! {
    origins = "*",
    methods = ["P*"],
};

fn main() {}
