//! The flood of events: complete, in order, of the size asked for.

use serde_json::json;

use crate::client::{EventStream, get, send, send_for_json, start};

#[tokio::test]
async fn a_load_has_as_many_events_as_asked_for_in_order() {
    let server = start().await;
    let mut stream = EventStream::open(get(&server, "/api/load?count=20000&bytes=150&from=5")).await;
    for n in 5..20_005 {
        let event = stream.next().await;
        assert_eq!(event.number(), n);
        assert!(event.data.starts_with(&format!("{{\"n\":{n},")));
    }
    assert_eq!(stream.event().await.expect("a clean end"), None);
}

#[tokio::test]
async fn a_load_that_was_cut_continues_after_the_last_event_id() {
    let server = start().await;
    let mut stream = EventStream::open(get(&server, "/api/load?count=200000")).await;
    let mut expected = 0;
    while expected < 1_000 {
        assert_eq!(stream.next().await.number(), expected);
        expected += 1;
    }
    server.faults().drop_streams().await;
    for event in stream.until_broken().await {
        assert_eq!(event.number(), expected);
        expected += 1;
    }

    let last = (expected - 1).to_string();
    let again = get(&server, "/api/load?count=200000").header("last-event-id", last);
    let mut stream = EventStream::open(again).await;
    while let Some(event) = stream.event().await.expect("no network error") {
        assert_eq!(event.number(), expected);
        expected += 1;
    }
    assert_eq!(expected, 200_000);
}

#[tokio::test]
async fn a_load_in_small_writes_has_the_same_events() {
    let server = start().await;
    let whole = send(get(&server, "/api/load?count=2000")).await.text().await.expect("a whole stream");
    let in_writes = send(get(&server, "/api/load?count=2000&per_write=50")).await;
    assert_eq!(in_writes.text().await.expect("a whole stream"), whole);
}

#[tokio::test]
async fn a_load_with_an_interval_is_sent_write_by_write() {
    let server = start().await;
    let whole = send(get(&server, "/api/load?count=30")).await.text().await.expect("a whole stream");
    let mut response = send(get(&server, "/api/load?count=30&per_write=1&interval=1")).await;
    let mut chunks = Vec::new();
    while let Some(chunk) = response.chunk().await.expect("no network error") {
        chunks.push(String::from_utf8(chunk.to_vec()).expect("whole characters"));
    }
    assert_eq!(chunks.len(), 30);
    assert_eq!(chunks.concat(), whole);
}

#[tokio::test]
async fn a_load_of_very_many_small_events_is_written_while_it_is_sent() {
    let server = start().await;
    for query in ["bytes=0&count=1000000000", "bytes=1&count=60000000", "bytes=0&count=1000000000&payload=chat"] {
        let mut stream = EventStream::open(get(&server, &format!("/api/load?{query}"))).await;
        for _ in 0..1000 {
            stream.block().await.expect("no network error").expect("one more event");
        }
    }
}

#[tokio::test]
async fn a_load_without_bound_is_refused_with_the_limit() {
    let server = start().await;
    let too_many = "count is 1000000000000 and must be at most 1000000000.";
    let write =
        "do not fit into one write of at most 16777216 bytes; ask for a smaller per_write, or for smaller events.";
    for (query, error) in [
        ("bytes=0&count=1000000000000", too_many.to_owned()),
        ("bytes=1048577", "bytes is 1048577 and must be at most 1048576.".to_owned()),
        ("bytes=0&per_write=65537", format!("65537 events of up to 256 bytes {write}")),
        ("bytes=1048576&per_write=17", format!("17 events of up to 1048576 bytes {write}")),
        ("interval=60001", "interval is 60001 and must be at most 60000.".to_owned()),
        ("per_write=18446744073709551615", format!("18446744073709551615 events of up to 256 bytes {write}")),
    ] {
        let (status, body) = send_for_json(get(&server, &format!("/api/load?{query}"))).await;
        assert_eq!((status, &body["error"]), (400, &json!(error)), "{query}");
    }
}
