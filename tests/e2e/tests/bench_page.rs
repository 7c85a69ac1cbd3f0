//! The page of the benchmarks: every library reads every row correctly, and what only a page has can be measured. No figure is
//! checked, since `cargo xtask bench` measures the speed.

use demo_server::DemoServer;
use e2e::{Page, demo_server, tests};
use serde::Deserialize;
use serde_json::{Value, json};

tests! {
    InPage:
        every_client_of_the_benchmarks_gets_every_row_right,
        start_and_memory_can_be_measured,
        a_run_shows_figures_as_they_come_and_can_be_stopped,
        a_run_ends_with_every_figure_there_is,
        a_run_that_is_stopped_is_over_before_the_next_one_begins,
        a_server_that_is_stuck_does_not_keep_a_run_from_being_stopped,
        what_cannot_be_measured_leaves_the_rest_its_figures,
        sizes_are_those_of_the_package,
}

/// Events of a row over the network.
const EVENTS: u64 = 3_000;

#[derive(Deserialize)]
struct Rows {
    names: Vec<String>,
    /// The libraries that had a figure in each row over the network.
    over_the_network: Vec<Vec<String>>,
    /// Row, library and reason, where the library is not known for that reason.
    surprises: Vec<[String; 3]>,
}

async fn open(page: &Page) -> DemoServer {
    let server = demo_server().await;
    page.open(&format!("{}/bench.html", server.url())).await;
    page.wait_for_text("bench-status", "Ready.").await;
    server
}

async fn every_client_of_the_benchmarks_gets_every_row_right(page: Page) {
    let _server = open(&page).await;
    let rows: Rows = page
        .run_with(
            "const { PAGE_FULL, isNetwork, jobOf, measureRow, rowOf, subjectsOf, verify } = await import('/bench/engine.js')
             const benchmark = await import('/bench/benchmark.js')
             const catalogue = await benchmark.list()
             const known = catalogue.libraries.flatMap(({ skips, flaws }) => Object.values({ ...skips, ...flaws }))
             const plan = { ...PAGE_FULL, scale: 0.05, networkEvents: args, networkRounds: 1 }
             const host = { benchmark, renew: async () => {} }
             const rows = subjectsOf(plan, catalogue).map((subject) => rowOf(subject, catalogue))
             const network = rows.filter(({ subject }) => isNetwork(subject))
             for (const row of rows) {
               if (network.includes(row)) await measureRow(host, row, plan)
               else await verify(host, row, jobOf(row.subject, plan))
             }
             const reasons = (row) => row.entries.map(({ name, void: reason }) => [row.sentence, name, reason])
             return {
               names: rows.map(({ sentence }) => sentence),
               over_the_network: network.map((row) => row.shown.filter((name) => row.time(name) > 0)),
               surprises: rows.flatMap(reasons).filter(([, , reason]) => reason && !known.includes(reason)),
             }",
            json!(EVENTS),
        )
        .await;
    assert_eq!(rows.surprises, Vec::<[String; 3]>::new());
    assert_eq!(rows.names.len(), 33 + 12 + 4, "{:?}", rows.names);
    assert_eq!(rows.over_the_network.len(), 4, "text and JSON, in one go and in small writes");
    for who in rows.over_the_network {
        assert!(
            ["sse-fetch", "eventsource-parser", "native", "baseline"]
                .iter()
                .all(|name| who.iter().any(|one| one == name)),
            "{who:?}"
        );
    }
}

async fn start_and_memory_can_be_measured(page: Page) {
    let _server = open(&page).await;
    let measured: Value = page
        .run(
            "const benchmark = await import('/bench/benchmark.js')
             const { ms } = await benchmark.start()
             const memory = await benchmark.memory({ events: 20_000 })
             return { ms, ...memory }",
        )
        .await;
    assert!(measured["ms"].as_f64().is_some_and(|ms| ms >= 0.0), "{measured}");
    assert_eq!(measured["events"], 20_000);
    assert!(measured["wasmAfter"].as_f64().is_some_and(|bytes| bytes > 0.0), "{measured}");
    assert_eq!(measured["wasmAfter"], measured["wasmAfterFirst"], "the memory of wasm does not grow with the stream");
}

async fn a_run_shows_figures_as_they_come_and_can_be_stopped(page: Page) {
    let _server = open(&page).await;
    page.click("bench-start").await;
    page.wait_until("[...document.querySelectorAll('.bar-speed')].some((figure) => figure.textContent !== '')").await;
    page.click("bench-start").await;
    page.wait_for_text("bench-status", "Stopped.").await;
    assert!(page.text("bench-start-time").await.contains(" ms ± "));
    page.click("bench-start").await;
    page.wait_until("part('bench-status').textContent.startsWith('Parse and dispatch')").await;
}

