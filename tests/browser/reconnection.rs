//! What is sent again, and when.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use futures_util::StreamExt as _;
use sse_fetch::{Backoff, CloseReason, ErrorCode, Reconnect, RetryDecision, State};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::fixture::{Page, data, failure, finish};

#[wasm_bindgen_test]
async fn a_stream_that_was_cut_is_resumed_after_its_last_event() {
    let page = Page::new();
    let mut events = sse_fetch::get("/events").open();
    let call = page.open(&mut events).await;
    call.send("id: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\ndata: unfin");
    assert_eq!(data(&mut events).await, "a");
    assert_eq!(data(&mut events).await, "b");
    call.cut();
    page.rest(&mut events).await;
    assert_eq!(events.handle().state(), State::Reconnecting);
    assert_eq!(events.handle().last_error().map(|error| error.code()), Some(ErrorCode::Network));
    assert_eq!(events.handle().retry_count(), 1);
    page.advance_to_timer();
    let call = page.open(&mut events).await;
    assert_eq!(call.header("last-event-id").as_deref(), Some("2"));
    call.send("id: 3\ndata: c\n\n");
    assert_eq!(data(&mut events).await, "c");
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn the_position_is_that_of_the_last_event_that_was_taken() {
    let page = Page::new();
    let mut events = sse_fetch::get("/events").open();
    let call = page.open(&mut events).await;
    call.send("id: 1\ndata: a\n\nid: 2\ndata: b\n\n");
    assert_eq!(data(&mut events).await, "a");
    events.handle().reconnect();
    page.rest(&mut events).await;
    assert!(call.is_aborted());
    page.advance_to_timer();
    assert_eq!(page.call(&mut events).await.header("last-event-id").as_deref(), Some("1"));
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn retry_after_is_waited_for() {
    let page = Page::new();
    let mut events = sse_fetch::post("/chat").backoff(Backoff::new().jitter(0.0)).open();
    page.call(&mut events).await.respond(503, &[("retry-after", "6.5")], Some("busy"));
    page.rest(&mut events).await;
    assert_eq!(page.delays(), [7000.0]);
    assert_eq!(events.handle().last_error().unwrap().body(), Some("busy"));
    page.advance(6999);
    page.rest(&mut events).await;
    assert!(page.take_call().is_none());
    assert_eq!(events.handle().retry_in(), Some(Duration::from_millis(1)));
    page.advance(1);
    // The simulated clock stands at 1,700,000,008 s: 14 November 2023, 22:13:28 GMT.
    let call = page.call(&mut events).await;
    assert_eq!(events.handle().retry_in(), None);
    call.respond(429, &[("retry-after", "Tue, 14 Nov 2023 22:13:38 GMT")], None);
    page.rest(&mut events).await;
    assert_eq!(page.delays(), [10_000.0]);
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn the_stream_sets_its_reconnection_time() {
    let page = Page::new();
    let mut events = sse_fetch::get("/events").backoff(Backoff::new().jitter(0.0)).open();
    let call = page.open(&mut events).await;
    call.send("retry: 4321\n\n");
    call.end();
    page.rest(&mut events).await;
    assert_eq!(page.delays(), [4321.0]);
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn delays_grow_until_the_reconnects_are_used_up() {
    let page = Page::new();
    let backoff = Backoff::new().initial(Duration::from_millis(100)).max(Duration::from_millis(300)).jitter(0.0);
    let mut events = sse_fetch::get("/events").backoff(backoff).max_reconnects(3).open();
    for delay in [100.0, 200.0, 300.0] {
        page.call(&mut events).await.refuse();
        page.rest(&mut events).await;
        assert_eq!(page.delays(), [delay]);
        page.advance_to_timer();
    }
    page.call(&mut events).await.refuse();
    let error = failure(&mut events).await;
    assert_eq!((error.code(), error.attempt()), (ErrorCode::Network, 3));
    assert!(error.to_string().contains("Failed to fetch"), "{error}");
    assert_eq!(events.handle().close_reason(), Some(CloseReason::MaxReconnects));
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn a_post_is_not_sent_twice_unless_the_application_allows_it() {
    for (request, is_sent_again) in [
        (sse_fetch::post("/chat"), false),
        (sse_fetch::post("/chat").reconnect(Reconnect::OnError), true),
        (sse_fetch::post("/chat").max_reconnects(2), true),
        (sse_fetch::post("/chat").max_reconnects(0), false),
        (sse_fetch::get("/chat").reconnect(Reconnect::Never), false),
    ] {
        let page = Page::new();
        let mut events = request.open();
        page.call(&mut events).await.refuse();
        if is_sent_again {
            page.rest(&mut events).await;
            page.advance_to_timer();
            page.call(&mut events).await;
        } else {
            assert!(failure(&mut events).await.is_retryable());
        }
        finish(&page, events).await;
    }
}

#[wasm_bindgen_test]
async fn the_application_decides_about_a_failure() {
    let page = Page::new();
    let seen = Rc::<RefCell<Vec<_>>>::default();
    let noted = Rc::clone(&seen);
    let mut events = sse_fetch::post("/chat")
        .should_retry(move |error, attempt| {
            noted.borrow_mut().push((error.code(), error.status(), attempt.number));
            match attempt.number {
                0 => RetryDecision::RetryIn(Duration::from_millis(17)),
                _ => RetryDecision::GiveUp,
            }
        })
        .open();
    page.call(&mut events).await.respond(404, &[], None);
    page.rest(&mut events).await;
    assert_eq!(page.delays(), [17.0]);
    page.advance(17);
    page.call(&mut events).await.respond(500, &[], None);
    assert_eq!(failure(&mut events).await.status(), Some(500));
    assert_eq!(*seen.borrow(), [(ErrorCode::Status, Some(404), 0), (ErrorCode::Status, Some(500), 1)]);
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn a_response_that_does_not_come_is_a_timeout() {
    let page = Page::new();
    let mut events = sse_fetch::post("/chat").connect_timeout(Duration::from_secs(3)).open();
    let call = page.call(&mut events).await;
    assert_eq!(page.delays(), [3000.0]);
    page.advance(3000);
    assert_eq!(failure(&mut events).await.code(), ErrorCode::Timeout);
    assert!(call.is_aborted());
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn a_204_ends_the_stream() {
    let page = Page::new();
    let mut events = sse_fetch::get("/events").open();
    page.call(&mut events).await.respond(204, &[], None);
    assert!(events.next().await.is_none());
    assert_eq!(events.handle().close_reason(), Some(CloseReason::NoContent));
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn a_relative_url_is_resolved_once() {
    let page = Page::new();
    let mut events = sse_fetch::get("events").backoff(Backoff::new().jitter(0.0)).open();
    let call = page.open(&mut events).await;
    let url = call.url();
    call.cut();
    page.rest(&mut events).await;
    // A router changes the address of the page.
    let before = js_sys::eval("[location.href, history.replaceState(null, '', '/app/user/')][0]").unwrap();
    page.advance_to_timer();
    let again = page.call(&mut events).await.url();
    js_sys::eval(&format!("history.replaceState(null, '', '{}')", before.as_string().unwrap())).unwrap();
    assert_eq!(again, url);
    finish(&page, events).await;
}
