//! The page of the benchmarks, which Node cannot open: everybody who takes part gets every row right, and what only a page
//! has can be measured. No figure is looked at; speed is the matter of `cargo xtask bench`.

use demo_server::DemoServer;
use e2e::{Page, demo_server, tests};
use serde::Deserialize;
use serde_json::{Value, json};

tests! {
    InPage:
        every_client_of_the_benchmarks_gets_every_row_right,
        start_and_memory_can_be_measured,
        a_run_shows_figures_as_they_come_and_can_be_stopped,
}

/// Events of a row over the network.
const EVENTS: u64 = 3_000;

#[derive(Deserialize)]
struct Rows {
    names: Vec<String>,
    /// Who had a figure in each row over the network.
    over_the_network: Vec<Vec<String>>,
    /// Row, contestant and reason, where the reason is none that the contestant is known for.
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
            "const { SETS, rowsOf } = await import('/js/bench/rows.js')
             const benchmark = await import('/bench/benchmark.js')
             const { parse, json, network } = rowsOf({ ...SETS.full, scale: 0.01, events: args }, benchmark)
             const known = benchmark.list().contestants.flatMap(({ skips, flaws }) => Object.values({ ...skips, ...flaws }))
             const rows = [...parse, ...json, ...network]
             for (const row of rows) await row.verify()
             for (const row of network) for (const names of row.heats) await row.round(names, 0, () => true)
             const reasons = (row) => [...row.entries].map(([name, { reason }]) => [row.name, name, reason])
             return {
               names: rows.map(({ name }) => name),
               over_the_network: network.map((row) => [...row.entries.keys()].filter((name) => row.time(name) > 0)),
               surprises: rows.flatMap(reasons).filter(([, , reason]) => reason && !known.includes(reason)),
             }",
            json!(EVENTS),
        )
        .await;
    assert_eq!(rows.surprises, Vec::<[String; 3]>::new());
    assert!(rows.names.len() >= 20, "{:?}", rows.names);
    assert_eq!(rows.over_the_network.len(), 4, "text and JSON, in one go and in small writes");
    for who in rows.over_the_network {
        assert!(
            ["sse-fetch", "eventsource-parser", "native", "floor"].iter().all(|name| who.iter().any(|one| one == name)),
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
    assert!(page.text("bench-start-time").await.ends_with(" ms"));
    page.click("bench-start").await;
    page.wait_until("part('bench-status').textContent.startsWith('Parse and dispatch')").await;
}
