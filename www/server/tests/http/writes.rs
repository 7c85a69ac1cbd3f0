//! Who may change something: pages of the server itself, and clients that are no browsers.

use demo_server::DemoServer;
use reqwest::RequestBuilder;
use serde_json::json;

use crate::client::{get, http, send, send_for_json, start};

/// Everything that changes something, or causes something.
const WRITES: [&str; 9] = [
    "/api/login",
    "/api/refresh",
    "/api/chat/stream",
    "/api/faults/drop",
    "/api/faults/unavailable",
    "/api/faults/silent",
    "/api/faults/expire-tokens",
    "/api/faults/outage",
    "/api/faults/reset",
];

/// What would switch on each of the faults.
const BODY: &str = r#"{ "ms": 100, "count": 3, "on": true, "username": "demo", "password": "demo" }"#;

fn write(server: &DemoServer, path: &str) -> RequestBuilder {
    http().post(server.url() + path).body(BODY)
}

fn expect_nothing_changed(server: &DemoServer) {
    let state = server.faults().state();
    assert_eq!((state.unavailable, state.silent, state.outage, state.tokens_expired), (0, false, false, 0));
}

#[tokio::test]
async fn a_page_of_another_origin_can_change_nothing() {
    let server = start().await;
    let port = server.addr().port();
    for path in WRITES {
        for origin in ["http://example.com", "https://127.0.0.1", "http://127.0.0.1:1", "null"] {
            for content_type in ["application/json", "text/plain", "application/x-www-form-urlencoded"] {
                let request = write(&server, path).header("Origin", origin).header("Content-Type", content_type);
                let (status, body) = send_for_json(request).await;
                let may = format!("only pages of http://127.0.0.1:{port} and http://localhost:{port} may.");
                let error = format!("A page of {origin} may not change anything here; {may}");
                assert_eq!((status, &body["error"]), (403, &json!(error)), "{path} as {content_type}");
            }
        }
    }
    expect_nothing_changed(&server);
}

#[tokio::test]
async fn a_write_without_a_json_content_type_is_refused() {
    let server = start().await;
    for path in WRITES {
        for content_type in [None, Some("text/plain"), Some("application/x-www-form-urlencoded")] {
            let request = content_type
                .iter()
                .fold(write(&server, path), |request, content_type| request.header("Content-Type", *content_type));
            let (status, body) = send_for_json(request).await;
            let error = "A request that changes something must have the header \"Content-Type: application/json\".";
            assert_eq!((status, &body["error"]), (415, &json!(error)), "{path} as {content_type:?}");
        }
    }
    expect_nothing_changed(&server);
}

#[tokio::test]
async fn pages_of_the_server_and_clients_without_an_origin_may_write() {
    let server = start().await;
    let port = server.addr().port();
    for origin in [None, Some(format!("http://127.0.0.1:{port}")), Some(format!("http://localhost:{port}"))] {
        server.faults().silent(false);
        let request = write(&server, "/api/faults/silent").header("Content-Type", "application/json; charset=utf-8");
        let request = origin.iter().fold(request, |request, origin| request.header("Origin", origin));
        assert_eq!(send(request).await.status(), 200, "{origin:?}");
        assert!(server.faults().state().silent);
    }
}

#[tokio::test]
async fn a_page_of_another_origin_may_read() {
    let server = start().await;
    let response = send(get(&server, "/api/status").header("Origin", "http://example.com")).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["access-control-allow-origin"], "http://example.com");
}
