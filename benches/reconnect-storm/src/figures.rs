//! The figures of a run: the load on the server that came back, and for how long.

use sse_fetch::session::Millis;

use crate::simulation::Run;

/// A run in figures.
///
/// Those per second are taken from every window of one second, at each millisecond, that lies between the return of
/// the server and the moment the last client is back. There is at least one, which begins at the return.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// The most requests in any such second.
    pub peak: u32,
    /// The 99th percentile of the requests in such a second, by nearest rank.
    pub percentile_99: u32,
    /// Requests per second between return and last client, which counts for one second at least.
    pub mean: f64,
    /// From the return until the last client is back, in milliseconds.
    pub all_back_after: Millis,
    /// Requests sent between loss and return, which the server refused.
    pub during_outage: u64,
    /// Requests sent from the return on.
    pub after_return: u64,
}

/// A second in milliseconds.
const SECOND: usize = 1000;

impl Figures {
    /// Takes the figures of a run.
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub fn of(run: &Run) -> Self {
        let (during, after) = run.requests.split_at(index(run.outage).min(run.requests.len()));
        let span = index(run.all_back_after).max(SECOND);
        let mut seconds = sliding_seconds(after, span);
        seconds.sort_unstable();
        let after_return = total(after);
        Self {
            peak: seconds[seconds.len() - 1],
            percentile_99: seconds[(seconds.len() * 99).div_ceil(100) - 1],
            mean: after_return as f64 * 1000.0 / span as f64,
            all_back_after: run.all_back_after,
            during_outage: total(during),
            after_return,
        }
    }
}

/// Requests in each whole second after the loss.
pub fn by_second(run: &Run) -> Vec<u32> {
    run.requests.chunks(SECOND).map(|second| second.iter().sum()).collect()
}

/// The requests in every window of a second within the first `span` milliseconds.
fn sliding_seconds(requests: &[u32], span: usize) -> Vec<u32> {
    let at = |moment: usize| requests.get(moment).copied().unwrap_or(0);
    let mut in_window: u32 = (0..SECOND).map(at).sum();
    let mut seconds = vec![in_window];
    for start in 1..=span - SECOND {
        in_window = in_window - at(start - 1) + at(start + SECOND - 1);
        seconds.push(in_window);
    }
    seconds
}

fn total(requests: &[u32]) -> u64 {
    requests.iter().copied().map(u64::from).sum()
}

fn index(moment: Millis) -> usize {
    usize::try_from(moment).expect("a run is shorter than that")
}

#[cfg(test)]
mod tests {
    use super::{Figures, Run, by_second};

    /// A run with so many requests at these milliseconds after the loss, and an outage of two seconds.
    fn run(all_back_after: u64, requests: &[(usize, u32)]) -> Run {
        let mut run = Run { outage: 2000, requests: vec![0; 10_000], back: 1, all_back_after, overlapping: 0 };
        for &(moment, count) in requests {
            run.requests[moment] = count;
        }
        run
    }

    #[test]
    fn a_burst_that_straddles_two_seconds_of_the_clock_is_one_peak() {
        let figures = Figures::of(&run(3000, &[(2900, 5), (3100, 7)]));
        assert_eq!(figures.peak, 12);
    }

    #[test]
    fn clients_that_are_back_at_once_are_measured_over_one_second() {
        let figures = Figures::of(&run(0, &[(2000, 40)]));
        assert_eq!((figures.peak, figures.percentile_99), (40, 40));
        assert!((figures.mean - 40.0).abs() < 1e-9);
    }

    #[test]
    fn a_rare_peak_is_above_the_99th_percentile() {
        // One request in each of 5000 ms, and 50 more in the first, which only the first window holds.
        let steady: Vec<_> = (2000..7000).map(|moment| (moment, if moment == 2000 { 51 } else { 1 })).collect();
        let figures = Figures::of(&run(5000, &steady));
        assert_eq!((figures.peak, figures.percentile_99), (1050, 1000));
    }

    #[test]
    fn requests_before_and_after_the_return_are_counted_apart() {
        let figures = Figures::of(&run(1, &[(1999, 3), (2000, 4), (2001, 1)]));
        assert_eq!((figures.during_outage, figures.after_return), (3, 5));
    }

    #[test]
    fn the_plot_counts_whole_seconds_from_the_loss() {
        assert_eq!(by_second(&run(0, &[(0, 1), (999, 2), (1000, 4)]))[..3], [3, 4, 0]);
    }
}
