//! Reconnecting: when, how often, at whose wish, and what is never asked for twice.

use std::time::{Duration, SystemTime};

use demo_server::Gate;
use demo_server::faulty::{FaultServer, Numbered, Reply};
use e2e::{Page, soon, tests};
use serde_json::{Value, json};

use crate::lab::{holding_open, open_lab_with_faults, told};

tests! {
    InPage:
        retry_after_is_honoured_in_seconds_and_as_a_date_and_clamped_to_a_day,
        the_reconnection_time_of_the_stream_is_honoured_and_clamped_to_a_day,
        a_server_that_accepts_and_drops_is_asked_less_and_less,
        a_stream_that_was_stable_starts_the_count_anew,
        after_max_reconnects_nothing_is_asked_until_connect_is_called,
        should_retry_decides_whether_and_when,
        every_way_to_lose_a_connection_is_survived,
        a_head_that_comes_too_slowly_is_given_up_within_connect_timeout,
        reconnect_at_every_stage_leaves_one_request_open,
        reconnect_inside_every_listener_leaves_one_request_open,
        reconnect_again_and_again_leaves_one_request_open,
        reconnect_does_not_wait_for_the_countdown_and_keeps_the_last_event_id,
        an_old_attempts_late_failure_never_touches_the_new_one,
        a_prompt_runs_once_whatever_becomes_of_its_answer,
        a_prompt_without_an_answer_is_not_sent_twice,
        a_prompt_that_the_server_did_not_process_is_sent_again,
        a_subscription_by_post_comes_back_where_its_application_says_so,
        a_loop_over_an_answer_that_a_proxy_cut_off_throws,
        a_stream_in_answer_to_a_post_may_be_called_created,
        a_finished_stream_is_not_requested_again_for_ever,
        what_is_no_stream_is_asked_for_once;
}

/// Without chance, so that delays are what they are said to be.
const CERTAIN: &str = "{ initial: 10, factor: 2, jitter: 0 }";

const DAY: u64 = 24 * 60 * 60 * 1000;

/// The delay of the first retry that a reply leads to, in ms.
async fn first_delay(page: &Page, path: &str) -> u64 {
    page.run_with(
        &format!(
            "const it = client(at(args), {{ backoff: {CERTAIN} }})
             const retry = new Promise((resolve) => it.once('retry', resolve))
             it.connect()
             const {{ delay }} = await retry
             it.disconnect()
             return delay"
        ),
        json!(path),
    )
    .await
}

async fn retry_after_is_honoured_in_seconds_and_as_a_date_and_clamped_to_a_day(page: Page) {
    let (_server, faults) = open_lab_with_faults(&page).await;
    let in_seconds = |seconds: i64| {
        let span = Duration::from_secs(seconds.unsigned_abs());
        let now = SystemTime::now();
        if seconds < 0 { now - span } else { now + span }
    };
    let busy = Reply::too_many_requests;
    let away = Reply::unavailable;
    // An HTTP date counts in seconds, and the page needs a moment to read it.
    let cases = [
        ("/none", away(), 10..=10),
        ("/zero", busy().retry_after(0), 10..=10),
        ("/seconds", busy().retry_after(7), 7000..=7000),
        ("/unavailable", away().retry_after(7), 7000..=7000),
        ("/for-ever", busy().retry_after(u32::MAX), DAY..=DAY),
        ("/beyond-all-numbers", away().header("Retry-After", "9".repeat(40)), DAY..=DAY),
        ("/date", busy().retry_after_date(in_seconds(600)), 500_000..=600_000),
        ("/past", away().retry_after_date(in_seconds(-600)), 10..=10),
        ("/next-year", away().retry_after_date(in_seconds(365 * 86_400)), DAY..=DAY),
        ("/rubbish", busy().header("Retry-After", "soon"), 10..=10),
        ("/negative", busy().header("Retry-After", "-5"), 10..=10),
    ];
    for (path, reply, expected) in cases {
        faults.answer(path, [reply]);
        let delay = first_delay(&page, path).await;
        assert!(expected.contains(&delay), "{path}: {delay} ms");
    }
}

