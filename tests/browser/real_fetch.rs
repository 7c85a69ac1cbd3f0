//! The browser's own `fetch`, without the simulated page. `tests/browser_worker.rs` does the same in a worker.

use futures_util::StreamExt as _;
use sse_fetch::{ErrorCode, Reconnect};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::fixture::{data, failure, stream_url};

#[wasm_bindgen_test]
async fn events_of_a_real_response_arrive() {
    let mut events = sse_fetch::get(stream_url("data: a\n\ndata: b\n\n")).reconnect(Reconnect::Never).open();
    assert_eq!(data(&mut events).await, "a");
    assert_eq!(data(&mut events).await, "b");
    assert!(events.next().await.is_none());
}

#[wasm_bindgen_test]
async fn a_page_is_no_event_stream() {
    let mut events = sse_fetch::get("/").reconnect(Reconnect::Never).open();
    let error = failure(&mut events).await;
    assert_eq!((error.code(), error.status()), (ErrorCode::ContentType, Some(200)));
    assert!(error.body().is_some_and(|body| body.contains("<html>")), "{:?}", error.body());
}

#[wasm_bindgen_test]
async fn a_request_that_fails_says_why() {
    let mut events = sse_fetch::get("blob:none").reconnect(Reconnect::Never).open();
    let error = failure(&mut events).await;
    assert_eq!((error.code(), error.is_retryable()), (ErrorCode::Network, true));
}

#[wasm_bindgen_test]
fn events_and_errors_can_be_sent_to_other_threads() {
    fn is_shared<T: Send + Sync + Clone + 'static>() {}
    is_shared::<sse_fetch::Event>();
    is_shared::<sse_fetch::Error>();
}

#[wasm_bindgen_test]
fn nothing_that_is_printed_shows_a_token() {
    let auth = sse_fetch::SharedAuth::new(async |_| Ok::<_, String>("secret".to_string()));
    let request = sse_fetch::post("/secret").header("X-Key", "secret").body("secret").bearer("secret");
    let refreshed = sse_fetch::Refreshed::Token("secret".into());
    let handle = sse_fetch::get("/secret").bearer("secret").open().handle();
    let printed = format!("{auth:?} {request:?} {refreshed:?} {handle:?}");
    assert!(!printed.contains("secret"), "{printed}");
}
