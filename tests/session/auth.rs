//! The token: `getToken`, `refreshToken`, and 401. (A common problem of other clients: the token expires, and every attempt sends
//! the old one.)

use sse_fetch::session::{AttemptId, Code, Config, Event, Head, Input, Refresh, RetryDecision, State, Step, Token};

use crate::request::inputs_about;
use crate::simulated_client::{
    Action, STREAM, SimulatedClient, Stage, error_page, get, post, subscription, without_jitter,
};
use crate::situation::Progress::{Authorizing, Refreshing, RefreshingExpired, Streaming};
use crate::situation::Situation;

/// With `getToken` and `refreshToken`.
fn with_tokens(config: Config) -> Config {
    Config { has_token_provider: true, can_refresh_token: true, ..config }
}

fn refreshing(config: Config) -> Config {
    Config { can_refresh_token: true, ..config }
}

impl SimulatedClient {
    fn token(&mut self, token: Token) {
        self.happens(Input::Token(self.current(), token));
    }

    fn refreshed(&mut self, refresh: Refresh) {
        self.happens(Input::Refreshed(self.current(), refresh));
    }

    /// The server refuses the token that was sent.
    fn refuses_token(&mut self) {
        self.gives_token();
        self.happens(Input::Head(self.current(), error_page(401)));
    }

    fn asks(&self) -> usize {
        self.count(|action| matches!(action, Action::Take(_, Step::Token)))
    }

    fn refreshes(&self) -> usize {
        self.count(|action| matches!(action, Action::Take(_, Step::Refresh)))
    }
}

/// A stale token: the header that was right for the first request is wrong an hour later.
#[test]
fn get_token_is_called_for_every_attempt() {
    let mut client = SimulatedClient::connecting(Config { has_token_provider: true, ..get() });
    for attempt in 1..=5 {
        assert_eq!((client.asks(), client.sent.len()), (attempt, attempt - 1), "asked before it is sent");
        client.answers(STREAM);
        assert_eq!(client.sent.len(), attempt);
        client.fails(Code::Network);
        client.waits();
    }
    client.happens(Input::Reconnect);
    assert_eq!(client.asks(), 7);
}

#[test]
fn nothing_is_sent_before_the_token_is_there() {
    for situation in [Authorizing, RefreshingExpired, Refreshing].into_iter().flat_map(Situation::both) {
        let mut client = situation.client(Config { connect_timeout: 0, ..get() });
        client.requests_sent();
        client.passes(1_000_000);
        assert_eq!((client.requests_sent(), client.state()), (0, situation.state()), "{situation:?}");
        client.gives_token();
        assert_eq!(client.requests_sent(), 1, "{situation:?}");
    }
}

#[test]
fn a_token_that_has_expired_is_refreshed_before_it_is_spent_on_a_401() {
    let mut client = SimulatedClient::connecting(with_tokens(get()));
    client.token(Token::Expired);
    assert_eq!((client.refreshes(), client.requests_sent()), (1, 0));
    client.refreshed(Refresh::Token);
    assert_eq!((client.requests_sent(), client.asks()), (1, 1), "the new token is the one that is sent");
    client.answers(STREAM);
    assert_eq!(client.events_in_words(), "state, refresh, open");
}

#[test]
fn a_token_that_has_expired_is_sent_if_it_cannot_be_refreshed() {
    let mut client = SimulatedClient::connecting(Config { has_token_provider: true, ..get() });
    client.token(Token::Expired);
    assert_eq!((client.refreshes(), client.requests_sent()), (0, 1));
}

#[test]
fn a_clock_that_is_wrong_about_every_token_does_not_refresh_for_ever() {
    let mut client = SimulatedClient::connecting(with_tokens(get()));
    client.token(Token::Expired);
    client.refreshed(Refresh::AskAgain);
    client.token(Token::Expired);
    assert_eq!((client.refreshes(), client.requests_sent()), (1, 1));
    client.answers(STREAM);
    assert_eq!(client.state(), State::Open);
}

