//! The numbers by which the npm package calls a session: each means what its name says.
#![cfg(not(target_arch = "wasm32"))]

use sse_fetch::bindings::numbers::{
    DECISION_DEFAULT, DECISION_GIVE_UP, DECISION_RETRY, EVENTS, FieldNumber, Fields, InputNumber, OPTIONS,
    REFRESH_ASK_AGAIN, REFRESH_GAVE_UP, REFRESH_TOKEN, StepNumber, event, input, set_option, wants,
};
use sse_fetch::session::{
    Attempt, AttemptId, Backoff, CloseReason, Code, Config, Event, Failure, Input, Reconnect, Refresh, RetryDecision,
    State, Step, Wants,
};

const ID: AttemptId = AttemptId(7);

const FAILURE: Failure =
    Failure { code: Code::Status, status: Some(503), retryable: true, attempt: 2, retry_after: Some(9) };

fn decoded(number: InputNumber, detail: f64) -> Input {
    input(number as u32, ID, detail).expect("there is such an input")
}

/// `INPUT_ERROR_BODY_READ` and `ErrorBodyRead(AttemptId(7))` have the same name.
fn name_of(text: &str) -> String {
    let name = text.strip_prefix("INPUT_").unwrap_or(text).split(['(', ' ']).next().unwrap_or_default();
    name.replace('_', "").to_lowercase()
}

#[test]
fn every_number_of_an_input_means_the_input_of_its_name() {
    for number in InputNumber::ALL {
        let name = name_of(&format!("{:?}", decoded(number, 0.0)));
        assert_eq!(name, name_of(number.as_str()));
    }
    assert_eq!(input(u32::try_from(InputNumber::ALL.len()).expect("a few"), ID, 0.0), None);
}

#[test]
fn answers_of_the_application_have_numbers() {
    for (number, refresh) in
        [(REFRESH_GAVE_UP, Refresh::GaveUp), (REFRESH_ASK_AGAIN, Refresh::AskAgain), (REFRESH_TOKEN, Refresh::Token)]
    {
        assert_eq!(decoded(InputNumber::Refreshed, number.into()), Input::Refreshed(ID, refresh));
    }
    for (number, decision) in [
        (f64::from(DECISION_GIVE_UP), RetryDecision::GiveUp),
        (f64::from(DECISION_RETRY), RetryDecision::Retry),
        (f64::from(DECISION_DEFAULT), RetryDecision::Default),
        (0.0, RetryDecision::RetryIn(0)),
        (1.7, RetryDecision::RetryIn(1)),
        (f64::INFINITY, RetryDecision::RetryIn(u64::MAX)),
    ] {
        assert_eq!(decoded(InputNumber::Decided, number), Input::Decided(ID, decision));
    }
}

#[test]
fn every_failure_has_its_code() {
    for code in Code::ALL {
        assert_eq!(decoded(InputNumber::Failed, f64::from(code as u32)), Input::Failed(ID, code));
    }
    assert_eq!(input(InputNumber::Failed as u32, ID, 1000.0), None);
}

/// Fields with values of another event.
const USED: Fields = [7.0; FieldNumber::ALL.len()];

/// The fields with these names; all others are 0, or -1 for what is absent.
fn fields(given: &[(FieldNumber, f64)]) -> Fields {
    let mut fields = [0.0; FieldNumber::ALL.len()];
    fields[FieldNumber::Code as usize] = -1.0;
    for &(field, value) in given {
        fields[field as usize] = value;
    }
    fields
}

/// An event's own fields come first, its failure has places of its own.
fn fields_of_event(own: &[f64], failure: Option<Failure>) -> Fields {
    let mut all = match failure {
        Some(failure) => fields(&[
            (FieldNumber::Code, f64::from(failure.code as u32)),
            (FieldNumber::Status, failure.status.map_or(-1.0, f64::from)),
            (FieldNumber::Retryable, f64::from(u8::from(failure.retryable))),
            (FieldNumber::FailedAttempt, f64::from(failure.attempt)),
        ]),
        None => fields(&[]),
    };
    all[..own.len()].copy_from_slice(own);
    all
}

