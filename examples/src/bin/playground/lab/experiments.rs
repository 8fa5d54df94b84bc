//! The policies that are in force, each at its own URL, and the record of every request that they answered.
//!
//! A policy has its own URL because a browser caches the answer to a preflight by URL: the answer of an earlier policy must
//! not be used for a later one. The URL has random digits in it, so that no other page can send requests to it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, fn_service};
use actix_web::error::ErrorInternalServerError;
use actix_web::http::header::HeaderMap;
use actix_web::web::ServiceConfig;
use actix_web::{Error, HttpRequest, HttpResponse, web};
use cors_actix::Cors;
use cors_core::browser::{self, Engine, PreflightCache};
use cors_core::{CompiledPolicy, Policy, RequestHeader};

use super::browsers::{Prediction, predict};
use super::guard::random_text;

/// The number of policies that are kept. The oldest one is removed first.
const EXPERIMENTS: usize = 64;
/// The number of requests that are kept for a policy. One click sends fewer.
const RECORDS: usize = 256;

/// The policies that are in force. Clones share them.
#[derive(Clone, Default)]
pub struct Experiments(Arc<Mutex<VecDeque<Experiment>>>);

struct Experiment {
    id: String,
    policy: CompiledPolicy,
    cors: Cors,
    /// The latest requests, and the number of requests before them.
    seen: VecDeque<Exchange>,
    forgotten: usize,
    /// What each engine would have cached, according to the model.
    caches: [PreflightCache; Engine::BROWSERS.len()],
    began: Instant,
}

/// A request and its response on the server.
#[derive(Clone)]
pub struct Exchange {
    pub method: String,
    pub target: String,
    /// Names in lower case, sorted.
    pub headers: Vec<(String, Vec<u8>)>,
    pub status: u16,
    pub response_headers: Vec<(String, Vec<u8>)>,
}

/// The exchanges of the server, and the policy that decided about them.
pub struct Seen {
    pub policy: CompiledPolicy,
    pub exchanges: Vec<Exchange>,
}

impl Experiments {
    fn lock(&self) -> MutexGuard<'_, VecDeque<Experiment>> {
        // A poisoned lock is used too, because each step leaves a complete record.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts `policy` into force. Its URL stays the same, unless the browser has to `forget` its cached answers. Returns
    /// the last part of the URL, and the number of requests to it so far.
    pub fn prepare(&self, policy: &Policy, forget: bool) -> Result<(String, usize), String> {
        let mut experiments = self.lock();
        let known = experiments.iter().find(|experiment| !forget && experiment.policy.policy() == policy);
        if let Some(known) = known {
            return Ok((known.id.clone(), known.count()));
        }
        if forget {
            experiments.retain(|experiment| experiment.policy.policy() != policy);
        }
        let id = random_text()?;
        experiments.push_back(Experiment {
            id: id.clone(),
            policy: CompiledPolicy::new(policy).map_err(|violations| violations.to_string())?,
            cors: Cors::new(policy.clone()),
            seen: VecDeque::new(),
            forgotten: 0,
            caches: Engine::BROWSERS.map(PreflightCache::new),
            began: Instant::now(),
        });
        if experiments.len() > EXPERIMENTS {
            experiments.pop_front();
        }
        Ok((id, 0))
    }

    /// The exchanges of the policy at `id` after the first `mark` requests.
    pub fn seen_since(&self, id: &str, mark: usize) -> Option<Seen> {
        let experiments = self.lock();
        let experiment = experiments.iter().find(|experiment| experiment.id == id)?;
        let exchanges = experiment.seen.iter().skip(mark.saturating_sub(experiment.forgotten)).cloned();
        Some(Seen { policy: experiment.policy.clone(), exchanges: exchanges.collect() })
    }

    /// How each engine handles `request`, according to the model with the same server.
    pub async fn predict(&self, id: &str, request: &browser::Request) -> Option<Vec<Prediction>> {
        let (cors, mut caches, now) = {
            let experiments = self.lock();
            let experiment = experiments.iter().find(|experiment| experiment.id == id)?;
            (experiment.cors.clone(), experiment.caches.clone(), experiment.began.elapsed())
        };
        let mut predictions = Vec::new();
        for (engine, cache) in Engine::BROWSERS.into_iter().zip(&mut caches) {
            predictions.push(predict(engine, &cors, request.clone(), cache, now).await);
        }
        let mut experiments = self.lock();
        if let Some(experiment) = experiments.iter_mut().find(|experiment| experiment.id == id) {
            experiment.caches = caches;
        }
        Some(predictions)
    }

