//! Resting: no request is made until the page comes back, or what arrives is wanted.

use super::{Phase, Session, policy};

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

    /// Lets go of a request that can be made again without harm. Any other goes on: it may be the only one of its kind.
    /// So does a wait, which may have been asked for, and what happens before a request is sent.
    pub(super) fn let_go(&mut self) {
        let may_be_made_again = match self.phase {
            Phase::Streaming { .. } => self.may_replay(),
            Phase::Requesting(_) | Phase::Validating(..) => self.config.idempotent,
            _ => false,
        };
        if may_be_made_again {
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

    pub(super) fn may_replay(&self) -> bool {
        policy::may_replay(&self.config, self.resumable)
    }
}
