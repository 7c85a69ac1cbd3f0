//! Resting: no request is made until the page comes back, or what arrives is wanted.

use super::{Phase, Session};

impl Session {
    /// Nothing is to be requested until the page comes back, or what arrives is wanted.
    pub(super) fn must_rest(&self) -> bool {
        self.page.is_away() || self.is_flooded()
    }

    pub(super) fn open_unless_at_rest(&mut self) {
        if self.must_rest() {
            self.rest();
        } else {
            self.open();
        }
    }

    /// Cancels a request that may be sent again. Any other request continues. A wait before an attempt continues too, because
    /// the server may have asked for it, and so does a call for a token.
    pub(super) fn let_go(&mut self) {
        let holds_one = matches!(self.phase, Phase::Requesting(_) | Phase::Validating(..) | Phase::Streaming { .. });
        if holds_one && self.may_send_again() {
            self.forgive_if_stable();
            self.rest();
        }
    }

    /// Waits until it need not rest any more.
    pub(super) fn rest(&mut self) {
        self.abandon();
        self.phase = Phase::Resting;
        self.tell_state();
    }

    pub(super) fn come_back(&mut self) {
        if matches!(self.phase, Phase::Resting) && !self.must_rest() {
            self.open();
        }
    }
}
