//! Streams that fall silent.

use std::time::Duration;

use sse_fetch::{ErrorCode, State};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::fixture::{Page, data, failure, finish, turn};

fn silent_for(seconds: u64) -> sse_fetch::Request {
    sse_fetch::post("/events").idle_timeout(Duration::from_secs(seconds))
}

#[wasm_bindgen_test]
async fn a_silent_stream_fails() {
    let page = Page::new();
    let mut events = silent_for(2).open();
    let call = page.open(&mut events).await;
    page.rest(&mut events).await;
    page.advance(2000);
    assert_eq!(failure(&mut events).await.code(), ErrorCode::Idle);
    assert!(call.is_aborted());
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn comments_keep_a_stream_alive() {
    let page = Page::new();
    let mut events = silent_for(2).open();
    let call = page.open(&mut events).await;
    for _ in 0..5 {
        page.rest(&mut events).await;
        page.advance(1500);
        call.send(":\n");
    }
    page.rest(&mut events).await;
    assert_eq!(events.handle().state(), State::Open);
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn the_time_does_not_run_while_the_application_is_busy() {
    let page = Page::new();
    let mut events = silent_for(2).open();
    let call = page.open(&mut events).await;
    call.send("data: a\n\n");
    assert_eq!(data(&mut events).await, "a");
    // The event is being processed, and the stream is not polled.
    page.advance(10_000);
    turn().await;
    page.rest(&mut events).await;
    assert_eq!(events.handle().state(), State::Open);
    call.send("data: b\n\n");
    assert_eq!(data(&mut events).await, "b");
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn bytes_that_arrived_before_a_late_poll_count() {
    let page = Page::new();
    let mut events = silent_for(2).open();
    let call = page.open(&mut events).await;
    page.rest(&mut events).await;
    page.advance(1900);
    call.send("data: a\n\n");
    turn().await;
    page.advance(8000);
    assert_eq!(data(&mut events).await, "a");
    page.rest(&mut events).await;
    assert_eq!(events.handle().state(), State::Open);
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn the_time_does_not_run_during_a_pause() {
    let page = Page::new();
    let mut events = silent_for(2).open();
    let call = page.open(&mut events).await;
    page.rest(&mut events).await;
    events.handle().pause();
    page.advance(10_000);
    page.rest(&mut events).await;
    events.handle().resume();
    page.advance(1999);
    page.rest(&mut events).await;
    assert_eq!(events.handle().state(), State::Open);
    assert!(!call.is_aborted());
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn a_fraction_of_a_millisecond_is_a_limit() {
    let page = Page::new();
    let mut events = sse_fetch::get("/events").connect_timeout(Duration::from_micros(1)).open();
    page.call(&mut events).await;
    assert_eq!(page.delays(), [1.0]);
    finish(&page, events).await;
}
