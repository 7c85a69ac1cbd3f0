//! How long a client waits: by its own backoff, and by what the server requests.
#![allow(clippy::cast_precision_loss)] // delays are far below 2^53

use proptest::prelude::*;
use sse_fetch::session::{Backoff, Code, Head, Input, LONGEST_WAIT, Millis, State};

use crate::random::cases;
use crate::simulated_client::{STREAM, SimulatedClient, error_page, get, without_jitter};

/// The delays before the first reconnects when every attempt fails.
fn delays(client: &mut SimulatedClient, count: usize) -> Vec<Millis> {
    (0..count)
        .map(|_| {
            client.fails(Code::Network);
            client.waits()
        })
        .collect()
}

fn with_backoff(backoff: Backoff) -> SimulatedClient {
    let mut config = get();
    config.backoff = backoff;
    SimulatedClient::connecting(config)
}

#[test]
fn delays_grow_and_stay_below_max() {
    let mut client = SimulatedClient::connecting(without_jitter(get()));
    assert_eq!(delays(&mut client, 8), [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
}

#[test]
fn max_limits_the_initial_delay_too() {
    let mut client = with_backoff(Backoff { max: 500, jitter: 0.0, ..Backoff::default() });
    assert_eq!(delays(&mut client, 3), [500, 500, 500]);
}

#[test]
fn a_factor_of_one_waits_the_same_each_time() {
    let mut client = with_backoff(Backoff { factor: 1.0, jitter: 0.0, ..Backoff::default() });
    assert_eq!(delays(&mut client, 3000), vec![1000; 3000]);
}

#[test]
fn delays_that_grow_beyond_all_numbers_stay_at_max() {
    for factor in [1e300, f64::MAX, f64::INFINITY] {
        let mut client = with_backoff(Backoff { factor, jitter: 0.0, ..Backoff::default() });
        assert_eq!(delays(&mut client, 4), [1000, 30_000, 30_000, 30_000]);
    }
    let mut client = SimulatedClient::connecting(without_jitter(get()));
    assert_eq!(delays(&mut client, 5000).last(), Some(&30_000));
}

#[test]
fn very_long_times_are_limited_to_a_day() {
    let config = Backoff { initial: u64::MAX, max: u64::MAX, jitter: 0.0, ..Backoff::default() };
    let mut client = with_backoff(config);
    assert_eq!(delays(&mut client, 2), [LONGEST_WAIT, LONGEST_WAIT]);

    let mut client = SimulatedClient::connecting(without_jitter(get()));
    client.happens(Input::ReconnectionTime(u64::MAX));
    client.answers(Head { retry_after: Some(u64::MAX), ..error_page(503) });
    assert_eq!(client.waits(), LONGEST_WAIT);
}

#[test]
fn no_wait_is_longer_than_a_day_with_its_jitter() {
    for seed in 0..100 {
        let mut config = get();
        (config.backoff.jitter, config.seed) = (1.0, seed);
        let mut client = SimulatedClient::connecting(config);
        client.answers(Head { retry_after: Some(LONGEST_WAIT - 1000), ..error_page(503) });
        let wait = client.waits();
        assert!((LONGEST_WAIT - 1000..=LONGEST_WAIT).contains(&wait), "{wait}");
        client.answers(Head { retry_after: Some(u64::MAX), ..error_page(503) });
        assert_eq!(client.waits(), LONGEST_WAIT);
    }
}

#[test]
fn times_at_the_end_of_the_clock_do_not_overflow() {
    let mut config = get();
    config.connect_timeout = u64::MAX;
    config.backoff.stable_after = u64::MAX;
    let mut client = SimulatedClient::new(config);
    client.now = u64::MAX - 1;
    client.happens(Input::Connect);
    client.answers(STREAM);
    client.now = 0;
    client.fails(Code::Network);
    client.waits();
    client.answers(STREAM);
    assert_eq!(client.state(), State::Open);
}

#[test]
fn retry_field_sets_the_first_delay() {
    let mut client = SimulatedClient::open(without_jitter(get()));
    client.happens(Input::ReconnectionTime(100));
    assert_eq!(delays(&mut client, 4), [100, 200, 400, 800]);
}

#[test]
fn retry_field_above_max_is_used() {
    let mut client = SimulatedClient::open(without_jitter(get()));
    client.happens(Input::ReconnectionTime(120_000));
    assert_eq!(delays(&mut client, 3), [120_000, 120_000, 120_000]);
}

#[test]
fn retry_field_of_zero_reconnects_at_once_and_later_delays_grow() {
    let mut client = SimulatedClient::open(without_jitter(get()));
    client.happens(Input::ReconnectionTime(0));
    assert_eq!(delays(&mut client, 5), [0, 2, 4, 8, 16]);
    assert_eq!(delays(&mut client, 3000).last(), Some(&30_000));
}

#[test]
fn a_max_of_zero_never_waits() {
    let mut client = with_backoff(Backoff { initial: 0, max: 0, ..Backoff::default() });
    assert_eq!(delays(&mut client, 3000), vec![0; 3000]);
}

#[test]
fn retry_field_outlives_the_stream_that_set_it() {
    let mut client = SimulatedClient::open(without_jitter(get()));
    client.happens(Input::ReconnectionTime(100));
    client.happens(Input::Reconnect);
    client.answers(STREAM);
    client.fails(Code::Network);
    assert_eq!(client.waits(), 100);
}

#[test]
fn retry_after_is_a_lower_bound() {
    let busy = |seconds: Millis| Head { retry_after: Some(seconds * 1000), ..error_page(503) };
    let mut client = SimulatedClient::connecting(without_jitter(get()));
    client.answers(busy(7));
    assert_eq!(client.waits(), 7000);
    client.answers(busy(1));
    assert_eq!(client.waits(), 2000, "a longer delay of the backoff is kept");
    client.answers(busy(90));
    assert_eq!(client.waits(), 90_000, "also beyond max");
    client.answers(error_page(503));
    assert_eq!(client.waits(), 8000, "it applies to one response only");
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn jitter_stays_within_its_bounds(
        (initial, max, factor, jitter) in (0..100_000_u64, 0..200_000_u64, 1.0..10.0_f64, 0.0..=1.0_f64),
        seed: u64,
    ) {
        let mut config = get();
        config.seed = seed;
        config.backoff = Backoff { initial, max, factor, jitter, ..Backoff::default() };
        let mut client = SimulatedClient::connecting(config);
        let mut expected = initial as f64;
        for (index, delay) in delays(&mut client, 12).into_iter().enumerate() {
            let latest = expected.min(max as f64);
            let (least, most) = ((latest * (1.0 - jitter)).floor(), latest.ceil());
            prop_assert!((least..=most).contains(&(delay as f64)), "{index}: {least} ≤ {delay} ≤ {most}");
            expected = expected.max(1.0) * factor;
        }
    }

    #[test]
    fn the_requested_wait_is_never_shortened_and_little_exceeded(
        retry_after in prop::option::of(0..10 * LONGEST_WAIT),
        reconnection_time in prop::option::of(0..10 * LONGEST_WAIT),
        jitter in 0.0..=1.0_f64,
        seed: u64,
    ) {
        let mut config = get();
        config.seed = seed;
        config.backoff.jitter = jitter;
        let mut client = SimulatedClient::connecting(config);
        if let Some(time) = reconnection_time {
            client.happens(Input::ReconnectionTime(time));
        }
        for _ in 0..4 {
            client.answers(Head { retry_after, ..error_page(503) });
            let delay = client.waits();
            let asked = reconnection_time.max(retry_after).unwrap_or(0).min(LONGEST_WAIT);
            let most = (asked as f64 * (1.0 + jitter)).ceil().max(30_000.0);
            prop_assert!(asked <= delay && delay as f64 <= most, "{asked} ≤ {delay} ≤ {most}");
        }
    }
}

#[test]
fn clients_that_are_refused_together_do_not_reconnect_together() {
    let mut moments: Vec<Millis> = (0..1000)
        .map(|seed| {
            let mut config = get();
            config.seed = seed;
            let mut client = SimulatedClient::connecting(config);
            client.answers(Head { retry_after: Some(10_000), ..error_page(503) });
            client.next_attempt_in().expect("another attempt")
        })
        .collect();
    moments.sort_unstable();
    let busiest = moments.windows(100).map(|crowd| crowd[99] - crowd[0]).min().expect("a thousand clients");
    assert!(busiest > 250, "a tenth of the clients within {busiest} ms of five seconds");
    assert!(moments[0] >= 10_000 && moments[999] <= 15_000);
}