#[test]
fn every_event_has_the_number_of_its_row_and_its_fields_in_their_order() {
    let previous = State::Reconnecting;
    let state = f64::from(State::Open as u32);
    let before = f64::from(previous as u32);
    let samples = [
        ("state", Event::State { state: State::Open, previous }, fields_of_event(&[state, before], None)),
        ("open", Event::Open { previous, attempt: 3 }, fields_of_event(&[before, 3.0], None)),
        ("refresh", Event::Refreshed { attempt: 4 }, fields_of_event(&[4.0], None)),
        ("error", Event::Failed { error: FAILURE }, fields_of_event(&[], Some(FAILURE))),
        (
            "retry",
            Event::Retry { attempt: 5, delay: 600, error: Some(FAILURE) },
            fields_of_event(&[5.0, 600.0], Some(FAILURE)),
        ),
        ("retry", Event::Retry { attempt: 5, delay: 600, error: None }, fields_of_event(&[5.0, 600.0], None)),
        ("max-reconnects-reached", Event::MaxReconnectsReached { attempts: 6 }, fields_of_event(&[6.0], None)),
        (
            "close",
            Event::Close { previous, reason: CloseReason::Done, error: None },
            fields_of_event(&[before, f64::from(CloseReason::Done as u32)], None),
        ),
    ];
    for (name, sample, expected) in samples {
        let mut fields = USED;
        let number = event(sample, &mut fields);
        assert_eq!((EVENTS[number as usize - 1].name, fields), (name, expected), "{sample:?}");
    }
    assert!(EVENTS.iter().all(|event| samples.iter().any(|(name, ..)| *name == event.name)), "every event is tested");
}

#[test]
fn wants_say_which_attempt_at_which_step() {
    let steps = [
        (Step::Token, StepNumber::Token),
        (Step::Refresh, StepNumber::Refresh),
        (Step::Request, StepNumber::Request),
        (Step::Validate, StepNumber::Validate),
        (Step::ErrorBody, StepNumber::ErrorBody),
        (Step::Stream, StepNumber::Stream),
    ];
    for (step, number) in steps {
        let attempt = Some(Attempt { id: ID, number: 3, fresh: true, step });
        let mut found_fields = USED;
        let found = wants(Wants { attempt, reading: true, wake_at: Some(99) }, &mut found_fields);
        let expected = fields(&[
            (FieldNumber::Id, 7.0),
            (FieldNumber::Number, 3.0),
            (FieldNumber::Fresh, 1.0),
            (FieldNumber::Reading, 1.0),
            (FieldNumber::WakeAt, 99.0),
        ]);
        assert_eq!((found, found_fields), (number, expected));
    }
    let attempt = Some(Attempt { id: ID, number: 0, fresh: false, step: Step::Decide(FAILURE) });
    let mut found_fields = USED;
    let found = wants(Wants { attempt, reading: false, wake_at: None }, &mut found_fields);
    let mut expected = fields_of_event(&[7.0], Some(FAILURE));
    expected[FieldNumber::WakeAt as usize] = -1.0;
    assert_eq!((found, found_fields), (StepNumber::Decide, expected));
    let found = wants(Wants { attempt: None, reading: false, wake_at: None }, &mut found_fields);
    assert_eq!(found, StepNumber::None);
}

#[test]
fn every_option_can_be_set() {
    let before = Config { watch_network: false, reads_error_bodies: false, ..Config::new(true) };
    let mut config = before.clone();
    for (option, path) in (0..).zip(OPTIONS) {
        let unchanged = config.clone();
        set_option(&mut config, option, 2.0);
        // The default of the factor is 2.
        assert_ne!(config == unchanged, *path != "backoff.factor", "{path} changes");
    }
    let all = Config {
        is_get_or_head: true,
        reconnect: Reconnect::Unprocessed,
        max_reconnects: Some(2),
        backoff: Backoff { initial: 2, max: 2, factor: 2.0, jitter: 2.0, stable_after: 2 },
        connect_timeout: 2,
        idle_timeout: 2,
        has_token_provider: true,
        can_refresh_token: true,
        watch_network: true,
        close_when_hidden: true,
        has_validate: true,
        has_should_retry: true,
        expects_mark: true,
        reads_error_bodies: true,
        seed: before.seed,
    };
    // A field that is missing here, or in the table of options, is found by the compiler or by this comparison.
    assert_eq!(config, all);
}

#[test]
fn times_are_rounded_up_and_limits_may_be_infinite() {
    let number =
        |name: &str| u32::try_from(OPTIONS.iter().position(|path| *path == name).expect("an option")).expect("a few");
    let mut config = Config::new(false);
    for (value, millis) in [(0.0, 0), (0.5, 1), (1.0, 1), (1e300, u64::MAX), (-1.0, 0)] {
        set_option(&mut config, number("idle_timeout"), value);
        assert_eq!(config.idle_timeout, millis, "{value}");
    }
    for (value, limit) in [(f64::INFINITY, None), (0.0, Some(0)), (1e12, Some(u32::MAX))] {
        set_option(&mut config, number("max_reconnects"), value);
        assert_eq!(config.max_reconnects, limit, "{value}");
    }
    for (value, rule) in (0..).zip(Reconnect::ALL) {
        set_option(&mut config, number("reconnect"), f64::from(value));
        assert_eq!(config.reconnect, rule);
    }
}
