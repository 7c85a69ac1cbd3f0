//! The application has the last word on failures, within the rule that no act is repeated.

use sse_fetch::session::{Code, Config, Head, Input, LONGEST_WAIT, Reconnect, RetryDecision, State};

use crate::situation::Progress::Streaming;
use crate::situation::Situation;
use crate::world::{Action, STREAM, World, error_page, get, post, without_jitter};

fn judging(mut config: Config, verdict: RetryDecision) -> World {
    config.decides = true;
    let mut world = World::connecting(without_jitter(config));
    world.decision = verdict;
    world.events();
    world
}

#[test]
fn should_retry_true_mends_what_would_be_fatal() {
    let mut world = judging(get(), RetryDecision::Retry);
    world.answers(error_page(401));
    assert_eq!(world.heard(), "failed status, state, retry");
    assert_eq!(world.waits(), 1000);
    world.fails(Code::Callback);
    assert_eq!(world.waits(), 2000);
}

#[test]
fn should_retry_true_still_waits_as_long_as_the_server_asked() {
    let mut world = judging(get(), RetryDecision::Retry);
    world.answers(Head { retry_after: Some(60_000), ..error_page(403) });
    assert_eq!(world.waits(), 60_000);
}

#[test]
fn should_retry_false_gives_up_what_would_be_retried() {
    for fail in [|world: &mut World| world.fails(Code::Network), |world: &mut World| world.answers(error_page(503))] {
        let mut world = judging(get(), RetryDecision::GiveUp);
        fail(&mut world);
        assert!(world.heard().ends_with(", close fatal"));
    }
}

#[test]
fn should_retry_with_a_number_waits_exactly_that_long() {
    for (delay, waited) in [(0, 0), (1, 1), (123_456, 123_456), (u64::MAX, LONGEST_WAIT)] {
        let mut config = get();
        config.backoff.jitter = 0.7;
        let mut world = judging(config, RetryDecision::RetryIn(delay));
        world.happens(Input::ReconnectionTime(5000));
        world.answers(Head { retry_after: Some(60_000), ..error_page(401) });
        assert_eq!(world.waits(), waited);
    }
}

#[test]
fn should_retry_undefined_leaves_it_to_the_rules() {
    let mut world = judging(get(), RetryDecision::Default);
    world.answers(error_page(503));
    assert_eq!(world.state(), State::Reconnecting);
    world.waits();
    world.answers(error_page(404));
    assert_eq!(world.state(), State::Closed);
    assert_eq!(world.asked.len(), 2);
}

#[test]
fn should_retry_is_asked_once_for_each_failure_before_it_is_told() {
    let mut world = judging(get(), RetryDecision::Default);
    world.fails(Code::Network);
    world.waits();
    world.answers(error_page(503));
    world.waits();
    let asked: Vec<_> = world.asked.iter().map(|failure| (failure.attempt, failure.status)).collect();
    assert_eq!(asked, [(0, None), (1, Some(503))]);
}

#[test]
fn max_reconnects_outranks_should_retry() {
    let mut config = get();
    config.max_reconnects = Some(1);
    let mut world = judging(config, RetryDecision::RetryIn(10));
    world.fails(Code::Network);
    world.waits();
    world.events();
    world.fails(Code::Network);
    assert_eq!(world.heard(), "failed network, max-reconnects-reached, close max-reconnects");
}

#[test]
fn should_retry_is_asked_whether_to_repeat_a_chat_prompt() {
    for (verdict, state) in [
        (RetryDecision::Default, State::Closed),
        (RetryDecision::GiveUp, State::Closed),
        (RetryDecision::Retry, State::Reconnecting),
        (RetryDecision::RetryIn(7), State::Reconnecting),
    ] {
        let losses: [fn(&mut World); 5] = [
            |world| world.fails(Code::Network),
            |world| world.passes(300_000),
            |world| world.answers(error_page(504)),
            |world| {
                world.answers(STREAM);
                world.fails(Code::Network);
            },
            |world| {
                world.answers(STREAM);
                world.ends();
            },
        ];
        for lose in losses {
            let mut world = judging(Config { expects_mark: true, ..post() }, verdict);
            lose(&mut world);
            assert_eq!((world.asked.len(), world.state()), (1, state), "{verdict:?}");
            assert!(world.asked[0].retryable);
        }
    }
}

#[test]
fn should_retry_true_sends_a_chat_prompt_again_whose_answer_was_refused() {
    let mut world = judging(Config { validates: true, ..post() }, RetryDecision::Retry);
    world.answers(STREAM);
    world.happens(Input::Validated(world.current(), false));
    world.happens(Input::ErrorBodyRead(world.current()));
    assert_eq!(world.heard(), "failed callback, state, retry");
    world.waits();
    assert_eq!(world.arrived, 2);
}

#[test]
fn should_retry_is_not_asked_when_reconnect_is_never() {
    let mut config = get();
    config.reconnect = Reconnect::Never;
    let mut world = judging(config, RetryDecision::Retry);
    world.fails(Code::Network);
    assert_eq!((world.asked.len(), world.heard().as_str()), (0, "failed network, close fatal"));
}

#[test]
fn should_retry_is_not_asked_about_clean_ends() {
    let mut world = judging(get(), RetryDecision::GiveUp);
    world.answers(STREAM);
    world.ends();
    assert_eq!((world.asked.len(), world.state()), (0, State::Reconnecting));
}

#[test]
fn what_should_retry_does_itself_outranks_what_it_answers() {
    for (call, state) in
        [(Input::Disconnect, State::Closed), (Input::Abort, State::Closed), (Input::Reconnect, State::Reconnecting)]
    {
        for verdict in [RetryDecision::Retry, RetryDecision::GiveUp] {
            let mut config = get();
            config.decides = true;
            let mut world = Situation::Again(Streaming).world(config);
            world.decision = verdict;
            let requests = world.sent.len();
            world.listens(move |command| match command {
                Action::Decide(_) => vec![call],
                _ => vec![],
            });
            world.fails(Code::Network);
            assert_eq!(world.state(), state, "{call:?} instead of {verdict:?}");
            assert_eq!(world.sent.len() > requests, call == Input::Reconnect);
        }
    }
}
