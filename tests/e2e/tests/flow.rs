//! Who reads slowly makes the server wait, where the engine lets it, and holds no more in memory than what was on its
//! way. The figures are printed.

use demo_server::DemoServer;
use demo_server::faulty::{FaultServer, Flood, Numbered, Reply};
use e2e::{Engine, Page, soon, tests};
use serde_json::{Value, json};

use crate::lab::open_lab_with_faults;

tests! {
    Alone:
        a_paused_page_does_not_grow_and_the_server_waits,
        a_slow_loop_makes_the_server_wait,
        a_stream_nobody_reads_makes_the_server_wait,
        a_paused_stream_with_ids_is_bounded_in_every_engine_and_complete,
        a_slow_loop_over_a_stream_with_ids_is_bounded_in_every_engine_and_complete;
    InPage:
        a_paused_listener_gets_nothing_until_resume,
        leaving_the_loop_closes_the_connection,
        a_loop_ends_when_the_client_is_disconnected,
        a_fatal_error_is_thrown_in_the_loop,
        loops_share_one_connection_and_each_sees_all_events,
        a_stream_that_is_cancelled_closes_the_connection,
}

/// What the page may grow by, in bytes.
const GROWTH: i64 = 8 * 1024 * 1024;

/// What the server would write. Firefox takes the body of a response from the network whether anybody reads it or not,
/// keeps it, and hands all it has to whoever reads next: there the server never has to wait, and a gigabyte would be a
/// burden. (The client reads on for a megabyte, and lets go of a stream that it can have again.)
fn size(page: &Page) -> u64 {
    if makes_the_server_wait(page) { 1 << 30 } else { 128 << 20 }
}

fn makes_the_server_wait(page: &Page) -> bool {
    page.engine() != Engine::Firefox
}

/// What the page's scripts hold, in JavaScript and in wasm, in bytes.
#[derive(Clone, Copy)]
struct Memory {
    heap: i64,
    wasm: i64,
}

impl Memory {
    async fn of(page: &Page) -> Self {
        let pages: i64 = page.run("return wasmPages()").await;
        Self { heap: i64::try_from(page.heap().await).expect("a number of bytes"), wasm: pages * 65536 }
    }
}

/// A page with `it`, a client of a server that writes as fast as it can.
struct Flooded {
    page: Page,
    _lab: DemoServer,
    faults: FaultServer,
    flood: Flood,
    before: Memory,
    /// How far the server was when it had to wait the last time.
    written: u64,
}

impl Flooded {
    async fn open(page: Page) -> Self {
        let (lab, faults) = open_lab_with_faults(&page).await;
        let flood = Flood::of_events(size(&page));
        faults.answer("/flood", [Reply::event_stream().flood(&flood).hang()]);
        page.act("globalThis.it = new SSEClient(at('/flood')); globalThis.count = 0").await;
        let before = Memory::of(&page).await;
        Self { page, _lab: lab, faults, flood, before, written: 0 }
    }

    /// Waits until the server cannot write any more, or has written all where the engine takes it all the same. The page
    /// reads nothing meanwhile, and has not grown by more than it may where that is up to us.
    async fn expect_nothing_is_read(&mut self, what: &str) {
        let read: u64 = self.page.run("return it.stats().bytes").await;
        let written = if makes_the_server_wait(&self.page) {
            soon("the server has to wait", self.flood.wait_blocked()).await
        } else {
            soon("the engine takes all", self.flood.wait_written(size(&self.page))).await
        };
        let after = Memory::of(&self.page).await;
        let (heap, wasm) = (after.heap - self.before.heap, after.wasm - self.before.wasm);
        println!(
            "flow in {}, {what}: the page read {read} bytes, the server wrote {written} of {} and {}; \
             heap {heap:+} bytes, wasm {wasm:+} bytes",
            self.page.engine(),
            size(&self.page),
            if self.flood.is_blocked() { "had to wait" } else { "did not have to wait" },
        );
        if makes_the_server_wait(&self.page) {
            assert_eq!(self.page.run::<u64>("return it.stats().bytes").await, read, "{what}: nothing is read");
            assert!(heap + wasm < GROWTH, "{what}: {heap} and {wasm} bytes more");
            assert!(self.flood.is_blocked(), "{what}: it still waits");
            assert!(written > self.written, "{what}: it had gone on in between");
        }
        self.written = written;
    }

