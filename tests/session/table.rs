//! The tables of states and transitions in the documentation are true, and nothing is missing from them.

use std::sync::LazyLock;

use sse_fetch::session::{
    AttemptId, Code, Config, Head, Input, Millis, Reconnect, Refresh, RetryDecision, State, Token,
};

use crate::situation::Situation;
use crate::world::{STREAM, Stage, World, error_page, get, post};

const STATES: &str = include_str!("../../src/session/states.md");

/// One row of the table of transitions.
#[derive(Debug)]
pub struct Row {
    pub from: State,
    what: &'static str,
    pub to: State,
    told: &'static str,
}

pub static TRANSITIONS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    rows_under("# Transitions")
        .into_iter()
        .map(|cells| match cells[..] {
            [from, what, to, told] => Row { from: state(from), what, to: state(to), told },
            _ => panic!("four cells in each row: {cells:?}"),
        })
        .collect()
});

fn rows_under(heading: &str) -> Vec<Vec<&'static str>> {
    STATES
        .lines()
        .skip_while(|line| *line != heading)
        .skip(1)
        .take_while(|line| !line.starts_with('#'))
        .filter(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect()
}

fn state(name: &str) -> State {
    State::ALL.into_iter().find(|state| state.as_str() == name).unwrap_or_else(|| panic!("no state {name:?}"))
}

#[test]
fn the_table_of_states_lists_every_state() {
    let listed: Vec<State> = rows_under("# States").into_iter().map(|cells| state(cells[0])).collect();
    assert_eq!(listed, State::ALL);
}

#[test]
fn every_row_of_the_table_of_transitions_is_true() {
    for row in TRANSITIONS.iter() {
        let worlds = worlds_for(row);
        assert!(!worlds.is_empty(), "{row:?} can happen");
        for (situation, mut world) in worlds {
            perform(row.what, &mut world);
            assert_eq!(world.heard(), row.told, "told: {row:?} while {situation:?}");
            assert_eq!(world.state(), row.to, "state: {row:?} while {situation:?}");
        }
    }
}

/// The situations in which a row can happen.
fn worlds_for(row: &Row) -> Vec<(Situation, World)> {
    let is_possible = |world: &World| match kind_of_row(row.what) {
        "token" => world.stage() == Some(Stage::Asked),
        "refresh" => world.stage() == Some(Stage::Renewed),
        "head" | "rejected" => world.stage() == Some(Stage::Awaited),
        "failed" | "timeout" if row.what.contains("before a POST is sent") => {
            world.has_request() && !world.has_arrived()
        }
        "failed" | "timeout" if row.what.contains("in a POST") && world.stage() != Some(Stage::Explained) => {
            world.has_arrived()
        }
        "failed" | "timeout" => world.stage().is_some_and(|stage| stage != Stage::Explained),
        "time" => world.next_attempt_in().is_some(),
        "stable" => world.wakes_in().is_some(),
        _ => true,
    };
    let config = config_for(row.what);
    Situation::all()
        .filter(|situation| situation.state() == row.from && situation.is_possible(&config))
        .map(|situation| (situation, situation.world(config.clone())))
        .filter(|(_, world)| is_possible(world))
        .collect()
}

fn config_for(what: &str) -> Config {
    let mut config = if what.contains("POST") { post() } else { get() };
    config.expects_mark = what.contains("`until`");
    for (name, rule) in
        [("`always`", Reconnect::Always), ("`on-error`", Reconnect::OnError), ("`never`", Reconnect::Never)]
    {
        if what.contains(name) {
            config.reconnect = rule;
        }
    }
    config.validates = what.ends_with("refused by the application");
    config.decides = what.contains("and the application");
    config.refreshes_token = what.contains("and the token") || what.ends_with("has expired");
    config.max_reconnects = what.ends_with("for the last time").then_some(1);
    config.idle_timeout = if what.contains("`idleTimeout`") { IDLE_TIMEOUT } else { 0 };
    config.close_when_hidden = what.contains("hidden page") || what.contains("`closeWhenHidden`");
    config
}

const IDLE_TIMEOUT: Millis = 20_000;

/// Rows start with the word for what happens.
fn kind_of_row(what: &str) -> &str {
    what.split([' ', ',']).next().unwrap_or_default()
}

