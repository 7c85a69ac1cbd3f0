//! The end: asked for, marked in the stream, or signalled. After it there is silence.

use sse_fetch::session::{AttemptId, CloseReason, Code, Config, Event, Input, Refresh, RetryDecision, State, Token};

use crate::situation::Progress::{Authorizing, Paused, ReadingErrorBody, Renewing, Requesting, Streaming, Validating};
use crate::situation::Situation;
use crate::world::{Action, SETTLING, STREAM, World, error_page, get, post};

#[test]
fn disconnect_and_abort_end_it_at_any_moment_and_say_so_once() {
    for situation in Situation::all().filter(|situation| *situation != Situation::Closed) {
        for (input, reason) in [(Input::Disconnect, CloseReason::Client), (Input::Abort, CloseReason::Aborted)] {
            let mut world = situation.world(get());
            world.happens(input);
            let previous = situation.state();
            assert_eq!(world.events(), [Event::Close { previous, reason, error: None }], "{situation:?}");
            world.happens(Input::Disconnect);
            world.happens(Input::Abort);
            assert_eq!(world.heard(), "", "{situation:?}");
        }
    }
}

/// fetch-event-source issue 79: a finished stream is requested again for ever.
#[test]
fn a_stream_that_says_it_is_done_is_not_asked_for_again() {
    for config in [get(), post()] {
        let mut world = World::open(config);
        world.happens(Input::Done(world.current()));
        world.ends();
        assert_eq!(world.heard(), "state, open, close done");
    }
}

#[test]
fn after_the_end_everything_is_silent_but_connect_and_reconnect() {
    let mut world = World::open(Config { idle_timeout: 1000, close_when_hidden: true, ..get() });
    world.happens(Input::Disconnect);
    let commands = world.done.len();
    for request in [world.current(), AttemptId::default()] {
        for input in [
            Input::Disconnect,
            Input::Abort,
            Input::Head(request, STREAM),
            Input::Head(request, error_page(503)),
            Input::Validated(request, true),
            Input::Validated(request, false),
            Input::ErrorBodyRead(request),
            Input::Ended(request),
            Input::Done(request),
            Input::Failed(request, Code::Network),
            Input::ReconnectionTime(1),
            Input::Resumable(true),
            Input::Decided(request, RetryDecision::Retry),
            Input::Wake { silence: 0 },
            Input::Wake { silence: 1_000_000 },
            Input::Token(request, Token::Usable),
            Input::Token(request, Token::Expired),
            Input::Refreshed(request, Refresh::Token),
            Input::Refreshed(request, Refresh::GaveUp),
            Input::Silence(1_000_000),
            Input::Resume,
            Input::BufferFull,
            Input::BufferDrained,
            Input::Sent(request),
            Input::Offline,
            Input::Online,
            Input::Hidden,
            Input::Visible,
            Input::EnteredBfcache,
            Input::LeftBfcache,
        ] {
            world.happens(input);
            assert_eq!((world.state(), world.done.len()), (State::Closed, commands), "{input:?}");
        }
    }
    for again in [Input::Connect, Input::Reconnect] {
        world.happens(again);
        assert_eq!(world.state(), State::Connecting);
        world.happens(Input::Disconnect);
    }
}

/// fetch-event-source issue 95 and PR 7: the late failure of an old attempt must not touch the new one.
#[test]
fn the_last_words_of_an_old_request_are_ignored() {
    for situation in Situation::all() {
        let mut world = situation.world(get());
        let old = world.current();
        world.reconnects();
        if matches!(situation.state(), State::Open | State::Paused) {
            world.answers(STREAM);
        }
        world.events();
        let commands = world.done.len();
        for input in [
            Input::Token(old, Token::Usable),
            Input::Token(old, Token::Expired),
            Input::Refreshed(old, Refresh::Token),
            Input::Refreshed(old, Refresh::AskAgain),
            Input::Refreshed(old, Refresh::GaveUp),
            Input::Head(old, STREAM),
            Input::Head(old, error_page(401)),
            Input::Head(old, error_page(404)),
            Input::Validated(old, true),
            Input::Validated(old, false),
            Input::ErrorBodyRead(old),
            Input::Ended(old),
            Input::Done(old),
            Input::Failed(old, Code::Network),
        ] {
            world.happens(input);
            assert_eq!(world.done.len(), commands, "{input:?} after {situation:?}");
        }
    }
}

