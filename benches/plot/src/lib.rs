//! The plots of the benchmarks: the paper they are drawn on, dots for what is compared row by row, and bars.

mod bars;
mod dots;
mod svg;

pub use bars::{Bar, Panel, bars};
pub use dots::{Axis, Series, dots};
pub use svg::{Svg, WIDTH};

/// Above the first row or panel: the title.
const HEADING: u32 = 84;
const RIGHT: u32 = 24;
/// Where dots begin, and where bars do: to the left stand the names.
const LEFT: u32 = 250;
