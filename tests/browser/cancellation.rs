//! Closing and dropping a stream, at every stage.

use std::cell::Cell;
use std::future::pending;
use std::rc::Rc;

use futures_util::StreamExt as _;
use sse_fetch::{CloseReason, State};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::fixture::{Page, data, finish, turn};

#[wasm_bindgen_test]
async fn dropping_a_stream_aborts_its_request() {
    let page = Page::new();
    let mut events = sse_fetch::get("/events").open();
    let call = page.call(&mut events).await;
    assert!(!call.is_aborted());
    drop(events);
    assert!(call.is_aborted());
    turn().await;
    page.assert_clean();
}

#[wasm_bindgen_test]
async fn dropping_a_stream_cancels_its_body() {
    let page = Page::new();
    let mut events = sse_fetch::get("/events").open();
    let call = page.open(&mut events).await;
    call.send("data: a\n\ndata: b\n\n");
    assert_eq!(data(&mut events).await, "a");
    drop(events);
    turn().await;
    assert!(call.is_aborted() && call.is_cancelled());
    page.assert_clean();
}

#[wasm_bindgen_test]
async fn dropping_a_stream_drops_the_futures_of_the_application() {
    struct Guard(Rc<Cell<bool>>);
    impl Drop for Guard {
        fn drop(&mut self) {
            self.0.set(true);
        }
    }
    let page = Page::new();
    let dropped = Rc::new(Cell::new(false));
    let flag = Rc::clone(&dropped);
    let mut events = sse_fetch::get("/events")
        .token_with(async move |_| {
            let _guard = Guard(Rc::clone(&flag));
            pending::<Result<String, String>>().await
        })
        .open();
    page.rest(&mut events).await;
    assert!(!dropped.get());
    drop(events);
    assert!(dropped.get());
    turn().await;
    page.assert_clean();
}

#[wasm_bindgen_test]
async fn dropping_a_stream_cancels_the_wait_for_the_next_attempt() {
    let page = Page::new();
    let mut events = sse_fetch::get("/events").open();
    page.call(&mut events).await.refuse();
    page.rest(&mut events).await;
    assert_eq!(page.delays().len(), 1);
    drop(events);
    page.assert_clean();
}

#[wasm_bindgen_test]
async fn close_ends_the_stream_at_once() {
    let page = Page::new();
    let mut events = sse_fetch::get("/events").open();
    let call = page.open(&mut events).await;
    call.send("data: a\n\ndata: b\n\n");
    assert_eq!(data(&mut events).await, "a");
    let handle = events.handle();
    handle.close();
    // Before the stream is polled again.
    assert!(call.is_aborted());
    page.assert_clean();
    assert!(events.next().await.is_none());
    assert_eq!((handle.state(), handle.close_reason()), (State::Closed, Some(CloseReason::Client)));
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn a_task_that_waits_for_an_event_wakes_when_another_closes_the_stream() {
    let page = Page::new();
    let mut events = sse_fetch::get("/events").open();
    page.open(&mut events).await;
    page.rest(&mut events).await;
    let handle = events.handle();
    wasm_bindgen_futures::spawn_local(async move { handle.close() });
    assert!(events.next().await.is_none());
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn a_stream_that_is_closed_before_its_first_poll_requests_nothing() {
    let page = Page::new();
    let mut events = sse_fetch::get("/events").open();
    events.handle().close();
    assert!(events.next().await.is_none());
    assert!(page.take_call().is_none());
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn a_function_of_the_application_may_close_the_stream() {
    let page = Page::new();
    let handle = Rc::<Cell<Option<sse_fetch::Handle>>>::default();
    let inner = Rc::clone(&handle);
    let mut events = sse_fetch::get("/events")
        .headers_with(async move |_| {
            inner.take().expect("a handle").close();
            Ok::<_, String>([("X-A", "b")])
        })
        .open();
    handle.set(Some(events.handle()));
    assert!(events.next().await.is_none());
    assert!(page.take_call().is_none());
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn a_handle_has_no_effect_after_the_stream_was_dropped() {
    let page = Page::new();
    let events = sse_fetch::get("/events").open();
    let handle = events.handle();
    drop(events);
    handle.reconnect();
    handle.resume();
    handle.close();
    turn().await;
    assert!(page.take_call().is_none());
    assert_eq!(handle.state(), State::Closed);
    page.assert_clean();
}
