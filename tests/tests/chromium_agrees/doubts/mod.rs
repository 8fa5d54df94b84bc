//! Cases that are written by hand: one for each thing that was in doubt, so that no seed leaves it out.

mod preflights;
mod redirects;
mod responses;
mod safelist;
mod throws;

pub(crate) use responses::ODD_ORIGINS;

use cors_core::browser::{Request, Response};

use crate::case::{Case, Endpoint};
use crate::world::World;

/// The cases so far, for the page at `origin`.
struct Doubts<'a> {
    world: &'a World,
    origin: &'a str,
    cases: Vec<Case>,
}

/// All of them.
pub(crate) fn cases(world: &World, origin: &str) -> Vec<Case> {
    let mut doubts = Doubts { world, origin, cases: Vec::new() };
    doubts.missing_headers();
    doubts.lists();
    doubts.redirected_preflights();
    doubts.locations();
    doubts.method_changes();
    doubts.authorization();
    doubts.client_hints();
    doubts.safelist();
    doubts.wishes_that_throw();
    doubts.allowed_origins();
    doubts.header_values();
    doubts.cases
}

/// Allows everything.
fn open(response: Response, origin: &str) -> Response {
    response
        .header("Access-Control-Allow-Origin", origin)
        .header("Access-Control-Allow-Credentials", "true")
        .header("Access-Control-Allow-Methods", "PUT, DELETE, PATCH")
        .header("Access-Control-Allow-Headers", "x-a, x-b, authorization, content-type, content-language")
}

impl Doubts<'_> {
    fn url(&self, base: &str, hop: usize) -> String {
        format!("{base}/doubt/{}/{hop}", self.cases.len())
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
