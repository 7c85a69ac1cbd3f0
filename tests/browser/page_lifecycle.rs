//! Offline, hidden, back/forward cache.

use sse_fetch::{ErrorCode, State};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::fixture::{Page, data, finish};

#[wasm_bindgen_test]
async fn a_stream_watches_the_page_while_it_is_connected() {
    let page = Page::new();
    let mut events = sse_fetch::get("/events").open();
    assert_eq!(page.listeners(), 0);
    page.call(&mut events).await;
    assert_eq!(page.listeners(), 5);
    events.handle().close();
    assert_eq!(page.listeners(), 0);
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn failures_while_offline_do_not_count_and_the_network_ends_the_wait() {
    let page = Page::new();
    let mut events = sse_fetch::get("/events").max_reconnects(0).open();
    let call = page.open(&mut events).await;
    page.rest(&mut events).await;
    page.set_online(false);
    call.cut();
    page.rest(&mut events).await;
    assert_eq!((events.handle().state(), events.handle().retry_count()), (State::Reconnecting, 0));
    assert_eq!(events.handle().last_error().map(|error| error.code()), Some(ErrorCode::Network));
    page.set_online(true);
    page.call(&mut events).await;
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn a_hidden_page_closes_the_stream_if_the_application_wants_that() {
    let page = Page::new();
    let mut events = sse_fetch::get("/events").close_when_hidden(true).open();
    let call = page.open(&mut events).await;
    call.send("id: 1\ndata: a\n\nid: 2\ndata: b\n\n");
    assert_eq!(data(&mut events).await, "a");
    page.set_hidden(true);
    // At once, whether the stream is polled or not.
    assert!(call.is_aborted());
    page.rest(&mut events).await;
    page.advance(1000);
    assert!(page.take_call().is_none());
    page.set_hidden(false);
    assert_eq!(page.call(&mut events).await.header("last-event-id").as_deref(), Some("1"));
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn a_page_in_the_back_forward_cache_holds_no_connection() {
    let page = Page::new();
    let mut events = sse_fetch::get("/events").open();
    let call = page.open(&mut events).await;
    page.rest(&mut events).await;
    page.set_cached(true);
    assert!(call.is_aborted());
    page.rest(&mut events).await;
    page.advance(1000);
    page.set_cached(false);
    page.open(&mut events).await.send("data: back\n\n");
    assert_eq!(data(&mut events).await, "back");
    finish(&page, events).await;
}