async fn the_reconnection_time_of_the_stream_is_honoured_and_clamped_to_a_day(page: Page) {
    let (_server, faults) = open_lab_with_faults(&page).await;
    let cases = [
        ("/said", "retry: 1234\n\n", 1234),
        ("/last-word", "retry: 1\nretry: 4321\n\n", 4321),
        ("/zero", "retry: 0\n\n", 0),
        ("/for-ever", "retry: 99999999999999999999999\n\n", DAY),
        ("/rubbish", "retry: 12x\nretry: -1\nretry:\n\n", 10),
    ];
    for (path, text, expected) in cases {
        // A proper end, which is behind what was said; a failure may overtake it.
        faults.answer(path, [Reply::event_stream().send(text)]);
        assert_eq!(first_delay(&page, path).await, expected, "{path}");
    }
}

async fn a_server_that_accepts_and_drops_is_asked_less_and_less(page: Page) {
    let (_server, faults) = open_lab_with_faults(&page).await;
    faults.answer("/drops", [Reply::event_stream().send(": here\n\n")]);
    page.act(&format!(
        "client(at('/drops'), {{ maxReconnects: 5, backoff: {CERTAIN} }}).connect()
         await until(() => of('close').length === 1)"
    ))
    .await;
    let retries: Vec<(u32, u32)> =
        page.run("return of('retry').map(({ retry }) => [retry.attempt, retry.delay])").await;
    assert_eq!(retries, [(1, 10), (2, 20), (3, 40), (4, 80), (5, 160)]);
    assert_eq!(told(&page, "open").await.len(), 6);
    assert_eq!((faults.exchanges_to("/drops").len(), faults.most_open_of("/drops")), (6, 1));
}

async fn a_stream_that_was_stable_starts_the_count_anew(page: Page) {
    let (_server, faults) = open_lab_with_faults(&page).await;
    let gate = Gate::new();
    // The ticks are there for the page to look again.
    let stable = Reply::event_stream().drip(": tick\n\n".repeat(500), Duration::from_millis(5)).wait(&gate).cut();
    faults.answer("/stable", [Reply::unavailable(), Reply::unavailable(), stable, holding_open()]);
    page.act(&format!(
        "const it = client(at('/stable'), {{ backoff: {{ ...{CERTAIN}, stableAfter: 100 }} }})
         it.connect()
         await until(() => of('comment').length > 0 && it.retryCount === 0)"
    ))
    .await;
    gate.open();
    page.act("await until(() => of('open').length === 2)").await;
    let attempts: Vec<u32> = page.run("return of('retry').map(({ retry }) => retry.attempt)").await;
    assert_eq!(attempts, [1, 2, 1]);
    assert_eq!(page.run::<Vec<u32>>("return of('open').map(({ open }) => open.attempt)").await, [2, 1]);
}

async fn after_max_reconnects_nothing_is_asked_until_connect_is_called(page: Page) {
    let (_server, faults) = open_lab_with_faults(&page).await;
    faults.answer("/away", [Reply::unavailable()]);
    for round in 1..=2 {
        page.act(
            "told.length = 0
             globalThis.it ??= client(at('/away'), { maxReconnects: 3, backoff: { initial: 1, max: 5 } })
             it.on('max-reconnects-reached', () => tell({ state: it.state }))
             const error = await it.connect().catch((error) => error)
             if (error.code !== 'status' || it.state !== 'closed') throw error
             await fetch(at('/later'))",
        )
        .await;
        assert_eq!(faults.exchanges_to("/away").len(), 4 * round);
        assert_eq!(told(&page, "gaveUp").await, [json!({ "gaveUp": 3 })]);
        assert_eq!(told(&page, "close").await, [json!({ "close": "max-reconnects", "code": "status" })]);
        assert_eq!(page.run::<usize>("return of('error').length").await, 4);
    }
}

