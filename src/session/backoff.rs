//! How long to wait before the next attempt.

use super::Millis;

/// The longest wait in milliseconds, with its jitter: a day. If the server asks for more (`retry`, `Retry-After`), the client
/// asks again after a day.
pub const LONGEST_WAIT: Millis = 24 * 60 * 60 * 1000;

/// After a request was aborted, the client waits this long before the next one, so that the server never has two. Without this, a
/// new request may arrive first: in Chromium, up to 87 ms before the end of the old one.
pub(super) const COOLDOWN: Millis = 100;

/// While the browser says that there is no network, an attempt is made this often, because the browser may be wrong (a server on
/// this machine, a tunnel).
pub(super) const OFFLINE_PROBE: Millis = 60_000;

/// Exponential delays with jitter. Times are in milliseconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Backoff {
    /// The first delay, unless the stream has set a reconnection time.
    pub initial: Millis,
    /// The longest delay. A longer `retry` or `Retry-After` of the server, plus its jitter, overrides it.
    pub max: Millis,
    /// Each delay is the previous one times this factor, which is at least 1.
    pub factor: f64,
    /// The part of a delay that is random, 0 to 1.
    pub jitter: f64,
    /// When a stream has been open for this long, the count of reconnects is reset.
    pub stable_after: Millis,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { initial: 1000, max: 30_000, factor: 2.0, jitter: 0.5, stable_after: 5000 }
    }
}

/// The waits that the server requested.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Requested {
    /// The stream's reconnection time (`retry`).
    pub reconnection_time: Option<Millis>,
    /// `Retry-After` of the response.
    pub retry_after: Option<Millis>,
}

impl Backoff {
    /// The delay before the `attempt`th consecutive reconnect; `random` is from 0 to 1.
    ///
    /// The delay `d` grows exponentially from the reconnection time (or `initial`) to `max`, and the random number picks a moment
    /// between `d · (1 − jitter)` and `d`. The wait that the server requested is a lower bound. Clients that it turned away at
    /// the same time are spread over the time after it, up to `requested · (1 + jitter)`. No delay is longer than
    /// [`LONGEST_WAIT`].
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    pub(super) fn delay(&self, attempt: u32, requested: Requested, random: f64) -> Millis {
        let base = requested.reconnection_time.map_or(self.initial, |time| time.min(LONGEST_WAIT)) as f64;
        let max = requested.reconnection_time.unwrap_or(0).max(self.max).min(LONGEST_WAIT) as f64;
        let backed_off = match i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX) {
            0 => base.min(max),
            // A delay of 0 would never grow: a server that accepts and closes at once would get requests without a pause.
            exponent => (base.max(1.0) * powi(self.factor, exponent)).min(max),
        };
        let floor = requested.reconnection_time.max(requested.retry_after).unwrap_or(0).min(LONGEST_WAIT) as f64;
        let earliest = floor.max(backed_off * (1.0 - self.jitter));
        let latest = backed_off.max(floor * (1.0 + self.jitter)).min(LONGEST_WAIT as f64);
        // Rounded half up by hand: `f64::round` is not in `core`.
        (earliest + (latest - earliest) * random + 0.5) as Millis
    }
}

/// `f64::powi` is not in `core` either. An overflow becomes infinity, which the caller limits with `min`.
fn powi(base: f64, mut exponent: i32) -> f64 {
    let (mut power, mut square) = (1.0, base);
    while exponent > 0 {
        if exponent & 1 == 1 {
            power *= square;
        }
        square *= square;
        exponent >>= 1;
    }
    power
}
