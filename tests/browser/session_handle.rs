//! The handle of a session that the npm package uses. Numbers cross it in both directions, and `numbers.js` names them for
//! the driver. The random lives are the same in every run.

#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss)] // small numbers

use std::collections::{BTreeMap, BTreeSet};

use sse_fetch::browser::Machine;
use sse_fetch::session::{
    Backoff, CloseReason, Code, Command, Config, Failure, Head, Input, Notice, Reconnect, Refresh, RequestId, Session,
    State, Timer, Token, Verdict,
};
use wasm_bindgen_test::wasm_bindgen_test;

/// The numbers as the driver knows them.
const NUMBERS: &str = include_str!("../../pkg-template/src/driver/numbers.js");

/// A small generator (xorshift), so that a failure can be had again.
struct Random(u32);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as usize % bound
    }
}

/// What `numbers.js` exports. (Not in hash maps: they are searched by SIMD instructions, and `WebKit` was seen to lose an
/// entry once in several runs.)
#[derive(Debug, Default)]
struct Tables {
    numbers: BTreeMap<String, i32>,
    lists: BTreeMap<String, Vec<String>>,
}

impl Tables {
    fn load() -> Self {
        let mut tables = Self::default();
        for line in NUMBERS.lines().filter_map(|line| line.strip_prefix("export const ")) {
            let (name, value) = line.split_once(" = ").expect("an assignment");
            if let Ok(number) = value.parse() {
                tables.numbers.insert(name.to_owned(), number);
            } else {
                let items = value.trim_matches(['[', ']']).split(", ").map(|item| item.trim_matches('\'').to_owned());
                tables.lists.insert(name.to_owned(), items.collect());
            }
        }
        tables
    }

    fn number(&self, name: &str) -> i32 {
        *self.numbers.get(name).unwrap_or_else(|| panic!("numbers.js has no {name}"))
    }

    fn index(&self, list: &str, name: &str) -> usize {
        self.lists[list].iter().position(|it| it == name).unwrap_or_else(|| panic!("{list} has no {name}"))
    }
}

/// The inputs that `numbers.js` names; a response's head has a function of its own.
const INPUTS: [&str; 30] = [
    "CONNECT",
    "DISCONNECT",
    "RECONNECT",
    "ABORT",
    "PAUSE",
    "RESUME",
    "OVERFLOWED",
    "FLOWING",
    "OFFLINE",
    "ONLINE",
    "HIDDEN",
    "VISIBLE",
    "FROZEN",
    "THAWED",
    "TOKEN",
    "REFRESHED",
    "SENT",
    "VALIDATED",
    "ERROR_BODY_READ",
    "ENDED",
    "FAILED",
    "DONE",
    "RECONNECTION_TIME",
    "RESUMABLE",
    "JUDGED",
    "FIRED",
    "SILENCE",
    "LAST_BYTE",
    "REJECTED",
    "STOPPED",
];

/// Why a session is over, in the order of the numbers.
const REASONS: [CloseReason; 7] = [
    CloseReason::Client,
    CloseReason::Aborted,
    CloseReason::Server,
    CloseReason::Done,
    CloseReason::NoContent,
    CloseReason::Fatal,
    CloseReason::MaxReconnects,
];

const RULES: [(Reconnect, &str); 4] = [
    (Reconnect::Always, "always"),
    (Reconnect::OnError, "on-error"),
    (Reconnect::Unprocessed, "unprocessed"),
    (Reconnect::Never, "never"),
];

#[wasm_bindgen_test]
fn the_lists_of_names_are_in_the_order_of_the_numbers() {
    let tables = Tables::load();
    assert_eq!(tables.lists["STATES"], State::ALL.map(State::as_str));
    assert_eq!(tables.lists["CODES"], Code::ALL.map(Code::as_str));
    assert_eq!(tables.lists["REASONS"], REASONS.map(CloseReason::as_str));
    assert_eq!(tables.lists["RECONNECT_RULES"], RULES.map(|(_, name)| name));
    assert_eq!(tables.lists.len(), 4, "each list is compared with something");

    for (index, state) in (0..).zip(State::ALL) {
        assert_eq!(state as u32, index, "{state:?}");
    }
    for (index, reason) in (0..).zip(REASONS) {
        assert_eq!(reason as u32, index, "{reason:?}");
    }
    for (index, code) in (0..).zip(Code::ALL) {
        assert_eq!(code as u32, index, "{code:?}");
    }
    for (index, timer) in (0..).zip(Timer::ALL) {
        assert_eq!(timer as u32, index, "{timer:?}");
    }
}

