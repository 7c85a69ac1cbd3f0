//! Servers and connections that say nothing: before an answer, in the middle of a stream, and after the computer slept.

use std::time::Duration;

use demo_server::faulty::{Fault, Numbered, Reply};
use e2e::{Page, soon, tests};
use serde_json::{Value, json};

use crate::lab::{holding_open, open_lab_with_faults, told};

tests! {
    InPage:
        a_server_that_never_answers_is_left_after_connect_timeout,
        a_head_that_takes_too_long_is_not_awaited,
        a_stream_gone_silent_is_asked_for_again_after_the_last_id,
        comments_keep_a_quiet_stream_alive,
        a_stream_that_is_paused_may_be_silent,
        a_stream_that_died_while_the_computer_slept_fails_at_the_next_check,
        a_stream_that_died_while_the_computer_slept_fails_when_the_page_is_looked_at,
        a_stream_that_died_while_the_computer_slept_fails_when_the_network_is_back,
}

/// The computer sleeps for an hour, in which the page's own clock stands still.
const SLEEP: &str = "const { now } = Date; Date.now = () => now() + 3_600_000";

/// The codes of all errors.
async fn codes(page: &Page) -> Vec<String> {
    page.run("return of('error').map(({ error }) => error.code)").await
}

async fn a_server_that_never_answers_is_left_after_connect_timeout(page: Page) {
    let (_lab, faults) = open_lab_with_faults(&page).await;
    faults.answer("/silent", [Reply::say_nothing(), holding_open()]);
    page.act("await client(at('/silent'), { connectTimeout: 500, backoff: { initial: 10 } }).connect()").await;
    let errors = codes(&page).await;
    assert!(errors.iter().all(|code| code == "timeout") && !errors.is_empty(), "{errors:?}");
    soon("the server is left", faults.request_to("/silent", 0).await.closed_by_client()).await;
    assert_eq!(faults.most_open_of("/silent"), 1);
}

async fn a_head_that_takes_too_long_is_not_awaited(page: Page) {
    let (_lab, faults) = open_lab_with_faults(&page).await;
    faults.answer("/slow", [Reply::event_stream().slow_head(Duration::from_secs(1)), holding_open()]);
    page.act("await client(at('/slow'), { connectTimeout: 500, backoff: { initial: 10 } }).connect()").await;
    let errors = codes(&page).await;
    assert!(errors.iter().all(|code| code == "timeout") && !errors.is_empty(), "{errors:?}");
    soon("the server is left", faults.request_to("/slow", 0).await.closed_by_client()).await;
}

async fn a_stream_gone_silent_is_asked_for_again_after_the_last_id(page: Page) {
    let (_lab, faults) = open_lab_with_faults(&page).await;
    faults.numbered("/numbers", Numbered::new(6).schedule([Fault::Silence { after: 3 }]));
    page.act(
        "client(at('/numbers'), { idleTimeout: 500, backoff: { initial: 10 } }).connect()
         await until(() => of('close').length === 1)",
    )
    .await;
    assert_eq!(codes(&page).await, ["idle"]);
    assert_eq!(page.run::<Vec<String>>("return of('event').map(({ id }) => id)").await, ["1", "2", "3", "4", "5", "6"]);
    let requests = faults.exchanges_to("/numbers");
    soon("the silent stream is closed", requests[0].closed_by_client()).await;
    assert_eq!(requests[1].last_event_id(), Some("3"));
    assert_eq!(faults.most_open_of("/numbers"), 1);
}

async fn comments_keep_a_quiet_stream_alive(page: Page) {
    let (_lab, faults) = open_lab_with_faults(&page).await;
    let beats = Reply::event_stream().send(":").drip("still here\n", Duration::from_millis(300));
    faults.answer("/quiet", [beats.send("data: at last\n\n").hang()]);
    page.act(
        "client(at('/quiet'), { idleTimeout: 2000 }).connect()
         await until(() => of('event').length === 1)",
    )
    .await;
    assert_eq!(codes(&page).await, [] as [&str; 0]);
    assert_eq!(faults.exchanges_to("/quiet").len(), 1);
}

