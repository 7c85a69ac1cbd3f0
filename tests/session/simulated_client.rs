//! A simulated client around a session: a clock, timers, a network of one request, a page, an application that listens.
//!
//! It brings about what the session wants, as a driver does, and checks after each action what must hold in any case.

use std::rc::Rc;

use sse_fetch::session::{
    Attempt, AttemptId, Code, Config, Event, Failure, Head, Input, Millis, Reconnect, Refresh, RetryDecision, Session,
    State, Step, Token, Wants,
};

pub use crate::request::{Request, Stage};

/// What a client does to bring about what its session wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Prepare the request of an attempt.
    Begin { request: AttemptId, attempt: u32, fresh: bool },
    /// Take a step of an attempt, other than `Decide`.
    Take(AttemptId, Step),
    /// Stop reading and delivering the stream.
    Pause(AttemptId),
    /// Continue to read it.
    Resume(AttemptId),
    /// Abort the request.
    Cancel(AttemptId),
    /// Ask the application about a failure.
    Decide(Failure),
    /// Set the timer, or clear it.
    SetTimer(Option<Millis>),
    /// Report an event to the application.
    Emit(Event),
}

/// What the application does when it gets an event or a question: it may call back into the session.
pub type Listener = Rc<dyn Fn(Action) -> Vec<Input>>;

#[allow(clippy::struct_excessive_bools)] // each is a fact of its own
pub struct SimulatedClient {
    pub session: Session,
    pub now: Millis,
    /// What the application answers to a failure.
    pub decision: RetryDecision,
    /// Whether a call from inside a listener is carried out before the listener returns, or afterwards.
    pub nests: bool,
    /// The application needs time for headers and body: a request is sent only when the test says so.
    pub is_slow: bool,
    /// Every request sent since the last call of `requests_sent`.
    pub sent: Vec<Request>,
    /// How many requests have reached the server.
    pub arrived: usize,
    /// Every failure the application was asked about.
    pub asked: Vec<Failure>,
    /// All actions so far.
    pub done: Vec<Action>,
    config: Config,
    listener: Listener,
    /// When the timer fires.
    wake_at: Option<Millis>,
    /// The step last taken.
    taken: Option<(AttemptId, Step)>,
    /// The request under way.
    request: Option<Request>,
    /// The request that is under way, or the last one.
    last: Option<Request>,
    events: Vec<Event>,
    /// The state that was last reported.
    reported: State,
    /// The close was reported.
    over: bool,
    /// When the last byte of the stream was read, or when reading began.
    read_at: Millis,
    /// When the last byte of the stream arrived.
    last_byte: Millis,
    /// When a request was last aborted that the server may have received.
    broken_off: Option<Millis>,
    page: Page,
    wishes: Wishes,
    progress: Progress,
    /// The stream has an event id that it can be resumed from.
    is_resumable: bool,
    /// One more request may reach the server: the application wants it, or the server said that it did not process the
    /// last one.
    is_due: bool,
}

/// The state of the page, as far as the options of the session make it matter.
#[derive(Debug, Default)]
struct Page {
    offline: bool,
    hidden: bool,
    in_bfcache: bool,
}

/// What the application wants.
#[derive(Debug, Default)]
struct Wishes {
    /// It has paused.
    pause: bool,
    /// More has arrived than the client keeps.
    buffer_full: bool,
    /// It called `reconnect`, which makes an attempt in a hidden page too.
    connects_while_hidden: bool,
}

/// What the rules need to know of the current attempt.
#[derive(Debug, Default)]
struct Progress {
    /// It was not aborted, and the application has not asked for another one since.
    is_under_way: bool,
    /// The server has refused its first token.
    was_refused: bool,
    /// How often its token was refreshed.
    refreshes: u32,
    /// The number that was last reported to the application.
    promised: Option<u32>,
}

/// How long after an abort the next request may be sent.
pub const COOLDOWN: Millis = 100;

