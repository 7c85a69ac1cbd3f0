//! Whatever network, server, page and application do to a stream of numbered events: each arrives once, in order, and the
//! stream comes to its end.

use proptest::collection::vec;
use proptest::prelude::*;
use sse_fetch::session::{
    AttemptId, CloseReason, Code, Config, Event, Head, Input, Millis, Reconnect, Refresh, RetryDecision, State, Token,
};

use crate::random::{cases, decisions};
use crate::simulated_client::{STREAM, SimulatedClient, Stage, error_page};

/// What becomes of one request.
#[derive(Debug, Clone, Copy)]
enum Fate {
    /// The connection cannot be made.
    Refused,
    /// It is made, and nothing comes of it.
    Hangs,
    /// A temporary error status, and perhaps a `Retry-After` in milliseconds.
    Unavailable(u16, Option<Millis>),
    /// The token is not accepted.
    Unauthorized,
    /// The connection breaks after so many events.
    Cut(usize),
    /// The server ends the stream after so many events.
    Ended(usize),
    /// Not a word after so many events.
    Silent(usize),
}

/// What becomes of one question for a token.
#[derive(Debug, Clone, Copy)]
enum Authority {
    Answers,
    /// The token has expired, or it is to be asked for again.
    Differs,
    Throws,
    Hangs,
}

/// What happens beside the stream, so long after the last such thing.
#[derive(Debug, Clone, Copy)]
struct Incident {
    after: Millis,
    what: Input,
}

#[derive(Debug, Clone)]
struct Schedule {
    /// How many events there are.
    events: usize,
    /// How long everything takes that takes its time.
    pace: Millis,
    /// The browser says offline, and there is a network all the same.
    is_browser_wrong: bool,
    fates: Vec<Fate>,
    authority: Vec<Authority>,
    incidents: Vec<Incident>,
}

/// The client in its client, and the server on the other side.
struct Simulation {
    client: SimulatedClient,
    schedule: Schedule,
    /// What the application was given.
    received: Vec<usize>,
    /// The last event id, as the next request says it.
    last_event_id: usize,
    /// What becomes of the request under way.
    fate: Option<Fate>,
    /// The event that the stream under way is at, for the server.
    position: usize,
    /// Events sent in it.
    sent: usize,
    /// The token was renewed since the last answer.
    has_new_token: bool,
    is_offline: bool,
    /// What comes next of the request under way.
    next: Option<Next>,
    /// How often the application has called `connect` or `reconnect`.
    acts: usize,
    /// How many requests the server has answered as not processed.
    unprocessed: usize,
}

/// The other side's next move, and what it is about.
#[derive(Debug, Clone, Copy)]
struct Next {
    request: AttemptId,
    stage: Stage,
    state: State,
    at: Millis,
}

impl Simulation {
    fn new(config: Config, mut schedule: Schedule) -> Self {
        // What is taken from the end happens first.
        schedule.fates.reverse();
        schedule.authority.reverse();
        Self {
            client: SimulatedClient::connecting(config),
            schedule,
            received: Vec::new(),
            last_event_id: 0,
            fate: None,
            position: 0,
            sent: 0,
            has_new_token: false,
            is_offline: false,
            next: None,
            acts: 1,
            unprocessed: 0,
        }
    }

    /// Lives through all incidents, and then until the stream is over. False: it is not over in time.
    fn runs(&mut self, patience: Millis) -> bool {
        for incident in self.schedule.incidents.clone() {
            self.comes_to(incident);
            if self.client.state() == State::Closed {
                return true;
            }
        }
        self.runs_until(self.client.now + patience);
        self.client.state() == State::Closed
    }

    /// Runs through all incidents. Meanwhile the stream may close, and the application may connect again.
    fn lives(&mut self, patience: Millis) {
        for incident in self.schedule.incidents.clone() {
            self.comes_to(incident);
        }
        self.runs_until(self.client.now + patience);
    }

