//! A stream that breaks or ends: whether and when it is requested again.

use sse_fetch::session::{CloseReason, Code, Config, Event, Head, Input, Reconnect, RetryDecision, State};

use crate::simulated_client::{
    Action, PAGE_INPUTS, STREAM, SimulatedClient, error_page, get, post, subscription, without_jitter,
};
use crate::situation::Progress::{
    Authorizing, Paused, ReadingErrorBody, Refreshing, RefreshingExpired, Requesting, Streaming, Validating,
};
use crate::situation::Situation;

#[test]
fn server_drops_mid_stream_and_the_client_resumes() {
    let mut client = SimulatedClient::connecting(get());
    assert_eq!(client.state(), State::Connecting);
    client.answers(STREAM);
    assert_eq!(client.events_in_words(), "state, open");

    client.fails(Code::Network);
    assert_eq!(client.events_in_words(), "failed network, state, retry");
    assert_eq!((client.state(), client.has_request()), (State::Reconnecting, false));

    client.waits();
    assert_eq!(client.sent.last().map(|sent| (sent.attempt, sent.fresh)), Some((1, false)));
    client.answers(STREAM);
    assert_eq!(client.events(), [Event::Open { previous: State::Reconnecting, attempt: 1 }]);
}

/// fetch-event-source PR 7: a request that is not aborted before the retry leaves two open.
#[test]
fn a_request_is_aborted_before_the_retry() {
    let lost =
        [Authorizing, RefreshingExpired, Requesting, Refreshing, Validating, ReadingErrorBody, Streaming, Paused];
    for situation in lost.into_iter().flat_map(Situation::both) {
        let mut client = situation.client(Config { has_should_retry: true, ..get() });
        client.decision = RetryDecision::Retry;
        let request = client.current();
        client.fails(Code::Timeout);
        assert!(client.done.contains(&Action::Cancel(request)), "{situation:?}");
        assert!(!client.has_request() && client.next_attempt_in().is_some(), "{situation:?}");
        client.waits();
        assert!(client.current() != request);
    }
}

#[test]
fn the_client_tries_until_the_server_is_back() {
    let mut client = SimulatedClient::open(get());
    client.fails(Code::Network);
    for attempt in 1..=50 {
        assert_eq!(client.session.retry_count(), attempt);
        client.waits();
        client.answers(error_page(503));
    }
    client.waits();
    client.answers(STREAM);
    assert_eq!(client.state(), State::Open);
}

#[test]
fn a_get_is_requested_again_after_a_clean_end() {
    let mut client = SimulatedClient::open(get());
    client.events();
    client.ends();
    let events = client.events();
    assert!(
        matches!(
            events[..],
            [
                Event::State { state: State::Reconnecting, previous: State::Open },
                Event::Retry { attempt: 1, error: None, .. },
            ],
        ),
        "{events:?}",
    );
    client.waits();
    assert_eq!(client.requests_sent(), 2);
}

#[test]
fn a_finished_post_is_not_requested_again() {
    for config in [post(), subscription()] {
        let mut client = SimulatedClient::open(config);
        client.happens(Input::Resumable(true));
        client.ends();
        assert_eq!(client.events_in_words(), "state, open, close server");
    }
}

#[test]
fn a_post_with_reconnect_always_is_sent_again_after_every_end_with_and_without_ids() {
    for carries_ids in [true, false] {
        let mut client = SimulatedClient::open(Config { reconnect: Reconnect::Always, ..post() });
        client.happens(Input::Resumable(carries_ids));
        client.ends();
        assert_eq!(client.events_in_words(), "state, open, state, retry", "ids: {carries_ids}");
    }
}

/// Most servers number their events, and few continue a POST from an id.
#[test]
fn a_chat_prompt_is_not_sent_twice_once_its_stream_began_with_and_without_ids() {
    for code in Code::ALL {
        for carries_ids in [true, false] {
            let mut client = SimulatedClient::open(post());
            client.happens(Input::Resumable(carries_ids));
            client.events();
            client.fails(code);
            let events = client.events();
            let [Event::Failed { error: failure }, Event::Close { reason: CloseReason::Fatal, .. }] = events[..] else {
                panic!("{events:?}");
            };
            assert_eq!(failure.retryable, is_passing(code), "{failure:?}");
            client.passes(1_000_000);
            assert_eq!(client.requests_sent(), 1);
        }
    }
}

