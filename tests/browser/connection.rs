//! The life of a connection: events, states, the end.

use futures_util::{FutureExt as _, StreamExt as _};
use sse_fetch::{CloseReason, ErrorCode, State};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::fixture::{Page, data, event, failure, finish};

#[wasm_bindgen_test]
async fn events_arrive_with_type_data_and_id() {
    let page = Page::new();
    let mut events = sse_fetch::get("/events").open();
    let call = page.open(&mut events).await;
    call.send(": hello\nevent: greeting\nid: 7\ndata: one\ndata: two\n\ndata: grüß");
    let first = event(&mut events).await;
    assert_eq!((&*first.event_type, &*first.data, first.id.as_deref()), ("greeting", "one\ntwo", Some("7")));
    call.send(" dich\n\n");
    let second = event(&mut events).await;
    assert_eq!((&*second.event_type, &*second.data, second.id), ("message", "grüß dich", None));
    assert_eq!(events.handle().last_event_id(), "7");
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn data_is_parsed_as_json() {
    #[derive(serde::Deserialize)]
    struct Delta<'a> {
        text: &'a str,
    }
    let page = Page::new();
    let mut events = sse_fetch::get("/events").open();
    page.open(&mut events).await.send("data: {\"text\":\"Hi\"}\n\ndata: no json\n\n");
    let first = event(&mut events).await;
    assert_eq!(first.json::<Delta>().unwrap().text, "Hi");
    let error = event(&mut events).await.json::<serde::de::IgnoredAny>().unwrap_err();
    assert_eq!(error.code(), ErrorCode::Parse);
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn nothing_is_requested_before_the_stream_is_polled() {
    let page = Page::new();
    let mut events = sse_fetch::get("/events").open();
    crate::fixture::turn().await;
    assert!(page.take_call().is_none());
    assert_eq!(events.handle().state(), State::Idle);
    page.call(&mut events).await;
    assert_eq!(events.handle().state(), State::Connecting);
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn states_yields_the_present_state_and_each_change() {
    let page = Page::new();
    let mut events = sse_fetch::post("/events").open();
    let mut states = events.states();
    assert_eq!(states.next().await, Some(State::Idle));
    let call = page.call(&mut events).await;
    assert_eq!(states.next().await, Some(State::Connecting));
    assert_eq!(states.next().now_or_never(), None);
    call.open();
    page.rest(&mut events).await;
    assert_eq!(states.next().now_or_never(), Some(Some(State::Open)));
    call.end();
    assert!(events.next().await.is_none());
    assert_eq!(states.next().now_or_never(), Some(Some(State::Closed)));
    assert_eq!(states.next().now_or_never(), None);
    drop(events);
    assert_eq!(states.next().now_or_never(), Some(None));
    page.assert_clean();
}

#[wasm_bindgen_test]
async fn the_end_of_a_post_ends_the_stream() {
    let page = Page::new();
    let mut events = sse_fetch::post("/chat").open();
    let call = page.open(&mut events).await;
    call.send("data: a\n\n");
    call.end();
    assert_eq!(data(&mut events).await, "a");
    assert!(events.next().await.is_none());
    assert!(events.next().await.is_none());
    assert_eq!(events.handle().close_reason(), Some(CloseReason::Server));
    page.assert_clean();
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn reconnect_opens_a_stream_that_has_ended() {
    let page = Page::new();
    let mut events = sse_fetch::post("/chat").body("x").open();
    page.open(&mut events).await.end();
    assert!(events.next().await.is_none());
    events.handle().reconnect();
    let call = page.open(&mut events).await;
    assert_eq!(call.body().as_deref(), Some("x"));
    call.send("data: again\n\n");
    assert_eq!(data(&mut events).await, "again");
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn a_wrong_option_is_the_first_item() {
    for (request, part) in [
        (sse_fetch::get("ftp://localhost/"), "scheme"),
        (sse_fetch::get("http://user:secret@localhost/"), "user name"),
        (sse_fetch::get("/events").body("x"), "cannot have a body"),
        (sse_fetch::request("CONNECT", "/events"), "CONNECT"),
        (sse_fetch::get("/events").last_event_id("a\nb"), "last_event_id"),
        (sse_fetch::get("/events").max_event_bytes(0), "max_event_bytes"),
        (sse_fetch::get("/events").backoff(sse_fetch::Backoff::new().jitter(2.0)), "jitter"),
    ] {
        let page = Page::new();
        let mut events = request.open();
        let error = failure(&mut events).await;
        assert_eq!(error.code(), ErrorCode::Callback);
        assert!(error.to_string().contains(part), "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
        assert!(page.take_call().is_none());
        finish(&page, events).await;
    }
}
