//! A real server, for a process that does nothing else.

use std::io::{BufRead, Write};
use std::process::ExitCode;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::{App, Error, HttpServer};

/// Serves `app` on a free port of the loopback interface and prints the address.
///
/// Each line of standard input is given to `on_line`. The server stops when standard input ends, so that it never outlives
/// the process that started it.
pub fn serve<F, I, B>(app: F, workers: usize, on_line: fn(&str)) -> ExitCode
where
    F: Fn() -> App<I> + Send + Clone + 'static,
    I: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<B>,
            Error = Error,
            InitError = (),
        > + 'static,
    B: MessageBody + 'static,
{
    let served: std::io::Result<()> = actix_web::rt::System::new().block_on(async {
        let server = HttpServer::new(app).workers(workers).bind(("127.0.0.1", 0))?;
        println!("{}", server.addrs()[0]);
        std::io::stdout().flush()?;
        let server = server.disable_signals().run();
        let handle = server.handle();
        std::thread::spawn(move || {
            for line in std::io::stdin().lock().lines() {
                match line {
                    Ok(line) => on_line(&line),
                    Err(_) => break,
                }
            }
            drop(handle.stop(false));
        });
        server.await
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the server failed: {error}");
            ExitCode::FAILURE
        }
    }
}
