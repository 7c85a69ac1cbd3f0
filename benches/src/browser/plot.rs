//! The plots: how the rows compare in each engine, and bars of what the network and the download take.

use super::Engine;
use super::catalogue::{FLOOR, Kind, OURS};
use super::measure::Measured;
use super::row::Row;
use super::size::Size;
use super::statistics::{Spread, geometric_mean};
use crate::svg::{Svg, WIDTH};

/// Above the first row or panel: the title.
const HEADING: u32 = 84;
const RIGHT: u32 = 24;
/// From one row of dots to the next.
const DOTS: u32 = 20;
/// From one bar to the next.
const BAR: u32 = 24;
/// Of a panel of bars, its title.
const CAPTION: u32 = 34;
/// Where dots begin, and where bars do: to the left stand the names.
const LEFT: u32 = 250;
/// What is left free behind the longest bar, for its figure.
const FIGURE: u32 = 150;

/// Every plot there are figures for, by the name of its file.
#[must_use]
pub fn plots(engines: &[Measured], sizes: &[Size]) -> Vec<(&'static str, String)> {
    let mut plots = Vec::new();
    if !engines.is_empty() {
        plots.push(("browser-parse.svg", parse(engines)));
        plots.push(("browser-wall.svg", wall(engines)));
    }
    let busy = busy(engines);
    plots.extend(busy.map(|plot| ("browser-busy.svg", plot)));
    if !sizes.is_empty() {
        plots.push(("browser-size.svg", size(sizes)));
    }
    plots
}

