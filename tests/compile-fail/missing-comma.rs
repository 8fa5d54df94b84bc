use cors_actix::{Policy, policy};

static POLICY: Policy = policy! {
    origins = ["https://a.example" "https://b.example"],
};

fn main() {}