async fn should_retry_decides_whether_and_when(page: Page) {
    let (_server, faults) = open_lab_with_faults(&page).await;
    faults.answer("/final", [Reply::unavailable()]);
    faults.answer("/again", [Reply::status(404), Reply::web_page(), Reply::unavailable(), Reply::status(410)]);
    page.act(
        "const never = client(at('/final'), { shouldRetry: () => false })
         await never.connect().catch(() => tell({ refused: true }))

         const answers = [true, 3, undefined, undefined]
         const it = client(at('/again'), {
           backoff: { initial: 7, jitter: 0 },
           shouldRetry: (error, { attempt }) => {
             tell({ asked: [error instanceof SSEError, error.status, error.retryable, attempt] })
             return answers.shift()
           },
         })
         await it.connect().catch(() => tell({ refused: true }))",
    )
    .await;
    assert_eq!(faults.exchanges_to("/final").len(), 1);
    assert_eq!(faults.exchanges_to("/again").len(), 4);
    let asked = [(404, false), (200, false), (503, true), (410, false)];
    let asked = asked
        .iter()
        .zip(0..)
        .map(|((status, retryable), attempt)| json!({ "asked": [true, status, retryable, attempt] }));
    assert_eq!(told(&page, "asked").await, asked.collect::<Vec<_>>());
    assert_eq!(page.run::<Vec<u32>>("return of('retry').map(({ retry }) => retry.delay)").await, [7, 3, 28]);
    assert_eq!(
        told(&page, "close").await,
        [json!({ "close": "fatal", "code": "status" }), json!({ "close": "fatal", "code": "status" })]
    );
}

async fn every_way_to_lose_a_connection_is_survived(page: Page) {
    let (_server, faults) = open_lab_with_faults(&page).await;
    let begun = || Reply::event_stream().send("id: 1\ndata: x\n\n");
    let ways = [
        ("reset-at-once", Reply::reset_at_once()),
        ("closed-at-once", Reply::close_at_once()),
        ("half-a-head", Reply::raw().send("HTTP/1.1 200 OK\r\nContent-Type: text/ev")),
        ("not-http", Reply::raw().send("\0\0\0\0 I am not a web server\r\n\r\n")),
        ("cut", begun().cut()),
        ("reset", begun().reset()),
        ("ended", begun()),
        ("ended-with-the-connection", begun().until_close()),
    ];
    for (way, reply) in ways {
        let path = format!("/{way}");
        faults.answer(&path, [reply, Reply::event_stream().send("id: 2\ndata: there\n\n").hang()]);
        page.run_with::<Value>(
            "told.length = 0
             const it = client(at(args), { backoff: { initial: 5 } })
             it.connect()
             await until(() => of('event').some(({ data }) => data === 'there'))
             it.disconnect()",
            json!(path),
        )
        .await;
        // Browsers may ask again by themselves, if they have not seen a byte.
        assert!(faults.exchanges_to(&path).len() >= 2, "{way}");
        assert_eq!(faults.most_open_of(&path), 1, "{way}");
        assert!(told(&page, "error").await.iter().all(|it| it["error"]["code"] == "network"), "{way}");
    }
}

async fn a_head_that_comes_too_slowly_is_given_up_within_connect_timeout(page: Page) {
    let (_server, faults) = open_lab_with_faults(&page).await;
    let slow = || Reply::event_stream().slow_head(Duration::from_secs(1));
    faults.answer("/slow", [slow(), Reply::say_nothing(), slow(), holding_open()]);
    page.act(
        "const it = client(at('/slow'), { connectTimeout: 400, backoff: { initial: 5 } })
         await it.connect()",
    )
    .await;
    let requests = faults.exchanges_to("/slow");
    for given_up in &requests[..3] {
        soon("it is closed", given_up.closed_by_client()).await;
    }
    assert_eq!(faults.most_open_of("/slow"), 1);
    let codes: Vec<String> = page.run("return of('error').map(({ error }) => error.code)").await;
    assert!(codes.len() >= 3 && codes.iter().all(|code| code == "timeout"), "{codes:?}");

    // And with time enough it is a stream like any other.
    faults.answer("/patient", [Reply::event_stream().slow_head(Duration::from_millis(1)).send("data: x\n\n").hang()]);
    page.act("told.length = 0; client(at('/patient')).connect(); await until(() => of('event').length === 1)").await;
    assert_eq!(faults.exchanges_to("/patient").len(), 1);
}

/// What every scenario of a manual reconnect comes to: one request, and an open stream.
const RECONNECTED: &str = "
    await until(() => told.some(({ comment }) => comment === 'at last'))
    if (it.state !== 'open') throw new Error(it.state)";

fn at_last() -> Reply {
    Reply::event_stream().send(": at last\n\n").hang()
}

