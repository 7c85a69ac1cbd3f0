//! The demo page when all is well: signing in, asking, watching the answer being typed, stopping it, asking again.

use e2e::{Page, soon, tests};
use serde_json::json;

use crate::demo::{CHAT, Demo, index_of, message_of};

tests! {
    InPage:
        an_answer_is_typed_token_by_token,
        the_server_gets_one_post_with_json_and_a_token,
        stop_closes_the_stream_and_keeps_the_half_answer,
        a_stopped_answer_goes_on_where_it_was_stopped,
        regenerate_asks_again_from_the_start,
        a_wrong_password_is_refused_and_said_so,
        notifications_appear_as_the_server_publishes_them,
        the_page_shows_state_and_last_event_id,
        the_log_tells_what_happened_on_the_wire,
        disconnect_closes_the_feed_and_connect_goes_on;
}

async fn an_answer_is_typed_token_by_token(page: Page) {
    let demo = Demo::open_slow(page).await;
    demo.sign_in().await;
    demo.server.faults().silent(true);
    demo.ask("Why Rust and wasm?").await;
    soon("the chat's stream opens", demo.server.wait_open_streams_at(CHAT, 1)).await;
    demo.page.wait_until("!part('cursor').hidden && part('answer-text').textContent === ''").await;

    demo.page.record("answer-text").await;
    demo.server.faults().silent(false);
    demo.page.wait_until("!part('cursor').hidden && part('answer-text').textContent.length > 20").await;
    demo.expect_the_whole_answer("Why Rust and wasm?").await;

    let steps = demo.page.recorded("answer-text").await;
    assert!(steps.len() > 10, "it was typed in {} steps", steps.len());
    assert!(steps.windows(2).all(|pair| pair[1].starts_with(&pair[0])), "what was typed stays");
}

async fn the_server_gets_one_post_with_json_and_a_token(page: Page) {
    let demo = Demo::open(page).await;
    demo.sign_in().await;
    demo.ask("Hello, bonjour, 你好").await;
    demo.expect_the_whole_answer("Hello, bonjour, 你好").await;

    let asked = demo.asked();
    let [request] = &asked[..] else { panic!("one request, not {}", asked.len()) };
    assert_eq!(request.method, "POST");
    assert_eq!(request.json(), Some(json!({ "message": "Hello, bonjour, 你好" })));
    assert_eq!(request.header_str("content-type"), Some("application/json"));
    assert_eq!(request.header_str("accept"), Some("text/event-stream"));
    assert_eq!(request.header("last-event-id"), None);
    let token = request.header_str("authorization").and_then(|value| value.strip_prefix("Bearer "));
    assert_eq!(token.map(|token| token.split('.').count()), Some(3), "a JWT has three parts");
    soon("the finished stream is closed", demo.server.wait_open_streams_at(CHAT, 0)).await;
}

async fn stop_closes_the_stream_and_keeps_the_half_answer(page: Page) {
    let demo = Demo::open_slow(page).await;
    demo.be_answered_halfway("What are server-sent events?").await;
    demo.page.click("stop").await;
    demo.wait_for_phase("stopped").await;
    soon("the chat's stream is closed", demo.server.wait_open_streams_at(CHAT, 0)).await;

    let whole = e2e::said("What are server-sent events?").await.concat();
    let half = demo.page.text("answer-text").await;
    assert!(half.len() > 20 && half.len() < whole.len() && whole.starts_with(&half), "{half}");
    assert_eq!(demo.page.text("chat-state").await, "Closed");
    assert_eq!(demo.asked().len(), 1);
}

async fn a_stopped_answer_goes_on_where_it_was_stopped(page: Page) {
    let demo = Demo::open_slow(page).await;
    demo.be_answered_halfway("Write me a poem").await;
    demo.page.click("stop").await;
    demo.wait_for_phase("stopped").await;
    let last_id = demo.last_id_shown().await;

    demo.page.click("chat-connect").await;
    demo.expect_the_whole_answer("Write me a poem").await;
    let asked = demo.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[1].header_str("last-event-id"), Some(&*last_id));
    demo.expect_never_two_streams();
}

async fn regenerate_asks_again_from_the_start(page: Page) {
    let demo = Demo::open(page).await;
    demo.sign_in().await;
    demo.ask("Write me a haiku").await;
    demo.expect_the_whole_answer("Write me a haiku").await;

    demo.page.click("regenerate").await;
    demo.wait_for_phase("typing").await;
    demo.expect_the_whole_answer("Write me a haiku").await;
    let asked = demo.asked();
    assert_eq!(
        asked.iter().map(|entry| message_of(entry)).collect::<Vec<_>>(),
        ["Write me a haiku", "Write me a haiku"]
    );
    assert_eq!(asked[1].header("last-event-id"), None);
    assert_eq!(demo.page.run::<u32>("return document.querySelectorAll('.message').length").await, 2);
}

