//! `pause()` and `resume()`: what is read, and what is not.

use sse_fetch::session::{Code, Config, Event, Input, State, Step};

use crate::situation::Progress::{Paused, Streaming};
use crate::situation::Situation;
use crate::world::{Action, STREAM, World, error_page, get, in_words, post};

#[test]
fn pause_stops_the_reading_and_resume_goes_on_with_it() {
    for situation in Situation::both(Streaming) {
        let mut world = situation.world(get());
        let request = world.current();
        for _ in 0..3 {
            world.happens(Input::Pause);
            assert_eq!((world.heard().as_str(), world.state()), ("state", State::Paused));
            world.happens(Input::Resume);
            assert_eq!((world.heard().as_str(), world.state()), ("state", State::Open));
        }
        assert_eq!(world.current(), request, "all in one stream");
        world.delivers();
    }
}

#[test]
fn pausing_twice_is_pausing_once() {
    let mut world = Situation::First(Paused).world(get());
    let commands = world.done.len();
    world.happens(Input::Pause);
    assert_eq!(world.done.len(), commands);
    world.happens(Input::Resume);
    assert_eq!(world.state(), State::Open);
    let commands = world.done.len();
    world.happens(Input::Resume);
    assert_eq!(world.done.len(), commands);
}

#[test]
fn a_pause_holds_from_any_state_until_there_is_a_stream() {
    for situation in Situation::all() {
        let mut world = situation.world(get());
        world.happens(Input::Pause);
        world.reconnects();
        world.answers(STREAM);
        if world.is_judging_response() {
            world.happens(Input::Validated(world.current(), true));
        }
        assert_eq!(world.state(), State::Paused, "{situation:?}");
        assert!(world.heard().ends_with("open, state"), "{situation:?}");
        world.happens(Input::Resume);
        world.delivers();
    }
}

#[test]
fn a_stream_that_begins_while_paused_is_not_read_for_a_moment() {
    let mut world = World::connecting(get());
    world.happens(Input::Pause);
    world.answers(STREAM);
    let place = |wanted: fn(&Action) -> bool| world.done.iter().position(wanted);
    let paused = place(|command| matches!(command, Action::Pause(_)));
    let read = place(|command| matches!(command, Action::Take(_, Step::Stream)));
    assert!(paused.is_some() && paused < read);
}

#[test]
fn resume_before_the_stream_takes_the_pause_back() {
    let mut world = World::connecting(get());
    world.happens(Input::Pause);
    world.happens(Input::Resume);
    world.answers(STREAM);
    assert_eq!((world.heard().as_str(), world.state()), ("state, open", State::Open));
}

#[test]
fn a_close_ends_the_pause() {
    let ends: [fn(&mut World); 4] = [
        |world| world.happens(Input::Disconnect),
        |world| world.happens(Input::Abort),
        |world| world.happens(Input::Done(world.current())),
        |world| world.fails(Code::TooLarge),
    ];
    for end in ends {
        let mut world = Situation::First(Paused).world(get());
        end(&mut world);
        assert_eq!(world.state(), State::Closed);
        world.happens(Input::Connect);
        world.settles();
        world.answers(STREAM);
        assert_eq!(world.state(), State::Open);
    }
}

#[test]
fn a_pause_outlives_a_lost_stream() {
    let mut world = Situation::First(Paused).world(get());
    for _ in 0..3 {
        world.fails(Code::Network);
        assert_eq!(world.state(), State::Reconnecting);
        world.waits();
        world.answers(STREAM);
        assert_eq!(world.state(), State::Paused);
    }
}

/// Nothing wedges it: while paused, a server may end the stream.
#[test]
fn a_stream_that_ends_while_paused_is_over() {
    for (config, told) in [(get(), "state, retry"), (post(), "close server")] {
        let mut world = Situation::First(Paused).world(config);
        world.ends();
        assert_eq!(world.heard(), told);
    }
}

#[test]
fn a_paused_stream_becomes_stable_like_any_other() {
    let mut world = Situation::Again(Paused).world(get());
    assert_eq!(world.session.retry_count(), 1);
    world.passes(5000);
    assert_eq!((world.session.retry_count(), world.state()), (0, State::Paused));
}

#[test]
fn pause_from_inside_any_listener_holds_when_it_returns() {
    for wanted in ["state", "open", "refresh", "failed network", "retry"] {
        for nests in [false, true] {
            let mut world = World::new(Config { refreshes_token: true, idle_timeout: 1000, ..get() });
            world.nests = nests;
            world.listens(move |command| match command {
                Action::Emit(notice) if in_words(&notice) == wanted => vec![Input::Pause],
                _ => vec![],
            });
            world.happens(Input::Connect);
            world.fails(Code::Network);
            world.waits();
            world.answers(error_page(401));
            world.answers(STREAM);
            world.passes(1_000_000);
            assert_eq!((world.state(), world.wakes_in()), (State::Paused, None), "in {wanted}");
        }
    }
}

