//! The one request of the simulated client: what may happen to it, and in which order.

use sse_fetch::session::{AttemptId, Code, Config, Head, Input, Reconnect, Refresh, RetryDecision, Step, Token};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // each is a fact of its own
pub struct Request {
    pub id: AttemptId,
    pub attempt: u32,
    /// It starts at the position that the application has set, and not after the last event.
    pub fresh: bool,
    pub stage: Stage,
    /// The server refused the token of the request before it, in the same attempt.
    is_second: bool,
    /// The application has answered what it was asked for.
    answered: bool,
    /// The request was sent, so the server may know of it.
    pub has_arrived: bool,
    /// The server may still be processing the request.
    pub at_server: bool,
    /// What arrives is delivered.
    pub flows: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Begun,
    /// The application was asked for a token.
    Asked,
    /// The application was asked to refresh it.
    Renewed,
    /// It was sent, and the head of the response has not arrived.
    Awaited,
    /// The application validates the response.
    Validated,
    /// The body of an error is being read.
    Explained,
    /// The stream is being read.
    Read,
}

impl Request {
    pub fn begun(id: AttemptId, attempt: u32, fresh: bool, is_second: bool) -> Self {
        Self {
            id,
            attempt,
            fresh,
            stage: Stage::Begun,
            is_second,
            answered: false,
            has_arrived: false,
            at_server: false,
            flows: true,
        }
    }

    /// What arrives on the stream reaches the application.
    pub fn delivers(&self) -> bool {
        self.stage == Stage::Read && self.flows
    }

    /// The server refuses its token, and a refreshed one may be accepted.
    pub fn is_refused_by(&self, head: Head, config: &Config) -> bool {
        let renews = config.can_refresh_token && config.reconnect != Reconnect::Never;
        self.stage == Stage::Awaited && head.status == 401 && renews
    }

    /// Handles an input about the request.
    pub fn handles(&mut self, input: Input, config: &Config) {
        match (input, self.stage) {
            (Input::Token(id, _), Stage::Asked) | (Input::Refreshed(id, _), Stage::Renewed) if id == self.id => {
                self.answered = true;
            }
            (Input::Sent(id), Stage::Awaited) if id == self.id => (self.has_arrived, self.at_server) = (true, true),
            // It is over for the server as well. A refusal is over with its head.
            (Input::Ended(id), Stage::Read)
            | (Input::ErrorBodyRead(id), Stage::Explained)
            | (Input::Failed(id, Code::Network), _)
                if id == self.id =>
            {
                self.at_server = false;
            }
            (Input::Head(id, head), _) if id == self.id && self.is_refused_by(head, config) => self.at_server = false,
            _ => {}
        }
    }

    pub fn takes(&mut self, step: Step, config: &Config) {
        match step {
            Step::Token => {
                assert!(config.has_token_provider, "a token is asked for if there is a function to call");
                assert!(!self.is_second || self.stage == Stage::Renewed, "a refused token is refreshed first");
                self.advances(&[Stage::Begun, Stage::Renewed], Stage::Asked);
            }
            Step::Refresh => {
                assert!(config.can_refresh_token, "a token is refreshed if there is a function to call");
                self.advances(if self.is_second { &[Stage::Begun] } else { &[Stage::Asked] }, Stage::Renewed);
            }
            Step::Request => {
                let is_free = !config.has_token_provider && !self.is_second;
                let before: &[Stage] =
                    if is_free { &[Stage::Begun, Stage::Renewed] } else { &[Stage::Asked, Stage::Renewed] };
                self.advances(before, Stage::Awaited);
            }
            Step::Validate => self.advances(&[Stage::Awaited], Stage::Validated),
            Step::ErrorBody => self.advances(&[Stage::Awaited, Stage::Validated], Stage::Explained),
            Step::Stream => self.advances(&[Stage::Awaited, Stage::Validated], Stage::Read),
            Step::Decide(_) => unreachable!("its request is over"),
        }
    }

    fn advances(&mut self, from: &[Stage], to: Stage) {
        assert!(from.contains(&self.stage), "{to:?} is the next thing to happen to {self:?}");
        let was_asked = matches!(self.stage, Stage::Asked | Stage::Renewed);
        assert!(self.answered || !was_asked, "{to:?} only after the application has answered: {self:?}");
        (self.stage, self.answered) = (to, false);
    }
}

/// Every input that is about an attempt, with one of each of its values at least.
pub fn inputs_about(attempt: AttemptId) -> Vec<Input> {
    let mut inputs = vec![
        Input::Sent(attempt),
        Input::Validated(attempt, true),
        Input::Validated(attempt, false),
        Input::ErrorBodyRead(attempt),
        Input::Ended(attempt),
        Input::Done(attempt),
        Input::CallbackThrew(attempt),
        Input::UntilError(attempt),
        Input::Decided(attempt, RetryDecision::Retry),
        Input::Decided(attempt, RetryDecision::GiveUp),
    ];
    inputs.extend([Token::Usable, Token::Expired].map(|token| Input::Token(attempt, token)));
    inputs
        .extend([Refresh::Token, Refresh::AskAgain, Refresh::GaveUp].map(|refresh| Input::Refreshed(attempt, refresh)));
    inputs.extend(Code::ALL.map(|code| Input::Failed(attempt, code)));
    let head = |status| Head { status, event_stream: true, retry_after: None };
    inputs.extend([200, 204, 401, 404, 503].map(|status| Input::Head(attempt, head(status))));
    inputs
}
