//! Suspension: no request is made until the page is back, or until events are taken again.

use super::{Phase, Session, Stage};

impl Session {
    /// Whether no request may be made now.
    pub(super) fn must_suspend(&self) -> bool {
        self.page.is_away() || self.suspends_for_full_buffer()
    }

    pub(super) fn open_or_suspend(&mut self) {
        if self.must_suspend() {
            self.suspend();
        } else {
            self.open();
        }
    }

    /// Aborts a request that may be sent again later; any other request continues. A wait before an attempt continues too, because
    /// the server may have requested it. So does a request for a token, because a refresh that is aborted may lose the token.
    pub(super) fn suspend_if_repeatable(&mut self) {
        let has_request = matches!(
            self.phase,
            Phase::Connecting { stage: Stage::Request | Stage::Validate(_), .. } | Phase::Streaming(_)
        );
        if has_request && self.may_send_again() {
            self.reset_retries_if_stable();
            self.suspend();
        }
    }

    pub(super) fn suspend(&mut self) {
        // In `Closed`, the event `Close` may not be reported yet. `drop_attempt` would delete it.
        if !matches!(self.phase, Phase::Closed) {
            self.drop_attempt();
        }
        self.phase = Phase::Suspended;
    }

    pub(super) fn end_suspension(&mut self) {
        if matches!(self.phase, Phase::Suspended) && !self.must_suspend() {
            self.open();
        }
    }
}
