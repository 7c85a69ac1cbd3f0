//! Demo servers for tests: behind the real pages, or behind the empty page of the laboratory.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use demo_server::faulty::FaultServer;
use demo_server::{Config, DemoServer};
use serde_json::{Value, json};

use crate::repository::{package, root};

/// How long the server's side may take for what is waited for; only a failure takes that long.
const PATIENCE: Duration = Duration::from_secs(30);

/// Serves the real pages. Reconnection times are short, so that tests of reconnection are.
///
/// # Panics
/// The package is not built.
#[must_use]
pub fn demo_config() -> Config {
    Config {
        pages: root().join("www/pages"),
        package: package().expect("the package is built"),
        retry: Duration::from_millis(200),
        // A token that expires in the middle of a test would be a visitor from another test.
        access_token_ttl: Duration::from_secs(600),
        ..Config::default()
    }
}

/// Serves `pages/lab.html`, where tests run scripts of their own.
///
/// # Panics
/// The package is not built.
#[must_use]
pub fn lab_config() -> Config {
    Config { pages: root().join("tests/e2e/pages"), ..demo_config() }
}

/// A server for the real pages, on a free port.
///
/// # Panics
/// It does not start.
pub async fn demo_server() -> DemoServer {
    start(demo_config()).await
}

/// A server for the laboratory, on a free port.
///
/// # Panics
/// It does not start.
pub async fn lab_server() -> DemoServer {
    start(lab_config()).await
}

/// A server of another origin that answers wrongly, as the test wants it, on a free port.
///
/// # Panics
/// It does not start.
pub async fn fault_server() -> FaultServer {
    FaultServer::start().await.unwrap_or_else(|error| panic!("the fault server does not start: {error}"))
}

/// Kills a server and, when `meanwhile` is over, starts another one on its port that has only the event log in common
/// with it, as if that were on a disk.
///
/// # Panics
/// The port was taken meanwhile.
pub async fn restart(server: DemoServer, config: Config, meanwhile: impl Future<Output = ()>) -> DemoServer {
    server.stop().await;
    meanwhile.await;
    start(Config { port: server.addr().port(), log: Some(Arc::clone(server.log())), ..config }).await
}

async fn start(config: Config) -> DemoServer {
    DemoServer::start(config).await.unwrap_or_else(|error| panic!("the demo server does not start: {error}"))
}

/// Waits for something on the server's side.
///
/// # Panics
/// It does not happen in time.
pub async fn soon<T>(what: &str, happens: impl Future<Output = T>) -> T {
    let happened = tokio::time::timeout(PATIENCE, happens).await;
    happened.unwrap_or_else(|_| panic!("it did not happen within {} s: {what}", PATIENCE.as_secs()))
}

/// What the chat answers to a message: its tokens, read without any of the code under test.
///
/// # Panics
/// The server does not answer as it should.
pub async fn said(message: &str) -> Vec<String> {
    let server = demo_server().await;
    let http = reqwest::Client::new();
    let post = |path: &str, body: Value| http.post(format!("{}{path}", server.url())).json(&body);

    let login = post("/api/login", json!({ "username": "demo", "password": "demo" })).send().await;
    let login: Value = login.expect("an answer").json().await.expect("tokens");
    let chat = post("/api/chat/stream", json!({ "message": message, "tokenDelay": 0 }))
        .bearer_auth(login["accessToken"].as_str().expect("an access token"));
    let stream = chat.send().await.expect("an answer").text().await.expect("a whole stream");

    let data = stream.lines().filter_map(|line| line.strip_prefix("data: ")).filter(|data| *data != "[DONE]");
    let token = |data: &str| serde_json::from_str::<Value>(data).ok()?["token"].as_str().map(str::to_owned);
    data.map(|data| token(data).expect("a token")).collect()
}