/// If a check for silence comes this late, it is repeated after the same time.
pub const GRACE: Millis = 100;

/// A response that is a stream.
pub const STREAM: Head = Head { status: 200, event_stream: true, retry_after: None };

/// A response that is an error, with a page about it.
pub fn error_page(status: u16) -> Head {
    Head { status, event_stream: false, retry_after: None }
}

pub fn get() -> Config {
    Config::new(true)
}

/// A POST with the default rules: it is not repeated.
pub fn post() -> Config {
    Config::new(false)
}

/// A POST that may be repeated, because its application has set `on-error`.
pub fn subscription() -> Config {
    Config { reconnect: Reconnect::OnError, max_reconnects: None, ..post() }
}

/// Whether a request may be sent again after it has reached the server, whether the server has processed it or not.
pub fn is_repeatable(config: &Config) -> bool {
    matches!(config.reconnect, Reconnect::Always | Reconnect::OnError)
}

/// Without jitter, so that delays are known in advance.
pub fn without_jitter(mut config: Config) -> Config {
    config.backoff.jitter = 0.0;
    config
}

// What the client knows.
impl SimulatedClient {
    pub fn new(config: Config) -> Self {
        Self {
            session: Session::new(config.clone()),
            now: 1_000_000,
            decision: RetryDecision::Default,
            nests: false,
            is_slow: false,
            sent: Vec::new(),
            arrived: 0,
            asked: Vec::new(),
            done: Vec::new(),
            config,
            listener: Rc::new(|_| Vec::new()),
            wake_at: None,
            taken: None,
            request: None,
            last: None,
            events: Vec::new(),
            reported: State::Idle,
            over: false,
            read_at: 0,
            last_byte: 0,
            broken_off: None,
            page: Page::default(),
            wishes: Wishes::default(),
            progress: Progress::default(),
            is_resumable: false,
            is_due: false,
        }
    }

    /// A client in which the application has asked to connect.
    pub fn connecting(config: Config) -> Self {
        let mut client = Self::new(config);
        client.happens(Input::Connect);
        client
    }

    /// A client in which the first stream is open.
    pub fn open(config: Config) -> Self {
        let mut client = Self::connecting(config);
        client.answers(STREAM);
        client
    }

    pub fn listens(&mut self, listener: impl Fn(Action) -> Vec<Input> + 'static) {
        self.listener = Rc::new(listener);
    }

    pub fn state(&self) -> State {
        self.session.state()
    }

    /// There is a stream, read or not.
    pub fn is_streaming(&self) -> bool {
        self.stage() == Some(Stage::Read)
    }

    /// The request that is under way, or the last one.
    pub fn current(&self) -> AttemptId {
        self.last.map_or(AttemptId(0), |request| request.id)
    }

    pub fn has_request(&self) -> bool {
        self.request.is_some()
    }

    /// How far the request that is under way has come.
    pub fn stage(&self) -> Option<Stage> {
        self.request.map(|request| request.stage)
    }

    /// The application's functions for the request (headers, body) are being called.
    pub fn is_being_made(&self) -> bool {
        self.request.is_some_and(|request| request.stage == Stage::Awaited && !request.has_arrived)
    }

    /// The current request has reached the server.
    pub fn has_arrived(&self) -> bool {
        self.request.is_some_and(|request| request.has_arrived)
    }

    pub fn is_validating(&self) -> bool {
        self.stage() == Some(Stage::Validated)
    }

    pub fn is_reading_error_body(&self) -> bool {
        self.stage() == Some(Stage::Explained)
    }

    /// How long until the timer fires.
    pub fn wakes_in(&self) -> Option<Millis> {
        self.wake_at.map(|due| due.saturating_sub(self.now))
    }

    /// How long until the next attempt, if there is a wait for it.
    pub fn next_attempt_in(&self) -> Option<Millis> {
        self.wakes_in().filter(|_| self.request.is_none())
    }

