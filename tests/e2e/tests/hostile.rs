//! Servers that mean harm: what they send costs no more memory than `maxEventBytes` allows, and wedges nothing.

use demo_server::faulty::{FaultServer, Flood, Reply};
use e2e::{Page, soon, tests};
use serde_json::{Value, json};

use crate::lab::{open_lab_with_faults, told};

tests! {
    Alone:
        a_line_that_never_ends_is_too_large,
        an_event_that_never_ends_is_too_large,
        a_comment_that_never_ends_is_too_large,
        comments_for_ever_take_no_memory;
    InPage:
        a_million_empty_lines_are_nothing,
        an_id_of_megabytes_is_an_id,
        a_name_of_megabytes_is_a_name,
        an_id_of_megabytes_does_not_keep_a_client_from_reconnecting,
        nuls_are_data_and_no_ids,
        malformed_text_is_replaced_and_does_no_harm,
        a_picture_sent_as_a_stream_is_no_event,
        a_fetch_that_returns_nonsense_is_an_error,
}

/// What the page may grow by for what it is sent first, in bytes. A memory of wasm never becomes smaller again, and in
/// Firefox it counts twice, as does a chunk that was just read.
const GROWTH: i64 = 16 * 1024 * 1024;

/// What it may grow by when that is repeated.
const MORE: i64 = 2 * 1024 * 1024;

/// What the page's scripts hold, in JavaScript and in wasm, in bytes.
async fn memory(page: &Page) -> (i64, i64) {
    let pages: i64 = page.run("return wasmPages()").await;
    (i64::try_from(page.heap().await).expect("a number of bytes"), pages * 65536)
}

/// Holds the page against what it was; returns what it is.
async fn expect_growth_below(limit: i64, page: &Page, before: (i64, i64), what: &str) -> (i64, i64) {
    let after = memory(page).await;
    let (heap, wasm) = (after.0 - before.0, after.1 - before.1);
    println!("hostile in {}, {what}: heap {heap:+} bytes, wasm {wasm:+} bytes", page.engine());
    assert!(heap + wasm < limit, "{what}: {heap} and {wasm} bytes more");
    after
}

/// Connects again and again to something endless; each time it is too large, and the connection is closed.
async fn is_too_large(page: &Page, what: &str, reply: Reply) {
    let (_lab, faults) = open_lab_with_faults(page).await;
    faults.answer("/endless", [reply]);
    page.act("globalThis.it = client(at('/endless'), { maxEventBytes: 1 << 20 })").await;
    let mut before = memory(page).await;
    // The second time the same blocks are cut from other places, which may take as much again; after that they all fit.
    for (round, limit) in [GROWTH, GROWTH, MORE, MORE].into_iter().enumerate() {
        page.act("told.length = 0; it.connect(); await until(() => of('close').length === 1)").await;
        assert_eq!(told(page, "close").await, [json!({ "close": "fatal", "code": "too-large" })]);
        soon("the connection is closed", faults.request_to("/endless", round).await.closed_by_client()).await;
        before = expect_growth_below(limit, page, before, what).await;
    }
    assert_eq!(faults.exchanges_to("/endless").len(), 4);
}

async fn a_line_that_never_ends_is_too_large(page: Page) {
    is_too_large(&page, "an endless line", Reply::endless_line()).await;
}

async fn an_event_that_never_ends_is_too_large(page: Page) {
    is_too_large(&page, "an endless event", Reply::endless_event()).await;
}

async fn a_comment_that_never_ends_is_too_large(page: Page) {
    let reply = Reply::event_stream().send(":").flood(&Flood::endless(b"x"));
    is_too_large(&page, "an endless comment", reply).await;
}

async fn comments_for_ever_take_no_memory(page: Page) {
    let (_lab, faults) = open_lab_with_faults(&page).await;
    faults.answer("/endless", [Reply::endless_comments()]);
    page.act(
        "globalThis.it = new SSEClient(at('/endless'))
         globalThis.read = async (bytes) => {
           while (it.stats().bytes < bytes && it.state !== 'closed') await new Promise((resolve) => setTimeout(resolve, 1))
         }
         await it.connect()
         await read(1 << 20)",
    )
    .await;
    let before = memory(&page).await;
    page.act("await read(64 << 20)").await;
    expect_growth_below(GROWTH, &page, before, "64 MB of comments").await;
    assert_eq!(page.run::<Value>("return [it.state, it.stats().events]").await, json!(["open", 0]));
    page.act("it.disconnect()").await;
    soon("the connection is closed", faults.request_to("/endless", 0).await.closed_by_client()).await;
}

/// Connects to a hostile stream and waits for its last event; what it says is in `of('event')`.
async fn connect_to(page: &Page, reply: Reply) -> (impl Sized, FaultServer) {
    let (lab, faults) = open_lab_with_faults(page).await;
    faults.answer("/hostile", [reply.hang()]);
    page.act(
        "globalThis.it = client(at('/hostile'))
         it.connect()
         await until(() => of('event').at(-1)?.data === 'after')",
    )
    .await;
    (lab, faults)
}

async fn a_million_empty_lines_are_nothing(page: Page) {
    let _open = connect_to(&page, Reply::empty_lines(1_000_000)).await;
    assert_eq!(page.run::<Value>("return [of('event').length, it.stats().events]").await, json!([1, 1]));
}

const MEGABYTES: u64 = 4 << 20;

