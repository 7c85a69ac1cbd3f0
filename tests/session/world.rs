//! A simulated world around a session: a clock, timers, a network of one request, an application that listens.
//!
//! It carries out commands one at a time as a driver would, and after each it checks what must hold whatever happens.

use std::rc::Rc;

use sse_fetch::session::{
    Code, Command, Config, Failure, Head, Input, Millis, Notice, RequestId, Session, State, Timer, Verdict,
};

/// What the application does while it is being told or asked something: it may call back into the session.
pub type Listener = Rc<dyn Fn(Command) -> Vec<Input>>;

pub struct World {
    pub session: Session,
    pub now: Millis,
    /// What the application answers to a failure.
    pub verdict: Verdict,
    /// Whether a call from inside a listener is carried out before the listener returns, or afterwards.
    pub nests: bool,
    /// Every request sent.
    pub sent: Vec<Sent>,
    /// Every failure the application was asked about.
    pub asked: Vec<Failure>,
    /// Every command carried out.
    pub done: Vec<Command>,
    config: Config,
    listener: Listener,
    timers: [Option<Millis>; Timer::ALL.len()],
    request: Option<Request>,
    notices: Vec<Notice>,
    /// The state as the notices have it.
    told: State,
    /// The end has been told.
    over: bool,
    replay: Replay,
}

/// A request as it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    pub request: RequestId,
    pub attempt: u32,
    pub fresh: bool,
}

/// The request that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Request {
    id: RequestId,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Awaited,
    Validated,
    Explained,
    Read,
}

/// What decides whether a request that is an act may be sent again.
#[derive(Debug, Default)]
struct Replay {
    stream_began: bool,
    resumable: bool,
    application_wants_it: bool,
}

/// A response that is a stream.
pub const STREAM: Head = Head { status: 200, event_stream: true, retry_after: None };

/// A response that is an error, with a page about it.
pub fn error_page(status: u16) -> Head {
    Head { status, event_stream: false, retry_after: None }
}

pub fn get() -> Config {
    Config::new(true)
}

pub fn post() -> Config {
    Config::new(false)
}

/// Without chance, so that delays can be told in advance.
pub fn without_jitter(mut config: Config) -> Config {
    config.backoff.jitter = 0.0;
    config
}

// What the world knows.
impl World {
    pub fn new(config: Config) -> Self {
        Self {
            session: Session::new(config.clone()),
            now: 1_000_000,
            verdict: Verdict::Default,
            nests: false,
            sent: Vec::new(),
            asked: Vec::new(),
            done: Vec::new(),
            config,
            listener: Rc::new(|_| Vec::new()),
            timers: [None; Timer::ALL.len()],
            request: None,
            notices: Vec::new(),
            told: State::Idle,
            over: false,
            replay: Replay::default(),
        }
    }

    /// A world in which the application has asked to connect.
    pub fn connecting(config: Config) -> Self {
        let mut world = Self::new(config);
        world.happens(Input::Connect);
        world
    }

    /// A world in which the first stream is open.
    pub fn open(config: Config) -> Self {
        let mut world = Self::connecting(config);
        world.answers(STREAM);
        world
    }

    pub fn listens(&mut self, listener: impl Fn(Command) -> Vec<Input> + 'static) {
        self.listener = Rc::new(listener);
    }

    pub fn state(&self) -> State {
        self.session.state()
    }

    /// The request that is open, or was the last to be.
    pub fn current(&self) -> RequestId {
        self.sent.last().map_or(RequestId(0), |sent| sent.request)
    }

    pub fn has_request(&self) -> bool {
        self.request.is_some()
    }

    pub fn is_judging_response(&self) -> bool {
        self.request.is_some_and(|request| request.stage == Stage::Validated)
    }

    pub fn is_reading_error_body(&self) -> bool {
        self.request.is_some_and(|request| request.stage == Stage::Explained)
    }

    /// How long until this timer fires.
    pub fn timer(&self, timer: Timer) -> Option<Millis> {
        self.timers[timer as usize].map(|due| due.saturating_sub(self.now))
    }

    /// What the application was told since the last look.
    pub fn notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// The same in words, as the table of transitions has them.
    pub fn heard(&mut self) -> String {
        self.notices().iter().map(in_words).collect::<Vec<_>>().join(", ")
    }