    /// When the timer fires.
    pub fn next_due(&self) -> Option<Millis> {
        self.wake_at
    }

    /// How long the stream has been silent, as a driver measures it: the time does not run while the stream is not read.
    fn silence(&self) -> Millis {
        if self.wishes.pause { 0 } else { self.now.saturating_sub(self.read_at) }
    }

    /// Nothing may be requested until the page is back.
    fn is_away(&self) -> bool {
        self.page.in_bfcache || (self.page.hidden && !self.wishes.connects_while_hidden)
    }

    /// More has arrived than the client keeps, and the stream can be requested again.
    fn is_buffer_full(&self) -> bool {
        self.wishes.buffer_full && self.config.is_get_or_head && self.is_resumable && is_repeatable(&self.config)
    }

    /// The events that were reported since the last call.
    pub fn events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// The events that were reported since the last call, in the words of the table of transitions.
    pub fn events_in_words(&mut self) -> String {
        self.events().iter().map(in_words).collect::<Vec<_>>().join(", ")
    }

    /// How many requests were sent since the last call.
    pub fn requests_sent(&mut self) -> usize {
        std::mem::take(&mut self.sent).len()
    }

    /// How often something of this kind was done.
    pub fn count(&self, is_meant: impl Fn(&Action) -> bool) -> usize {
        self.done.iter().filter(|action| is_meant(action)).count()
    }
}

pub fn in_words(event: &Event) -> String {
    match event {
        Event::State { .. } => "state".into(),
        Event::Open { .. } => "open".into(),
        Event::Refreshed { .. } => "refresh".into(),
        Event::Failed { error } => format!("failed {}", error.code),
        Event::Retry { .. } => "retry".into(),
        Event::MaxReconnectsReached { .. } => "max-reconnects-reached".into(),
        Event::Close { reason, .. } => format!("close {}", reason.as_str()),
    }
}

// What happens in it.
impl SimulatedClient {
    pub fn happens(&mut self, input: Input) {
        if matches!(input, Input::Online | Input::Visible) {
            self.happens(Input::Silence(self.silence()));
        }
        if matches!(input, Input::Online | Input::Offline) {
            self.happens(Input::LastByte(self.now.saturating_sub(self.last_byte)));
        }
        let untouchable = self.request.filter(|request| PAGE_INPUTS.contains(&input) && self.is_untouchable(request));
        self.take_in(input);
        self.carry_out();
        if !self.is_slow {
            self.sends_request();
        }
        assert!(
            untouchable.is_none() || untouchable == self.request,
            "{input:?} does not cut a request that is not to be repeated: {untouchable:?}",
        );
        self.check_rest();
    }

    /// The server may have received the request, and it must not be repeated.
    fn is_untouchable(&self, request: &Request) -> bool {
        request.has_arrived && !is_repeatable(&self.config)
    }

    /// The current request is sent, if there is one.
    pub fn sends_request(&mut self) {
        if let Some(request) = self.request.filter(|request| request.stage == Stage::Awaited) {
            self.take_in(Input::Sent(request.id));
            self.carry_out();
        }
    }

    /// The response arrives; an error's body with it. If the application was asked for a token, it has one.
    pub fn answers(&mut self, head: Head) {
        self.gives_token();
        self.sends_request();
        self.happens(Input::Head(self.current(), head));
        if self.is_reading_error_body() {
            self.happens(Input::ErrorBodyRead(self.current()));
        }
    }

    /// The application returns a token, if it was asked for one.
    pub fn gives_token(&mut self) {
        match self.stage() {
            Some(Stage::Asked) => self.happens(Input::Token(self.current(), Token::Usable)),
            Some(Stage::Renewed) => self.happens(Input::Refreshed(self.current(), Refresh::Token)),
            _ => {}
        }
    }

