//! The tables of states and transitions in the documentation are true, and nothing is missing from them.

use std::sync::LazyLock;

use sse_fetch::session::{Code, Config, Head, Input, RequestId, State, Timer, Verdict};

use crate::situation::Situation;
use crate::world::{STREAM, World, error_page, get, post};

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
    let is_possible = |situation: &Situation| match kind_of_row(row.what) {
        "head" => matches!(situation, Situation::Requesting | Situation::RequestingAgain),
        "failed" | "timeout" => {
            !matches!(situation, Situation::Waiting | Situation::ReadingErrorBody | Situation::ReadingErrorBodyAgain)
        }
        "time" => *situation == Situation::Waiting,
        "stable" => *situation == Situation::StreamingAgain,
        _ => true,
    };
    Situation::ALL
        .into_iter()
        .filter(|situation| situation.state() == row.from)
        .filter(is_possible)
        .map(|situation| (situation, situation.world(config_for(row.what))))
        .collect()
}

fn config_for(what: &str) -> Config {
    let mut config = if what.contains("POST") { post() } else { get() };
    config.validates = what.ends_with("refused by the application");
    config.judges = what.contains("and the application");
    config.max_reconnects = what.ends_with("for the last time").then_some(1);
    config
}

/// Rows start with the word for what happens.
fn kind_of_row(what: &str) -> &str {
    what.split([' ', ',']).next().unwrap_or_default()
}

fn perform(what: &str, world: &mut World) {
    let request = world.current();
    match what {
        "connect" => world.happens(Input::Connect),
        "reconnect" => world.happens(Input::Reconnect),
        "disconnect" => world.happens(Input::Disconnect),
        "abort" => world.happens(Input::Abort),
        "head 200" => world.answers(STREAM),
        "head 200 text/html" => world.answers(error_page(200)),
        "head 204" => world.answers(error_page(204)),
        "head 404" => world.answers(error_page(404)),
        "head 503" => world.answers(error_page(503)),
        "head 200, refused by the application" => {
            world.answers(STREAM);
            world.happens(Input::Validated(request, false));
            world.happens(Input::ErrorBodyRead(request));
        }
        "head 404, and the application wants another attempt" => {
            world.verdict = Verdict::Retry;
            world.answers(error_page(404));
        }
        "failed network" | "failed network in a POST" | "failed network for the last time" => {
            world.fails(Code::Network);
        }
        "failed network in a POST with ids" => {
            world.happens(Input::Resumable(true));
            world.fails(Code::Network);
        }
        "failed network, and the application gives up" => {
            world.verdict = Verdict::GiveUp;
            world.fails(Code::Network);
        }
        "failed callback" => world.fails(Code::Callback),
        "failed too-large" => world.fails(Code::TooLarge),
        "timeout" => world.passes(world.timer(Timer::Connect).expect("an attempt has its time")),
        "time for the next attempt" => {
            world.waits();
        }
        "end" | "end of a POST" => world.ends(),
        "done" => world.happens(Input::Done(request)),
        "stable for `stableAfter`" => {
            assert_eq!(world.session.retry_count(), 1);
            world.passes(world.timer(Timer::Stable).expect("a stream is watched until it is stable"));
            assert_eq!(world.session.retry_count(), 0);
        }
        _ => panic!("nobody knows how to perform {what:?}"),
    }
}

#[test]
fn whatever_changes_something_has_a_row() {
    for situation in Situation::ALL {
        for input in every_input(situation.world(get()).current()) {
            let mut world = situation.world(get());
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
    }
}

/// One of each kind at least, about the current request.
fn every_input(request: RequestId) -> Vec<Input> {
    let mut inputs = vec![
        Input::Connect,
        Input::Disconnect,
        Input::Reconnect,
        Input::Abort,
        Input::Validated(request, true),
        Input::Validated(request, false),
        Input::ErrorBodyRead(request),
        Input::Ended(request),
        Input::Done(request),
        Input::ReconnectionTime(5),
        Input::Resumable(true),
        Input::Judged(Verdict::Retry),
        Input::Judged(Verdict::GiveUp),
    ];
    inputs.extend(Code::ALL.map(|code| Input::Failed(request, code)));
    inputs.extend(Timer::ALL.map(Input::Fired));
    inputs.extend([200, 204, 404, 503].map(|status| Input::Head(request, Head { status, ..STREAM })));
    inputs
}

/// The word that rows about this input start with.
fn kind_of(input: Input) -> Option<&'static str> {
    Some(match input {
        Input::Connect => "connect",
        Input::Disconnect => "disconnect",
        Input::Reconnect => "reconnect",
        Input::Abort => "abort",
        Input::Head(..) | Input::Validated(..) | Input::ErrorBodyRead(_) => "head",
        Input::Ended(_) => "end",
        Input::Done(_) => "done",
        Input::Failed(..) => "failed",
        Input::Fired(Timer::Connect) => "timeout",
        Input::Fired(Timer::Retry) => "time",
        Input::Fired(Timer::Stable) => "stable",
        // The stream's settings take effect later, and a failure is judged on the spot.
        Input::ReconnectionTime(_) | Input::Resumable(_) | Input::Judged(_) => return None,
    })
}
