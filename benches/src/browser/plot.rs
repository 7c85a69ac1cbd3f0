//! The plots: how the rows compare in each engine, and bars of what the network, the start, the memory and the download take.

use benches_plot::{Axis, Bar, Panel, Series, bars, dots};

use super::Engine;
use super::catalogue::{FLOOR, Kind, OURS};
use super::measure::Measured;
use super::row::Row;
use super::size::Size;
use super::statistics::{Spread, geometric_mean};

/// Every plot there are figures for, by the name of its file.
#[must_use]
pub fn plots(engines: &[Measured], sizes: &[Size]) -> Vec<(&'static str, String)> {
    let parse = "Parse and dispatch: sse-fetch beside the fastest JavaScript parser";
    let json = "JSON: sse-fetch beside the fastest JavaScript parser";
    let of_text = "How many times as fast as eventsource-parser with TextDecoder, from bytes in memory to the listener, \
                   net of reading the bytes.";
    let of_json = "The same with the data parsed: the option parse: 'json' beside eventsource-parser with JSON.parse.";
    let found = [
        ("browser-parse.svg", ratios(engines, Kind::Parse, parse, of_text)),
        ("browser-json.svg", ratios(engines, Kind::Json, json, of_json)),
        ("browser-wall.svg", wall(engines)),
        ("browser-busy.svg", busy(engines)),
        ("browser-start.svg", start(engines)),
        ("browser-memory.svg", memory(engines)),
        ("browser-size.svg", size(sizes)),
    ];
    found.into_iter().filter_map(|(name, plot)| Some((name, plot?))).collect()
}

/// A row for each stream, a dot for each engine.
fn ratios(engines: &[Measured], kind: Kind, title: &str, legend: &str) -> Option<String> {
    let rows = |measured: &Measured| -> Vec<Row> {
        measured.rows.iter().filter(|row| row.subject.kind == kind).cloned().collect()
    };
    let mut names: Vec<String> = Vec::new();
    for name in engines.iter().flat_map(rows).map(|row| row.subject.name()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let series = |measured: &Measured| {
        let rows = rows(measured);
        let of = |name: &String| rows.iter().find(|row| row.subject.name() == *name)?.ratio();
        let figures: Vec<Option<f64>> = names.iter().map(of).collect();
        let found: Vec<f64> = figures.iter().flatten().copied().collect();
        let mean = geometric_mean(&found).map_or_else(|| "no figure".to_owned(), |mean| format!("{mean:.2} ×"));
        Series {
            name: measured.engine.to_string(),
            summary: format!("geometric mean {mean}"),
            class: class_of(measured.engine),
            figures,
        }
    };
    let axis = Axis { unit: "×", least: (0.5, 2.0), middle: Some(1.0) };
    let series: Vec<Series> = engines.iter().map(series).collect();
    (!names.is_empty()).then(|| dots(title, legend, &names, axis, &series))
}

fn class_of(engine: Engine) -> &'static str {
    match engine {
        Engine::Chromium => "ours",
        Engine::Firefox => "theirs",
        Engine::WebKit => "third",
    }
}

fn wall(engines: &[Measured]) -> Option<String> {
    let panels: Vec<Panel> = engines.iter().flat_map(|measured| network(measured, Row::ms)).collect();
    let legend = "Milliseconds from the request to the last listener called; medians, the line spans the quartiles. \
                  Part of it is the server's.";
    (!panels.is_empty()).then(|| bars("Over the network: wall time", legend, &panels))
}

fn busy(engines: &[Measured]) -> Option<String> {
    let measured = engines.iter().find(|measured| measured.engine == Engine::Chromium)?;
    let legend = "Milliseconds the page's main thread was busy (DevTools' TaskDuration); medians, the line spans the \
                  quartiles.";
    Some(bars("Over the network: main thread", legend, &network(measured, Row::busy_ms)))
}

fn network(measured: &Measured, of: impl Fn(&Row, &str) -> Option<Spread>) -> Vec<Panel> {
    let panel = |row: &Row| {
        let bar = |name: &str| {
            let spread = of(row, name)?;
            Some(Bar {
                name: name.to_owned(),
                value: spread.median,
                figure: format!("{:.0} ms", spread.median),
                class: class_of_contestant(name),
                quartiles: Some((spread.lower_quartile, spread.upper_quartile)),
            })
        };
        let mut bars: Vec<Bar> = row.entries.iter().filter_map(|entry| bar(&entry.name)).collect();
        bars.sort_by(|one, other| one.value.total_cmp(&other.value));
        let (events, way) = (measured.network_events, row.subject.title.to_lowercase());
        Panel { title: format!("{}: {events} events, {way}", measured.engine), bars }
    };
    measured.rows.iter().filter(|row| row.subject.kind == Kind::Network).map(panel).collect()
}

fn start(engines: &[Measured]) -> Option<String> {
    let bar = |measured: &Measured| {
        let spread = Spread::of(&measured.start_ms)?;
        Some(Bar {
            name: measured.engine.to_string(),
            value: spread.median,
            figure: format!("{:.2} ms", spread.median),
            class: class_of(measured.engine),
            quartiles: Some((spread.lower_quartile, spread.upper_quartile)),
        })
    };
    let all: Vec<Bar> = engines.iter().filter_map(bar).collect();
    let legend =
        "Milliseconds from the evaluated import to the constructed client; medians, the line spans the quartiles.";
    let panel = Panel { title: "Milliseconds".to_owned(), bars: all };
    (!panel.bars.is_empty()).then(|| bars("Start", legend, &[panel]))
}

/// What was held after the first thousand events, and at the end.
fn memory(engines: &[Measured]) -> Option<String> {
    let panel = |measured: &Measured| {
        let memory = measured.memory?;
        let bar = |name: &str, bytes: f64| Bar {
            name: name.to_owned(),
            value: bytes,
            figure: format!("{:.2} MB", bytes / 1e6),
            class: class_of(measured.engine),
            quartiles: None,
        };
        let told = [
            ("wasm, after the first thousand", Some(memory.wasm_after_first)),
            ("wasm, at the end", Some(memory.wasm_after)),
            ("JS heap, after the first thousand", memory.heap_before),
            ("JS heap, at the end", memory.heap_after),
        ];
        let bars = told.into_iter().filter_map(|(name, bytes)| Some(bar(name, bytes?))).collect();
        Some(Panel { title: format!("{}: {} events", measured.engine, memory.events), bars })
    };
    let panels: Vec<Panel> = engines.iter().filter_map(panel).collect();
    let legend = "What a long stream leaves behind, the client still connected, garbage collected.";
    (!panels.is_empty()).then(|| bars("Memory", legend, &panels))
}

fn class_of_contestant(name: &str) -> &'static str {
    match name {
        OURS => "ours",
        FLOOR => "third",
        _ => "other",
    }
}

#[allow(clippy::cast_precision_loss)]
fn size(sizes: &[Size]) -> Option<String> {
    let bar = |size: &Size| Bar {
        name: size.name.clone(),
        value: size.brotli as f64,
        figure: format!("{:.1} KB (gzip {:.1})", size.brotli as f64 / 1000.0, size.gzip as f64 / 1000.0),
        class: "ours",
        quartiles: None,
    };
    let panel = Panel { title: "KB with Brotli".to_owned(), bars: sizes.iter().map(bar).collect() };
    (!sizes.is_empty())
        .then(|| bars("What a page downloads", "Each entry with all that it imports, minified.", &[panel]))
}
