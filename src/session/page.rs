//! The life of the page around a session: without network, hidden, in the back/forward cache.

use super::backoff::OFFLINE_PROBE;
use super::{Millis, Phase, Session, Wait};

/// What had been received when the network went may be read up to so much later.
const LAST_WORDS: Millis = 1000;

/// What is known of the page. In most workers nothing ever is.
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

    pub fn is_away(&self) -> bool {
        self.frozen || (self.hidden && !self.insisted)
    }
}

impl Session {
    /// The wait for the next attempt is over.
    pub(super) fn waited(&mut self, wait: Wait) {
        if wait == Wait::Settling {
            // Whatever the clock says, which may stand still in a test.
            self.broken_off = None;
        }
        if self.page.is_offline() && matches!(wait, Wait::Backoff | Wait::Asked) {
            self.wait(Wait::Offline, OFFLINE_PROBE);
        } else {
            self.open_unless_at_rest();
        }
    }

    pub(super) fn offline(&mut self) {
        if self.config.watch_network {
            // A stream that is open is left alone: it breaks by itself when it has to.
            self.page.offline_since.get_or_insert(self.now);
        }
    }

    pub(super) fn online(&mut self) {
        let Some(since) = self.page.offline_since.take() else { return };
        let is_to_be_replaced = match self.phase {
            Phase::Waiting(wait) => matches!(wait, Wait::Backoff | Wait::Offline),
            // Not a word since the network went: it may have gone with it, and would never say so.
            Phase::Streaming { heard, .. } => heard < since.saturating_add(LAST_WORDS) && self.may_send_again(),
            // The request was sent while there was no network, so a response may never come.
            Phase::Requesting(_) => self.may_send_again(),
            Phase::Authorizing(_) => true,
            _ => false,
        };
        if is_to_be_replaced {
            self.forgive_if_stable();
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
}
