//! The flood of events: complete, in order, of the size asked for.

use crate::client::{EventStream, get, start};

#[tokio::test]
async fn a_blast_has_as_many_events_as_asked_for_in_order() {
    let server = start().await;
    let mut stream = EventStream::open(get(&server, "/api/blast?count=20000&bytes=150&from=5")).await;
    for n in 5..20_005 {
        let event = stream.next().await;
        assert_eq!(event.number(), n);
        assert!(event.data.starts_with(&format!("{{\"n\":{n},")));
    }
    assert_eq!(stream.event().await.expect("a clean end"), None);
}

#[tokio::test]
async fn an_event_of_a_blast_has_the_size_asked_for() {
    let server = start().await;
    let mut stream = EventStream::open(get(&server, "/api/blast?count=3&bytes=300")).await;
    while let Some(event) = stream.block().await.expect("no network error") {
        assert_eq!(event.len(), 300);
    }
}

#[tokio::test]
async fn a_blast_that_was_cut_goes_on_after_the_last_event_id() {
    let server = start().await;
    let mut stream = EventStream::open(get(&server, "/api/blast?count=200000")).await;
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
    let again = get(&server, "/api/blast?count=200000").header("last-event-id", last);
    let mut stream = EventStream::open(again).await;
    while let Some(event) = stream.event().await.expect("no network error") {
        assert_eq!(event.number(), expected);
        expected += 1;
    }
    assert_eq!(expected, 200_000);
}
