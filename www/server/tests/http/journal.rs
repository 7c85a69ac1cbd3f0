//! What the journal notes of a request, to the byte.

use reqwest::header::HeaderValue;
use serde_json::json;

use crate::client::{get, http, post, send, start};

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
async fn a_cleared_journal_starts_afresh_and_counts_on() {
    let server = start().await;
    send(get(&server, "/api/status")).await;
    server.journal().clear();
    assert!(server.journal().entries().is_empty());
    send(get(&server, "/api/faults")).await;
    assert_eq!(server.journal().entries().len(), 1);
    assert_eq!(server.journal().total(), 2);
}