    /// Bytes of the stream arrive, for example a comment.
    pub fn receives_bytes(&mut self) {
        assert!(self.is_streaming(), "only a stream says something");
        (self.read_at, self.last_byte) = (self.now, self.now);
    }

    /// An event with an id arrives.
    pub fn delivers(&mut self) {
        let delivers = self.request.is_some_and(|request| request.delivers());
        assert!(delivers && self.state() == State::Open, "an event is delivered while the stream is open and read");
        self.receives_bytes();
        self.happens(Input::Resumable(true));
    }

    /// The application wants another stream, and gets through to the server.
    pub fn reconnects(&mut self) {
        self.happens(Input::Reconnect);
        self.cools_down();
    }

    pub fn fails(&mut self, code: Code) {
        self.happens(Input::Failed(self.current(), code));
    }

    pub fn ends(&mut self) {
        self.happens(Input::Ended(self.current()));
    }

    /// The timer fires, or the session is woken too early.
    pub fn wakes(&mut self) {
        self.happens(Input::Wake { silence: self.silence() });
    }

    /// Time passes, and the timer fires when it is due.
    pub fn passes(&mut self, span: Millis) {
        let end = self.now.saturating_add(span);
        while self.fires_by(end) {}
        self.now = end;
    }

    /// The computer sleeps: time passes, and the timer does not fire.
    pub fn sleeps(&mut self, span: Millis) {
        self.now = self.now.saturating_add(span);
    }

    /// The timer fires, if it is due by then.
    pub fn fires_by(&mut self, end: Millis) -> bool {
        let Some(due) = self.wake_at.filter(|&due| due <= end) else { return false };
        self.now = self.now.max(due);
        self.wakes();
        true
    }

    /// Passes the cooldown, if there is one. Returns how long it took.
    pub fn cools_down(&mut self) -> Millis {
        let Some(wait) = self.next_attempt_in() else { return 0 };
        assert!(wait <= COOLDOWN, "nothing else is waited for: {wait}");
        self.passes(wait);
        wait
    }

    /// Passes the wait for the next attempt. Returns how long it took.
    pub fn waits(&mut self) -> Millis {
        let delay = self.next_attempt_in().expect("the session waits for its next attempt");
        self.passes(delay);
        delay
    }

    fn take_in(&mut self, input: Input) {
        self.note(input);
        let before = self.state();
        self.session.handle(self.now, input);
        if self.state() == State::Closed && before != State::Closed {
            // A new connection is not paused.
            (self.wishes.pause, self.wishes.buffer_full) = (false, false);
        }
    }

    /// Keeps what the rules need to know.
    fn note(&mut self, input: Input) {
        if let Some(request) = &mut self.request {
            let had_arrived = request.has_arrived;
            request.handles(input, &self.config);
            if request.has_arrived && !had_arrived {
                self.arrives();
            }
        }
        match input {
            Input::Wake { .. } if self.next_attempt_in() == Some(0) => self.progress.is_under_way = false,
            Input::Resumable(resumable) => self.is_resumable = resumable,
            Input::Head(id, head) => self.note_head(id, head),
            Input::Connect if matches!(self.state(), State::Idle | State::Closed) => self.note_wish(false),
            Input::Reconnect => self.note_wish(true),
            Input::Pause => self.wishes.pause = true,
            Input::Resume if self.wishes.pause => {
                // The silence before that does not count.
                self.read_at = self.now;
                (self.wishes.pause, self.wishes.buffer_full) = (false, false);
            }
            Input::BufferFull => self.wishes.buffer_full = true,
            Input::BufferDrained => self.wishes.buffer_full &= self.wishes.pause,
            Input::Offline => self.page.offline = self.config.watch_network,
            Input::Online => self.page.offline = false,
            Input::Hidden if self.config.close_when_hidden => {
                (self.page.hidden, self.wishes.connects_while_hidden) = (true, false);
            }
            Input::Visible => self.page.hidden = false,
            Input::EnteredBfcache => self.page.in_bfcache = true,
            Input::LeftBfcache => self.page.in_bfcache = false,
            _ => {}
        }
    }

