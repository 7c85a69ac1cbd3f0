//! Stopping a server for good, and starting one in its place.

use std::sync::Arc;

use demo_server::{Config, EventLog, Journal, StartError};
use serde_json::json;

use crate::client::{EventStream, access_token, get, log_in, post, send, start, start_with};

#[tokio::test]
async fn a_server_restarted_on_its_port_with_its_log_loses_nothing() {
    let config = Config {
        log: Some(Arc::new(EventLog::new())),
        journal: Some(Arc::new(Journal::new())),
        secret: Some(b"the same before and after".to_vec()),
        ..Config::default()
    };
    let first = start_with(config.clone()).await;
    let tokens = log_in(&first).await;
    let mut stream = EventStream::open(get(&first, "/events")).await;
    let seen = first.log().push("system", &json!("seen"));
    assert_eq!(stream.next().await.number(), seen);

    first.stop().await;
    assert!(stream.event().await.is_err());
    assert_eq!(first.open_streams(), 0);
    let missed = first.log().push("system", &json!("missed"));

    let second = start_with(Config { port: first.addr().port(), ..config }).await;
    assert_eq!(second.addr(), first.addr());
    let again = get(&second, "/events").header("last-event-id", seen.to_string());
    let mut stream = EventStream::open(again).await;
    assert_eq!(stream.next().await.number(), missed);
    assert_eq!(second.journal().requests_to("/events").len(), 2);

    let prompt = json!({ "message": "hello", "tokenDelay": 0 });
    let chat = send(post(&second, "/api/chat/stream", &prompt).bearer_auth(access_token(&tokens))).await;
    assert_eq!(chat.status(), 200);
}

#[tokio::test]
async fn a_taken_port_is_named_with_what_to_do() {
    let server = start().await;
    let port = server.addr().port();
    let error = demo_server::DemoServer::start(Config { port, ..Config::default() }).await.err();
    assert!(matches!(error, Some(StartError::PortTaken { port: taken }) if taken == port));
    let message = error.map(|error| error.to_string()).unwrap_or_default();
    assert!(message.contains(&port.to_string()) && message.contains("--port"), "{message}");
}

#[tokio::test]
async fn a_stopped_server_can_be_stopped_again() {
    let server = start().await;
    server.stop().await;
    server.stop().await;
    assert!(get(&server, "/api/status").send().await.is_err());
}

#[tokio::test]
async fn a_server_that_is_dropped_lets_its_streams_go() {
    let server = start().await;
    let mut stream = EventStream::open(get(&server, "/events")).await;
    drop(server);
    stream.until_broken().await;
}
