//! What becomes of a stream that is lost, or that ends.

use sse_fetch::session::{CloseReason, Code, Config, Event, Head, Input, Reconnect, RetryDecision, State};

use crate::situation::Progress::{
    Authorizing, Paused, ReadingErrorBody, Refreshing, Renewing, Requesting, Streaming, Validating,
};
use crate::situation::Situation;
use crate::world::{Action, STREAM, World, error_page, get, post, subscription, without_jitter};

#[test]
fn server_drops_mid_stream_and_the_client_resumes() {
    let mut world = World::connecting(get());
    assert_eq!(world.state(), State::Connecting);
    world.answers(STREAM);
    assert_eq!(world.heard(), "state, open");

    world.fails(Code::Network);
    assert_eq!(world.heard(), "failed network, state, retry");
    assert_eq!((world.state(), world.has_request()), (State::Reconnecting, false));

    world.waits();
    assert_eq!(world.sent.last().map(|sent| (sent.attempt, sent.fresh)), Some((1, false)));
    world.answers(STREAM);
    assert_eq!(world.events(), [Event::Open { previous: State::Reconnecting, attempt: 1 }]);
}

/// fetch-event-source PR 7: a request that is not aborted before the retry leaves two open.
#[test]
fn a_request_is_aborted_before_the_retry() {
    let lost = [Authorizing, Renewing, Requesting, Refreshing, Validating, ReadingErrorBody, Streaming, Paused];
    for situation in lost.into_iter().flat_map(Situation::both) {
        let mut world = situation.world(Config { decides: true, ..get() });
        world.decision = RetryDecision::Retry;
        let request = world.current();
        world.fails(Code::Timeout);
        assert!(world.done.contains(&Action::Cancel(request)), "{situation:?}");
        assert!(!world.has_request() && world.next_attempt_in().is_some(), "{situation:?}");
        world.waits();
        assert!(world.current() != request);
    }
}

#[test]
fn the_client_tries_until_the_server_is_back() {
    let mut world = World::open(get());
    world.fails(Code::Network);
    for attempt in 1..=50 {
        assert_eq!(world.session.retry_count(), attempt);
        world.waits();
        world.answers(error_page(503));
    }
    world.waits();
    world.answers(STREAM);
    assert_eq!(world.state(), State::Open);
}

#[test]
fn a_get_is_asked_for_again_after_a_clean_end() {
    let mut world = World::open(get());
    world.events();
    world.ends();
    let notices = world.events();
    assert!(
        matches!(
            notices[..],
            [
                Event::State { state: State::Reconnecting, previous: State::Open },
                Event::Retry { attempt: 1, error: None, .. },
            ],
        ),
        "{notices:?}",
    );
    world.waits();
    assert_eq!(world.requests_sent(), 2);
}

#[test]
fn a_finished_post_is_not_asked_for_again() {
    for config in [post(), subscription()] {
        let mut world = World::open(config);
        world.happens(Input::Resumable(true));
        world.ends();
        assert_eq!(world.heard(), "state, open, close server");
    }
}

#[test]
fn a_post_with_reconnect_always_is_sent_again_after_every_end_with_and_without_ids() {
    for carries_ids in [true, false] {
        let mut config = post();
        config.reconnect = Reconnect::Always;
        let mut world = World::open(config);
        world.happens(Input::Resumable(carries_ids));
        world.ends();
        assert_eq!(world.heard(), "state, open, state, retry", "ids: {carries_ids}");
    }
}

/// Most servers number their events, and few continue a POST from an id.
#[test]
fn a_chat_prompt_is_not_sent_twice_once_its_stream_began_with_and_without_ids() {
    for code in Code::ALL {
        for carries_ids in [true, false] {
            let mut world = World::open(post());
            world.happens(Input::Resumable(carries_ids));
            world.events();
            world.fails(code);
            let notices = world.events();
            let [Event::Failed { error: failure }, Event::Close { reason: CloseReason::Fatal, .. }] = notices[..]
            else {
                panic!("{notices:?}");
            };
            assert_eq!(failure.retryable, is_passing(code), "{failure:?}");
            world.passes(1_000_000);
            assert_eq!(world.requests_sent(), 1);
        }
    }
}

