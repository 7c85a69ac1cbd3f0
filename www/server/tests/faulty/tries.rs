//! The faults to try by hand: each goes wrong as often as asked and then right.

use demo_server::faulty::{FaultServer, Numbered};
use serde_json::{Value, json};

use crate::client::{Finish, Raw, fetch, start};

/// Asks for a try until a stream continues from event 40, and returns how often it did not.
async fn failures(server: &FaultServer, name: &str, query: &str) -> usize {
    for failures in 0.. {
        let target = format!("/try/{name}?every=0&client=c{query}");
        let mut raw = Raw::get(server, &target, "Last-Event-ID: 40\r\n").await;
        let open = raw.head().await.starts_with("HTTP/1.1 200") && ten_chunks(&mut raw).await;
        if open {
            return failures;
        }
    }
    unreachable!("it counts without end")
}

async fn ten_chunks(raw: &mut Raw) -> bool {
    for n in 41..51 {
        let expected = format!("id: {n}\ndata: {}\n\n", Numbered::data(n));
        if raw.chunk().await.ok().as_deref() != Some(expected.as_bytes()) {
            return false;
        }
    }
    true
}

#[tokio::test]
async fn a_fault_happens_twice_or_as_often_as_asked_and_then_the_stream_continues() {
    let server = start().await;
    for name in ["cut-mid-line", "cut-mid-character", "reset", "end", "too-many-requests", "unavailable", "redirect"] {
        assert_eq!(failures(&server, name, "").await, 2, "{name}");
        assert_eq!(failures(&server, name, "x&times=4").await, 4, "{name}");
    }
    assert_eq!(failures(&server, "cut-between-cr-and-lf", "").await, 2);
    assert_eq!(failures(&server, "endless-comments", "").await, 2);
    assert_eq!(failures(&server, "unauthorized-once", "").await, 1);
    assert_eq!(failures(&server, "steady", "").await, 0);
}

#[tokio::test]
async fn each_client_has_its_own_count() {
    let server = start().await;
    for client in ["a", "b"] {
        assert_eq!(fetch(&server, &format!("/try/unavailable?client={client}"), "").await.status(), "503");
    }
}

#[tokio::test]
async fn the_faults_that_need_patience_stay_open() {
    let server = start().await;
    for name in ["silent-after", "accept-and-say-nothing"] {
        let path = format!("/try/{name}");
        let raw = Raw::get(&server, &(path.clone() + "?every=0"), "").await;
        let exchange = server.request_to(&path, 0).await;
        assert!(exchange.is_open());
        drop(raw);
        exchange.closed_by_client().await;
    }
}

#[tokio::test]
async fn the_final_answers_stay_final() {
    let server = start().await;
    for _ in 0..4 {
        assert_eq!(fetch(&server, "/try/no-content", "").await.status(), "204");
        let page = fetch(&server, "/try/not-a-stream", "").await;
        assert_eq!(page.header("Content-Type"), Some("text/html"));
    }
}

#[tokio::test]
async fn a_redirect_leads_to_the_stream_of_the_same_client() {
    let server = start().await;
    let response = fetch(&server, "/try/redirect?client=a&every=5", "").await;
    assert_eq!((response.status(), response.finish), ("307", Finish::Complete));
    assert_eq!(response.header("Location"), Some("/try/steady?client=a&every=5"));
}

#[tokio::test]
async fn all_that_is_listed_can_be_tried() {
    let server = start().await;
    let list: Value = serde_json::from_str(&fetch(&server, "/try", "").await.text()).expect("JSON");
    let entries = list.as_array().expect("a list");
    assert!(entries.len() >= 15);
    for entry in entries {
        assert!(entry["description"].as_str().is_some_and(|text| text.ends_with('.')), "{entry}");
        let path = format!("/try/{}", entry["name"].as_str().expect("a name"));
        let mut raw = Raw::get(&server, &format!("{path}?times=0"), "").await;
        assert!(raw.head().await.contains("Content-Type: text/event-stream"), "{path}");
    }
    assert_eq!(fetch(&server, "/try/nonsense", "").await.status(), "404");
}

#[tokio::test]
async fn a_number_or_a_name_that_is_too_large_is_refused_with_the_limit() {
    let server = start().await;
    let name = "x".repeat(257);
    for (query, error) in [
        ("every=60001", "every is 60001 and must be a whole number from 0 to 60000."),
        ("every=-1", "every is -1 and must be a whole number from 0 to 60000."),
        ("times=4294967296", "times is 4294967296 and must be a whole number from 0 to 4294967295."),
        (&format!("client={name}"), "client has 257 bytes and may have at most 256."),
    ] {
        let response = fetch(&server, &format!("/try/unavailable?{query}"), "").await;
        assert_eq!(response.status(), "400", "{query}");
        assert_eq!(response.text(), json!({ "error": error }).to_string());
    }
}
