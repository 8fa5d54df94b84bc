use cors_actix::{Policy, policy};

static POLICY: Policy = policy! {
    deny,
    policy = OTHER,
    origin_fn = is_known,
};

fn main() {}
