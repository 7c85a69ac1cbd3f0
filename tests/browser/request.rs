//! What is sent.

use std::convert::Infallible;

use js_sys::Reflect;
use sse_fetch::{Body, Credentials, ErrorCode, Mode};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::fixture::{Page, data, failure, finish};

#[wasm_bindgen_test]
async fn a_post_with_json_is_sent_with_its_headers() {
    #[derive(serde::Serialize)]
    struct Prompt {
        text: &'static str,
    }
    let page = Page::new();
    let mut events = sse_fetch::post("/chat").json(&Prompt { text: "Hi" }).header("X-Id", "1").open();
    let call = page.call(&mut events).await;
    assert_eq!(call.method(), "POST");
    assert!(call.url().ends_with("/chat") && call.url().starts_with("http"), "{}", call.url());
    assert_eq!(call.body().as_deref(), Some(r#"{"text":"Hi"}"#));
    assert_eq!(call.header("content-type").as_deref(), Some("application/json"));
    assert_eq!(call.header("accept").as_deref(), Some("text/event-stream"));
    assert_eq!(call.header("x-id").as_deref(), Some("1"));
    assert_eq!(call.header("last-event-id"), None);
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn url_headers_and_body_are_made_for_every_attempt() {
    let page = Page::new();
    let mut events = sse_fetch::post("/")
        .url_with(async |attempt| Ok::<_, Infallible>(format!("/chat?{}", attempt.number)))
        .header("X-Attempt", "none")
        .headers_with(async |attempt| Ok::<_, Infallible>([("X-Attempt", attempt.number.to_string())]))
        .body_with(async |attempt| Ok::<_, Infallible>(Body::from(vec![u8::try_from(attempt.number).unwrap()])))
        .max_reconnects(3)
        .open();
    for number in 0..3 {
        let call = page.call(&mut events).await;
        assert!(call.url().ends_with(&format!("/chat?{number}")), "{}", call.url());
        assert_eq!(call.header("x-attempt"), Some(number.to_string()));
        assert_eq!(call.body(), Some(format!("bytes {number}")));
        call.refuse();
        page.rest(&mut events).await;
        page.advance_to_timer();
    }
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn a_function_that_fails_is_called_again() {
    let page = Page::new();
    let mut events = sse_fetch::get("/events")
        .headers_with(async |attempt| match attempt.number {
            0 => Err("not yet"),
            _ => Ok([("X-Error", attempt.error.map(|error| error.to_string()).unwrap_or_default())]),
        })
        .open();
    page.rest(&mut events).await;
    assert!(page.take_call().is_none());
    let error = events.handle().last_error().unwrap();
    assert_eq!((error.code(), error.is_retryable()), (ErrorCode::Callback, true));
    assert!(error.to_string().contains("headers_with failed: not yet"), "{error}");
    page.advance_to_timer();
    assert_eq!(page.call(&mut events).await.header("x-error"), Some(error.to_string()));
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn a_header_that_cannot_be_sent_ends_the_stream_without_its_value() {
    let page = Page::new();
    let mut events = sse_fetch::get("/events").header("X-Key", "se\ncret").open();
    let error = failure(&mut events).await;
    assert_eq!((error.code(), error.is_retryable()), (ErrorCode::Callback, false));
    assert!(error.to_string().contains("X-Key") && !error.to_string().contains("cret"), "{error}");
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn a_last_event_id_among_the_headers_is_the_position() {
    let page = Page::new();
    let mut events = sse_fetch::get("/events").header("Last-Event-ID", "Ã¼").open();
    let call = page.open(&mut events).await;
    assert_eq!(events.handle().last_event_id(), "ü");
    assert_eq!(call.header("last-event-id").as_deref(), Some("Ã¼"));
    call.send("id: 2\ndata: x\n\n");
    assert_eq!(data(&mut events).await, "x");
    call.end();
    page.rest(&mut events).await;
    page.advance_to_timer();
    assert_eq!(page.call(&mut events).await.header("last-event-id").as_deref(), Some("2"));
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn options_of_fetch_are_passed_on() {
    let page = Page::new();
    let mut events = sse_fetch::get("/events")
        .credentials(Credentials::Include)
        .mode(Mode::SameOrigin)
        .init_with(|init| init.set_integrity("none"))
        .open();
    let init = page.call(&mut events).await.init();
    for (name, value) in [
        ("credentials", "include"),
        ("mode", "same-origin"),
        ("integrity", "none"),
        ("cache", "no-store"),
        ("method", "GET"),
    ] {
        assert_eq!(Reflect::get(&init, &name.into()).unwrap().as_string().as_deref(), Some(value), "{name}");
    }
    finish(&page, events).await;
}