#[wasm_bindgen_test]
fn every_number_is_accounted_for() {
    let tables = Tables::load();
    let inputs: Vec<_> = INPUTS.iter().map(|name| tables.number(name)).collect();
    assert_eq!(inputs, (0..30).collect::<Vec<_>>());

    let named = [
        ("NETWORK", Code::Network as i32),
        ("FORMAT", Code::Format as i32),
        ("AUTH", Code::Auth as i32),
        ("TOO_LARGE", Code::TooLarge as i32),
        ("CALLBACK", Code::Callback as i32),
        ("IDLE", Timer::Idle as i32),
    ];
    for (name, number) in named {
        assert_eq!(tables.number(name), number, "{name}");
    }
    // These are told as details of an input, below.
    let answers = ["GAVE_UP", "ASK_AGAIN", "NEW_TOKEN", "GIVE_UP", "RETRY", "BY_THE_RULES"];
    // And what the driver does at each command is compared there.
    let is_command = |name: &String| name.starts_with("DO_") || name.starts_with("TELL_");
    let mut commands: Vec<_> = tables.numbers.iter().filter(|(name, _)| is_command(name)).map(|(_, &n)| n).collect();
    commands.sort_unstable();
    assert_eq!(commands, (1..=20).collect::<Vec<_>>());
    assert_eq!(tables.numbers.len(), INPUTS.len() + named.len() + answers.len() + commands.len());
    assert!(answers.iter().all(|name| tables.numbers.contains_key(*name)));
}

#[wasm_bindgen_test]
fn a_machine_that_gets_numbers_behaves_like_a_session_that_gets_inputs() {
    let tables = Tables::load();
    let mut numbers = BTreeSet::new();
    for seed in 1..=300 {
        let mut random = Random(seed);
        let mut twin = Twin::new(&mut random, &tables);
        for _ in 0..300 {
            for (command, said) in twin.live(&mut random, &tables) {
                assert_eq!(said, fields(command, &tables), "{command:?}");
                numbers.insert(said[0] as u32);
            }
        }
    }
    assert_eq!(numbers, (1..=20).collect(), "every command was met");
}

#[wasm_bindgen_test]
fn a_number_beyond_the_inputs_is_none() {
    let mut machine = machine(&Config::new(true), 0);
    for number in [30, 1000, u32::MAX] {
        machine.handle(0.0, number, 0, 0.0);
        assert_eq!((machine.next_command(), machine.state()), (0, State::Idle as u32), "{number}");
    }
}

/// The number and the fields of a command, as the driver reads them.
fn fields(command: Command, tables: &Tables) -> Vec<f64> {
    let state = |state: State| tables.index("STATES", state.as_str()) as f64;
    let (name, [first, second, third], failure) = match command {
        Command::Open { request, attempt, fresh } => {
            ("DO_OPEN", [request.0.into(), attempt.into(), f64::from(fresh)], None)
        }
        Command::AskToken(id) => ("DO_ASK_TOKEN", [id.0.into(), 0.0, 0.0], None),
        Command::RefreshToken(id) => ("DO_REFRESH_TOKEN", [id.0.into(), 0.0, 0.0], None),
        Command::Send(id) => ("DO_SEND", [id.0.into(), 0.0, 0.0], None),
        Command::Validate(id) => ("DO_VALIDATE", [id.0.into(), 0.0, 0.0], None),
        Command::ReadErrorBody(id) => ("DO_READ_ERROR_BODY", [id.0.into(), 0.0, 0.0], None),
        Command::Read(id) => ("DO_READ", [id.0.into(), 0.0, 0.0], None),
        Command::Pause(id) => ("DO_PAUSE", [id.0.into(), 0.0, 0.0], None),
        Command::Resume(id) => ("DO_RESUME", [id.0.into(), 0.0, 0.0], None),
        Command::Cancel(id) => ("DO_CANCEL", [id.0.into(), 0.0, 0.0], None),
        Command::Judge(failure) => ("DO_JUDGE", [0.0; 3], Some(failure)),
        Command::SetTimer(timer, delay) => ("DO_SET_TIMER", [f64::from(timer as u32), delay as f64, 0.0], None),
        Command::ClearTimer(timer) => ("DO_CLEAR_TIMER", [f64::from(timer as u32), 0.0, 0.0], None),
        Command::Tell(Notice::State { state: now, previous }) => {
            ("TELL_STATE", [state(previous), state(now), 0.0], None)
        }
        Command::Tell(Notice::Open { previous, attempt }) => {
            ("TELL_OPEN", [state(previous), attempt.into(), 0.0], None)
        }
        Command::Tell(Notice::Refreshed { attempt }) => ("TELL_REFRESHED", [attempt.into(), 0.0, 0.0], None),
        Command::Tell(Notice::Failed(failure)) => ("TELL_FAILED", [0.0; 3], Some(failure)),
        Command::Tell(Notice::Retry { attempt, delay, failure }) => {
            ("TELL_RETRY", [attempt.into(), delay as f64, 0.0], failure)
        }
        Command::Tell(Notice::MaxReconnectsReached { attempts }) => {
            ("TELL_MAX_RECONNECTS_REACHED", [attempts.into(), 0.0, 0.0], None)
        }
        Command::Tell(Notice::Close { previous, reason, failure }) => {
            let reason = tables.index("REASONS", reason.as_str()) as f64;
            ("TELL_CLOSE", [state(previous), reason, 0.0], failure)
        }
    };
    let failure = failure.map_or([-1.0, -1.0, 0.0, 0.0], |Failure { code, status, retryable, attempt, .. }| {
        let code = tables.index("CODES", code.as_str()) as f64;
        [code, status.map_or(-1.0, f64::from), f64::from(retryable), attempt.into()]
    });
    let number = f64::from(tables.number(name));
    [number, first, second, third].into_iter().chain(failure).collect()
}

