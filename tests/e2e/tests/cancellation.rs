//! `disconnect()` and the signal, at every stage: the server sees the connection close, and nothing is left in the page.
//! How long it takes the server to see it is printed, not judged.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use demo_server::faulty::{Exchange, Reply};
use e2e::{Page, soon, tests};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::lab::open_lab_with_faults;

tests! {
    InPage:
        cancelling_before_the_token_sends_nothing,
        cancelling_during_a_refresh_ends_the_refresh,
        cancelling_while_waiting_for_the_head_closes_the_connection,
        cancelling_in_the_middle_of_the_head_closes_the_connection,
        cancelling_a_stream_closes_the_connection,
        cancelling_a_paused_stream_closes_the_connection,
        cancelling_while_waiting_to_retry_makes_no_other_attempt,
}

/// How often a stage is cancelled in each way, where that is quick.
const ROUNDS: usize = 10;

/// How a client is ended from outside, and the reason it gives.
const WAYS: [(&str, &str); 2] = [("it.disconnect()", "client"), ("controller.abort()", "aborted")];

/// Makes the client `it` for a path, with a signal and with these options, and connects it.
async fn begin(page: &Page, path: &str, options: &str) {
    let begin = format!(
        "told.length = 0
         globalThis.controller = new AbortController()
         globalThis.left = leftovers(window, document, controller.signal)
         globalThis.it = client(at(args), {{ signal: controller.signal, ...{options} }})
         it.connect()"
    );
    page.run_with::<Value>(&begin, json!(path)).await;
}

#[derive(Deserialize)]
struct Cancelled {
    /// By the computer's clock, in ms.
    at: f64,
    reasons: Vec<String>,
    left: Value,
    state: String,
}

/// Cancels `it`; returns when that was.
async fn cancel(page: &Page, (way, reason): (&str, &str)) -> SystemTime {
    let cancelled: Cancelled = page
        .run(&format!(
            "const at = Date.now()
             {way}
             await until(() => of('close').length === 1)
             return {{ at, reasons: of('close').map(({{ close }}) => close), left: left(), state: it.state }}"
        ))
        .await;
    assert_eq!(cancelled.reasons, [reason], "{way}");
    assert_eq!(cancelled.state, "closed", "{way}");
    assert_eq!(cancelled.left, json!({ "listeners": 0, "timers": 0 }), "{way}");
    UNIX_EPOCH + Duration::from_secs_f64(cancelled.at / 1000.0)
}

/// Waits until the server sees that the client is gone; returns how long after the call that was.
async fn seen_by_the_server(exchange: &Exchange, call: SystemTime) -> Duration {
    let closed = soon("the server sees the connection close", exchange.closed_by_client()).await;
    // From one clock to the other.
    let closed = SystemTime::now() - closed.elapsed();
    closed.duration_since(call).unwrap_or_default()
}

fn report(page: &Page, stage: &str, mut times: Vec<Duration>) {
    times.sort();
    let (median, longest) = (times[times.len() / 2], times[times.len() - 1]);
    println!(
        "cancellation in {}, {stage}: the server saw it after {:.1} ms (median of {}), {:.1} ms at most",
        page.engine(),
        median.as_secs_f64() * 1000.0,
        times.len(),
        longest.as_secs_f64() * 1000.0,
    );
}

async fn cancelling_before_the_token_sends_nothing(page: Page) {
    let (_lab, faults) = open_lab_with_faults(&page).await;
    for way in WAYS {
        let options = "{ getToken: ({ signal }) => new Promise((resolve) => tell({ asked: (globalThis.asked = { resolve, signal }) })) }";
        begin(&page, "/token", options).await;
        page.act("await until(() => of('asked').length === 1)").await;
        cancel(&page, way).await;
        let aborted: bool =
            page.run("asked.resolve('late'); await fetch(at('/after')); return asked.signal.aborted").await;
        assert!(aborted, "{way:?}");
    }
    // What was sent after all would have arrived before the last of those.
    assert_eq!(faults.exchanges_to("/token").len(), 0);
}

