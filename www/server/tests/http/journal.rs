//! What the journal notes of a request, to the byte.

use reqwest::header::HeaderValue;
use serde_json::json;

use crate::client::{get, http, post, send, start};

const MEBIBYTE: usize = 1024 * 1024;

#[tokio::test]
async fn a_last_event_id_beyond_ascii_is_noted_as_the_bytes_that_were_sent() {
    let server = start().await;
    let id = "é中文🙂".as_bytes();
    let request = get(&server, "/events").header("Last-Event-ID", HeaderValue::from_bytes(id).expect("bytes"));
    send(request).await;

    let entry = &server.journal().requests_to("/events")[0];
    assert_eq!(entry.header("Last-Event-ID"), Some(id));
    assert_eq!(entry.header_str("last-event-id"), Some("é中文🙂"));
}

#[tokio::test]
async fn a_request_is_noted_with_method_path_query_headers_and_body() {
    let server = start().await;
    let body = json!({ "message": "hello" });
    send(post(&server, "/api/chat/stream?from=page", &body).header("x-extra", "1")).await;

    let entries = server.journal().entries();
    let entry = &entries[0];
    assert_eq!(entry.method, "POST");
    assert_eq!((entry.path.as_str(), entry.query.as_str()), ("/api/chat/stream", "from=page"));
    assert_eq!(entry.path_and_query(), "/api/chat/stream?from=page");
    assert_eq!(entry.header("x-extra"), Some(b"1".as_slice()));
    assert_eq!(entry.json(), Some(body));
}

#[tokio::test]
async fn requests_can_be_waited_for() {
    let server = start().await;
    let client = http();
    let (status, faults) = (server.url() + "/api/status", server.url() + "/api/faults");
    let asking = tokio::spawn(async move {
        send(client.get(status)).await;
        send(client.get(faults)).await;
    });
    let entries = server.journal().wait_for(|entries| entries.len() == 2).await;
    let paths: Vec<&str> = entries.iter().map(|entry| entry.path.as_str()).collect();
    assert_eq!(paths, ["/api/status", "/api/faults"]);
    assert_eq!(server.journal().wait_for_requests_to("/api/faults", 1).await.len(), 1);
    asking.await.expect("both were answered");
}

#[tokio::test]
async fn a_cleared_journal_is_empty_and_keeps_the_total() {
    let server = start().await;
    send(get(&server, "/api/status")).await;
    server.journal().clear();
    assert!(server.journal().entries().is_empty());
    send(get(&server, "/api/faults")).await;
    assert_eq!(server.journal().entries().len(), 1);
    assert_eq!(server.journal().total(), 2);
}

/// A body of JSON with so many MiB, and a few bytes.
fn large(mebibytes: usize) -> serde_json::Value {
    json!({ "username": "x".repeat(mebibytes * MEBIBYTE), "password": "" })
}

#[tokio::test]
async fn a_body_too_long_to_be_kept_is_marked_as_cut() {
    let server = start().await;
    for body in [large(3), json!({})] {
        send(post(&server, "/api/login", &body)).await;
    }
    let [cut, whole] = &server.journal().entries()[..] else { panic!("two entries") };
    let length = large(3).to_string().len();
    assert_eq!((cut.body.len(), cut.body_length, cut.is_body_cut()), (MEBIBYTE, length, true));
    assert_eq!(cut.json(), None);
    assert_eq!((&whole.body[..], whole.body_length, whole.is_body_cut()), (&b"{}"[..], 2, false));
}

#[tokio::test]
async fn the_journal_forgets_the_oldest_bodies_when_they_are_too_many() {
    let server = start().await;
    for n in 0..70 {
        send(post(&server, &format!("/api/login?{n}"), &large(1))).await;
    }
    let entries = server.journal().entries();
    let bytes: usize = entries.iter().map(|entry| entry.body.len()).sum();
    assert!(bytes <= 64 * MEBIBYTE && bytes > 60 * MEBIBYTE, "{bytes} bytes are kept");
    assert_eq!(entries.last().map(|entry| &*entry.query), Some("69"));
    assert_eq!(server.journal().total(), 70);
}