    fn note_head(&mut self, id: AttemptId, head: Head) {
        let Some(request) = self.request.filter(|request| request.id == id && request.stage == Stage::Awaited) else {
            return;
        };
        self.progress.was_refused = request.is_refused_by(head, &self.config) && self.progress.refreshes == 0;
        let is_unprocessed = match head.status {
            425 | 429 => true,
            503 => head.retry_after.is_some(),
            _ => self.progress.was_refused,
        };
        self.is_due |= is_unprocessed && self.config.reconnect == Reconnect::Unprocessed;
    }

    /// The request reaches the server.
    fn arrives(&mut self) {
        let is_too_early = self.broken_off.is_some_and(|moment| self.now < moment + COOLDOWN);
        assert!(!is_too_early, "the server sees the end of the last one first");
        let is_due = std::mem::take(&mut self.is_due);
        assert!(is_due || is_repeatable(&self.config), "nothing is repeated behind the application's back");
        self.arrived += 1;
    }

    fn note_wish(&mut self, connects_while_hidden: bool) {
        self.over = false;
        self.wishes.connects_while_hidden = connects_while_hidden;
        self.wishes.buffer_full = false;
        self.progress.is_under_way = false;
        self.is_due = true;
    }

    /// Brings about what the session wants, and reports its events.
    fn carry_out(&mut self) {
        loop {
            let wants = self.session.wants();
            self.stop_what_is_not_wanted(wants);
            if let Some(event) = self.session.poll_event() {
                self.report(event);
            } else if !self.take_step(wants) {
                return;
            }
        }
    }

    fn stop_what_is_not_wanted(&mut self, wants: Wants) {
        let wanted = wants.attempt.filter(|attempt| !matches!(attempt.step, Step::Decide(_)));
        if let Some(request) = self.request
            && wanted.is_none_or(|attempt| attempt.id != request.id)
        {
            self.does(Action::Cancel(request.id));
            self.request = None;
            self.progress.is_under_way &= self.progress.was_refused;
            if request.at_server {
                self.broken_off = Some(self.now);
            }
        }
        if let Some(Attempt { id, step: Step::Stream, .. }) = wanted
            && let Some(request) = &mut self.request
            && request.flows != wants.reading
        {
            request.flows = wants.reading;
            self.does(if wants.reading { Action::Resume(id) } else { Action::Pause(id) });
        }
        assert!(wants.reading <= wanted.is_some_and(|attempt| attempt.step == Step::Stream), "only a stream is read");
        if self.wake_at != wants.wake_at {
            self.does(Action::SetTimer(wants.wake_at));
            self.wake_at = wants.wake_at;
        }
    }

    /// Takes the wanted step, unless it was taken already.
    fn take_step(&mut self, wants: Wants) -> bool {
        let Some(Attempt { id, number, fresh, step }) = wants.attempt else { return false };
        if self.taken == Some((id, step)) {
            return false;
        }
        self.taken = Some((id, step));
        if let Step::Decide(failure) = step {
            self.decide(id, failure);
            return true;
        }
        if self.request.is_none() {
            self.does(Action::Begin { request: id, attempt: number, fresh });
            self.begin(id, number, fresh);
        }
        self.does(Action::Take(id, step));
        self.advance(id, step);
        self.call_back(Action::Take(id, step));
        true
    }

    fn report(&mut self, event: Event) {
        self.does(Action::Emit(event));
        self.note_event(event);
        self.call_back(Action::Emit(event));
    }

