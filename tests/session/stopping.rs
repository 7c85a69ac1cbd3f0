//! The end: asked for, marked in the stream, or signalled. After it there is silence.

use sse_fetch::session::{CloseReason, Code, Input, Notice, RequestId, State, Timer, Verdict};

use crate::situation::Situation;
use crate::world::{STREAM, World, error_page, get, post};

#[test]
fn disconnect_and_abort_end_it_at_any_moment_and_say_so_once() {
    for situation in Situation::ALL.into_iter().filter(|situation| *situation != Situation::Closed) {
        for (input, reason) in [(Input::Disconnect, CloseReason::Client), (Input::Abort, CloseReason::Aborted)] {
            let mut world = situation.world(get());
            world.happens(input);
            let previous = situation.state();
            assert_eq!(world.notices(), [Notice::Close { previous, reason, failure: None }], "{situation:?}");
            world.happens(Input::Disconnect);
            world.happens(Input::Abort);
            assert_eq!(world.heard(), "", "{situation:?}");
        }
    }
}

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
    let mut world = World::open(get());
    world.happens(Input::Disconnect);
    let commands = world.done.len();
    for request in [world.current(), RequestId::default()] {
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
            Input::Judged(Verdict::Retry),
            Input::Fired(Timer::Connect),
            Input::Fired(Timer::Retry),
            Input::Fired(Timer::Stable),
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

#[test]
fn the_last_words_of_an_old_request_are_ignored() {
    for situation in Situation::ALL {
        let mut world = situation.world(get());
        let old = world.current();
        world.happens(Input::Reconnect);
        if situation.state() == State::Open {
            world.answers(STREAM);
        }
        world.notices();
        let commands = world.done.len();
        for input in [
            Input::Head(old, STREAM),
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
    for situation in Situation::ALL {
        let mut world = situation.world(get());
        for _ in 0..2 {
            let sent = world.sent.len();
            world.happens(Input::Reconnect);
            assert_eq!(world.sent.len(), sent + 1, "{situation:?}");
            assert_eq!(world.sent[sent].attempt, 0, "{situation:?}");
            assert_eq!(world.session.retry_count(), 0);
        }
        world.answers(STREAM);
        if world.is_judging_response() {
            world.happens(Input::Validated(world.current(), true));
        }
        assert_eq!(world.state(), State::Open, "{situation:?}");
    }
}

#[test]
fn reconnect_by_hand_keeps_the_place_in_the_stream() {
    for config in [get(), post()] {
        let mut world = World::open(config);
        for leave in [Input::ReconnectionTime(1), Input::Disconnect] {
            world.happens(leave);
            world.happens(Input::Reconnect);
            assert_eq!(world.sent.last().map(|sent| sent.fresh), Some(false));
            world.answers(STREAM);
        }
    }
}

#[test]
fn reconnect_by_hand_does_not_wait() {
    let mut world = Situation::Waiting.world(get());
    world.happens(Input::Reconnect);
    assert!(world.has_request());
    assert_eq!(world.timer(Timer::Retry), None);
}

#[test]
fn connect_disturbs_nothing_that_is_under_way() {
    for situation in Situation::ALL {
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
            if world.timer(Timer::Retry).is_some() {
                world.waits();
            }
        }
        assert_eq!(world.requests_sent(), 3);
        world.happens(Input::Connect);
    }
}
