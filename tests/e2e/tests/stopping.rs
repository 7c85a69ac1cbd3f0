//! Disconnecting at every stage of a connection's life closes it on the server, too, and nothing is delivered after.

use demo_server::{Answer, Gate};
use e2e::{Page, RawServer, lab_server, soon, tests};
use serde_json::{Value, json};

use crate::lab::{open_lab, staying_open, told};

tests! {
    InPage:
        disconnecting_while_the_token_is_awaited_asks_nothing,
        disconnecting_before_the_answer_closes_the_connection,
        disconnecting_in_the_middle_of_the_head_closes_the_connection,
        disconnecting_before_the_first_byte_closes_the_stream,
        disconnecting_in_the_middle_of_an_event_closes_the_stream,
        disconnecting_in_a_listener_is_the_end_of_it,
        disconnecting_between_attempts_makes_no_other,
        an_aborted_signal_closes_the_stream,
        until_closes_the_stream,
        reconnect_closes_the_old_stream_before_the_new_one,
        a_frame_that_goes_takes_its_stream_along,
        an_event_too_large_closes_the_stream,
}

async fn disconnecting_while_the_token_is_awaited_asks_nothing(page: Page) {
    let server = lab_server().await;
    server.script("silent", vec![staying_open()]);
    open_lab(&page, &server).await;
    page.act(
        "let answer
         const it = client('/api/script/silent', { headers: () => new Promise((resolve) => { answer = resolve; tell({ asked: true }) }) })
         it.connect()
         await until(() => of('asked').length === 1)
         it.disconnect()
         answer({ 'X-Late': 'yes' })
         // A request sent after all would be in the journal before this one.
         await fetch('/api/status')",
    )
    .await;
    assert_eq!(server.journal().requests_to("/api/script/silent").len(), 0);
    assert_eq!(told(&page, "close").await, [json!({ "close": "client" })]);
}

async fn disconnecting_before_the_answer_closes_the_connection(page: Page) {
    let (server, raw) = (lab_server().await, RawServer::start().await);
    open_lab(&page, &server).await;
    page.run_with::<Value>("globalThis.it = client(args); it.connect()", json!(raw.url())).await;
    let mut connection = raw.request().await;
    assert!(connection.head().to_ascii_lowercase().contains("accept: text/event-stream"), "{}", connection.head());

    page.act("it.disconnect()").await;
    connection.closed().await;
    assert_eq!(told(&page, "close").await, [json!({ "close": "client" })]);
    assert_eq!(told(&page, "error").await, [] as [Value; 0]);
}

async fn disconnecting_in_the_middle_of_the_head_closes_the_connection(page: Page) {
    let (server, raw) = (lab_server().await, RawServer::start().await);
    open_lab(&page, &server).await;
    page.run_with::<Value>("globalThis.it = client(args); it.connect()", json!(raw.url())).await;
    let mut connection = raw.request().await;
    connection.drip(b"HTTP/1.1 200 OK\r\nContent-Type: text/ev").await;

    page.act("it.disconnect()").await;
    connection.closed().await;
    assert_eq!(told(&page, "open").await, [] as [Value; 0]);
}

async fn disconnecting_before_the_first_byte_closes_the_stream(page: Page) {
    let server = lab_server().await;
    server.script("silent", vec![Answer::new(200).hang()]);
    open_lab(&page, &server).await;
    // Not awaited: Firefox opens a stream with its first byte only.
    page.act("globalThis.it = client('/api/script/silent'); it.connect()").await;
    soon("the stream is open", server.wait_open_streams(1)).await;
    page.act("it.disconnect()").await;
    soon("the stream is closed", server.wait_open_streams(0)).await;
    assert_eq!(told(&page, "close").await, [json!({ "close": "client" })]);
}

async fn disconnecting_in_the_middle_of_an_event_closes_the_stream(page: Page) {
    let server = lab_server().await;
    let gate = Gate::new();
    server.script("half", vec![Answer::new(200).chunk("data: whole\n\ndata: ha").wait(&gate)]);
    open_lab(&page, &server).await;
    page.act(
        "const it = client('/api/script/half')
         it.connect()
         await until(() => of('event').length === 1)
         it.disconnect()",
    )
    .await;
    soon("the stream is closed", server.wait_open_streams(0)).await;
    assert_eq!(page.run::<Vec<String>>("return of('event').map(({ data }) => data)").await, ["whole"]);
}

