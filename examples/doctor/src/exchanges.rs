//! The requests and their answers.

use std::collections::BTreeMap;

use cors_core::browser::HttpRequest;

use crate::client::{Answer, Client, Unreachable};

/// A request and its answer.
pub struct Exchange {
    pub request: HttpRequest,
    pub answer: Answer,
}

impl Exchange {
    /// The header lines of the answer by this name, in lower case.
    pub fn lines<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        let lines = self.answer.response.headers.iter().filter(move |(other, _)| other == name);
        lines.map(|(_, value)| value.as_slice())
    }
}

/// The exchanges with the server. Engines that send the same request share the exchange, so that the server is asked once.
pub struct Exchanges<'a> {
    client: &'a Client,
    all: Vec<Exchange>,
}

impl<'a> Exchanges<'a> {
    pub fn new(client: &'a Client) -> Self {
        Self { client, all: Vec::new() }
    }

    pub fn all(&self) -> &[Exchange] {
        &self.all
    }

    /// The number of the exchange for this request. An engine that sends the same request a second time, as in a circle of
    /// redirects, gets a second answer: `used` contains the exchanges that it already had.
    pub fn ask(&mut self, request: &HttpRequest, used: &[usize]) -> Result<usize, Unreachable> {
        let known = self.all.iter().enumerate().position(|(number, exchange)| {
            !used.contains(&number) && on_the_wire(&exchange.request) == on_the_wire(request)
        });
        if let Some(number) = known {
            return Ok(number);
        }
        let answer = self.client.send(request)?;
        self.all.push(Exchange { request: request.clone(), answer });
        Ok(self.all.len() - 1)
    }
}

/// The parts of a request that a server can distinguish. Engines differ in the order of the headers, and in whether
/// they join repeated ones.
fn on_the_wire(request: &HttpRequest) -> (&str, &str, bool, BTreeMap<String, Vec<u8>>) {
    let mut headers: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for (name, value) in &request.headers {
        headers
            .entry(name.to_ascii_lowercase())
            .and_modify(|joined| joined.extend([b", ", value.as_slice()].concat()))
            .or_insert_with(|| value.clone());
    }
    (&request.method, &request.url, request.credentials, headers)
}
