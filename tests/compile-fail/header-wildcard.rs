use cors_actix::{Policy, policy};

static POLICY: Policy = policy! {
    origins = "*",
    headers = ["x-company-*"],
};

fn main() {}