    fn comes_to(&mut self, Incident { after, what }: Incident) {
        self.runs_until(self.client.now + after);
        self.is_offline = match what {
            Input::Offline => !self.schedule.is_browser_wrong,
            Input::Online => false,
            _ => self.is_offline,
        };
        let is_act = match what {
            Input::Connect => self.client.state() == State::Closed,
            Input::Reconnect => true,
            _ => false,
        };
        self.acts += usize::from(is_act);
        if what != Input::BufferFull || self.client.is_streaming() {
            self.client.happens(what);
        }
    }

    fn runs_until(&mut self, end: Millis) {
        while self.client.state() != State::Closed {
            self.looks();
            let reply = self.next.map(|next| next.at).filter(|at| *at <= end);
            match (reply, self.client.next_due().filter(|due| *due <= end)) {
                (Some(at), due) if due.is_none_or(|due| at <= due) => {
                    self.client.now = self.client.now.max(at);
                    self.replies();
                }
                (_, Some(due)) => {
                    self.client.fires_by(due);
                }
                (_, None) => break,
            }
        }
        self.client.now = end;
    }

    /// The other side takes note of what has changed here.
    fn looks(&mut self) {
        let at = self.client.now + self.schedule.pace;
        let (request, state) = (self.client.current(), self.client.state());
        let now = self.client.stage().map(|stage| Next { request, stage, state, at });
        let Some(last) = self.next else { return self.next = now };
        match now {
            Some(now) if (now.request, now.stage, now.state) == (last.request, last.stage, last.state) => {}
            Some(now) if now.request == last.request => self.next = Some(now),
            _ => {
                self.next = now;
                self.says_late(last.request);
            }
        }
    }

    /// What was on its way when the request was given up arrives all the same.
    fn says_late(&mut self, request: AttemptId) {
        for input in [
            Input::Token(request, Token::Usable),
            Input::Refreshed(request, Refresh::GaveUp),
            Input::Head(request, STREAM),
            Input::Ended(request),
            Input::Failed(request, Code::Network),
        ] {
            self.client.happens(input);
        }
    }

    /// Something comes of the request.
    fn replies(&mut self) {
        let Some(Next { request, stage, .. }) = self.next else { return };
        match stage {
            Stage::Asked | Stage::Renewed => self.authorizes(request, stage),
            Stage::Awaited => self.answers(request),
            Stage::Explained => self.client.happens(Input::ErrorBodyRead(request)),
            Stage::Read => self.streams(),
            Stage::Begun | Stage::Validated => unreachable!("{stage:?} is nothing to wait in"),
        }
        // What is to come next in the same stage.
        let later = self.client.now + self.schedule.pace;
        if let Some(next) = &mut self.next {
            next.at = next.at.max(later);
        }
    }

    fn authorizes(&mut self, request: AttemptId, stage: Stage) {
        let authority = self.schedule.authority.pop().unwrap_or(Authority::Answers);
        let renews = stage == Stage::Renewed;
        match authority {
            Authority::Throws => self.client.fails(Code::Auth),
            Authority::Hangs => self.hangs(),
            Authority::Answers | Authority::Differs if renews => {
                self.has_new_token = true;
                let differs = matches!(authority, Authority::Differs);
                let refresh = if differs { Refresh::AskAgain } else { Refresh::Token };
                self.client.happens(Input::Refreshed(request, refresh));
            }
            Authority::Answers => self.client.happens(Input::Token(request, Token::Usable)),
            Authority::Differs => self.client.happens(Input::Token(request, Token::Expired)),
        }
    }

    fn answers(&mut self, request: AttemptId) {
        let fate = if self.is_offline { Some(Fate::Refused) } else { self.schedule.fates.pop() };
        let has_new_token = std::mem::take(&mut self.has_new_token);
        self.fate = fate;
        (self.position, self.sent) = (self.starts_after(), 0);
        let head = match fate {
            Some(Fate::Refused) => return self.client.fails(Code::Network),
            Some(Fate::Hangs) => return self.hangs(),
            Some(Fate::Unavailable(status, retry_after)) => Head { retry_after, ..error_page(status) },
            // A token that is new is good.
            Some(Fate::Unauthorized) if !has_new_token => error_page(401),
            _ => STREAM,
        };
        let is_unprocessed = match head.status {
            401 | 425 | 429 => true,
            503 => head.retry_after.is_some(),
            _ => false,
        };
        self.unprocessed += usize::from(is_unprocessed);
        self.client.happens(Input::Head(request, head));
    }

