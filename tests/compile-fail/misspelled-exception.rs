use cors_actix::{Policy, policy};

static POLICY: Policy = policy! {
    origins = ["http://printer.internal"],
    credentials,
    allow(insecure_origin),
};

fn main() {}
