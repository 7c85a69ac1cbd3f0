//! What becomes of a stream that is lost, or that ends.

use sse_fetch::session::{CloseReason, Code, Command, Config, Input, Notice, Reconnect, State, Timer, Verdict};

use crate::situation::Progress::{
    Authorizing, Paused, ReadingErrorBody, Refreshing, Renewing, Requesting, Streaming, Validating,
};
use crate::situation::Situation;
use crate::world::{STREAM, World, error_page, get, post, without_jitter};

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
    assert_eq!(world.notices(), [Notice::Open { previous: State::Reconnecting, attempt: 1 }]);
}

/// fetch-event-source PR 7: a request that is not aborted before the retry leaves two open.
#[test]
fn a_request_is_aborted_before_the_retry() {
    let lost = [Authorizing, Renewing, Requesting, Refreshing, Validating, ReadingErrorBody, Streaming, Paused];
    for situation in lost.into_iter().flat_map(Situation::both) {
        let mut world = situation.world(Config { judges: true, ..get() });
        world.verdict = Verdict::Retry;
        let request = world.current();
        world.fails(Code::Timeout);
        assert!(world.done.contains(&Command::Cancel(request)), "{situation:?}");
        assert!(!world.has_request() && world.timer(Timer::Retry).is_some(), "{situation:?}");
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
    world.notices();
    world.ends();
    let notices = world.notices();
    assert!(
        matches!(
            notices[..],
            [
                Notice::State { state: State::Reconnecting, previous: State::Open },
                Notice::Retry { attempt: 1, failure: None, .. },
            ],
        ),
        "{notices:?}",
    );
    world.waits();
    assert_eq!(world.requests_sent(), 2);
}

#[test]
fn a_finished_post_is_not_asked_for_again() {
    let mut world = World::open(post());
    world.happens(Input::Resumable(true));
    world.ends();
    assert_eq!(world.heard(), "state, open, close server");
}

#[test]
fn a_post_that_wants_every_end_mended_is_resumed_but_never_repeated() {
    for (carries_ids, told) in [(true, "state, open, state, retry"), (false, "state, open, close server")] {
        let mut config = post();
        config.reconnect = Reconnect::Always;
        let mut world = World::open(config);
        world.happens(Input::Resumable(carries_ids));
        world.ends();
        assert_eq!(world.heard(), told, "ids: {carries_ids}");
    }
}

#[test]
fn a_chat_prompt_is_not_sent_twice_once_its_stream_began() {
    for code in Code::ALL {
        let mut world = World::open(post());
        world.notices();
        world.fails(code);
        let notices = world.notices();
        let [Notice::Failed(failure), Notice::Close { reason: CloseReason::Fatal, .. }] = notices[..] else {
            panic!("{notices:?}");
        };
        assert!(!failure.retryable, "{failure:?}");
        world.passes(1_000_000);
        assert_eq!(world.requests_sent(), 1);
    }
}

#[test]
fn a_chat_prompt_is_not_sent_twice_while_its_answer_is_being_validated() {
    let mut world = Situation::First(Validating).world(post());
    world.passes(30_000);
    assert_eq!(world.heard(), "failed timeout, close fatal");
    assert_eq!(world.requests_sent(), 1);
}

#[test]
fn a_chat_prompt_is_not_sent_twice_when_the_application_refused_its_answer() {
    let mut world = Situation::First(Validating).world(Config { judges: true, ..post() });
    world.verdict = Verdict::Retry;
    let request = world.sent[0].id;
    world.happens(Input::Validated(request, false));
    world.happens(Input::ErrorBodyRead(request));
    assert_eq!(world.heard(), "failed callback, close fatal");
    assert_eq!(world.requests_sent(), 1);
}

#[test]
fn it_is_resumed_when_the_stream_carried_ids() {
    let mut world = World::open(post());
    world.happens(Input::Resumable(true));
    for _ in 0..3 {
        world.fails(Code::Network);
        world.waits();
        world.answers(error_page(503));
        world.waits();
        world.answers(STREAM);
    }
    assert_eq!(world.state(), State::Open);
    assert_eq!(world.sent.last().map(|sent| sent.fresh), Some(false));
}

#[test]
fn it_is_not_resumed_when_the_stream_took_its_id_back() {
    let mut world = World::open(post());
    world.happens(Input::Resumable(true));
    world.happens(Input::Resumable(false));
    world.fails(Code::Network);
    assert_eq!(world.heard(), "state, open, failed network, close fatal");
}

#[test]
fn a_chat_prompt_that_never_reached_its_stream_is_sent_again() {
    for lost in Situation::both(Requesting) {
        let mut world = lost.world(post());
        world.fails(Code::Network);
        world.waits();
        world.answers(error_page(503));
        world.waits();
        world.answers(STREAM);
        assert_eq!(world.state(), State::Open);
    }
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
    world.answers(error_page(503));
    world.waits();
    assert_eq!(world.sent.last().map(|sent| (sent.attempt, sent.fresh)), Some((1, true)));

    // And having no ids of its own it is not repeated.
    world.answers(STREAM);
    world.notices();
    world.fails(Code::Network);
    assert_eq!(world.heard(), "failed network, close fatal");
}

#[test]
fn the_second_chat_prompt_is_fresh_even_if_it_is_hurried_at_once() {
    let mut world = World::open(post());
    world.happens(Input::Resumable(true));
    world.happens(Input::Done(world.current()));
    world.listens(|command| match command {
        Command::Tell(Notice::State { .. }) => vec![Input::Reconnect],
        _ => vec![],
    });
    world.happens(Input::Connect);
    world.settles();
    assert_eq!(world.requests_sent(), 2);
    assert!(world.done.iter().any(|command| matches!(
        command,
        Command::Open { attempt: 0, fresh: true, request } if request.0 > 1
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

#[test]
fn reconnect_never_means_never() {
    for config in [get(), post()] {
        for lose in [World::ends as fn(&mut World), |world| world.fails(Code::Network)] {
            let mut config = config.clone();
            config.reconnect = Reconnect::Never;
            let mut world = World::open(config);
            lose(&mut world);
            assert_eq!(world.state(), State::Closed);
        }
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
    world.notices();
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
    world.notices();
    world.fails(Code::Network);
    let notices = world.notices();
    let [
        Notice::Failed(told),
        Notice::MaxReconnectsReached { attempts: 3 },
        Notice::Close { reason: CloseReason::MaxReconnects, failure: Some(failure), .. },
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
    world.notices();
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
        assert_eq!(world.timer(Timer::Retry), Some(1000));
        // And the error is told as if the timer had come in time.
        let attempts = world.notices().into_iter().filter_map(|notice| match notice {
            Notice::Failed(failure) => Some(failure.attempt),
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
    assert_eq!(world.timer(Timer::Stable), Some(5000));
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
fn a_clock_that_stands_still_keeps_nobody_waiting() {
    let mut world = World::open(get());
    world.happens(Input::Reconnect);
    assert!(world.timer(Timer::Retry).is_some(), "the server is to see the end of the last request");
    world.happens(Input::Fired(Timer::Retry));
    assert!(world.has_request());
}
