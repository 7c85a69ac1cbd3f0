//! What each misbehaviour switch does to a client, over HTTP as the pages use them.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use demo_server::DemoServer;
use serde_json::{Value, json};

use crate::client::{EventStream, get, http, post, send, send_for_json, start};

async fn switch(server: &DemoServer, name: &str, body: &Value) -> Value {
    let (status, state) = send_for_json(post(server, &format!("/api/faults/{name}"), body)).await;
    assert_eq!(status, 200, "{state}");
    state
}

#[tokio::test]
async fn a_dropped_stream_ends_in_a_network_error() {
    let server = start().await;
    let mut stream = EventStream::open(get(&server, "/events")).await;
    let id = server.log().push("system", &json!("said before"));
    assert_eq!(stream.next().await.number(), id);

    switch(&server, "drop", &json!({})).await;
    let error = stream.event().await.expect_err("the connection is gone");
    assert!(is_reset(&error), "{error:?}");
    assert_eq!(server.open_streams(), 0);
}

/// Whether the connection broke, other than by the server's closing it too early.
fn is_reset(error: &reqwest::Error) -> bool {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    let mut io_errors = causes.filter_map(|cause| cause.downcast_ref::<io::Error>());
    io_errors.any(|error| error.kind() == io::ErrorKind::ConnectionReset)
}

#[tokio::test]
async fn an_unavailable_server_answers_503_so_many_times_and_says_when_to_retry() {
    let server = start().await;
    let state = switch(&server, "unavailable", &json!({ "count": 2, "retryAfter": 7 })).await;
    assert_eq!((&state["unavailable"], &state["retryAfter"]), (&json!(2), &json!(7)));

    for _ in 0..2 {
        let response = send(get(&server, "/events")).await;
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["retry-after"], "7");
    }
    EventStream::open(get(&server, "/events")).await;
}

#[tokio::test]
async fn a_503_without_a_retry_time_has_no_such_header() {
    let server = start().await;
    switch(&server, "unavailable", &json!({ "count": 1 })).await;
    let response = send(get(&server, "/api/load")).await;
    assert_eq!(response.status(), 503);
    assert!(!response.headers().contains_key("retry-after"));
}

#[tokio::test]
async fn a_silent_server_sends_afterwards_what_was_due() {
    let server = start().await;
    let mut stream = EventStream::open(get(&server, "/events")).await;
    let first = server.log().push("system", &json!(0));
    assert_eq!(stream.next().await.number(), first);

    assert_eq!(switch(&server, "silent", &json!({ "on": true })).await["silent"], true);
    server.log().push("system", &json!(1));
    server.log().push("system", &json!(2));
    tokio::select! {
        biased;
        event = stream.event() => panic!("{event:?} was said in silence"),
        () = other_requests(&server) => {}
    }

    assert_eq!(switch(&server, "silent", &json!({ "on": false })).await["silent"], false);
    assert_eq!(stream.next().await.number(), first + 1);
    assert_eq!(stream.next().await.number(), first + 2);
}

/// Gives the stream every opportunity to speak, as the same server answers these meanwhile.
async fn other_requests(server: &DemoServer) {
    for _ in 0..20 {
        send_for_json(get(server, "/api/status")).await;
    }
}

#[tokio::test]
async fn a_stream_that_begins_in_silence_has_its_head_at_once() {
    let server = start().await;
    server.faults().silent(true);
    let mut stream = EventStream::open(get(&server, "/events")).await;
    server.faults().silent(false);
    assert_eq!(stream.block().await.expect("no network error").as_deref(), Some("retry: 1000\n\n"));
}

#[tokio::test]
async fn an_outage_breaks_streams_and_the_same_port_answers_afterwards() {
    let server = start().await;
    let mut stream = EventStream::open(get(&server, "/events")).await;
    let seen = server.log().push("system", &json!("seen"));
    assert_eq!(stream.next().await.number(), seen);

    let state = switch(&server, "outage", &json!({ "ms": 100 })).await;
    assert_eq!(state["outage"], true);
    assert!(stream.event().await.is_err());
    let missed = server.log().push("system", &json!("missed"));

    server.faults().wait_listening(true).await;
    let again = get(&server, "/events").header("last-event-id", seen.to_string());
    assert_eq!(EventStream::open(again).await.next().await.number(), missed);
}

#[tokio::test]
async fn while_the_port_is_closed_connections_are_refused() {
    let server = start().await;
    server.faults().close_port().await;
    let error = get(&server, "/api/status").send().await.expect_err("the port is closed");
    assert!(error.is_connect());

    server.faults().reopen_port().await.expect("the port is still free");
    assert_eq!(send(get(&server, "/api/status")).await.status(), 200);
}

#[tokio::test]
async fn an_outage_breaks_idle_connections_too() {
    let server = start().await;
    let client = http();
    let status = server.url() + "/api/status";
    send_for_json(client.get(&status)).await;
    server.faults().close_port().await;
    assert!(client.get(&status).send().await.is_err());
}

/// With a clock that jumps to the next timer when there is nothing else to do.
#[tokio::test(start_paused = true)]
async fn the_planned_end_of_an_outage_does_not_end_a_newer_one() {
    let server = start().await;
    server.faults().outage(Duration::from_secs(60)).await;
    server.faults().close_port().await;
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert!(server.faults().state().outage);
}

#[tokio::test]
async fn an_outage_or_a_refusal_without_end_is_refused() {
    let server = start().await;
    for (name, body, error) in [
        ("outage", json!({ "ms": 600_001 }), "ms is 600001 and must be at most 600000."),
        ("unavailable", json!({ "count": 1001 }), "count is 1001 and must be at most 1000."),
    ] {
        let (status, answer) = send_for_json(post(&server, &format!("/api/faults/{name}"), &body)).await;
        assert_eq!((status, &answer["error"]), (400, &json!(error)), "{name}");
    }
    let state = server.faults().state();
    assert_eq!((state.outage, state.unavailable), (false, 0));
}

#[tokio::test]
async fn a_reset_turns_everything_off() {
    let server = start().await;
    server.faults().unavailable(5, Some(1));
    server.faults().silent(true);
    let state = switch(&server, "reset", &json!({})).await;
    let off = json!({
        "unavailable": 0, "retryAfter": null, "silent": false, "outage": false, "tokensExpired": 0,
    });
    assert_eq!(state, off);
    assert_eq!(send_for_json(get(&server, "/api/faults")).await, (200, off));
}
