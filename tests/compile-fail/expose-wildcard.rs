use cors_actix::{Policy, policy};

static POLICY: Policy = policy! {
    origins = "*",
    expose = ["x-company-*"],
};

fn main() {}
