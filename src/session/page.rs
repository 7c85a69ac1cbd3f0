//! The page around a session: without network, hidden, in the back/forward cache.

use super::retry::WaitReason;
use super::{Millis, Phase, Session, Stage};

/// Bytes that arrived before the network was lost may be read up to this much later.
const READ_DELAY: Millis = 1000;

/// The state of the page. Most workers and servers report none.
#[derive(Debug, Default)]
pub(super) struct Page {
    offline_since: Option<Millis>,
    hidden: bool,
    in_bfcache: bool,
    /// The application called `reconnect`, which makes an attempt in a hidden page too.
    pub connects_while_hidden: bool,
}

impl Page {
    pub fn is_offline(&self) -> bool {
        self.offline_since.is_some()
    }

    pub fn is_away(&self) -> bool {
        self.in_bfcache || (self.hidden && !self.connects_while_hidden)
    }
}

impl Session {
    pub(super) fn offline(&mut self) {
        if self.config.watch_network {
            // An open stream continues: the network may still work, and if it does not, the stream breaks by itself.
            self.page.offline_since.get_or_insert(self.now);
        }
    }

    pub(super) fn online(&mut self) {
        let Some(since) = self.page.offline_since.take() else { return };
        let makes_new_attempt = match self.phase {
            Phase::Waiting { reason, .. } => matches!(reason, WaitReason::Backoff | WaitReason::Offline),
            // No byte since the network was lost: the connection may be lost too, without any sign of that.
            Phase::Streaming(stream) => {
                stream.last_activity < since.saturating_add(READ_DELAY) && self.may_send_again()
            }
            // The request was sent while there was no network, so a response may never come.
            Phase::Connecting { stage: Stage::Request, .. } => self.may_send_again(),
            Phase::Connecting { stage: Stage::Token, .. } => true,
            _ => false,
        };
        if makes_new_attempt {
            self.reset_retries_if_stable();
            self.drop_attempt();
            self.open_or_suspend();
        }
    }

    pub(super) fn hidden(&mut self) {
        if self.config.close_when_hidden {
            self.page.hidden = true;
            self.page.connects_while_hidden = false;
            self.suspend_if_repeatable();
        }
    }

    pub(super) fn visible(&mut self) {
        self.page.hidden = false;
        self.end_suspension();
    }

    pub(super) fn entered_bfcache(&mut self) {
        self.page.in_bfcache = true;
        self.suspend_if_repeatable();
    }

    pub(super) fn left_bfcache(&mut self) {
        self.page.in_bfcache = false;
        self.end_suspension();
    }
}
