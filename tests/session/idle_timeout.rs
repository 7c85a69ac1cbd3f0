//! Streams that look open although the connection is lost, and attempts without a response.

use sse_fetch::session::{Code, Config, Event, Input, State};

use crate::simulated_client::{GRACE, STREAM, SimulatedClient, get, post, subscription};
use crate::situation::Progress::{Paused, Streaming};
use crate::situation::Situation;

fn watched(config: Config) -> Config {
    Config { idle_timeout: 15_000, ..config }
}

#[test]
fn a_stream_that_goes_silent_is_replaced() {
    let mut client = SimulatedClient::open(watched(get()));
    client.events();
    client.passes(14_999);
    assert_eq!(client.events_in_words(), "");
    client.passes(1);
    let events = client.events();
    let [Event::Failed { error: failure }, Event::State { .. }, Event::Retry { .. }] = events[..] else {
        panic!("{events:?}")
    };
    assert_eq!((failure.code, failure.status, failure.retryable), (Code::Idle, None, true));
    assert!(!client.has_request());
    client.waits();
    client.answers(STREAM);
    assert_eq!(client.state(), State::Open);
}

#[test]
fn any_byte_ends_the_silence_even_of_a_comment() {
    let mut client = SimulatedClient::open(watched(get()));
    for _ in 0..100 {
        client.passes(14_999);
        client.receives_bytes();
    }
    assert_eq!(client.state(), State::Open);
    client.passes(14_999);
    assert_eq!(client.state(), State::Open);
    client.passes(1);
    assert_eq!(client.state(), State::Reconnecting);
}

/// The timer is not set again for every byte: if it fires early, it is set for the rest of the time.
#[test]
fn the_check_for_silence_is_repeated_after_the_rest_of_the_time() {
    let mut client = SimulatedClient::open(watched(get()));
    client.passes(9000);
    client.receives_bytes();
    client.passes(6000);
    assert_eq!(client.wakes_in(), Some(9000));
    client.passes(8999);
    assert_eq!(client.state(), State::Open);
    client.passes(1);
    assert_eq!(client.state(), State::Reconnecting);
}

/// After laptop sleep the stream looks open and is dead.
#[test]
fn after_laptop_sleep_a_dead_stream_is_replaced_at_once_however_late_its_timer_fires() {
    let mut client = SimulatedClient::open(watched(get()));
    client.passes(5000);
    client.receives_bytes();
    client.sleeps(8 * 60 * 60 * 1000);
    client.wakes();
    assert_eq!(
        (client.state(), client.wakes_in()),
        (State::Open, Some(GRACE)),
        "bytes may have arrived that were not read yet"
    );
    client.passes(GRACE);
    assert!(client.events_in_words().ends_with("failed idle, state, retry"));
}

/// After laptop sleep the stream looks open and is dead, and its timer has stood still with the page.
#[test]
fn after_laptop_sleep_a_dead_stream_is_replaced_when_the_page_is_visible() {
    for waking in [Input::Visible, Input::Online] {
        let mut client = SimulatedClient::open(watched(get()));
        client.sleeps(8 * 60 * 60 * 1000);
        client.happens(waking);
        client.passes(GRACE);
        assert!(client.events_in_words().ends_with("failed idle, state, retry"), "{waking:?}");
    }
}

#[test]
fn a_page_that_was_busy_first_reads_what_has_arrived() {
    let mut client = SimulatedClient::open(watched(get()));
    for _ in 0..3 {
        client.sleeps(20_000);
        client.wakes();
        client.receives_bytes();
        client.passes(GRACE);
        assert_eq!(client.state(), State::Open, "each late check is repeated once");
        assert_eq!(client.wakes_in(), Some(15_000 - GRACE));
    }
}

#[test]
fn a_stream_with_recent_bytes_survives_the_check_for_silence() {
    let mut client = SimulatedClient::open(watched(get()));
    client.sleeps(14_000);
    client.receives_bytes();
    for waking in [Input::Visible, Input::Online] {
        client.sleeps(1000);
        client.happens(waking);
        assert_eq!(client.state(), State::Open);
    }
    assert_eq!(client.wakes_in(), Some(13_000));
}

#[test]
fn silence_is_not_checked_while_paused() {
    for situation in Situation::both(Paused) {
        let mut client = situation.client(watched(get()));
        client.passes(1_000_000);
        client.happens(Input::Visible);
        assert_eq!((client.state(), client.events_in_words().as_str()), (State::Paused, ""));
        assert_eq!(client.wakes_in(), None);

        client.happens(Input::Resume);
        assert_eq!(client.wakes_in(), Some(15_000), "the time of the pause does not count");
        client.passes(15_000);
        assert_eq!(client.state(), State::Reconnecting);
    }
}

#[test]
fn silence_is_not_checked_without_a_stream() {
    for situation in Situation::all().filter(|situation| situation.progress() != Some(Streaming)) {
        let mut client = situation.client(watched(get()));
        let (wakes_in, actions) = (client.wakes_in(), client.done.len());
        for silence in [0, 15_000, u64::MAX] {
            client.happens(Input::Silence(silence));
        }
        assert_eq!((client.wakes_in(), client.done.len()), (wakes_in, actions), "{situation:?}");
    }
}

#[test]
fn silence_is_checked_in_every_stream() {
    let mut client = SimulatedClient::open(watched(get()));
    for _ in 0..4 {
        client.passes(14_999);
        assert_eq!(client.state(), State::Open);
        client.passes(1);
        client.waits();
        client.answers(STREAM);
    }
}

#[test]
fn without_an_idle_timeout_silence_is_no_failure() {
    let mut client = SimulatedClient::open(get());
    client.sleeps(u64::MAX / 2);
    client.happens(Input::Visible);
    assert_eq!((client.state(), client.wakes_in()), (State::Open, None));
}

#[test]
fn a_silent_chat_answer_is_an_error_and_not_requested_again() {
    let mut client = SimulatedClient::open(watched(post()));
    client.events();
    client.passes(15_000);
    assert_eq!(client.events_in_words(), "failed idle, close fatal");
    assert_eq!(client.requests_sent(), 1);
}

#[test]
fn a_silent_subscription_by_post_is_resumed() {
    let mut client = SimulatedClient::open(watched(subscription()));
    client.delivers();
    client.passes(15_000);
    client.waits();
    assert_eq!(client.sent.last().map(|request| request.fresh), Some(false));
}

#[test]
fn silence_counts_against_max_reconnects_unless_the_stream_was_stable() {
    for (stable_after, expected) in
        [(20_000, "failed idle, max-reconnects-reached"), (15_000, "failed idle, state, retry")]
    {
        let mut config = Config { max_reconnects: Some(1), ..watched(get()) };
        config.backoff.stable_after = stable_after;
        let mut client = Situation::Again(Streaming).client(config);
        client.passes(15_000);
        assert!(client.events_in_words().starts_with(expected), "{stable_after}");
    }
}

#[test]
fn an_attempt_without_an_answer_is_given_up_when_the_computer_wakes() {
    let mut client = SimulatedClient::connecting(get());
    client.sleeps(8 * 60 * 60 * 1000);
    client.wakes();
    assert!(client.events_in_words().ends_with("failed timeout, state, retry"));
}
