//! One connection's life as a state machine, without I/O and without a clock.
//!
//! A [`Session`] is told what happened ([`Session::handle`]) and says what to do ([`Session::next_command`]): when to
//! send a request, when to read, to wait, to give up. It never sees a byte of the stream. Whoever drives it carries the
//! commands out, in order, one at a time: a listener that is told something may call back and change everything, so
//! what is not yet fetched may be taken back.
//!
//! What holds whatever the order of inputs (and is tested on random ones):
//!
//! * there are never two requests open;
//! * after the end nothing is commanded but to tell;
//! * every wait ends: while connecting or reconnecting, a request is under way (for `connect_timeout` at most), or a timer
//!   is set, or the session is told when to go on: the page is away, or nobody takes the events;
//! * no input panics.
//!
#![doc = include_str!("states.md")]
// Floor 1 stands on `core` and `alloc` alone.
#![deny(clippy::std_instead_of_core, clippy::std_instead_of_alloc, clippy::alloc_instead_of_core)]

mod backoff;
mod chance;
mod command;
mod config;
mod failure;
mod flow;
mod input;
mod page;
mod policy;
mod rest;
mod token;

pub use backoff::{Backoff, LONGEST_WAIT};
pub use command::{CloseReason, Command, Notice, RequestId, State, Timer};
pub use config::{Config, Reconnect};
pub use failure::{Code, Failure};
pub use input::{Head, Input, Refresh, Token, Verdict};

use alloc::vec::Vec;
use core::mem;

use backoff::{Asked, OFFLINE_PROBE, SETTLING};
use chance::Chance;
use page::Page;
use policy::Answer;

/// A span of time, or a moment on a clock that never goes back, in milliseconds.
pub type Millis = u64;

/// How long the body of an error response may take. It is only there to explain the error.
const ERROR_BODY_TIME: Millis = 3000;

/// One connection's life. See the [module documentation](self).
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)] // each is a fact of its own
pub struct Session {
    config: Config,
    phase: Phase,
    /// Consecutive reconnects so far, which is also the number of the current attempt.
    attempt: u32,
    /// The application has had a stream, or a failure, since it asked to connect.
    experienced: bool,
    /// What was asked for is a new act, and its stream has not begun yet.
    fresh: bool,
    /// The stream has carried an event id that is still in effect.
    resumable: bool,
    /// The token was renewed for the current attempt, which is done once.
    refreshed: bool,
    /// The application wants nothing to be read.
    paused: bool,
    /// More has come than is taken, so far.
    overflowed: bool,
    /// Since when the stream seems to have said nothing for too long, where that was found out too late to be sure.
    doubted: Option<Millis>,
    progress: Progress,
    /// When the last request was broken off that the server may have known of.
    broken_off: Option<Millis>,
    /// The time of the latest input.
    now: Millis,
    page: Page,
    reconnection_time: Option<Millis>,
    last_request: RequestId,
    chance: Chance,
    commands: Vec<Command>,
    /// The state the application was last told of.
    told: State,
}

/// How far the current request, or else the last one, has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// It was not sent: the server cannot know of it.
    Unsent,
    /// It was sent, and the server may still be processing it.
    Sent,
    /// The server has ended it, or will see that the connection was closed.
    Over,
}

/// What the session is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Idle,
    /// Waiting for the application's token.
    Authorizing(RequestId),
    /// Waiting for a new one. True: the server has refused the last.
    Refreshing(RequestId, bool),
    /// Waiting for the head of the response.
    Requesting(RequestId),
    /// The application is judging the response.
    Validating(RequestId, Head),
    /// Reading why the response is an error.
    Refusing(RequestId, Failure),
    Streaming {
        request: RequestId,
        since: Millis,
        /// When it last said something, as far as that was looked at.
        heard: Millis,
    },
    /// The application is judging a failure.
    Judging(Failure),
    /// Waiting for the time of the next attempt.
    Waiting(Wait),
    /// Waiting for the page to come back.
    Resting,
    Closed,
}

/// Why the next attempt is not made at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wait {
    /// Nobody asked for it: it may be cut short.
    Backoff,
    /// The server or the application asked for it.
    Asked,
    /// There is no network, or so it seems.
    Offline,
    /// The server is to see the end of the last request first.
    Settling,
}

