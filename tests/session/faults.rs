//! Whatever network, server, page and application do to a stream of numbered events: each arrives once, in order, and the
//! stream comes to its end.

use proptest::collection::vec;
use proptest::prelude::*;
use sse_fetch::session::{
    AttemptId, CloseReason, Code, Config, Event, Head, Input, Millis, Reconnect, Refresh, RetryDecision, State, Token,
};

use crate::random::{cases, decisions};
use crate::simulated_client::{STREAM, SimulatedClient, Stage, error_page};

/// What happens to one request.
#[derive(Debug, Clone, Copy)]
enum Fate {
    /// The connection cannot be made.
    Refused,
    /// It is made, and no response arrives.
    Hangs,
    /// A temporary error status, and perhaps a `Retry-After` in milliseconds.
    Unavailable(u16, Option<Millis>),
    /// The token is not accepted.
    Unauthorized,
    /// The connection breaks after this many events.
    Cut(usize),
    /// The server ends the stream after this many events.
    Ended(usize),
    /// The stream is silent after this many events.
    Silent(usize),
}

/// What the application answers when it is asked for a token.
#[derive(Debug, Clone, Copy)]
enum Authority {
    Answers,
    /// The token has expired, or the application must be asked again.
    Differs,
    Throws,
    Hangs,
}

/// What happens to the page or in the application, this long after the last incident.
#[derive(Debug, Clone, Copy)]
struct Incident {
    after: Millis,
    what: Input,
}

#[derive(Debug, Clone)]
struct Schedule {
    /// How many events there are.
    events: usize,
    /// How long each answer of network, server and application takes.
    pace: Millis,
    /// The browser says that it is offline, although there is a network.
    is_browser_wrong: bool,
    fates: Vec<Fate>,
    authority: Vec<Authority>,
    incidents: Vec<Incident>,
}

/// The client, and a server that it talks to.
struct Simulation {
    client: SimulatedClient,
    schedule: Schedule,
    /// The events that the application got.
    received: Vec<usize>,
    /// The last event id, which the next request sends.
    last_event_id: usize,
    /// What will happen to the current request.
    fate: Option<Fate>,
    /// The next event that the server sends in the current stream.
    position: usize,
    /// Events sent in it.
    sent: usize,
    /// The token was renewed since the last answer.
    has_new_token: bool,
    is_offline: bool,
    /// The next thing that happens to the current request.
    next: Option<Next>,
    /// How often the application has called `connect` or `reconnect`.
    acts: usize,
    /// How many requests the server has answered as not processed.
    unprocessed: usize,
}

/// What the server, the network or the application does next, and about which request.
#[derive(Debug, Clone, Copy)]
struct Next {
    request: AttemptId,
    stage: Stage,
    state: State,
    at: Millis,
}

impl Simulation {
    fn new(config: Config, mut schedule: Schedule) -> Self {
        // The last one happens first.
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

    /// Runs all incidents, and then until the stream is over. Returns false if it is not over in time.
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
            self.plans_next();
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

    /// Plans what happens next to the current request, if its stage has changed.
    fn plans_next(&mut self) {
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

    /// What was on its way when the request was aborted still arrives.
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

    /// The next thing happens to the request.
    fn replies(&mut self) {
        let Some(Next { request, stage, .. }) = self.next else { return };
        match stage {
            Stage::Asked | Stage::Renewed => self.authorizes(request, stage),
            Stage::Awaited => self.answers(request),
            Stage::Explained => self.client.happens(Input::ErrorBodyRead(request)),
            Stage::Read => self.streams(),
            Stage::Begun | Stage::Validated => unreachable!("{stage:?} is nothing to wait in"),
        }
        // What follows in the same stage.
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
            // A new token is accepted.
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

    /// The id that the request sends.
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
            // The server cannot send while the client does not read.
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
            // At the end, the network is back and the page is visible.
            let all_is_well = [Input::Resume, Input::BufferDrained, Input::LeftBfcache, Input::Online, Input::Visible];
            incidents.extend(all_is_well.map(|what| Incident { after: 0, what }));
            Schedule { events, pace, is_browser_wrong, fates, authority, incidents }
        },
    )
}

fn configs() -> impl Strategy<Value = Config> + Clone {
    any::<([bool; 4], u64)>().prop_map(|(facts, seed)| {
        let [is_get_or_head, has_token_provider, watch_network, close_when_hidden] = facts;
        Config {
            reconnect: Reconnect::Always,
            max_reconnects: None,
            connect_timeout: 30_000,
            idle_timeout: 10_000,
            has_token_provider,
            can_refresh_token: true,
            watch_network,
            close_when_hidden,
            seed,
            ..Config::new(is_get_or_head)
        }
    })
}

/// Configs that do not repeat a request: the default for a POST, and `never` for a POST or a GET.
fn careful_configs() -> impl Strategy<Value = Config> + Clone {
    (configs(), any::<[bool; 4]>()).prop_map(|(config, [never, has_should_retry, expects_mark, reads_error_bodies])| {
        let is_get_or_head = config.is_get_or_head && never;
        let Config { reconnect, max_reconnects, connect_timeout, .. } = Config::new(is_get_or_head);
        let reconnect = if never { Reconnect::Never } else { reconnect };
        Config {
            is_get_or_head,
            reconnect,
            max_reconnects,
            connect_timeout,
            has_should_retry,
            expects_mark,
            reads_error_bodies,
            ..config
        }
    })
}

/// Each wait is at most a minute, and there are a few dozen waits.
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
        let (never, has_token_provider) = (config.reconnect == Reconnect::Never, config.has_token_provider);
        let mut simulation = Simulation::new(config, schedule);
        simulation.client.decision = decision;
        simulation.lives(PATIENCE);
        let Simulation { client, acts, unprocessed, .. } = simulation;
        let wanted_again = if matches!(decision, RetryDecision::Retry | RetryDecision::RetryIn(_)) { client.asked.len() } else { 0 };
        if never {
            prop_assert!(client.arrived <= acts && client.asked.is_empty());
        }
        if never && is_wanted_once && !has_token_provider {
            prop_assert_eq!(client.arrived, 1);
        }
        prop_assert!(client.arrived <= acts + unprocessed + wanted_again);
    }
}