    /// How many requests were sent since the last look.
    pub fn requests_sent(&mut self) -> usize {
        std::mem::take(&mut self.sent).len()
    }
}

pub fn in_words(notice: &Notice) -> String {
    match notice {
        Notice::State { .. } => "state".into(),
        Notice::Open { .. } => "open".into(),
        Notice::Failed(failure) => format!("failed {}", failure.code),
        Notice::Retry { .. } => "retry".into(),
        Notice::MaxReconnectsReached { .. } => "max-reconnects-reached".into(),
        Notice::Close { reason, .. } => format!("close {}", reason.as_str()),
    }
}

// What happens in it.
impl World {
    pub fn happens(&mut self, input: Input) {
        self.take_in(input);
        self.carry_out();
        self.check_rest();
    }

    /// The response arrives; an error's body with it.
    pub fn answers(&mut self, head: Head) {
        self.happens(Input::Head(self.current(), head));
        if self.is_reading_error_body() {
            self.happens(Input::ErrorBodyRead(self.current()));
        }
    }

    pub fn fails(&mut self, code: Code) {
        self.happens(Input::Failed(self.current(), code));
    }

    pub fn ends(&mut self) {
        self.happens(Input::Ended(self.current()));
    }

    /// Time passes, and timers fire when they are due.
    pub fn passes(&mut self, span: Millis) {
        let end = self.now.saturating_add(span);
        while self.fires_by(end) {}
        self.now = end;
    }

    /// The next timer fires, if it is due by then.
    pub fn fires_by(&mut self, end: Millis) -> bool {
        let Some((due, timer)) = self.next_due().filter(|&(due, _)| due <= end) else { return false };
        self.now = self.now.max(due);
        self.happens(Input::Fired(timer));
        true
    }

    /// The wait for the next attempt comes to its end. Returns how long it took.
    pub fn waits(&mut self) -> Millis {
        let delay = self.timer(Timer::Retry).expect("the session waits for its next attempt");
        self.passes(delay);
        delay
    }

    fn next_due(&self) -> Option<(Millis, Timer)> {
        Timer::ALL.into_iter().filter_map(|timer| Some((self.timers[timer as usize]?, timer))).min_by_key(|next| next.0)
    }

    fn take_in(&mut self, input: Input) {
        match input {
            Input::Fired(timer) => self.timers[timer as usize] = None,
            Input::Resumable(resumable) => self.replay.resumable = resumable,
            Input::Head(id, head) if self.request == Some(Request { id, stage: Stage::Awaited }) => {
                self.replay.stream_began = head.status == 200 && head.event_stream;
            }
            Input::Connect if matches!(self.state(), State::Idle | State::Closed) => {
                self.replay.application_wants_it = true;
            }
            Input::Reconnect => self.replay.application_wants_it = true,
            _ => {}
        }
        if matches!(input, Input::Connect | Input::Reconnect) {
            self.over = false;
        }
        self.session.handle(self.now, input);
    }

    fn carry_out(&mut self) {
        while let Some(command) = self.session.next_command() {
            self.done.push(command);
            self.carry_out_one(command);
        }
    }

    fn carry_out_one(&mut self, command: Command) {
        assert!(!self.over, "after the end: {command:?}");
        match command {
            Command::Open { request, attempt, fresh } => self.send(Sent { request, attempt, fresh }),
            Command::Validate(id) => self.advance(id, Stage::Awaited, Stage::Validated),
            Command::ReadErrorBody(id) => {
                let stage = self.request.expect("an error body has a request").stage;
                assert!(matches!(stage, Stage::Awaited | Stage::Validated), "an error body is read once");
                self.advance(id, stage, Stage::Explained);
            }
            Command::Read(id) => {
                let stage = self.request.expect("a stream has a request").stage;
                assert!(matches!(stage, Stage::Awaited | Stage::Validated), "a stream is read once");
                self.advance(id, stage, Stage::Read);
            }
            Command::Cancel(id) => {
                assert_eq!(self.request.map(|request| request.id), Some(id), "what is cancelled is open");
                self.request = None;
            }
            Command::Judge(failure) => self.asked.push(failure),
            Command::SetTimer(timer, span) => self.timers[timer as usize] = Some(self.now.saturating_add(span)),
            Command::ClearTimer(timer) => self.timers[timer as usize] = None,
            Command::Tell(notice) => self.tell(notice),
        }
        self.call_back(command);
        if let Command::Judge(_) = command {
            self.take_in(Input::Judged(self.verdict));
        }
    }