async fn reconnect_at_every_stage_leaves_one_request_open(page: Page) {
    let (_server, faults) = open_lab_with_faults(&page).await;
    let begun = || Reply::event_stream().send("id: 1\ndata: x\n\n").hang();
    let half_an_event = || Reply::event_stream().send("id: 1\ndata: x\n\ndata: ha").hang();
    // What the server answers first, and how the client gets to the stage.
    let stages = [
        ("before-connect", None, ""),
        ("about-to-ask", None, "it.connect()"),
        (
            "asking-for-a-token",
            None,
            "token = new Promise(() => {}); it.connect(); await until(() => of('asked').length); token = null",
        ),
        (
            "refreshing",
            Some(Reply::unauthorized()),
            "renewed = new Promise(() => {}); it.connect(); await until(() => of('renews').length); renewed = 'new'",
        ),
        ("sent", Some(Reply::say_nothing()), "it.connect()"),
        (
            "validating",
            Some(begun()),
            "verdict = new Promise(() => {}); it.connect(); await until(() => of('judges').length); verdict = null",
        ),
        ("open", Some(begun()), "it.connect(); await until(() => of('event').length)"),
        ("in-an-event", Some(half_an_event()), "it.connect(); await until(() => of('event').length)"),
        ("paused", Some(begun()), "it.connect(); await until(() => of('event').length); it.pause(); it.resume()"),
        ("waiting", Some(Reply::unavailable()), "it.connect(); await until(() => of('retry').length)"),
        ("disconnected", Some(begun()), "it.connect(); await until(() => of('event').length); it.disconnect()"),
        ("ended", Some(Reply::no_content()), "it.connect(); await until(() => of('close').length)"),
        (
            "failed",
            Some(Reply::web_page()),
            "verdict = Promise.reject(new Error('no')); it.connect(); await until(() => of('close').length); verdict = null",
        ),
    ];
    for (stage, first, reach) in stages {
        let path = format!("/{stage}");
        let sent = usize::from(first.is_some());
        faults.answer(&path, first.into_iter().chain([at_last()]));
        let script = format!(
            "told.length = 0
             let token = null, renewed = 'new', verdict = null
             const it = globalThis.it = client(at(args), {{
               backoff: {{ initial: 60_000 }},
               getToken: () => {{ tell({{ asked: true }}); return token }},
               refreshToken: () => {{ tell({{ renews: true }}); return renewed }},
               validate: () => {{ tell({{ judges: true }}); return verdict }},
             }})
             {reach}"
        );
        if sent == 0 {
            page.run_with::<Value>(&format!("{script}\nit.reconnect()"), json!(path)).await;
        } else {
            page.run_with::<Value>(&script, json!(path)).await;
            soon("the first request", faults.wait_for_requests_to(&path, sent)).await;
            page.act("it.reconnect()").await;
        }
        page.act(&format!("{RECONNECTED}\nit.disconnect()")).await;
        soon("nothing is left open", faults.wait_open_of(&path, 0)).await;
        assert_eq!(faults.most_open_of(&path), 1, "{stage}");
        assert_eq!(faults.exchanges_to(&path).len(), sent + 1, "{stage}");
    }
}

async fn reconnect_inside_every_listener_leaves_one_request_open(page: Page) {
    let (_server, faults) = open_lab_with_faults(&page).await;
    let begun = || Reply::event_stream().send(": here\n\nid: 1\ndata: x\n\ndata: y\n\n").hang();
    let listeners = [
        ("state", vec![at_last()]),
        ("open", vec![begun(), at_last()]),
        ("comment", vec![begun(), at_last()]),
        ("message", vec![begun(), at_last()]),
        ("*", vec![begun(), at_last()]),
        ("error", vec![Reply::unavailable(), at_last()]),
        ("retry", vec![Reply::unavailable(), at_last()]),
        ("refresh", vec![Reply::unauthorized(), at_last()]),
        ("max-reconnects-reached", vec![Reply::unavailable(), Reply::unavailable(), at_last()]),
        ("close", vec![Reply::no_content(), at_last()]),
    ];
    for (listener, replies) in listeners {
        let path = format!("/{}", listener.replace('*', "any"));
        faults.answer(&path, replies);
        let script = format!(
            "told.length = 0
             const it = client(at(args.path), {{ maxReconnects: 1, backoff: {{ initial: 5 }}, refreshToken: () => 'new' }})
             it.once(args.listener, () => {{ it.reconnect(); it.reconnect() }})
             it.connect()
             {RECONNECTED}
             it.disconnect()"
        );
        page.run_with::<Value>(&script, json!({ "path": path, "listener": listener })).await;
        soon("nothing is left open", faults.wait_open_of(&path, 0)).await;
        assert_eq!(faults.most_open_of(&path), 1, "{listener}");
    }
}