/// The quick set with so little in it that it is over in no time. A browser takes up to 20 s to tell what scripts hold, if it
/// does at all: here it tells at once, and every time half a megabyte more.
const TINY: &str = "
    const { PAGE_QUICK } = await import('/bench/engine.js')
    const only = { parse: ['chat 64k'], json: ['chat 64k'] }
    const rounds = { unmeasuredRounds: 1, mostRounds: 3, peerRounds: 3, networkRounds: 3 }
    Object.assign(PAGE_QUICK, { only, ...rounds, scale: 0.02, networkEvents: 3000, starts: 3, memoryEvents: 5000 })
    let held = 0
    performance.measureUserAgentSpecificMemory = async () => ({
      bytes: 9e9,
      breakdown: [{ types: ['DOM'], bytes: 7e6 * held }, { types: ['JavaScript'], bytes: (held += 1) * 5e5 }],
    })";

async fn a_run_ends_with_every_figure_there_is(page: Page) {
    let _server = open(&page).await;
    page.run::<Value>(TINY).await;
    page.click("bench-start").await;
    page.wait_until("['Done.', 'It failed'].some((end) => part('bench-status').textContent.startsWith(end))").await;
    assert_eq!(page.text("bench-status").await, "Done.");
    let shown: Value = page
        .run(
            "const texts = (selector) => [...document.querySelectorAll(selector)].map(({ textContent }) => textContent)
             const rows = (name) => texts(`[data-testid=${name}] .bench-chart`).length
             const { max, value } = document.querySelector('[data-testid=bench-progress]')
             return {
               rows: ['bench-parse', 'bench-json', 'bench-network'].map(rows),
               native: texts('[data-testid=bench-network] [data-library=native] .bar-speed'),
               spreads: texts('[data-testid=bench-network] [data-library=native] .bar-spread'),
               void: texts('[data-void] .bar-reason'),
               start: texts('[data-testid=bench-start-time]')[0],
               wasm: texts('[data-testid=bench-memory-wasm]')[0],
               heap: texts('[data-testid=bench-memory-heap]')[0],
               frames: document.querySelectorAll('iframe').length,
               left: max - value,
             }",
        )
        .await;
    assert_eq!(shown["rows"], json!([1, 1, 2]));
    assert_eq!(shown["void"], json!([]));
    assert_eq!(
        [&shown["native"], &shown["spreads"]].map(|list| list.as_array().map_or(0, Vec::len)),
        [2, 2],
        "{shown}"
    );
    for figure in shown["native"].as_array().expect("a list") {
        assert!(figure.as_str().is_some_and(|figure| figure.ends_with(" thousand/s")), "{shown}");
    }
    for spread in shown["spreads"].as_array().expect("a list") {
        assert!(spread.as_str().is_some_and(|spread| spread.starts_with("± ")), "{shown}");
    }
    assert!(shown["start"].as_str().is_some_and(|start| start.contains(" ms ± ")), "{shown}");
    assert_eq!(shown["wasm"], "± 0");
    assert_eq!(shown["heap"], "+ 0.50 MB");
    assert_eq!(shown["frames"], 0, "what was measured is let go");
    assert_eq!(shown["left"], 0);
}

async fn a_run_that_is_stopped_is_over_before_the_next_one_begins(page: Page) {
    let _server = open(&page).await;
    page.run::<Value>(TINY).await;
    // The browser never reports what scripts hold. The run can be stopped all the same.
    page.run::<Value>("performance.measureUserAgentSpecificMemory = () => new Promise(() => {})").await;
    let is_isolated: bool = page.run("return crossOriginIsolated").await;
    assert!(is_isolated);
    page.click("bench-start").await;
    page.wait_until("part('bench-status').textContent.startsWith('Memory')").await;
    let pressed: [Value; 2] = page
        .run(
            "const button = document.querySelector('[data-testid=bench-start]')
             button.focus()
             button.click()
             const disabled = button.getAttribute('aria-disabled')
             button.click()
             // An element that cannot have the focus any more loses it with the next frame.
             await new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown)))
             return [disabled, document.activeElement === button]",
        )
        .await;
    assert_eq!(pressed, [json!("true"), json!(true)]);
    page.wait_for_text("bench-status", "Stopped.").await;
    assert_eq!(page.text("bench-memory-wasm").await, "");
    page.wait_until(
        "!part('bench-start').hasAttribute('aria-disabled') && document.querySelectorAll('iframe').length === 0",
    )
    .await;
    page.run::<Value>(
        "performance.measureUserAgentSpecificMemory = async () => { throw new DOMException('no', 'SecurityError') }",
    )
    .await;
    page.click("bench-start").await;
    page.wait_for_text("bench-status", "Done.").await;
    assert_eq!(page.text("bench-memory-wasm").await, "± 0");
    assert_eq!(page.text("bench-memory-heap").await, "not reported by this browser");
}