#[test]
fn a_401_is_refreshed_and_sent_once_more_without_an_error() {
    for config in [get(), post()] {
        let mut client = SimulatedClient::connecting(with_tokens(config));
        client.gives_token();
        let refused = client.current();
        client.refuses_token();
        assert!(client.done.contains(&Action::Cancel(refused)));
        assert_eq!(client.stage(), Some(Stage::Renewed));

        client.refreshed(Refresh::Token);
        client.answers(STREAM);
        assert_eq!(client.events_in_words(), "state, refresh, open");
        assert_eq!(client.requests_sent(), 2);
    }
}

#[test]
fn the_refused_request_is_cancelled_before_the_next_begins() {
    let client = Situation::First(Refreshing).client(get());
    let place = |wanted: fn(&Action) -> bool| client.done.iter().rposition(wanted);
    let cancelled = place(|action| matches!(action, Action::Cancel(_)));
    let begun = place(|action| matches!(action, Action::Begin { .. }));
    assert!(cancelled.is_some() && cancelled < begun);
}

#[test]
fn a_401_with_a_successful_refresh_does_not_count_against_max_reconnects() {
    let mut client = SimulatedClient::open(Config { max_reconnects: Some(0), ..refreshing(get()) });
    for _ in 0..3 {
        client.reconnects();
        client.refuses_token();
        client.answers(STREAM);
        assert_eq!((client.state(), client.session.retry_count()), (State::Open, 0));
    }
}

#[test]
fn both_requests_of_a_refreshed_attempt_bear_its_number() {
    let mut client = Situation::Again(Refreshing).client(get());
    client.refreshed(Refresh::Token);
    client.answers(STREAM);
    let attempts: Vec<_> = client.sent.iter().map(|request| request.attempt).collect();
    assert_eq!(attempts, [0, 1, 1]);
    let events = client.events();
    assert!(matches!(events[..], [Event::Refreshed { attempt: 1 }, Event::Open { attempt: 1, .. }]), "{events:?}");
}

#[test]
fn a_second_401_is_fatal_and_says_auth() {
    for config in [refreshing(get()), with_tokens(get()), refreshing(post())] {
        let mut client = SimulatedClient::connecting(config);
        client.refuses_token();
        client.gives_token();
        client.events();
        client.answers(Head { retry_after: Some(1000), ..error_page(401) });
        let events = client.events();
        let [Event::Failed { error: failure }, Event::Close { .. }] = events[..] else { panic!("{events:?}") };
        assert_eq!((failure.code, failure.status, failure.retryable), (Code::Auth, Some(401), false));
        assert_eq!((client.refreshes(), client.requests_sent()), (1, 2));
    }
}

#[test]
fn a_token_refreshed_before_it_was_sent_is_not_refreshed_again_when_the_server_refuses_it() {
    let mut client = SimulatedClient::connecting(with_tokens(get()));
    client.token(Token::Expired);
    client.refreshed(Refresh::Token);
    client.answers(error_page(401));
    assert_eq!(client.events_in_words(), "state, refresh, failed auth, close fatal");
    assert_eq!(client.refreshes(), 1);
}

#[test]
fn each_attempt_may_refresh_once_more() {
    let mut client = SimulatedClient::connecting(refreshing(get()));
    for refreshes in 1..=4 {
        client.refuses_token();
        client.answers(STREAM);
        assert_eq!((client.state(), client.refreshes()), (State::Open, refreshes));
        client.fails(Code::Network);
        client.waits();
    }
}

#[test]
fn refresh_false_gives_up_for_good() {
    for (situation, status) in [(Refreshing, Some(401)), (RefreshingExpired, None)] {
        for situation in Situation::both(situation) {
            let mut client = situation.client(get());
            client.refreshed(Refresh::GaveUp);
            let events = client.events();
            let [Event::Failed { error: failure }, Event::Close { .. }] = events[..] else { panic!("{events:?}") };
            assert_eq!((failure.code, failure.status, failure.retryable), (Code::Auth, status, false));
            assert!(!client.has_request());
        }
    }
}

#[test]
fn refresh_true_asks_for_the_token_again() {
    let mut client = SimulatedClient::connecting(with_tokens(get()));
    client.refuses_token();
    client.refreshed(Refresh::AskAgain);
    assert_eq!((client.stage(), client.asks()), (Some(Stage::Asked), 2));
    client.answers(STREAM);
    assert_eq!(client.events_in_words(), "state, refresh, open");
}

