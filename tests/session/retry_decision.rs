//! `shouldRetry`: the application decides what follows a failure.

use sse_fetch::session::{Code, Config, Head, Input, LONGEST_WAIT, Reconnect, RetryDecision, State};

use crate::simulated_client::{Action, STREAM, SimulatedClient, error_page, get, post, without_jitter};
use crate::situation::Progress::Streaming;
use crate::situation::Situation;

fn deciding(mut config: Config, decision: RetryDecision) -> SimulatedClient {
    config.has_should_retry = true;
    let mut client = SimulatedClient::connecting(without_jitter(config));
    client.decision = decision;
    client.events();
    client
}

#[test]
fn should_retry_true_retries_a_fatal_failure() {
    let mut client = deciding(get(), RetryDecision::Retry);
    client.answers(error_page(401));
    assert_eq!(client.events_in_words(), "failed status, state, retry");
    assert_eq!(client.waits(), 1000);
    client.fails(Code::Callback);
    assert_eq!(client.waits(), 2000);
}

#[test]
fn should_retry_true_waits_as_long_as_the_server_requested() {
    let mut client = deciding(get(), RetryDecision::Retry);
    client.answers(Head { retry_after: Some(60_000), ..error_page(403) });
    assert_eq!(client.waits(), 60_000);
}

#[test]
fn should_retry_false_closes_after_a_transient_failure() {
    for fail in [
        |client: &mut SimulatedClient| client.fails(Code::Network),
        |client: &mut SimulatedClient| client.answers(error_page(503)),
    ] {
        let mut client = deciding(get(), RetryDecision::GiveUp);
        fail(&mut client);
        assert!(client.events_in_words().ends_with(", close fatal"));
    }
}

#[test]
fn should_retry_with_a_number_waits_exactly_that_long() {
    for (delay, waited) in [(0, 0), (1, 1), (123_456, 123_456), (u64::MAX, LONGEST_WAIT)] {
        let mut config = get();
        config.backoff.jitter = 0.7;
        let mut client = deciding(config, RetryDecision::RetryIn(delay));
        client.happens(Input::ReconnectionTime(5000));
        client.answers(Head { retry_after: Some(60_000), ..error_page(401) });
        assert_eq!(client.waits(), waited);
    }
}

#[test]
fn should_retry_undefined_leaves_it_to_the_rules() {
    let mut client = deciding(get(), RetryDecision::Default);
    client.answers(error_page(503));
    assert_eq!(client.state(), State::Reconnecting);
    client.waits();
    client.answers(error_page(404));
    assert_eq!(client.state(), State::Closed);
    assert_eq!(client.asked.len(), 2);
}

#[test]
fn should_retry_is_called_once_for_each_failure_before_it_is_reported() {
    let mut client = deciding(get(), RetryDecision::Default);
    client.fails(Code::Network);
    client.waits();
    client.answers(error_page(503));
    client.waits();
    let asked: Vec<_> = client.asked.iter().map(|failure| (failure.attempt, failure.status)).collect();
    assert_eq!(asked, [(0, None), (1, Some(503))]);
}

#[test]
fn max_reconnects_outranks_should_retry() {
    let mut client = deciding(Config { max_reconnects: Some(1), ..get() }, RetryDecision::RetryIn(10));
    client.fails(Code::Network);
    client.waits();
    client.events();
    client.fails(Code::Network);
    assert_eq!(client.events_in_words(), "failed network, max-reconnects-reached, close max-reconnects");
}

#[test]
fn should_retry_is_asked_whether_to_repeat_a_chat_prompt() {
    for (decision, state) in [
        (RetryDecision::Default, State::Closed),
        (RetryDecision::GiveUp, State::Closed),
        (RetryDecision::Retry, State::Reconnecting),
        (RetryDecision::RetryIn(7), State::Reconnecting),
    ] {
        let losses: [fn(&mut SimulatedClient); 5] = [
            |client| client.fails(Code::Network),
            |client| client.passes(300_000),
            |client| client.answers(error_page(504)),
            |client| {
                client.answers(STREAM);
                client.fails(Code::Network);
            },
            |client| {
                client.answers(STREAM);
                client.ends();
            },
        ];
        for lose in losses {
            let mut client = deciding(Config { expects_mark: true, ..post() }, decision);
            lose(&mut client);
            assert_eq!((client.asked.len(), client.state()), (1, state), "{decision:?}");
            assert!(client.asked[0].retryable);
        }
    }
}

#[test]
fn should_retry_true_sends_a_chat_prompt_again_whose_answer_was_refused() {
    let mut client = deciding(Config { has_validate: true, ..post() }, RetryDecision::Retry);
    client.answers(STREAM);
    client.happens(Input::Validated(client.current(), false));
    client.happens(Input::ErrorBodyRead(client.current()));
    assert_eq!(client.events_in_words(), "failed callback, state, retry");
    client.waits();
    assert_eq!(client.arrived, 2);
}

#[test]
fn should_retry_is_not_asked_when_reconnect_is_never() {
    let mut client = deciding(Config { reconnect: Reconnect::Never, ..get() }, RetryDecision::Retry);
    client.fails(Code::Network);
    assert_eq!((client.asked.len(), client.events_in_words().as_str()), (0, "failed network, close fatal"));
}

#[test]
fn should_retry_is_not_asked_about_clean_ends() {
    let mut client = deciding(get(), RetryDecision::GiveUp);
    client.answers(STREAM);
    client.ends();
    assert_eq!((client.asked.len(), client.state()), (0, State::Reconnecting));
}

#[test]
fn a_call_inside_should_retry_outranks_its_answer() {
    for (call, state) in
        [(Input::Disconnect, State::Closed), (Input::Abort, State::Closed), (Input::Reconnect, State::Reconnecting)]
    {
        for decision in [RetryDecision::Retry, RetryDecision::GiveUp] {
            let mut client = Situation::Again(Streaming).client(Config { has_should_retry: true, ..get() });
            client.decision = decision;
            let requests = client.sent.len();
            client.listens(move |action| match action {
                Action::Decide(_) => vec![call],
                _ => vec![],
            });
            client.fails(Code::Network);
            assert_eq!(client.state(), state, "{call:?} instead of {decision:?}");
            assert_eq!(client.sent.len() > requests, call == Input::Reconnect);
        }
    }
}