async fn reconnect_again_and_again_leaves_one_request_open(page: Page) {
    let (_server, faults) = open_lab_with_faults(&page).await;
    let mut requests = 0_u64;
    faults.answer_by("/again", move |_| {
        requests += 1;
        Reply::event_stream().send(format!("id: {requests}\ndata: x\n\n")).hang()
    });
    page.act(
        "globalThis.it = client(at('/again'))
         // At once, a little later, and when it is open.
         const gaps = [() => {}, () => null, () => new Promise((resolve) => setTimeout(resolve)), () => until(() => it.state === 'open')]
         for (let round = 0; round < 100; round++) {
           it.reconnect()
           await gaps[round % gaps.length]()
         }
         await Promise.all([it.reconnect(), it.reconnect()])",
    )
    .await;
    soon("one is left", faults.wait_open_of("/again", 1)).await;
    assert_eq!(faults.most_open_of("/again"), 1);
    assert_eq!(page.run::<String>("return it.state").await, "open");
    assert_eq!(told(&page, "error").await, [] as [Value; 0]);
}

async fn reconnect_does_not_wait_for_the_countdown_and_keeps_the_last_event_id(page: Page) {
    let (_server, faults) = open_lab_with_faults(&page).await;
    let ended = Reply::event_stream().send("id: 5\nretry: 600000\ndata: x\n\n");
    faults.answer("/countdown", [ended, Reply::unavailable().retry_after(600), holding_open()]);
    page.act(
        "const it = client(at('/countdown'))
         it.connect()
         await until(() => of('retry').length === 1)
         it.reconnect()
         await until(() => of('retry').length === 2)
         await it.reconnect()",
    )
    .await;
    let requests = faults.exchanges_to("/countdown");
    let ids: Vec<_> = requests.iter().map(|exchange| exchange.last_event_id()).collect();
    assert_eq!(ids, [None, Some("5"), Some("5")]);
    let retries: Vec<u32> = page.run("return of('retry').map(({ retry }) => retry.attempt)").await;
    assert_eq!(retries, [1, 1], "a fresh count");
    assert_eq!(page.run::<Vec<u32>>("return of('open').map(({ open }) => open.attempt)").await, [0, 0]);
}

/// `fetch-event-source`, issue 95 and pull request 7: the old attempt's failure made the new one be retried, so that
/// there were two, then four.
async fn an_old_attempts_late_failure_never_touches_the_new_one(page: Page) {
    let (_server, faults) = open_lab_with_faults(&page).await;
    faults.answer("/late", [holding_open()]);
    // What every stage of an old attempt may still come to, with a `fetch` that does not care for signals.
    let stages = [
        ("head-fails", "new Promise((_, reject) => { late = () => reject(new TypeError('late')) })"),
        ("head-comes", "new Promise((resolve) => { late = () => resolve(streaming('data: late\\n\\n')) })"),
        ("head-refuses", "new Promise((resolve) => { late = () => resolve(new Response('late', { status: 403 })) })"),
        ("body-fails", "streaming()"),
    ];
    for (stage, old) in stages {
        page.run_with::<Value>(
            &format!(
                "told.length = 0
                 let late, calls = 0
                 const streaming = (text) => new Response(new ReadableStream({{
                   start: (controller) => {{
                     if (text) controller.enqueue(new TextEncoder().encode(text))
                     if (!text) late = () => {{ try {{ controller.error(new TypeError('late')) }} catch {{}} }}
                   }},
                   // A body that does not let itself be cancelled.
                   cancel: () => new Promise(() => {{}}),
                 }}), {{ headers: {{ 'Content-Type': 'text/event-stream' }} }})
                 const it = client(at(`/late?client=${{args}}`), {{
                   backoff: {{ initial: 0 }},
                   fetch: (...request) => {{ tell({{ call: true }}); return calls++ ? fetch(...request) : {old} }},
                 }})
                 it.connect()
                 await until(() => of('call').length === 1)
                 await it.reconnect()
                 await until(() => of('comment').length === 1)
                 const before = told.length
                 late()
                 await fetch(at('/later'))
                 await new Promise((resolve) => setTimeout(resolve, 5))
                 if (told.length !== before) throw new Error(JSON.stringify(told.slice(before)))
                 if (it.state !== 'open' || calls !== 2) throw new Error(`${{it.state}}, ${{calls}} calls`)
                 it.disconnect()"
            ),
            json!(stage),
        )
        .await;
        let requests = faults.exchanges_to("/late").into_iter().filter(|exchange| exchange.client == stage);
        assert_eq!(requests.count(), 1, "{stage}");
    }
}

