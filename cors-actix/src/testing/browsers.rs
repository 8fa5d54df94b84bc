//! The same page in every engine.

use actix_http::Request as HttpRequest;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use cors_core::browser::Engine;

use super::browser::{Browser, Fetch};
use super::outcome::Outcome;

/// The same page in every engine: the Fetch standard, Chromium, Firefox and WebKit.
///
/// Use it to test that a policy works in all of them. Each fetch is made once in each engine, so a handler runs several
/// times.
///
/// ```
/// # actix_web::rt::System::new().block_on(async {
/// use actix_web::{App, Responder, put, test};
/// use cors_actix::cors;
/// use cors_actix::testing::{Browsers, Engine, Fetch};
///
/// #[cors(origins = ["https://app.example.com"], headers = ["authorization"])]
/// #[put("/items")]
/// async fn update() -> impl Responder {
///     "updated"
/// }
///
/// let app = test::init_service(App::new().service(update)).await;
/// let put = Fetch::put("/items").header("authorization", "Bearer x");
/// let outcomes = Browsers::at("https://app.example.com").fetch(&app, put.clone()).await;
/// outcomes.assert_allowed_in_every_engine();
/// assert_eq!(outcomes.get(Engine::Firefox).preflights(), 1);
///
/// let strangers = Browsers::at("https://evil.example");
/// strangers.fetch(&app, put).await.assert_blocked_in_every_engine();
/// # });
/// ```
#[derive(Debug)]
pub struct Browsers(Vec<(Engine, Browser)>);

impl Browsers {
    /// A page with this origin in every engine.
    pub fn at(origin: &str) -> Self {
        Self(Engine::ALL.map(|engine| (engine, Browser::at(origin).engine(engine))).into())
    }

    /// Sets the origin of the application. See [`Browser::server`].
    #[must_use]
    pub fn server(self, origin: &str) -> Self {
        Self(self.0.into_iter().map(|(engine, browser)| (engine, browser.server(origin))).collect())
    }

    /// The page in one engine, for example to set a cookie.
    pub fn get(&self, engine: Engine) -> &Browser {
        find(&self.0, engine)
    }

    /// Makes the fetch in every engine, one after the other. See [`Browser::fetch`].
    ///
    /// # Panics
    /// If a header name or the URL cannot be sent.
    pub async fn fetch<S, B, E>(&self, app: &S, fetch: Fetch) -> Outcomes
    where
        S: Service<HttpRequest, Response = ServiceResponse<B>, Error = E>,
        B: MessageBody,
        E: Into<actix_web::Error>,
    {
        let mut outcomes = Vec::new();
        for (engine, browser) in &self.0 {
            outcomes.push((*engine, browser.fetch(app, fetch.clone()).await));
        }
        Outcomes(outcomes)
    }
}

/// The results of a fetch in every engine.
#[derive(Clone, Debug)]
pub struct Outcomes(Vec<(Engine, Outcome)>);

impl Outcomes {
    /// The result in one engine.
    pub fn get(&self, engine: Engine) -> &Outcome {
        find(&self.0, engine)
    }

    /// The results with their engines.
    pub fn iter(&self) -> impl Iterator<Item = (Engine, &Outcome)> {
        self.0.iter().map(|(engine, outcome)| (*engine, outcome))
    }

    /// Asserts that the page could read the response in every engine.
    ///
    /// # Panics
    /// If the page could not read it in one of them. The message has the exchange of each engine that differs.
    #[track_caller]
    pub fn assert_allowed_in_every_engine(&self) -> &Self {
        self.assert_all("could not read the response", Outcome::is_allowed)
    }

    /// Asserts that the page could not read the response in any engine.
    ///
    /// # Panics
    /// If the page could read it in one of them. The message has the exchange of each engine that differs.
    #[track_caller]
    pub fn assert_blocked_in_every_engine(&self) -> &Self {
        self.assert_all("could read the response", |outcome| !outcome.is_allowed())
    }

    #[track_caller]
    fn assert_all(&self, failure: &str, is_expected: impl Fn(&Outcome) -> bool) -> &Self {
        let differing = self.iter().filter(|(_, outcome)| !is_expected(outcome));
        let messages: Vec<String> =
            differing.map(|(engine, outcome)| format!("in {engine} the page {failure}\n{outcome}")).collect();
        assert!(messages.is_empty(), "{}", messages.join("\n"));
        self
    }
}

/// Every engine of [`Engine::ALL`] is in the list.
fn find<T>(list: &[(Engine, T)], engine: Engine) -> &T {
    let found = list.iter().find(|(other, _)| *other == engine);
    &found.expect("an engine of `Engine::ALL`").1
}

#[cfg(test)]
mod tests {
    use actix_web::{App, HttpResponse, test, web};

    use super::*;
    use crate::Cors;

    /// The standard requires the name of `Authorization`. All browsers accept the wildcard.
    #[actix_web::test]
    async fn names_the_engine_that_differs_with_its_exchange() {
        let policy = crate::Policy::builder().origins(["*"]).methods(["PUT"]).headers(["*"]).build().unwrap();
        let app = App::new().wrap(Cors::new(policy)).route("/", web::to(HttpResponse::Ok));
        let app = test::init_service(app).await;
        let fetch = Fetch::put("/").header("authorization", "Bearer x");
        let outcomes = Browsers::at("https://app.example.com").fetch(&app, fetch).await;
        for (engine, outcome) in outcomes.iter() {
            assert_eq!(outcome.is_allowed(), engine != Engine::Standard, "{engine}");
        }
        let panic = std::panic::catch_unwind(|| outcomes.assert_allowed_in_every_engine()).unwrap_err();
        let message = panic.downcast_ref::<String>().unwrap();
        assert!(
            message.starts_with("in the Fetch standard the page could not read the response"),
            "{message}"
        );
        assert!(message.contains("preflight: OPTIONS https://api.example.com/"), "{message}");
        assert!(!message.contains("Firefox"), "{message}");
    }
}