#[test]
fn pause_and_resume_from_inside_the_open_notice_leave_it_open() {
    for nests in [false, true] {
        let mut world = World::connecting(Config { idle_timeout: 1000, ..get() });
        world.nests = nests;
        world.listens(|command| match command {
            Action::Emit(Event::Open { .. }) => vec![Input::Pause, Input::Resume],
            _ => vec![],
        });
        world.answers(STREAM);
        assert_eq!((world.state(), world.wakes_in()), (State::Open, Some(1000)));
        world.delivers();
    }
}

#[test]
fn resume_from_inside_the_paused_notice_goes_on() {
    for nests in [false, true] {
        let mut world = World::open(get());
        world.nests = nests;
        world.listens(|command| match command {
            Action::Emit(Event::State { state: State::Paused, .. }) => vec![Input::Resume],
            _ => vec![],
        });
        world.happens(Input::Pause);
        assert_eq!((world.state(), world.heard().as_str()), (State::Open, "state, open, state, state"));
    }
}

// Where the engine reads on though nothing is taken, more comes than is to be kept.

fn carrying_ids(config: Config) -> World {
    let mut world = World::open(config);
    world.delivers();
    world.events();
    world
}

#[test]
fn a_paused_stream_that_floods_the_page_is_let_go_of_until_resume() {
    let mut world = carrying_ids(get());
    world.happens(Input::Pause);
    assert!(world.has_request());
    world.happens(Input::BufferFull);
    assert_eq!((world.heard().as_str(), world.state(), world.has_request()), ("state", State::Paused, false));
    world.happens(Input::BufferDrained);
    world.passes(1_000_000);
    assert_eq!((world.requests_sent(), world.state()), (1, State::Paused), "it is the pause that has to end");

    world.happens(Input::Resume);
    assert_eq!(world.sent.last().map(|request| (request.attempt, request.fresh)), Some((0, false)));
    world.answers(STREAM);
    assert_eq!((world.heard().as_str(), world.state()), ("state, open", State::Open));
}

#[test]
fn a_stream_that_floods_slow_readers_is_let_go_of_until_they_have_caught_up() {
    let mut world = carrying_ids(get());
    world.happens(Input::BufferFull);
    assert_eq!((world.state(), world.has_request()), (State::Reconnecting, false));
    world.passes(1_000_000);
    assert_eq!(world.requests_sent(), 1);
    world.happens(Input::BufferDrained);
    world.answers(STREAM);
    assert_eq!(world.state(), State::Open);
}

#[test]
fn a_pause_that_begins_while_readers_catch_up_has_to_end_too() {
    let mut world = carrying_ids(get());
    world.happens(Input::BufferFull);
    world.happens(Input::Pause);
    assert_eq!(world.state(), State::Paused);
    world.happens(Input::BufferDrained);
    assert_eq!((world.state(), world.has_request()), (State::Paused, false));
    world.happens(Input::Resume);
    world.settles();
    assert!(world.has_request());
}

#[test]
fn resume_in_a_page_that_is_away_waits_for_the_page() {
    let mut world = carrying_ids(get());
    world.happens(Input::Pause);
    world.happens(Input::BufferFull);
    world.happens(Input::EnteredBfcache);
    world.happens(Input::Resume);
    assert_eq!((world.state(), world.has_request()), (State::Reconnecting, false));
    world.happens(Input::LeftBfcache);
    world.settles();
    assert!(world.has_request());
}

#[test]
fn a_stream_that_could_not_be_had_again_is_kept_whatever_it_floods() {
    let streams: [fn() -> World; 3] = [|| World::open(get()), || World::open(post()), || carrying_ids(post())];
    for (stream, pauses) in streams.into_iter().flat_map(|stream| [(stream, false), (stream, true)]) {
        let mut world = stream();
        if pauses {
            world.happens(Input::Pause);
        }
        world.happens(Input::BufferFull);
        assert!(world.has_request());
    }
}

#[test]
fn connect_and_reconnect_forget_what_was_flooded() {
    for calls in [&[Input::Reconnect][..], &[Input::Disconnect, Input::Connect]] {
        let mut world = carrying_ids(get());
        world.happens(Input::BufferFull);
        for &call in calls {
            world.happens(call);
        }
        world.settles();
        assert!(world.has_request(), "{calls:?}");
    }
}
