//! A plain client that shows what is on the wire, network errors included.

use demo_server::{Config, DemoServer};
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};

/// A server with its defaults: a free port and nothing published by itself.
pub async fn start() -> DemoServer {
    start_with(Config::default()).await
}

pub async fn start_with(config: Config) -> DemoServer {
    DemoServer::start(config).await.expect("the server starts")
}

pub fn get(server: &DemoServer, path: &str) -> RequestBuilder {
    http().get(server.url() + path)
}

pub fn post(server: &DemoServer, path: &str, body: &Value) -> RequestBuilder {
    http().post(server.url() + path).json(body)
}

/// A new client each time, so that no test meets a pooled connection of a server that is gone.
pub fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().expect("a client without TLS")
}

pub async fn send(request: RequestBuilder) -> Response {
    request.send().await.expect("an answer")
}

pub async fn send_for_json(request: RequestBuilder) -> (u16, Value) {
    let response = send(request).await;
    (response.status().as_u16(), response.json().await.expect("JSON"))
}

/// Logs in and returns the tokens.
pub async fn log_in(server: &DemoServer) -> Value {
    let credentials = json!({ "username": "demo", "password": "demo" });
    let (status, tokens) = send_for_json(post(server, "/api/login", &credentials)).await;
    assert_eq!(status, 200, "{tokens}");
    tokens
}

pub fn access_token(tokens: &Value) -> &str {
    tokens["accessToken"].as_str().expect("an access token")
}

/// One event as it was on the wire.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Event {
    pub name: String,
    pub id: String,
    pub data: String,
}

impl Event {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.data).expect("data in JSON")
    }

    pub fn number(&self) -> u64 {
        self.id.parse().expect("a numeric id")
    }
}

/// An open event stream.
pub struct EventStream {
    response: Response,
    unread: Vec<u8>,
}

impl EventStream {
    /// Sends the request, which has to be answered with an event stream.
    pub async fn open(request: RequestBuilder) -> Self {
        let response = send(request).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["cache-control"], "no-store");
        Self { response, unread: Vec::new() }
    }

    /// The text up to the next blank line: an event, a comment or a reconnection time. `None` at a clean end.
    pub async fn block(&mut self) -> Result<Option<String>, reqwest::Error> {
        loop {
            if let Some(end) = self.unread.windows(2).position(|pair| pair == b"\n\n") {
                let block = self.unread.drain(..end + 2).collect();
                return Ok(Some(String::from_utf8(block).expect("UTF-8")));
            }
            match self.response.chunk().await? {
                Some(chunk) => self.unread.extend_from_slice(&chunk),
                None => return Ok(None),
            }
        }
    }

    /// The next event. `None` at a clean end.
    pub async fn event(&mut self) -> Result<Option<Event>, reqwest::Error> {
        while let Some(block) = self.block().await? {
            if let Some(event) = parse(&block) {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }

    /// The next event of a stream that must not have ended.
    pub async fn next(&mut self) -> Event {
        self.event().await.expect("no network error").expect("one more event")
    }

    /// All events up to a clean end.
    pub async fn rest(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some(event) = self.event().await.expect("no network error") {
            events.push(event);
        }
        events
    }

    /// Reads until the connection breaks, which it has to.
    pub async fn until_broken(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        loop {
            match self.event().await {
                Ok(Some(event)) => events.push(event),
                Ok(None) => panic!("the stream ended cleanly after {events:?}"),
                Err(_) => return events,
            }
        }
    }
}

fn parse(block: &str) -> Option<Event> {
    let mut event = Event::default();
    for line in block.lines() {
        match line.split_once(": ") {
            Some(("event", value)) => value.clone_into(&mut event.name),
            Some(("id", value)) => value.clone_into(&mut event.id),
            Some(("data", value)) => value.clone_into(&mut event.data),
            _ => {}
        }
    }
    (!event.data.is_empty()).then_some(event)
}
