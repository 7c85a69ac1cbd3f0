//! Responses that are no stream, validation by the application, and attempts that take too long.

use sse_fetch::session::{CloseReason, Code, Config, Event, Failure, Head, Input, State, Step};

use crate::situation::Progress::{Authorizing, ReadingErrorBody, Refreshing, Renewing, Requesting, Validating};
use crate::situation::Situation;
use crate::world::{Action, STREAM, World, error_page, get, post, subscription};

/// The rules of API.md, "What is retried", once more and independently.
fn is_retried(status: u16) -> bool {
    status == 408 || status == 425 || status == 429 || (500..600).contains(&status)
}

#[test]
fn every_status_is_treated_as_documented() {
    for status in 100..600 {
        for event_stream in [true, false] {
            let mut world = World::connecting(get());
            world.events();
            world.answers(Head { status, event_stream, retry_after: None });
            let expected = match status {
                200 if event_stream => "open",
                200 => "failed content-type, close fatal",
                204 => "close no-content",
                _ if is_retried(status) => "failed status, state, retry",
                _ => "failed status, close fatal",
            };
            assert_eq!(world.heard(), expected, "{status}, event stream: {event_stream}");
        }
    }
}

#[test]
fn a_post_is_sent_again_only_after_statuses_that_say_that_it_was_not_processed() {
    for status in 100..600 {
        for retry_after in [None, Some(1000)] {
            let mut world = World::connecting(post());
            world.answers(Head { retry_after, ..error_page(status) });
            let is_unprocessed = matches!(status, 425 | 429) || (status == 503 && retry_after.is_some());
            assert_eq!(world.state() == State::Reconnecting, is_unprocessed, "{status} {retry_after:?}");
        }
    }
}

#[test]
fn a_subscription_by_post_is_asked_for_again_after_the_same_statuses_as_a_get() {
    for status in (100..600).filter(|&status| status != 200) {
        let mut world = World::connecting(subscription());
        world.answers(error_page(status));
        assert_eq!(world.state() == State::Reconnecting, is_retried(status), "{status}");
    }
}

/// `NestJS` answers a `@Post` with 201.
#[test]
fn a_stream_in_answer_to_a_post_may_have_any_successful_status_that_has_content() {
    for status in (100..600).filter(|&status| !is_retried(status)) {
        for event_stream in [true, false] {
            let mut world = World::connecting(post());
            world.events();
            world.answers(Head { status, event_stream, retry_after: None });
            let expected = match status {
                204 => "close no-content",
                205 => "failed status, close fatal",
                200..=299 if event_stream => "open",
                200..=299 => "failed content-type, close fatal",
                _ => "failed status, close fatal",
            };
            assert_eq!(world.heard(), expected, "{status}, event stream: {event_stream}");
        }
    }
}

#[test]
fn without_reading_error_bodies_an_error_is_reported_at_its_head() {
    for (status, told) in [(404, "failed status, close fatal"), (503, "failed status, state, retry")] {
        let mut world = World::connecting(Config { reads_error_bodies: false, ..get() });
        world.events();
        let request = world.current();
        world.happens(Input::Head(request, error_page(status)));
        assert_eq!(world.heard(), told);
        assert!(world.done.contains(&Action::Cancel(request)));
        assert_eq!(world.count(|command| matches!(command, Action::Take(_, Step::ErrorBody))), 0);
    }
}

#[test]
fn without_reading_error_bodies_a_refusal_by_validate_is_reported_at_once() {
    let mut world = World::connecting(Config { reads_error_bodies: false, validates: true, ..get() });
    world.events();
    world.answers(STREAM);
    world.happens(Input::Validated(world.current(), false));
    assert_eq!(world.heard(), "failed callback, close fatal");
}

#[test]
fn with_validation_the_application_sees_what_is_not_passing_trouble() {
    for status in 100..600 {
        for accepts in [true, false] {
            let mut config = get();
            config.validates = true;
            let mut world = World::connecting(config);
            world.events();
            world.answers(error_page(status));
            let is_asked = status != 204 && !is_retried(status);
            assert_eq!(world.is_judging_response(), is_asked, "{status}");
            world.happens(Input::Validated(world.current(), accepts));
            world.happens(Input::ErrorBodyRead(world.current()));
            let expected = match status {
                204 => "close no-content",
                _ if is_retried(status) => "failed status, state, retry",
                _ if accepts => "open",
                _ => "failed callback, close fatal",
            };
            assert_eq!(world.heard(), expected, "{status}, accepted: {accepts}");
        }
    }
}