/// What becomes of one prompt, asked with these options: how it closed, and how often it was asked.
async fn ask_once(page: &Page, faults: &FaultServer, path: &str, options: &str) -> (Value, u32) {
    let script = format!(
        "told.length = 0
         const it = client(at(args), {{ body: {{ prompt: 'hello' }}, backoff: {{ initial: 1, max: 5 }}, ...{options} }})
         it.connect().catch(() => {{}})
         await until(() => of('close').length === 1)
         await fetch(at('/later'))
         return it.stats().attempts"
    );
    let attempts = page.run_with(&script, json!(path)).await;
    for exchange in faults.exchanges_to(path) {
        assert_eq!((&*exchange.request.method, exchange.request.json()), ("POST", Some(json!({ "prompt": "hello" }))));
    }
    (told(page, "close").await.remove(0), attempts)
}

/// Most servers number their events (`NestJS`, gateways), and few resume a POST: one question ran three times.
async fn a_prompt_runs_once_whatever_becomes_of_its_answer(page: Page) {
    let (_server, faults) = open_lab_with_faults(&page).await;
    let fatal = |code: &str| json!({ "close": "fatal", "code": code });
    let ways = [
        ("cut", Reply::event_stream().send("data: half\n\n").cut(), fatal("network")),
        ("cut-with-ids", Reply::event_stream().send("id: a-1\ndata: half\n\n").cut(), fatal("network")),
        ("cut-with-an-empty-id", Reply::event_stream().send("id:  \ndata: half\n\n").cut(), fatal("network")),
        ("reset", Reply::event_stream().send("id: 1\ndata: half\n\n").reset(), fatal("network")),
        ("silent", Reply::event_stream().send("id: 1\ndata: half\n\n").hang(), fatal("idle")),
        ("ended", Reply::event_stream().send("id: 1\ndata: whole\n\n"), json!({ "close": "server" })),
        ("refused", Reply::web_page(), fatal("content-type")),
    ];
    for (way, reply, close) in ways {
        let path = format!("/{way}");
        faults.answer(&path, [reply]);
        assert_eq!(ask_once(&page, &faults, &path, "{ idleTimeout: 300 }").await, (close, 1), "{way}");
        assert_eq!(faults.exchanges_to(&path).len(), 1, "{way}");
    }
}

/// A gateway that waited in vain, or a connection that was reset: the server may be at work on the answer.
async fn a_prompt_without_an_answer_is_not_sent_twice(page: Page) {
    let (_server, faults) = open_lab_with_faults(&page).await;
    let ways = [
        ("reset-at-once", Reply::reset_at_once(), "network"),
        ("half-a-head", Reply::raw().send("HTTP/1.1 200 OK\r\nContent-Type: text/ev"), "network"),
        ("nothing", Reply::say_nothing(), "timeout"),
        ("bad-gateway", Reply::status(502), "status"),
        ("unavailable", Reply::unavailable(), "status"),
        ("gateway-timeout", Reply::status(504).retry_after(0), "status"),
    ];
    for (way, reply, code) in ways {
        let path = format!("/{way}");
        faults.answer(&path, [reply]);
        let expected = (json!({ "close": "fatal", "code": code }), 1);
        assert_eq!(ask_once(&page, &faults, &path, "{ connectTimeout: 500 }").await, expected, "{way}");
        assert_eq!(faults.exchanges_to(&path).len(), 1, "{way}");
        let retryable: Vec<bool> = page.run("return of('error').map(({ error }) => error.retryable)").await;
        assert_eq!(retryable, [true], "{way}: asking again is up to the application");
    }
}