/// Whether another attempt may succeed after a failure of this kind. Then the application may call `reconnect()`.
fn is_passing(code: Code) -> bool {
    matches!(code, Code::Network | Code::Timeout | Code::Idle | Code::Auth | Code::Incomplete)
}

#[test]
fn a_chat_prompt_is_not_sent_twice_while_its_answer_is_being_validated() {
    let mut client = Situation::First(Validating).client(post());
    client.passes(300_000);
    assert_eq!(client.events_in_words(), "failed timeout, close fatal");
    assert_eq!(client.requests_sent(), 1);
}

#[test]
fn a_chat_prompt_is_not_sent_twice_when_the_application_refused_its_answer() {
    let mut client = Situation::First(Validating).client(Config { has_should_retry: true, ..post() });
    let request = client.sent[0].id;
    client.happens(Input::Validated(request, false));
    client.happens(Input::ErrorBodyRead(request));
    assert_eq!(client.events_in_words(), "failed callback, close fatal");
    assert_eq!(client.requests_sent(), 1);
}

/// Some applications subscribe by POST, and their streams often carry no ids.
#[test]
fn a_subscription_by_post_is_requested_again_until_the_server_is_back() {
    for reconnect in [Reconnect::Always, Reconnect::OnError] {
        for carries_ids in [true, false] {
            let mut client = SimulatedClient::open(Config { reconnect, ..subscription() });
            client.happens(Input::Resumable(carries_ids));
            for _ in 0..3 {
                client.fails(Code::Network);
                client.waits();
                client.answers(error_page(504));
                client.waits();
                client.fails(Code::Network);
                client.waits();
                client.answers(STREAM);
            }
            assert_eq!(client.state(), State::Open);
            assert_eq!(client.sent.last().map(|sent| sent.fresh), Some(false));
        }
    }
}

/// A gateway whose server did not answer in time, or a connection that was reset: the server may still process the request.
#[test]
fn a_chat_prompt_without_an_answer_is_not_sent_twice() {
    let losses: [fn(&mut SimulatedClient); 6] = [
        |client| client.fails(Code::Network),
        |client| client.passes(300_000),
        |client| client.answers(error_page(408)),
        |client| client.answers(error_page(502)),
        |client| client.answers(error_page(503)),
        |client| client.answers(Head { retry_after: Some(1000), ..error_page(504) }),
    ];
    for lose in losses {
        for situation in Situation::both(Requesting) {
            let mut client = situation.client(post());
            let arrived = client.arrived;
            lose(&mut client);
            let events = client.events();
            let [Event::Failed { error: failure }, Event::Close { reason: CloseReason::Fatal, .. }] = events[..] else {
                panic!("{events:?}");
            };
            assert!(failure.retryable, "the application may want to send it again");
            client.passes(1_000_000);
            assert_eq!(client.arrived, arrived);
        }
    }
}

#[test]
fn a_chat_prompt_that_the_server_did_not_process_is_sent_again() {
    let busy = Head { retry_after: Some(1000), ..error_page(503) };
    for head in [error_page(425), error_page(429), busy] {
        let mut client = SimulatedClient::connecting(post());
        for _ in 0..5 {
            client.answers(head);
            client.waits();
        }
        client.answers(STREAM);
        assert_eq!((client.state(), client.arrived), (State::Open, 6), "{head:?}");
    }
}

#[test]
fn a_chat_prompt_that_the_server_does_not_process_is_given_up_after_five_more() {
    let mut client = SimulatedClient::connecting(post());
    for _ in 0..5 {
        client.answers(error_page(429));
        client.waits();
    }
    client.events();
    client.answers(error_page(429));
    assert_eq!(client.events_in_words(), "failed status, max-reconnects-reached, close max-reconnects");
}

#[test]
fn a_chat_prompt_that_was_not_sent_yet_is_made_anew() {
    for situation in [Authorizing, RefreshingExpired, Refreshing].into_iter().flat_map(Situation::both) {
        for lose in [
            |client: &mut SimulatedClient| client.fails(Code::Auth),
            |client: &mut SimulatedClient| client.passes(300_000),
        ] {
            let mut client = situation.client(post());
            lose(&mut client);
            assert!(client.events_in_words().ends_with("retry"), "{situation:?}");
            client.waits();
            client.answers(STREAM);
            assert_eq!(client.state(), State::Open, "{situation:?}");
        }
    }
}

