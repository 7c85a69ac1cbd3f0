//! Listeners and functions of the application call methods of the client. Every method works in every one of them.

use std::cell::Cell;

use sse_fetch::session::{CloseReason, Code, Config, Event, Input, Reconnect, RetryDecision, State, Step};

use crate::simulated_client::{Action, STREAM, SimulatedClient, error_page, get, in_words, post};
use crate::situation::Situation;

/// The listener or function in which the application calls a method.
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
    "decision",
];

fn moment(action: Action) -> Option<String> {
    match action {
        Action::Emit(event) => Some(in_words(&event)),
        Action::Take(_, Step::Token) => Some("token".into()),
        Action::Take(_, Step::Refresh) => Some("renewal".into()),
        Action::Take(_, Step::Request) => Some("headers".into()),
        Action::Decide(_) => Some("decision".into()),
        Action::Take(_, Step::Validate) => Some("validation".into()),
        _ => None,
    }
}

fn config() -> Config {
    let mut config = get();
    config.has_should_retry = true;
    config.max_reconnects = Some(2);
    config
}

/// The application calls these methods once: at the first moment that is wanted.
fn calls(client: &mut SimulatedClient, wanted: &'static str, calls: &[Input]) {
    let left = Cell::new(true);
    let calls = calls.to_vec();
    client.listens(
        move |action| {
            if moment(action).as_deref() == Some(wanted) && left.take() { calls.clone() } else { vec![] }
        },
    );
}

/// A connection that passes through the wanted moment, at which the application calls these methods.
fn life(wanted: &'static str, nests: bool, inputs: &[Input]) -> SimulatedClient {
    let mut config = config();
    if wanted == "close server" {
        config.reconnect = Reconnect::OnError;
    }
    config.has_token_provider = wanted == "token";
    config.can_refresh_token = wanted == "renewal" || wanted == "refresh";
    let mut client = SimulatedClient::new(config);
    client.nests = nests;
    calls(&mut client, wanted, inputs);
    client.happens(Input::Connect);
    if wanted == "headers" || wanted == "state" || wanted == "token" {
        return client;
    }
    if wanted == "renewal" || wanted == "refresh" {
        client.happens(Input::Head(client.current(), error_page(401)));
        client.gives_token();
        return client;
    }
    client.answers(STREAM);
    match wanted {
        "failed network" | "retry" | "decision" => client.fails(Code::Network),
        "failed status" | "close fatal" => {
            client.reconnects();
            client.answers(error_page(404));
        }
        "max-reconnects-reached" | "close max-reconnects" => {
            client.fails(Code::Network);
            for _ in 0..2 {
                client.waits();
                client.fails(Code::Network);
            }
        }
        "close client" => client.happens(Input::Disconnect),
        "close aborted" => client.happens(Input::Abort),
        "close server" => client.ends(),
        "close done" => client.happens(Input::Done(client.current())),
        "close no-content" => {
            client.reconnects();
            client.answers(error_page(204));
        }
        _ => {}
    }
    client
}

fn closes(events: &[Event]) -> usize {
    events.iter().filter(|event| matches!(event, Event::Close { .. })).count()
}

#[test]
fn disconnect_from_inside_any_call_closes_and_reports_it_exactly_once() {
    for wanted in MOMENTS {
        for nests in [false, true] {
            for input in [Input::Disconnect, Input::Abort] {
                let mut client = life(wanted, nests, &[input, Input::Disconnect, Input::Abort]);
                assert_eq!(client.state(), State::Closed, "{input:?} in {wanted}");
                assert!(!client.has_request());
                let events = client.events();
                assert_eq!(closes(&events), 1, "{input:?} in {wanted}: {events:?}");
                let at = events.iter().position(|event| in_words(event) == wanted);
                if let Some(at) = at {
                    let after = events[at + 1..].iter().filter(|event| !matches!(event, Event::Close { .. }));
                    assert_eq!(after.count(), 0, "nothing but the close after {wanted}: {events:?}");
                }
            }
        }
    }
}

#[test]
fn nothing_of_the_stream_is_read_after_a_disconnect_in_the_open_event() {
    for nests in [false, true] {
        let client = life("open", nests, &[Input::Disconnect]);
        assert!(!client.done.iter().any(|action| matches!(action, Action::Take(_, Step::Stream))));
    }
}

#[test]
fn reconnect_from_inside_any_call_leads_to_a_stream() {
    for wanted in MOMENTS {
        for nests in [false, true] {
            for inputs in [&[Input::Reconnect][..], &[Input::Reconnect; 2], &[Input::Disconnect, Input::Reconnect]] {
                let mut client = life(wanted, nests, inputs);
                client.cools_down();
                assert!(client.has_request(), "{inputs:?} in {wanted}");
                assert_eq!(client.session.retry_count(), 0, "{inputs:?} in {wanted}");
                client.answers(STREAM);
                assert_eq!(client.state(), State::Open, "{inputs:?} in {wanted}");
            }
        }
    }
}

