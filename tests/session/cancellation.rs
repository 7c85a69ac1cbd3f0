//! The end by `disconnect()`, by a mark in the stream, or by the signal. Afterwards nothing is reported.

use sse_fetch::session::{AttemptId, CloseReason, Code, Config, Event, Input, State};

use crate::request::inputs_about;
use crate::simulated_client::{Action, COOLDOWN, STREAM, SimulatedClient, error_page, get, post};
use crate::situation::Progress::{
    Authorizing, Paused, ReadingErrorBody, RefreshingExpired, Requesting, Streaming, Validating,
};
use crate::situation::Situation;
use crate::table::every_input;

#[test]
fn disconnect_and_abort_close_at_any_moment_and_report_it_once() {
    for situation in Situation::all().filter(|situation| *situation != Situation::Closed) {
        for (input, reason) in [(Input::Disconnect, CloseReason::Client), (Input::Abort, CloseReason::Aborted)] {
            let mut client = situation.client(get());
            client.happens(input);
            let previous = situation.state();
            assert_eq!(client.events(), [Event::Close { previous, reason, error: None }], "{situation:?}");
            client.happens(Input::Disconnect);
            client.happens(Input::Abort);
            assert_eq!(client.events_in_words(), "", "{situation:?}");
        }
    }
}

/// fetch-event-source issue 79: a finished stream is requested again for ever.
#[test]
fn a_stream_that_is_done_is_not_requested_again() {
    for config in [get(), post()] {
        let mut client = SimulatedClient::open(config);
        client.happens(Input::Done(client.current()));
        client.ends();
        assert_eq!(client.events_in_words(), "state, open, close done");
    }
}

#[test]
fn after_the_close_only_connect_and_reconnect_have_an_effect() {
    let mut client = SimulatedClient::open(Config { idle_timeout: 1000, close_when_hidden: true, ..get() });
    client.happens(Input::Disconnect);
    let actions = client.done.len();
    let wakings = [0, 1_000_000].map(|silence| Input::Wake { silence });
    for request in [client.current(), AttemptId::default()] {
        let inputs = every_input(request).into_iter().filter(|it| !matches!(it, Input::Connect | Input::Reconnect));
        for input in inputs.chain(wakings) {
            client.happens(input);
            assert_eq!((client.state(), client.done.len()), (State::Closed, actions), "{input:?}");
        }
    }
    for again in [Input::Connect, Input::Reconnect] {
        client.happens(again);
        assert_eq!(client.state(), State::Connecting);
        client.happens(Input::Disconnect);
    }
}

/// fetch-event-source issue 95 and PR 7: the late failure of an old attempt must not touch the new one.
#[test]
fn what_arrives_late_for_an_old_request_is_ignored() {
    for situation in Situation::all() {
        let mut client = situation.client(get());
        let old = client.current();
        client.reconnects();
        if matches!(situation.state(), State::Open | State::Paused) {
            client.answers(STREAM);
        }
        client.events();
        let actions = client.done.len();
        for input in inputs_about(old) {
            client.happens(input);
            assert_eq!(client.done.len(), actions, "{input:?} after {situation:?}");
        }
    }
}

#[test]
fn reconnect_by_hand_works_at_any_moment_and_twice_in_a_row() {
    for situation in Situation::all() {
        let mut client = situation.client(get());
        for _ in 0..2 {
            let earlier = client.current();
            client.reconnects();
            assert!(client.has_request() && client.current() != earlier, "{situation:?}");
            assert!(
                client.done.iter().rev().take(3).any(|action| matches!(action, Action::Begin { attempt: 0, .. })),
                "{situation:?}"
            );
            assert_eq!(client.session.retry_count(), 0);
        }
        client.answers(STREAM);
        if client.is_validating() {
            client.happens(Input::Validated(client.current(), true));
        }
        assert!(client.is_streaming(), "{situation:?}");
    }
}

#[test]
fn reconnect_by_hand_resumes_the_stream() {
    for config in [get(), post()] {
        let mut client = SimulatedClient::open(config);
        for leave in [Input::ReconnectionTime(1), Input::Disconnect] {
            client.happens(leave);
            client.reconnects();
            assert_eq!(client.sent.last().map(|sent| sent.fresh), Some(false));
            client.answers(STREAM);
        }
    }
}

/// fetch-event-source PR 7: nothing orders the end of one request and the begin of the next on their way to the server.
#[test]
fn reconnect_by_hand_waits_for_the_cooldown() {
    for progress in [Requesting, Validating, ReadingErrorBody, Streaming, Paused] {
        for situation in Situation::both(progress) {
            let mut client = situation.client(get());
            client.happens(Input::Reconnect);
            assert_eq!((client.has_request(), client.next_attempt_in()), (false, Some(COOLDOWN)), "{situation:?}");
            client.passes(COOLDOWN / 2);
            client.happens(Input::Reconnect);
            assert_eq!(client.cools_down(), COOLDOWN / 2, "twice in a row waits no longer");
            assert!(client.has_request());
        }
    }
}

#[test]
fn a_request_that_was_not_sent_needs_no_cooldown() {
    for situation in [Authorizing, RefreshingExpired].into_iter().flat_map(Situation::both) {
        let mut client = situation.client(get());
        client.happens(Input::Reconnect);
        assert!(client.has_request(), "{situation:?}");
    }
    let mut client = SimulatedClient::new(get());
    client.is_slow = true;
    client.happens(Input::Connect);
    client.happens(Input::Reconnect);
    assert!(client.has_request(), "its headers were still being asked for");
}

#[test]
fn a_request_that_the_server_has_ended_needs_no_cooldown() {
    let ends: [fn(&mut SimulatedClient); 3] = [
        SimulatedClient::ends,
        |client| client.fails(Code::Network),
        |client| client.happens(Input::Head(client.current(), error_page(401))),
    ];
    for (end, situation) in ends.into_iter().zip([Streaming, Streaming, Requesting]) {
        let mut client = Situation::First(situation).client(Config { can_refresh_token: true, ..get() });
        end(&mut client);
        client.happens(Input::Reconnect);
        assert!(client.has_request());
    }
}

#[test]
fn reconnect_by_hand_does_not_wait() {
    let mut client = Situation::Waiting.client(get());
    client.happens(Input::Reconnect);
    assert!(client.has_request());
    assert_eq!(client.next_attempt_in(), None);
}

#[test]
fn connect_disturbs_nothing_that_is_under_way() {
    for situation in Situation::all() {
        let mut client = situation.client(get());
        let actions = client.done.len();
        client.happens(Input::Connect);
        let is_new = matches!(situation, Situation::Idle | Situation::Closed);
        assert_eq!(client.done.len() > actions, is_new, "{situation:?}");
    }
}

#[test]
fn connect_starts_counting_anew() {
    let mut client = SimulatedClient::connecting(Config { max_reconnects: Some(2), ..get() });
    for _ in 0..3 {
        while client.state() != State::Closed {
            client.fails(Code::Network);
            if client.next_attempt_in().is_some() {
                client.waits();
            }
        }
        assert_eq!(client.requests_sent(), 3);
        client.happens(Input::Connect);
    }
}
