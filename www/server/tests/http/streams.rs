//! The count of open streams, above all that a client that leaves is noticed.

use serde_json::json;

use crate::client::{EventStream, get, send_for_json, start};

#[tokio::test]
async fn a_client_that_leaves_a_silent_stream_is_noticed() {
    let server = start().await;
    let stream = EventStream::open(get(&server, "/events")).await;
    server.wait_open_streams(1).await;
    drop(stream);
    server.wait_open_streams(0).await;
}

#[tokio::test]
async fn a_client_that_leaves_while_the_server_must_be_silent_is_noticed() {
    let server = start().await;
    server.faults().silent(true);
    let stream = EventStream::open(get(&server, "/api/load")).await;
    drop(stream);
    server.wait_open_streams(0).await;
}

#[tokio::test]
async fn a_client_that_does_not_read_and_leaves_is_noticed() {
    let server = start().await;
    let mut stream = EventStream::open(get(&server, "/api/load?count=100000000")).await;
    stream.next().await;
    drop(stream);
    server.wait_open_streams(0).await;
}

#[tokio::test]
async fn a_stream_that_ended_is_no_longer_open() {
    let server = start().await;
    EventStream::open(get(&server, "/api/load?count=3")).await.rest().await;
    server.wait_open_streams(0).await;
    assert_eq!(server.most_open_streams(), 1);
}

#[tokio::test]
async fn open_streams_are_counted_by_path() {
    let server = start().await;
    let feeds = [EventStream::open(get(&server, "/events")).await, EventStream::open(get(&server, "/events")).await];
    let load = EventStream::open(get(&server, "/api/load?count=100000000")).await;
    assert_eq!((server.open_streams(), server.open_streams_at("/events")), (3, 2));
    let (_, status) = send_for_json(get(&server, "/api/status")).await;
    assert_eq!(status["openStreams"], 3);

    drop((feeds, load));
    server.wait_open_streams_at("/events", 0).await;
    server.wait_open_streams(0).await;
    assert_eq!((server.most_open_streams(), server.most_open_streams_at("/events")), (3, 2));
    assert_eq!(server.most_open_streams_at("/api/load"), 1);
}

#[tokio::test]
async fn ordinary_requests_are_no_streams() {
    let server = start().await;
    let (_, status) = send_for_json(get(&server, "/api/status")).await;
    assert_eq!((&status["openStreams"], &status["requests"]), (&json!(0), &json!(1)));
    assert_eq!(server.most_open_streams(), 0);
}
