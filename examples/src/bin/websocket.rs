//! A WebSocket that pages of other sites cannot open: `cargo run -p cors-examples --bin websocket`.
//!
//! Browsers do not apply CORS to WebSockets. Without the guard, every page on the web could open this socket with the
//! cookies of its visitor and read the messages.

use actix_web::{App, Error, HttpRequest, HttpResponse, HttpServer, get, rt, web};
use actix_ws::Message;
use cors_actix::{OriginGuard, Policy, policy};

/// The origins that may open the socket, in addition to the server's own pages.
static CHAT: Policy = policy! { origins = ["https://app.example.com"], credentials };

/// Sends every message back.
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
    HttpServer::new(app).listen(cors_examples::listener())?.run().await
}