    fn decide(&mut self, id: AttemptId, failure: Failure) {
        self.does(Action::Decide(failure));
        self.asked.push(failure);
        let is_overruled = self.call_back(Action::Decide(failure));
        let wants_another = matches!(self.decision, RetryDecision::Retry | RetryDecision::RetryIn(_));
        self.is_due |= wants_another && !is_overruled;
        self.take_in(Input::Decided(id, self.decision));
    }

    fn does(&mut self, action: Action) {
        assert!(!self.over, "after the end: {action:?}");
        self.done.push(action);
    }

    /// The application's code runs whenever an event is reported, or when the application is asked for a token, headers, a validation
    /// or a decision. Returns whether that code ends the current request.
    fn call_back(&mut self, action: Action) -> bool {
        if matches!(action, Action::Take(_, Step::ErrorBody | Step::Stream)) {
            return false;
        }
        let listener = Rc::clone(&self.listener);
        let inputs = listener(action);
        for &input in &inputs {
            self.take_in(input);
            if self.nests {
                self.carry_out();
            }
        }
        inputs.iter().any(|input| matches!(input, Input::Disconnect | Input::Abort | Input::Reconnect))
    }

    fn begin(&mut self, id: AttemptId, attempt: u32, fresh: bool) {
        assert_eq!(self.request, None, "never two requests open");
        assert!(id != AttemptId(0) && self.last.is_none_or(|last| last.id != id), "each request has an id of its own");
        assert!(self.config.max_reconnects.is_none_or(|max| attempt <= max), "no more attempts than wanted");
        assert!(attempt == 0 || self.progress.promised == Some(attempt), "an attempt that counts was announced");
        let is_second = self.progress.is_under_way;
        if is_second {
            assert!(self.progress.was_refused, "an attempt has a second request only if the token was refused");
            assert_eq!(
                self.last.map(|last| (last.attempt, last.fresh)),
                Some((attempt, fresh)),
                "it is the same attempt"
            );
            self.progress.was_refused = false;
        } else {
            self.progress = Progress { is_under_way: true, promised: self.progress.promised, ..Progress::default() };
        }
        self.is_resumable &= !fresh;
        self.request = Some(Request::begun(id, attempt, fresh, is_second));
        self.last = self.request;
    }

    fn advance(&mut self, id: AttemptId, step: Step) {
        let request = self.request.as_mut().filter(|request| request.id == id);
        let request = request.unwrap_or_else(|| panic!("{step:?} is about the request under way"));
        request.takes(step, &self.config);
        let request = *request;
        match step {
            Step::Refresh => {
                self.progress.refreshes += 1;
                assert_eq!(self.progress.refreshes, 1, "one refresh in an attempt");
            }
            Step::Request => self.send(request),
            Step::Stream => {
                // The head counts as activity.
                (self.read_at, self.last_byte) = (self.now, self.now);
                self.wishes.buffer_full = false;
            }
            _ => {}
        }
    }

    fn send(&mut self, request: Request) {
        assert!(!self.is_away(), "nothing is requested while the page is away");
        self.sent.push(request);
    }

    fn note_event(&mut self, event: Event) {
        self.events.push(event);
        match event {
            Event::State { state, previous } => {
                assert_eq!(previous, self.reported, "each change of state starts where the last one led");
                assert_ne!(state, previous, "a change of state changes the state");
                assert_eq!(state, self.state(), "a change of state is true when it is reported");
                self.reported = state;
            }
            Event::Open { previous, attempt } => {
                assert_eq!(previous, self.reported, "each change of state starts where the last one led");
                assert_eq!(Some(attempt), self.last.map(|last| last.attempt), "the attempt that was made");
                self.reported = State::Open;
            }
            Event::Close { previous, .. } => {
                assert_eq!(previous, self.reported, "each change of state starts where the last one led");
                assert_eq!(self.request, None, "nothing is open at the end");
                self.reported = State::Closed;
                // Unless a listener has connected again before the close was reported.
                self.over = self.state() == State::Closed;
                assert!(!self.over || self.wake_at.is_none(), "nothing is waited for at the end");
            }
            Event::Retry { attempt, delay, error } => {
                assert_eq!(self.next_attempt_in(), Some(delay), "the wait that is reported is the one that began");
                assert_eq!(attempt, self.session.retry_count(), "the attempt that is reported is the one to come");
                assert!(!(self.page.offline && may_be_caused_by_offline(error)), "being offline spends no attempt");
                self.progress.promised = Some(attempt);
            }
            Event::Refreshed { attempt } => {
                assert_eq!(Some((attempt, 1)), self.last.map(|last| (last.attempt, self.progress.refreshes)));
            }
            Event::Failed { .. } | Event::MaxReconnectsReached { .. } => {}
        }
    }

