//! Which responses are accepted, and what errors say.

use sse_fetch::ErrorCode;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::fixture::{Page, data, failure, finish};

#[wasm_bindgen_test]
async fn other_content_types_are_refused() {
    for content_type in ["text/html", "", "text/event-streams", "text/event-stream, text/plain"] {
        let page = Page::new();
        let mut events = sse_fetch::get("/events?key=secret").open();
        page.call(&mut events).await.respond(200, &[("content-type", content_type)], Some("<html>"));
        let error = failure(&mut events).await;
        assert_eq!((error.code(), error.status()), (ErrorCode::ContentType, Some(200)));
        assert_eq!(error.body(), Some("<html>"));
        let shown = if content_type.is_empty() { "missing" } else { content_type };
        assert!(error.to_string().contains(shown) && !error.to_string().contains("secret"), "{error}");
        finish(&page, events).await;
    }
}

#[wasm_bindgen_test]
async fn forms_of_the_content_type_are_accepted() {
    for content_type in
        ["text/event-stream;charset=utf-8", " Text/Event-Stream ; x=\"a,b\"", "text/plain, text/event-stream"]
    {
        let page = Page::new();
        let mut events = sse_fetch::get("/events").open();
        page.call(&mut events).await.respond(200, &[("content-type", content_type)], Some("data: x\n\n"));
        assert_eq!(data(&mut events).await, "x", "{content_type}");
        finish(&page, events).await;
    }
}

#[wasm_bindgen_test]
async fn the_application_validates_a_response() {
    let page = Page::new();
    let mut events = sse_fetch::get("/events")
        .validate(|head| if head.content_type == "text/plain" { Ok(()) } else { Err("not plain") })
        .open();
    page.call(&mut events).await.respond(201, &[("content-type", "text/plain")], Some("data: x\n\n"));
    assert_eq!(data(&mut events).await, "x");
    page.rest(&mut events).await;
    page.advance_to_timer();
    page.call(&mut events).await.respond(200, &[("content-type", "text/html")], None);
    let error = failure(&mut events).await;
    assert_eq!(error.code(), ErrorCode::Callback);
    assert!(error.to_string().contains("validate refused the response (status 200): not plain"), "{error}");
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn a_stream_that_is_none_is_an_error_with_its_text() {
    let page = Page::new();
    let mut events = sse_fetch::post("/chat").open();
    let body = r#"{"error":"quota"}"#;
    page.call(&mut events).await.respond(200, &[("content-type", "text/event-stream")], Some(body));
    let error = failure(&mut events).await;
    assert_eq!((error.code(), error.body()), (ErrorCode::Format, Some(body)));
    finish(&page, events).await;
}
