//! Functions that decide about origins at run time, for example with a query to a database.

use std::error::Error;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::RequestHead;
use actix_web::rt::time::timeout;
use cors_core::{Origin, Refusal};
use futures_util::future::LocalBoxFuture;

/// The default time limit of an `async` function. After it, the origin is refused.
pub(crate) const DEFAULT_TIME_LIMIT: Duration = Duration::from_secs(5);

/// A function that decides about origins that the declared patterns do not match.
#[derive(Clone)]
pub(crate) enum OriginSource {
    Sync(Arc<SyncFn>),
    Async(Arc<dyn AskOrigin>),
}

pub(crate) type SyncFn = dyn Fn(&Origin<'_>, &RequestHead) -> bool + Send + Sync;

impl std::fmt::Debug for OriginSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            OriginSource::Sync(_) => "origin_fn",
            OriginSource::Async(_) => "origin_async",
        })
    }
}

/// An `async` origin function, as a trait that can be used as a `dyn` type.
pub(crate) trait AskOrigin: Send + Sync {
    fn ask<'a>(
        &'a self,
        origin: &'a Origin<'a>,
        head: &'a RequestHead,
    ) -> LocalBoxFuture<'a, Result<bool, Box<dyn Error>>>;
}

pub(crate) struct AsyncOriginFn<F, E>(F, PhantomData<fn() -> E>);

impl<F, E> AsyncOriginFn<F, E> {
    pub(crate) fn new(function: F) -> Self {
        Self(function, PhantomData)
    }
}

impl<F, E> AskOrigin for AsyncOriginFn<F, E>
where
    F: AsyncFn(&Origin<'_>, &RequestHead) -> Result<bool, E> + Send + Sync,
    E: Into<Box<dyn Error>>,
{
    fn ask<'a>(
        &'a self,
        origin: &'a Origin<'a>,
        head: &'a RequestHead,
    ) -> LocalBoxFuture<'a, Result<bool, Box<dyn Error>>> {
        Box::pin(async move { (self.0)(origin, head).await.map_err(Into::into) })
    }
}

/// Calls the function. The error is the reason why the origin is not granted.
pub(crate) async fn ask(
    function: &dyn AskOrigin,
    limit: Duration,
    origin: &Origin<'_>,
    head: &RequestHead,
) -> Result<(), Refusal> {
    match within(limit, function.ask(origin, head)).await {
        Some(Ok(true)) => Ok(()),
        Some(Ok(false)) => Err(Refusal::OriginNotAllowed),
        Some(Err(error)) => {
            // An error may contain any text, including line breaks that would look like another entry of the log.
            log::warn!("looking up the origin {origin} failed: {}", error.to_string().escape_debug());
            Err(Refusal::OriginLookupFailed)
        }
        None => {
            log::warn!("looking up the origin {origin} took longer than {limit:?}");
            Err(Refusal::OriginLookupFailed)
        }
    }
}

async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Option<T> {
    timeout(limit, future).await.ok()
}
