//! One API and two pages that ask it: one on an origin that the policies trust, one on a stranger's. Open both and see what
//! a browser lets each of them read.

use std::net::TcpListener;
use std::process::ExitCode;

use actix_web::{App, HttpServer, web};
use clap::Parser;

mod api;
mod page;
mod rows;

/// See CORS allowed and refused for real: an API, a trusted page and a stranger's, on this machine only.
#[derive(Parser)]
struct Flags {
    /// The port of the API; 0 picks a free one
    #[arg(long, default_value_t = 8080)]
    api_port: u16,
    /// The port of the page that the policies trust
    #[arg(long, default_value_t = 8081)]
    page_port: u16,
    /// The port of the same page on a stranger's origin
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
    let (trusted, trusted_port) = listen(flags.page_port, "--page-port")?;
    let (stranger, stranger_port) = listen(flags.stranger_port, "--stranger-port")?;

    // The same machine under two names: to a browser these are two sites.
    let api_origin = format!("http://localhost:{api_port}");
    let trusted_origin = format!("http://localhost:{trusted_port}");
    let stranger_origin = format!("http://127.0.0.1:{stranger_port}");
    api::TRUSTED_ORIGIN.set(trusted_origin.clone()).expect("set once");
    greet(&api_origin, &trusted_origin, &stranger_origin);

    let page = |trusted: bool| {
        let other = if trusted { stranger_origin.clone() } else { trusted_origin.clone() };
        page::Page { api: api_origin.clone(), trusted, other }
    };
    let (trusted_page, stranger_page) = (page(true), page(false));
    let servers = async {
        let wrapped = api::wrapped_cors();
        let api_server =
            HttpServer::new(move || App::new().configure(|config| api::configure(config, &wrapped)));
        let trusted_page = HttpServer::new(move || {
            App::new().app_data(web::Data::new(trusted_page.clone())).configure(page::configure)
        });
        let stranger_page = HttpServer::new(move || {
            App::new().app_data(web::Data::new(stranger_page.clone())).configure(page::configure)
        });
        futures_util::future::try_join3(
            api_server.workers(1).listen(api)?.run(),
            trusted_page.workers(1).listen(trusted)?.run(),
            stranger_page.workers(1).listen(stranger)?.run(),
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

fn greet(api: &str, trusted: &str, stranger: &str) {
    println!("Open both in a browser and compare:");
    println!("  {trusted}   the page that the policies trust");
    println!("  {stranger}   the same page, as a stranger");
    println!();
    println!("Or ask as a browser would:");
    println!("  curl -i -H 'Origin: {trusted}' {api}/trusted");
    println!("  curl -i -H 'Origin: {stranger}' {api}/trusted");
    println!(
        "  curl -i -X OPTIONS -H 'Origin: {trusted}' -H 'Access-Control-Request-Method: PUT' {api}/items/1"
    );
    println!();
    println!("Ctrl-C ends it.");
}
