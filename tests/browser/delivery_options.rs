//! `until`, `empty_events`, `unfinished`.

use futures_util::StreamExt as _;
use sse_fetch::{CloseReason, ErrorCode, Unfinished, Until};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::fixture::{Page, data, event, failure, finish};

#[wasm_bindgen_test]
async fn the_mark_ends_the_stream_and_is_not_delivered() {
    let page = Page::new();
    let mut events = sse_fetch::post("/chat").until(" [DONE]").open();
    let call = page.open(&mut events).await;
    call.send("data: a\n\ndata: [DONE] \n\ndata: b\n\n");
    assert_eq!(data(&mut events).await, "a");
    assert!(events.next().await.is_none());
    assert_eq!(events.handle().close_reason(), Some(CloseReason::Done));
    assert!(call.is_aborted());
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn a_stream_that_ends_before_its_mark_is_incomplete() {
    let page = Page::new();
    let mut events = sse_fetch::post("/chat").until("[DONE]").open();
    let call = page.open(&mut events).await;
    call.send("data: a\n\n");
    call.end();
    assert_eq!(data(&mut events).await, "a");
    let error = failure(&mut events).await;
    assert_eq!((error.code(), error.is_retryable()), (ErrorCode::Incomplete, true));
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn a_function_decides_which_event_is_the_last() {
    let decide = |event: &sse_fetch::Event| match &*event.event_type {
        "end" => Until::Deliver,
        "error" => Until::fail(event.data.clone()),
        _ => Until::Continue,
    };
    let page = Page::new();
    let mut events = sse_fetch::post("/chat").until_with(decide).open();
    page.open(&mut events).await.send("data: a\n\nevent: end\ndata: b\n\n");
    assert_eq!(data(&mut events).await, "a");
    assert_eq!(data(&mut events).await, "b");
    assert!(events.next().await.is_none());
    finish(&page, events).await;

    let page = Page::new();
    let mut events = sse_fetch::post("/chat").until_with(decide).open();
    page.open(&mut events).await.send("event: error\ndata: overloaded\n\n");
    let error = failure(&mut events).await;
    assert_eq!((error.code(), &*error.to_string()), (ErrorCode::Callback, "overloaded"));
    assert_eq!(events.handle().close_reason(), Some(CloseReason::Fatal));
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn events_without_data_are_delivered_if_the_application_wants_them() {
    for wanted in [false, true] {
        let page = Page::new();
        let mut events = sse_fetch::post("/chat").empty_events(wanted).open();
        page.open(&mut events).await.send("event: end\n\ndata: x\n\n");
        let first = event(&mut events).await;
        let expected = if wanted { ("end", "") } else { ("message", "x") };
        assert_eq!((&*first.event_type, &*first.data), expected);
        finish(&page, events).await;
    }
}

#[wasm_bindgen_test]
async fn an_unfinished_event_is_delivered_if_the_application_wants_it() {
    for unfinished in [Unfinished::Discard, Unfinished::Deliver] {
        let page = Page::new();
        let mut events = sse_fetch::post("/chat").unfinished(unfinished).open();
        let call = page.open(&mut events).await;
        call.send("data: a\n\ndata: b");
        call.end();
        assert_eq!(data(&mut events).await, "a");
        if unfinished == Unfinished::Deliver {
            assert_eq!(data(&mut events).await, "b");
        }
        assert!(events.next().await.is_none());
        finish(&page, events).await;
    }
}

#[wasm_bindgen_test]
async fn a_stream_of_comments_that_is_cut_off_is_no_other_text() {
    for unfinished in [Unfinished::Discard, Unfinished::Deliver] {
        for text in [": ping\nda", "\u{feff}: ping\n\n"] {
            let page = Page::new();
            let mut events = sse_fetch::post("/chat").unfinished(unfinished).open();
            let call = page.open(&mut events).await;
            call.send(text);
            call.end();
            assert!(events.next().await.is_none(), "{text:?}");
            assert_eq!(events.handle().close_reason(), Some(CloseReason::Server), "{text:?}");
            finish(&page, events).await;
        }
    }
}
