//! Dots: a line for each row, a dot on it for each of those who are compared.

use super::svg::{Svg, WIDTH};
use super::{HEADING, LEFT, RIGHT};

/// From one row to the next.
const ROW: u32 = 20;
/// From one line of the legend to the next.
const LINE: u32 = 24;
/// How many of those who are compared are named in a line.
const IN_LINE: usize = 3;

/// The shapes that tell those of one colour apart, each with what stands for it in a line of text.
const SHAPES: [(Shape, char); 5] = [
    (Shape::Circle, '●'),
    (Shape::Path("M-4.5-4.5H4.5V4.5H-4.5Z"), '■'),
    (Shape::Path("M0-5.5L5.5 4.5H-5.5Z"), '▲'),
    (Shape::Path("M0-6L6 0L0 6L-6 0Z"), '◆'),
    (Shape::Path("M0 5.5L5.5-4.5H-5.5Z"), '▼'),
];

/// What a figure is drawn as.
#[derive(Clone, Copy, Debug)]
enum Shape {
    Circle,
    /// A path around the point it stands for.
    Path(&'static str),
}

impl Shape {
    fn draw(self, class: &str, x: f64, y: u32, title: &str) -> String {
        let title = Svg::escaped(title);
        match self {
            Self::Circle => {
                format!(r#"<circle class="dot {class}" cx="{x:.1}" cy="{y}" r="5"><title>{title}</title></circle>"#)
            }
            Self::Path(path) => format!(
                r#"<path class="dot {class}" transform="translate({x:.1} {y})" d="{path}"><title>{title}</title></path>"#
            ),
        }
    }
}

/// One of those who are compared.
#[derive(Clone, Debug)]
pub struct Series {
    /// What it is called.
    pub name: String,
    /// What is to be said of all its figures.
    pub summary: String,
    /// Its colour: `ours`, `theirs`, `third` or `other`.
    pub class: &'static str,
    /// Its figures, one for each row.
    pub figures: Vec<Option<f64>>,
}

/// What figures are measured by. On it, twice as much and half as much are equally far away.
#[derive(Clone, Copy, Debug)]
pub struct Axis {
    /// What they are counted in.
    pub unit: &'static str,
    /// It reaches at least from here to there.
    pub least: (f64, f64),
    /// Where as much is as little, if there is such a place.
    pub middle: Option<f64>,
}

/// The powers of two among which an axis has its marks.
const MARKS: std::ops::RangeInclusive<i32> = -8..=8;
/// An axis over more powers than this has every other one marked.
const FEW: f64 = 6.0;

/// A line for each of `rows`, a dot on it for each of `series` that has a figure there, which is above 0. Each series has as many
/// figures as there are rows. Those of one colour differ in shape.
///
/// # Panics
/// There are more rows than numbers for them.
#[must_use]
pub fn dots(title: &str, legend: &str, rows: &[String], axis: Axis, series: &[Series]) -> String {
    let all = || series.iter().flat_map(|one| one.figures.iter().flatten().copied());
    // A little beyond the outermost dot.
    let low = all().fold(axis.least.0, f64::min).log2() - 0.1;
    let high = all().fold(axis.least.1, f64::max).log2() + 0.1;
    let x = |figure: f64| f64::from(LEFT) + (figure.log2() - low) / (high - low) * f64::from(WIDTH - LEFT - RIGHT);
    let lines = u32::try_from(series.len().div_ceil(IN_LINE)).expect("a handful");
    let top = HEADING + lines.max(1) * LINE + 6;
    let bottom = top + u32::try_from(rows.len()).expect("a few dozen") * ROW;
    let mut svg = Svg::new(bottom + 44, "", title, legend);
    let is_marked = |power: &i32| (low..=high).contains(&f64::from(*power)) && (high - low < FEW || power % 2 == 0);
    for mark in MARKS.filter(is_marked).map(|power| 2_f64.powi(power)) {
        let is_middle = axis.middle.is_some_and(|middle| (mark - middle).abs() < 1e-9);
        let (x, class) = (x(mark), if is_middle { "axis" } else { "grid" });
        svg.line(&format!(r#"<path class="{class}" d="M{x:.1} {top}V{bottom}"/>"#));
        svg.text("quiet middle", x, f64::from(bottom + 22), &format!("{} {}", short(mark), axis.unit));
    }
    let places = || (top + ROW / 2..).step_by(ROW as usize);
    for (name, y) in rows.iter().zip(places()) {
        let (left, right) = (LEFT, WIDTH - RIGHT);
        svg.line(&format!(r#"<path class="grid" d="M{left} {y}H{right}"/>"#));
        svg.text("number", f64::from(LEFT - 12), f64::from(y) + 4.5, name);
    }
    for (place, one) in series.iter().enumerate() {
        let (column, line) = (u32::try_from(place % IN_LINE).unwrap_or(0), u32::try_from(place / IN_LINE).unwrap_or(0));
        let (left, y) = (f64::from(24 + column * 300), f64::from(HEADING + line * LINE));
        svg.text(one.class, left, y, &format!("{} {}: {}", shape_of(series, place).1, one.name, one.summary));
    }
    // Who is first lies on top.
    for (place, one) in series.iter().enumerate().rev() {
        let (shape, _) = shape_of(series, place);
        for (figure, y) in one.figures.iter().zip(places()) {
            let Some(figure) = figure else { continue };
            svg.line(&shape.draw(one.class, x(*figure), y, &format!("{}: {figure:.2} {}", one.name, axis.unit)));
        }
    }
    svg.end()
}

/// The first of a colour is a circle, and whoever is beyond the last shape begins again.
fn shape_of(series: &[Series], place: usize) -> (Shape, char) {
    let before = series[..place].iter().filter(|other| other.class == series[place].class).count();
    SHAPES[before % SHAPES.len()]
}

/// Three digits behind the point are enough.
fn short(mark: f64) -> String {
    format!("{mark:.3}").trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Axis, Series, dots, short};

    #[test]
    fn marks_are_short() {
        assert_eq!([0.015_625, 0.5, 1.0, 20.0].map(short), ["0.016", "0.5", "1", "20"]);
    }

    #[test]
    fn a_wide_axis_has_every_other_mark() {
        let of = |least| {
            let plot = dots("t", "l", &[], Axis { unit: "×", least, middle: None }, &[]);
            plot.matches("quiet middle").count()
        };
        assert_eq!((of((0.5, 2.0)), of((0.0625, 16.0))), (3, 5));
    }

    #[test]
    fn who_has_no_figure_in_a_row_has_no_dot_there() {
        let rows = ["chat", "a < b"].map(str::to_owned);
        let series = |name: &str, figures: [Option<f64>; 2]| Series {
            name: name.to_owned(),
            summary: "so-so".to_owned(),
            class: "ours",
            figures: figures.to_vec(),
        };
        let axis = Axis { unit: "×", least: (0.5, 2.0), middle: Some(1.0) };
        let plot =
            dots("t", "l", &rows, axis, &[series("one", [Some(3.0), None]), series("other", [Some(1.0), Some(0.7)])]);
        assert_eq!(plot.matches(r#"class="dot ours""#).count(), 3, "{plot}");
        assert!(plot.contains("<title>one: 3.00 ×</title>") && plot.contains(">a &lt; b</text>"), "{plot}");
        assert_eq!(plot.matches(r#"class="axis""#).count(), 1);
    }

    #[test]
    fn those_of_one_colour_differ_in_shape() {
        let series = |(name, class): (&str, &'static str)| Series {
            name: name.to_owned(),
            summary: "so-so".to_owned(),
            class,
            figures: vec![Some(1.0)],
        };
        let all = [("a", "other"), ("b", "ours"), ("c", "other"), ("d", "other")].map(series);
        let plot = dots("t", "l", &["chat".to_owned()], Axis { unit: "×", least: (0.5, 2.0), middle: None }, &all);
        let is_named = |name: &str| plot.contains(&format!(">{name}: so-so<"));
        assert!(["● a", "● b", "■ c", "▲ d"].into_iter().all(is_named), "{plot}");
        assert_eq!(plot.matches(r#"<circle class="dot"#).count(), 2, "{plot}");
        assert_eq!(plot.matches(r#"<path class="dot other""#).count(), 2, "{plot}");
    }

    #[test]
    fn nobody_leaves_empty_paper() {
        let plot = dots("t", "l", &[], Axis { unit: "GB/s", least: (0.5, 2.0), middle: None }, &[]);
        assert!(!plot.contains("NaN") && !plot.contains("inf"), "{plot}");
    }
}
