//! Responses that are not a stream, validation by the application, and attempts that take too long.

use sse_fetch::session::{CloseReason, Code, Config, Event, Failure, Head, Input, State, Step};

use crate::simulated_client::{Action, STREAM, SimulatedClient, error_page, get, post, subscription};
use crate::situation::Progress::{
    Authorizing, ReadingErrorBody, Refreshing, RefreshingExpired, Requesting, Validating,
};
use crate::situation::Situation;

/// The statuses that the documentation says are retried, independently of `policy.rs`.
fn is_retried(status: u16) -> bool {
    status == 408 || status == 425 || status == 429 || (500..600).contains(&status)
}

#[test]
fn every_status_is_treated_as_documented() {
    for status in 100..600 {
        for event_stream in [true, false] {
            let mut client = SimulatedClient::connecting(get());
            client.events();
            client.answers(Head { status, event_stream, retry_after: None });
            let expected = match status {
                200 if event_stream => "open",
                200 => "failed content-type, close fatal",
                204 => "close no-content",
                _ if is_retried(status) => "failed status, state, retry",
                _ => "failed status, close fatal",
            };
            assert_eq!(client.events_in_words(), expected, "{status}, event stream: {event_stream}");
        }
    }
}

#[test]
fn a_post_is_sent_again_only_after_statuses_that_say_that_it_was_not_processed() {
    for status in 100..600 {
        for retry_after in [None, Some(1000)] {
            let mut client = SimulatedClient::connecting(post());
            client.answers(Head { retry_after, ..error_page(status) });
            let is_unprocessed = matches!(status, 425 | 429) || (status == 503 && retry_after.is_some());
            assert_eq!(client.state() == State::Reconnecting, is_unprocessed, "{status} {retry_after:?}");
        }
    }
}

#[test]
fn a_subscription_by_post_is_asked_for_again_after_the_same_statuses_as_a_get() {
    for status in (100..600).filter(|&status| status != 200) {
        let mut client = SimulatedClient::connecting(subscription());
        client.answers(error_page(status));
        assert_eq!(client.state() == State::Reconnecting, is_retried(status), "{status}");
    }
}

/// `NestJS` answers a `@Post` with 201.
#[test]
fn a_stream_in_answer_to_a_post_may_have_any_successful_status_that_has_content() {
    for status in (100..600).filter(|&status| !is_retried(status)) {
        for event_stream in [true, false] {
            let mut client = SimulatedClient::connecting(post());
            client.events();
            client.answers(Head { status, event_stream, retry_after: None });
            let expected = match status {
                204 => "close no-content",
                205 => "failed status, close fatal",
                200..=299 if event_stream => "open",
                200..=299 => "failed content-type, close fatal",
                _ => "failed status, close fatal",
            };
            assert_eq!(client.events_in_words(), expected, "{status}, event stream: {event_stream}");
        }
    }
}

#[test]
fn without_reading_error_bodies_an_error_is_reported_at_its_head() {
    for (status, expected) in [(404, "failed status, close fatal"), (503, "failed status, state, retry")] {
        let mut client = SimulatedClient::connecting(Config { reads_error_bodies: false, ..get() });
        client.events();
        let request = client.current();
        client.happens(Input::Head(request, error_page(status)));
        assert_eq!(client.events_in_words(), expected);
        assert!(client.done.contains(&Action::Cancel(request)));
        assert_eq!(client.count(|action| matches!(action, Action::Take(_, Step::ErrorBody))), 0);
    }
}

#[test]
fn without_reading_error_bodies_a_refusal_by_validate_is_reported_at_once() {
    let mut client = SimulatedClient::connecting(Config { reads_error_bodies: false, has_validate: true, ..get() });
    client.events();
    client.answers(STREAM);
    client.happens(Input::Validated(client.current(), false));
    assert_eq!(client.events_in_words(), "failed callback, close fatal");
}

#[test]
fn with_validation_the_application_gets_all_responses_but_204_and_transient_errors() {
    for status in 100..600 {
        for accepts in [true, false] {
            let mut client = SimulatedClient::connecting(Config { has_validate: true, ..get() });
            client.events();
            client.answers(error_page(status));
            let is_asked = status != 204 && !is_retried(status);
            assert_eq!(client.is_validating(), is_asked, "{status}");
            client.happens(Input::Validated(client.current(), accepts));
            client.happens(Input::ErrorBodyRead(client.current()));
            let expected = match status {
                204 => "close no-content",
                _ if is_retried(status) => "failed status, state, retry",
                _ if accepts => "open",
                _ => "failed callback, close fatal",
            };
            assert_eq!(client.events_in_words(), expected, "{status}, accepted: {accepts}");
        }
    }
}