/// The request a command is about.
fn request(command: Command) -> Option<RequestId> {
    match command {
        Command::Open { request: id, .. }
        | Command::AskToken(id)
        | Command::RefreshToken(id)
        | Command::Send(id)
        | Command::Validate(id)
        | Command::ReadErrorBody(id)
        | Command::Read(id)
        | Command::Pause(id)
        | Command::Resume(id)
        | Command::Cancel(id) => Some(id),
        Command::Judge(_) | Command::SetTimer(..) | Command::ClearTimer(_) | Command::Tell(_) => None,
    }
}

/// A machine and a session with the same life.
struct Twin {
    machine: Machine,
    session: Session,
    now: u32,
    request: RequestId,
}

impl Twin {
    fn new(random: &mut Random, tables: &Tables) -> Self {
        let (reconnect, name) = RULES[random.below(RULES.len())];
        let max_reconnects = [None, None, Some(0), Some(1), Some(2)][random.below(5)];
        let mut is = || random.below(2) == 0;
        let config = Config {
            reconnect,
            max_reconnects,
            backoff: Backoff { initial: 100, max: 5000, factor: 1.5, jitter: 0.5, stable_after: 700 },
            connect_timeout: 900,
            idle_timeout: 1100,
            asks_token: is(),
            refreshes: is(),
            watch_network: is(),
            close_when_hidden: is(),
            validates: is(),
            judges: is(),
            expects_mark: is(),
            reads_error_bodies: is(),
            seed: 0.25_f64.to_bits(),
            ..Config::new(is())
        };
        let machine = machine(&config, tables.index("RECONNECT_RULES", name));
        Self { machine, session: Session::new(config), now: 0, request: RequestId(0) }
    }

    /// One thing happens to both. Returns what they command: the session's word, and the machine's.
    fn live(&mut self, random: &mut Random, tables: &Tables) -> Vec<(Command, Vec<f64>)> {
        self.now += index(random.below(1500));
        let now = f64::from(self.now);
        // Now and then the last word of a request that is over.
        let id = if random.below(20) == 0 { RequestId(self.request.0.wrapping_sub(1)) } else { self.request };
        let (name, input) = if random.below(3) == 0 {
            let status = [200, 200, 200, 204, 401, 404, 503][random.below(7)];
            let head =
                Head { status, event_stream: random.below(8) > 0, retry_after: [None, Some(300)][random.below(2)] };
            let retry_after = if head.retry_after.is_some() { 300.0 } else { -1.0 };
            self.machine.head(now, id.0, status.into(), head.event_stream, retry_after);
            ("a head", Input::Head(id, head))
        } else {
            let name = INPUTS[random.below(INPUTS.len())];
            let (detail, input) = input(name, id, random, tables);
            let number = u32::try_from(tables.number(name)).expect("inputs are numbered from 0 up");
            self.machine.handle(now, number, id.0, f64::from(detail));
            (name, input)
        };
        self.session.handle(self.now.into(), input);

        let commands: Vec<_> = std::iter::from_fn(|| self.session.next_command()).collect();
        let said: Vec<_> = std::iter::from_fn(|| match self.machine.next_command() {
            0 => None,
            number => Some([f64::from(number)].into_iter().chain((0..7).map(|it| self.machine.field(it))).collect()),
        })
        .collect();
        let said: Vec<Vec<f64>> = said;
        assert_eq!(commands.len(), said.len(), "after {name}, which is {input:?}: {commands:?} is said as {said:?}");
        assert_eq!(self.machine.state(), self.session.state() as u32, "after {name}, which is {input:?}");
        assert_eq!(self.machine.retry_count(), self.session.retry_count(), "after {name}, which is {input:?}");
        for (command, said) in commands.iter().zip(&said) {
            if let Some(id) = request(*command) {
                assert!(said[1..].starts_with(&[f64::from(id.0)]), "{command:?} is said as {said:?}");
            }
            if let Command::Open { request, .. } = command {
                self.request = *request;
            }
        }
        commands.into_iter().zip(said).collect()
    }
}