async fn disconnecting_in_a_listener_is_the_end_of_it(page: Page) {
    let server = lab_server().await;
    server.script("three", vec![Answer::new(200).chunk("data: 1\n\ndata: 2\n\ndata: 3\n\n").hang()]);
    open_lab(&page, &server).await;
    page.act(
        "const it = client('/api/script/three')
         it.on('message', (data) => { if (data === '2') it.disconnect() })
         it.on('message', (data) => tell({ second: data }))
         it.connect()
         await until(() => of('close').length === 1)",
    )
    .await;
    soon("the stream is closed", server.wait_open_streams(0)).await;
    assert_eq!(told(&page, "second").await, [json!({ "second": "1" })]);
    assert_eq!(page.run::<u32>("return of('event').length").await, 2);
}

async fn disconnecting_between_attempts_makes_no_other(page: Page) {
    let server = lab_server().await;
    server.script("away", vec![Answer::new(503)]);
    open_lab(&page, &server).await;
    page.act(
        "const it = client('/api/script/away', { backoff: { initial: 1, max: 1 } })
         it.on('retry', ({ attempt }) => { if (attempt === 3) it.disconnect() })
         it.connect()
         await until(() => of('close').length === 1)
         // Timers fire in the order of their times: before this one, a forgotten one of 1 ms would.
         await new Promise((resolve) => setTimeout(resolve, 2))
         await fetch('/api/status')",
    )
    .await;
    assert_eq!(server.journal().requests_to("/api/script/away").len(), 3);
    assert_eq!(page.run::<String>("return of('state').at(-1).state").await, "closed");
}

async fn an_aborted_signal_closes_the_stream(page: Page) {
    let server = lab_server().await;
    server.script("silent", vec![staying_open()]);
    open_lab(&page, &server).await;
    page.act(
        "const controller = new AbortController()
         const it = client('/api/script/silent', { signal: controller.signal })
         await it.connect()
         controller.abort()
         await until(() => of('close').length === 1)",
    )
    .await;
    soon("the stream is closed", server.wait_open_streams(0)).await;
    assert_eq!(page.run::<String>("return of('close')[0].close").await, "aborted");
}

async fn until_closes_the_stream(page: Page) {
    let server = lab_server().await;
    server.script("marked", vec![Answer::new(200).chunk("data: a\n\ndata: [DONE]\n\ndata: b\n\n").hang()]);
    open_lab(&page, &server).await;
    page.act(
        "client('/api/script/marked', { until: '[DONE]' }).connect(); await until(() => of('close').length === 1)",
    )
    .await;
    soon("the stream is closed", server.wait_open_streams(0)).await;
    assert_eq!(page.run::<Vec<String>>("return of('event').map(({ data }) => data)").await, ["a"]);
    assert_eq!(told(&page, "close").await, [json!({ "close": "done" })]);
    assert_eq!(server.journal().requests_to("/api/script/marked").len(), 1);
}

async fn reconnect_closes_the_old_stream_before_the_new_one(page: Page) {
    let server = lab_server().await;
    server.script("again", vec![Answer::new(200).chunk("id: 5\ndata: x\n\n").hang(), staying_open()]);
    open_lab(&page, &server).await;
    page.act(
        "const it = client('/api/script/again')
         it.connect()
         await until(() => it.lastEventId === '5')
         await it.reconnect()",
    )
    .await;
    soon("one stream is open", server.wait_open_streams(1)).await;
    let requests = server.journal().requests_to("/api/script/again");
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[1].header_str("last-event-id"), Some("5"));
}

async fn a_frame_that_goes_takes_its_stream_along(page: Page) {
    let server = lab_server().await;
    server.script("silent", vec![staying_open()]);
    open_lab(&page, &server).await;
    page.act(
        "globalThis.frame = document.createElement('iframe')
         frame.src = 'lab.html'
         await new Promise((resolve) => { frame.onload = resolve; document.body.append(frame) })
         await frame.contentWindow.client('/api/script/silent').connect()",
    )
    .await;
    soon("the stream is open", server.wait_open_streams(1)).await;
    page.act("frame.remove()").await;
    soon("the stream is closed", server.wait_open_streams(0)).await;
}

async fn an_event_too_large_closes_the_stream(page: Page) {
    let server = lab_server().await;
    let endless = Answer::new(200).chunk("data: fits\n\ndata: ").chunk("x".repeat(5000)).hang();
    server.script("endless", vec![endless]);
    open_lab(&page, &server).await;
    page.act(
        "client('/api/script/endless', { maxEventBytes: 1000 }).connect(); await until(() => of('close').length === 1)",
    )
    .await;
    soon("the stream is closed", server.wait_open_streams(0)).await;
    assert_eq!(told(&page, "close").await, [json!({ "close": "fatal", "code": "too-large" })]);
    assert_eq!(server.journal().requests_to("/api/script/endless").len(), 1);
}
