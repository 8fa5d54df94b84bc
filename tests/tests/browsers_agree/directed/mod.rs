//! Cases that are written by hand, so that they do not depend on the seed.

mod deviations;
mod preflights;
mod redirects;
mod responses;
mod safelist;
mod throws;

pub(crate) use responses::ODD_ORIGINS;

use cors_core::browser::{Request, Response};

use crate::case::{Case, Endpoint};
use crate::world::World;

/// The cases so far, for a page with the origin `origin`.
struct Directed<'a> {
    world: &'a World,
    origin: &'a str,
    cases: Vec<Case>,
}

/// All directed cases.
pub(crate) fn cases(world: &World, origin: &str) -> Vec<Case> {
    let mut directed = Directed { world, origin, cases: Vec::new() };
    directed.missing_headers();
    directed.lists();
    directed.redirected_preflights();
    directed.locations();
    directed.method_changes();
    directed.authorization();
    directed.client_hints();
    directed.safelist();
    directed.requests_that_throw();
    directed.allowed_origins();
    directed.header_values();
    directed.deviations();
    directed.cases
}

/// Allows everything.
fn open(response: Response, origin: &str) -> Response {
    response
        .header("Access-Control-Allow-Origin", origin)
        .header("Access-Control-Allow-Credentials", "true")
        .header("Access-Control-Allow-Methods", "PUT, DELETE, PATCH")
        .header("Access-Control-Allow-Headers", "x-a, x-b, authorization, content-type, content-language")
}

impl Directed<'_> {
    fn url(&self, base: &str, hop: usize) -> String {
        format!("{base}/directed/{}/{hop}", self.cases.len())
    }

    fn add(&mut self, kind: &'static str, request: Request, endpoints: Vec<Endpoint>) {
        self.cases.push(Case { kind, fetches: vec![request], endpoints });
    }

    /// One request to one endpoint.
    fn simple(
        &mut self,
        kind: &'static str,
        wish: impl FnOnce(Request) -> Request,
        preflight: Response,
        actual: Response,
    ) {
        let url = self.url(&self.world.api, 0);
        let request = wish(Request::new(self.origin, &url));
        self.add(kind, request, vec![Endpoint { url, preflights: vec![preflight], actuals: vec![actual] }]);
    }
}
