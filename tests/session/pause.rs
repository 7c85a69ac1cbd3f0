//! `pause()` and `resume()`, and a full buffer.

use sse_fetch::session::{Code, Config, Event, Input, State, Step};

use crate::simulated_client::{Action, STREAM, SimulatedClient, error_page, get, in_words, post};
use crate::situation::Progress::{Paused, Streaming};
use crate::situation::Situation;

#[test]
fn pause_stops_the_reading_and_resume_continues_it() {
    for situation in Situation::both(Streaming) {
        let mut client = situation.client(get());
        let request = client.current();
        for _ in 0..3 {
            client.happens(Input::Pause);
            assert_eq!((client.events_in_words().as_str(), client.state()), ("state", State::Paused));
            client.happens(Input::Resume);
            assert_eq!((client.events_in_words().as_str(), client.state()), ("state", State::Open));
        }
        assert_eq!(client.current(), request, "all in one stream");
        client.delivers();
    }
}

#[test]
fn pausing_twice_is_pausing_once() {
    let mut client = Situation::First(Paused).client(get());
    let actions = client.done.len();
    client.happens(Input::Pause);
    assert_eq!(client.done.len(), actions);
    client.happens(Input::Resume);
    assert_eq!(client.state(), State::Open);
    let actions = client.done.len();
    client.happens(Input::Resume);
    assert_eq!(client.done.len(), actions);
}

#[test]
fn a_pause_in_any_state_lasts_until_there_is_a_stream() {
    for situation in Situation::all() {
        let mut client = situation.client(get());
        client.happens(Input::Pause);
        client.reconnects();
        client.answers(STREAM);
        if client.is_validating() {
            client.happens(Input::Validated(client.current(), true));
        }
        assert_eq!(client.state(), State::Paused, "{situation:?}");
        assert!(client.events_in_words().ends_with("open, state"), "{situation:?}");
        client.happens(Input::Resume);
        client.delivers();
    }
}

#[test]
fn a_stream_that_begins_while_paused_is_never_read() {
    let mut client = SimulatedClient::connecting(get());
    client.happens(Input::Pause);
    client.answers(STREAM);
    let place = |wanted: fn(&Action) -> bool| client.done.iter().position(wanted);
    let paused = place(|action| matches!(action, Action::Pause(_)));
    let read = place(|action| matches!(action, Action::Take(_, Step::Stream)));
    assert!(paused.is_some() && paused < read);
}

#[test]
fn resume_before_the_stream_cancels_the_pause() {
    let mut client = SimulatedClient::connecting(get());
    client.happens(Input::Pause);
    client.happens(Input::Resume);
    client.answers(STREAM);
    assert_eq!((client.events_in_words().as_str(), client.state()), ("state, open", State::Open));
}

#[test]
fn a_close_ends_the_pause() {
    let ends: [fn(&mut SimulatedClient); 4] = [
        |client| client.happens(Input::Disconnect),
        |client| client.happens(Input::Abort),
        |client| client.happens(Input::Done(client.current())),
        |client| client.fails(Code::TooLarge),
    ];
    for end in ends {
        let mut client = Situation::First(Paused).client(get());
        end(&mut client);
        assert_eq!(client.state(), State::Closed);
        client.happens(Input::Connect);
        client.cools_down();
        client.answers(STREAM);
        assert_eq!(client.state(), State::Open);
    }
}

#[test]
fn a_pause_outlives_a_lost_stream() {
    let mut client = Situation::First(Paused).client(get());
    for _ in 0..3 {
        client.fails(Code::Network);
        assert_eq!(client.state(), State::Reconnecting);
        client.waits();
        client.answers(STREAM);
        assert_eq!(client.state(), State::Paused);
    }
}

/// While paused, a server may end the stream.
#[test]
fn a_stream_that_ends_while_paused_is_over() {
    for (config, expected) in [(get(), "state, retry"), (post(), "close server")] {
        let mut client = Situation::First(Paused).client(config);
        client.ends();
        assert_eq!(client.events_in_words(), expected);
    }
}

#[test]
fn a_paused_stream_becomes_stable_like_any_other() {
    let mut client = Situation::Again(Paused).client(get());
    assert_eq!(client.session.retry_count(), 1);
    client.passes(5000);
    assert_eq!((client.session.retry_count(), client.state()), (0, State::Paused));
}

#[test]
fn pause_from_inside_any_listener_holds_when_it_returns() {
    for wanted in ["state", "open", "refresh", "failed network", "retry"] {
        for nests in [false, true] {
            let mut client = SimulatedClient::new(Config { can_refresh_token: true, idle_timeout: 1000, ..get() });
            client.nests = nests;
            client.listens(move |action| match action {
                Action::Emit(event) if in_words(&event) == wanted => vec![Input::Pause],
                _ => vec![],
            });
            client.happens(Input::Connect);
            client.fails(Code::Network);
            client.waits();
            client.answers(error_page(401));
            client.answers(STREAM);
            client.passes(1_000_000);
            assert_eq!((client.state(), client.wakes_in()), (State::Paused, None), "in {wanted}");
        }
    }
}