    /// Checks that everything wanted was done, and that something will happen next.
    fn check_rest(&self) {
        let state = self.state();
        assert_eq!(self.reported, state, "the application knows the state");
        let wakes_in = self.wakes_in();
        match (state, self.stage()) {
            (State::Idle | State::Closed, None) => assert_eq!(wakes_in, None, "no timer in {state:?}"),
            (State::Connecting | State::Reconnecting, None) => assert!(
                wakes_in.is_some() || self.is_away() || self.is_buffer_full(),
                "only page and application are waited for without a timer"
            ),
            (State::Paused, None) => {
                assert!(wakes_in.is_none() && self.is_buffer_full(), "a stream that was dropped: {wakes_in:?}");
            }
            (
                State::Connecting | State::Reconnecting,
                Some(Stage::Asked | Stage::Renewed | Stage::Awaited | Stage::Validated),
            ) => assert_eq!(wakes_in.is_some(), self.config.connect_timeout > 0, "an attempt ends"),
            (State::Connecting | State::Reconnecting, Some(Stage::Explained)) => {
                assert!(wakes_in.is_some(), "an error body cannot hang");
            }
            (State::Open, Some(Stage::Read)) if self.config.idle_timeout > 0 => {
                let latest = self.config.idle_timeout.max(GRACE);
                assert!(wakes_in.is_some_and(|span| span <= latest), "silence is watched: {wakes_in:?}");
            }
            (State::Open | State::Paused, Some(Stage::Read)) => {
                assert_eq!(wakes_in.is_some(), self.session.retry_count() > 0, "the stream becomes stable");
            }
            (_, request) => panic!("{state:?} with a request {request:?}"),
        }
        if let Some(request) = self.request {
            self.check_request(&request);
        }
    }

    fn check_request(&self, request: &Request) {
        let is_paused = self.state() == State::Paused;
        assert_eq!(is_paused, self.wishes.pause && request.stage == Stage::Read, "a pause holds: {request:?}");
        assert_eq!(request.delivers(), self.state() == State::Open, "nothing is read while paused: {request:?}");
        let holds = matches!(request.stage, Stage::Awaited | Stage::Validated | Stage::Read);
        assert!(
            !(self.is_away() && holds) || self.is_untouchable(request),
            "a page that is away holds nothing that can be sent again: {request:?}"
        );
    }
}

/// Whether losing the network could have caused the failure.
fn may_be_caused_by_offline(failure: Option<Failure>) -> bool {
    failure.is_none_or(|failure| match failure.code {
        Code::Network | Code::Timeout | Code::Idle | Code::Incomplete => true,
        // The functions for tokens and headers use the same network.
        Code::Auth | Code::Callback => failure.retryable,
        _ => false,
    })
}

/// What happens to a page, other than by its own code.
pub const PAGE_INPUTS: [Input; 6] =
    [Input::Offline, Input::Online, Input::Hidden, Input::Visible, Input::EnteredBfcache, Input::LeftBfcache];

/// How a page goes away, and how it comes back.
pub const ABSENCES: [(Input, Input); 2] =
    [(Input::Hidden, Input::Visible), (Input::EnteredBfcache, Input::LeftBfcache)];
