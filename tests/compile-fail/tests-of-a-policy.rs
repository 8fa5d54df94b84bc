use cors_actix::{Policy, policy};

static PARTNERS: Policy = policy! { origins = ["https://*.partner.example"] };

const _: () = assert!(PARTNERS.allows_origin("https://a.partner.example"));
const _: () = assert!(PARTNERS.allows_origin("https://partner.example"), "the name itself");

fn main() {}