/// What has to be so before it happens.
fn prepare(what: &str, world: &mut World) {
    if what.contains(" with ids") {
        world.happens(Input::Resumable(true));
    }
    if what.starts_with("online") || what.contains("offline") {
        world.sleeps(1000);
        world.happens(Input::Offline);
    }
    if what.ends_with("after a pause") {
        world.happens(Input::Pause);
    }
    if what.ends_with("in a hidden page") {
        world.happens(Input::Hidden);
    }
    match what {
        _ if what.ends_with("wants another attempt") => world.decision = RetryDecision::Retry,
        _ if what.starts_with("failed") && what.ends_with("gives up") => world.decision = RetryDecision::GiveUp,
        "online" if world.is_streaming() => {
            world.sleeps(1000);
            world.speaks();
        }
        "head 401, and the token was refreshed" => {
            world.answers(error_page(401));
            world.gives_token();
            assert_eq!(world.heard(), "refresh");
        }
        _ => {}
    }
}

fn perform(what: &str, world: &mut World) {
    prepare(what, world);
    let request = world.current();
    match kind_of_row(what) {
        "connect" => world.happens(Input::Connect),
        "reconnect" => world.happens(Input::Reconnect),
        "disconnect" => world.happens(Input::Disconnect),
        "abort" => world.happens(Input::Abort),
        "pause" => world.happens(Input::Pause),
        "resume" => world.happens(Input::Resume),
        "overflowed" => world.happens(Input::BufferFull),
        "flowing" => world.happens(Input::BufferDrained),
        "token" if what.ends_with("has expired") => world.happens(Input::Token(request, Token::Expired)),
        "token" => world.happens(Input::Token(request, Token::Usable)),
        "refresh" => world.happens(Input::Refreshed(request, refresh(what))),
        "head" => answer(what, world),
        "failed" => world.fails(code(what)),
        "timeout" => world.passes(world.wakes_in().expect("an attempt has its time")),
        "time" => {
            world.waits();
        }
        "end" => world.ends(),
        "done" => world.happens(Input::Done(request)),
        "stopped" => world.happens(Input::Stopped(request)),
        "rejected" => world.happens(Input::Rejected(request)),
        "stable" => {
            assert_eq!(world.session.retry_count(), 1);
            world.passes(world.wakes_in().expect("a stream is watched until it is stable"));
            assert_eq!(world.session.retry_count(), 0);
        }
        "silence" if what.contains("`idleTimeout`") => world.happens(Input::Silence(IDLE_TIMEOUT)),
        "silence" => world.happens(Input::Silence(1)),
        "offline" => world.happens(Input::Offline),
        "online" => world.happens(Input::Online),
        "hidden" => world.happens(Input::Hidden),
        "visible" => world.happens(Input::Visible),
        "frozen" => world.happens(Input::EnteredBfcache),
        "thawed" => world.happens(Input::LeftBfcache),
        _ => panic!("nobody knows how to perform {what:?}"),
    }
}

fn refresh(what: &str) -> Refresh {
    match what {
        "refresh" => Refresh::Token,
        "refresh that wants the token asked for again" => Refresh::AskAgain,
        "refresh that gives up" => Refresh::GaveUp,
        _ => panic!("nobody knows how to perform {what:?}"),
    }
}

/// "head STATUS …": an event stream if it is a 200 and nothing else is said.
fn answer(what: &str, world: &mut World) {
    let status = second_word(what).parse().expect("a status");
    let event_stream = matches!(status, 200 | 201) && !what.ends_with("text/html");
    let retry_after = what.contains("`Retry-After`").then_some(1000);
    if what == "head 401, and the token can be refreshed" {
        world.happens(Input::Head(world.current(), error_page(status)));
        assert_eq!(world.stage(), Some(Stage::Renewed));
        return;
    }
    world.answers(Head { event_stream, retry_after, ..error_page(status) });
    if world.is_judging_response() {
        world.happens(Input::Validated(world.current(), false));
        world.happens(Input::ErrorBodyRead(world.current()));
    }
}

/// "failed CODE …".
fn code(what: &str) -> Code {
    let name = second_word(what);
    Code::ALL.into_iter().find(|code| code.as_str() == name).unwrap_or_else(|| panic!("no code {name:?}"))
}

fn second_word(what: &str) -> &str {
    what.split([' ', ',']).nth(1).unwrap_or_default()
}

#[test]
fn whatever_changes_something_has_a_row() {
    let with_everything = Config {
        idle_timeout: IDLE_TIMEOUT,
        asks_token: true,
        refreshes_token: true,
        close_when_hidden: true,
        decides: true,
        ..get()
    };
    for config in [get(), with_everything] {
        for situation in Situation::all() {
            for input in every_input(situation.world(config.clone()).current()) {
                has_a_row_if_it_changes_something(input, situation, &config);
            }
            has_a_row_for_its_timer(situation, &config);
        }
    }
}

