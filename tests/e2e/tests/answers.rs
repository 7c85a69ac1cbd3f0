//! What servers and networks answer, good and bad, and what the application is told of it.

use demo_server::{Answer, Gate};
use e2e::{Page, RawServer, lab_server, soon, tests};
use serde_json::{Value, json};

use crate::lab::{lost_after, open_lab, staying_open, told};

tests! {
    InPage:
        a_refusal_is_final_and_tells_what_the_server_said,
        a_server_error_is_tried_again,
        no_content_closes_for_good,
        a_page_instead_of_a_stream_is_refused,
        a_head_that_drips_in_is_awaited,
        a_head_that_never_comes_is_a_timeout,
        a_refused_connection_is_tried_again,
        a_line_cut_between_two_chunks_is_one_line,
        a_character_cut_between_two_chunks_is_one_character,
        a_line_end_cut_between_two_chunks_is_one_line_end,
        malformed_text_comes_as_the_encoding_standard_has_it,
        an_unfinished_event_is_dropped_and_asked_for_again,
        a_post_without_ids_is_not_sent_twice,
        a_stream_that_ends_is_asked_for_again,
}

async fn a_refusal_is_final_and_tells_what_the_server_said(page: Page) {
    let server = lab_server().await;
    open_lab(&page, &server).await;
    for status in [400, 401, 403, 404, 410] {
        let name = format!("refused-{status}");
        server.script(
            &name,
            vec![Answer::new(status).header("content-type", "application/json").chunk("{\"why\":\"ünd\"}")],
        );
        let seen: Value = page
            .run_with(
                "told.length = 0
                 const rejected = await client('/api/script/' + args).connect().catch((error) => error instanceof SSEError)
                 return { errors: of('error'), closes: of('close'), rejected }",
                json!(name),
            )
            .await;
        let error = json!({ "code": "status", "status": status, "retryable": false, "attempt": 0, "body": "{\"why\":\"ünd\"}" });
        let close = json!({ "close": "fatal", "code": "status" });
        assert_eq!(seen, json!({ "errors": [{ "error": error }], "closes": [close], "rejected": true }));
        assert_eq!(server.journal().requests_to(&format!("/api/script/{name}")).len(), 1);
    }
}

async fn a_server_error_is_tried_again(page: Page) {
    let server = lab_server().await;
    // Not 408: Chromium itself asks once more when a connection it had kept is answered with that.
    let passing = [500, 502, 503, 504, 425, 429].map(Answer::new);
    server.script("busy", [&passing[..], &[Answer::new(200).chunk("data: at last\n\n").hang()]].concat());
    open_lab(&page, &server).await;
    page.act("client('/api/script/busy', { backoff: { initial: 5, max: 20 } }).connect(); await until(() => of('event').length === 1)").await;
    let statuses: Vec<u16> = page.run("return of('error').map(({ error }) => error.status)").await;
    assert_eq!(statuses, [500, 502, 503, 504, 425, 429]);
    assert_eq!(page.run::<Vec<u32>>("return of('retry').map(({ retry }) => retry.attempt)").await, [1, 2, 3, 4, 5, 6]);
    assert_eq!(
        page.run::<Vec<String>>("return of('state').map(({ state }) => state)").await,
        ["connecting", "reconnecting", "open"]
    );
    assert_eq!(server.journal().requests_to("/api/script/busy").len(), 7);
}

async fn no_content_closes_for_good(page: Page) {
    let server = lab_server().await;
    server.script("over", vec![Answer::new(204)]);
    open_lab(&page, &server).await;
    page.act("client('/api/script/over').connect(); await until(() => of('close').length === 1)").await;
    assert_eq!(told(&page, "close").await, [json!({ "close": "no-content" })]);
    assert_eq!(server.journal().requests_to("/api/script/over").len(), 1);
}

async fn a_page_instead_of_a_stream_is_refused(page: Page) {
    let server = lab_server().await;
    server.script("page", vec![Answer::new(200).header("content-type", "text/html").chunk("<h1>Log in</h1>")]);
    open_lab(&page, &server).await;
    page.act("client('/api/script/page').connect(); await until(() => of('close').length === 1)").await;
    let expected =
        json!({ "code": "content-type", "status": 200, "retryable": false, "attempt": 0, "body": "<h1>Log in</h1>" });
    assert_eq!(told(&page, "error").await, [json!({ "error": expected })]);
    assert_eq!(told(&page, "close").await, [json!({ "close": "fatal", "code": "content-type" })]);
}

