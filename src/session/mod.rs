//! The life of one connection as a state machine, without I/O, clock or random numbers of its own.
//!
//! A session decides everything about a connection: when to send a request, when to read, to wait, to retry, to close. It never
//! sees a byte of the stream. A driver carries out what the session wants, with whatever the platform offers. The driver calls
//! three methods:
//!
//! * [`Session::handle`] is called with what happened: the application called `connect`, a response arrived, the page was hidden.
//! * [`Session::wants`] says what should be true now: which attempt is under way and at which step, whether its stream is
//!   read, and when to wake the session.
//! * [`Session::poll_event`] returns what to report to the application: a change of state, an error, a retry.
//!
//! After each input, this is all that a driver does:
//!
//! ```text
//! loop {
//!     set the timer to session.wants().wake_at
//!     if another attempt is under way than session.wants().attempt { abort it; continue }
//!     if reading differs from session.wants().reading { pause or resume; continue }
//!     if session.poll_event() returns an event { report it; continue }
//!     if the step of session.wants().attempt was not taken yet { take it; continue }
//!     break
//! }
//! ```
//!
//! `wants` describes a condition, not a list of actions, so nothing has to be taken back: a listener that is called with an event
//! may call `disconnect` or `reconnect`, and the next call of `wants` shows the result. Events about an attempt that was
//! dropped in the meantime are not reported, because they are no longer true.
//!
//! # How it works
//!
//! The phase (`phase.rs`) says what the session is doing, and holds what only that phase needs. An input moves it to another phase:
//!
//! ```text
//!           connect             accepted             failed
//!     Idle ─────────▶ Connecting ────────▶ Streaming ───────────────┐
//!                      ▲  ▲   │ failed        │ ended               ▼
//!                      │  │   └───────────────┼─────────────────▶ Deciding ──▶ Closed
//!                      │  │ time              ▼ (or Closed)         │ retry
//!                      │  └────────────────────────────────────── Waiting
//!                      │ page is back, events are taken             │ page is away
//!                      └──────────────────────────────────────── Suspended ◀── Connecting, Streaming
//! ```
//!
//! * `Connecting` has stages: get a token, send the request, validate the response, read an error's body.
//! * `Deciding` waits for the application's own decision on a failure, if it has one. A stream that ended without the mark that
//!   the application expects is a failure too.
//! * `Waiting` ends at a time; `backoff.rs` computes it. If the page is away then, `Suspended` follows.
//! * `Suspended` waits for the page instead: it is hidden or in the back/forward cache, or events arrive faster than they are
//!   taken. `suspend.rs` has the rules.
//! * From every phase, `disconnect` leads to `Closed`, and `reconnect` to a new attempt.
//!
//! `policy.rs` says which responses are accepted and which failures are retried.
//!
//! # What always holds
//!
//! Tests check these with random inputs in random order:
//!
//! * There is never more than one attempt.
//! * After `Close` was reported, nothing is wanted and no event follows, until the application connects again.
//! * Every wait ends: while connecting or reconnecting there is an attempt with a time limit (`connect_timeout`), or a time
//!   to wake at, or the page is away, or events are not taken.
//! * No input panics.
//!
#![doc = include_str!("states.md")]
// The session stands on `core` and `alloc` alone.
#![deny(clippy::std_instead_of_core, clippy::std_instead_of_alloc, clippy::alloc_instead_of_core)]

mod backoff;
mod config;
pub(crate) mod event;
mod failure;
mod input;
mod names;
mod page;
mod phase;
mod policy;
mod retry;
mod rng;
mod stream;
mod suspend;
mod token;
mod wants;

pub use backoff::{Backoff, LONGEST_WAIT};
#[cfg(feature = "npm")]
pub(crate) use config::options;
pub use config::{Config, Reconnect};
pub use event::{CloseReason, Event, State};
pub use failure::{Code, Failure};
pub use input::{Head, Input, Refresh, RetryDecision, Token};
#[cfg(any(feature = "npm", feature = "browser"))]
#[allow(unused_imports)] // the client exists on wasm32
pub(crate) use names::named;
pub use wants::{Attempt, AttemptId, Step, Wants};

use event::Events;
use page::Page;
use phase::{Delivery, Phase, Position, Request, Stage};
use policy::ResponseClass;
use retry::WaitReason;
use rng::Rng;
use stream::Demand;

/// A span of time, or a moment on the driver's clock, which should not go back. In milliseconds.
pub type Millis = u64;

/// How long reading the body of an error response may take. The body only explains the error.
const ERROR_BODY_TIMEOUT: Millis = 3000;

/// The life of one connection. See the [module documentation](self).
#[derive(Debug)]
pub struct Session {
    config: Config,
    phase: Phase,
    /// The request of the attempt that is under way, or else of the last one.
    request: Request,
    /// Consecutive reconnects so far, which is also the number of the current attempt.
    retries: u32,
    /// There was a stream or a failure since the application called `connect`: from then on a connection without a stream is
    /// `Reconnecting`, not `Connecting`.
    had_stream_or_failure: bool,
    position: Position,
    demand: Demand,
    page: Page,
    /// The stream's own reconnection time (`retry`).
    reconnection_time: Option<Millis>,
    /// When a request was last aborted that the server may have received.
    aborted_at: Option<Millis>,
    rng: Rng,
    /// The time of the latest input.
    now: Millis,
    events: Events,
}

