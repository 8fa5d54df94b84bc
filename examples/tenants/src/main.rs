//! An API for many tenants. Each tenant has its own origins, which are in a database and can be changed at any time.
//!
//! ```text
//! cargo run -p cors-examples --bin tenants
//! cargo run -p cors-examples --bin tenants -- --database postgres://localhost/tenants
//! ```
//!
//! The README of the examples describes how to use it.

mod admin;
mod api;
mod database;
mod follow;
mod pages;

use std::net::TcpListener;
use std::process::ExitCode;

use actix_web::middleware::from_fn;
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use clap::Parser;
use cors_actix::{Cors, TenantOrigins};

use crate::admin::guard;
use crate::api::Orders;
use crate::database::Database;
use crate::pages::Site;

/// An API for many tenants, each with origins of its own, on this machine only
#[derive(Parser)]
struct Flags {
    /// The database: sqlite:FILE, or postgres://USER@HOST/NAME for any number of processes
    #[arg(long, value_name = "URL", default_value = "sqlite:tenants.sqlite")]
    database: String,
    /// The port of the tenants' API; 0 picks a free one
    #[arg(long, default_value_t = 8080)]
    api_port: u16,
    /// The port of the admin API
    #[arg(long, default_value_t = 8090)]
    admin_port: u16,
    /// The port of the web site of the tenant acme, with SQLite only
    #[arg(long, default_value_t = 8081)]
    acme_port: u16,
    /// The port of the web site of the tenant globex, with SQLite only
    #[arg(long, default_value_t = 8082)]
    globex_port: u16,
}

/// The origins of the servers.
struct Places {
    api: String,
    admin: String,
    /// The web sites of acme and globex.
    sites: Option<[String; 2]>,
}

fn main() -> ExitCode {
    // Programs that read the log can set RUST_LOG.
    let filter = env_logger::Env::default().default_filter_or("warn,cors_tenants=info,sqlx=error");
    env_logger::Builder::from_env(filter).init();
    match actix_web::rt::System::new().block_on(serve(Flags::parse())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tenants: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(flags: Flags) -> Result<(), String> {
    let (api, api_port) = listen(flags.api_port, "--api-port")?;
    let (admin, admin_port) = listen(flags.admin_port, "--admin-port")?;
    let database = Database::open(&flags.database).await?;
    let sites = if database.is_embedded() {
        Some([listen(flags.acme_port, "--acme-port")?, listen(flags.globex_port, "--globex-port")?])
    } else {
        None
    };
    let places = Places {
        api: format!("http://localhost:{api_port}"),
        admin: format!("http://localhost:{admin_port}"),
        // The same machine has two names, which are two sites for a browser.
        sites: sites.as_ref().map(|[(_, acme), (_, globex)]| {
            [format!("http://localhost:{acme}"), format!("http://127.0.0.1:{globex}")]
        }),
    };

    let tenants = TenantOrigins::new(&api::policy()).map_err(|violations| violations.to_string())?;
    if let Some([acme, globex]) = &places.sites {
        add_examples(&database, acme, globex)
            .await
            .map_err(|error| format!("{}: {error}", flags.database))?;
    }
    let status = follow::start(database.clone(), tenants.clone())
        .await
        .map_err(|fault| format!("the tenants cannot be loaded from the database: {fault}"))?;
    greet(&places);

    // Everything is created once, and the workers share it.
    let policy = api::by_path(&tenants);
    let cors = Cors::new(&policy);
    let (policy, orders) = (Data::new(policy), Data::new(Orders::of_example()));
    let api_server = HttpServer::new(move || {
        App::new()
            .app_data(policy.clone())
            .app_data(orders.clone())
            .wrap(cors.clone())
            .configure(api::configure)
    });
    let nobody = Cors::new(guard::nobody());
    let (hosts, database) = (Data::new(guard::Hosts::new(admin_port)), Data::new(database));
    let (tenants, status) = (Data::new(tenants), Data::from(status));
    let admin_server = HttpServer::new(move || {
        App::new()
            .app_data(hosts.clone())
            .app_data(database.clone())
            .app_data(tenants.clone())
            .app_data(status.clone())
            .wrap(nobody.clone())
            .wrap(from_fn(guard::own_host_only))
            .configure(admin::configure)
    });
    let mut servers = vec![
        api_server.shutdown_timeout(1).listen(api).map_err(|error| error.to_string())?.run(),
        admin_server.shutdown_timeout(1).workers(1).listen(admin).map_err(|error| error.to_string())?.run(),
    ];
    for (tenant, (listener, _)) in ["acme", "globex"].into_iter().zip(sites.into_iter().flatten()) {
        let site = Data::new(Site { tenant, api: places.api.clone() });
        let server = HttpServer::new(move || {
            App::new().app_data(site.clone()).wrap(pages::headers(&site)).configure(pages::configure)
        });
        servers.push(
            server.shutdown_timeout(1).workers(1).listen(listener).map_err(|error| error.to_string())?.run(),
        );
    }
    futures_util::future::try_join_all(servers).await.map(drop).map_err(|error| error.to_string())
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

/// Adds the two tenants of the example to a new database.
async fn add_examples(database: &Database, acme: &str, globex: &str) -> sqlx::Result<()> {
    if database.feed().await?.all().await?.version > 0 {
        return Ok(());
    }
    for (tenant, origin) in [("acme", acme), ("globex", globex)] {
        let added = database.change(tenant, |_| Ok::<_, std::convert::Infallible>(vec![origin.to_owned()]));
        let Ok(_) = added.await?;
    }
    Ok(())
}

fn greet(Places { api, admin, sites }: &Places) {
    println!("The tenants' API: {api}/t/acme/orders");
    println!("The admin API: {admin}/tenants, {admin}/health, {admin}/metrics");
    if let Some([acme, globex]) = sites {
        println!("The web site of acme: {acme}");
        println!("The web site of globex: {globex}");
        println!();
        println!(
            "Open both web sites in a browser. Then let globex read the data of acme, and take it back:"
        );
        println!(
            "  curl -H 'Content-Type: application/json' -d '{{\"origin\": \"{globex}\"}}' {admin}/tenants/acme/origins"
        );
        println!("  curl -X DELETE '{admin}/tenants/acme/origins?origin={globex}'");
        println!("An origin that breaks a rule is not accepted:");
        println!(
            "  curl -H 'Content-Type: application/json' -d '{{\"origin\": \"https://*.com/\"}}' {admin}/tenants/acme/origins"
        );
    }
    println!();
    println!("Ctrl-C ends it.");
}