    fn cors(&self, id: &str) -> Option<Cors> {
        Some(self.lock().iter().find(|experiment| experiment.id == id)?.cors.clone())
    }

    fn record(&self, id: &str, exchange: Exchange) {
        let mut experiments = self.lock();
        let Some(experiment) = experiments.iter_mut().find(|experiment| experiment.id == id) else { return };
        experiment.seen.push_back(exchange);
        if experiment.seen.len() > RECORDS {
            experiment.seen.pop_front();
            experiment.forgotten += 1;
        }
    }
}

impl Experiment {
    fn count(&self) -> usize {
        self.forgotten + self.seen.len()
    }
}

impl Exchange {
    fn new(request: &HttpRequest, response: &ServiceResponse<impl MessageBody>) -> Self {
        let mut response_headers = lines(response.headers());
        // actix-web writes this header when it sends the response.
        if let (BodySize::Sized(length), true) = (response.response().body().size(), response.status() != 204)
        {
            response_headers.push(("content-length".to_owned(), length.to_string().into_bytes()));
            response_headers.sort();
        }
        Self {
            method: request.method().to_string(),
            target: request.uri().to_string(),
            headers: lines(request.headers()),
            status: response.status().as_u16(),
            response_headers,
        }
    }

    /// The lines of the request header `name`.
    pub fn lines(&self, name: &'static str) -> impl Iterator<Item = &[u8]> {
        self.headers.iter().filter(move |line| line.0 == name).map(|line| line.1.as_slice())
    }
}

/// The record can be judged by the same code as the request itself.
impl cors_core::Request for Exchange {
    type Value = Vec<u8>;

    fn method(&self) -> &str {
        &self.method
    }
    fn header(&self, name: RequestHeader) -> impl Iterator<Item = &Vec<u8>> {
        self.headers.iter().filter(move |line| line.0 == name.as_str()).map(|line| &line.1)
    }
    fn authority(&self) -> Option<&[u8]> {
        self.lines("host").next()
    }
    fn is_secure(&self) -> bool {
        false
    }
}

fn lines(headers: &HeaderMap) -> Vec<(String, Vec<u8>)> {
    let mut lines: Vec<_> =
        headers.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect();
    lines.sort();
    lines
}

/// The handler behind every policy. It accepts any method.
async fn handler(request: ServiceRequest) -> Result<ServiceResponse, Error> {
    let text = format!("The handler ran, for {}.\n", request.method());
    let response = HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .insert_header(("cache-control", "no-store"))
        .insert_header(("etag", "\"1\""))
        .insert_header(("set-cookie", "lab=1; Path=/lab; SameSite=Lax; HttpOnly"))
        .insert_header(("x-total-count", "42"))
        .body(text);
    Ok(request.into_response(response))
}

/// Answers a request as an application with the layer `cors` does.
pub async fn answer(cors: &Cors, request: ServiceRequest) -> Result<ServiceResponse, Error> {
    let layer = cors.new_transform(fn_service(handler)).await;
    let layer = layer.map_err(|()| ErrorInternalServerError("the layer was not made"))?;
    Ok(layer.call(request).await?.map_into_boxed_body())
}

impl Experiments {
    async fn serve(self, request: ServiceRequest) -> Result<ServiceResponse, Error> {
        let id = request.match_info().get("id").unwrap_or_default().to_owned();
        let Some(cors) = self.cors(&id) else {
            return Ok(
                request.into_response(HttpResponse::NotFound().body("There is no policy at this URL."))
            );
        };
        let response = answer(&cors, request).await?;
        self.record(&id, Exchange::new(response.request(), &response));
        Ok(response)
    }
}

/// The URLs of the policies, for the API.
pub fn configure(config: &mut ServiceConfig, experiments: &Experiments) {
    let experiments = experiments.clone();
    let serve = fn_service(move |request| experiments.clone().serve(request));
    config.service(web::resource("/lab/{id}").route(web::route().service(serve)));
}
