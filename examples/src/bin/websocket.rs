//! A socket that a stranger's page cannot open: `cargo run -p cors-examples --bin websocket`.
//!
//! Browsers do not apply CORS to WebSockets. Without the guard, any page on the web could open this socket with the
//! cookies of whoever looks at it, and read what comes.

use actix_web::{App, Error, HttpRequest, HttpResponse, HttpServer, get, rt, web};
use actix_ws::Message;
use cors_actix::{OriginGuard, Policy, policy};

/// Who may open the socket, besides the server's own pages.
static CHAT: Policy = policy! { origins = ["https://app.example.com"], credentials };

/// Says back what it is told.
async fn echo(request: HttpRequest, body: web::Payload) -> Result<HttpResponse, Error> {
    let (response, mut session, mut messages) = actix_ws::handle(&request, body)?;
    rt::spawn(async move {
        while let Some(Ok(message)) = messages.recv().await {
            let sent = match message {
                Message::Text(text) => session.text(text).await,
                Message::Ping(bytes) => session.pong(&bytes).await,
                Message::Close(_) => break,
                _ => Ok(()),
            };
            if sent.is_err() {
                return;
            }
        }
        let _ = session.close(None).await;
    });
    Ok(response)
}

#[get("/")]
async fn page() -> web::Html {
    web::Html::new(
        "<script>
            const socket = new WebSocket(location.href.replace('http', 'ws') + 'echo');
            socket.onopen = () => socket.send('hello');
            socket.onmessage = (message) => document.body.append(message.data);
        </script>",
    )
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let guard = OriginGuard::new(&CHAT).require_origin();
    let app = move || {
        let echo = web::resource("/echo").guard(guard.clone()).route(web::get().to(echo));
        App::new().service(page).service(echo)
    };
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".into());
    let server = HttpServer::new(app).bind(address)?;
    println!("listening on http://{}", server.addrs()[0]);
    server.run().await
}