impl Phase {
    /// There is a request, and no stream yet: what may take `connect_timeout`.
    fn is_an_attempt(self) -> bool {
        matches!(
            self,
            Self::Authorizing(_)
                | Self::Refreshing(..)
                | Self::Requesting(_)
                | Self::Validating(..)
                | Self::Refusing(..)
        )
    }
}

impl Session {
    /// A session that has not been asked for anything yet.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            chance: Chance::new(config.seed),
            config,
            phase: Phase::Idle,
            attempt: 0,
            experienced: false,
            fresh: false,
            resumable: false,
            refreshed: false,
            paused: false,
            overflowed: false,
            doubted: None,
            progress: Progress::Unsent,
            broken_off: None,
            now: 0,
            page: Page::default(),
            reconnection_time: None,
            last_request: RequestId(0),
            commands: Vec::new(),
            told: State::Idle,
        }
    }

    /// The state as the application sees it.
    #[must_use]
    pub fn state(&self) -> State {
        match self.phase {
            Phase::Idle => State::Idle,
            Phase::Streaming { .. } if self.paused => State::Paused,
            Phase::Resting if self.paused && self.is_flooded() => State::Paused,
            Phase::Streaming { .. } => State::Open,
            Phase::Closed => State::Closed,
            _ if self.experienced => State::Reconnecting,
            _ => State::Connecting,
        }
    }

    /// Consecutive reconnects since the application asked, or since the stream was last stable.
    #[must_use]
    pub fn retry_count(&self) -> u32 {
        self.attempt
    }

    /// The next thing to do, if there is one now.
    pub fn next_command(&mut self) -> Option<Command> {
        loop {
            // There is a handful of them at most: a queue made for many would be the larger part of this module.
            let mut commands = mem::take(&mut self.commands).into_iter();
            let mut command = commands.next()?;
            self.commands = commands.collect();
            if let Command::Tell(notice) = &mut command
                && !self.note_told(notice)
            {
                continue;
            }
            return Some(command);
        }
    }

    /// Takes in what happened at `now`.
    pub fn handle(&mut self, now: Millis, input: Input) {
        self.now = now;
        match input {
            Input::Connect => self.connect(),
            Input::Reconnect => self.reconnect(),
            Input::Disconnect => self.close(CloseReason::Client, None),
            Input::Abort => self.close(CloseReason::Aborted, None),
            Input::Pause => self.pause(),
            Input::Resume => self.resume(),
            Input::Overflowed => self.overflowed(),
            Input::Flowing => self.flowing(),
            Input::Token(request, token) if self.is_authorizing(request) => self.token(request, token),
            Input::Refreshed(request, refresh) => self.refreshed(request, refresh),
            Input::Sent(request) if self.is_requesting(request) => self.progress = Progress::Sent,
            Input::Head(request, head) if self.is_requesting(request) => self.head(request, head),
            Input::Validated(request, accepted) => self.validated(request, accepted),
            Input::ErrorBodyRead(request) => self.error_body_read(request),
            Input::Ended(request) if self.is_streaming(request) => self.ended(),
            Input::Failed(request, code) if self.request() == Some(request) => {
                self.failed(code, policy::is_retryable(code, None));
            }
            Input::Rejected(request) if self.is_requesting(request) => self.failed(Code::Callback, true),
            Input::Done(request) if self.is_streaming(request) => self.close(CloseReason::Done, None),
            Input::Stopped(request) if self.is_streaming(request) => self.close(CloseReason::Fatal, None),
            Input::ReconnectionTime(time) => self.reconnection_time = Some(time),
            Input::Resumable(resumable) => self.resumable = resumable,
            Input::Judged(verdict) => {
                if let Phase::Judging(failure) = self.phase {
                    self.decide(failure, verdict);
                }
            }
            Input::Fired(timer) => self.fired(timer),
            Input::Silence(span) => self.silence(span),
            Input::LastByte(span) => self.last_byte(span),
            Input::Offline => self.offline(),
            Input::Online => self.online(),
            Input::Hidden => self.hidden(),
            Input::Visible => self.visible(),
            Input::Frozen => self.frozen(),
            Input::Thawed => self.thawed(),
            // The last words of a request that is over.
            Input::Token(..)
            | Input::Sent(_)
            | Input::Head(..)
            | Input::Ended(_)
            | Input::Failed(..)
            | Input::Rejected(_)
            | Input::Done(_)
            | Input::Stopped(_) => {}
        }
    }

    fn connect(&mut self) {
        if !matches!(self.phase, Phase::Idle | Phase::Closed) {
            return;
        }
        // A GET asks for a place in a stream, and goes on from it. Anything else asks for an act, and asks anew.
        self.fresh = !self.config.idempotent;
        self.experienced = false;
        self.attempt = 0;
        self.reconnection_time = None;
        self.page.insisted = false;
        self.open_unless_at_rest();
    }

    fn reconnect(&mut self) {
        if matches!(self.phase, Phase::Idle | Phase::Closed) {
            self.experienced = false;
        }
        self.page.insisted = true;
        self.overflowed = false;
        self.abandon();
        self.attempt = 0;
        self.open_unless_at_rest();
    }

    /// Makes an attempt.
    fn open(&mut self) {
        if let Some(rest) = self.yet_to_settle() {
            self.wait(Wait::Settling, rest);
            return;
        }
        self.refreshed = false;
        self.resumable &= !self.fresh;
        let request = self.next_request();
        self.phase = if self.config.asks_token { Phase::Authorizing(request) } else { Phase::Requesting(request) };
        self.tell_state();
        self.prepare(request);
        let next = if self.config.asks_token { Command::AskToken(request) } else { Command::Send(request) };
        self.commands.push(next);
    }

    /// How long until the server has seen the end of the last request.
    fn yet_to_settle(&self) -> Option<Millis> {
        // A clock that has gone back is no reason to wait.
        let passed = self.now.checked_sub(self.broken_off?)?;
        SETTLING.checked_sub(passed).filter(|&rest| rest > 0)
    }

    fn next_request(&mut self) -> RequestId {
        self.last_request = RequestId(self.last_request.0.wrapping_add(1));
        self.last_request
    }

    fn prepare(&mut self, request: RequestId) {
        self.progress = Progress::Unsent;
        self.commands.push(Command::Open { request, attempt: self.attempt, fresh: self.fresh });
        self.time_attempt();
    }

    fn time_attempt(&mut self) {
        if self.config.connect_timeout > 0 {
            self.commands.push(Command::SetTimer(Timer::Connect, self.config.connect_timeout));
        }
    }

    fn head(&mut self, request: RequestId, head: Head) {
        match policy::answer(head, &self.config) {
            Answer::Accepted => self.accepted(request),
            Answer::Undecided => {
                self.phase = Phase::Validating(request, head);
                self.commands.push(Command::Validate(request));
            }
            Answer::Unauthorized => self.unauthorized(request, head),
            Answer::NoContent => self.close(CloseReason::NoContent, None),
            Answer::Refused(code) => self.refused(request, code, head),
        }
    }

    fn validated(&mut self, request: RequestId, accepted: bool) {
        match self.phase {
            Phase::Validating(current, _) if current == request && accepted => self.accepted(request),
            Phase::Validating(current, head) if current == request => self.refused(request, Code::Callback, head),
            _ => {}
        }
    }

    fn accepted(&mut self, request: RequestId) {
        self.phase = Phase::Streaming { request, since: self.now, heard: self.now };
        self.experienced = true;
        self.fresh = false;
        self.commands.push(Command::ClearTimer(Timer::Connect));
        if self.attempt > 0 {
            self.commands.push(Command::SetTimer(Timer::Stable, self.config.backoff.stable_after));
        }
        self.tell(Notice::Open { previous: self.told, attempt: self.attempt });
        self.let_flow(request);
    }

    fn refused(&mut self, request: RequestId, code: Code, head: Head) {
        let failure = Failure {
            status: Some(head.status),
            retry_after: head.retry_after,
            ..self.failure(code, policy::is_retryable(code, Some(head.status)))
        };
        self.phase = Phase::Refusing(request, failure);
        if !self.config.reads_error_bodies {
            return self.judge(failure);
        }
        self.commands.push(Command::SetTimer(Timer::Connect, ERROR_BODY_TIME));
        self.commands.push(Command::ReadErrorBody(request));
    }

    fn error_body_read(&mut self, request: RequestId) {
        if let Phase::Refusing(current, failure) = self.phase
            && current == request
        {
            self.progress = Progress::Over;
            self.judge(failure);
        }
    }

    /// The attempt failed, whatever it was doing.
    fn failed(&mut self, code: Code, retryable: bool) {
        if code == Code::Network && self.progress == Progress::Sent {
            self.progress = Progress::Over;
        }
        self.forgive_if_stable();
        self.judge(match self.phase {
            // The body was only to explain a failure that is known already.
            Phase::Refusing(_, failure) => failure,
            _ => self.failure(code, retryable),
        });
    }

    fn failure(&self, code: Code, retryable: bool) -> Failure {
        Failure { code, status: None, retryable, attempt: self.attempt, retry_after: None }
    }

    /// The stream ended without an error. That may be the server's end, or that of a proxy behind which the answer broke off.
    fn ended(&mut self) {
        self.progress = Progress::Over;
        self.forgive_if_stable();
        if self.config.reconnect == Reconnect::Always {
            self.retry(None, None);
        } else if let Some(failure) = self.incomplete() {
            self.judge(failure);
        } else {
            self.close(CloseReason::Server, None);
        }
    }

    /// The failure of a stream that ended without its mark, if the application expects one.
    fn incomplete(&self) -> Option<Failure> {
        self.config.expects_mark.then(|| self.failure(Code::Incomplete, true))
    }

    /// Whether the current request, or else the last one, may be sent again without asking the application: the server cannot
    /// have received it, or the application has said that it may be repeated.
    fn may_send_again(&self) -> bool {
        self.progress == Progress::Unsent || policy::repeats(&self.config)
    }

    /// Asks the application what to do about a failure, if it wants to be asked.
    fn judge(&mut self, failure: Failure) {
        self.abandon();
        self.experienced = true;
        if self.config.judges && policy::asks_again(&self.config) {
            self.phase = Phase::Judging(failure);
            self.commands.push(Command::Judge(failure));
        } else {
            self.decide(failure, Verdict::Default);
        }
    }

    fn decide(&mut self, failure: Failure, verdict: Verdict) {
        let delay = match verdict {
            Verdict::RetryIn(delay) => Some(delay.min(LONGEST_WAIT)),
            _ => None,
        };
        let again = match verdict {
            Verdict::Default => failure.retryable && (self.may_send_again() || policy::was_not_processed(failure)),
            Verdict::Retry | Verdict::RetryIn(_) => true,
            Verdict::GiveUp => false,
        };
        if again && policy::asks_again(&self.config) {
            self.retry(Some(failure), delay);
        } else {
            self.give_up(failure);
        }
    }

    fn give_up(&mut self, failure: Failure) {
        self.abandon();
        self.tell(Notice::Failed(failure));
        self.finish(CloseReason::Fatal, Some(failure));
    }

    /// Waits for the next attempt, or closes when there have been enough.
    fn retry(&mut self, failure: Option<Failure>, delay: Option<Millis>) {
        self.abandon();
        if let Some(failure) = failure {
            self.tell(Notice::Failed(failure));
        }
        let is_of_the_network = policy::is_of_the_network(failure);
        if self.page.is_offline() && is_of_the_network {
            let asked = delay.map(|delay| (Wait::Asked, delay));
            let (wait, delay) = asked.unwrap_or((Wait::Offline, OFFLINE_PROBE));
            self.wait(wait, delay);
            return;
        }
        if self.config.max_reconnects.is_some_and(|max| self.attempt >= max) {
            // The stream ended without an error, and no further attempt follows.
            let incomplete = if failure.is_none() { self.incomplete() } else { None };
            if let Some(incomplete) = incomplete {
                self.tell(Notice::Failed(incomplete));
            }
            self.tell(Notice::MaxReconnectsReached { attempts: self.attempt });
            self.finish(CloseReason::MaxReconnects, failure.or(incomplete));
            return;
        }
        self.attempt = self.attempt.saturating_add(1);
        let delay_is_wanted = delay.is_some();
        let delay = delay.unwrap_or_else(|| {
            let asked = Asked {
                reconnection_time: self.reconnection_time,
                retry_after: failure.and_then(|failure| failure.retry_after),
            };
            self.config.backoff.delay(self.attempt, asked, self.chance.next())
        });
        let wait = if is_of_the_network && !delay_is_wanted { Wait::Backoff } else { Wait::Asked };
        self.wait(wait, delay);
        self.tell(Notice::Retry { attempt: self.attempt, delay, failure });
    }

    fn wait(&mut self, wait: Wait, delay: Millis) {
        self.phase = Phase::Waiting(wait);
        self.tell_state();
        // Set before it is told, so that a listener that takes its time does not add to it.
        self.commands.push(Command::SetTimer(Timer::Retry, delay));
    }

    fn fired(&mut self, timer: Timer) {
        let is_yet_to_be_set = |command: &Command| matches!(command, Command::SetTimer(name, _) if *name == timer);
        if self.commands.iter().any(is_yet_to_be_set) {
            // The last word of an earlier one.
            return;
        }
        match (timer, self.phase) {
            (Timer::Connect, phase) if phase.is_an_attempt() => self.failed(Code::Timeout, true),
            (Timer::Retry, Phase::Waiting(wait)) => self.waited(wait),
            (Timer::Stable, Phase::Streaming { .. }) => self.attempt = 0,
            _ => {}
        }
    }

    /// A timer may fire late (background pages), so the time itself counts too.
    fn forgive_if_stable(&mut self) {
        if let Phase::Streaming { since, .. } = self.phase
            && self.now.saturating_sub(since) >= self.config.backoff.stable_after
        {
            self.attempt = 0;
        }
    }

    fn close(&mut self, reason: CloseReason, failure: Option<Failure>) {
        if !matches!(self.phase, Phase::Closed) {
            self.abandon();
            self.finish(reason, failure);
        }
    }

    fn finish(&mut self, reason: CloseReason, failure: Option<Failure>) {
        self.phase = Phase::Closed;
        self.paused = false;
        self.overflowed = false;
        self.tell(Notice::Close { previous: self.told, reason, failure });
    }

    /// Drops the current attempt, or the wait for it: what has been commanded and not yet been fetched is taken back,
    /// the rest is undone.
    fn abandon(&mut self) {
        let request = self.request();
        if self.progress == Progress::Sent {
            self.progress = Progress::Over;
            self.broken_off = Some(self.now);
        }
        let unsent = self.commands.iter().any(|command| matches!(command, Command::Open { .. }));
        self.commands.retain(|command| matches!(command, Command::Cancel(_) | Command::ClearTimer(_)));
        let timers: &[Timer] = match self.phase {
            phase if phase.is_an_attempt() => &[Timer::Connect],
            Phase::Streaming { .. } => &[Timer::Stable, Timer::Idle],
            Phase::Waiting(_) => &[Timer::Retry],
            _ => &[],
        };
        self.commands.extend(timers.iter().map(|&timer| Command::ClearTimer(timer)));
        if let Some(request) = request
            && !unsent
        {
            self.commands.push(Command::Cancel(request));
        }
        // Nothing is under way from here on, until the caller says what is.
        self.phase = Phase::Idle;
    }

    /// The request that is under way.
    fn request(&self) -> Option<RequestId> {
        match self.phase {
            Phase::Authorizing(request)
            | Phase::Refreshing(request, _)
            | Phase::Requesting(request)
            | Phase::Validating(request, _)
            | Phase::Refusing(request, _)
            | Phase::Streaming { request, .. } => Some(request),
            Phase::Idle | Phase::Judging(_) | Phase::Waiting(_) | Phase::Resting | Phase::Closed => None,
        }
    }

    fn is_authorizing(&self, request: RequestId) -> bool {
        matches!(self.phase, Phase::Authorizing(current) if current == request)
    }

    fn is_requesting(&self, request: RequestId) -> bool {
        matches!(self.phase, Phase::Requesting(current) if current == request)
    }

    fn is_streaming(&self, request: RequestId) -> bool {
        matches!(self.phase, Phase::Streaming { request: current, .. } if current == request)
    }

    fn tell_state(&mut self) {
        self.tell(Notice::State { state: self.state(), previous: self.told });
    }

    fn tell(&mut self, notice: Notice) {
        self.commands.push(Command::Tell(notice));
    }

    /// Keeps `previous` true to what was really told, since notices may have been taken back. False: nothing new.
    fn note_told(&mut self, notice: &mut Notice) -> bool {
        let (state, previous) = match notice {
            Notice::State { state, previous } => (*state, previous),
            Notice::Open { previous, .. } => (State::Open, previous),
            Notice::Close { previous, .. } => (State::Closed, previous),
            Notice::Refreshed { .. }
            | Notice::Failed(_)
            | Notice::Retry { .. }
            | Notice::MaxReconnectsReached { .. } => return true,
        };
        *previous = self.told;
        let news = self.told != state || !matches!(notice, Notice::State { .. });
        self.told = state;
        news
    }
}
