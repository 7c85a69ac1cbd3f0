//! The bars the project set itself, and whether the figures clear them.

use std::fmt;
use std::path::Path;

use serde::Serialize;

use super::Engine;
use super::catalogue::{FLOOR, Kind, OURS};
use super::measure::Measured;
use super::row::{Entry, Row, Samples};
use super::size::Size;
use super::statistics::{geometric_mean, median};

/// The name of the default entry, and of the one whose wasm is a file of its own.
const DEFAULT_ENTRY: &str = "sse-fetch";
const SLIM_ENTRY: &str = "sse-fetch/slim";

const KILOBYTE: f64 = 1000.0;
const MEGABYTE: f64 = 1_000_000.0;

/// A bar: what has to be at least, or at most, so much.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bar {
    /// The engine, where there is one.
    pub engine: Option<Engine>,
    /// What is measured.
    pub what: String,
    /// What was measured; `None` if nothing was.
    pub figure: Option<f64>,
    /// What the figure is counted in.
    pub unit: Unit,
    /// What is asked of it.
    pub demand: Demand,
    /// What would be better still.
    pub aim: Option<f64>,
    /// Where the figure is from, or why there is none.
    pub note: String,
}

/// What is asked of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Demand {
    /// No less than this.
    AtLeast(f64),
    /// No more than this.
    AtMost(f64),
}

/// What a figure is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// So many times as much.
    Times,
    /// Thousand bytes.
    Kilobytes,
    /// Million bytes.
    Megabytes,
    /// Milliseconds.
    Milliseconds,
}

impl Bar {
    /// Whether the figure clears the bar; one that is missing does not.
    #[must_use]
    pub fn is_met(&self) -> bool {
        self.figure.is_some_and(|figure| match self.demand {
            Demand::AtLeast(least) => figure >= least,
            Demand::AtMost(most) => figure <= most,
        })
    }

    /// Whether it reaches what would be better still.
    #[must_use]
    pub fn reaches_aim(&self) -> bool {
        let aimed = self.aim.map(|aim| match self.demand {
            Demand::AtLeast(_) => Demand::AtLeast(aim),
            Demand::AtMost(_) => Demand::AtMost(aim),
        });
        aimed.is_some_and(|demand| Self { demand, ..self.clone() }.is_met())
    }
}

impl Unit {
    /// The figure in this unit: `1.43 ×`.
    #[must_use]
    pub fn show(self, figure: f64) -> String {
        match self {
            Self::Times => format!("{figure:.2} ×"),
            Self::Kilobytes => format!("{figure:.1} KB"),
            Self::Megabytes => format!("{figure:.2} MB"),
            Self::Milliseconds => format!("{figure:.2} ms"),
        }
    }
}

impl fmt::Display for Demand {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(least) => write!(out, "≥ {least}"),
            Self::AtMost(most) => write!(out, "≤ {most}"),
        }
    }
}

/// Every bar, for these engines and sizes.
#[must_use]
pub fn bars(engines: &[Measured], sizes: &[Size]) -> Vec<Bar> {
    let mut bars: Vec<Bar> = engines.iter().flat_map(of_engine).collect();
    bars.extend(of_sizes(sizes));
    bars
}

fn of_engine(measured: &Measured) -> Vec<Bar> {
    let mut bars = parse_bars(measured);
    for row in measured.rows.iter().filter(|row| row.subject.kind == Kind::Network) {
        if measured.engine == Engine::Chromium {
            bars.extend(busy_bars(row));
        }
        bars.push(wall_bar(row));
    }
    if measured.engine == Engine::Chromium {
        let figure = median(&measured.start_ms);
        let note = format!("median of {}", measured.start_ms.len());
        bars.push(bar("start: import to constructed", Unit::Milliseconds, figure, Demand::AtMost(5.0), note));
    }
    bars.extend(memory_bars(measured));
    bars.into_iter().map(|bar| Bar { engine: Some(measured.engine), ..bar }).collect()
}

/// Parse and dispatch, against the bare parser. A row without a ratio fails the bar for the worst one: it may be that.
fn parse_bars(measured: &Measured) -> Vec<Bar> {
    let rows: Vec<&Row> = measured.rows.iter().filter(|row| row.subject.kind == Kind::Parse).collect();
    let ratios: Vec<(String, f64)> = rows.iter().filter_map(|row| Some((row.subject.name(), row.ratio()?))).collect();
    let all: Vec<f64> = ratios.iter().map(|(_, ratio)| *ratio).collect();
    let (least, aim) = match measured.engine {
        Engine::Chromium => (0.95, Some(1.5)),
        Engine::Firefox | Engine::WebKit => (0.9, None),
    };
    let without: Vec<String> = rows.iter().filter(|row| row.ratio().is_none()).map(|row| row.subject.name()).collect();
    let worst = ratios.iter().min_by(|one, other| one.1.total_cmp(&other.1));
    let note = match worst {
        Some((name, _)) if without.is_empty() => {
            let error = rows.iter().find(|row| row.subject.name() == *name).and_then(|row| row.ratio_error());
            error.map_or_else(|| name.clone(), |error| format!("{name} ± {:.1} %", error * 100.0))
        }
        Some((name, ratio)) => format!("{name} at {ratio:.2} ×, but no ratio for {}", without.join(", ")),
        None => "no row".to_owned(),
    };
    let worst = worst.map(|(_, ratio)| *ratio).filter(|_| without.is_empty());
    let mean = bar(
        "parse: geometric mean",
        Unit::Times,
        geometric_mean(&all),
        Demand::AtLeast(1.25),
        format!("± {:.1} % of {} of {} rows", mean_error(&rows) * 100.0, all.len(), rows.len()),
    );
    vec![bar("parse: worst row", Unit::Times, worst, Demand::AtLeast(least), note), Bar { aim, ..mean }]
}