async fn a_prompt_that_the_server_did_not_process_is_sent_again(page: Page) {
    let (_server, faults) = open_lab_with_faults(&page).await;
    let busy =
        [Reply::status(425), Reply::too_many_requests(), Reply::unavailable().retry_after(0), Reply::unauthorized()];
    faults.answer("/busy", busy.into_iter().chain([Reply::event_stream().send("data: whole\n\n")]));
    let (close, attempts) = ask_once(&page, &faults, "/busy", "{ refreshToken: () => 'new' }").await;
    assert_eq!((close, attempts, faults.exchanges_to("/busy").len()), (json!({ "close": "server" }), 5, 5));

    faults.answer("/full", [Reply::too_many_requests()]);
    let (close, _) = ask_once(&page, &faults, "/full", "{}").await;
    assert_eq!(
        (close, faults.exchanges_to("/full").len()),
        (json!({ "close": "max-reconnects", "code": "status" }), 6)
    );
}

/// People's own classes subscribe by POST, often to streams without ids.
async fn a_subscription_by_post_comes_back_where_its_application_says_so(page: Page) {
    let (_server, faults) = open_lab_with_faults(&page).await;
    let sayings = [
        "{ maxReconnects: 10 }",
        "{ reconnect: 'on-error' }",
        "{ reconnect: 'always' }",
        "{ shouldRetry: () => true }",
    ];
    for (number, saying) in sayings.into_iter().enumerate() {
        for (ids, last_event_id) in [("", None), ("id: 7\n", Some("7"))] {
            let path = format!("/feed-{number}-{}", ids.len());
            let gate = Gate::new();
            let lost = Reply::event_stream().send(format!("{ids}data: first\n\n")).wait(&gate).cut();
            let rest = Reply::event_stream().send("data: last\n\ndata: [DONE]\n\n");
            faults.answer(&path, [Reply::status(504), lost, Reply::reset_at_once(), rest]);
            page.run_with::<Value>(
                &format!(
                    "told.length = 0
                     const options = {{ body: {{ topic: 't' }}, until: '[DONE]', backoff: {{ initial: 1, max: 5 }} }}
                     client(at(args), {{ ...options, ...{saying} }}).connect()
                     await until(() => of('event').length === 1)"
                ),
                json!(path),
            )
            .await;
            gate.open();
            page.act("await until(() => of('close').length === 1)").await;
            assert_eq!(told(&page, "close").await, [json!({ "close": "done" })], "{saying}");
            let requests = faults.exchanges_to(&path);
            assert_eq!((requests.len(), requests[3].last_event_id()), (4, last_event_id), "{saying}");
            assert!(requests.iter().all(|it| it.request.json() == Some(json!({ "topic": "t" }))), "{saying}");
            assert_eq!(faults.most_open_of(&path), 1, "{saying}");
        }
    }
}

/// nginx with HTTP/1.0 to its upstream and others turn an answer that broke into a clean end.
async fn a_loop_over_an_answer_that_a_proxy_cut_off_throws(page: Page) {
    let (_server, faults) = open_lab_with_faults(&page).await;
    let half = || Reply::event_stream().send("data: half an\n\n");
    let whole = || Reply::event_stream().send("data: half an\n\ndata: answer\n\ndata: [DONE]\n\n");
    let answers =
        [("chunked", half(), true), ("http-1-0", half().until_close(), true), ("whole", whole().until_close(), false)];
    for (name, reply, is_cut_off) in answers {
        let path = format!("/{name}");
        faults.answer(&path, [reply]);
        let outcome: Value = page
            .run_with(
                "const texts = []
                 try {
                   for await (const { data } of client(at(args), { body: {}, until: '[DONE]' })) texts.push(data)
                 } catch ({ name, code, retryable }) {
                   return [texts, name, code, retryable]
                 }
                 return [texts]",
                json!(path),
            )
            .await;
        let expected = if is_cut_off {
            json!([["half an"], "SSEError", "incomplete", true])
        } else {
            json!([["half an", "answer"]])
        };
        assert_eq!(outcome, expected, "{name}");
        assert_eq!(faults.exchanges_to(&path).len(), 1, "{name}");
    }
}

