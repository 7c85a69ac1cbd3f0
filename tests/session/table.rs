//! The tables of states and transitions in the documentation are true, and nothing is missing from them.

use std::sync::LazyLock;

use sse_fetch::session::{
    AttemptId, Code, Config, Head, Input, Millis, Reconnect, Refresh, RetryDecision, State, Token,
};

use crate::request::inputs_about;
use crate::simulated_client::{PAGE_INPUTS, SimulatedClient, Stage, error_page, get, post};
use crate::situation::Situation;

const STATES: &str = include_str!("../../src/session/states.md");

/// One row of the table of transitions.
#[derive(Debug)]
pub struct Row {
    pub from: State,
    what: &'static str,
    pub to: State,
    events: &'static str,
}

pub static TRANSITIONS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    rows_under("# Transitions")
        .into_iter()
        .map(|cells| match cells[..] {
            [from, what, to, events] => Row { from: state(from), what, to: state(to), events },
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
        let clients = clients_for(row);
        assert!(!clients.is_empty(), "{row:?} can happen");
        for (situation, mut client) in clients {
            perform(row.what, &mut client);
            assert_eq!(client.events_in_words(), row.events, "events: {row:?} while {situation:?}");
            assert_eq!(client.state(), row.to, "state: {row:?} while {situation:?}");
        }
    }
}