/// `tamper(change)`: what measures is changed to what `change(honest)` says, in every copy.
const TAMPER: &str = "
    const { Realm } = await import('/js/bench/realm.js')
    const { renew } = Realm.prototype
    const tamper = (change) => {
      Realm.prototype.renew = async function () {
        await renew.call(this)
        this.benchmark = { ...this.benchmark, ...change(this.benchmark) }
      }
    }\n";

async fn a_server_that_is_stuck_does_not_keep_a_run_from_being_stopped(page: Page) {
    let _server = open(&page).await;
    page.run::<Value>(TINY).await;
    let stuck = "globalThis.end = []
         const start = () => new Promise((_, reject) => {
           document.body.dataset.stuck = end.push(() => reject(new Error('too late')))
         })
         tamper(() => ({ start }))";
    page.run::<Value>(&[TAMPER, stuck].concat()).await;
    page.click("bench-start").await;
    page.wait_until("document.body.dataset.stuck === '1'").await;
    page.click("bench-start").await;
    page.wait_for_text("bench-status", "Stopped.").await;
    page.wait_until(
        "!part('bench-start').hasAttribute('aria-disabled') && document.querySelectorAll('iframe').length === 0",
    )
    .await;
    // What ends at last is of a run that is over.
    page.click("bench-start").await;
    let shown: [Value; 2] = page
        .run(
            "end[0]()
             await new Promise((resolve) => setTimeout(resolve))
             const part = (name) => document.querySelector(`[data-testid=${name}]`)
             return [part('bench-start-time').textContent, part('bench-progress').value]",
        )
        .await;
    assert_eq!(shown, [json!(""), json!(0)]);
}

async fn what_cannot_be_measured_leaves_the_rest_its_figures(page: Page) {
    let _server = open(&page).await;
    page.run::<Value>(TINY).await;
    let luckless = "const fail = async () => { throw new Error('no luck') }
         tamper((honest) => {
           const verify = (row) => (row.json || row.library === 'eventsource' ? fail() : honest.verify(row))
           return { start: fail, memory: fail, verify }
         })";
    page.run::<Value>(&[TAMPER, luckless].concat()).await;
    page.click("bench-start").await;
    page.wait_for_text("bench-status", "Done.").await;
    let (texts, left): (Vec<String>, f64) = page
        .run(
            "const part = (name) => document.querySelector(`[data-testid=${name}]`)
             const reason = (panel, who) => `[data-testid=${panel}] [data-library='${who}'] .bar-reason`
             const reasons = [['bench-parse', 'eventsource'], ['bench-parse', 'sse-fetch'], ['bench-json', 'sse-fetch']]
             const { max, value } = part('bench-progress')
             return [
               [part('bench-start-time').textContent, part('bench-memory-wasm').textContent,
                 ...reasons.map(([panel, who]) => document.querySelector(reason(panel, who)).textContent)],
               max - value + document.querySelectorAll('.bench-chart[data-running]').length,
             ]",
        )
        .await;
    assert_eq!(texts, ["not measured: no luck", "not measured: no luck", "no luck", "", "no luck"]);
    assert!(left.abs() < 1e-9, "all is done, and nothing runs");
}

async fn sizes_are_those_of_the_package(page: Page) {
    let _server = open(&page).await;
    let (sizes, slim): (Vec<Vec<String>>, f64) = page
        .run(
            "const rows = [...document.querySelectorAll('[data-testid=bench-sizes] tr')]
             const wasm = await (await fetch('/pkg/sse-fetch.wasm')).arrayBuffer()
             return [rows.map(({ cells }) => [...cells].map(({ textContent }) => textContent)), wasm.byteLength]",
        )
        .await;
    let of = |name: &str| sizes.iter().find(|row| row[0] == name).unwrap_or_else(|| panic!("no {name} in {sizes:?}"));
    let told: f64 = of("sse-fetch.wasm")[1].parse().expect("a number");
    assert!((told - slim / 1000.0).abs() < 0.06, "{told} KB for {slim} bytes");
    for entry in ["sse-fetch", "sse-fetch/slim", "sse-fetch/vue"] {
        let [min, gzip, brotli] = [1, 2, 3].map(|place| of(entry)[place].parse::<f64>().expect("a number"));
        assert!(min > gzip && gzip > brotli && brotli > 1.0, "{entry}: {sizes:?}");
    }
}
