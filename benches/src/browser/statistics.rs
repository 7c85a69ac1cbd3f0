//! Medians, spreads and means. Times are in milliseconds.

use serde::Serialize;

/// Where a number of samples lie.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// How many samples there are.
    pub samples: usize,
    /// The smallest.
    pub min: f64,
    /// A quarter of the samples is below.
    pub lower_quartile: f64,
    /// Half of the samples are below.
    pub median: f64,
    /// A quarter of the samples is above.
    pub upper_quartile: f64,
    /// The largest.
    pub max: f64,
}

impl Spread {
    /// The spread of these samples; `None` if there are none.
    #[must_use]
    pub fn of(samples: &[f64]) -> Option<Self> {
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        Some(Self {
            samples: sorted.len(),
            min: *sorted.first()?,
            lower_quartile: quantile(&sorted, 0.25),
            median: quantile(&sorted, 0.5),
            upper_quartile: quantile(&sorted, 0.75),
            max: *sorted.last()?,
        })
    }

    /// The standard error of the median, as far as the quartiles tell: they would lie 0.674 standard deviations from it if
    /// the samples were distributed normally, and its error is 1.253 deviations by the square root of their number.
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub fn median_error(&self) -> f64 {
        (self.upper_quartile - self.lower_quartile) / 2.0 / 0.674 * 1.253 / (self.samples as f64).sqrt()
    }

    /// Half the distance between the quartiles, as a part of the median.
    #[must_use]
    pub fn relative(&self) -> f64 {
        (self.upper_quartile - self.lower_quartile) / 2.0 / self.median
    }
}

/// The middle of these samples; `None` if there are none.
#[must_use]
pub fn median(samples: &[f64]) -> Option<f64> {
    Spread::of(samples).map(|spread| spread.median)
}

/// The value below which this part of the sorted samples lies, on a line between the two samples next to it.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn quantile(sorted: &[f64], part: f64) -> f64 {
    let place = (sorted.len() - 1) as f64 * part;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    below + (above - below) * place.fract()
}

/// The mean of ratios: of 2 and 0.5 it is 1. `None` if there are none.
#[must_use]
#[allow(clippy::cast_precision_loss)]
pub fn geometric_mean(ratios: &[f64]) -> Option<f64> {
    let sum: f64 = ratios.iter().map(|ratio| ratio.ln()).sum();
    (!ratios.is_empty()).then(|| (sum / ratios.len() as f64).exp())
}

#[cfg(test)]
mod tests {
    use super::{Spread, geometric_mean, median};

    #[test]
    fn the_median_is_the_middle_whatever_the_order() {
        assert_eq!(median(&[9.0, 1.0, 5.0]), Some(5.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 100.0]), Some(3.0));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn quartiles_enclose_half_of_the_samples() {
        let spread = Spread::of(&[1.0, 2.0, 3.0, 4.0, 5.0]).expect("there are samples");
        assert_eq!((spread.lower_quartile, spread.upper_quartile), (2.0, 4.0));
        assert_eq!((spread.min, spread.max, spread.samples), (1.0, 5.0, 5));
        assert!((spread.relative() - 1.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn twice_as_fast_and_half_as_fast_make_equally_fast() {
        assert!((geometric_mean(&[2.0, 0.5]).expect("a mean") - 1.0).abs() < 1e-12);
        assert!((geometric_mean(&[8.0, 1.0, 1.0]).expect("a mean") - 2.0).abs() < 1e-12);
        assert_eq!(geometric_mean(&[]), None);
    }
}