async fn cancelling_during_a_refresh_ends_the_refresh(page: Page) {
    let (_lab, faults) = open_lab_with_faults(&page).await;
    faults.answer("/stream", [Reply::unauthorized()]);
    faults.answer("/refresh", [Reply::say_nothing()]);
    let mut times = Vec::new();
    for (round, way) in WAYS.into_iter().enumerate() {
        let options = "{
            getToken: () => 'old',
            refreshToken: ({ signal }) => fetch(at('/refresh'), { method: 'POST', signal }).then(() => 'new'),
        }";
        begin(&page, "/stream", options).await;
        let refresh = soon("the token is refreshed", faults.request_to("/refresh", round)).await;
        let call = cancel(&page, way).await;
        times.push(seen_by_the_server(&refresh, call).await);
    }
    report(&page, "during a refresh", times);
    page.act("await fetch(at('/after'))").await;
    assert_eq!(faults.exchanges_to("/stream").len(), 2);
}

/// Cancels again and again when there is a request to this path and `reached` holds in the page.
async fn cancel_at(page: &Page, stage: &str, reply: Reply, reached: &str) {
    let (_lab, faults) = open_lab_with_faults(page).await;
    faults.answer("/stage", [reply]);
    let mut times = Vec::new();
    for way in WAYS {
        for _ in 0..ROUNDS {
            begin(page, "/stage", "{}").await;
            let exchange = soon("the request arrives", faults.request_to("/stage", times.len())).await;
            page.act(&format!("await until(() => {reached})")).await;
            let call = cancel(page, way).await;
            times.push(seen_by_the_server(&exchange, call).await);
        }
    }
    report(page, stage, times);
    assert_eq!(faults.exchanges_to("/stage").len(), 2 * ROUNDS);
    assert_eq!(faults.most_open_of("/stage"), 1);
    soon("no connection is left", faults.wait_open(0)).await;
}

async fn cancelling_while_waiting_for_the_head_closes_the_connection(page: Page) {
    cancel_at(&page, "waiting for the head", Reply::say_nothing(), "it.state === 'connecting'").await;
}

async fn cancelling_in_the_middle_of_the_head_closes_the_connection(page: Page) {
    let reply = Reply::raw().send("HTTP/1.1 200 OK\r\nContent-Type: text/ev").hang();
    cancel_at(&page, "in the middle of the head", reply, "it.state === 'connecting'").await;
}

async fn cancelling_a_stream_closes_the_connection(page: Page) {
    let reply = Reply::event_stream().send("id: 1\ndata: whole\n\ndata: ha").hang();
    cancel_at(&page, "streaming", reply, "of('event').length === 1").await;
    assert_eq!(page.run::<u32>("return of('event').length").await, 1);
}

async fn cancelling_a_paused_stream_closes_the_connection(page: Page) {
    let reply = Reply::event_stream().send("data: 1\n\ndata: 2\n\n").hang();
    let reached = "it.state === 'paused' || (it.state === 'open' && it.pause())";
    cancel_at(&page, "paused", reply, reached).await;
}

async fn cancelling_while_waiting_to_retry_makes_no_other_attempt(page: Page) {
    let (_lab, faults) = open_lab_with_faults(&page).await;
    faults.answer("/away", [Reply::unavailable()]);
    for way in WAYS {
        // Whoever forgot the timer would be caught by the count of those that are left.
        begin(&page, "/away", "{ backoff: { initial: 20_000 } }").await;
        page.act("await until(() => of('retry').length === 1)").await;
        assert_eq!(page.run::<Value>("return left().timers").await, json!(1), "{way:?}");
        cancel(&page, way).await;
    }
    assert_eq!(faults.exchanges_to("/away").len(), 2);
}
