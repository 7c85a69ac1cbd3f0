//! The plot: a panel for each outage, requests per second over time, one colour for each policy.
//!
//! Written by hand, since it is text, and since the colours are to follow the viewer's light or dark theme, which takes
//! a style sheet inside the SVG.

use std::fmt::Write;

use super::report::{Comparison, Measured, in_seconds, thousands};
use super::{Outage, Policy};

const WIDTH: u32 = 960;
/// Above the first panel: what is plotted.
const HEADING: u32 = 84;
/// Of a panel, from its title to its axis.
const PANEL: u32 = 290;
/// Of a panel, above what is plotted: its title and its figures.
const CAPTION: u32 = 74;
/// Below each panel: the numbers of the axis.
const AXIS: u32 = 34;
/// Below the last panel: what the axis is.
const FOOTING: u32 = 34;
const LEFT: u32 = 84;
const RIGHT: u32 = 24;

/// Seconds shown before the loss.
const BEFORE: u32 = 5;
/// Seconds between the numbers of the axis.
const TIME_TICK: u32 = 10;

/// Colours for both themes: the text's contrast is at least 4.5 on its background.
const STYLE: &str = "
  svg { color-scheme: light dark; font-family: system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif;
    --paper: #ffffff; --ink: #1c2430; --quiet: #525c6a; --grid: #e3e7ec; --axis: #9aa4b1; --down: #f1f3f6;
    --ours: #1769c2; --theirs: #c2410c }
  @media (prefers-color-scheme: dark) { svg { --paper: #12161c; --ink: #e8ecf1; --quiet: #9aa6b5; --grid: #262d37;
    --axis: #566170; --down: #1a2029; --ours: #63b0ff; --theirs: #ff9457 } }
  .paper { fill: var(--paper) } .down { fill: var(--down) }
  text { fill: var(--ink); font-size: 13px; font-variant-numeric: tabular-nums }
  .title { font-size: 20px; font-weight: 650 } .panel { font-size: 15px; font-weight: 600 }
  .quiet { fill: var(--quiet) } .number { text-anchor: end } .middle { text-anchor: middle }
  .grid { stroke: var(--grid); stroke-width: 1 } .axis { stroke: var(--axis); stroke-width: 1 }
  .return { stroke: var(--axis); stroke-width: 1; stroke-dasharray: 3 3 }
  .series { stroke-width: 1.75; stroke-linejoin: round; fill-opacity: .16 }
  .ours { fill: var(--ours); stroke: var(--ours) } .theirs { fill: var(--theirs); stroke: var(--theirs) }
  text.ours, text.theirs { stroke: none; font-weight: 600 } circle { stroke: var(--paper); stroke-width: 1.5 }
";

/// Draws the comparisons, one below the other, on axes of the same lengths.
pub(super) fn draw(clients: u32, comparisons: &[Comparison]) -> String {
    let panels = u32::try_from(comparisons.len()).expect("a handful");
    let height = HEADING + panels * (PANEL + AXIS) + FOOTING;
    let scale = Scale::of(comparisons);
    let mut svg = Svg::default();
    svg.line(&format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" aria-labelledby="title">"#
    ));
    svg.line(&format!("<style>{STYLE}</style>"));
    svg.line(r#"<rect class="paper" width="100%" height="100%"/>"#);
    svg.heading(clients);
    for (comparison, top) in comparisons.iter().zip((HEADING..).step_by((PANEL + AXIS) as usize)) {
        svg.panel(comparison, &Panel { top, scale });
    }
    let middle = f64::from(LEFT + WIDTH - RIGHT) / 2.0;
    svg.text("quiet middle", middle, height - FOOTING + 18, "seconds since the server went down");
    svg.line("</svg>");
    svg.0
}

/// What the axes end at.
#[derive(Debug, Clone, Copy)]
struct Scale {
    seconds: u32,
    requests: u32,
    tick: u32,
}

impl Scale {
    fn of(comparisons: &[Comparison]) -> Self {
        let series = || comparisons.iter().flat_map(|comparison| &comparison.measured).map(|one| &one.by_second);
        let longest = series().map(Vec::len).max().unwrap_or(0);
        let most = series().flatten().copied().max().unwrap_or(1);
        let tick = round_step(most.div_ceil(4));
        let seconds = u32::try_from(longest).expect("an hour at most").next_multiple_of(TIME_TICK);
        Self { seconds, requests: most.next_multiple_of(tick), tick }
    }
}

/// The smallest of 1, 2, 2.5, 5, 10, 20, 25 … that is not below `least`, and whole.
fn round_step(least: u32) -> u32 {
    let mut power = 1;
    loop {
        for step in [power, power * 2, power * 5 / 2, power * 5] {
            if step >= least {
                return step;
            }
        }
        power *= 10;
    }
}

/// Where a panel is, and how moments and requests become places in it.
struct Panel {
    top: u32,
    scale: Scale,
}

impl Panel {
    fn x(&self, second: f64) -> f64 {
        let width = f64::from(WIDTH - LEFT - RIGHT);
        f64::from(LEFT) + (second + f64::from(BEFORE)) * width / f64::from(self.scale.seconds + BEFORE)
    }

    fn y(&self, requests: u32) -> f64 {
        let height = f64::from(PANEL - CAPTION);
        f64::from(self.bottom()) - f64::from(requests) * height / f64::from(self.scale.requests)
    }

    fn bottom(&self) -> u32 {
        self.top + PANEL
    }

    /// An outline of the series with a step for each second, closed along the axis.
    fn outline(&self, by_second: &[u32]) -> String {
        let mut path = format!("M{:.1} {:.1}", self.x(-f64::from(BEFORE)), self.y(0));
        let mut second = 0.0;
        let _ = write!(path, "H{:.1}", self.x(second));
        for &requests in by_second {
            let _ = write!(path, "V{:.1}H{:.1}", self.y(requests), self.x(second + 1.0));
            second += 1.0;
        }
        let _ = write!(path, "V{:.1}", self.y(0));
        path
    }
}

/// The text of a drawing, as far as it has come. Writing to a string does not fail.
#[derive(Default)]
struct Svg(String);

impl Svg {
    fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    fn text(&mut self, class: &str, x: f64, y: u32, text: &str) {
        self.line(&format!(r#"<text class="{class}" x="{x:.1}" y="{y}">{text}</text>"#));
    }

    fn heading(&mut self, clients: u32) {
        let title = format!("{} clients lose their server for 60 s", thousands(clients));
        self.line(&format!(r#"<text class="title" id="title" x="24" y="38">{title}</text>"#));
        let legend = "Requests in each second. Peaks are of the time from the server's return on; \
                      a dot marks the moment the last client is back.";
        self.text("quiet", 24.0, 60, legend);
    }

    #[allow(clippy::cast_precision_loss)]
    fn panel(&mut self, comparison: &Comparison, panel: &Panel) {
        self.text("panel", 24.0, panel.top + 18, comparison.outage.title);
        self.axes(&comparison.outage, panel);
        for (y, measured) in (panel.top + 38..).step_by(17).zip(&comparison.measured) {
            self.figures(measured, y);
        }
        // The taller series first, so that it hides none of the other.
        for measured in comparison.measured.iter().rev() {
            self.series(measured, panel);
        }
        for measured in comparison.measured.iter().rev() {
            self.end(&comparison.outage, measured, panel);
        }
        let middle_of_outage = panel.x(comparison.outage.length as f64 / 2000.0);
        self.text("quiet middle", middle_of_outage, panel.top + CAPTION + 17, "server down");
    }

    #[allow(clippy::cast_precision_loss)]
    fn axes(&mut self, outage: &Outage, panel: &Panel) {
        let (left, right) = (LEFT, WIDTH - RIGHT);
        let (ceiling, bottom) = (panel.y(panel.scale.requests), panel.bottom());
        let [loss, back] = [0.0, outage.length as f64 / 1000.0].map(|second| panel.x(second));
        self.line(&format!(
            r#"<rect class="down" x="{loss:.1}" y="{ceiling:.1}" width="{:.1}" height="{:.1}"/>"#,
            back - loss,
            f64::from(bottom) - ceiling
        ));
        for requests in (0..=panel.scale.requests).step_by(panel.scale.tick as usize) {
            let (y, class) = (panel.y(requests), if requests == 0 { "axis" } else { "grid" });
            self.line(&format!(r#"<path class="{class}" d="M{left} {y:.1}H{right}"/>"#));
            let label = thousands(requests);
            self.line(&format!(r#"<text class="quiet number" x="{}" y="{:.1}">{label}</text>"#, left - 10, y + 4.5));
        }
        for second in (0..=panel.scale.seconds).step_by(TIME_TICK as usize) {
            self.text("quiet middle", panel.x(f64::from(second)), bottom + 20, &second.to_string());
        }
        self.line(&format!(r#"<path class="return" d="M{back:.1} {bottom}V{ceiling:.1}"/>"#));
    }

    fn series(&mut self, measured: &Measured, panel: &Panel) {
        let (class, path) = (class(measured.policy), panel.outline(&measured.by_second));
        self.line(&format!(r#"<path class="series {class}" d="{path}"/>"#));
    }

    fn figures(&mut self, Measured { policy, figures, .. }: &Measured, y: u32) {
        let text = format!(
            "{}: peak {} a second, all back after {}; {} requests while it was down, {} after",
            policy.name(),
            thousands(figures.peak),
            in_seconds(figures.all_back_after),
            thousands(figures.during_outage),
            thousands(figures.after_return)
        );
        self.text(class(*policy), 24.0, y, &text);
    }

    /// Marks the moment the last client is back.
    #[allow(clippy::cast_precision_loss)]
    fn end(&mut self, outage: &Outage, measured: &Measured, panel: &Panel) {
        let second = (outage.length + measured.figures.all_back_after) as f64 / 1000.0;
        let (x, y, class) = (panel.x(second), panel.y(0), class(measured.policy));
        self.line(&format!(r#"<circle class="{class}" cx="{x:.1}" cy="{y:.1}" r="4.5"/>"#));
    }
}

fn class(policy: Policy) -> &'static str {
    match policy {
        Policy::SseFetch => "ours",
        Policy::EverySecond => "theirs",
    }
}

#[cfg(test)]
mod tests {
    use super::round_step;

    #[test]
    fn the_numbers_of_an_axis_are_round() {
        let steps = [0, 1, 2, 3, 6, 11, 21, 26, 24_000, 26_000].map(round_step);
        assert_eq!(steps, [1, 1, 2, 5, 10, 20, 25, 50, 25_000, 50_000]);
    }
}