/// A row for each stream, a dot for each engine.
fn parse(engines: &[Measured]) -> String {
    let rows = |measured: &Measured| -> Vec<Row> {
        measured.rows.iter().filter(|row| row.subject.kind == Kind::Parse).cloned().collect()
    };
    let mut names: Vec<String> = Vec::new();
    for name in engines.iter().flat_map(rows).map(|row| row.subject.name()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let of = |measured: &Measured, name: &str| rows(measured).iter().find(|row| row.subject.name() == name)?.ratio();
    let series: Vec<(Engine, Vec<Option<f64>>)> = engines
        .iter()
        .map(|measured| (measured.engine, names.iter().map(|name| of(measured, name)).collect()))
        .collect();
    dots(&names, &series)
}

/// Ratios on an axis on which twice as fast and half as fast are equally far from the middle.
fn dots(names: &[String], series: &[(Engine, Vec<Option<f64>>)]) -> String {
    let all = || series.iter().flat_map(|(_, ratios)| ratios.iter().flatten().copied());
    // A little beyond the outermost dot, and at least from half to twice.
    let low = all().fold(0.5, f64::min).log2() - 0.1;
    let high = all().fold(2.0, f64::max).log2() + 0.1;
    let x = |ratio: f64| f64::from(LEFT) + (ratio.log2() - low) / (high - low) * f64::from(WIDTH - LEFT - RIGHT);
    let top = HEADING + 30;
    let count = u32::try_from(names.len()).expect("a few dozen");
    let bottom = top + count * DOTS;
    let legend = "How many times as fast as eventsource-parser with TextDecoder, from bytes in memory to the listener, \
                  net of reading the bytes.";
    let mut svg =
        Svg::new(bottom + 44, "", "Parse and dispatch: sse-fetch beside the fastest JavaScript parser", legend);
    for ratio in [0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0]
        .into_iter()
        .filter(|ratio: &f64| (low..=high).contains(&ratio.log2()))
    {
        let (x, class) = (x(ratio), if (ratio - 1.0).abs() < 1e-9 { "axis" } else { "grid" });
        svg.line(&format!(r#"<path class="{class}" d="M{x:.1} {top}V{bottom}"/>"#));
        svg.text("quiet middle", x, f64::from(bottom + 22), &format!("{ratio} ×"));
    }
    for (name, y) in names.iter().zip((top + DOTS / 2..).step_by(DOTS as usize)) {
        let (left, right) = (LEFT, WIDTH - RIGHT);
        svg.line(&format!(r#"<path class="grid" d="M{left} {y}H{right}"/>"#));
        svg.text("number", f64::from(LEFT - 12), f64::from(y) + 4.5, name);
    }
    let mut place = 24.0;
    for (engine, ratios) in series {
        let class = class_of(*engine);
        let found: Vec<f64> = ratios.iter().flatten().copied().collect();
        let mean = geometric_mean(&found).map_or_else(|| "no figure".to_owned(), |mean| format!("{mean:.2} ×"));
        svg.text(class, place, f64::from(HEADING), &format!("● {engine}: geometric mean {mean}"));
        place += 300.0;
        for (ratio, y) in ratios.iter().zip((top + DOTS / 2..).step_by(DOTS as usize)) {
            let Some(ratio) = ratio else { continue };
            let title = format!("<title>{engine}: {ratio:.2} ×</title>");
            svg.line(&format!(r#"<circle class="{class}" cx="{:.1}" cy="{y}" r="5">{title}</circle>"#, x(*ratio)));
        }
    }
    svg.end()
}

fn class_of(engine: Engine) -> &'static str {
    match engine {
        Engine::Chromium => "ours",
        Engine::Firefox => "theirs",
        Engine::WebKit => "third",
    }
}

/// Bars that are compared with each other.
struct Panel {
    title: String,
    bars: Vec<Bar>,
}

/// A bar: whose it is, how long, and what is written behind it.
struct Bar {
    name: String,
    value: f64,
    figure: String,
    class: &'static str,
    /// Where half of the samples lie.
    quartiles: Option<(f64, f64)>,
}

fn wall(engines: &[Measured]) -> String {
    let panels: Vec<Panel> = engines.iter().flat_map(|measured| network(measured, Row::ms)).collect();
    let legend = "Milliseconds from the request to the last listener called; medians, the line spans the quartiles. \
                  Part of it is the server's.";
    bars("Over the network: wall time", legend, &panels)
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

fn class_of_contestant(name: &str) -> &'static str {
    match name {
        OURS => "ours",
        FLOOR => "third",
        _ => "other",
    }
}

#[allow(clippy::cast_precision_loss)]
fn size(sizes: &[Size]) -> String {
    let bar = |size: &Size| Bar {
        name: size.name.clone(),
        value: size.brotli as f64,
        figure: format!("{:.1} KB (gzip {:.1})", size.brotli as f64 / 1000.0, size.gzip as f64 / 1000.0),
        class: "ours",
        quartiles: None,
    };
    let panel = Panel { title: "KB with Brotli".to_owned(), bars: sizes.iter().map(bar).collect() };
    bars("What a page downloads", "Each entry with all that it imports, minified.", &[panel])
}

/// Panels of bars, one below the other, each on an axis of its own.
fn bars(title: &str, legend: &str, panels: &[Panel]) -> String {
    let height = |panel: &Panel| CAPTION + u32::try_from(panel.bars.len()).expect("a handful") * BAR + 20;
    let all: u32 = panels.iter().map(height).sum();
    let mut svg = Svg::new(HEADING + all, "", title, legend);
    let mut top = HEADING;
    for panel in panels {
        panel.draw(&mut svg, top);
        top += height(panel);
    }
    svg.end()
}

impl Panel {
    fn draw(&self, svg: &mut Svg, top: u32) {
        svg.text("panel", 24.0, f64::from(top + 18), &self.title);
        let most = self.bars.iter().map(|bar| bar.value).fold(f64::MIN_POSITIVE, f64::max);
        let x = |value: f64| f64::from(LEFT) + value / most * f64::from(WIDTH - LEFT - RIGHT - FIGURE);
        for (bar, y) in self.bars.iter().zip((top + CAPTION..).step_by(BAR as usize)) {
            let (left, end, middle) = (LEFT, x(bar.value), f64::from(y) + 9.0);
            svg.text("number", f64::from(LEFT - 12), middle + 4.5, &bar.name);
            let (class, width) = (bar.class, (end - f64::from(LEFT)).max(1.0));
            svg.line(&format!(
                r#"<rect class="{class}" stroke="none" x="{left}" y="{y}" width="{width:.1}" height="18" rx="2"/>"#
            ));
            let mut behind = end;
            if let Some((lower, upper)) = bar.quartiles {
                svg.line(&format!(r#"<path class="whisker" d="M{:.1} {middle}H{:.1}"/>"#, x(lower), x(upper)));
                behind = behind.max(x(upper));
            }
            svg.text("", behind + 8.0, middle + 4.5, &bar.figure);
        }
    }
}