    /// The id that the request bears.
    fn starts_after(&self) -> usize {
        let is_fresh = self.client.sent.last().is_some_and(|request| request.fresh);
        if is_fresh { 0 } else { self.last_event_id }
    }

    /// The next event of the stream, or the end of it.
    fn streams(&mut self) {
        match self.fate {
            // Without network nothing arrives, not even an error.
            _ if self.is_offline => self.hangs(),
            Some(Fate::Cut(after)) if self.sent >= after => self.client.fails(Code::Network),
            Some(Fate::Ended(after)) if self.sent >= after => self.client.ends(),
            Some(Fate::Silent(after)) if self.sent >= after => self.hangs(),
            // The server feels the back-pressure.
            _ if self.client.state() == State::Paused => self.hangs(),
            _ if self.position == self.schedule.events => self.client.happens(Input::Done(self.client.current())),
            _ => {
                self.sent += 1;
                self.position += 1;
                self.last_event_id = self.position;
                self.received.push(self.position);
                self.client.delivers();
            }
        }
    }

    fn hangs(&mut self) {
        if let Some(next) = &mut self.next {
            next.at = Millis::MAX;
        }
    }
}

fn fates() -> impl Strategy<Value = Fate> + Clone {
    let some = || 0..6_usize;
    prop_oneof![
        2 => Just(Fate::Refused),
        1 => Just(Fate::Hangs),
        2 => unavailable(),
        2 => Just(Fate::Unauthorized),
        4 => some().prop_map(Fate::Cut),
        2 => some().prop_map(Fate::Ended),
        2 => some().prop_map(Fate::Silent),
    ]
}

fn unavailable() -> impl Strategy<Value = Fate> + Clone {
    let status = prop::sample::select(&[408, 425, 429, 500, 502, 503, 503, 504][..]);
    (status, prop::option::of(0..60_000_u64)).prop_map(|(status, retry_after)| Fate::Unavailable(status, retry_after))
}

fn authority() -> impl Strategy<Value = Authority> + Clone {
    prop_oneof![
        4 => Just(Authority::Answers),
        2 => Just(Authority::Differs),
        1 => Just(Authority::Throws),
        1 => Just(Authority::Hangs),
    ]
}

/// Calls of the application, after a time.
fn wishes() -> impl Strategy<Value = Incident> + Clone {
    let what = prop_oneof![2 => Just(Input::Connect), 1 => Just(Input::Disconnect), 1 => Just(Input::Abort)];
    (0..20_000_u64, what).prop_map(|(after, what)| Incident { after, what })
}

fn incidents() -> impl Strategy<Value = Incident> + Clone {
    let what = prop_oneof![
        2 => Just(Input::Hidden),
        2 => Just(Input::Visible),
        2 => Just(Input::Offline),
        2 => Just(Input::Online),
        1 => Just(Input::EnteredBfcache),
        1 => Just(Input::LeftBfcache),
        1 => Just(Input::Pause),
        1 => Just(Input::Resume),
        1 => Just(Input::BufferFull),
        1 => Just(Input::BufferDrained),
        1 => Just(Input::Reconnect),
    ];
    let after = prop_oneof![2 => 0..3_u64, 3 => 3..500_u64, 2 => 500..20_000_u64, 1 => 20_000..200_000_u64];
    (after, what).prop_map(|(after, what)| Incident { after, what })
}

