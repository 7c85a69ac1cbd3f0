//! Bars: panels of them, each on an axis of its own.

use super::svg::{Svg, WIDTH};
use super::{HEADING, LEFT, RIGHT};

/// From one bar to the next.
const BAR: u32 = 24;
/// Of a panel, its title.
const CAPTION: u32 = 34;
/// What is left free behind the longest bar, for its figure.
const FIGURE: u32 = 150;

/// Bars that are compared with each other.
#[derive(Clone, Debug)]
pub struct Panel {
    /// What they are about.
    pub title: String,
    /// From above.
    pub bars: Vec<Bar>,
}

/// A bar: whose it is, how long, and what is written behind it.
#[derive(Clone, Debug)]
pub struct Bar {
    /// Whose it is.
    pub name: String,
    /// How long it is.
    pub value: f64,
    /// What is written behind it.
    pub figure: String,
    /// Its colour: `ours`, `theirs`, `third` or `other`.
    pub class: &'static str,
    /// Where half of the samples lie.
    pub quartiles: Option<(f64, f64)>,
}

/// Panels of bars, one below the other, each on an axis of its own.
///
/// # Panics
/// There are more bars than numbers for them.
#[must_use]
pub fn bars(title: &str, legend: &str, panels: &[Panel]) -> String {
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
        let end = |bar: &Bar| bar.quartiles.map_or(bar.value, |(_, upper)| upper.max(bar.value));
        let most = self.bars.iter().map(end).fold(f64::MIN_POSITIVE, f64::max);
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