async fn a_head_that_drips_in_is_awaited(page: Page) {
    let (server, raw) = (lab_server().await, RawServer::start().await);
    open_lab(&page, &server).await;
    page.run_with::<Value>("client(args).connect()", json!(raw.url())).await;
    let mut connection = raw.request().await;
    connection.drip(b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n").await;
    connection.drip("id: 1\r\ndata: getröpfelt 🚰\r\n\r\n".as_bytes()).await;
    page.act("await until(() => of('event').length === 1)").await;
    assert_eq!(page.run::<String>("return of('event')[0].data").await, "getröpfelt 🚰");
}

async fn a_head_that_never_comes_is_a_timeout(page: Page) {
    let server = lab_server().await;
    server.script("slow", vec![Answer::unanswered(), staying_open()]);
    open_lab(&page, &server).await;
    page.act("await client('/api/script/slow', { connectTimeout: 1000, backoff: { initial: 10 } }).connect()").await;
    let errors: Vec<String> = page.run("return of('error').map(({ error }) => error.code)").await;
    assert!(errors.iter().all(|code| code == "timeout") && !errors.is_empty(), "{errors:?}");
}

async fn a_refused_connection_is_tried_again(page: Page) {
    let server = lab_server().await;
    let vacant = RawServer::start().await.url();
    open_lab(&page, &server).await;
    page.run_with::<Value>(
        "client(args, { maxReconnects: 2, backoff: { initial: 5 } }).connect(); await until(() => of('close').length === 1)",
        json!(vacant),
    )
    .await;
    assert_eq!(page.run::<Vec<String>>("return of('error').map(({ error }) => error.code)").await, ["network"; 3]);
    assert_eq!(told(&page, "gaveUp").await, [json!({ "gaveUp": 2 })]);
    assert_eq!(told(&page, "close").await, [json!({ "close": "max-reconnects", "code": "network" })]);
}

/// Sends an event stream in two chunks, the second after the page has the event that ends in the first; returns the
/// data of all events.
async fn in_two_chunks(page: Page, first: &[u8], second: &[u8]) -> Vec<String> {
    let server = lab_server().await;
    let gate = Gate::new();
    let first = [b"data: seen\n\n", first].concat();
    server.script("cut", vec![Answer::new(200).chunk_bytes(first).wait(&gate).chunk_bytes(second.to_vec()).hang()]);
    open_lab(&page, &server).await;
    page.act("client('/api/script/cut').connect(); await until(() => of('event').length === 1)").await;
    gate.open();
    page.act("await until(() => of('event').at(-1).data === 'last')").await;
    let mut data: Vec<String> = page.run("return of('event').map(({ data }) => data)").await;
    assert_eq!((data.remove(0), data.pop()), ("seen".to_owned(), Some("last".to_owned())));
    data
}

async fn a_line_cut_between_two_chunks_is_one_line(page: Page) {
    assert_eq!(in_two_chunks(page, b"da", b"ta: whole\n\ndata: last\n\n").await, ["whole"]);
}

async fn a_character_cut_between_two_chunks_is_one_character(page: Page) {
    let (head, tail) = "🦀".as_bytes().split_at(2);
    let tail = [tail, b"\n\ndata: last\n\n"].concat();
    assert_eq!(in_two_chunks(page, &[b"data: crab ", head].concat(), &tail).await, ["crab 🦀"]);
}

async fn a_line_end_cut_between_two_chunks_is_one_line_end(page: Page) {
    assert_eq!(in_two_chunks(page, b"data: a\r", b"\ndata: b\r\n\r\ndata: last\r\r").await, ["a\nb"]);
}

async fn malformed_text_comes_as_the_encoding_standard_has_it(page: Page) {
    let data = in_two_chunks(page, b"data: \xff \xe2\x82", b" \xf0\x9f\xa6\n\ndata: last\n\n").await;
    assert_eq!(data, ["\u{fffd} \u{fffd} \u{fffd}"]);
}

async fn an_unfinished_event_is_dropped_and_asked_for_again(page: Page) {
    let server = lab_server().await;
    let gate = Gate::new();
    let cut_off = lost_after("id: 1\ndata: one\n\nid: 2\ndata: tw", &gate);
    server.script("cut", vec![cut_off, Answer::new(200).chunk("id: 2\ndata: two\n\n").hang()]);
    open_lab(&page, &server).await;
    page.act(
        "client('/api/script/cut', { backoff: { initial: 5 } }).connect(); await until(() => of('event').length === 1)",
    )
    .await;
    gate.open();
    page.act("await until(() => of('event').length === 2)").await;
    assert_eq!(page.run::<Vec<String>>("return of('event').map(({ data }) => data)").await, ["one", "two"]);
    assert_eq!(server.journal().requests_to("/api/script/cut")[1].header_str("last-event-id"), Some("1"));
    assert_eq!(page.run::<String>("return of('error')[0].error.code").await, "network");
    assert_eq!(server.most_open_streams(), 1);
}

async fn a_post_without_ids_is_not_sent_twice(page: Page) {
    let server = lab_server().await;
    let gate = Gate::new();
    server.script("prompt", vec![lost_after("data: half\n\n", &gate)]);
    open_lab(&page, &server).await;
    page.act("client('/api/script/prompt', { body: { q: 1 } }).connect(); await until(() => of('event').length === 1)")
        .await;
    gate.open();
    page.act("await until(() => of('close').length === 1)").await;
    assert_eq!(server.journal().requests_to("/api/script/prompt").len(), 1);
    assert_eq!(told(&page, "close").await, [json!({ "close": "fatal", "code": "network" })]);
}

async fn a_stream_that_ends_is_asked_for_again(page: Page) {
    let server = lab_server().await;
    server.script("short", vec![Answer::new(200).chunk("retry: 5\nid: 1\ndata: a\n\n"), staying_open()]);
    open_lab(&page, &server).await;
    page.act("client('/api/script/short').connect()").await;
    let requests = soon("two requests", server.journal().wait_for_requests_to("/api/script/short", 2)).await;
    assert_eq!(requests[1].header_str("last-event-id"), Some("1"));
    assert_eq!(told(&page, "error").await, [] as [Value; 0]);
}
