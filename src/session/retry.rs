//! After a failure or the end of a stream: retry or close.

use super::backoff::{COOLDOWN, LONGEST_WAIT, OFFLINE_PROBE, Requested};
use super::config::Reconnect;
use super::event::{CloseReason, Event};
use super::failure::{Code, Failure};
use super::input::RetryDecision;
use super::{Delivery, Millis, Phase, Session, Stage, policy};

/// Why the next attempt is not made at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WaitReason {
    /// The client's own backoff: it may be cut short.
    Backoff,
    /// The server or the application has requested the wait: it is not cut short.
    Requested,
    /// There seems to be no network.
    Offline,
    /// The server must notice the end of the last request first.
    Cooldown,
}

impl Session {
    /// The attempt failed, at whatever step.
    pub(super) fn failed(&mut self, code: Code, retryable: bool) {
        if code == Code::Network && self.request.delivery == Delivery::Sent {
            self.request.delivery = Delivery::Over;
        }
        self.reset_retries_if_stable();
        self.fail(match self.phase {
            // The body was only to explain a failure that is known already.
            Phase::Connecting { stage: Stage::ErrorBody(failure), .. } => failure,
            _ => self.failure(code, retryable),
        });
    }

    pub(super) fn failure(&self, code: Code, retryable: bool) -> Failure {
        Failure { code, status: None, retryable, attempt: self.retries, retry_after: None }
    }

    /// The stream ended without an error. The server may have ended it, or a proxy whose connection to the server broke.
    pub(super) fn ended(&mut self) {
        self.request.delivery = Delivery::Over;
        self.reset_retries_if_stable();
        if self.config.reconnect == Reconnect::Always {
            self.retry(None, None);
        } else if let Some(failure) = self.incomplete() {
            self.fail(failure);
        } else {
            self.close(CloseReason::Server);
        }
    }

    /// The failure of a stream that ended without its mark, if the application expects one.
    fn incomplete(&self) -> Option<Failure> {
        self.config.expects_mark.then(|| self.failure(Code::Incomplete, true))
    }

    /// Drops the attempt, and asks the application whether to retry if it wants to be asked.
    pub(super) fn fail(&mut self, failure: Failure) {
        self.drop_attempt();
        self.had_stream_or_failure = true;
        if self.config.has_should_retry && policy::retries_at_all(&self.config) {
            self.phase = Phase::Deciding(failure);
        } else {
            self.decide(failure, RetryDecision::Default);
        }
    }

    pub(super) fn decide(&mut self, failure: Failure, decision: RetryDecision) {
        let delay = match decision {
            RetryDecision::RetryIn(delay) => Some(delay.min(LONGEST_WAIT)),
            _ => None,
        };
        let retries = match decision {
            RetryDecision::Default => {
                failure.retryable && (self.may_send_again() || policy::was_not_processed(failure))
            }
            RetryDecision::Retry | RetryDecision::RetryIn(_) => true,
            RetryDecision::GiveUp => false,
        };
        if retries && policy::retries_at_all(&self.config) {
            self.retry(Some(failure), delay);
        } else {
            self.events.push(Event::Failed { error: failure });
            self.finish(CloseReason::Fatal, Some(failure));
        }
    }

    /// Whether the current request, or else the last one, may be sent again without asking the application: the server cannot
    /// have received it, or the application has said that it may be repeated.
    pub(super) fn may_send_again(&self) -> bool {
        self.request.delivery == Delivery::Unsent || policy::allows_repeat(&self.config)
    }

    /// Waits for the next attempt, or closes after `max_reconnects`. `delay` is the application's own, if it has decided on one.
    fn retry(&mut self, failure: Option<Failure>, delay: Option<Millis>) {
        self.drop_attempt();
        if let Some(error) = failure {
            self.events.push(Event::Failed { error });
        }
        let may_be_caused_by_offline = policy::may_be_caused_by_offline(failure);
        if self.page.is_offline() && may_be_caused_by_offline {
            // Being offline does not count as a reconnect.
            match delay {
                Some(delay) => self.wait(WaitReason::Requested, delay),
                None => self.wait(WaitReason::Offline, OFFLINE_PROBE),
            }
            return;
        }
        if self.config.max_reconnects.is_some_and(|max| self.retries >= max) {
            return self.give_up(failure);
        }
        self.retries = self.retries.saturating_add(1);
        let reason =
            if may_be_caused_by_offline && delay.is_none() { WaitReason::Backoff } else { WaitReason::Requested };
        let delay = delay.unwrap_or_else(|| {
            let requested = Requested {
                reconnection_time: self.reconnection_time,
                retry_after: failure.and_then(|failure| failure.retry_after),
            };
            self.config.backoff.delay(self.retries, requested, self.rng.next())
        });
        self.wait(reason, delay);
        self.events.push(Event::Retry { attempt: self.retries, delay, error: failure });
    }

    /// There were `max_reconnects` reconnects.
    fn give_up(&mut self, failure: Option<Failure>) {
        // If the stream ended without an error but also without its mark, that is the error now.
        let incomplete = if failure.is_none() { self.incomplete() } else { None };
        if let Some(error) = incomplete {
            self.events.push(Event::Failed { error });
        }
        self.events.push(Event::MaxReconnectsReached { attempts: self.retries });
        self.finish(CloseReason::MaxReconnects, failure.or(incomplete));
    }

    pub(super) fn wait(&mut self, reason: WaitReason, delay: Millis) {
        self.phase = Phase::Waiting { reason, until: self.now.saturating_add(delay) };
    }

    /// The wait for the next attempt is over.
    pub(super) fn wait_ended(&mut self, reason: WaitReason) {
        if self.page.is_offline() && matches!(reason, WaitReason::Backoff | WaitReason::Requested) {
            self.wait(WaitReason::Offline, OFFLINE_PROBE);
        } else {
            self.open_or_suspend();
        }
    }

    /// How much of the cooldown is left.
    pub(super) fn cooldown(&self) -> Option<Millis> {
        // If the clock went back (a driver may have only the computer's), there is no wait.
        let passed = self.now.checked_sub(self.aborted_at?)?;
        COOLDOWN.checked_sub(passed).filter(|&rest| rest > 0)
    }

    /// Resets the count of reconnects if the stream was open for long enough.
    pub(super) fn reset_retries_if_stable(&mut self) {
        if let Phase::Streaming(stream) = self.phase
            && stream.is_stable(self.now, &self.config)
        {
            self.retries = 0;
        }
    }
}
