//! An open stream: pausing, back-pressure, and silence.

use super::config::Config;
use super::failure::Code;
use super::{Millis, Phase, Session};

/// If a check for silence comes this late, the page or the computer was busy or asleep. What arrived in the meantime may not
/// have been read yet, so the check is repeated after the same time.
const GRACE: Millis = 100;

/// An open stream.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stream {
    opened_at: Millis,
    /// When the last byte came, as the driver last reported it.
    pub last_activity: Millis,
    /// When to check for silence.
    check_at: Option<Millis>,
    /// When a late check first found that the stream was silent for too long.
    suspected_since: Option<Millis>,
}

impl Stream {
    pub fn is_check_due(self, now: Millis) -> bool {
        self.check_at.is_some_and(|at| at <= now)
    }

    pub fn is_stable(self, now: Millis, config: &Config) -> bool {
        now.saturating_sub(self.opened_at) >= config.backoff.stable_after
    }
}

/// What stops the reading of a stream.
#[derive(Debug, Default)]
pub(super) struct Demand {
    /// The application has paused.
    pub paused: bool,
    /// More has arrived than the client keeps.
    pub buffer_full: bool,
}

impl Session {
    pub(super) fn start_stream(&mut self) {
        self.demand.buffer_full = false;
        let now = self.now;
        self.phase =
            Phase::Streaming(Stream { opened_at: now, last_activity: now, check_at: None, suspected_since: None });
        if !self.demand.paused {
            self.check_silence_in(self.config.idle_timeout);
        }
    }

    /// When the stream needs attention next: it becomes stable, or its silence must be checked.
    pub(super) fn next_check(&self, stream: Stream) -> Option<Millis> {
        let stable_at = (self.retries > 0).then(|| stream.opened_at.saturating_add(self.config.backoff.stable_after));
        stable_at.into_iter().chain(stream.check_at).min()
    }

    pub(super) fn pause(&mut self) {
        self.demand.paused = true;
        if let Phase::Streaming(stream) = &mut self.phase {
            stream.check_at = None;
        }
    }

    pub(super) fn resume(&mut self) {
        if !self.demand.paused {
            return;
        }
        self.demand.paused = false;
        self.demand.buffer_full = false;
        if let Phase::Streaming(stream) = &mut self.phase {
            stream.suspected_since = None;
            self.check_silence_in(self.config.idle_timeout);
        }
        self.end_suspension();
    }

    pub(super) fn buffer_full(&mut self) {
        self.demand.buffer_full = matches!(self.phase, Phase::Streaming(_));
        if self.suspends_for_full_buffer() {
            self.suspend_if_repeatable();
        }
    }

    pub(super) fn buffer_drained(&mut self) {
        // During a pause, only `resume` makes room.
        self.demand.buffer_full &= self.demand.paused;
        self.end_suspension();
    }

    /// The buffer is full, and the rest of the stream can be requested again after the last event delivered. A POST is never
    /// repeated for this, because its stream has not failed.
    pub(super) fn suspends_for_full_buffer(&self) -> bool {
        self.demand.buffer_full && self.config.is_get_or_head && self.position.resumable && self.may_send_again()
    }

    pub(super) fn last_byte(&mut self, span: Millis) {
        if let Phase::Streaming(stream) = &mut self.phase {
            stream.last_activity = self.now.saturating_sub(span);
        }
    }

    /// The timer is not set again for every byte. Instead, the silence is measured when the timer fires: if it is shorter than
    /// `idle_timeout`, the check is repeated after the rest. However late the timer fires (timers stop while the computer sleeps),
    /// the silence itself decides.
    pub(super) fn silence(&mut self, span: Millis) {
        self.last_byte(span);
        let timeout = self.config.idle_timeout;
        let Phase::Streaming(stream) = &mut self.phase else { return };
        if self.demand.paused || timeout == 0 {
            return;
        }
        let Some(excess) = span.checked_sub(timeout) else {
            stream.suspected_since = None;
            return self.check_silence_in(timeout - span);
        };
        let suspected_since = stream.suspected_since.or((excess >= GRACE).then_some(self.now));
        let rest = suspected_since.map_or(0, |since| since.saturating_add(GRACE).saturating_sub(self.now).min(GRACE));
        if rest > 0 {
            stream.suspected_since = suspected_since;
            self.check_silence_in(rest);
        } else {
            self.failed(Code::Idle, true);
        }
    }

    fn check_silence_in(&mut self, span: Millis) {
        if let Phase::Streaming(stream) = &mut self.phase
            && self.config.idle_timeout > 0
        {
            stream.check_at = Some(self.now.saturating_add(span));
        }
    }
}