async fn an_id_of_megabytes_is_an_id(page: Page) {
    let _open = connect_to(&page, Reply::long_id(MEGABYTES)).await;
    let seen: Value =
        page.run("return [...of('event').map(({ data, id }) => [data, id.length]), it.lastEventId]").await;
    assert_eq!(seen, json!([["long", MEGABYTES], ["after", 1], "1"]));
}

async fn a_name_of_megabytes_is_a_name(page: Page) {
    let _open = connect_to(&page, Reply::long_name(MEGABYTES)).await;
    let seen: Value = page.run("return of('event').map(({ event, data }) => [event.length, data])").await;
    assert_eq!(seen, json!([[MEGABYTES, "long"], [7, "after"]]));
}

async fn an_id_of_megabytes_does_not_keep_a_client_from_reconnecting(page: Page) {
    let (_lab, faults) = open_lab_with_faults(&page).await;
    let event = Reply::event_stream().send("id: ").flood(&Flood::new(b"x", MEGABYTES)).send("\ndata: long\n\n");
    faults.answer("/hostile", [event, Reply::event_stream().send("id: 1\ndata: after\n\n").hang()]);
    page.act(
        "globalThis.it = client(at('/hostile'), { backoff: { initial: 10, max: 10 }, maxReconnects: 20 })
         it.connect()
         await until(() => of('event').at(-1)?.data === 'after' || of('close').length > 0)",
    )
    .await;
    assert_eq!(told(&page, "close").await, [] as [Value; 0]);
}

async fn nuls_are_data_and_no_ids(page: Page) {
    let _open = connect_to(&page, Reply::nuls()).await;
    let seen: Value = page.run("return of('event').map(({ event, data, id }) => [event, data, id])").await;
    assert_eq!(seen, json!([["message", "a\0b", "1"], ["n\0", "c", ""], ["message", "after", ""]]));
    assert_eq!(page.run::<String>("return it.lastEventId").await, "1");
}

async fn malformed_text_is_replaced_and_does_no_harm(page: Page) {
    let _open = connect_to(&page, Reply::malformed_utf8()).await;
    let seen: Vec<(String, String)> = page.run("return of('event').map(({ id, data }) => [id, data])").await;
    let expected =
        ["\u{fffd}", "\u{fffd}", "\u{fffd}\u{fffd}", "\u{fffd}\u{fffd}\u{fffd}", "\u{fffd}\u{fffd}", "after"];
    let expected = expected.iter().zip(1..).map(|(data, id)| (id.to_string(), (*data).to_owned()));
    assert_eq!(seen, expected.collect::<Vec<_>>());
}

async fn a_picture_sent_as_a_stream_is_no_event(page: Page) {
    let (_lab, faults) = open_lab_with_faults(&page).await;
    // Any bytes will do that are not text: a multiplicative generator's.
    let mut state = 1_u32;
    let mut byte = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    let picture: Vec<u8> = std::iter::repeat_with(&mut byte).take(1 << 20).collect();
    let good = Reply::event_stream().send("data: after\n\n").hang();
    faults.answer("/picture", [Reply::event_stream().send(picture), good]);
    page.act(
        "globalThis.viewer = client(at('/picture'))
         viewer.connect()
         await until(() => of('close').length > 0)",
    )
    .await;
    assert_eq!(page.run::<Value>("return of('close')").await, json!([{ "close": "fatal", "code": "format" }]));
    assert_eq!(page.run::<Vec<Value>>("return of('event')").await, [] as [Value; 0]);
    page.act("viewer.reconnect(); await until(() => of('event').length > 0)").await;
    assert_eq!(page.run::<Vec<String>>("return of('event').map(({ data }) => data)").await, ["after"]);
}

async fn a_fetch_that_returns_nonsense_is_an_error(page: Page) {
    let (_lab, faults) = open_lab_with_faults(&page).await;
    faults.answer("/feed", [Reply::event_stream().send("data: after\n\n").hang()]);
    let seen: Value = page
        .run(
            "const headers = new Headers({ 'content-type': 'text/event-stream' })
             const locked = new Response('data: x\\n\\n', { headers })
             locked.body.getReader()
             const nonsense = {
               undefined: undefined, null: null, number: 0, text: 'data: x\\n\\n', object: {}, function: () => {},
               'a head of nonsense': { status: 'ok', headers: 7, body: null },
               'a body of text': { status: 200, url: '', headers, body: 'data: x\\n\\n' },
               'a body that is no stream': { status: 200, url: '', headers, body: { getReader: () => ({}) } },
               'a body without bytes': new Response(new ReadableStream({ start: (it) => it.enqueue('data: x\\n\\n') }), { headers }),
               'a body that is read already': locked,
             }
             const outcomes = {}
             for (const [name, answer] of Object.entries(nonsense)) {
               told.length = 0
               client(at('/feed'), { fetch: async () => answer, maxReconnects: 1, backoff: { initial: 1 } }).connect()
               await until(() => of('close').length === 1)
               outcomes[name] = [of('close')[0].close, of('error')[0].error.code]
             }
             return outcomes",
        )
        .await;
    for (name, outcome) in seen.as_object().expect("outcomes") {
        assert_eq!(outcome, &json!(["fatal", "callback"]), "{name}");
    }
    // And nothing of that is in the way of another client.
    page.act("told.length = 0; client(at('/feed')).connect(); await until(() => of('event').length === 1)").await;
    assert_eq!(told(&page, "uncaught").await, [] as [Value; 0]);
}