/// Whether another attempt may succeed after a failure of this kind. Then the application may call `reconnect()`.
fn is_passing(code: Code) -> bool {
    matches!(code, Code::Network | Code::Timeout | Code::Idle | Code::Auth | Code::Incomplete)
}

#[test]
fn a_chat_prompt_is_not_sent_twice_while_its_answer_is_being_validated() {
    let mut world = Situation::First(Validating).world(post());
    world.passes(300_000);
    assert_eq!(world.heard(), "failed timeout, close fatal");
    assert_eq!(world.requests_sent(), 1);
}

#[test]
fn a_chat_prompt_is_not_sent_twice_when_the_application_refused_its_answer() {
    let mut world = Situation::First(Validating).world(Config { decides: true, ..post() });
    let request = world.sent[0].id;
    world.happens(Input::Validated(request, false));
    world.happens(Input::ErrorBodyRead(request));
    assert_eq!(world.heard(), "failed callback, close fatal");
    assert_eq!(world.requests_sent(), 1);
}

/// Some applications subscribe by POST, and their streams often carry no ids.
#[test]
fn a_subscription_by_post_is_asked_for_again_until_the_server_is_back() {
    for reconnect in [Reconnect::Always, Reconnect::OnError] {
        for carries_ids in [true, false] {
            let mut world = World::open(Config { reconnect, ..subscription() });
            world.happens(Input::Resumable(carries_ids));
            for _ in 0..3 {
                world.fails(Code::Network);
                world.waits();
                world.answers(error_page(504));
                world.waits();
                world.fails(Code::Network);
                world.waits();
                world.answers(STREAM);
            }
            assert_eq!(world.state(), State::Open);
            assert_eq!(world.sent.last().map(|sent| sent.fresh), Some(false));
        }
    }
}

/// A gateway whose server did not answer in time, or a connection that was reset: the server may still process the request.
#[test]
fn a_chat_prompt_without_an_answer_is_not_sent_twice() {
    let losses: [fn(&mut World); 6] = [
        |world| world.fails(Code::Network),
        |world| world.passes(300_000),
        |world| world.answers(error_page(408)),
        |world| world.answers(error_page(502)),
        |world| world.answers(error_page(503)),
        |world| world.answers(Head { retry_after: Some(1000), ..error_page(504) }),
    ];
    for lose in losses {
        for situation in Situation::both(Requesting) {
            let mut world = situation.world(post());
            let arrived = world.arrived;
            lose(&mut world);
            let notices = world.events();
            let [Event::Failed { error: failure }, Event::Close { reason: CloseReason::Fatal, .. }] = notices[..]
            else {
                panic!("{notices:?}");
            };
            assert!(failure.retryable, "the application may want to send it again");
            world.passes(1_000_000);
            assert_eq!(world.arrived, arrived);
        }
    }
}

#[test]
fn a_chat_prompt_that_the_server_did_not_process_is_sent_again() {
    let busy = Head { retry_after: Some(1000), ..error_page(503) };
    for head in [error_page(425), error_page(429), busy] {
        let mut world = World::connecting(post());
        for _ in 0..5 {
            world.answers(head);
            world.waits();
        }
        world.answers(STREAM);
        assert_eq!((world.state(), world.arrived), (State::Open, 6), "{head:?}");
    }
}

#[test]
fn a_chat_prompt_that_the_server_does_not_process_is_given_up_after_five_more() {
    let mut world = World::connecting(post());
    for _ in 0..5 {
        world.answers(error_page(429));
        world.waits();
    }
    world.events();
    world.answers(error_page(429));
    assert_eq!(world.heard(), "failed status, max-reconnects-reached, close max-reconnects");
}

#[test]
fn a_chat_prompt_that_was_not_sent_yet_is_made_anew() {
    for situation in [Authorizing, Renewing, Refreshing].into_iter().flat_map(Situation::both) {
        for lose in [|world: &mut World| world.fails(Code::Auth), |world: &mut World| world.passes(300_000)] {
            let mut world = situation.world(post());
            lose(&mut world);
            assert!(world.heard().ends_with("retry"), "{situation:?}");
            world.waits();
            world.answers(STREAM);
            assert_eq!(world.state(), State::Open, "{situation:?}");
        }
    }
}