#[test]
fn pause_and_resume_from_inside_the_open_event_leave_it_open() {
    for nests in [false, true] {
        let mut client = SimulatedClient::connecting(Config { idle_timeout: 1000, ..get() });
        client.nests = nests;
        client.listens(|action| match action {
            Action::Emit(Event::Open { .. }) => vec![Input::Pause, Input::Resume],
            _ => vec![],
        });
        client.answers(STREAM);
        assert_eq!((client.state(), client.wakes_in()), (State::Open, Some(1000)));
        client.delivers();
    }
}

#[test]
fn resume_from_inside_the_paused_event_continues_the_reading() {
    for nests in [false, true] {
        let mut client = SimulatedClient::open(get());
        client.nests = nests;
        client.listens(|action| match action {
            Action::Emit(Event::State { state: State::Paused, .. }) => vec![Input::Resume],
            _ => vec![],
        });
        client.happens(Input::Pause);
        assert_eq!((client.state(), client.events_in_words().as_str()), (State::Open, "state, open, state, state"));
    }
}

// Some engines continue to read while the client does not, and more arrives than the client keeps.

fn carrying_ids(config: Config) -> SimulatedClient {
    let mut client = SimulatedClient::open(config);
    client.delivers();
    client.events();
    client
}

#[test]
fn a_paused_stream_that_fills_the_buffer_is_closed_until_resume() {
    let mut client = carrying_ids(get());
    client.happens(Input::Pause);
    assert!(client.has_request());
    client.happens(Input::BufferFull);
    assert_eq!(
        (client.events_in_words().as_str(), client.state(), client.has_request()),
        ("state", State::Paused, false)
    );
    client.happens(Input::BufferDrained);
    client.passes(1_000_000);
    assert_eq!((client.requests_sent(), client.state()), (1, State::Paused), "it is still paused");

    client.happens(Input::Resume);
    assert_eq!(client.sent.last().map(|request| (request.attempt, request.fresh)), Some((0, false)));
    client.answers(STREAM);
    assert_eq!((client.events_in_words().as_str(), client.state()), ("state, open", State::Open));
}

#[test]
fn a_stream_that_fills_the_buffer_is_closed_until_slow_readers_have_caught_up() {
    let mut client = carrying_ids(get());
    client.happens(Input::BufferFull);
    assert_eq!((client.state(), client.has_request()), (State::Reconnecting, false));
    client.passes(1_000_000);
    assert_eq!(client.requests_sent(), 1);
    client.happens(Input::BufferDrained);
    client.answers(STREAM);
    assert_eq!(client.state(), State::Open);
}

#[test]
fn a_pause_that_begins_while_readers_catch_up_has_to_end_too() {
    let mut client = carrying_ids(get());
    client.happens(Input::BufferFull);
    client.happens(Input::Pause);
    assert_eq!(client.state(), State::Paused);
    client.happens(Input::BufferDrained);
    assert_eq!((client.state(), client.has_request()), (State::Paused, false));
    client.happens(Input::Resume);
    client.cools_down();
    assert!(client.has_request());
}

#[test]
fn resume_in_a_page_that_is_away_waits_for_the_page() {
    let mut client = carrying_ids(get());
    client.happens(Input::Pause);
    client.happens(Input::BufferFull);
    client.happens(Input::EnteredBfcache);
    client.happens(Input::Resume);
    assert_eq!((client.state(), client.has_request()), (State::Reconnecting, false));
    client.happens(Input::LeftBfcache);
    client.cools_down();
    assert!(client.has_request());
}

#[test]
fn a_stream_that_cannot_be_resumed_stays_open_with_a_full_buffer() {
    let streams: [fn() -> SimulatedClient; 3] =
        [|| SimulatedClient::open(get()), || SimulatedClient::open(post()), || carrying_ids(post())];
    for (stream, pauses) in streams.into_iter().flat_map(|stream| [(stream, false), (stream, true)]) {
        let mut client = stream();
        if pauses {
            client.happens(Input::Pause);
        }
        client.happens(Input::BufferFull);
        assert!(client.has_request());
    }
}

#[test]
fn connect_and_reconnect_reset_a_full_buffer() {
    for calls in [&[Input::Reconnect][..], &[Input::Disconnect, Input::Connect]] {
        let mut client = carrying_ids(get());
        client.happens(Input::BufferFull);
        for &call in calls {
            client.happens(call);
        }
        client.cools_down();
        assert!(client.has_request(), "{calls:?}");
    }
}
