//! The token of a request: asked for, renewed at most once per attempt, refused for good.

use super::command::{Command, Notice, RequestId};
use super::failure::{Code, Failure};
use super::input::{Head, Refresh, Token};
use super::{Phase, Progress, Session};

impl Session {
    pub(super) fn token(&mut self, request: RequestId, token: Token) {
        if token == Token::Expired && self.config.refreshes && !self.refreshed {
            self.refresh(request, false);
        } else {
            // A new one that seems to be expired as well may only mean that the clock here is wrong.
            self.send(request);
        }
    }

    /// The server refused the token: once more with a new one, which is the same attempt.
    pub(super) fn unauthorized(&mut self, request: RequestId, head: Head) {
        if self.refreshed {
            self.refused(request, Code::Auth, head);
            return;
        }
        // An answer like this is over with its head.
        self.progress = Progress::Over;
        self.abandon();
        let request = self.next_request();
        self.prepare(request);
        self.refresh(request, true);
    }

    fn refresh(&mut self, request: RequestId, was_refused: bool) {
        self.refreshed = true;
        self.phase = Phase::Refreshing(request, was_refused);
        self.commands.push(Command::RefreshToken(request));
    }

    pub(super) fn refreshed(&mut self, request: RequestId, refresh: Refresh) {
        let Phase::Refreshing(current, was_refused) = self.phase else { return };
        if current != request {
            return;
        }
        if refresh == Refresh::GaveUp {
            self.judge(Failure {
                code: Code::Auth,
                status: was_refused.then_some(401),
                retryable: false,
                attempt: self.attempt,
                retry_after: None,
            });
            return;
        }
        self.time_attempt();
        self.tell(Notice::Refreshed { attempt: self.attempt });
        if refresh == Refresh::AskAgain && self.config.asks_token {
            self.phase = Phase::Authorizing(request);
            self.commands.push(Command::AskToken(request));
        } else {
            self.send(request);
        }
    }

    fn send(&mut self, request: RequestId) {
        if self.must_rest() {
            // It went away meanwhile. The token was asked for to the end all the same: one that is renewed halfway may
            // be lost.
            self.rest();
        } else {
            self.phase = Phase::Requesting(request);
            self.commands.push(Command::Send(request));
        }
    }
}
