//! The tables, and everything as JSON.

use std::fmt::Write;

use serde_json::{Value, json};

use super::bars::Bar;
use super::catalogue::{FLOOR, Kind, OURS, PARSER};
use super::measure::Measured;
use super::plan::Plan;
use super::row::Row;
use super::size::Size;
use super::statistics::{Spread, geometric_mean, median};

/// How the figures are defined, in the words of the tables and the JSON.
const DEFINITIONS: [&str; 7] = [
    "parse, json: from bytes in memory to the listener, through the public class of each client; medians of rounds in \
     which sse-fetch, the bare parser and the floor run once each, in changing order, after four that do not count, \
     garbage collected between rows; as many rounds as it takes until the standard error of the ratio is 1.5 %, but \
     none after some 9 s, or 60 s where that error is above 5 % or there is no ratio, and 299 at most; the other peers \
     take turns among themselves afterwards, 3 to 9 times, and have a fifth of a stream to warm up",
    "net: less the median of the floor, which reads the same stream and throws its bytes away",
    "ratio: net time of eventsource-parser (with fetch and TextDecoder) by that of sse-fetch; above 1 sse-fetch is \
     faster; the times of a round are scaled to the same sum for it, because the pace of a machine varies, so it is not \
     quite the quotient of the columns; behind it is its standard error",
    "± : half the distance between the quartiles",
    "n: repetitions; a peer that takes long gets fewer than the others, but for the bare parser and the floor",
    "busy: DevTools' TaskDuration of the page's main thread, which only Chromium tells",
    "over the network: 36 rounds, and more until the bar for the wall time is known to 3 %, while all of them took less than \
     4 min; a peer that is surely more than a tenth slower than the fastest one, and busier by as much than the least busy, gets \
     as many of the 36 as take 3 s, but 12 at least; the bars compare two contestants round by round, so a figure there is the \
     median of quotients, with its standard error",
];

/// Every table.
#[must_use]
pub fn tables(engines: &[Measured], sizes: &[Size], bars: &[Bar]) -> String {
    let mut text = String::new();
    for measured in engines {
        let _ = writeln!(text, "\n{}: {}", measured.engine, measured.user_agent);
        for (kind, title) in [(Kind::Parse, "Parse and dispatch"), (Kind::Json, "JSON")] {
            text.push_str(&memory_table(measured, kind, title));
        }
        for row in measured.rows.iter().filter(|row| row.subject.kind == Kind::Network) {
            text.push_str(&network_table(measured, row));
        }
        text.push_str(&void_table(measured));
        if let Some(start) = Spread::of(&measured.start_ms) {
            let (middle, samples) = (spread(&start), start.samples);
            let _ = writeln!(text, "\nStart: {middle} from the evaluated import to the client (n {samples})");
        }
    }
    text.push_str(&size_table(sizes));
    text.push('\n');
    for definition in DEFINITIONS {
        let _ = writeln!(text, "{definition}");
    }
    text.push_str(&bar_table(bars));
    text
}

/// A line for each row, a column for each contestant: net times, and first of all the ratio.
fn memory_table(measured: &Measured, kind: Kind, title: &str) -> String {
    let rows: Vec<&Row> = measured.rows.iter().filter(|row| row.subject.kind == kind).collect();
    let Some(first) = rows.first() else { return String::new() };
    // The row with the most contestants names the columns: some skip some rows.
    let widest = rows.iter().max_by_key(|row| row.entries.len()).unwrap_or(first);
    let names: Vec<&str> =
        widest.entries.iter().map(|entry| entry.name.as_str()).filter(|name| *name != FLOOR).collect();
    let mut text = format!("\n{title}, net ms (± of {OURS} and of {PARSER})\n");
    let in_columns = |cells: Vec<String>| cells.iter().fold(String::new(), |line, cell| line + &format!("{cell:>19}"));
    let columns = in_columns(names.iter().map(|name| short(name)).collect());
    let _ = writeln!(text, "{:24}{:>16}{columns}{:>9}", "", "ratio", FLOOR);
    for row in &rows {
        let ratio = match (row.ratio(), row.ratio_error()) {
            (Some(ratio), Some(error)) => format!("{ratio:.2} × ± {:.1} %", error * 100.0),
            _ => "–".to_owned(),
        };
        let cells = in_columns(names.iter().map(|name| net(row, name)).collect());
        let floor = row.ms(FLOOR).map_or_else(|| "–".to_owned(), |floor| format!("{:.1}", floor.median));
        let _ = writeln!(text, "{:24}{ratio:>16}{cells}{floor:>9}", row.subject.name());
    }
    let ratios: Vec<f64> = rows.iter().filter_map(|row| row.ratio()).collect();
    if let Some(mean) = geometric_mean(&ratios) {
        let mean = format!("{mean:.2} ×");
        let _ = writeln!(text, "{:24}{mean:>16}   of {} rows", "geometric mean", ratios.len());
    }
    text
}

/// `31.4 ± 2 %`, and how many repetitions those were where they are few.
fn net(row: &Row, name: &str) -> String {
    let Some(entry) = row.entry(name) else { return "·".to_owned() };
    if entry.void.is_some() {
        return "void".to_owned();
    }
    match (row.net_ms(name), row.ms(name)) {
        (Some(net), Some(spread)) if [OURS, PARSER].contains(&name) => {
            format!("{net:.1} ± {:.0} %", spread.relative() * 100.0)
        }
        (Some(net), Some(spread)) => format!("{net:.1} (n {})", spread.samples),
        _ => "below floor".to_owned(),
    }
}