#[test]
fn an_error_names_its_status_and_whether_another_attempt_may_help() {
    for (status, retryable) in [(404, false), (503, true)] {
        let mut world = World::connecting(get());
        world.events();
        world.answers(Head { retry_after: Some(9000), ..error_page(status) });
        let expected =
            Failure { code: Code::Status, status: Some(status), retryable, attempt: 0, retry_after: Some(9000) };
        assert_eq!(world.events()[0], Event::Failed { error: expected });
    }
}

#[test]
fn every_kind_of_failure_is_retried_or_not_as_documented() {
    for code in Code::ALL {
        let mut world = World::open(get());
        world.events();
        world.fails(code);
        let retried = matches!(code, Code::Network | Code::Timeout | Code::Idle | Code::Auth | Code::Incomplete);
        let rest = if retried { "state, retry" } else { "close fatal" };
        assert_eq!(world.heard(), format!("failed {code}, {rest}"));
    }
}

#[test]
fn the_reason_of_an_error_is_read_before_the_error_is_told() {
    let mut world = World::connecting(get());
    world.events();
    world.happens(Input::Head(world.current(), error_page(503)));
    assert!(world.done.contains(&Action::Take(world.current(), Step::ErrorBody)));
    assert_eq!((world.heard().as_str(), world.state()), ("", State::Connecting));
    world.happens(Input::ErrorBodyRead(world.current()));
    assert_eq!(world.heard(), "failed status, state, retry");
    assert!(!world.has_request());
}

#[test]
fn an_error_whose_body_hangs_is_told_all_the_same() {
    for (timeout, situation) in [(30_000, Situation::First(ReadingErrorBody)), (0, Situation::Again(ReadingErrorBody))]
    {
        let mut config = get();
        config.connect_timeout = timeout;
        let mut world = situation.world(config);
        world.passes(3000);
        assert_eq!(world.heard(), "failed status, close fatal");
        assert!(!world.has_request());
    }
}

#[test]
fn an_error_whose_body_breaks_is_told_as_the_error_it_was() {
    for code in Code::ALL {
        let mut world = Situation::First(ReadingErrorBody).world(get());
        world.fails(code);
        assert_eq!(world.heard(), "failed status, close fatal");
    }
}

#[test]
fn an_attempt_that_takes_too_long_is_given_up_for_another() {
    let takes_long = [Authorizing, Renewing, Requesting, Refreshing, Validating];
    for situation in takes_long.into_iter().flat_map(Situation::both) {
        let mut world = situation.world(get());
        let request = world.current();
        world.passes(29_999);
        assert_eq!(world.heard(), "");
        world.passes(1);
        assert!(world.heard().starts_with("failed timeout, "), "{situation:?}");
        assert_eq!(world.state(), State::Reconnecting);
        assert!(world.done.contains(&Action::Cancel(request)));
        world.waits();
        world.answers(STREAM);
    }
}

#[test]
fn a_validation_shares_the_time_of_its_attempt() {
    let mut config = get();
    config.validates = true;
    let mut world = World::connecting(config);
    world.passes(20_000);
    world.answers(STREAM);
    assert_eq!(world.wakes_in(), Some(10_000));
}

#[test]
fn without_a_connect_timeout_an_attempt_may_take_for_ever() {
    let mut config = get();
    config.connect_timeout = 0;
    config.validates = true;
    let mut world = World::connecting(config);
    world.passes(u64::MAX / 2);
    world.answers(STREAM);
    world.passes(u64::MAX / 4);
    world.happens(Input::Validated(world.current(), true));
    assert_eq!(world.state(), State::Open);
}

#[test]
fn without_an_idle_timeout_an_open_stream_may_be_silent_for_ever() {
    let mut world = World::open(get());
    world.events();
    world.passes(u64::MAX / 2);
    assert_eq!((world.state(), world.heard().as_str()), (State::Open, ""));
}

#[test]
fn a_204_ends_a_session_that_was_reconnecting_too() {
    let mut world = Situation::Again(Requesting).world(get());
    world.answers(error_page(204));
    assert_eq!(
        world.events(),
        [Event::Close { previous: State::Reconnecting, reason: CloseReason::NoContent, error: None }],
    );
}