/// The functions for headers and body may need a server too.
#[test]
fn a_request_whose_headers_function_rejected_is_tried_again() {
    for config in [get(), post()] {
        let mut world = World::new(without_jitter(config));
        world.is_slow = true;
        world.happens(Input::Connect);
        for delay in [1000, 2000, 4000] {
            world.happens(Input::Rejected(world.current()));
            let notices = world.events();
            let failure = notices.iter().find_map(|notice| match notice {
                Event::Failed { error: failure } => Some(failure),
                _ => None,
            });
            assert_eq!(failure.map(|failure| (failure.code, failure.retryable)), Some((Code::Callback, true)));
            assert_eq!(world.waits(), delay);
        }
        world.answers(STREAM);
        assert_eq!((world.state(), world.arrived), (State::Open, 1));
    }
}

#[test]
fn a_headers_function_that_rejects_offline_counts_no_attempt() {
    let mut world = World::new(get());
    world.is_slow = true;
    world.happens(Input::Offline);
    world.happens(Input::Connect);
    world.happens(Input::Rejected(world.current()));
    assert_eq!((world.heard().as_str(), world.session.retry_count()), ("state, failed callback, state", 0));
    world.happens(Input::Online);
    assert!(world.has_request());
}

// Streams that have a mark at their end (`until`).

fn with_mark(config: Config) -> Config {
    Config { expects_mark: true, ..config }
}

/// nginx with HTTP/1.0 to its upstream, Caddy and others end a response without an error when the server broke it off.
#[test]
fn an_answer_that_was_cut_off_is_not_taken_for_a_whole_one() {
    let never = Config { reconnect: Reconnect::Never, ..get() };
    for config in [post(), never] {
        let mut world = World::open(with_mark(config));
        world.events();
        world.ends();
        let notices = world.events();
        let [Event::Failed { error: failure }, Event::Close { reason: CloseReason::Fatal, error: Some(told), .. }] =
            notices[..]
        else {
            panic!("{notices:?}");
        };
        assert_eq!((failure.code, failure.retryable, failure), (Code::Incomplete, true, told));
    }
}

#[test]
fn an_answer_that_was_cut_off_is_asked_for_again_where_failures_are() {
    let mut world = World::open(with_mark(subscription()));
    world.events();
    world.ends();
    assert_eq!(world.heard(), "failed incomplete, state, retry");
}

#[test]
fn a_stream_that_is_always_asked_for_again_is_incomplete_only_at_the_last_end() {
    let mut world = World::open(with_mark(Config { max_reconnects: Some(1), ..get() }));
    world.events();
    world.ends();
    let [Event::State { .. }, Event::Retry { error: None, .. }] = world.events()[..] else { panic!("no failure") };
    world.waits();
    world.answers(STREAM);
    world.events();
    world.ends();
    let notices = world.events();
    let [
        Event::Failed { error: failure },
        Event::MaxReconnectsReached { attempts: 1 },
        Event::Close { reason: CloseReason::MaxReconnects, error: Some(told), .. },
    ] = notices[..]
    else {
        panic!("{notices:?}");
    };
    assert_eq!((failure.code, failure), (Code::Incomplete, told));
}

#[test]
fn an_answer_that_was_cut_off_by_a_lost_network_counts_no_attempt() {
    let mut world = World::open(with_mark(Config { max_reconnects: Some(0), ..subscription() }));
    world.happens(Input::Offline);
    world.events();
    world.ends();
    assert_eq!((world.heard().as_str(), world.session.retry_count()), ("failed incomplete, state", 0));
}

#[test]
fn a_whole_answer_is_not_incomplete() {
    let mut world = World::open(with_mark(post()));
    world.happens(Input::Done(world.current()));
    assert_eq!(world.heard(), "state, open, close done");
}

#[test]
fn the_second_chat_prompt_does_not_resume_the_answer_to_the_first() {
    let mut world = World::open(post());
    world.happens(Input::Resumable(true));
    world.happens(Input::Done(world.current()));
    world.happens(Input::Connect);
    world.settles();
    assert_eq!(world.sent.last().map(|sent| sent.fresh), Some(true));

    // Not even when it takes several attempts to get through.
    world.answers(error_page(429));
    world.waits();
    assert_eq!(world.sent.last().map(|sent| (sent.attempt, sent.fresh)), Some((1, true)));

    // And it is not repeated.
    world.answers(STREAM);
    world.events();
    world.fails(Code::Network);
    assert_eq!(world.heard(), "failed network, close fatal");
}