#[test]
fn connect_from_inside_a_close_event_starts_again() {
    for wanted in MOMENTS.into_iter().filter(|wanted| wanted.starts_with("close ")) {
        for nests in [false, true] {
            let mut client = life(wanted, nests, &[Input::Connect]);
            assert_eq!(client.state(), State::Connecting, "{wanted}");
            assert!(client.events_in_words().ends_with(&format!("{wanted}, state")));
            client.cools_down();
            client.answers(STREAM);
            assert_eq!(client.state(), State::Open, "{wanted}");
        }
    }
}

#[test]
fn connect_from_inside_the_last_error_starts_again_after_the_close() {
    for wanted in ["failed status", "max-reconnects-reached"] {
        let mut client = life(wanted, false, &[Input::Connect]);
        let heard = client.events_in_words();
        assert!(heard.ends_with(", close fatal, state") || heard.ends_with(", close max-reconnects, state"), "{heard}");
        assert_eq!(client.state(), State::Connecting);
    }
}

#[test]
fn connect_from_inside_the_last_error_in_a_hidden_page_waits_after_the_close() {
    for wanted in ["failed status", "max-reconnects-reached"] {
        let mut client = life(wanted, false, &[Input::EnteredBfcache, Input::Connect]);
        let heard = client.events_in_words();
        assert!(heard.ends_with(", close fatal, state") || heard.ends_with(", close max-reconnects, state"), "{heard}");
        assert_eq!((client.state(), client.has_request()), (State::Connecting, false));
    }
}

#[test]
fn reconnect_when_max_reconnects_is_reached_makes_a_new_attempt_without_a_close() {
    let mut client = life("max-reconnects-reached", false, &[Input::Reconnect]);
    assert!(client.events_in_words().ends_with("failed network, max-reconnects-reached, state"));
    client.cools_down();
    assert_eq!(client.sent.last().map(|sent| sent.attempt), Some(0));
}

#[test]
fn connect_from_inside_events_other_than_the_close_changes_nothing() {
    for wanted in ["state", "open", "failed network", "retry", "token", "renewal", "refresh", "headers", "decision"] {
        let (mut with, mut without) = (life(wanted, false, &[Input::Connect]), life(wanted, false, &[]));
        assert_eq!(
            (with.state(), with.events_in_words(), with.done),
            (without.state(), without.events_in_words(), without.done),
            "{wanted}"
        );
    }
}

#[test]
fn headers_that_fail_at_once_are_a_failure_like_any_other() {
    let mut client = SimulatedClient::new(get());
    client.listens(|action| match action {
        Action::Take(request, Step::Request) => vec![Input::Failed(request, Code::Callback)],
        _ => vec![],
    });
    client.happens(Input::Connect);
    assert_eq!(client.events_in_words(), "state, failed callback, close fatal");
}

#[test]
fn validation_that_answers_at_once_counts() {
    for (accepts, expected) in [(true, "open"), (false, "failed callback, close fatal")] {
        let mut client = SimulatedClient::connecting(Config { has_validate: true, ..post() });
        client.events();
        client.listens(move |action| match action {
            Action::Take(request, Step::Validate) => vec![Input::Validated(request, accepts)],
            _ => vec![],
        });
        client.answers(STREAM);
        assert_eq!(client.events_in_words(), expected);
    }
}

#[test]
fn disconnect_from_inside_the_validation_outranks_its_answer() {
    for nests in [false, true] {
        let mut client = SimulatedClient::connecting(Config { has_validate: true, ..get() });
        client.nests = nests;
        client.events();
        client.listens(|action| match action {
            Action::Take(request, Step::Validate) => vec![Input::Disconnect, Input::Validated(request, true)],
            _ => vec![],
        });
        client.answers(STREAM);
        assert_eq!(
            client.events(),
            [Event::Close { previous: State::Connecting, reason: CloseReason::Client, error: None }],
        );
    }
}

#[test]
fn a_listener_that_calls_every_time_breaks_no_rule() {
    for situation in Situation::all() {
        for input in [Input::Connect, Input::Disconnect, Input::Abort] {
            let mut client = situation.client(config());
            client.decision = RetryDecision::Retry;
            client.listens(move |_| vec![input]);
            client.reconnects();
            client.answers(STREAM);
            client.fails(Code::Network);
            client.happens(Input::Disconnect);
        }
    }
}

#[test]
fn a_wake_up_in_a_listener_before_its_time_changes_nothing() {
    let mut client = SimulatedClient::open(get());
    client.listens(|action| match action {
        Action::Emit(Event::Failed { .. }) => vec![Input::Wake { silence: 0 }],
        _ => vec![],
    });
    client.fails(Code::Network);
    assert_eq!(client.events_in_words(), "state, open, failed network, state, retry");
    assert!(!client.has_request());
}
