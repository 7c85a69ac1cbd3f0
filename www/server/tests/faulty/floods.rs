//! Floods: how far they get, and how they are stopped.

use demo_server::faulty::{Flood, Reply};

use crate::client::{Raw, fetch, start};

#[tokio::test]
async fn a_flood_of_a_size_arrives_whole() {
    let server = start().await;
    let flood = Flood::of_events(10 << 20);
    server.answer("/f", [Reply::event_stream().flood(&flood)]);
    let body = fetch(&server, "/f", "").await.body();
    assert_eq!((body.len(), flood.written()), (10 << 20, 10 << 20));
    assert!(body.chunks(1024).all(|event| event.starts_with(b"data: x") && event.ends_with(b"x\n\n")));
}

#[tokio::test]
async fn a_client_that_does_not_read_blocks_the_flood_until_it_reads_on() {
    let server = start().await;
    let flood = Flood::of_events(1 << 30);
    server.answer("/f", [Reply::event_stream().flood(&flood)]);
    let mut raw = Raw::get(&server, "/f", "").await;
    let blocked_at = flood.wait_blocked().await;
    assert!(blocked_at < 64 << 20, "{blocked_at} bytes were written to a client that does not read");
    assert!(flood.is_blocked());

    raw.head().await;
    let mut read = 0;
    while read <= blocked_at {
        read += raw.chunk().await.expect("a chunk").len() as u64;
    }
    assert!(flood.wait_written(blocked_at + 1).await > blocked_at);
}

#[tokio::test]
async fn a_client_that_leaves_releases_a_blocked_flood() {
    let server = start().await;
    let flood = Flood::endless(b": x\n");
    server.answer("/f", [Reply::event_stream().flood(&flood)]);
    let raw = Raw::get(&server, "/f", "").await;
    flood.wait_blocked().await;
    drop(raw);
    server.request_to("/f", 0).await.closed_by_client().await;
    server.wait_connections(0).await;
    assert!(!flood.is_blocked());
}
