//! An API, a lab to try policies, and pages on two origins that show what a browser lets them read.

use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::Arc;

use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};
use clap::Parser;
use serde::Serialize;

use crate::lab::Lab;
use crate::lab::experiments::{self, Experiments};
use crate::lab::guard::{self, Guard};
use crate::pages::Site;

mod api;
mod lab;
mod pages;
mod promises;
mod rules;

/// The origins of the three servers.
#[derive(Clone, Serialize)]
struct Places {
    api: String,
    /// The origin of the lab, which the policies of the API trust.
    page: String,
    stranger: String,
}

/// Try a CORS policy in a real browser: an API, a lab, and a stranger's page, on this machine only
#[derive(Parser)]
struct Flags {
    /// The port of the API; 0 picks a free one
    #[arg(long, default_value_t = 8080)]
    api_port: u16,
    /// The port of the lab, the page that the API's policies trust
    #[arg(long, default_value_t = 8081)]
    page_port: u16,
    /// The port of a page on a stranger's origin
    #[arg(long, default_value_t = 8082)]
    stranger_port: u16,
}

fn main() -> ExitCode {
    let flags = Flags::parse();
    match serve(&flags) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("playground: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(flags: &Flags) -> Result<(), String> {
    let (api, api_port) = listen(flags.api_port, "--api-port")?;
    let (page, page_port) = listen(flags.page_port, "--page-port")?;
    let (stranger, stranger_port) = listen(flags.stranger_port, "--stranger-port")?;

    // The same machine has two names, which are two sites for a browser.
    let places = Places {
        api: format!("http://localhost:{api_port}"),
        page: format!("http://localhost:{page_port}"),
        stranger: format!("http://127.0.0.1:{stranger_port}"),
    };
    api::TRUSTED_ORIGIN.set(places.page.clone()).expect("set once");
    let lab = Lab {
        guard: Arc::new(Guard::new(&places.page)?),
        experiments: Experiments::default(),
        places: places.clone(),
    };
    greet(&places);

    let servers = async {
        let (wrapped, experiments) = (api::wrapped_cors(), lab.experiments.clone());
        let api_server = HttpServer::new(move || {
            App::new()
                .configure(|config| api::configure(config, &wrapped))
                .configure(|config| experiments::configure(config, &experiments))
        });
        let site = |is_trusted| web::Data::new(Site { places: places.clone(), is_trusted });
        let (page_site, stranger_site, lab) = (site(true), site(false), web::Data::new(lab));
        let page_server = HttpServer::new(move || {
            App::new()
                .app_data(page_site.clone())
                .app_data(lab.clone())
                .wrap(from_fn(guard::own_host_only))
                .wrap(pages::headers())
                .configure(lab::configure)
                .configure(pages::configure_lab)
        });
        let stranger_server = HttpServer::new(move || {
            App::new()
                .app_data(stranger_site.clone())
                .wrap(pages::headers())
                .configure(pages::configure_stranger)
        });
        futures_util::future::try_join3(
            api_server.workers(1).listen(api)?.run(),
            page_server.workers(1).listen(page)?.run(),
            stranger_server.workers(1).listen(stranger)?.run(),
        )
        .await
    };
    actix_web::rt::System::new().block_on(servers).map(|_| ()).map_err(|error| error.to_string())
}

/// A listener on this machine only, and the port that it got.
fn listen(port: u16, flag: &str) -> Result<(TcpListener, u16), String> {
    let explain = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            format!("port {port} is taken: choose another with {flag}, or 0 for any")
        }
        _ => format!("port {port} ({flag}) cannot be opened: {error}"),
    };
    let listener = TcpListener::bind(("127.0.0.1", port)).map_err(explain)?;
    let port = listener.local_addr().map_err(explain)?.port();
    Ok((listener, port))
}

fn greet(Places { api, page, stranger }: &Places) {
    println!("Open in a browser:");
    println!("  {page}   the lab: try a policy, send a request, see what happens");
    println!("  {page}/promises   sixteen promises, asked by a page that the policies trust");
    println!("  {stranger}/promises   the same, asked by a stranger's page");
    println!();
    println!("Or ask as a browser would:");
    println!("  curl -i -H 'Origin: {page}' {api}/trusted");
    println!("  curl -i -H 'Origin: {stranger}' {api}/trusted");
    println!(
        "  curl -i -X OPTIONS -H 'Origin: {page}' -H 'Access-Control-Request-Method: PUT' {api}/items/1"
    );
    println!();
    println!("Ctrl-C ends it.");
}