impl Session {
    /// A session before its first input.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            rng: Rng::new(config.seed),
            config,
            phase: Phase::Idle,
            request: Request::default(),
            retries: 0,
            had_stream_or_failure: false,
            position: Position::default(),
            demand: Demand::default(),
            page: Page::default(),
            reconnection_time: None,
            aborted_at: None,
            now: 0,
            events: Events::new(),
        }
    }

    /// The options, which must not change after the first input.
    #[cfg(all(target_arch = "wasm32", feature = "npm"))]
    pub(crate) fn config_mut(&mut self) -> &mut Config {
        &mut self.config
    }

    /// The state as the application sees it.
    #[must_use]
    pub fn state(&self) -> State {
        match self.phase {
            Phase::Idle => State::Idle,
            Phase::Streaming(_) if self.demand.paused => State::Paused,
            // The stream was dropped because too much of it had arrived during the pause.
            Phase::Suspended if self.demand.paused && self.suspends_for_full_buffer() => State::Paused,
            Phase::Streaming(_) => State::Open,
            Phase::Closed => State::Closed,
            _ if self.had_stream_or_failure => State::Reconnecting,
            _ => State::Connecting,
        }
    }

    /// Consecutive reconnects since the application connected, or since the stream was last stable.
    #[must_use]
    pub fn retry_count(&self) -> u32 {
        self.retries
    }

    /// What should be true now.
    #[must_use]
    pub fn wants(&self) -> Wants {
        let (step, wake_at) = match self.phase {
            Phase::Idle | Phase::Suspended | Phase::Closed => (None, None),
            Phase::Connecting { stage, deadline } => (Some(stage.step()), deadline),
            Phase::Streaming(stream) => (Some(Step::Stream), self.next_check(stream)),
            Phase::Deciding(failure) => (Some(Step::Decide(failure)), None),
            Phase::Waiting { until, .. } => (None, Some(until)),
        };
        let Request { id, number, fresh, .. } = self.request;
        Wants {
            attempt: step.map(|step| Attempt { id, number, fresh, step }),
            reading: self.state() == State::Open,
            wake_at,
        }
    }

    /// The next event to report to the application.
    pub fn poll_event(&mut self) -> Option<Event> {
        // A decision makes the state `Reconnecting` or `Closed`, and the failure is reported before that.
        let is_undecided = matches!(self.phase, Phase::Deciding(_));
        self.events.poll((!is_undecided).then(|| self.state()))
    }

    /// Handles what happened at `now`.
    pub fn handle(&mut self, now: Millis, input: Input) {
        self.now = now;
        match input {
            Input::Connect => self.connect(),
            Input::Reconnect => self.reconnect(),
            Input::Disconnect => self.close(CloseReason::Client),
            Input::Abort => self.close(CloseReason::Aborted),
            Input::Pause => self.pause(),
            Input::Resume => self.resume(),
            Input::BufferFull => self.buffer_full(),
            Input::BufferDrained => self.buffer_drained(),
            Input::Wake { silence } => self.wake(silence),
            Input::Silence(span) => self.silence(span),
            Input::LastByte(span) => self.last_byte(span),
            Input::Offline => self.offline(),
            Input::Online => self.online(),
            Input::Hidden => self.hidden(),
            Input::Visible => self.visible(),
            Input::EnteredBfcache => self.entered_bfcache(),
            Input::LeftBfcache => self.left_bfcache(),
            Input::ReconnectionTime(time) => self.reconnection_time = Some(time),
            Input::Resumable(resumable) => self.position.resumable = resumable,
            _ if input.attempt() == self.wants().attempt.map(|attempt| attempt.id) => self.handle_attempt(input),
            // The input is about an attempt that is over.
            _ => {}
        }
    }

    /// Handles what happened to the current attempt. An input that does not fit the phase arrived too late, and is ignored.
    fn handle_attempt(&mut self, input: Input) {
        match (self.phase, input) {
            (Phase::Deciding(failure), Input::Decided(_, decision)) => self.decide(failure, decision),
            (Phase::Deciding(_), _) => {}
            (_, Input::Failed(_, code)) => self.failed(code, policy::is_retryable(code, None)),
            (Phase::Connecting { stage, .. }, _) => match (stage, input) {
                (Stage::Token, Input::Token(_, token)) => self.token(token),
                (Stage::Refresh { was_refused }, Input::Refreshed(_, refresh)) => self.refreshed(refresh, was_refused),
                (Stage::Request, Input::Sent(_)) => self.request.delivery = Delivery::Sent,
                (Stage::Request, Input::CallbackThrew(_)) => self.failed(Code::Callback, true),
                (Stage::Request, Input::Head(_, head)) => self.head(head),
                (Stage::Validate(_), Input::Validated(_, true)) => self.accepted(),
                (Stage::Validate(head), Input::Validated(_, false)) => self.refused(Code::Callback, head),
                (Stage::ErrorBody(failure), Input::ErrorBodyRead(_)) => {
                    self.request.delivery = Delivery::Over;
                    self.fail(failure);
                }
                _ => {}
            },
            (Phase::Streaming(_), Input::Ended(_)) => self.ended(),
            (Phase::Streaming(_), Input::Done(_)) => self.close(CloseReason::Done),
            (Phase::Streaming(_), Input::UntilError(_)) => self.close(CloseReason::Fatal),
            _ => {}
        }
    }

    fn connect(&mut self) {
        if !matches!(self.phase, Phase::Idle | Phase::Closed) {
            return;
        }
        // A GET continues after the last event. Other methods start again.
        self.position.fresh = !self.config.is_get_or_head;
        self.had_stream_or_failure = false;
        self.retries = 0;
        self.reconnection_time = None;
        self.page.connects_while_hidden = false;
        self.open_or_suspend();
    }

    fn reconnect(&mut self) {
        if matches!(self.phase, Phase::Idle | Phase::Closed) {
            self.had_stream_or_failure = false;
        }
        self.page.connects_while_hidden = true;
        self.demand.buffer_full = false;
        self.drop_attempt();
        self.retries = 0;
        self.open_or_suspend();
    }

    /// Makes an attempt.
    fn open(&mut self) {
        if let Some(rest) = self.cooldown() {
            self.wait(WaitReason::Cooldown, rest);
            return;
        }
        self.position.resumable &= !self.position.fresh;
        self.request.token_refreshed = false;
        self.send_request(if self.config.has_token_provider { Stage::Token } else { Stage::Request });
    }

    /// Begins a new request, with its own id and time limit.
    fn send_request(&mut self, stage: Stage) {
        let Request { id, number, fresh, delivery, .. } = &mut self.request;
        id.0 = id.0.wrapping_add(1);
        (*number, *fresh, *delivery) = (self.retries, self.position.fresh, Delivery::Unsent);
        self.phase = Phase::Connecting { stage, deadline: self.attempt_deadline() };
    }

    fn attempt_deadline(&self) -> Option<Millis> {
        let timeout = self.config.connect_timeout;
        (timeout > 0).then(|| self.now.saturating_add(timeout))
    }

    /// Moves the attempt to its next stage.
    fn advance(&mut self, next: Stage) {
        if let Phase::Connecting { stage, .. } = &mut self.phase {
            *stage = next;
        }
    }

    fn head(&mut self, head: Head) {
        match policy::classify(head, &self.config) {
            ResponseClass::Accepted => self.accepted(),
            ResponseClass::Undecided => self.advance(Stage::Validate(head)),
            ResponseClass::Unauthorized => self.unauthorized(head),
            ResponseClass::NoContent => self.close(CloseReason::NoContent),
            ResponseClass::Refused(code) => self.refused(code, head),
        }
    }

    fn accepted(&mut self) {
        self.had_stream_or_failure = true;
        self.position.fresh = false;
        self.start_stream();
        self.events.push(Event::Open { previous: State::Idle, attempt: self.retries });
    }

    fn refused(&mut self, code: Code, head: Head) {
        let failure = Failure {
            status: Some(head.status),
            retry_after: head.retry_after,
            ..self.failure(code, policy::is_retryable(code, Some(head.status)))
        };
        if self.config.reads_error_bodies {
            let deadline = Some(self.now.saturating_add(ERROR_BODY_TIMEOUT));
            self.phase = Phase::Connecting { stage: Stage::ErrorBody(failure), deadline };
        } else {
            self.fail(failure);
        }
    }

    fn wake(&mut self, silence: Millis) {
        match self.phase {
            Phase::Connecting { deadline: Some(deadline), .. } if deadline <= self.now => {
                self.failed(Code::Timeout, true);
            }
            Phase::Waiting { reason, until } if until <= self.now => self.wait_ended(reason),
            Phase::Streaming(stream) => {
                self.reset_retries_if_stable();
                if stream.is_check_due(self.now) {
                    self.silence(silence);
                }
            }
            _ => {}
        }
    }

    /// Ends the connection, unless it has ended.
    fn close(&mut self, reason: CloseReason) {
        if !matches!(self.phase, Phase::Closed) {
            self.drop_attempt();
            self.finish(reason, None);
        }
    }

    fn finish(&mut self, reason: CloseReason, error: Option<Failure>) {
        self.phase = Phase::Closed;
        self.demand = Demand::default();
        self.events.push(Event::Close { previous: State::Idle, reason, error });
    }

    /// Drops the current attempt, or the wait for the next one. The caller sets the next phase.
    fn drop_attempt(&mut self) {
        if self.request.delivery == Delivery::Sent {
            self.request.delivery = Delivery::Over;
            self.aborted_at = Some(self.now);
        }
        // The events that were not reported yet are no longer true.
        self.events.clear();
        self.phase = Phase::Idle;
    }
}