/// `fetch-event-source` is as long a name as fits.
fn short(name: &str) -> String {
    name.chars().take(18).collect()
}

fn network_table(measured: &Measured, row: &Row) -> String {
    let (events, title) = (measured.network_events, row.subject.title.to_lowercase());
    let mut text = format!("\nOver the network: {events} events, {title}\n");
    let _ = writeln!(text, "{:24}{:>20}{:>20}{:>6}", "", "wall", "busy", "n");
    let mut entries: Vec<_> = row.entries.iter().filter(|entry| entry.void.is_none()).collect();
    let middle = |ms: &[f64]| median(ms).unwrap_or(f64::INFINITY);
    entries.sort_by(|one, other| middle(&one.ms).total_cmp(&middle(&other.ms)));
    for entry in entries {
        let cell = |ms: &[f64]| Spread::of(ms).map_or_else(|| "–".to_owned(), |ms| spread(&ms));
        let (wall, busy, n) = (cell(&entry.ms), cell(&entry.busy_ms), entry.ms.len());
        let _ = writeln!(text, "{:24}{wall:>20}{busy:>20}{n:>6}", entry.name);
    }
    text
}

fn spread(ms: &Spread) -> String {
    let digits = usize::from(ms.median < 10.0) * 2;
    format!("{:.digits$} ms ± {:.0} %", ms.median, ms.relative() * 100.0)
}

/// What does not count, and why; each reason once, with the rows it holds for.
fn void_table(measured: &Measured) -> String {
    let mut reasons: Vec<(String, Vec<String>)> = Vec::new();
    for row in &measured.rows {
        for entry in &row.entries {
            let Some(reason) = &entry.void else { continue };
            let told = format!("{}: {reason}", entry.name);
            match reasons.iter_mut().find(|(known, _)| *known == told) {
                Some((_, rows)) => rows.push(row.subject.name()),
                None => reasons.push((told, vec![row.subject.name()])),
            }
        }
    }
    let mut text = String::new();
    if !reasons.is_empty() {
        text.push_str("\nVoid\n");
    }
    for (told, rows) in reasons {
        let _ = writeln!(text, "  {told} ({})", rows.join(", "));
    }
    if !measured.failures.is_empty() {
        text.push_str("\nNot measured\n");
    }
    for failure in &measured.failures {
        let _ = writeln!(text, "  {failure}");
    }
    text
}

fn size_table(sizes: &[Size]) -> String {
    let mut text = format!("\n{:34}{:>9}{:>9}{:>9}{:>9}\n", "Size in bytes", "raw", "min", "gzip", "Brotli");
    for Size { name, raw, minified, gzip, brotli, .. } in sizes {
        let _ = writeln!(text, "{name:34}{raw:>9}{minified:>9}{gzip:>9}{brotli:>9}");
    }
    text
}

/// Each bar, its figure, and whether it is met.
#[must_use]
pub fn bar_table(bars: &[Bar]) -> String {
    let mut text = format!("\n{:10}{:56}{:>10}{:>9}{:>7}  \n", "Bars", "", "figure", "bar", "aim");
    for bar in bars {
        let engine = bar.engine.map(|engine| engine.to_string()).unwrap_or_default();
        let figure = bar.figure.map_or_else(|| "–".to_owned(), |figure| bar.unit.show(figure));
        let aim = bar.aim.map(|aim| aim.to_string()).unwrap_or_default();
        let verdict = match (bar.is_met(), bar.reaches_aim()) {
            (true, true) => "met, and the aim",
            (true, false) => "met",
            (false, _) => "NOT MET",
        };
        let (what, demand, note) = (&bar.what, bar.demand.to_string(), &bar.note);
        let _ = writeln!(text, "{engine:10}{what:56}{figure:>10}{demand:>9}{aim:>7}  {verdict:17} {note}");
    }
    let met = bars.iter().filter(|bar| bar.is_met()).count();
    let _ = writeln!(text, "{met} of {} bars are met", bars.len());
    text
}

/// Everything, with all samples.
#[must_use]
pub fn in_json(plan: &Plan, engines: &[Measured], sizes: &[Size], bars: &[Bar], failures: &[String]) -> Value {
    let engines: Vec<Value> = engines.iter().map(engine_in_json).collect();
    let bars: Vec<Value> = bars
        .iter()
        .map(|bar| {
            let mut value = json!(bar);
            value["met"] = bar.is_met().into();
            value
        })
        .collect();
    json!({
        "benchmark": "browser",
        "definitions": DEFINITIONS,
        "plan": plan,
        "bars": bars,
        "sizes": sizes,
        "failures": failures,
        "engines": engines,
    })
}

fn engine_in_json(measured: &Measured) -> Value {
    let mut value = json!(measured);
    for (row, of) in measured.rows.iter().zip(value["rows"].as_array_mut().into_iter().flatten()) {
        of["ratio"] = json!(row.ratio());
        of["ratio_error"] = json!(row.ratio_error());
        let entries = of["entries"].as_array_mut().into_iter().flatten();
        for (entry, of) in row.entries.iter().zip(entries) {
            of["spread_ms"] = json!(row.ms(&entry.name));
            of["spread_busy_ms"] = json!(row.busy_ms(&entry.name));
            of["net_ms"] = json!(row.net_ms(&entry.name));
        }
    }
    value
}