    async fn expect_closed(&self) {
        soon("the connection is closed", self.faults.request_to("/flood", 0).await.closed_by_client()).await;
        assert_eq!(self.page.run::<String>("return it.state").await, "closed");
        assert_eq!(self.faults.exchanges_to("/flood").len(), 1);
    }
}

async fn a_paused_page_does_not_grow_and_the_server_waits(page: Page) {
    let mut it = Flooded::open(page.clone()).await;
    page.act("it.on('message', () => { if (++count === awaited) it.pause() })").await;
    for (pause, events) in [("paused", 100), ("resumed and paused", 20_000), ("once more", 40_000)] {
        page.run_with::<Value>(
            "globalThis.awaited = args
             it.connect()
             it.resume()
             while (it.state !== 'paused') await new Promise((resolve) => setTimeout(resolve, 1))",
            json!(events),
        )
        .await;
        it.expect_nothing_is_read(pause).await;
        assert_eq!(page.run::<u32>("return count").await, events, "not one more than before the pause");
    }
    page.act("it.disconnect()").await;
    it.expect_closed().await;
}

async fn a_slow_loop_makes_the_server_wait(page: Page) {
    let mut it = Flooded::open(page.clone()).await;
    page.act(
        "globalThis.reach = (events) => new Promise((resolve) => {
           globalThis.awaited = events
           globalThis.reached = resolve
           globalThis.goOn?.()
         })
         globalThis.loop = async () => {
           for await (const { data } of it) {
             count += data.length === 1016 ? 1 : NaN
             if (count < awaited) continue
             reached()
             await new Promise((resolve) => (globalThis.goOn = resolve))
             if (awaited === 'enough') break
           }
           reached()
         }
         const first = reach(1000)
         globalThis.ended = loop()
         await first",
    )
    .await;
    it.expect_nothing_is_read("in a slow loop").await;
    page.act("await reach(20_000)").await;
    it.expect_nothing_is_read("in a slow loop, later").await;
    page.act("await reach('enough'); await ended").await;
    it.expect_closed().await;
}

async fn a_stream_nobody_reads_makes_the_server_wait(page: Page) {
    let mut it = Flooded::open(page.clone()).await;
    page.act("globalThis.reader = it.stream().getReader(); globalThis.first = await reader.read()").await;
    it.expect_nothing_is_read("as a stream").await;
    assert_eq!(page.run::<Value>("return [first.done, first.value.data.length]").await, json!([false, 1016]));
    page.act("for (let n = 0; n < 20_000; n++) await reader.read()").await;
    it.expect_nothing_is_read("as a stream, later").await;
    page.act("await reader.cancel()").await;
    it.expect_closed().await;
}

/// How many numbered events the server has, of 1 KiB each.
const NUMBERED: usize = 40_000;

/// Answers with all events after the last that was seen.
async fn open_numbered(page: &Page) -> (DemoServer, FaultServer, Memory) {
    let (lab, faults) = open_lab_with_faults(page).await;
    let events: Vec<u8> = (1..=NUMBERED).flat_map(|n| format!("id: {n:05}\ndata: {n:1005}\n\n").into_bytes()).collect();
    faults.answer_by("/numbers", move |request| {
        let seen: usize = request.header_str("last-event-id").map_or(0, |id| id.parse().expect("one of our ids"));
        let rest = events[events.len() / NUMBERED * seen..].to_vec();
        Reply::event_stream().send(rest).hang()
    });
    page.act(
        "globalThis.it = new SSEClient(at('/numbers'))
         Object.assign(globalThis, { count: 0, inOrder: true })
         globalThis.take = ({ id }) => { if (Number(id) !== ++count) inOrder = false }",
    )
    .await;
    let before = Memory::of(page).await;
    (lab, faults, before)
}

/// Nothing is read: the connection is kept where that makes the server wait, and let go of where it would fill the memory.
async fn expect_bounded(page: &Page, faults: &FaultServer, before: Memory, what: &str) {
    if !makes_the_server_wait(page) {
        soon("the connection is closed", faults.wait_open(0)).await;
    }
    let after = Memory::of(page).await;
    let (heap, wasm) = (after.heap - before.heap, after.wasm - before.wasm);
    println!(
        "flow in {}, {what}, with ids: {} connections open; heap {heap:+} bytes, wasm {wasm:+} bytes",
        page.engine(),
        faults.open(),
    );
    assert!(heap + wasm < GROWTH, "{what}: {heap} and {wasm} bytes more");
}

