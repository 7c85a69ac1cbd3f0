//! Listeners call back. Every call from inside every notice and every question does what it says.

use std::cell::Cell;

use sse_fetch::session::{CloseReason, Code, Config, Event, Input, Reconnect, RetryDecision, State, Step};

use crate::situation::Situation;
use crate::world::{Action, STREAM, World, error_page, get, in_words, post};

/// What the application can be doing when it calls.
const MOMENTS: [&str; 18] = [
    "state",
    "open",
    "failed network",
    "failed status",
    "retry",
    "max-reconnects-reached",
    "close client",
    "close aborted",
    "close server",
    "close done",
    "close no-content",
    "close fatal",
    "close max-reconnects",
    "token",
    "renewal",
    "refresh",
    "headers",
    "verdict",
];

fn moment(command: Action) -> Option<String> {
    match command {
        Action::Emit(notice) => Some(in_words(&notice)),
        Action::Take(_, Step::Token) => Some("token".into()),
        Action::Take(_, Step::Refresh) => Some("renewal".into()),
        Action::Take(_, Step::Request) => Some("headers".into()),
        Action::Decide(_) => Some("verdict".into()),
        Action::Take(_, Step::Validate) => Some("validation".into()),
        _ => None,
    }
}

fn config() -> Config {
    let mut config = get();
    config.decides = true;
    config.max_reconnects = Some(2);
    config
}

/// At the so-and-so-manieth such moment the application calls; for the rest it only listens.
fn calls(world: &mut World, wanted: &'static str, calls: &[Input]) {
    let left = Cell::new(true);
    let calls = calls.to_vec();
    world.listens(
        move |command| {
            if moment(command).as_deref() == Some(wanted) && left.take() { calls.clone() } else { vec![] }
        },
    );
}

/// A life that passes through the moment, in which the application calls then.
fn life(wanted: &'static str, nests: bool, inputs: &[Input]) -> World {
    let mut config = config();
    if wanted == "close server" {
        config.reconnect = Reconnect::OnError;
    }
    config.asks_token = wanted == "token";
    config.refreshes_token = wanted == "renewal" || wanted == "refresh";
    let mut world = World::new(config);
    world.nests = nests;
    calls(&mut world, wanted, inputs);
    world.happens(Input::Connect);
    if wanted == "headers" || wanted == "state" || wanted == "token" {
        return world;
    }
    if wanted == "renewal" || wanted == "refresh" {
        world.happens(Input::Head(world.current(), error_page(401)));
        world.gives_token();
        return world;
    }
    world.answers(STREAM);
    match wanted {
        "failed network" | "retry" | "verdict" => world.fails(Code::Network),
        "failed status" | "close fatal" => {
            world.reconnects();
            world.answers(error_page(404));
        }
        "max-reconnects-reached" | "close max-reconnects" => {
            world.fails(Code::Network);
            for _ in 0..2 {
                world.waits();
                world.fails(Code::Network);
            }
        }
        "close client" => world.happens(Input::Disconnect),
        "close aborted" => world.happens(Input::Abort),
        "close server" => world.ends(),
        "close done" => world.happens(Input::Done(world.current())),
        "close no-content" => {
            world.reconnects();
            world.answers(error_page(204));
        }
        _ => {}
    }
    world
}

fn closes(notices: &[Event]) -> usize {
    notices.iter().filter(|notice| matches!(notice, Event::Close { .. })).count()
}

#[test]
fn disconnect_from_inside_anything_ends_it_and_tells_the_close_exactly_once() {
    for wanted in MOMENTS {
        for nests in [false, true] {
            for input in [Input::Disconnect, Input::Abort] {
                let mut world = life(wanted, nests, &[input, Input::Disconnect, Input::Abort]);
                assert_eq!(world.state(), State::Closed, "{input:?} in {wanted}");
                assert!(!world.has_request());
                let notices = world.events();
                assert_eq!(closes(&notices), 1, "{input:?} in {wanted}: {notices:?}");
                let at = notices.iter().position(|notice| in_words(notice) == wanted);
                if let Some(at) = at {
                    let after = notices[at + 1..].iter().filter(|notice| !matches!(notice, Event::Close { .. }));
                    assert_eq!(after.count(), 0, "nothing but the close after {wanted}: {notices:?}");
                }
            }
        }
    }
}

#[test]
fn nothing_of_the_stream_is_read_after_a_disconnect_in_the_open_notice() {
    for nests in [false, true] {
        let world = life("open", nests, &[Input::Disconnect]);
        assert!(!world.done.iter().any(|command| matches!(command, Action::Take(_, Step::Stream))));
    }
}

