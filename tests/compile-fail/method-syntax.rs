use cors_actix::{Policy, policy};

static POLICY: Policy = policy! {
    origins = "*",
    methods = ["GET, PUT"],
};

fn main() {}