#[test]
fn refresh_true_without_get_token_sends_the_request_without_a_new_token() {
    let mut client = SimulatedClient::connecting(refreshing(get()));
    client.refuses_token();
    client.refreshed(Refresh::AskAgain);
    assert_eq!((client.stage(), client.asks()), (Some(Stage::Awaited), 0));
}

#[test]
fn a_token_callback_that_throws_is_tried_again_with_backoff() {
    for progress in [Authorizing, RefreshingExpired, Refreshing] {
        let mut client = Situation::First(progress).client(without_jitter(get()));
        for delay in [1000, 2000, 4000] {
            client.fails(Code::Auth);
            assert_eq!(client.events_in_words().replace("state, ", ""), "failed auth, retry", "{progress:?}");
            assert_eq!(client.waits(), delay);
            if progress == RefreshingExpired {
                client.token(Token::Expired);
            } else if progress == Refreshing {
                client.refuses_token();
            }
        }
        client.answers(STREAM);
        assert_eq!(client.state(), State::Open);
    }
}

#[test]
fn a_token_callback_that_always_throws_uses_up_max_reconnects() {
    let mut client = SimulatedClient::connecting(Config { max_reconnects: Some(2), ..with_tokens(get()) });
    for _ in 0..2 {
        client.fails(Code::Auth);
        client.waits();
    }
    client.events();
    client.fails(Code::Auth);
    assert_eq!(client.events_in_words(), "failed auth, max-reconnects-reached, close max-reconnects");
    assert_eq!(client.requests_sent(), 0);
}

#[test]
fn a_token_callback_that_returns_something_unusable_is_fatal() {
    for situation in [Authorizing, RefreshingExpired, Refreshing].into_iter().flat_map(Situation::both) {
        let mut client = situation.client(get());
        client.fails(Code::Callback);
        assert_eq!(client.events_in_words(), "failed callback, close fatal", "{situation:?}");
    }
}

/// The simulated client checks that no second call begins before the first is cancelled.
#[test]
fn a_token_callback_that_hangs_is_given_up_and_never_overlaps_the_next() {
    for situation in [Authorizing, RefreshingExpired, Refreshing].into_iter().flat_map(Situation::both) {
        let mut client = situation.client(Config { connect_timeout: 7000, ..get() });
        let hung = client.current();
        client.passes(6999);
        assert_eq!(client.events_in_words(), "");
        client.passes(1);
        assert!(client.events_in_words().starts_with("failed timeout, "), "{situation:?}");
        assert_eq!((client.state(), client.has_request()), (State::Reconnecting, false));
        assert!(client.done.contains(&Action::Cancel(hung)), "its signal is aborted");
        client.waits();
        assert!(client.current() != hung && client.has_request());
    }
}

#[test]
fn late_answers_of_an_abandoned_token_callback_are_ignored() {
    for progress in [Authorizing, RefreshingExpired, Refreshing] {
        let mut client = Situation::First(progress).client(get());
        let hung = client.current();
        client.passes(30_000);
        client.waits();
        let actions = client.done.len();
        for answer in inputs_about(hung) {
            client.happens(answer);
            assert_eq!(client.done.len(), actions, "{answer:?} of {progress:?}");
        }
    }
}

#[test]
fn an_answer_that_was_not_asked_for_is_ignored() {
    for situation in Situation::all() {
        let mut client = situation.client(get());
        let (request, actions) = (client.current(), client.done.len());
        for input in [Input::Token(AttemptId(u32::MAX), Token::Usable), Input::Refreshed(AttemptId(0), Refresh::Token)]
        {
            client.happens(input);
        }
        if client.stage() != Some(Stage::Asked) {
            client.happens(Input::Token(request, Token::Usable));
        }
        if client.stage() != Some(Stage::Renewed) {
            client.happens(Input::Refreshed(request, Refresh::GaveUp));
        }
        assert_eq!(client.done.len(), actions, "{situation:?}");
    }
}

