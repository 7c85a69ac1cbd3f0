//! The plot: a panel for each outage, requests per second over time, one colour for each policy.

use std::fmt::Write;

use super::report::{Comparison, Measured, in_seconds, thousands};
use super::{Outage, Policy};
use benches_plot::{Svg, WIDTH};

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

/// What only this plot has.
const STYLE: &str = "  .series { stroke-width: 1.75; stroke-linejoin: round; fill-opacity: .16 }
";

/// Draws the comparisons, one below the other, on axes of the same lengths.
pub(super) fn draw(clients: u32, comparisons: &[Comparison]) -> String {
    let panels = u32::try_from(comparisons.len()).expect("a handful");
    let height = HEADING + panels * (PANEL + AXIS) + FOOTING;
    let scale = Scale::of(comparisons);
    let title = format!("{} clients lose their server for 60 s", thousands(clients));
    let legend = "Requests in each second. Peaks are of the time from the server's return on; \
                  a dot marks the moment the last client is back.";
    let mut svg = Svg::new(height, STYLE, &title, legend);
    for (comparison, top) in comparisons.iter().zip((HEADING..).step_by((PANEL + AXIS) as usize)) {
        Panel { top, scale }.draw(&mut svg, comparison);
    }
    let middle = f64::from(LEFT + WIDTH - RIGHT) / 2.0;
    svg.text("quiet middle", middle, f64::from(height - FOOTING + 18), "seconds since the server went down");
    svg.end()
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

    #[allow(clippy::cast_precision_loss)]
    fn draw(&self, svg: &mut Svg, comparison: &Comparison) {
        svg.text("panel", 24.0, f64::from(self.top + 18), comparison.outage.title);
        self.axes(svg, &comparison.outage);
        for (y, measured) in (self.top + 38..).step_by(17).zip(&comparison.measured) {
            figures(svg, measured, y);
        }
        // The taller series first, so that it hides none of the other.
        for measured in comparison.measured.iter().rev() {
            self.series(svg, measured);
        }
        for measured in comparison.measured.iter().rev() {
            self.end(svg, &comparison.outage, measured);
        }
        let middle_of_outage = self.x(comparison.outage.length as f64 / 2000.0);
        svg.text("quiet middle", middle_of_outage, f64::from(self.top + CAPTION + 17), "server down");
    }

    #[allow(clippy::cast_precision_loss)]
    fn axes(&self, svg: &mut Svg, outage: &Outage) {
        let (left, right) = (LEFT, WIDTH - RIGHT);
        let (ceiling, bottom) = (self.y(self.scale.requests), self.bottom());
        let [loss, back] = [0.0, outage.length as f64 / 1000.0].map(|second| self.x(second));
        svg.line(&format!(
            r#"<rect class="down" x="{loss:.1}" y="{ceiling:.1}" width="{:.1}" height="{:.1}"/>"#,
            back - loss,
            f64::from(bottom) - ceiling
        ));
        for requests in (0..=self.scale.requests).step_by(self.scale.tick as usize) {
            let (y, class) = (self.y(requests), if requests == 0 { "axis" } else { "grid" });
            svg.line(&format!(r#"<path class="{class}" d="M{left} {y:.1}H{right}"/>"#));
            let label = thousands(requests);
            svg.line(&format!(r#"<text class="quiet number" x="{}" y="{:.1}">{label}</text>"#, left - 10, y + 4.5));
        }
        for second in (0..=self.scale.seconds).step_by(TIME_TICK as usize) {
            svg.text("quiet middle", self.x(f64::from(second)), f64::from(bottom + 20), &second.to_string());
        }
        svg.line(&format!(r#"<path class="mark" d="M{back:.1} {bottom}V{ceiling:.1}"/>"#));
    }

    fn series(&self, svg: &mut Svg, measured: &Measured) {
        let (class, path) = (class(measured.policy), self.outline(&measured.by_second));
        svg.line(&format!(r#"<path class="series {class}" d="{path}"/>"#));
    }

    /// Marks the moment the last client is back.
    #[allow(clippy::cast_precision_loss)]
    fn end(&self, svg: &mut Svg, outage: &Outage, measured: &Measured) {
        let second = (outage.length + measured.figures.all_back_after) as f64 / 1000.0;
        let (x, y, class) = (self.x(second), self.y(0), class(measured.policy));
        svg.line(&format!(r#"<circle class="{class}" cx="{x:.1}" cy="{y:.1}" r="4.5"/>"#));
    }
}

fn figures(svg: &mut Svg, Measured { policy, figures, .. }: &Measured, y: u32) {
    let text = format!(
        "{}: peak {} a second, all back after {}; {} requests while it was down, {} after",
        policy.name(),
        thousands(figures.peak),
        in_seconds(figures.all_back_after),
        thousands(figures.during_outage),
        thousands(figures.after_return)
    );
    svg.text(class(*policy), 24.0, f64::from(y), &text);
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