#[test]
fn reconnect_by_hand_works_at_any_moment_and_twice_in_a_row() {
    for situation in Situation::all() {
        let mut world = situation.world(get());
        for _ in 0..2 {
            let earlier = world.current();
            world.reconnects();
            assert!(world.has_request() && world.current() != earlier, "{situation:?}");
            assert!(
                world.done.iter().rev().take(3).any(|action| matches!(action, Action::Begin { attempt: 0, .. })),
                "{situation:?}"
            );
            assert_eq!(world.session.retry_count(), 0);
        }
        world.answers(STREAM);
        if world.is_judging_response() {
            world.happens(Input::Validated(world.current(), true));
        }
        assert!(world.is_streaming(), "{situation:?}");
    }
}

#[test]
fn reconnect_by_hand_keeps_the_place_in_the_stream() {
    for config in [get(), post()] {
        let mut world = World::open(config);
        for leave in [Input::ReconnectionTime(1), Input::Disconnect] {
            world.happens(leave);
            world.reconnects();
            assert_eq!(world.sent.last().map(|sent| sent.fresh), Some(false));
            world.answers(STREAM);
        }
    }
}

/// fetch-event-source PR 7: nothing orders the end of one request and the begin of the next on their way to the server.
#[test]
fn reconnect_by_hand_gives_the_server_time_to_see_the_end_of_the_last_request() {
    for progress in [Requesting, Validating, ReadingErrorBody, Streaming, Paused] {
        for situation in Situation::both(progress) {
            let mut world = situation.world(get());
            world.happens(Input::Reconnect);
            assert_eq!((world.has_request(), world.next_attempt_in()), (false, Some(SETTLING)), "{situation:?}");
            world.passes(SETTLING / 2);
            world.happens(Input::Reconnect);
            assert_eq!(world.settles(), SETTLING / 2, "twice in a row waits no longer");
            assert!(world.has_request());
        }
    }
}

#[test]
fn a_request_that_the_server_never_saw_needs_no_time_to_be_forgotten() {
    for situation in [Authorizing, Renewing].into_iter().flat_map(Situation::both) {
        let mut world = situation.world(get());
        world.happens(Input::Reconnect);
        assert!(world.has_request(), "{situation:?}");
    }
    let mut world = World::new(get());
    world.is_slow = true;
    world.happens(Input::Connect);
    world.happens(Input::Reconnect);
    assert!(world.has_request(), "its headers were still being asked for");
}

#[test]
fn a_request_that_is_over_for_the_server_needs_no_time_to_be_forgotten() {
    let ends: [fn(&mut World); 3] = [
        World::ends,
        |world| world.fails(Code::Network),
        |world| world.happens(Input::Head(world.current(), error_page(401))),
    ];
    for (end, situation) in ends.into_iter().zip([Streaming, Streaming, Requesting]) {
        let mut world = Situation::First(situation).world(Config { refreshes_token: true, ..get() });
        end(&mut world);
        world.happens(Input::Reconnect);
        assert!(world.has_request());
    }
}

#[test]
fn reconnect_by_hand_does_not_wait() {
    let mut world = Situation::Waiting.world(get());
    world.happens(Input::Reconnect);
    assert!(world.has_request());
    assert_eq!(world.next_attempt_in(), None);
}

#[test]
fn connect_disturbs_nothing_that_is_under_way() {
    for situation in Situation::all() {
        let mut world = situation.world(get());
        let commands = world.done.len();
        world.happens(Input::Connect);
        let is_new = matches!(situation, Situation::Idle | Situation::Closed);
        assert_eq!(world.done.len() > commands, is_new, "{situation:?}");
    }
}

#[test]
fn connect_starts_counting_anew() {
    let mut config = get();
    config.max_reconnects = Some(2);
    let mut world = World::connecting(config);
    for _ in 0..3 {
        while world.state() != State::Closed {
            world.fails(Code::Network);
            if world.next_attempt_in().is_some() {
                world.waits();
            }
        }
        assert_eq!(world.requests_sent(), 3);
        world.happens(Input::Connect);
    }
}