async fn expect_complete(page: &Page, faults: &FaultServer) {
    assert_eq!(page.run::<Value>("return [count, inOrder]").await, json!([NUMBERED, true]));
    assert_eq!(faults.most_open_of("/numbers"), 1);
    if makes_the_server_wait(page) {
        assert_eq!(faults.exchanges_to("/numbers").len(), 1);
    }
    page.act("it.disconnect()").await;
    soon("the connection is closed", faults.wait_open(0)).await;
}

async fn a_paused_stream_with_ids_is_bounded_in_every_engine_and_complete(page: Page) {
    let (_lab, faults, before) = open_numbered(&page).await;
    page.act(
        "globalThis.reach = (events) => new Promise((resolve) => {
           Object.assign(globalThis, { awaited: events, reached: resolve })
           it.connect()
           it.resume()
         })
         it.on('message', (_, event) => {
           take(event)
           if (count === awaited) it.pause(), reached()
         })",
    )
    .await;
    for (what, events) in [("paused", 100), ("resumed and paused", 20_000)] {
        page.run_with::<Value>("await reach(args)", json!(events)).await;
        expect_bounded(&page, &faults, before, what).await;
        assert_eq!(page.run::<Value>("return [count, it.state]").await, json!([events, "paused"]));
    }
    page.run_with::<Value>("await reach(args)", json!(NUMBERED)).await;
    expect_complete(&page, &faults).await;
}

async fn a_slow_loop_over_a_stream_with_ids_is_bounded_in_every_engine_and_complete(page: Page) {
    let (_lab, faults, before) = open_numbered(&page).await;
    page.act(
        "const events = it[Symbol.asyncIterator]()
         globalThis.reach = async (awaited) => { while (count < awaited) take((await events.next()).value) }",
    )
    .await;
    for (what, events) in [("in a slow loop", 100), ("in a slow loop, later", 20_000)] {
        page.run_with::<Value>("await reach(args)", json!(events)).await;
        expect_bounded(&page, &faults, before, what).await;
    }
    page.run_with::<Value>("await reach(args)", json!(NUMBERED)).await;
    expect_complete(&page, &faults).await;
}

async fn a_paused_listener_gets_nothing_until_resume(page: Page) {
    let (_lab, faults) = open_lab_with_faults(&page).await;
    faults.numbered("/numbers", Numbered::new(9));
    page.act(
        "globalThis.it = client(at('/numbers'))
         it.on('message', (data, { id }) => { if (id % 3 === 0) it.pause() })
         it.connect()",
    )
    .await;
    // All that was received came in one piece, and still what comes after the pause is kept back.
    for pause in 1..=3 {
        let seen: usize = page
            .run_with(
                "await until(() => of('event').length === args && it.state === 'paused')
                 await new Promise((resolve) => setTimeout(resolve, 50))
                 it.resume()
                 return of('event').length",
                json!(3 * pause),
            )
            .await;
        assert_eq!(seen, 3 * pause);
    }
    page.act("await until(() => of('close').length === 1)").await;
    assert_eq!(page.run::<u32>("return of('event').length").await, 9);
    assert_eq!(page.run::<String>("return of('close')[0].close").await, "no-content");
}

async fn leaving_the_loop_closes_the_connection(page: Page) {
    let (_lab, faults) = open_lab_with_faults(&page).await;
    faults.answer("/three", [Reply::event_stream().send("data: 1\n\ndata: 2\n\ndata: 3\n\n").hang()]);
    for leave in ["break", "return", "throw new Error('enough')"] {
        page.run_with::<Value>(
            &format!(
                "told.length = 0
                 globalThis.it = client(at('/three') + '?client=' + encodeURIComponent(args))
                 const read = async () => {{
                   for await (const {{ data }} of it) {{
                     tell({{ read: data }})
                     if (data === '2') {leave}
                   }}
                 }}
                 await read().catch((error) => tell({{ thrown: error.message }}))"
            ),
            json!(leave),
        )
        .await;
        soon("the connection is closed", faults.wait_open(0)).await;
        assert_eq!(page.run::<Vec<String>>("return of('read').map(({ read }) => read)").await, ["1", "2"], "{leave}");
        assert_eq!(page.run::<Value>("return of('close')").await, json!([{ "close": "client" }]), "{leave}");
    }
    assert_eq!(faults.exchanges_to("/three").len(), 3);
}