async fn a_wrong_password_is_refused_and_said_so(page: Page) {
    let demo = Demo::open(page).await;
    demo.page.write("password", "x").await;
    demo.page.click("sign-in").await;
    demo.page.wait_until("!part('login-error').hidden").await;
    assert!(!demo.page.text("login-error").await.is_empty());
    assert!(demo.page.run::<bool>("return document.querySelector('[data-testid=talk]').hidden").await);
}

async fn notifications_appear_as_the_server_publishes_them(page: Page) {
    let demo = Demo::open(page).await;
    let log = demo.server.log();
    let ids = [log.notify("First", "of two"), log.notify("第二", "<b>not markup</b> & 🎉")];
    log.push("system", &json!({ "cpu": 12, "memory": 34, "connections": 5 }));
    log.push("heartbeat", &json!({ "at": 0 }));

    demo.expect_notifications(&ids).await;
    demo.page.wait_for_text("metric-cpu", "12%").await;
    demo.page.wait_for_text("metric-memory", "34%").await;
    demo.page.wait_for_text("metric-connections", "5").await;
    // It says "just now" for a second only, which may be over before this looks.
    demo.page
        .wait_until("/^(Heartbeat just now|Last heartbeat \\d+ s ago)$/.test(part('heartbeat-text').textContent)")
        .await;
    let newest: [String; 2] = demo
        .page
        .run("return ['h3', 'p'].map((name) => document.querySelector(`[data-testid=notification] ${name}`).textContent)")
        .await;
    assert_eq!(newest, ["第二", "<b>not markup</b> & 🎉"]);
}

async fn the_page_shows_state_and_last_event_id(page: Page) {
    let demo = Demo::open(page).await;
    assert_eq!(demo.page.text("feed-last-event-id").await, "none");
    assert_eq!(demo.page.text("chat-state").await, "Idle");
    let id = demo.server.log().notify("A", "B");
    demo.page.wait_for_text("feed-last-event-id", &id.to_string()).await;
    assert_eq!(demo.page.text("feed-attempt").await, "0");

    demo.sign_in().await;
    demo.page.record("chat-state").await;
    demo.ask("hello").await;
    demo.expect_the_whole_answer("hello").await;
    demo.page.wait_for_text("chat-state", "Closed").await;
    assert_eq!(demo.page.recorded("chat-state").await, ["Idle", "Connecting", "Open", "Closed"]);
    assert_eq!(demo.page.text("chat-reason").await, "complete");
    // The mark that ends the answer bears an id of its own, which is not delivered but counts.
    assert!(index_of(&demo.last_id_shown().await) >= e2e::said("hello").await.len() - 1);
}

async fn the_log_tells_what_happened_on_the_wire(page: Page) {
    let demo = Demo::open(page).await;
    demo.sign_in().await;
    demo.ask("hello").await;
    demo.expect_the_whole_answer("hello").await;
    demo.page.wait_until("[...document.querySelectorAll('.log-line')].some((line) => line.dataset.connection === 'chat' && line.dataset.kind === 'close')").await;
    let lines: Vec<[String; 2]> = demo
        .page
        .run(
            "return [...document.querySelectorAll('.log-line[data-connection=chat]')]
               .map((line) => [line.dataset.kind, line.querySelector('.log-text').textContent])",
        )
        .await;
    let kinds: Vec<&str> = lines.iter().map(|[kind, _]| &**kind).collect();
    assert_eq!(kinds, ["state", "request", "state", "open", "event", "state", "close"], "{lines:?}");
    assert_eq!(lines[1][1], "POST /api/chat/stream");
    let tokens = e2e::said("hello").await.len();
    assert!(lines[4][1].starts_with(&format!("message × {tokens}, id ")), "{}", lines[4][1]);
}

async fn disconnect_closes_the_feed_and_connect_goes_on(page: Page) {
    let demo = Demo::open(page).await;
    let log = demo.server.log();
    let before = log.notify("before", "");
    demo.expect_notifications(&[before]).await;

    demo.page.click("feed-disconnect").await;
    soon("the feed's stream is closed", demo.server.wait_open_streams(0)).await;
    demo.page.wait_for_text("feed-reason", "disconnected").await;
    let meanwhile = log.notify("meanwhile", "");

    demo.page.click("feed-connect").await;
    let after = log.notify("after", "");
    demo.expect_notifications(&[before, meanwhile, after]).await;
    let requests = demo.server.journal().requests_to("/events");
    assert_eq!(requests.last().and_then(|entry| entry.header_str("last-event-id")), Some(&*before.to_string()));
    demo.expect_never_two_streams();
}
