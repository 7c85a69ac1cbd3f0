//! Streams that are malformed, endless, or cut anywhere.

use futures_util::StreamExt as _;
use sse_fetch::ErrorCode;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::fixture::{Page, data, event, failure, finish};

#[wasm_bindgen_test]
async fn a_stream_may_be_cut_between_any_two_bytes() {
    let text = "\u{feff}: c\r\nid: ä1\r\nevent: é\ndata: 𝄞\rdata: x\n\ndata\n\n";
    for cut in 0..=text.len() {
        let page = Page::new();
        let mut events = sse_fetch::post("/events").open();
        let call = page.open(&mut events).await;
        let (start, rest) = text.as_bytes().split_at(cut);
        call.send_bytes(start);
        page_sends(&call, rest);
        let first = event(&mut events).await;
        assert_eq!((&*first.event_type, &*first.data, first.id.as_deref()), ("é", "𝄞\nx", Some("ä1")), "{cut}");
        assert_eq!(data(&mut events).await, "");
        assert!(events.next().await.is_none());
        finish(&page, events).await;
    }
}

fn page_sends(call: &crate::fixture::Call, rest: &[u8]) {
    call.send_bytes(rest);
    call.end();
}

#[wasm_bindgen_test]
async fn bytes_that_are_no_utf8_become_replacement_characters() {
    let page = Page::new();
    let mut events = sse_fetch::post("/events").open();
    let call = page.open(&mut events).await;
    call.send_bytes(b"event: \xff\ndata: a\xf0\x9d\x84b\n\n");
    let event = event(&mut events).await;
    assert_eq!((&*event.event_type, &*event.data), ("\u{fffd}", "a\u{fffd}b"));
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn an_event_beyond_the_limit_ends_the_stream_after_the_events_before_it() {
    let page = Page::new();
    let mut events = sse_fetch::get("/events").max_event_bytes(1000).open();
    let call = page.open(&mut events).await;
    call.send(&format!("data: a\n\ndata: {}", "x".repeat(1001)));
    assert_eq!(data(&mut events).await, "a");
    let error = failure(&mut events).await;
    assert_eq!((error.code(), error.is_retryable()), (ErrorCode::TooLarge, false));
    assert!(call.is_aborted());
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn a_chunk_of_many_events_and_a_large_event_arrive_whole() {
    let page = Page::new();
    let mut events = sse_fetch::get("/events").open();
    let call = page.open(&mut events).await;
    let large = "é".repeat(300_000);
    let many: Vec<_> = (0..20_000).map(|number| format!("data: {number}\n\n")).collect();
    call.send(&format!("{}data: {large}\n\n", many.concat()));
    for number in 0..20_000 {
        assert_eq!(data(&mut events).await, number.to_string());
    }
    assert!(data(&mut events).await == large);
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn an_id_that_cannot_be_sent_is_no_position() {
    let page = Page::new();
    let mut events = sse_fetch::get("/events").open();
    let call = page.open(&mut events).await;
    call.send(&format!("id: {}\ndata: a\n\n", "9".repeat(4097)));
    assert_eq!(data(&mut events).await, "a");
    call.end();
    page.rest(&mut events).await;
    page.advance_to_timer();
    assert_eq!(page.call(&mut events).await.header("last-event-id"), None);
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn the_body_of_an_error_is_kept_up_to_64_kib() {
    let page = Page::new();
    let mut events = sse_fetch::get("/events").open();
    page.call(&mut events).await.respond(404, &[], Some(&"x".repeat(100_000)));
    let error = failure(&mut events).await;
    assert_eq!(error.body().map(str::len), Some(65_536));
    finish(&page, events).await;
}