    /// The application's code runs while it is told something, asked for headers, for validation, for a verdict.
    fn call_back(&mut self, command: Command) {
        if !matches!(command, Command::Tell(_) | Command::Open { .. } | Command::Validate(_) | Command::Judge(_)) {
            return;
        }
        let listener = Rc::clone(&self.listener);
        for input in listener(command) {
            self.take_in(input);
            if self.nests {
                self.carry_out();
            }
        }
    }

    fn send(&mut self, sent: Sent) {
        assert_eq!(self.request, None, "never two requests open");
        assert!(self.sent.iter().all(|earlier| earlier.request != sent.request), "each request has an id of its own");
        assert!(self.config.max_reconnects.is_none_or(|max| sent.attempt <= max), "no more attempts than wanted");
        let replay = std::mem::take(&mut self.replay);
        assert!(
            self.config.idempotent || !replay.stream_began || replay.resumable || replay.application_wants_it,
            "an act is not repeated behind the application's back",
        );
        self.replay.resumable = replay.resumable && !sent.fresh;
        self.request = Some(Request { id: sent.request, stage: Stage::Awaited });
        self.sent.push(sent);
    }

    fn advance(&mut self, id: RequestId, from: Stage, to: Stage) {
        assert_eq!(
            self.request,
            Some(Request { id, stage: from }),
            "{to:?} is the next thing to happen to the request"
        );
        self.request = Some(Request { id, stage: to });
    }

    fn tell(&mut self, notice: Notice) {
        self.notices.push(notice);
        match notice {
            Notice::State { state, previous } => {
                assert_eq!(previous, self.told, "each change of state starts where the last one led");
                assert_ne!(state, previous, "a change of state changes the state");
                self.told = state;
            }
            Notice::Open { previous, attempt } => {
                assert_eq!(previous, self.told, "each change of state starts where the last one led");
                assert_eq!(Some(attempt), self.sent.last().map(|sent| sent.attempt), "the attempt that was made");
                self.told = State::Open;
            }
            Notice::Close { previous, .. } => {
                assert_eq!(previous, self.told, "each change of state starts where the last one led");
                assert_eq!(self.request, None, "nothing is open at the end");
                assert_eq!(self.timers, [None; 3], "nothing is waited for at the end");
                self.told = State::Closed;
                // Unless the application has asked for more before it could be told.
                self.over = self.state() == State::Closed;
            }
            Notice::Retry { attempt, delay, .. } => {
                assert_eq!(self.timer(Timer::Retry), Some(delay), "the wait that is told is the one that began");
                assert_eq!(attempt, self.session.retry_count(), "the attempt that is told is the one to come");
            }
            Notice::Failed(_) | Notice::MaxReconnectsReached { .. } => {}
        }
    }

    /// With no command left to carry out, it must be clear what comes next.
    fn check_rest(&self) {
        let state = self.state();
        let [connect, retry, stable] = Timer::ALL.map(|timer| self.timers[timer as usize].is_some());
        assert_eq!(self.told, state, "the application knows the state");
        match (state, self.request.map(|request| request.stage)) {
            (State::Idle | State::Closed, None) => assert!(!connect && !retry && !stable, "no timer in {state:?}"),
            (State::Connecting | State::Reconnecting, None) => assert!(retry && !connect && !stable, "the wait ends"),
            (State::Connecting | State::Reconnecting, Some(Stage::Awaited | Stage::Validated)) => {
                assert_eq!(connect, self.config.connect_timeout > 0, "an attempt ends");
                assert!(!retry && !stable, "one wait at a time");
            }
            (State::Connecting | State::Reconnecting, Some(Stage::Explained)) => {
                assert!(connect && !retry && !stable, "an error body cannot hang");
            }
            (State::Open, Some(Stage::Read)) => assert!(!connect && !retry, "an open stream is not waited for"),
            (_, request) => panic!("{state:?} with a request {request:?}"),
        }
    }
}