/// The input that goes by this name, and the detail that is told with its number.
fn input(name: &str, id: RequestId, random: &mut Random, tables: &Tables) -> (i32, Input) {
    let yes = random.below(2) == 0;
    let span = u16::try_from(random.below(3000)).expect("a short time");
    let plain = |input| (0, input);
    match name {
        "CONNECT" => plain(Input::Connect),
        "DISCONNECT" => plain(Input::Disconnect),
        "RECONNECT" => plain(Input::Reconnect),
        "ABORT" => plain(Input::Abort),
        "PAUSE" => plain(Input::Pause),
        "RESUME" => plain(Input::Resume),
        "OVERFLOWED" => plain(Input::Overflowed),
        "FLOWING" => plain(Input::Flowing),
        "OFFLINE" => plain(Input::Offline),
        "ONLINE" => plain(Input::Online),
        "HIDDEN" => plain(Input::Hidden),
        "VISIBLE" => plain(Input::Visible),
        "FROZEN" => plain(Input::Frozen),
        "THAWED" => plain(Input::Thawed),
        "TOKEN" => (yes.into(), Input::Token(id, if yes { Token::Expired } else { Token::Usable })),
        "REFRESHED" => {
            let answers =
                [("GAVE_UP", Refresh::GaveUp), ("ASK_AGAIN", Refresh::AskAgain), ("NEW_TOKEN", Refresh::Token)];
            let (answer, refresh) = answers[random.below(3)];
            (tables.number(answer), Input::Refreshed(id, refresh))
        }
        "SENT" => plain(Input::Sent(id)),
        "VALIDATED" => (yes.into(), Input::Validated(id, yes)),
        "ERROR_BODY_READ" => plain(Input::ErrorBodyRead(id)),
        "ENDED" => plain(Input::Ended(id)),
        "FAILED" => {
            let code = Code::ALL[random.below(Code::ALL.len())];
            let number = tables.index("CODES", code.as_str());
            (i32::try_from(number).expect("there are few"), Input::Failed(id, code))
        }
        "DONE" => plain(Input::Done(id)),
        "RECONNECTION_TIME" => (span.into(), Input::ReconnectionTime(span.into())),
        "RESUMABLE" => (yes.into(), Input::Resumable(yes)),
        "JUDGED" => {
            let verdicts =
                [("GIVE_UP", Verdict::GiveUp), ("RETRY", Verdict::Retry), ("BY_THE_RULES", Verdict::Default)];
            match verdicts.get(random.below(4)) {
                Some((name, verdict)) => (tables.number(name), Input::Judged(*verdict)),
                None => (span.into(), Input::Judged(Verdict::RetryIn(span.into()))),
            }
        }
        "FIRED" => {
            let timer = Timer::ALL[random.below(Timer::ALL.len())];
            (timer as i32, Input::Fired(timer))
        }
        "SILENCE" => (span.into(), Input::Silence(span.into())),
        "LAST_BYTE" => (span.into(), Input::LastByte(span.into())),
        "REJECTED" => plain(Input::Rejected(id)),
        "STOPPED" => plain(Input::Stopped(id)),
        _ => panic!("there is no input {name}"),
    }
}

/// The machine of this configuration; `reconnect` is the number of the rule.
fn machine(config: &Config, reconnect: usize) -> Machine {
    let Backoff { initial, max, factor, jitter, stable_after } = config.backoff;
    Machine::new(
        f64::from_bits(config.seed),
        config.idempotent,
        index(reconnect),
        config.max_reconnects.map_or(f64::INFINITY, f64::from),
        float(initial),
        float(max),
        factor,
        jitter,
        float(stable_after),
        float(config.connect_timeout),
        float(config.idle_timeout),
        config.asks_token,
        config.refreshes,
        config.validates,
        config.judges,
        config.watch_network,
        config.close_when_hidden,
        config.expects_mark,
        config.reads_error_bodies,
    )
}

fn index(number: usize) -> u32 {
    u32::try_from(number).expect("a small number")
}

fn float(millis: u64) -> f64 {
    u32::try_from(millis).expect("a short time").into()
}
