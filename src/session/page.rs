//! The life of the page around a session: without network, hidden, in the back/forward cache.

use super::backoff::OFFLINE_PROBE;
use super::{Millis, Phase, Session, Wait, policy};

/// What is known of the page. In a worker nothing ever is.
#[derive(Debug, Default)]
pub(super) struct Page {
    offline_since: Option<Millis>,
    hidden: bool,
    frozen: bool,
    /// The application wanted an attempt at once, hidden or not.
    pub insisted: bool,
}

impl Page {
    pub fn is_offline(&self) -> bool {
        self.offline_since.is_some()
    }

    fn is_away(&self) -> bool {
        self.frozen || (self.hidden && !self.insisted)
    }
}

impl Session {
    /// Nothing is to be requested until the page comes back, or what arrives is wanted.
    pub(super) fn must_rest(&self) -> bool {
        self.page.is_away() || self.must_not_lag()
    }

    pub(super) fn open_unless_at_rest(&mut self) {
        if self.must_rest() {
            self.rest();
        } else {
            self.open();
        }
    }

    /// The wait for the next attempt is over.
    pub(super) fn waited(&mut self, wait: Wait) {
        if self.page.is_offline() && matches!(wait, Wait::Backoff | Wait::Asked) {
            self.wait(Wait::Offline, OFFLINE_PROBE);
        } else {
            self.open_unless_at_rest();
        }
    }

    pub(super) fn offline(&mut self, now: Millis) {
        if self.config.watch_network {
            // A stream that is open is left alone: it breaks by itself when it has to.
            self.page.offline_since.get_or_insert(now);
        }
    }

    pub(super) fn online(&mut self, now: Millis) {
        let Some(since) = self.page.offline_since.take() else { return };
        let is_to_be_replaced = match self.phase {
            Phase::Waiting(wait) => matches!(wait, Wait::Backoff | Wait::Offline),
            // Not a word since the network went: it may have gone with it, and would never say so.
            Phase::Streaming { heard, .. } => heard < since && self.may_replay(),
            // Sent where there was no network: it may never be answered.
            Phase::Requesting(_) => self.config.idempotent,
            _ => false,
        };
        if is_to_be_replaced {
            self.forgive_if_stable(now);
            self.abandon();
            self.open_unless_at_rest();
        }
    }

    pub(super) fn hidden(&mut self) {
        if self.config.close_when_hidden {
            self.page.hidden = true;
            self.page.insisted = false;
            self.let_go();
        }
    }

    pub(super) fn visible(&mut self) {
        self.page.hidden = false;
        self.come_back();
    }

    pub(super) fn frozen(&mut self) {
        self.page.frozen = true;
        self.let_go();
    }

    pub(super) fn thawed(&mut self) {
        self.page.frozen = false;
        self.come_back();
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
            self.forgive_if_stable(self.now);
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
        if self.phase == Phase::Resting && !self.must_rest() {
            self.open();
        }
    }

    fn may_replay(&self) -> bool {
        policy::may_replay(&self.config, self.resumable)
    }
}