#[test]
fn the_second_chat_prompt_is_fresh_even_if_it_is_hurried_at_once() {
    let mut world = World::open(post());
    world.happens(Input::Resumable(true));
    world.happens(Input::Done(world.current()));
    world.listens(|command| match command {
        Action::Emit(Event::State { .. }) => vec![Input::Reconnect],
        _ => vec![],
    });
    world.happens(Input::Connect);
    world.settles();
    assert_eq!(world.requests_sent(), 2);
    assert!(world.done.iter().any(|command| matches!(
        command,
        Action::Begin { attempt: 0, fresh: true, request } if request.0 > 1
    )));
}

#[test]
fn a_get_goes_on_where_it_was_when_it_connects_again() {
    let mut world = World::open(get());
    world.happens(Input::Disconnect);
    world.happens(Input::Connect);
    world.settles();
    assert_eq!(world.sent.last().map(|sent| (sent.attempt, sent.fresh)), Some((0, false)));
}

fn never(config: Config) -> Config {
    Config { reconnect: Reconnect::Never, decides: true, refreshes_token: true, close_when_hidden: true, ..config }
}

#[test]
fn reconnect_never_means_never() {
    let losses: [fn(&mut World); 6] = [
        World::ends,
        |world| world.fails(Code::Network),
        |world| world.fails(Code::Idle),
        |world| {
            world.reconnects();
            world.answers(error_page(429));
        },
        |world| {
            world.reconnects();
            world.answers(error_page(401));
        },
        |world| {
            world.reconnects();
            world.passes(300_000);
        },
    ];
    for config in [get(), post()] {
        for lose in losses {
            let mut world = World::open(never(config.clone()));
            world.decision = RetryDecision::Retry;
            lose(&mut world);
            world.passes(1_000_000);
            assert_eq!((world.state(), world.asked.len()), (State::Closed, 0));
        }
    }
}

#[test]
fn reconnect_never_means_never_whatever_the_page_goes_through() {
    for config in [get(), post()] {
        for progress in [Requesting, Validating, ReadingErrorBody, Streaming, Paused] {
            let mut world = Situation::First(progress).world(never(config.clone()));
            if world.is_streaming() {
                world.happens(Input::Resumable(true));
            }
            let request = world.current();
            for input in [
                Input::Offline,
                Input::Online,
                Input::Hidden,
                Input::Visible,
                Input::EnteredBfcache,
                Input::LeftBfcache,
                Input::Pause,
                Input::BufferFull,
                Input::Resume,
            ] {
                if input != Input::BufferFull || world.is_streaming() {
                    world.happens(input);
                }
                assert_eq!((world.current(), world.has_request()), (request, true), "{input:?} in {progress:?}");
            }
            assert_eq!(world.arrived, 1);
        }
    }
}

#[test]
fn reconnect_never_still_makes_the_one_request_after_the_page_was_away() {
    for progress in [Authorizing, Renewing] {
        let mut world = Situation::First(progress).world(never(get()));
        world.happens(Input::EnteredBfcache);
        world.gives_token();
        assert_eq!((world.arrived, world.has_request()), (0, false));
        world.happens(Input::LeftBfcache);
        world.gives_token();
        assert_eq!(world.arrived, 1, "{progress:?}");
    }
}

#[test]
fn reconnect_on_error_takes_a_clean_end_for_the_end() {
    let mut config = get();
    config.reconnect = Reconnect::OnError;
    let mut world = World::open(config.clone());
    world.ends();
    assert_eq!(world.heard(), "state, open, close server");
    let mut world = World::open(config);
    world.fails(Code::Network);
    assert_eq!(world.state(), State::Reconnecting);
}

#[test]
fn max_reconnects_zero_allows_the_first_attempt_only() {
    let mut config = get();
    config.max_reconnects = Some(0);
    let mut world = World::open(config);
    world.events();
    world.fails(Code::Network);
    assert_eq!(world.heard(), "failed network, max-reconnects-reached, close max-reconnects");
    assert_eq!(world.requests_sent(), 1);
}