/// The functions for headers and body may need a server too.
#[test]
fn a_request_whose_headers_function_rejected_is_tried_again() {
    for config in [get(), post()] {
        let mut client = SimulatedClient::new(without_jitter(config));
        client.is_slow = true;
        client.happens(Input::Connect);
        for delay in [1000, 2000, 4000] {
            client.happens(Input::CallbackThrew(client.current()));
            let events = client.events();
            let failure = events.iter().find_map(|event| match event {
                Event::Failed { error: failure } => Some(failure),
                _ => None,
            });
            assert_eq!(failure.map(|failure| (failure.code, failure.retryable)), Some((Code::Callback, true)));
            assert_eq!(client.waits(), delay);
        }
        client.answers(STREAM);
        assert_eq!((client.state(), client.arrived), (State::Open, 1));
    }
}

#[test]
fn a_headers_function_that_rejects_offline_counts_no_attempt() {
    let mut client = SimulatedClient::new(get());
    client.is_slow = true;
    client.happens(Input::Offline);
    client.happens(Input::Connect);
    client.happens(Input::CallbackThrew(client.current()));
    assert_eq!((client.events_in_words().as_str(), client.session.retry_count()), ("state, failed callback, state", 0));
    client.happens(Input::Online);
    assert!(client.has_request());
}

// Streams that have a mark at their end (`until`).

fn with_mark(config: Config) -> Config {
    Config { expects_mark: true, ..config }
}

/// nginx with HTTP/1.0 to its upstream, Caddy and others end a response without an error when the server broke it off.
#[test]
fn an_answer_that_was_cut_off_is_incomplete() {
    let never = Config { reconnect: Reconnect::Never, ..get() };
    for config in [post(), never] {
        let mut client = SimulatedClient::open(with_mark(config));
        client.events();
        client.ends();
        let events = client.events();
        let [Event::Failed { error: failure }, Event::Close { reason: CloseReason::Fatal, error: Some(expected), .. }] =
            events[..]
        else {
            panic!("{events:?}");
        };
        assert_eq!((failure.code, failure.retryable, failure), (Code::Incomplete, true, expected));
    }
}

#[test]
fn an_answer_that_was_cut_off_is_requested_again_where_failures_are() {
    let mut client = SimulatedClient::open(with_mark(subscription()));
    client.events();
    client.ends();
    assert_eq!(client.events_in_words(), "failed incomplete, state, retry");
}

#[test]
fn a_stream_that_is_always_requested_again_is_incomplete_only_at_the_last_end() {
    let mut client = SimulatedClient::open(with_mark(Config { max_reconnects: Some(1), ..get() }));
    client.events();
    client.ends();
    let [Event::State { .. }, Event::Retry { error: None, .. }] = client.events()[..] else { panic!("no failure") };
    client.waits();
    client.answers(STREAM);
    client.events();
    client.ends();
    let events = client.events();
    let [
        Event::Failed { error: failure },
        Event::MaxReconnectsReached { attempts: 1 },
        Event::Close { reason: CloseReason::MaxReconnects, error: Some(expected), .. },
    ] = events[..]
    else {
        panic!("{events:?}");
    };
    assert_eq!((failure.code, failure), (Code::Incomplete, expected));
}

#[test]
fn an_answer_that_was_cut_off_by_a_lost_network_counts_no_attempt() {
    let mut client = SimulatedClient::open(with_mark(Config { max_reconnects: Some(0), ..subscription() }));
    client.happens(Input::Offline);
    client.events();
    client.ends();
    assert_eq!((client.events_in_words().as_str(), client.session.retry_count()), ("failed incomplete, state", 0));
}

#[test]
fn an_answer_with_its_mark_is_complete() {
    let mut client = SimulatedClient::open(with_mark(post()));
    client.happens(Input::Done(client.current()));
    assert_eq!(client.events_in_words(), "state, open, close done");
}

