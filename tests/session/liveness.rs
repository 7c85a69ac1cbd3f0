//! Streams that look open and are dead, and attempts that get no answer.

use sse_fetch::session::{Code, Config, Event, Input, State};

use crate::situation::Progress::{Paused, Streaming};
use crate::situation::Situation;
use crate::world::{GRACE, STREAM, World, get, post, subscription};

fn watched(config: Config) -> Config {
    Config { idle_timeout: 15_000, ..config }
}

#[test]
fn a_stream_that_goes_silent_is_replaced() {
    let mut world = World::open(watched(get()));
    world.events();
    world.passes(14_999);
    assert_eq!(world.heard(), "");
    world.passes(1);
    let notices = world.events();
    let [Event::Failed { error: failure }, Event::State { .. }, Event::Retry { .. }] = notices[..] else {
        panic!("{notices:?}")
    };
    assert_eq!((failure.code, failure.status, failure.retryable), (Code::Idle, None, true));
    assert!(!world.has_request());
    world.waits();
    world.answers(STREAM);
    assert_eq!(world.state(), State::Open);
}

#[test]
fn any_byte_is_a_sign_of_life_even_a_comment() {
    let mut world = World::open(watched(get()));
    for _ in 0..100 {
        world.passes(14_999);
        world.speaks();
    }
    assert_eq!(world.state(), State::Open);
    world.passes(14_999);
    assert_eq!(world.state(), State::Open);
    world.passes(1);
    assert_eq!(world.state(), State::Reconnecting);
}

/// The timer is not set anew at every byte: when it fires early, it is set for what is left.
#[test]
fn the_watch_is_set_again_for_the_rest_of_the_silence() {
    let mut world = World::open(watched(get()));
    world.passes(9000);
    world.speaks();
    world.passes(6000);
    assert_eq!(world.wakes_in(), Some(9000));
    world.passes(8999);
    assert_eq!(world.state(), State::Open);
    world.passes(1);
    assert_eq!(world.state(), State::Reconnecting);
}

/// After laptop sleep the stream looks open and is dead.
#[test]
fn after_laptop_sleep_a_dead_stream_is_replaced_at_once_however_late_its_timer_fires() {
    let mut world = World::open(watched(get()));
    world.passes(5000);
    world.speaks();
    world.sleeps(8 * 60 * 60 * 1000);
    world.wakes();
    assert_eq!((world.state(), world.wakes_in()), (State::Open, Some(GRACE)), "something may have come");
    world.passes(GRACE);
    assert!(world.heard().ends_with("failed idle, state, retry"));
}

/// After laptop sleep the stream looks open and is dead, and its timer has stood still with the page.
#[test]
fn after_laptop_sleep_a_dead_stream_is_replaced_as_soon_as_the_page_is_seen() {
    for waking in [Input::Visible, Input::Online] {
        let mut world = World::open(watched(get()));
        world.sleeps(8 * 60 * 60 * 1000);
        world.happens(waking);
        world.passes(GRACE);
        assert!(world.heard().ends_with("failed idle, state, retry"), "{waking:?}");
    }
}

#[test]
fn a_page_that_was_busy_first_reads_what_has_come_meanwhile() {
    let mut world = World::open(watched(get()));
    for _ in 0..3 {
        world.sleeps(20_000);
        world.wakes();
        world.speaks();
        world.passes(GRACE);
        assert_eq!(world.state(), State::Open, "it is given the benefit of the doubt each time");
        assert_eq!(world.wakes_in(), Some(15_000 - GRACE));
    }
}

#[test]
fn a_stream_that_was_heard_of_lately_survives_the_look_at_it() {
    let mut world = World::open(watched(get()));
    world.sleeps(14_000);
    world.speaks();
    for waking in [Input::Visible, Input::Online] {
        world.sleeps(1000);
        world.happens(waking);
        assert_eq!(world.state(), State::Open);
    }
    assert_eq!(world.wakes_in(), Some(13_000));
}

#[test]
fn the_watchdog_rests_while_paused() {
    for situation in Situation::both(Paused) {
        let mut world = situation.world(watched(get()));
        world.passes(1_000_000);
        world.happens(Input::Visible);
        assert_eq!((world.state(), world.heard().as_str()), (State::Paused, ""));
        assert_eq!(world.wakes_in(), None);

        world.happens(Input::Resume);
        assert_eq!(world.wakes_in(), Some(15_000), "what could not be heard is no silence");
        world.passes(15_000);
        assert_eq!(world.state(), State::Reconnecting);
    }
}

#[test]
fn the_watchdog_sleeps_while_nothing_is_open() {
    for situation in Situation::all().filter(|situation| situation.progress() != Some(Streaming)) {
        let mut world = situation.world(watched(get()));
        let (wakes_in, actions) = (world.wakes_in(), world.done.len());
        for silence in [0, 15_000, u64::MAX] {
            world.happens(Input::Silence(silence));
        }
        assert_eq!((world.wakes_in(), world.done.len()), (wakes_in, actions), "{situation:?}");
    }
}

#[test]
fn every_stream_is_watched_not_only_the_first() {
    let mut world = World::open(watched(get()));
    for _ in 0..4 {
        world.passes(14_999);
        assert_eq!(world.state(), State::Open);
        world.passes(1);
        world.waits();
        world.answers(STREAM);
    }
}

#[test]
fn without_an_idle_timeout_nobody_watches() {
    let mut world = World::open(get());
    world.sleeps(u64::MAX / 2);
    world.happens(Input::Visible);
    assert_eq!((world.state(), world.wakes_in()), (State::Open, None));
}

#[test]
fn a_silent_chat_answer_is_an_error_and_not_asked_for_twice() {
    let mut world = World::open(watched(post()));
    world.events();
    world.passes(15_000);
    assert_eq!(world.heard(), "failed idle, close fatal");
    assert_eq!(world.requests_sent(), 1);
}

#[test]
fn a_silent_subscription_by_post_is_resumed() {
    let mut world = World::open(watched(subscription()));
    world.delivers();
    world.passes(15_000);
    world.waits();
    assert_eq!(world.sent.last().map(|request| request.fresh), Some(false));
}

#[test]
fn silence_counts_against_max_reconnects_unless_the_stream_was_stable() {
    for (stable_after, told) in [(20_000, "failed idle, max-reconnects-reached"), (15_000, "failed idle, state, retry")]
    {
        let mut config = Config { max_reconnects: Some(1), ..watched(get()) };
        config.backoff.stable_after = stable_after;
        let mut world = Situation::Again(Streaming).world(config);
        world.passes(15_000);
        assert!(world.heard().starts_with(told), "{stable_after}");
    }
}

#[test]
fn an_attempt_without_an_answer_is_given_up_when_the_computer_wakes() {
    let mut world = World::connecting(get());
    world.sleeps(8 * 60 * 60 * 1000);
    world.wakes();
    assert!(world.heard().ends_with("failed timeout, state, retry"));
}
