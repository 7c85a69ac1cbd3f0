//! The life of the page around a session: without network, hidden, in the back/forward cache.

use super::backoff::{OFFLINE_PROBE, SETTLING};
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

    /// Nothing is to be requested until the page comes back.
    pub fn must_rest(&self) -> bool {
        self.frozen || (self.hidden && !self.insisted)
    }
}

impl Session {
    pub(super) fn open_unless_at_rest(&mut self) {
        if self.page.must_rest() {
            self.rest();
        } else {
            self.open();
        }
    }

    /// The wait for the next attempt is over.
    pub(super) fn waited(&mut self, wait: Wait) {
        if self.page.is_offline() && wait != Wait::Offline {
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
        match self.phase {
            Phase::Waiting(Wait::Backoff | Wait::Offline) => self.settle(),
            // Not a word since the network went: it may have gone with it, and would never say so.
            Phase::Streaming { heard, .. } if heard < since && self.may_replay() => {
                self.forgive_if_stable(now);
                self.settle();
            }
            _ => {}
        }
    }

    pub(super) fn hidden(&mut self, now: Millis) {
        if self.config.close_when_hidden {
            self.page.hidden = true;
            self.page.insisted = false;
            self.let_go(now);
        }
    }

    pub(super) fn visible(&mut self) {
        self.page.hidden = false;
        self.come_back();
    }

    pub(super) fn frozen(&mut self, now: Millis) {
        self.page.frozen = true;
        self.let_go(now);
    }

    pub(super) fn thawed(&mut self) {
        self.page.frozen = false;
        self.come_back();
    }

    /// Lets go of a request that can be made again without harm. Any other goes on: it may be the only one of its kind.
    /// So does a wait, which may have been asked for, and what happens before a request is sent.
    fn let_go(&mut self, now: Millis) {
        let may_be_made_again = match self.phase {
            Phase::Streaming { .. } => self.may_replay(),
            Phase::Requesting(_) | Phase::Validating(..) => self.config.idempotent,
            _ => false,
        };
        if may_be_made_again {
            self.forgive_if_stable(now);
            self.rest();
        }
    }

    /// Waits for the page to come back.
    pub(super) fn rest(&mut self) {
        self.abandon();
        self.phase = Phase::Resting;
        self.tell_state();
    }

    fn come_back(&mut self) {
        if self.phase == Phase::Resting && !self.page.must_rest() {
            self.settle();
        }
    }

    /// Makes the next attempt in a moment.
    fn settle(&mut self) {
        self.abandon();
        self.wait(Wait::Backoff, SETTLING);
    }

    fn may_replay(&self) -> bool {
        policy::may_replay(&self.config, self.resumable)
    }
}