fn has_a_row_if_it_changes_something(input: Input, situation: Situation, config: &Config) {
    let mut world = situation.world(config.clone());
    let before = (world.state(), world.session.retry_count(), world.done.len());
    world.happens(input);
    if (world.state(), world.session.retry_count(), world.done.len()) != before {
        let kind = kind_of(input).unwrap_or_else(|| panic!("{input:?} changes something in {situation:?}"));
        assert!(
            TRANSITIONS.iter().any(|row| row.from == situation.state() && kind_of_row(row.what) == kind),
            "no row for {kind:?} in {:?}, though {input:?} changes something in {situation:?}",
            situation.state(),
        );
    }
}

fn has_a_row_for_its_timer(situation: Situation, config: &Config) {
    let mut world = situation.world(config.clone());
    let Some(span) = world.wakes_in() else { return };
    let kind = match world.stage() {
        None => "time",
        Some(Stage::Read) if world.session.retry_count() > 0 => "stable",
        Some(Stage::Read) => "silence",
        Some(_) => "timeout",
    };
    let done = world.done.len();
    world.passes(span);
    assert!(world.done.len() > done, "the timer of {situation:?} changes something");
    assert!(
        TRANSITIONS.iter().any(|row| row.from == situation.state() && kind_of_row(row.what) == kind),
        "no row for {kind:?} in {situation:?}"
    );
}

/// One of each kind at least, about the current request.
fn every_input(request: AttemptId) -> Vec<Input> {
    let mut inputs = vec![
        Input::Connect,
        Input::Disconnect,
        Input::Reconnect,
        Input::Abort,
        Input::Pause,
        Input::Resume,
        Input::BufferFull,
        Input::BufferDrained,
        Input::Sent(request),
        Input::Validated(request, true),
        Input::Validated(request, false),
        Input::ErrorBodyRead(request),
        Input::Ended(request),
        Input::Done(request),
        Input::Rejected(request),
        Input::Stopped(request),
        Input::ReconnectionTime(5),
        Input::Resumable(true),
        Input::Decided(request, RetryDecision::Retry),
        Input::Decided(request, RetryDecision::GiveUp),
        Input::Silence(1),
        Input::Silence(IDLE_TIMEOUT),
        Input::LastByte(IDLE_TIMEOUT),
        Input::Offline,
        Input::Online,
        Input::Hidden,
        Input::Visible,
        Input::EnteredBfcache,
        Input::LeftBfcache,
    ];
    inputs.extend([Token::Usable, Token::Expired].map(|token| Input::Token(request, token)));
    inputs
        .extend([Refresh::Token, Refresh::AskAgain, Refresh::GaveUp].map(|refresh| Input::Refreshed(request, refresh)));
    inputs.extend(Code::ALL.map(|code| Input::Failed(request, code)));
    inputs.extend([200, 204, 401, 404, 503].map(|status| Input::Head(request, Head { status, ..STREAM })));
    inputs
}

/// The word that rows about this input start with.
fn kind_of(input: Input) -> Option<&'static str> {
    Some(match input {
        Input::Connect => "connect",
        Input::Disconnect => "disconnect",
        Input::Reconnect => "reconnect",
        Input::Abort => "abort",
        Input::Pause => "pause",
        Input::Resume => "resume",
        Input::BufferFull => "overflowed",
        Input::BufferDrained => "flowing",
        Input::Token(..) => "token",
        Input::Refreshed(..) => "refresh",
        Input::Head(..) | Input::Validated(..) | Input::ErrorBodyRead(_) => "head",
        Input::Ended(_) => "end",
        Input::Done(_) => "done",
        Input::Stopped(_) => "stopped",
        Input::Failed(..) => "failed",
        Input::Rejected(_) => "rejected",
        Input::Silence(_) => "silence",
        Input::Offline => "offline",
        Input::Online => "online",
        Input::Hidden => "hidden",
        Input::Visible => "visible",
        Input::EnteredBfcache => "frozen",
        Input::LeftBfcache => "thawed",
        // The stream's settings take effect later, and a failure is judged on the spot.
        Input::Sent(_)
        | Input::LastByte(_)
        | Input::ReconnectionTime(_)
        | Input::Resumable(_)
        | Input::Decided(..)
        | Input::Wake { .. } => return None,
    })
}
