//! The demo page's fault switches: whatever the server does, the answer is complete in the end.

use e2e::{Engine, Page, soon, tests};

use crate::demo::{CHAT, CUT_OFF, Demo, index_of};

tests! {
    InPage:
        a_dropped_answer_goes_on_at_the_next_token,
        refusals_are_counted_and_waited_out_with_a_countdown,
        reconnect_now_does_not_wait_for_the_countdown,
        silence_loses_nothing,
        an_expired_token_is_refreshed_once,
        an_answer_survives_a_closed_port,
        a_cut_off_answer_is_shown_as_cut_off_and_retry_asks_for_the_rest,
        an_answer_that_waits_says_when_it_is_asked_for_again,
        a_silent_connection_is_not_shown_as_open_with_an_answer_being_typed,
}

async fn a_dropped_answer_goes_on_at_the_next_token(page: Page) {
    let demo = Demo::open_slow(page).await;
    demo.be_answered_halfway("How does a stream resume?").await;
    let before = demo.server.log().notify("before", "");
    demo.expect_notifications(&[before]).await;

    demo.page.click("fault-drop").await;
    let after = demo.server.log().notify("after", "");
    demo.expect_the_whole_answer("How does a stream resume?").await;
    demo.expect_notifications(&[before, after]).await;

    let asked = demo.asked();
    assert_eq!(asked.len(), 2);
    let id = asked[1].header_str("last-event-id").expect("it asks for the rest");
    assert!(index_of(id) > 0, "{id}");
    assert_eq!(asked[0].body, asked[1].body);
    demo.expect_never_two_streams();
}

async fn refusals_are_counted_and_waited_out_with_a_countdown(page: Page) {
    let demo = Demo::open(page).await;
    let before = demo.server.log().notify("before", "");
    demo.expect_notifications(&[before]).await;
    for part in ["feed-state", "feed-attempt", "feed-countdown"] {
        demo.page.record(part).await;
    }

    demo.page.click("fault-unavailable").await;
    demo.page.wait_until("part('fault-state').textContent.startsWith('503 for the next 3')").await;
    demo.page.click("fault-drop").await;
    // Not before the old stream is gone, or that might still bring it.
    soon("the first refusal", demo.server.journal().wait_for_requests_to("/events", 2)).await;
    let meanwhile = demo.server.log().notify("meanwhile", "");
    demo.expect_notifications(&[before, meanwhile]).await;

    let requests = demo.server.journal().requests_to("/events");
    assert_eq!(requests.len(), 5, "the first one, three refused, one taken");
    let before = before.to_string();
    assert!(requests[1..].iter().all(|request| request.header_str("last-event-id") == Some(&*before)));
    assert_eq!(demo.page.recorded("feed-state").await, ["Open", "Reconnecting", "Open"]);
    assert_eq!(demo.page.recorded("feed-attempt").await[..5], ["0", "1", "2", "3", "4"]);
    let countdown = demo.page.recorded("feed-countdown").await;
    assert!(countdown.iter().any(|text| text.starts_with("next attempt in 0.")), "{countdown:?}");
    assert_eq!(demo.page.text("feed-countdown").await, "");
}

async fn reconnect_now_does_not_wait_for_the_countdown(page: Page) {
    let demo = Demo::open(page).await;
    demo.server.faults().unavailable(1, Some(600));
    demo.page.click("fault-drop").await;
    demo.page.wait_until("parseFloat(part('feed-countdown').textContent.slice('next attempt in'.length)) > 500").await;

    demo.page.click("feed-reconnect").await;
    demo.page.wait_for_text("feed-state", "Open").await;
    assert_eq!(demo.page.text("feed-attempt").await, "0");
    demo.expect_never_two_streams();
}

async fn silence_loses_nothing(page: Page) {
    let demo = Demo::open_slow(page).await;
    demo.be_answered_halfway("Why Rust and wasm?").await;
    demo.page.click("fault-silent").await;
    demo.page.wait_until("part('fault-silent').getAttribute('aria-pressed') === 'true'").await;
    let ids = [1, 2, 3].map(|n| demo.server.log().notify(&format!("number {n}"), ""));
    demo.expect_both_streams().await;
    assert_eq!(demo.page.text("chat-state").await, "Open");

    demo.page.click("fault-silent").await;
    demo.expect_the_whole_answer("Why Rust and wasm?").await;
    demo.expect_notifications(&ids).await;
    assert_eq!(demo.asked().len(), 1, "it was the same stream all the time");
}

async fn an_expired_token_is_refreshed_once(page: Page) {
    let demo = Demo::open_slow(page).await;
    demo.be_answered_halfway("What is a token?").await;
    demo.page.click("fault-expire-tokens").await;
    let journal = demo.server.journal();
    soon("the tokens expire", journal.wait_for_requests_to("/api/faults/expire-tokens", 1)).await;
    demo.page.click("fault-drop").await;
    demo.expect_the_whole_answer("What is a token?").await;

    let asked = demo.asked();
    assert_eq!(asked.len(), 3, "the first time, refused, and with a fresh token");
    let tokens: Vec<_> = asked.iter().map(|request| request.header("authorization")).collect();
    assert_eq!(tokens[0], tokens[1]);
    assert_ne!(tokens[1], tokens[2]);
    assert_eq!(asked[1].header("last-event-id"), asked[2].header("last-event-id"));
    assert_eq!(journal.requests_to("/api/refresh").len(), 1);
    assert_eq!(journal.requests_to("/api/login").len(), 1);
}

