//! What tables, bars, JSON and plots say of given measurements, without any browser.

use benches::browser::Engine;
use benches::browser::bars::{Bar, bars};
use benches::browser::catalogue::{Catalogue, Kind, Subject};
use benches::browser::measure::{Measured, Memory};
use benches::browser::plan::Plan;
use benches::browser::plot::plots;
use benches::browser::report::{bar_table, in_json, tables};
use benches::browser::row::{Entry, Row};
use benches::browser::size::Size;

fn entry(name: &str, ms: f64, busy_ms: Option<f64>) -> Entry {
    let around = |middle: f64| vec![middle + 1.0, middle, middle - 1.0];
    Entry { ms: around(ms), busy_ms: busy_ms.map(around).unwrap_or_default(), ..Entry::new(name) }
}

fn row(kind: Kind, workload: &str, chunking: &str, entries: Vec<Entry>) -> Row {
    let [workload, title, chunking] = [workload, workload, chunking].map(str::to_owned);
    Row { subject: Subject { kind, workload, title, chunking }, entries }
}

/// Ratios of 2 and 0.5; over the network twice as busy as the floor and half as busy as the fastest peer.
fn measured(engine: Engine) -> Measured {
    let from_memory = |ours: f64, parser: f64| {
        vec![entry("sse-fetch", ours, None), entry("eventsource-parser", parser, None), entry("floor", 10.0, None)]
    };
    let busy = |ms: f64| (engine == Engine::Chromium).then_some(ms);
    let network = vec![
        entry("sse-fetch", 50.0, busy(20.0)),
        entry("eventsource-parser", 100.0, busy(40.0)),
        entry("fetch-event-source", 300.0, busy(80.0)),
        entry("native", 900.0, busy(200.0)),
        entry("floor", 30.0, busy(10.0)),
    ];
    Measured {
        engine,
        user_agent: "Netscape 4 <Gold>".to_owned(),
        catalogue: Catalogue { contestants: Vec::new(), workloads: Vec::new() },
        rows: vec![
            row(Kind::Parse, "chat", "64k", from_memory(20.0, 30.0)),
            row(Kind::Parse, "drips-4", "4-bytes", from_memory(30.0, 20.0)),
            row(Kind::Json, "chat", "64k", from_memory(20.0, 30.0)),
            row(Kind::Network, "as-fast-as-they-go", "", network),
        ],
        network_events: 200_000,
        start_ms: vec![3.0, 2.0, 40.0],
        memory: Some(Memory {
            events: 1_000_000,
            wasm_after_first: 1_500_000.0,
            wasm_after: 1_500_000.0,
            heap_before: Some(2_000_000.0),
            heap_after: Some(4_000_000.0),
        }),
        failures: Vec::new(),
    }
}

fn sizes() -> Vec<Size> {
    let size = |name: &str, file: &str, brotli| Size {
        name: name.to_owned(),
        file: file.to_owned(),
        raw: 90_000,
        minified: 80_000,
        gzip: 26_000,
        brotli,
    };
    vec![size("sse-fetch", "index.js", 24_000), size("sse-fetch.wasm", "sse-fetch.wasm", 12_000)]
}

fn find<'a>(bars: &'a [Bar], what: &str) -> &'a Bar {
    bars.iter().find(|bar| bar.what == what).unwrap_or_else(|| panic!("no bar {what} in {bars:#?}"))
}

fn figure(bars: &[Bar], what: &str) -> f64 {
    find(bars, what).figure.unwrap_or_else(|| panic!("{what} has no figure"))
}

fn close(one: f64, other: f64) -> bool {
    (one - other).abs() < 1e-9
}

#[test]
fn the_bars_are_those_of_the_issue_with_the_figures_measured() {
    let bars = bars(&[measured(Engine::Chromium)], &sizes());
    for (what, expected, met) in [
        ("parse: worst row", 0.5, false),
        ("parse: geometric mean", 1.0, false),
        ("busy, as-fast-as-they-go: of the floor", 2.0, false),
        ("busy, as-fast-as-they-go: less than the fastest peer", 2.0, true),
        ("busy, as-fast-as-they-go: less than fetch-event-source", 4.0, true),
        ("busy, as-fast-as-they-go: less than native EventSource", 10.0, false),
        ("wall, as-fast-as-they-go: of the fastest peer", 0.5, true),
        ("start: import to constructed", 3.0, true),
        ("memory: growth of wasm", 0.0, true),
        ("memory: growth of the JS heap", 2.0, false),
        ("size: default entry, min + Brotli", 24.0, true),
        ("size: slim .wasm, Brotli", 12.0, true),
    ] {
        assert!(close(figure(&bars, what), expected), "{what}: {:?}", find(&bars, what));
        assert_eq!(find(&bars, what).is_met(), met, "{what}");
    }
    assert!(find(&bars, "busy, as-fast-as-they-go: less than the fastest peer").reaches_aim());
    assert!(!find(&bars, "size: default entry, min + Brotli").reaches_aim());
    assert_eq!(find(&bars, "parse: worst row").note, "drips-4 4-bytes ± 0.0 %");
    assert_eq!(find(&bars, "parse: geometric mean").note, "± 0.0 % of 2 of 2 rows");
}