/// `NestJS` answers a `@Post` with 201.
async fn a_stream_in_answer_to_a_post_may_be_called_created(page: Page) {
    let (_server, faults) = open_lab_with_faults(&page).await;
    faults.answer("/created", [Reply::status(201).body("text/event-stream", "data: x\n\n")]);
    let (close, _) = ask_once(&page, &faults, "/created", "{}").await;
    assert_eq!(close, json!({ "close": "server" }));
    assert_eq!(page.run::<Vec<String>>("return of('event').map(({ data }) => data)").await, ["x"]);
}

/// `fetch-event-source`, issue 79.
async fn a_finished_stream_is_not_requested_again_for_ever(page: Page) {
    let (_server, faults) = open_lab_with_faults(&page).await;
    faults.numbered("/numbers", Numbered::new(3));
    faults.numbered("/marked", Numbered::new(3).until("[DONE]"));
    faults.answer("/short", [Reply::event_stream().send("id: 1\ndata: x\n\n")]);
    let ways = [
        ("/numbers", "{}", 2, json!({ "close": "no-content" })),
        ("/marked", "{ until: '[DONE]' }", 1, json!({ "close": "done" })),
        ("/short?client=on-error", "{ reconnect: 'on-error' }", 1, json!({ "close": "server" })),
        ("/short?client=never", "{ reconnect: 'never' }", 1, json!({ "close": "server" })),
        ("/short?client=post", "{ method: 'POST' }", 1, json!({ "close": "server" })),
        ("/short?client=bounded", "{ maxReconnects: 2 }", 3, json!({ "close": "max-reconnects" })),
    ];
    for (address, options, count, close) in ways {
        page.run_with::<Value>(
            &format!(
                "told.length = 0
                 client(at(args), {{ backoff: {{ initial: 1 }}, ...{options} }}).connect()
                 await until(() => of('close').length === 1)
                 await fetch(at('/later'))"
            ),
            json!(address),
        )
        .await;
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let requests = faults.exchanges_to(path).into_iter().filter(|exchange| exchange.request.query == query);
        assert_eq!(requests.count(), count, "{address}");
        assert_eq!(told(&page, "close").await, [close], "{address}");
        assert_eq!(told(&page, "error").await, [] as [Value; 0], "{address}");
    }
}

async fn what_is_no_stream_is_asked_for_once(page: Page) {
    let (_server, faults) = open_lab_with_faults(&page).await;
    let fatal = |code: &str| json!({ "close": "fatal", "code": code });
    let replies = [
        ("no-content", Reply::no_content(), json!({ "close": "no-content" })),
        ("web-page", Reply::web_page(), fatal("content-type")),
        ("json", Reply::status(200).body("application/json", "{}"), fatal("content-type")),
        ("nameless", Reply::event_stream().without_header("Content-Type").send("data: x\n\n"), fatal("content-type")),
        (
            "similar",
            Reply::event_stream().header("Content-Type", "text/event-stream2").send("data: x\n\n"),
            fatal("content-type"),
        ),
        ("created", Reply::status(201).body("text/event-stream", "data: x\n\n"), fatal("status")),
        ("forbidden", Reply::status(403), fatal("status")),
        ("refused", Reply::unauthorized(), fatal("status")),
        ("gone", Reply::status(410).retry_after(1), fatal("status")),
    ];
    for (name, reply, close) in replies {
        let path = format!("/{name}");
        faults.answer(&path, [reply]);
        page.run_with::<Value>(
            "told.length = 0
             client(at(args), { backoff: { initial: 0 } }).connect().catch(() => {})
             await until(() => of('close').length === 1)
             await fetch(at('/later'))",
            json!(path),
        )
        .await;
        assert_eq!(faults.exchanges_to(&path).len(), 1, "{name}");
        assert_eq!(told(&page, "close").await, [close], "{name}");
        assert_eq!(told(&page, "event").await, [] as [Value; 0], "{name}");
    }
}