async fn an_answer_survives_a_closed_port(page: Page) {
    let demo = Demo::open_slow(page).await;
    demo.be_answered_halfway("Am I still there when you are offline?").await;
    let before = demo.server.log().notify("before", "");
    demo.expect_notifications(&[before]).await;
    demo.page.record("chat-state").await;
    demo.page.click("fault-outage").await;
    soon("the port is closed", demo.server.faults().wait_listening(false)).await;
    let meanwhile = demo.server.log().notify("meanwhile", "");
    soon("the server is back", demo.server.faults().wait_listening(true)).await;

    demo.expect_the_whole_answer("Am I still there when you are offline?").await;
    demo.expect_notifications(&[before, meanwhile]).await;
    assert_eq!(demo.page.recorded("chat-state").await, ["Open", "Reconnecting", "Open", "Closed"]);
    assert_eq!(demo.server.journal().requests_to(CHAT).len(), 2);
    demo.expect_never_two_streams();
}

async fn a_cut_off_answer_is_shown_as_cut_off_and_retry_asks_for_the_rest(page: Page) {
    let demo = Demo::open(page).await;
    demo.sign_in().await;
    demo.page.act(CUT_OFF).await;
    demo.ask("Write me a poem").await;
    demo.wait_for_phase("cut").await;

    let tokens = e2e::said("Write me a poem").await;
    assert_eq!(demo.page.text("answer-text").await, tokens[..5].concat());
    assert_eq!(demo.page.text("answer-error-title").await, "Cut off after 5 tokens");
    assert_eq!(demo.page.text("answer-error-text").await, "The answer is gone. (status 410)");
    demo.page.wait_until("part('cursor').hidden && part('answer-error').role === 'alert'").await;
    assert_eq!(demo.page.text("answer-note").await, "", "it does not count as complete");
    assert_eq!(demo.page.text("chat-state").await, "Closed");

    demo.page.click("retry").await;
    demo.expect_the_whole_answer("Write me a poem").await;
    demo.page.wait_until("part('answer-error').hidden && document.activeElement === part('question')").await;
    let asked = demo.asked();
    assert_eq!(asked.len(), 2, "the answer that was cut off, and its rest");
    assert_eq!(index_of(asked[1].header_str("last-event-id").expect("it asks for the rest")), 4);
}

async fn an_answer_that_waits_says_when_it_is_asked_for_again(page: Page) {
    let demo = Demo::open_slow(page).await;
    demo.be_answered_halfway("Write me a poem").await;
    demo.page.record("answer-note").await;
    // One for the chat, one for the feed.
    demo.server.faults().unavailable(2, Some(600));
    demo.page.click("fault-drop").await;
    demo.page
        .wait_until("/^Trying again in [6-9][0-9][0-9] s \\(attempt 2\\)$/.test(part('answer-wait').textContent)")
        .await;
    demo.wait_for_phase("waiting").await;
    // The countdown changes each second, and only the note is read aloud.
    demo.page.act("globalThis.before = document.querySelector('[data-testid=answer-wait]').textContent").await;
    demo.page.wait_until("part('answer-wait').textContent !== before").await;
    let roles: [String; 2] = demo
        .page
        .run(
            "const part = (name) => document.querySelector(`[data-testid=${name}]`)
              return [part('answer-note').role, part('answer-wait').ariaLive]",
        )
        .await;
    assert_eq!(roles, ["status", "off"]);
    let notes = demo.page.recorded("answer-note").await;
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes[1].starts_with("Connection lost after token "), "{notes:?}");

    demo.page.click("chat-reconnect").await;
    demo.expect_the_whole_answer("Write me a poem").await;
    assert_eq!(demo.page.text("answer-wait").await, "");
}

async fn a_silent_connection_is_not_shown_as_open_with_an_answer_being_typed(page: Page) {
    let demo = Demo::open_impatient(page).await;
    demo.be_answered_halfway("Why Rust and wasm?").await;
    demo.server.faults().silent(true);
    demo.page
        .wait_until("part('chat-state').textContent !== 'Open' && part('feed-state').textContent !== 'Open'")
        .await;
    demo.wait_for_phase("waiting").await;
    for part in ["chat-state", "feed-state"] {
        demo.page.record(part).await;
    }
    // Firefox keeps the head of an answer to itself until the first byte of the body.
    let requests = if demo.page.engine() == Engine::Firefox { 2 } else { 3 };
    for path in [CHAT, "/events"] {
        soon("it is asked for again", demo.server.journal().wait_for_requests_to(path, requests)).await;
    }
    for part in ["chat-state", "feed-state"] {
        let states = demo.page.recorded(part).await;
        assert!(!states.contains(&"Open".to_owned()), "{part}: {states:?}");
    }
    demo.wait_for_phase("waiting").await;

    demo.server.faults().silent(false);
    demo.page.wait_for_text("feed-state", "Open").await;
    demo.expect_the_whole_answer("Why Rust and wasm?").await;
}
