//! Scripted replies arrive as they were written.

use demo_server::Gate;
use demo_server::faulty::{Flood, Reply};

use crate::client::{EventStream, get, http, send, start};

#[tokio::test]
async fn answers_are_given_in_order_and_the_last_one_again_and_again() {
    let server = start().await;
    server.script("two", vec![Reply::status(500), Reply::event_stream().send("data: a\n\n")]);
    assert_eq!(send(get(&server, "/api/script/two")).await.status(), 500);
    for _ in 0..2 {
        let events = EventStream::open(get(&server, "/api/script/two")).await.rest().await;
        assert_eq!(events.len(), 1);
    }
}

#[tokio::test]
async fn an_answer_is_sent_as_written() {
    let server = start().await;
    let answer = Reply::status(418).header("content-type", "text/html").header("x-pot", "thé".as_bytes());
    server.script("tea", vec![answer.send(vec![0xff, 0x00]).send("é").end()]);
    let response = send(http().put(server.url() + "/api/script/tea")).await;
    assert_eq!(response.status(), 418);
    assert_eq!(response.headers()["content-type"], "text/html");
    assert_eq!(response.headers()["x-pot"].as_bytes(), "thé".as_bytes());
    assert_eq!(response.bytes().await.expect("a body"), [0xff, 0x00, 0xc3, 0xa9].as_slice());
}

#[tokio::test]
async fn an_event_stream_can_lack_its_content_type() {
    let server = start().await;
    server.script("bare", vec![Reply::event_stream().without_header("Content-Type").send("data: a\n\n")]);
    let response = send(get(&server, "/api/script/bare")).await;
    assert!(!response.headers().contains_key("content-type"));
}

#[tokio::test]
async fn no_content_is_an_empty_answer() {
    let server = start().await;
    server.script("empty", vec![Reply::status(204)]);
    let response = send(get(&server, "/api/script/empty")).await;
    assert_eq!(response.status(), 204);
    assert_eq!(response.bytes().await.expect("an empty body").len(), 0);
}

#[tokio::test]
async fn what_comes_before_a_gate_is_sent_and_what_comes_after_waits() {
    let server = start().await;
    let gate = Gate::new();
    let answer = Reply::event_stream().send("data: a\n\n").wait(&gate).send("data: b\n\n");
    server.script("gate", vec![answer]);
    let mut stream = EventStream::open(get(&server, "/api/script/gate")).await;
    assert_eq!(stream.next().await.data, "a");
    gate.reached().await;
    gate.open();
    assert_eq!(stream.rest().await[0].data, "b");
}

#[tokio::test]
async fn a_held_head_comes_when_the_gate_opens() {
    let server = start().await;
    let gate = Gate::new();
    server.script("head", vec![Reply::event_stream().hold_head(&gate).send("data: a\n\n")]);
    let request = tokio::spawn(get(&server, "/api/script/head").send());
    gate.reached().await;
    assert!(!request.is_finished());
    assert_eq!(server.open_streams(), 0);
    gate.open();
    assert_eq!(request.await.expect("no panic").expect("an answer").status(), 200);
}

#[tokio::test]
async fn a_drop_comes_after_all_that_was_sent() {
    let server = start().await;
    server.script("drop", vec![Reply::event_stream().send("data: a\n\n").send("data: b\n\n").reset()]);
    let events = EventStream::open(get(&server, "/api/script/drop")).await.until_broken().await;
    assert_eq!(events.len(), 2);
}

#[tokio::test]
async fn a_refused_request_is_a_network_error() {
    let server = start().await;
    server.script("refused", vec![Reply::reset_at_once()]);
    let error = get(&server, "/api/script/refused").send().await.expect_err("no answer");
    assert!(error.is_request());
    assert_eq!(server.journal().requests_to("/api/script/refused").len(), 1);
}

#[tokio::test]
async fn a_hanging_stream_stays_open_until_the_client_leaves() {
    let server = start().await;
    server.script("hang", vec![Reply::event_stream().send("data: a\n\n").hang()]);
    let mut stream = EventStream::open(get(&server, "/api/script/hang")).await;
    stream.next().await;
    assert_eq!(server.open_streams(), 1);
    drop(stream);
    server.wait_open_streams(0).await;
}

#[tokio::test]
async fn an_unanswered_request_is_noted_and_gets_nothing() {
    let server = start().await;
    server.script("mute", vec![Reply::say_nothing()]);
    let request = tokio::spawn(get(&server, "/api/script/mute").send());
    server.journal().wait_for_requests_to("/api/script/mute", 1).await;
    server.stop().await;
    assert!(request.await.expect("no panic").is_err());
}

#[tokio::test]
async fn a_name_without_a_script_is_not_found() {
    let server = start().await;
    assert_eq!(send(get(&server, "/api/script/none")).await.status(), 404);
}

#[tokio::test]
#[should_panic(expected = "what only a fault server can send")]
async fn a_script_with_more_than_it_can_play_is_refused() {
    start().await.script("flood", vec![Reply::event_stream().flood(&Flood::endless(b"x"))]);
}