#[test]
fn the_second_chat_prompt_does_not_resume_the_answer_to_the_first() {
    let mut client = SimulatedClient::open(post());
    client.happens(Input::Resumable(true));
    client.happens(Input::Done(client.current()));
    client.happens(Input::Connect);
    client.cools_down();
    assert_eq!(client.sent.last().map(|sent| sent.fresh), Some(true));

    // Not even when it takes several attempts to get through.
    client.answers(error_page(429));
    client.waits();
    assert_eq!(client.sent.last().map(|sent| (sent.attempt, sent.fresh)), Some((1, true)));

    // And it is not repeated.
    client.answers(STREAM);
    client.events();
    client.fails(Code::Network);
    assert_eq!(client.events_in_words(), "failed network, close fatal");
}

#[test]
fn the_second_chat_prompt_is_new_even_after_a_reconnect_by_hand() {
    let mut client = SimulatedClient::open(post());
    client.happens(Input::Resumable(true));
    client.happens(Input::Done(client.current()));
    client.listens(|action| match action {
        Action::Emit(Event::State { .. }) => vec![Input::Reconnect],
        _ => vec![],
    });
    client.happens(Input::Connect);
    client.cools_down();
    assert_eq!(client.requests_sent(), 2);
    assert!(client.done.iter().any(|action| matches!(
        action,
        Action::Begin { attempt: 0, fresh: true, request } if request.0 > 1
    )));
}

#[test]
fn a_get_resumes_when_it_connects_again() {
    let mut client = SimulatedClient::open(get());
    client.happens(Input::Disconnect);
    client.happens(Input::Connect);
    client.cools_down();
    assert_eq!(client.sent.last().map(|sent| (sent.attempt, sent.fresh)), Some((0, false)));
}

fn never(config: Config) -> Config {
    Config {
        reconnect: Reconnect::Never,
        has_should_retry: true,
        can_refresh_token: true,
        close_when_hidden: true,
        ..config
    }
}

#[test]
fn reconnect_never_means_never() {
    let losses: [fn(&mut SimulatedClient); 6] = [
        SimulatedClient::ends,
        |client| client.fails(Code::Network),
        |client| client.fails(Code::Idle),
        |client| {
            client.reconnects();
            client.answers(error_page(429));
        },
        |client| {
            client.reconnects();
            client.answers(error_page(401));
        },
        |client| {
            client.reconnects();
            client.passes(300_000);
        },
    ];
    for config in [get(), post()] {
        for lose in losses {
            let mut client = SimulatedClient::open(never(config.clone()));
            client.decision = RetryDecision::Retry;
            lose(&mut client);
            client.passes(1_000_000);
            assert_eq!((client.state(), client.asked.len()), (State::Closed, 0));
        }
    }
}

#[test]
fn reconnect_never_means_never_when_the_page_is_hidden_or_offline() {
    for config in [get(), post()] {
        for progress in [Requesting, Validating, ReadingErrorBody, Streaming, Paused] {
            let mut client = Situation::First(progress).client(never(config.clone()));
            if client.is_streaming() {
                client.happens(Input::Resumable(true));
            }
            let request = client.current();
            for input in PAGE_INPUTS.into_iter().chain([Input::Pause, Input::BufferFull, Input::Resume]) {
                if input != Input::BufferFull || client.is_streaming() {
                    client.happens(input);
                }
                assert_eq!((client.current(), client.has_request()), (request, true), "{input:?} in {progress:?}");
            }
            assert_eq!(client.arrived, 1);
        }
    }
}

#[test]
fn reconnect_never_still_makes_the_one_request_after_the_page_was_away() {
    for progress in [Authorizing, RefreshingExpired] {
        let mut client = Situation::First(progress).client(never(get()));
        client.happens(Input::EnteredBfcache);
        client.gives_token();
        assert_eq!((client.arrived, client.has_request()), (0, false));
        client.happens(Input::LeftBfcache);
        client.gives_token();
        assert_eq!(client.arrived, 1, "{progress:?}");
    }
}

#[test]
fn reconnect_on_error_closes_after_a_clean_end() {
    let mut config = get();
    config.reconnect = Reconnect::OnError;
    let mut client = SimulatedClient::open(config.clone());
    client.ends();
    assert_eq!(client.events_in_words(), "state, open, close server");
    let mut client = SimulatedClient::open(config);
    client.fails(Code::Network);
    assert_eq!(client.state(), State::Reconnecting);
}

#[test]
fn max_reconnects_zero_allows_the_first_attempt_only() {
    let mut client = SimulatedClient::open(Config { max_reconnects: Some(0), ..get() });
    client.events();
    client.fails(Code::Network);
    assert_eq!(client.events_in_words(), "failed network, max-reconnects-reached, close max-reconnects");
    assert_eq!(client.requests_sent(), 1);
}

