use cors_actix::{Policy, policy};

static POLICY: Policy = policy! {
    origins = ["app.example.com", "https://a.example,https://b.example", "https:/a.example", ""],
};

fn main() {}