#[test]
fn max_reconnects_three_allows_four_attempts() {
    let mut config = get();
    config.max_reconnects = Some(3);
    let mut world = World::connecting(config);
    for _ in 0..3 {
        world.fails(Code::Network);
        world.waits();
    }
    world.events();
    world.fails(Code::Network);
    let notices = world.events();
    let [
        Event::Failed { error: told },
        Event::MaxReconnectsReached { attempts: 3 },
        Event::Close { reason: CloseReason::MaxReconnects, error: Some(failure), .. },
    ] = notices[..]
    else {
        panic!("{notices:?}");
    };
    assert_eq!((told, failure.attempt), (failure, 3));
    assert_eq!(world.requests_sent(), 4);
}

#[test]
fn max_reconnects_counts_clean_ends_too() {
    let mut config = get();
    config.max_reconnects = Some(1);
    let mut world = World::open(config);
    world.ends();
    world.waits();
    world.answers(STREAM);
    world.events();
    world.ends();
    assert_eq!(world.heard(), "max-reconnects-reached, close max-reconnects");
}

#[test]
fn max_reconnects_counts_anew_after_a_stable_stream_and_after_a_reconnect_by_hand() {
    let mut config = get();
    config.max_reconnects = Some(1);
    let mut world = World::open(config);
    for _ in 0..3 {
        world.fails(Code::Network);
        world.waits();
        world.answers(STREAM);
        world.passes(5000);
    }
    for _ in 0..3 {
        world.fails(Code::Network);
        world.reconnects();
        world.answers(STREAM);
    }
    assert_eq!(world.state(), State::Open);
}

#[test]
fn a_server_that_accepts_and_drops_is_not_hammered() {
    let mut world = World::open(without_jitter(get()));
    for expected in [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000] {
        world.passes(4999);
        world.fails(Code::Network);
        assert_eq!(world.waits(), expected);
        world.answers(STREAM);
    }
    world.passes(5000);
    assert_eq!(world.session.retry_count(), 0);
    world.fails(Code::Network);
    assert_eq!(world.waits(), 1000);
}

#[test]
fn a_server_that_accepts_and_ends_is_not_hammered() {
    let mut world = World::open(without_jitter(get()));
    for expected in [1000, 2000, 4000] {
        world.ends();
        assert_eq!(world.waits(), expected);
        world.answers(STREAM);
    }
}

#[test]
fn a_stable_stream_is_forgiven_though_the_page_slept_through_its_timer() {
    for lose in [World::ends as fn(&mut World), |world| world.fails(Code::Network)] {
        let mut world = Situation::Again(Streaming).world(without_jitter(get()));
        world.now += 5000;
        lose(&mut world);
        assert_eq!(world.next_attempt_in(), Some(1000));
        // And the error is told as if the timer had come in time.
        let attempts = world.events().into_iter().filter_map(|notice| match notice {
            Event::Failed { error: failure } => Some(failure.attempt),
            _ => None,
        });
        assert!(attempts.into_iter().all(|attempt| attempt == 0));
    }
}

#[test]
fn a_stable_timer_that_is_late_does_not_bless_the_next_stream() {
    let mut world = Situation::Again(Streaming).world(get());
    world.fails(Code::Network);
    world.waits();
    world.answers(STREAM);
    assert_eq!(world.wakes_in(), Some(5000));
    assert_eq!(world.session.retry_count(), 2);
}

#[test]
fn a_first_attempt_that_fails_is_tried_again() {
    let mut world = World::connecting(get());
    world.fails(Code::Network);
    assert_eq!(world.heard(), "state, failed network, state, retry");
    world.waits();
    let sent: Vec<_> = world.sent.iter().map(|sent| sent.attempt).collect();
    assert_eq!(sent, [0, 1]);
}

#[test]
fn a_wake_up_before_its_time_changes_nothing() {
    let mut world = World::open(get());
    world.happens(Input::Reconnect);
    assert!(world.next_attempt_in().is_some(), "the server is to see the end of the last request");
    world.wakes();
    assert!(!world.has_request());
}