#[test]
fn only_chromium_has_bars_for_the_main_thread_and_the_start() {
    let bars = bars(&[measured(Engine::Firefox)], &[]);
    assert!(!bars.iter().any(|bar| bar.what.starts_with("busy") || bar.what.starts_with("start")));
    assert!(bars.iter().any(|bar| bar.what.starts_with("wall")));
}

#[test]
fn a_bar_without_a_figure_is_not_met() {
    let bars = bars(&[], &sizes());
    let slim = find(&bars, "size: slim JS, min + Brotli");
    assert_eq!((slim.figure, slim.is_met()), (None, false));
    assert!(bar_table(&bars).contains("2 of 3 bars are met"), "{}", bar_table(&bars));
}

#[test]
fn a_void_row_is_told_with_its_reason_and_fails_the_bar_of_the_worst_row() {
    let mut measured = measured(Engine::WebKit);
    measured.rows[1].entries[0].fail("reports 8 events where there are 9".to_owned());
    let all = [measured];
    let bars = bars(&all, &[]);
    let worst = find(&bars, "parse: worst row");
    assert!(!worst.is_met() && worst.note.contains("no ratio for drips-4 4-bytes"), "{worst:?}");

    let text = tables(&all, &[], &bars);
    assert!(text.contains("sse-fetch: reports 8 events where there are 9 (drips-4 4-bytes)"), "{text}");
}

#[test]
fn the_tables_tell_the_ratio_of_each_row_and_each_client_over_the_network() {
    let all = [measured(Engine::Chromium)];
    let text = tables(&all, &sizes(), &bars(&all, &sizes()));
    for told in ["2.00 ×", "0.50 ×", "geometric mean", "fetch-event-source", "200000 events", "NOT MET", "index.js"] {
        assert!(text.contains(told), "{told} is not in\n{text}");
    }
}

#[test]
fn the_json_has_every_sample_and_what_was_made_of_them() {
    let all = [measured(Engine::Chromium)];
    let json = in_json(&Plan::QUICK, &all, &sizes(), &bars(&all, &sizes()), &["webkit: not here".to_owned()]);
    let row = &json["engines"][0]["rows"][0];
    assert_eq!((row["kind"].as_str(), row["ratio"].as_f64()), (Some("parse"), Some(2.0)));
    assert_eq!(row["entries"][0]["ms"].as_array().map(Vec::len), Some(3));
    assert_eq!(row["entries"][0]["net_ms"], 10.0);
    assert_eq!(json["bars"][0]["met"], false);
    assert_eq!(json["failures"][0], "webkit: not here");
}

#[test]
fn the_plots_are_well_formed_and_have_something_for_everyone() {
    let plots = plots(&Engine::ALL.map(measured), &sizes());
    let names: Vec<&str> = plots.iter().map(|(name, _)| *name).collect();
    let kinds = ["parse", "json", "wall", "busy", "start", "memory", "size"];
    assert_eq!(names, kinds.map(|kind| format!("browser-{kind}.svg")));
    for (name, plot) in &plots {
        let document = roxmltree::Document::parse(plot).unwrap_or_else(|error| panic!("{name}: {error}"));
        let count = |tag: &str| document.descendants().filter(|node| node.has_tag_name(tag)).count();
        match *name {
            "browser-parse.svg" => assert_eq!(count("circle"), 6, "two rows in three engines"),
            "browser-json.svg" => assert_eq!(count("circle"), 3, "one row in three engines"),
            "browser-wall.svg" => assert_eq!(count("rect"), 1 + 15, "the paper, and five clients in three engines"),
            "browser-busy.svg" => assert_eq!(count("rect"), 1 + 5),
            "browser-start.svg" => assert_eq!(count("rect"), 1 + 3),
            "browser-memory.svg" => assert_eq!(count("rect"), 1 + 3 * 4),
            _ => assert_eq!(count("rect"), 1 + 2),
        }
    }
}

#[test]
fn a_row_without_a_ratio_has_no_dot() {
    let mut measured = measured(Engine::Chromium);
    measured.rows[0].entries[2].ms = vec![1000.0];
    let (_, plot) = plots(&[measured], &[]).swap_remove(0);
    assert_eq!(plot.matches("<circle").count(), 1, "{plot}");
    assert!(!plot.contains("NaN") && !plot.contains("inf"), "{plot}");
}