async fn a_stream_that_is_paused_may_be_silent(page: Page) {
    let (_lab, faults) = open_lab_with_faults(&page).await;
    faults.answer("/silent", [holding_open()]);
    page.act(
        "globalThis.it = client(at('/silent'), { idleTimeout: 300, backoff: { initial: 10 } })
         it.once('open', () => it.pause())
         await it.connect()
         await new Promise((resolve) => setTimeout(resolve, 1000))",
    )
    .await;
    assert_eq!(page.run::<String>("return it.state").await, "paused");
    assert_eq!(codes(&page).await, [] as [&str; 0]);
    assert!(faults.request_to("/silent", 0).await.is_open());

    page.act("it.resume(); await until(() => of('error').length > 0)").await;
    assert_eq!(codes(&page).await[0], "idle");
    soon("the silent stream is closed", faults.request_to("/silent", 0).await.closed_by_client()).await;
}

async fn a_stream_that_died_while_the_computer_slept_fails_at_the_next_check(page: Page) {
    let (_lab, faults) = open_lab_with_faults(&page).await;
    // The event comes in the middle of an interval: by the page's clock the next check is too early.
    let stream = Reply::event_stream().send(": here\n\n").pause(Duration::from_millis(700));
    faults.answer("/sleepy", [stream.send("id: 1\ndata: x\n\n").hang()]);
    page.act(
        "const { setTimeout } = globalThis
         globalThis.setTimeout = (callback, delay) => {
           if (delay < 10_000) tell({ timer: delay })
           return setTimeout(callback, delay)
         }
         globalThis.it = client(at('/sleepy'), { idleTimeout: 1500, backoff: { initial: 10 } })
         it.connect()
         await until(() => of('event').length === 1)",
    )
    .await;
    page.act(&format!("told.length = 0; {SLEEP}; await until(() => of('error').length === 1)")).await;
    assert_eq!(codes(&page).await, ["idle"]);
    let waits: Vec<u32> = page
        .run("return told.slice(0, told.findIndex((entry) => 'error' in entry)).filter((entry) => entry.timer > 100)")
        .await;
    assert_eq!(waits, [] as [u32; 0], "it was looked at once more, and not waited for another interval");
    let again = soon("it is asked again", faults.request_to("/sleepy", 1)).await;
    assert_eq!(again.last_event_id(), Some("1"));
}

/// Sleeps with an open stream, whose next check is long after the test, and wakes with this event.
async fn fails_on_waking_with(page: &Page, event: &str) {
    let (_lab, faults) = open_lab_with_faults(page).await;
    faults.answer("/sleepy", [Reply::event_stream().send("id: 1\ndata: x\n\n").hang()]);
    page.act(
        "globalThis.it = client(at('/sleepy'), { idleTimeout: 300_000, backoff: { initial: 10 } })
         it.connect()
         await until(() => of('event').length === 1)",
    )
    .await;
    page.act(event).await;
    assert_eq!(told(page, "error").await, [] as [Value; 0], "it has been heard of a moment ago");

    page.act(&format!("{SLEEP}; {event}; await until(() => of('error').length > 0)")).await;
    let error = json!({ "code": "idle", "status": null, "retryable": true, "attempt": 0, "body": null });
    assert_eq!(page.run::<Value>("const { code, status = null, retryable, attempt, body = null } = of('error')[0].error; return { code, status, retryable, attempt, body }").await, error);
    soon("the dead stream is closed", faults.request_to("/sleepy", 0).await.closed_by_client()).await;
    assert_eq!(soon("it is asked again", faults.request_to("/sleepy", 1)).await.last_event_id(), Some("1"));
    assert_eq!(faults.most_open_of("/sleepy"), 1);
}

async fn a_stream_that_died_while_the_computer_slept_fails_when_the_page_is_looked_at(page: Page) {
    fails_on_waking_with(&page, "document.dispatchEvent(new Event('visibilitychange'))").await;
}

async fn a_stream_that_died_while_the_computer_slept_fails_when_the_network_is_back(page: Page) {
    fails_on_waking_with(&page, "dispatchEvent(new Event('online'))").await;
}