/// The relative standard error of the geometric mean of the rows' ratios, as far as they have one.
#[allow(clippy::cast_precision_loss)]
fn mean_error(rows: &[&Row]) -> f64 {
    let squares: Vec<f64> = rows.iter().filter_map(|row| row.ratio_error()).map(|error| error * error).collect();
    squares.iter().sum::<f64>().sqrt() / squares.len().max(1) as f64
}

/// Main-thread time over the network.
fn busy_bars(row: &Row) -> Vec<Bar> {
    let busy = |part: &str, one: &str, other: &str, demand: Demand| {
        compared(
            row,
            &format!("busy, {}: {part}", row.subject.title.to_lowercase()),
            (one, other),
            demand,
            Entry::busy_times,
        )
    };
    let fastest = row.best_peer(Entry::busy_times).unwrap_or_default();
    vec![
        Bar { aim: Some(1.3), ..busy("of the floor", OURS, FLOOR, Demand::AtMost(1.6)) },
        Bar { aim: Some(1.5), ..busy("less than the fastest peer", fastest, OURS, Demand::AtLeast(1.2)) },
        busy("less than fetch-event-source", "fetch-event-source", OURS, Demand::AtLeast(3.0)),
        busy("less than native EventSource", "native", OURS, Demand::AtLeast(12.0)),
    ]
}

/// Wall time over the network.
fn wall_bar(row: &Row) -> Bar {
    let what = format!("wall, {}: of the fastest peer", row.subject.title.to_lowercase());
    let fastest = row.best_peer(Entry::times).unwrap_or_default();
    compared(row, &what, (OURS, fastest), Demand::AtMost(1.0), Entry::times)
}

/// A bar for how many times as much one contestant takes as another. The note tells the error of that, and the medians:
/// `± 2 % of 36; sse-fetch 66 ms, eventsource-parser 78 ms`.
fn compared(row: &Row, what: &str, (one, other): (&str, &str), demand: Demand, samples: Samples) -> Bar {
    let quotients = row.quotients(one, other, samples);
    let told = |name: &str| match row.valid(name).and_then(|entry| median(samples(entry))) {
        Some(ms) => format!("{name} {ms:.0} ms"),
        None => format!("{name}: no figure"),
    };
    let contestants = [OURS, if one == OURS { other } else { one }];
    let medians = contestants.iter().filter(|name| !name.is_empty()).map(|name| told(name));
    let mut note = medians.collect::<Vec<_>>().join(", ");
    // Of one or two it would say nothing.
    if let Some(quotients) = quotients.filter(|quotients| quotients.samples > 2) {
        let error = quotients.median_error() / quotients.median * 100.0;
        note = format!("± {error:.0} % of {}; {note}", quotients.samples);
    }
    bar(what, Unit::Times, quotients.map(|quotients| quotients.median), demand, note)
}

fn memory_bars(measured: &Measured) -> Vec<Bar> {
    let Some(memory) = measured.memory else {
        let note = "not measured".to_owned();
        return vec![bar("memory: growth of wasm", Unit::Megabytes, None, Demand::AtMost(0.0), note)];
    };
    let grown = (memory.wasm_after - memory.wasm_after_first) / MEGABYTE;
    let note = format!("{:.2} MB after {} events", memory.wasm_after / MEGABYTE, memory.events);
    let mut bars = vec![bar("memory: growth of wasm", Unit::Megabytes, Some(grown), Demand::AtMost(0.0), note)];
    if let (Some(before), Some(after)) = (memory.heap_before, memory.heap_after) {
        let note = format!("{:.2} MB at the end", after / MEGABYTE);
        let grown = Some((after - before) / MEGABYTE);
        bars.push(bar("memory: growth of the JS heap", Unit::Megabytes, grown, Demand::AtMost(1.0), note));
    }
    bars
}

#[allow(clippy::cast_precision_loss)]
fn of_sizes(sizes: &[Size]) -> Vec<Bar> {
    let find = |wanted: &dyn Fn(&Size) -> bool| sizes.iter().find(|size| wanted(size));
    let one = |what: &str, size: Option<&Size>, most: f64| {
        let figure = size.map(|size| size.brotli as f64 / KILOBYTE);
        let note = size.map_or_else(|| "not in the package".to_owned(), |size| size.file.clone());
        bar(what, Unit::Kilobytes, figure, Demand::AtMost(most), note)
    };
    let entry = |name: &'static str| find(&move |size: &Size| size.name == name);
    let default = one("size: default entry, min + Brotli", entry(DEFAULT_ENTRY), 25.0);
    vec![
        Bar { aim: Some(20.0), ..default },
        one(
            "size: slim .wasm, Brotli",
            find(&|size: &Size| Path::new(&size.file).extension().is_some_and(|kind| kind == "wasm")),
            16.0,
        ),
        one("size: slim JS, min + Brotli", entry(SLIM_ENTRY), 5.0),
    ]
}

fn bar(what: &str, unit: Unit, figure: Option<f64>, demand: Demand, note: String) -> Bar {
    Bar { engine: None, what: what.to_owned(), figure, unit, demand, aim: None, note }
}