async fn a_loop_ends_when_the_client_is_disconnected(page: Page) {
    let (_lab, faults) = open_lab_with_faults(&page).await;
    faults.answer("/one", [Reply::event_stream().send("data: 1\n\n").hang()]);
    page.act(
        "const it = client(at('/one'))
         for await (const { data } of it) setTimeout(() => it.disconnect())
         for await (const { data } of it) tell({ afterwards: data })",
    )
    .await;
    soon("the connection is closed", faults.wait_open(0)).await;
    assert_eq!(page.run::<Value>("return of('afterwards')").await, json!([]));
    assert_eq!(faults.exchanges_to("/one").len(), 1);
}

async fn a_fatal_error_is_thrown_in_the_loop(page: Page) {
    let (_lab, faults) = open_lab_with_faults(&page).await;
    faults.answer("/gone", [Reply::event_stream().send("retry: 10\nid: 1\ndata: 1\n\n"), Reply::status(410)]);
    let seen: Value = page
        .run(
            "const it = client(at('/gone'))
             const read = async () => { for await (const { data } of it) tell({ read: data }) }
             const first = await read().catch((error) => error)
             const later = await read().catch((error) => error)
             const { done, error } = await it.stream().getReader().read().catch((error) => ({ error }))
             return {
               read: of('read').map(({ read }) => read),
               thrown: [first, later, error].map((error) => [error instanceof SSEError, error.code, error.status]),
             }",
        )
        .await;
    let thrown = json!([true, "status", 410]);
    assert_eq!(seen, json!({ "read": ["1"], "thrown": [thrown, thrown, thrown] }));
    assert_eq!(faults.exchanges_to("/gone").len(), 2);
}

async fn loops_share_one_connection_and_each_sees_all_events(page: Page) {
    let (_lab, faults) = open_lab_with_faults(&page).await;
    faults.numbered("/numbers", Numbered::new(200).until("[DONE]"));
    page.act(
        "globalThis.it = client(at('/numbers'), { until: '[DONE]' })
         const pause = (length) => new Promise((resolve) => setTimeout(resolve, length))
         globalThis.seen = { fast: [], slow: [], early: [], late: [] }
         const read = async (name, each = () => {}) => {
           for await (const { id } of it) {
             seen[name].push(Number(id))
             if (await each(Number(id)) === 'enough') break
           }
         }
         let late
         await Promise.all([
           read('fast', (id) => { if (id === 100) late = read('late') }),
           read('slow', (id) => id % 20 === 0 ? pause(5) : undefined),
           read('early', (id) => id === 10 ? 'enough' : undefined),
         ])
         await late",
    )
    .await;
    let seen = |name: &'static str| {
        let page = page.clone();
        async move { page.run_with::<Vec<u32>>("return seen[args]", json!(name)).await }
    };
    let all: Vec<u32> = (1..=200).collect();
    assert_eq!(seen("fast").await, all);
    assert_eq!(seen("slow").await, all);
    assert_eq!(seen("early").await, all[..10]);
    assert_eq!(seen("late").await, all[100..]);
    assert_eq!(faults.exchanges_to("/numbers").len(), 1);
    assert_eq!(page.run::<Value>("return of('close')").await, json!([{ "close": "done" }]));
}

async fn a_stream_that_is_cancelled_closes_the_connection(page: Page) {
    let (_lab, faults) = open_lab_with_faults(&page).await;
    faults.answer("/three", [Reply::event_stream().send("data: 1\n\ndata: 2\n\ndata: 3\n\n").hang()]);
    page.act(
        "globalThis.reader = client(at('/three')).stream().getReader()
         const { value } = await reader.read()
         tell({ read: value.data })
         await reader.cancel()",
    )
    .await;
    soon("the connection is closed", faults.request_to("/three", 0).await.closed_by_client()).await;
    assert_eq!(
        page.run::<Value>("return [of('read'), of('close')]").await,
        json!([[{ "read": "1" }], [{ "close": "client" }]])
    );
}