#[test]
fn max_reconnects_three_allows_four_attempts() {
    let mut client = SimulatedClient::connecting(Config { max_reconnects: Some(3), ..get() });
    for _ in 0..3 {
        client.fails(Code::Network);
        client.waits();
    }
    client.events();
    client.fails(Code::Network);
    let events = client.events();
    let [
        Event::Failed { error: expected },
        Event::MaxReconnectsReached { attempts: 3 },
        Event::Close { reason: CloseReason::MaxReconnects, error: Some(failure), .. },
    ] = events[..]
    else {
        panic!("{events:?}");
    };
    assert_eq!((expected, failure.attempt), (failure, 3));
    assert_eq!(client.requests_sent(), 4);
}

#[test]
fn max_reconnects_counts_clean_ends_too() {
    let mut client = SimulatedClient::open(Config { max_reconnects: Some(1), ..get() });
    client.ends();
    client.waits();
    client.answers(STREAM);
    client.events();
    client.ends();
    assert_eq!(client.events_in_words(), "max-reconnects-reached, close max-reconnects");
}

#[test]
fn the_count_of_reconnects_is_reset_by_a_stable_stream_and_by_a_reconnect_by_hand() {
    let mut client = SimulatedClient::open(Config { max_reconnects: Some(1), ..get() });
    for _ in 0..3 {
        client.fails(Code::Network);
        client.waits();
        client.answers(STREAM);
        client.passes(5000);
    }
    for _ in 0..3 {
        client.fails(Code::Network);
        client.reconnects();
        client.answers(STREAM);
    }
    assert_eq!(client.state(), State::Open);
}

#[test]
fn delays_grow_if_the_server_accepts_and_drops() {
    let mut client = SimulatedClient::open(without_jitter(get()));
    for expected in [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000] {
        client.passes(4999);
        client.fails(Code::Network);
        assert_eq!(client.waits(), expected);
        client.answers(STREAM);
    }
    client.passes(5000);
    assert_eq!(client.session.retry_count(), 0);
    client.fails(Code::Network);
    assert_eq!(client.waits(), 1000);
}

#[test]
fn delays_grow_if_the_server_accepts_and_ends() {
    let mut client = SimulatedClient::open(without_jitter(get()));
    for expected in [1000, 2000, 4000] {
        client.ends();
        assert_eq!(client.waits(), expected);
        client.answers(STREAM);
    }
}

#[test]
fn a_stable_stream_resets_the_count_even_if_the_page_slept_through_its_timer() {
    for lose in [SimulatedClient::ends as fn(&mut SimulatedClient), |client| client.fails(Code::Network)] {
        let mut client = Situation::Again(Streaming).client(without_jitter(get()));
        client.now += 5000;
        lose(&mut client);
        assert_eq!(client.next_attempt_in(), Some(1000));
        // The error is reported as if the timer had fired in time.
        let attempts = client.events().into_iter().filter_map(|event| match event {
            Event::Failed { error: failure } => Some(failure.attempt),
            _ => None,
        });
        assert!(attempts.into_iter().all(|attempt| attempt == 0));
    }
}

#[test]
fn time_in_one_stream_does_not_make_the_next_one_stable() {
    let mut client = Situation::Again(Streaming).client(get());
    client.fails(Code::Network);
    client.waits();
    client.answers(STREAM);
    assert_eq!(client.wakes_in(), Some(5000));
    assert_eq!(client.session.retry_count(), 2);
}

#[test]
fn a_first_attempt_that_fails_is_tried_again() {
    let mut client = SimulatedClient::connecting(get());
    client.fails(Code::Network);
    assert_eq!(client.events_in_words(), "state, failed network, state, retry");
    client.waits();
    let sent: Vec<_> = client.sent.iter().map(|sent| sent.attempt).collect();
    assert_eq!(sent, [0, 1]);
}

#[test]
fn a_timer_that_fires_early_changes_nothing() {
    let mut client = SimulatedClient::open(get());
    client.happens(Input::Reconnect);
    assert!(client.next_attempt_in().is_some(), "the cooldown after the last request");
    client.wakes();
    assert!(!client.has_request());
}
