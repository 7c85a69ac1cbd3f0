//! The typed answer, and that it continues where it broke off.

use std::time::Duration;

use demo_server::{Config, DemoServer};
use reqwest::RequestBuilder;
use serde_json::json;

use crate::client::{Event, EventStream, access_token, log_in, post, send, send_for_json, start, start_with};

/// Longer than any test: the next token does not come by itself.
const NEVER: u64 = 120_000;

async fn ask(server: &DemoServer, message: &str, token_delay: u64) -> RequestBuilder {
    let tokens = log_in(server).await;
    let prompt = json!({ "message": message, "tokenDelay": token_delay });
    post(server, "/api/chat/stream", &prompt).bearer_auth(access_token(&tokens))
}

async fn whole_answer(server: &DemoServer, message: &str) -> Vec<Event> {
    EventStream::open(ask(server, message, 0).await).await.rest().await
}

fn text(events: &[Event]) -> String {
    let tokens = events.iter().filter(|event| event.data != "[DONE]");
    tokens.map(|event| event.json()["token"].as_str().expect("a token").to_owned()).collect()
}

#[tokio::test]
async fn an_answer_comes_token_by_token_and_ends_with_done() {
    let server = start().await;
    let events = whole_answer(&server, "Tell me about SSE").await;

    let (done, tokens) = events.split_last().expect("an answer");
    assert_eq!(done.data, "[DONE]");
    let key = done.id.split(':').next().expect("a key");
    for (index, event) in events.iter().enumerate() {
        assert_eq!(event.id, format!("{key}:{index}"));
        assert_eq!(event.name, "");
    }
    for (index, event) in tokens.iter().enumerate() {
        assert_eq!(event.json()["index"], index);
    }
    assert!(text(tokens).starts_with("Server-sent events are"));
    assert!(text(tokens).contains("服务器推送事件"));
}

#[tokio::test]
async fn an_answer_that_broke_off_continues_without_gap_or_repetition() {
    let server = start().await;
    let whole = whole_answer(&server, "quote me, déjà vu").await;

    let mut received = Vec::new();
    let mut stream = EventStream::open(ask(&server, "quote me, déjà vu", NEVER).await).await;
    received.push(stream.next().await);
    for _ in 0..4 {
        server.faults().drop_streams().await;
        received.extend(stream.until_broken().await);
        let last = received.last().expect("a token").id.clone();
        let again = ask(&server, "quote me, déjà vu", NEVER).await.header("last-event-id", last);
        stream = EventStream::open(again).await;
        received.push(stream.next().await);
    }
    let last = received.last().expect("a token").id.clone();
    let end = ask(&server, "quote me, déjà vu", 0).await.header("last-event-id", last);
    received.extend(EventStream::open(end).await.rest().await);

    assert_eq!(received, whole);
}

#[tokio::test]
async fn another_server_can_finish_an_answer() {
    let (first, second) = (start().await, start().await);
    let whole = whole_answer(&first, "a poem").await;
    let rest = ask(&second, "a poem", 0).await.header("last-event-id", &whole[7].id);
    assert_eq!(EventStream::open(rest).await.rest().await, whole[8..]);
}

#[tokio::test]
async fn the_last_event_id_of_another_answer_is_ignored() {
    let server = start().await;
    let poem = whole_answer(&server, "a poem").await;
    let hello = whole_answer(&server, "hello").await;
    let request = ask(&server, "hello", 0).await.header("last-event-id", &poem[7].id);
    assert_eq!(EventStream::open(request).await.rest().await, hello);
}

#[tokio::test]
async fn an_answer_that_was_seen_to_its_end_has_no_content_left() {
    let server = start().await;
    let done = whole_answer(&server, "hello").await.pop().expect("an answer");
    let request = ask(&server, "hello", 0).await.header("last-event-id", done.id);
    assert_eq!(send(request).await.status(), 204);
}

#[tokio::test]
async fn an_answer_that_makes_a_pause_is_kept_alive_by_comments() {
    let server = start_with(Config { keep_alive: Duration::from_millis(5), ..Config::default() }).await;
    let mut stream = EventStream::open(ask(&server, "hello", NEVER).await).await;
    assert_eq!(stream.next().await.json()["index"], 0);
    for _ in 0..2 {
        assert_eq!(stream.block().await.expect("no network error").as_deref(), Some(": keep-alive\n\n"));
    }
}

#[tokio::test]
async fn a_pace_too_slow_for_any_answer_is_refused() {
    let server = start().await;
    let (status, body) = send_for_json(ask(&server, "hello", NEVER + 1).await).await;
    assert_eq!((status, &body["error"]), (400, &json!("tokenDelay is 120001 and must be at most 120000.")));
}

#[tokio::test]
async fn an_empty_message_is_refused() {
    let server = start().await;
    assert_eq!(send(ask(&server, "  ", 0).await).await.status(), 400);
}

#[tokio::test]
async fn a_server_in_a_hurry_types_the_rest_of_an_answer_at_once() {
    let server = start().await;
    let mut stream = EventStream::open(ask(&server, "hello", NEVER).await).await;
    let mut received = vec![stream.next().await];
    server.hurry(true);
    received.extend(stream.rest().await);
    assert_eq!(received, whole_answer(&server, "hello").await);
}
