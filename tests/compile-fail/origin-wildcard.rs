use cors_actix::{Policy, policy};

static POLICY: Policy = policy! {
    origins = ["https://foo*.example", "https://a.*.example", "https://*", "*.example.com"],
};

fn main() {}