/// The situations in which a row can happen.
fn clients_for(row: &Row) -> Vec<(Situation, SimulatedClient)> {
    let is_possible = |client: &SimulatedClient| match kind_of_row(row.what) {
        "token" => client.stage() == Some(Stage::Asked),
        "refresh" => client.stage() == Some(Stage::Renewed),
        "head" | "callback-threw" => client.stage() == Some(Stage::Awaited),
        "failed" | "timeout" if row.what.contains("before a POST is sent") => {
            client.has_request() && !client.has_arrived()
        }
        "failed" | "timeout" if row.what.contains("in a POST") && client.stage() != Some(Stage::Explained) => {
            client.has_arrived()
        }
        "failed" | "timeout" => client.stage().is_some_and(|stage| stage != Stage::Explained),
        "time" => client.next_attempt_in().is_some(),
        "stable" => client.wakes_in().is_some(),
        _ => true,
    };
    let config = config_for(row.what);
    Situation::all()
        .filter(|situation| situation.state() == row.from && situation.is_possible(&config))
        .map(|situation| (situation, situation.client(config.clone())))
        .filter(|(_, client)| is_possible(client))
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
    config.has_validate = what.ends_with("refused by the application");
    config.has_should_retry = what.contains("and the application");
    config.can_refresh_token = what.contains("and the token") || what.ends_with("has expired");
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
fn prepare(what: &str, client: &mut SimulatedClient) {
    if what.contains(" after an event id") {
        client.happens(Input::Resumable(true));
    }
    if what.starts_with("online") || what.contains("offline") {
        client.sleeps(1000);
        client.happens(Input::Offline);
    }
    if what.ends_with("while paused") {
        client.happens(Input::Pause);
    }
    if what.ends_with("in a hidden page") {
        client.happens(Input::Hidden);
    }
    match what {
        _ if what.ends_with("wants another attempt") => client.decision = RetryDecision::Retry,
        _ if what.starts_with("failed") && what.ends_with("gives up") => client.decision = RetryDecision::GiveUp,
        "online" if client.is_streaming() => {
            client.sleeps(1000);
            client.receives_bytes();
        }
        "head 401, and the token was refreshed" => {
            client.answers(error_page(401));
            client.gives_token();
            assert_eq!(client.events_in_words(), "refresh");
        }
        _ => {}
    }
}

fn perform(what: &str, client: &mut SimulatedClient) {
    prepare(what, client);
    let request = client.current();
    match kind_of_row(what) {
        "connect" => client.happens(Input::Connect),
        "reconnect" => client.happens(Input::Reconnect),
        "disconnect" => client.happens(Input::Disconnect),
        "abort" => client.happens(Input::Abort),
        "pause" => client.happens(Input::Pause),
        "resume" => client.happens(Input::Resume),
        "buffer-full" => client.happens(Input::BufferFull),
        "buffer-drained" => client.happens(Input::BufferDrained),
        "token" if what.ends_with("has expired") => client.happens(Input::Token(request, Token::Expired)),
        "token" => client.happens(Input::Token(request, Token::Usable)),
        "refresh" => client.happens(Input::Refreshed(request, refresh(what))),
        "head" => answer(what, client),
        "failed" => client.fails(code(what)),
        "timeout" => client.passes(client.wakes_in().expect("an attempt has its time")),
        "time" => {
            client.waits();
        }
        "end" => client.ends(),
        "done" => client.happens(Input::Done(request)),
        "until-error" => client.happens(Input::UntilError(request)),
        "callback-threw" => client.happens(Input::CallbackThrew(request)),
        "stable" => {
            assert_eq!(client.session.retry_count(), 1);
            client.passes(client.wakes_in().expect("a stream is watched until it is stable"));
            assert_eq!(client.session.retry_count(), 0);
        }
        "silence" if what.contains("`idleTimeout`") => client.happens(Input::Silence(IDLE_TIMEOUT)),
        "silence" => client.happens(Input::Silence(1)),
        "offline" => client.happens(Input::Offline),
        "online" => client.happens(Input::Online),
        "hidden" => client.happens(Input::Hidden),
        "visible" => client.happens(Input::Visible),
        "bfcache-entered" => client.happens(Input::EnteredBfcache),
        "bfcache-left" => client.happens(Input::LeftBfcache),
        _ => panic!("the test cannot perform {what:?}"),
    }
}

fn refresh(what: &str) -> Refresh {
    match what {
        "refresh" => Refresh::Token,
        "refresh that wants the token asked for again" => Refresh::AskAgain,
        "refresh that gives up" => Refresh::GaveUp,
        _ => panic!("the test cannot perform {what:?}"),
    }
}

/// "head STATUS …": an event stream if it is a 200 and nothing else is said.
fn answer(what: &str, client: &mut SimulatedClient) {
    let status = second_word(what).parse().expect("a status");
    let event_stream = matches!(status, 200 | 201) && !what.ends_with("text/html");
    let retry_after = what.contains("`Retry-After`").then_some(1000);
    if what == "head 401, and the token can be refreshed" {
        client.happens(Input::Head(client.current(), error_page(status)));
        assert_eq!(client.stage(), Some(Stage::Renewed));
        return;
    }
    client.answers(Head { event_stream, retry_after, ..error_page(status) });
    if client.is_validating() {
        client.happens(Input::Validated(client.current(), false));
        client.happens(Input::ErrorBodyRead(client.current()));
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
fn every_input_that_changes_something_has_a_row() {
    let with_everything = Config {
        idle_timeout: IDLE_TIMEOUT,
        has_token_provider: true,
        can_refresh_token: true,
        close_when_hidden: true,
        has_should_retry: true,
        ..get()
    };
    for config in [get(), with_everything] {
        for situation in Situation::all() {
            for input in every_input(situation.client(config.clone()).current()) {
                has_a_row_if_it_changes_something(input, situation, &config);
            }
            has_a_row_for_its_timer(situation, &config);
        }
    }
}

fn has_a_row_if_it_changes_something(input: Input, situation: Situation, config: &Config) {
    let mut client = situation.client(config.clone());
    let before = (client.state(), client.session.retry_count(), client.done.len());
    client.happens(input);
    if (client.state(), client.session.retry_count(), client.done.len()) != before {
        let kind = kind_of(input).unwrap_or_else(|| panic!("{input:?} changes something in {situation:?}"));
        assert!(
            TRANSITIONS.iter().any(|row| row.from == situation.state() && kind_of_row(row.what) == kind),
            "no row for {kind:?} in {:?}, though {input:?} changes something in {situation:?}",
            situation.state(),
        );
    }
}

fn has_a_row_for_its_timer(situation: Situation, config: &Config) {
    let mut client = situation.client(config.clone());
    let Some(span) = client.wakes_in() else { return };
    let kind = match client.stage() {
        None => "time",
        Some(Stage::Read) if client.session.retry_count() > 0 => "stable",
        Some(Stage::Read) => "silence",
        Some(_) => "timeout",
    };
    let done = client.done.len();
    client.passes(span);
    assert!(client.done.len() > done, "the timer of {situation:?} changes something");
    assert!(
        TRANSITIONS.iter().any(|row| row.from == situation.state() && kind_of_row(row.what) == kind),
        "no row for {kind:?} in {situation:?}"
    );
}

/// One of each kind at least; those that are about an attempt are about this one.
pub fn every_input(attempt: AttemptId) -> Vec<Input> {
    let calls = [Input::Connect, Input::Disconnect, Input::Reconnect, Input::Abort, Input::Pause, Input::Resume];
    let reports = [
        Input::BufferFull,
        Input::BufferDrained,
        Input::ReconnectionTime(5),
        Input::Resumable(true),
        Input::Silence(1),
        Input::Silence(IDLE_TIMEOUT),
        Input::LastByte(IDLE_TIMEOUT),
    ];
    [&calls[..], &reports, &PAGE_INPUTS, &inputs_about(attempt)].concat()
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
        Input::BufferFull => "buffer-full",
        Input::BufferDrained => "buffer-drained",
        Input::Token(..) => "token",
        Input::Refreshed(..) => "refresh",
        Input::Head(..) | Input::Validated(..) | Input::ErrorBodyRead(_) => "head",
        Input::Ended(_) => "end",
        Input::Done(_) => "done",
        Input::UntilError(_) => "until-error",
        Input::Failed(..) => "failed",
        Input::CallbackThrew(_) => "callback-threw",
        Input::Silence(_) => "silence",
        Input::Offline => "offline",
        Input::Online => "online",
        Input::Hidden => "hidden",
        Input::Visible => "visible",
        Input::EnteredBfcache => "bfcache-entered",
        Input::LeftBfcache => "bfcache-left",
        // The stream's settings take effect later, and a decision is made at once.
        Input::Sent(_)
        | Input::LastByte(_)
        | Input::ReconnectionTime(_)
        | Input::Resumable(_)
        | Input::Decided(..)
        | Input::Wake { .. } => return None,
    })
}