#[test]
fn an_error_names_its_status_and_whether_another_attempt_may_help() {
    for (status, retryable) in [(404, false), (503, true)] {
        let mut client = SimulatedClient::connecting(get());
        client.events();
        client.answers(Head { retry_after: Some(9000), ..error_page(status) });
        let expected =
            Failure { code: Code::Status, status: Some(status), retryable, attempt: 0, retry_after: Some(9000) };
        assert_eq!(client.events()[0], Event::Failed { error: expected });
    }
}

#[test]
fn every_kind_of_failure_is_retried_or_not_as_documented() {
    for code in Code::ALL {
        let mut client = SimulatedClient::open(get());
        client.events();
        client.fails(code);
        let retried = matches!(code, Code::Network | Code::Timeout | Code::Idle | Code::Auth | Code::Incomplete);
        let rest = if retried { "state, retry" } else { "close fatal" };
        assert_eq!(client.events_in_words(), format!("failed {code}, {rest}"));
    }
}

#[test]
fn the_body_of_an_error_is_read_before_the_error_is_reported() {
    let mut client = SimulatedClient::connecting(get());
    client.events();
    client.happens(Input::Head(client.current(), error_page(503)));
    assert!(client.done.contains(&Action::Take(client.current(), Step::ErrorBody)));
    assert_eq!((client.events_in_words().as_str(), client.state()), ("", State::Connecting));
    client.happens(Input::ErrorBodyRead(client.current()));
    assert_eq!(client.events_in_words(), "failed status, state, retry");
    assert!(!client.has_request());
}

#[test]
fn an_error_whose_body_hangs_is_reported() {
    for (timeout, situation) in [(30_000, Situation::First(ReadingErrorBody)), (0, Situation::Again(ReadingErrorBody))]
    {
        let mut client = situation.client(Config { connect_timeout: timeout, ..get() });
        client.passes(3000);
        assert_eq!(client.events_in_words(), "failed status, close fatal");
        assert!(!client.has_request());
    }
}

#[test]
fn an_error_whose_body_breaks_is_reported_as_the_same_error() {
    for code in Code::ALL {
        let mut client = Situation::First(ReadingErrorBody).client(get());
        client.fails(code);
        assert_eq!(client.events_in_words(), "failed status, close fatal");
    }
}

#[test]
fn an_attempt_that_takes_too_long_is_given_up_for_another() {
    let takes_long = [Authorizing, RefreshingExpired, Requesting, Refreshing, Validating];
    for situation in takes_long.into_iter().flat_map(Situation::both) {
        let mut client = situation.client(get());
        let request = client.current();
        client.passes(29_999);
        assert_eq!(client.events_in_words(), "");
        client.passes(1);
        assert!(client.events_in_words().starts_with("failed timeout, "), "{situation:?}");
        assert_eq!(client.state(), State::Reconnecting);
        assert!(client.done.contains(&Action::Cancel(request)));
        client.waits();
        client.answers(STREAM);
    }
}

#[test]
fn a_validation_shares_the_time_of_its_attempt() {
    let mut client = SimulatedClient::connecting(Config { has_validate: true, ..get() });
    client.passes(20_000);
    client.answers(STREAM);
    assert_eq!(client.wakes_in(), Some(10_000));
}

#[test]
fn without_a_connect_timeout_an_attempt_may_take_for_ever() {
    let mut client = SimulatedClient::connecting(Config { connect_timeout: 0, has_validate: true, ..get() });
    client.passes(u64::MAX / 2);
    client.answers(STREAM);
    client.passes(u64::MAX / 4);
    client.happens(Input::Validated(client.current(), true));
    assert_eq!(client.state(), State::Open);
}

#[test]
fn without_an_idle_timeout_an_open_stream_may_be_silent_for_ever() {
    let mut client = SimulatedClient::open(get());
    client.events();
    client.passes(u64::MAX / 2);
    assert_eq!((client.state(), client.events_in_words().as_str()), (State::Open, ""));
}

#[test]
fn a_204_ends_a_session_that_was_reconnecting_too() {
    let mut client = Situation::Again(Requesting).client(get());
    client.answers(error_page(204));
    assert_eq!(
        client.events(),
        [Event::Close { previous: State::Reconnecting, reason: CloseReason::NoContent, error: None }],
    );
}
