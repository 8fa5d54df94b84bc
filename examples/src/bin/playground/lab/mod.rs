//! The lab: an editor for a policy, a form for a request, and the result in the browser and on the server.
//!
//! These are the endpoints that its page uses. They exist on the lab's own listener only, and [`guard`] protects them.

use std::sync::Arc;

use actix_web::middleware::from_fn;
use actix_web::web::{Data, Json, JsonConfig, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Responder, get, post, web};
use cors_core::browser::CredentialsMode;
use serde::{Deserialize, Serialize};

use crate::Places;

mod browsers;
pub mod experiments;
mod explanation;
pub mod guard;
mod judgement;
mod ready_made;

use experiments::Experiments;

/// Policies and requests that are written by hand are smaller.
const BODY_LIMIT: usize = 64 * 1024;

/// The state that the endpoints share.
#[derive(Clone)]
pub struct Lab {
    pub places: Places,
    pub guard: Arc<guard::Guard>,
    pub experiments: Experiments,
}

/// The request that is described in the form.
#[derive(Deserialize)]
struct Wanted {
    who: Who,
    method: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
    credentials: Credentials,
}

/// The page that sends the request.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Who {
    /// The lab.
    Page,
    /// The page on the stranger's origin.
    Stranger,
    /// A sandboxed frame, whose origin is `null`.
    Sandbox,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum Credentials {
    Omit,
    SameOrigin,
    Include,
}

impl Wanted {
    /// The same request for the model of a browser.
    fn for_the_model(&self, places: &Places, url: &str) -> cors_core::browser::Request {
        let origin = match self.who {
            Who::Page => &places.page,
            Who::Stranger => &places.stranger,
            Who::Sandbox => "null",
        };
        let request = cors_core::browser::Request::new(origin, url).method(&*self.method);
        let request = self
            .headers
            .iter()
            .fold(request, |request, (name, value)| request.header(&**name, value.as_bytes()));
        request.credentials(match self.credentials {
            Credentials::Omit => CredentialsMode::Omit,
            Credentials::SameOrigin => CredentialsMode::SameOrigin,
            Credentials::Include => CredentialsMode::Include,
        })
    }
}

/// The data with which the page starts.
#[derive(Serialize)]
struct Setting {
    places: Places,
    ready_made: Vec<ready_made::ReadyMade>,
}

#[get("/setting.json")]
async fn setting(lab: Data<Lab>) -> impl Responder {
    Json(Setting { places: lab.places.clone(), ready_made: ready_made::all(&lab.places) })
}

#[derive(Deserialize)]
struct ToJudge {
    policy: String,
    /// The method in the request form, which is also that of the route in the `#[cors]` form.
    method: String,
}

#[post("/judge")]
async fn judge(asked: Json<ToJudge>) -> impl Responder {
    Json(judgement::judge(&asked.policy, &asked.method))
}

#[derive(Deserialize)]
struct ToPrepare {
    policy: String,
    /// Whether the policy gets a new URL, so that the browser has no cached preflights for it.
    forget: bool,
}

#[derive(Serialize)]
struct Prepared {
    url: String,
    /// The number of requests to this URL so far. Later requests belong to the experiment.
    mark: usize,
}

/// Puts a policy into force at its own URL.
#[post("/prepare")]
async fn prepare(lab: Data<Lab>, asked: Json<ToPrepare>) -> impl Responder {
    match judgement::policy(&asked.policy) {
        Ok(policy) => match lab.experiments.prepare(&policy, asked.forget) {
            Ok((id, mark)) => {
                HttpResponse::Ok().json(Prepared { url: format!("{}/lab/{id}", lab.places.api), mark })
            }
            Err(error) => HttpResponse::InternalServerError().body(error),
        },
        Err(violations) => HttpResponse::UnprocessableEntity().json(violations),
    }
}

#[derive(Deserialize)]
struct ToExplain {
    url: String,
    mark: usize,
    wanted: Wanted,
}

/// The exchanges of the server since the mark, and the predictions of the model for the same request.
#[post("/explain")]
async fn explain(lab: Data<Lab>, request: HttpRequest, asked: Json<ToExplain>) -> impl Responder {
    let id = asked.url.rsplit('/').next().unwrap_or_default();
    let user_agent = request.headers().get("user-agent").and_then(|value| value.to_str().ok());
    let this_engine = browsers::engine_of(user_agent.unwrap_or_default());
    let wanted = asked.wanted.for_the_model(&lab.places, &asked.url);
    let Some(predictions) = lab.experiments.predict(id, &wanted).await else {
        return HttpResponse::NotFound().body("this policy is no longer in force: send again");
    };
    let Some(seen) = lab.experiments.seen_since(id, asked.mark) else {
        return HttpResponse::NotFound().body("this policy is no longer in force: send again");
    };
    let body = asked.wanted.body.as_deref();
    HttpResponse::Ok().json(explanation::explain(&lab.places, &seen, &wanted, body, predictions, this_engine))
}

/// Registers the endpoints of the lab's page, which are protected by every check of [`guard`].
pub fn configure(config: &mut ServiceConfig) {
    config.service(
        web::scope("/lab").app_data(JsonConfig::default().limit(BODY_LIMIT)).service(setting).service(
            web::scope("")
                .wrap(from_fn(guard::own_page_only))
                .service(judge)
                .service(prepare)
                .service(explain),
        ),
    );
}
