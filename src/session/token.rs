//! The token of a request. It is requested before the request, and refreshed at most once in an attempt.

use super::event::Event;
use super::failure::{Code, Failure};
use super::input::{Head, Refresh, Token};
use super::{Delivery, Phase, Session, Stage};

impl Session {
    pub(super) fn token(&mut self, token: Token) {
        if token == Token::Expired && self.config.can_refresh_token && !self.request.token_refreshed {
            self.request.token_refreshed = true;
            self.advance(Stage::Refresh { was_refused: false });
        } else {
            // A refreshed token that has expired too may only mean that the clock of this computer is wrong.
            self.send();
        }
    }

    /// The server refused the token: a second request with a new token belongs to the same attempt.
    pub(super) fn unauthorized(&mut self, head: Head) {
        if self.request.token_refreshed {
            self.refused(Code::Auth, head);
            return;
        }
        // The 401 has ended the first request, so no cooldown is needed before the second.
        self.request.delivery = Delivery::Over;
        self.drop_attempt();
        self.request.token_refreshed = true;
        self.send_request(Stage::Refresh { was_refused: true });
    }

    pub(super) fn refreshed(&mut self, refresh: Refresh, was_refused: bool) {
        if refresh == Refresh::GaveUp {
            let status = was_refused.then_some(401);
            self.fail(Failure { status, ..self.failure(Code::Auth, false) });
            return;
        }
        self.phase = Phase::Connecting { stage: Stage::Token, deadline: self.attempt_deadline() };
        self.events.push(Event::Refreshed { attempt: self.retries });
        if refresh == Refresh::Token || !self.config.has_token_provider {
            self.send();
        }
    }

    fn send(&mut self) {
        if self.must_suspend() {
            // The page went away while the application was getting the token.
            self.suspend();
        } else {
            self.advance(Stage::Request);
        }
    }
}