#[test]
fn reconnect_from_inside_anything_leads_to_a_stream() {
    for wanted in MOMENTS {
        for nests in [false, true] {
            for inputs in [&[Input::Reconnect][..], &[Input::Reconnect; 2], &[Input::Disconnect, Input::Reconnect]] {
                let mut world = life(wanted, nests, inputs);
                world.settles();
                assert!(world.has_request(), "{inputs:?} in {wanted}");
                assert_eq!(world.session.retry_count(), 0, "{inputs:?} in {wanted}");
                world.answers(STREAM);
                assert_eq!(world.state(), State::Open, "{inputs:?} in {wanted}");
            }
        }
    }
}

#[test]
fn connect_from_inside_a_close_notice_starts_again() {
    for wanted in MOMENTS.into_iter().filter(|wanted| wanted.starts_with("close ")) {
        for nests in [false, true] {
            let mut world = life(wanted, nests, &[Input::Connect]);
            assert_eq!(world.state(), State::Connecting, "{wanted}");
            assert!(world.heard().ends_with(&format!("{wanted}, state")));
            world.settles();
            world.answers(STREAM);
            assert_eq!(world.state(), State::Open, "{wanted}");
        }
    }
}

#[test]
fn connect_from_inside_the_last_error_starts_again_after_the_close() {
    for wanted in ["failed status", "max-reconnects-reached"] {
        let mut world = life(wanted, false, &[Input::Connect]);
        let heard = world.heard();
        assert!(heard.ends_with(", close fatal, state") || heard.ends_with(", close max-reconnects, state"), "{heard}");
        assert_eq!(world.state(), State::Connecting);
    }
}

#[test]
fn reconnect_when_max_reconnects_is_reached_goes_on_as_if_nothing_had_ended() {
    let mut world = life("max-reconnects-reached", false, &[Input::Reconnect]);
    assert!(world.heard().ends_with("failed network, max-reconnects-reached, state"));
    world.settles();
    assert_eq!(world.sent.last().map(|sent| sent.attempt), Some(0));
}

#[test]
fn connect_from_inside_what_does_not_end_it_changes_nothing() {
    for wanted in ["state", "open", "failed network", "retry", "token", "renewal", "refresh", "headers", "verdict"] {
        let (mut with, mut without) = (life(wanted, false, &[Input::Connect]), life(wanted, false, &[]));
        assert_eq!(
            (with.state(), with.heard(), with.done),
            (without.state(), without.heard(), without.done),
            "{wanted}"
        );
    }
}

#[test]
fn headers_that_fail_at_once_are_a_failure_like_any_other() {
    let mut world = World::new(get());
    world.listens(|command| match command {
        Action::Take(request, Step::Request) => vec![Input::Failed(request, Code::Callback)],
        _ => vec![],
    });
    world.happens(Input::Connect);
    assert_eq!(world.heard(), "state, failed callback, close fatal");
}

#[test]
fn validation_that_answers_at_once_counts() {
    for (accepts, told) in [(true, "open"), (false, "failed callback, close fatal")] {
        let mut config = post();
        config.validates = true;
        let mut world = World::connecting(config);
        world.events();
        world.listens(move |command| match command {
            Action::Take(request, Step::Validate) => vec![Input::Validated(request, accepts)],
            _ => vec![],
        });
        world.answers(STREAM);
        assert_eq!(world.heard(), told);
    }
}

#[test]
fn disconnect_from_inside_the_validation_outranks_its_answer() {
    for nests in [false, true] {
        let mut config = get();
        config.validates = true;
        let mut world = World::connecting(config);
        world.nests = nests;
        world.events();
        world.listens(|command| match command {
            Action::Take(request, Step::Validate) => vec![Input::Disconnect, Input::Validated(request, true)],
            _ => vec![],
        });
        world.answers(STREAM);
        assert_eq!(
            world.events(),
            [Event::Close { previous: State::Connecting, reason: CloseReason::Client, error: None }],
        );
    }
}

#[test]
fn a_listener_that_calls_every_time_does_not_confuse_anyone() {
    for situation in Situation::all() {
        for input in [Input::Connect, Input::Disconnect, Input::Abort] {
            let mut world = situation.world(config());
            world.decision = RetryDecision::Retry;
            world.listens(move |_| vec![input]);
            world.reconnects();
            world.answers(STREAM);
            world.fails(Code::Network);
            world.happens(Input::Disconnect);
        }
    }
}

#[test]
fn a_wake_up_in_a_listener_before_its_time_changes_nothing() {
    let mut world = World::open(get());
    world.listens(|action| match action {
        Action::Emit(Event::Failed { .. }) => vec![Input::Wake { silence: 0 }],
        _ => vec![],
    });
    world.fails(Code::Network);
    assert_eq!(world.heard(), "state, open, failed network, state, retry");
    assert!(!world.has_request());
}
