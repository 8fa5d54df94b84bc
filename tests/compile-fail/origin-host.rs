use cors_actix::{Policy, policy};

static POLICY: Policy = policy! {
    origins = ["https://a..example", "https://app.example.com.", "https://under%20score.example"],
};

fn main() {}