#[test]
fn the_refreshed_request_has_the_whole_connect_timeout_again() {
    let mut client = Situation::First(Refreshing).client(get());
    client.passes(20_000);
    assert_eq!(client.wakes_in(), Some(10_000));
    client.refreshed(Refresh::Token);
    assert_eq!(client.wakes_in(), Some(30_000));
}

#[test]
fn disconnect_during_a_refresh_releases_it() {
    for situation in [Authorizing, RefreshingExpired, Refreshing].into_iter().flat_map(Situation::both) {
        for input in [Input::Disconnect, Input::Abort] {
            let mut client = situation.client(get());
            let request = client.current();
            client.happens(input);
            assert!(client.done.contains(&Action::Cancel(request)), "{situation:?}");
            assert_eq!(client.state(), State::Closed);
        }
    }
}

#[test]
fn without_refresh_token_a_401_is_a_status_like_others() {
    for config in [get(), Config { has_token_provider: true, ..get() }] {
        let mut client = SimulatedClient::connecting(config);
        client.answers(error_page(401));
        assert_eq!(client.events_in_words(), "state, failed status, close fatal");
        assert_eq!(client.requests_sent(), 1);
    }
}

#[test]
fn validate_and_should_retry_are_not_asked_about_the_first_401() {
    let mut client =
        SimulatedClient::connecting(Config { has_validate: true, has_should_retry: true, ..refreshing(get()) });
    client.refuses_token();
    assert_eq!((client.stage(), client.asked.len()), (Some(Stage::Renewed), 0));
    client.gives_token();
    client.answers(error_page(401));
    assert_eq!(client.count(|action| matches!(action, Action::Take(_, Step::Validate))), 0);
    let asked: Vec<_> = client.asked.iter().map(|failure| (failure.code, failure.status)).collect();
    assert_eq!(asked, [(Code::Auth, Some(401))], "it is asked about the second 401");
}

#[test]
fn should_retry_has_the_last_word_on_auth_too() {
    let mut client = Situation::First(Refreshing).client(Config { has_should_retry: true, ..get() });
    client.decision = RetryDecision::RetryIn(5);
    client.refreshed(Refresh::GaveUp);
    assert_eq!(client.waits(), 5);
    assert!(client.has_request());
}

#[test]
fn a_token_that_is_refused_for_good_is_refused_offline_too() {
    let mut client = Situation::First(Refreshing).client(Config { has_should_retry: true, ..get() });
    client.decision = RetryDecision::Retry;
    client.happens(Input::Offline);
    client.refreshed(Refresh::GaveUp);
    assert_eq!((client.events_in_words().as_str(), client.session.retry_count()), ("failed auth, state, retry", 1));
}

#[test]
fn a_refreshed_chat_prompt_is_still_a_fresh_one() {
    let mut client = SimulatedClient::open(refreshing(post()));
    client.happens(Input::Resumable(true));
    client.happens(Input::Done(client.current()));
    client.happens(Input::Connect);
    client.cools_down();
    client.refuses_token();
    client.gives_token();
    assert_eq!(client.sent.last().map(|request| request.fresh), Some(true));
}

#[test]
fn a_401_in_the_middle_of_a_conversation_keeps_the_place_in_the_stream() {
    let mut client = Situation::First(Streaming).client(refreshing(subscription()));
    client.delivers();
    client.fails(Code::Network);
    client.waits();
    client.refuses_token();
    client.gives_token();
    assert_eq!(client.sent.last().map(|request| (request.attempt, request.fresh)), Some((1, false)));
}

#[test]
fn a_refresh_that_answers_at_once_counts() {
    for nests in [false, true] {
        let mut client = SimulatedClient::new(with_tokens(get()));
        client.nests = nests;
        client.listens(|action| match action {
            Action::Take(request, Step::Token) => vec![Input::Token(request, Token::Expired)],
            Action::Take(request, Step::Refresh) => vec![Input::Refreshed(request, Refresh::AskAgain)],
            _ => vec![],
        });
        client.happens(Input::Connect);
        assert_eq!((client.refreshes(), client.asks(), client.requests_sent()), (1, 2, 1));
    }
}
