//! The Rust client in a worker, with the browser's own `fetch`.

#![cfg(target_arch = "wasm32")]

use futures_util::StreamExt as _;
use js_sys::Array;
use sse_fetch::{ErrorCode, Reconnect, State};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Blob, BlobPropertyBag, Url};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

/// The URL of a response with this text as an event stream, which the browser makes.
fn stream_url(text: &str) -> String {
    let options = BlobPropertyBag::new();
    options.set_type("text/event-stream");
    let blob = Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()), &options).unwrap();
    Url::create_object_url_with_blob(&blob).unwrap()
}

#[wasm_bindgen_test]
async fn events_arrive_in_a_worker() {
    let mut events = sse_fetch::get(stream_url("id: 7\ndata: a\n\n")).reconnect(Reconnect::Never).open();
    let event = events.next().await.unwrap().unwrap();
    assert_eq!((&*event.data, event.id.as_deref()), ("a", Some("7")));
    assert!(events.next().await.is_none());
    assert_eq!(events.handle().last_event_id(), "7");
}

#[wasm_bindgen_test]
async fn a_request_that_fails_in_a_worker_is_retried() {
    let mut events = sse_fetch::get("blob:none")
        .max_reconnects(1)
        .backoff(sse_fetch::Backoff::new().initial(std::time::Duration::ZERO))
        .open();
    let error = events.next().await.unwrap().unwrap_err();
    assert_eq!((error.code(), error.attempt()), (ErrorCode::Network, 1));
    assert!(events.next().await.is_none());
    assert_eq!(events.handle().state(), State::Closed);
}
