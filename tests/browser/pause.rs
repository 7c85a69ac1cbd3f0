//! Back-pressure: the stream is read only when the application polls it.

use futures_util::{FutureExt as _, StreamExt as _};
use sse_fetch::State;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::fixture::{Page, data, finish, turn};

#[wasm_bindgen_test]
async fn a_stream_that_is_not_polled_is_not_read() {
    let page = Page::new();
    let mut events = sse_fetch::get("/events").open();
    let call = page.open(&mut events).await;
    page.rest(&mut events).await;
    assert_eq!(call.pulls(), 1);
    call.send("data: a\n\ndata: b\n\n");
    for chunk in 0..20 {
        call.send(&format!("data: {chunk}\n\n"));
    }
    assert_eq!(data(&mut events).await, "a");
    for _ in 0..5 {
        turn().await;
    }
    // The first chunk still holds an event, so the second one was not read.
    assert_eq!(data(&mut events).await, "b");
    for chunk in 0..20 {
        assert_eq!(data(&mut events).await, chunk.to_string());
    }
    let pulls = call.pulls();
    turn().await;
    assert_eq!(call.pulls(), pulls);
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn a_paused_stream_delivers_nothing() {
    let page = Page::new();
    let mut events = sse_fetch::get("/events").open();
    let call = page.open(&mut events).await;
    call.send("data: a\n\ndata: b\n\n");
    assert_eq!(data(&mut events).await, "a");
    let handle = events.handle();
    handle.pause();
    page.rest(&mut events).await;
    assert_eq!(handle.state(), State::Paused);
    handle.resume();
    assert_eq!(events.next().now_or_never().unwrap().unwrap().unwrap().data, "b");
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn resume_wakes_the_task_that_waits() {
    let page = Page::new();
    let mut events = sse_fetch::get("/events").open();
    let call = page.open(&mut events).await;
    page.rest(&mut events).await;
    let handle = events.handle();
    handle.pause();
    call.send("data: a\n\n");
    page.rest(&mut events).await;
    wasm_bindgen_futures::spawn_local(async move { handle.resume() });
    assert_eq!(data(&mut events).await, "a");
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn a_stream_that_always_has_another_chunk_leaves_turns_to_the_page() {
    let page = Page::new();
    let mut events = sse_fetch::get("/events").open();
    let call = page.call(&mut events).await;
    page.open_endless(&call);
    // Chunks are read in microtasks, which come before the turns that this waits for.
    page.rest(&mut events).await;
    assert_eq!(events.handle().state(), State::Open);
    finish(&page, events).await;
}