fn schedules() -> impl Strategy<Value = Schedule> + Clone {
    let lists = (vec(fates(), 0..12), vec(authority(), 0..12), vec(incidents(), 0..24));
    (0..40_usize, 0..300_u64, any::<bool>(), lists).prop_map(
        |(events, pace, is_browser_wrong, (fates, authority, mut incidents))| {
            // In the end all is well again.
            let all_is_well = [Input::Resume, Input::BufferDrained, Input::LeftBfcache, Input::Online, Input::Visible];
            incidents.extend(all_is_well.map(|what| Incident { after: 0, what }));
            Schedule { events, pace, is_browser_wrong, fates, authority, incidents }
        },
    )
}

fn configs() -> impl Strategy<Value = Config> + Clone {
    any::<([bool; 4], u64)>().prop_map(|(facts, seed)| {
        let [idempotent, asks_token, watch_network, close_when_hidden] = facts;
        Config {
            reconnect: Reconnect::Always,
            max_reconnects: None,
            connect_timeout: 30_000,
            idle_timeout: 10_000,
            asks_token,
            refreshes_token: true,
            watch_network,
            close_when_hidden,
            seed,
            ..Config::new(idempotent)
        }
    })
}

/// Configs that do not repeat a request: the default for a POST, and `never` for a POST or a GET.
fn careful_configs() -> impl Strategy<Value = Config> + Clone {
    (configs(), any::<[bool; 4]>()).prop_map(|(config, [never, decides, expects_mark, reads_error_bodies])| {
        let idempotent = config.idempotent && never;
        let Config { reconnect, max_reconnects, connect_timeout, .. } = Config::new(idempotent);
        let reconnect = if never { Reconnect::Never } else { reconnect };
        Config {
            idempotent,
            reconnect,
            max_reconnects,
            connect_timeout,
            decides,
            expects_mark,
            reads_error_bodies,
            ..config
        }
    })
}

/// What a client can be kept waiting for is at most a minute at a time, and there are a few dozen such times.
const PATIENCE: Millis = 2 * 60 * 60 * 1000;

proptest! {
    #![proptest_config(cases(1000))]

    /// Whatever fails in whatever order: every event exactly once, in order, and never two requests open, which the client
    /// itself sees to.
    #[test]
    fn no_fault_loses_repeats_or_reorders_an_event(config in configs(), schedule in schedules()) {
        let events = schedule.events;
        let mut simulation = Simulation::new(config, schedule);
        prop_assert!(simulation.runs(PATIENCE), "it ends");
        let received = simulation.received;
        match simulation.client.events().pop() {
            Some(Event::Close { reason: CloseReason::Done, .. }) => {
                prop_assert_eq!(received, (1..=events).collect::<Vec<_>>());
            }
            last => prop_assert!(false, "it comes to its own end: {last:?}"),
        }
    }

    /// With any behaviour of network, server, page and application. The client itself checks that each request that reaches the
    /// server was allowed to be sent.
    #[test]
    fn a_prompt_reaches_the_server_once(
        config in careful_configs(),
        mut schedule in schedules(),
        wishes in prop_oneof![2 => Just(vec![]), 1 => vec(wishes(), 1..6)],
        decision in decisions(),
    ) {
        let is_wanted_once = wishes.is_empty() && !schedule.incidents.iter().any(|it| it.what == Input::Reconnect);
        for (index, wish) in wishes.into_iter().enumerate() {
            schedule.incidents.insert((index * 3).min(schedule.incidents.len()), wish);
        }
        let (never, asks_token) = (config.reconnect == Reconnect::Never, config.asks_token);
        let mut simulation = Simulation::new(config, schedule);
        simulation.client.decision = decision;
        simulation.lives(PATIENCE);
        let Simulation { client, acts, unprocessed, .. } = simulation;
        let wanted_again = if matches!(decision, RetryDecision::Retry | RetryDecision::RetryIn(_)) { client.asked.len() } else { 0 };
        if never {
            prop_assert!(client.arrived <= acts && client.asked.is_empty());
        }
        if never && is_wanted_once && !asks_token {
            prop_assert_eq!(client.arrived, 1);
        }
        prop_assert!(client.arrived <= acts + unprocessed + wanted_again);
    }
}
