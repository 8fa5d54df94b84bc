//! An application that can be asked, whatever its type.

use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use actix_http::Request;
use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use futures_util::FutureExt;

use super::scenario::Answer;

/// An application that can be asked.
pub trait Application {
    /// What it answers.
    fn answer(&self, request: Request) -> Answer;

    /// Answers requests and drops the responses.
    fn serve(&self, requests: Vec<Request>);

    /// The time that it takes to answer `count` requests; making them is no part of it.
    fn time(&self, count: u64, request: &dyn Fn() -> Request) -> Duration {
        // Requests come from a pool of 128.
        const AT_ONCE: u64 = 16;
        let (mut time, mut left) = (Duration::ZERO, count);
        while left > 0 {
            let now = left.min(AT_ONCE);
            let requests = (0..now).map(|_| request()).collect();
            let start = Instant::now();
            self.serve(requests);
            time += start.elapsed();
            left -= now;
        }
        time
    }
}

impl<S, B> Application for S
where
    S: Service<Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    fn answer(&self, request: Request) -> Answer {
        let response = self.call(request).now_or_never().expect("nothing waits").expect("a response");
        let headers = response.headers().iter();
        Answer {
            status: response.status(),
            headers: headers.map(|(name, value)| (name.clone(), value.clone())).collect(),
        }
    }

    fn serve(&self, requests: Vec<Request>) {
        for request in requests {
            serve_one(self, request);
        }
    }
}

/// A function of its own, so that callgrind can count it by its name.
#[inline(never)]
fn serve_one<S: Service<Request>>(service: &S, request: Request) {
    let future = pin!(service.call(request));
    let response = future.poll(&mut Context::from_waker(Waker::noop()));
    // By reference: moving a response costs by its size, and that is not what is measured.
    black_box(&response);
}
