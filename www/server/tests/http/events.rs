//! The feed of named events, live and out of the log.

use std::sync::Arc;
use std::time::Duration;

use demo_server::{Config, DemoServer, EventLog};
use serde_json::json;

use crate::client::{EventStream, get, send, start, start_with};

async fn listen(server: &DemoServer) -> EventStream {
    EventStream::open(get(server, "/events")).await
}

async fn listen_after(server: &DemoServer, id: u64) -> EventStream {
    EventStream::open(get(server, "/events").header("last-event-id", id.to_string())).await
}

#[tokio::test]
async fn a_listener_gets_named_events_with_growing_ids() {
    let server = start().await;
    let mut stream = listen(&server).await;
    let notified = server.log().notify("Build finished", "main is green");
    server.log().push("heartbeat", &json!({ "at": 1 }));

    let notification = stream.next().await;
    assert_eq!((notification.name.as_str(), notification.number()), ("notification", notified));
    assert_eq!(notification.json()["id"], notified);
    assert_eq!(notification.json()["title"], "Build finished");
    let heartbeat = stream.next().await;
    assert_eq!((heartbeat.name.as_str(), heartbeat.number()), ("heartbeat", notified + 1));
}

#[tokio::test]
async fn a_stream_begins_with_its_reconnection_time() {
    let server = start().await;
    assert_eq!(send(get(&server, "/events")).await.headers()["x-accel-buffering"], "no");
    let first = listen(&server).await.block().await.expect("no network error");
    assert_eq!(first.as_deref(), Some("retry: 1000\n\n"));
}

#[tokio::test]
async fn without_a_last_event_id_only_new_events_come() {
    let server = start().await;
    server.log().push("system", &json!("old"));
    let mut stream = listen(&server).await;
    let new = server.log().push("system", &json!("new"));
    assert_eq!(stream.next().await.number(), new);
}

#[tokio::test]
async fn what_was_missed_is_replayed_before_what_is_new() {
    let server = start().await;
    let ids: Vec<u64> = (0..4).map(|n| server.log().push("system", &json!(n))).collect();
    let mut stream = listen_after(&server, ids[1]).await;
    let live = server.log().push("system", &json!("live"));
    for expected in [ids[2], ids[3], live] {
        assert_eq!(stream.next().await.number(), expected);
    }
}

#[tokio::test]
async fn a_replay_among_busy_publishing_has_no_gap_and_no_repetition() {
    let server = start().await;
    let first = server.log().push("system", &json!(0));
    let publisher = tokio::spawn({
        let log = Arc::clone(server.log());
        async move {
            for n in 1..500 {
                log.push("system", &json!(n));
                tokio::task::yield_now().await;
            }
        }
    });
    let mut stream = listen_after(&server, first).await;
    for n in 1..500 {
        assert_eq!(stream.next().await.number(), first + n);
    }
    publisher.await.expect("all was published");
}

#[tokio::test]
async fn a_replay_begins_with_the_oldest_event_still_held() {
    let log = Arc::new(EventLog::with_capacity(3));
    let server = start_with(Config { log: Some(Arc::clone(&log)), ..Config::default() }).await;
    let ids: Vec<u64> = (0..6).map(|n| log.push("system", &json!(n))).collect();
    assert_eq!(listen_after(&server, ids[0]).await.next().await.number(), ids[3]);
}

#[tokio::test]
async fn an_id_from_the_future_does_not_silence_the_stream() {
    let server = start().await;
    let mut stream = listen_after(&server, u64::MAX).await;
    let new = server.log().push("system", &json!("new"));
    assert_eq!(stream.next().await.number(), new);
}

#[tokio::test]
async fn an_id_from_before_the_restart_gets_all_events_and_new_ones() {
    let server = start().await;
    let mut stream = listen_after(&server, 1).await;
    let first = server.log().push("system", &json!("first of a new log"));
    assert_eq!(stream.next().await.number(), first);
}

#[tokio::test]
async fn a_quiet_stream_is_kept_alive_by_comments() {
    let server = start_with(Config { keep_alive: Duration::from_millis(5), ..Config::default() }).await;
    let mut stream = listen(&server).await;
    for expected in ["retry: 1000\n\n", ": keep-alive\n\n", ": keep-alive\n\n"] {
        assert_eq!(stream.block().await.expect("no network error").as_deref(), Some(expected));
    }
}

#[tokio::test]
async fn the_demo_publishes_every_kind_of_event_by_itself() {
    let server = start_with(Config { ambient: true, ..Config::default() }).await;
    let mut stream = listen_after(&server, 0).await;
    let mut kinds = [stream.next().await.name, stream.next().await.name, stream.next().await.name];
    kinds.sort();
    assert_eq!(kinds, ["heartbeat", "notification", "system"]);
}
