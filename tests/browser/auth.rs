//! Tokens and their refresh.

use std::cell::Cell;
use std::rc::Rc;

use sse_fetch::{ErrorCode, Refreshed, SharedAuth};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::fixture::{Page, during, failure, finish, turn};

#[wasm_bindgen_test]
async fn a_refused_token_is_refreshed_once_in_an_attempt() {
    let page = Page::new();
    let mut events = sse_fetch::get("/events")
        .token_with(async |_| Ok::<_, String>("old".to_string()))
        .refresh_with(async |_| Ok::<_, String>("new".to_string()))
        .open();
    let call = page.call(&mut events).await;
    assert_eq!(call.header("authorization").as_deref(), Some("Bearer old"));
    call.respond(401, &[], None);
    let call = page.call(&mut events).await;
    assert_eq!(call.header("authorization").as_deref(), Some("Bearer new"));
    call.respond(401, &[], Some("new is not old"));
    let error = failure(&mut events).await;
    assert_eq!((error.code(), error.status(), error.is_retryable()), (ErrorCode::Auth, Some(401), false));
    assert_eq!(error.body(), Some("(token) is not (token)"));
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn without_a_refresh_a_401_ends_the_stream() {
    let page = Page::new();
    let mut events = sse_fetch::get("/events").bearer("a token").open();
    let call = page.call(&mut events).await;
    assert_eq!(call.header("authorization").as_deref(), Some("Bearer a token"));
    call.respond(401, &[], Some("a+token, a%20token, a\\u0020token"));
    let error = failure(&mut events).await;
    assert_eq!((error.code(), error.status()), (ErrorCode::Status, Some(401)));
    assert_eq!(error.body(), Some("(token), (token), (token)"));
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn a_refresh_that_gives_up_ends_the_stream() {
    let page = Page::new();
    let mut events = sse_fetch::get("/events").refresh_with(async |_| Ok::<Option<String>, String>(None)).open();
    page.call(&mut events).await.respond(401, &[], None);
    let error = failure(&mut events).await;
    assert_eq!((error.code(), error.status()), (ErrorCode::Auth, Some(401)));
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn a_token_that_cannot_be_got_is_asked_for_again() {
    let page = Page::new();
    let mut events = sse_fetch::get("/events")
        .token_with(async |attempt| if attempt.number == 0 { Err("secret reason") } else { Ok(None) })
        .open();
    page.rest(&mut events).await;
    let error = events.handle().last_error().unwrap();
    assert_eq!((error.code(), error.is_retryable()), (ErrorCode::Auth, true));
    assert!(!error.to_string().contains("secret"), "{error}");
    page.advance_to_timer();
    assert_eq!(page.call(&mut events).await.header("authorization"), None);
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn an_expired_jwt_is_refreshed_before_the_request() {
    let page = Page::new();
    // {"alg":"none"} . {"exp":1}
    let expired = "eyJhbGciOiJub25lIn0.eyJleHAiOjF9.";
    let mut events = sse_fetch::get("/events")
        .token_with(async move |_| Ok::<_, String>(expired.to_string()))
        .refresh_with(async |_| Ok::<_, String>("fresh".to_string()))
        .open();
    assert_eq!(page.call(&mut events).await.header("authorization").as_deref(), Some("Bearer fresh"));
    finish(&page, events).await;
}

#[wasm_bindgen_test]
async fn streams_that_share_their_tokens_share_a_refresh() {
    let page = Page::new();
    let generation = Rc::new(Cell::new(0));
    let (current, next) = (Rc::clone(&generation), Rc::clone(&generation));
    let auth = SharedAuth::new(async move |_| Ok::<_, String>(format!("token {}", current.get()))).refresh_with(
        async move |_| {
            turn().await;
            next.set(next.get() + 1);
            Ok::<_, String>(Refreshed::AskAgain)
        },
    );
    let mut one = sse_fetch::get("/one").auth(&auth).open();
    let mut other = sse_fetch::get("/other").auth(&auth).open();
    let mut late = sse_fetch::get("/late").auth(&auth).open();
    let refused = [page.call(&mut one).await, page.call(&mut other).await, page.call(&mut late).await];
    for call in &refused {
        assert_eq!(call.header("authorization").as_deref(), Some("Bearer token 0"));
    }
    refused[0].respond(401, &[], None);
    refused[1].respond(401, &[], None);
    // Both wait for the refresh, and each can be polled first.
    during(&mut one, turn()).await;
    let call = page.call(&mut other).await;
    assert_eq!(call.header("authorization").as_deref(), Some("Bearer token 1"));
    assert_eq!(page.call(&mut one).await.header("authorization").as_deref(), Some("Bearer token 1"));
    // The token that was refused is older than the refresh.
    refused[2].respond(401, &[], None);
    assert_eq!(page.call(&mut late).await.header("authorization").as_deref(), Some("Bearer token 1"));
    assert_eq!(generation.get(), 1);
    drop((one, other));
    finish(&page, late).await;
}

/// Tokens whose refresh waits until the gate is open.
struct Gated {
    auth: SharedAuth,
    /// How often the refresh was called, and how often it has ended or was dropped.
    calls: Rc<Cell<u32>>,
    ends: Rc<Cell<u32>>,
    is_open: Rc<Cell<bool>>,
}

fn gated() -> Gated {
    struct Guard(Rc<Cell<u32>>);
    impl Drop for Guard {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }
    let (calls, ends, is_open) = (Rc::<Cell<u32>>::default(), Rc::<Cell<u32>>::default(), Rc::<Cell<bool>>::default());
    let (counted, ended, gate) = (Rc::clone(&calls), Rc::clone(&ends), Rc::clone(&is_open));
    let auth = SharedAuth::new(async |_| Ok::<_, String>("old".to_string())).refresh_with(async move |_| {
        counted.set(counted.get() + 1);
        let _guard = Guard(Rc::clone(&ended));
        while !gate.get() {
            turn().await;
        }
        Ok::<_, String>("new".to_string())
    });
    Gated { auth, calls, ends, is_open }
}

#[wasm_bindgen_test]
async fn a_refresh_survives_the_stream_that_began_it() {
    let page = Page::new();
    let Gated { auth, calls, is_open, .. } = gated();
    let mut one = sse_fetch::get("/one").auth(&auth).open();
    let mut other = sse_fetch::get("/other").auth(&auth).open();
    for events in [&mut one, &mut other] {
        page.call(events).await.respond(401, &[], None);
    }
    page.rest(&mut one).await;
    page.rest(&mut other).await;
    drop(one);
    is_open.set(true);
    assert_eq!(page.call(&mut other).await.header("authorization").as_deref(), Some("Bearer new"));
    assert_eq!(calls.get(), 1);
    finish(&page, other).await;
}

#[wasm_bindgen_test]
async fn a_refresh_that_no_stream_waits_for_is_dropped() {
    let page = Page::new();
    let Gated { auth, calls, ends, is_open } = gated();
    let mut events = sse_fetch::get("/one").auth(&auth).open();
    page.call(&mut events).await.respond(401, &[], None);
    page.rest(&mut events).await;
    assert_eq!((calls.get(), ends.get()), (1, 0));
    drop(events);
    assert_eq!(ends.get(), 1);
    is_open.set(true);
    let mut events = sse_fetch::get("/two").auth(&auth).open();
    page.call(&mut events).await.respond(401, &[], None);
    page.call(&mut events).await;
    assert_eq!(calls.get(), 2);
    finish(&page, events).await;
}
