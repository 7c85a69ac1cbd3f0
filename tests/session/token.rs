//! The token: asked for, renewed, refused. What people write in their trackers is that tokens expire and the header stays
//! stale.

use sse_fetch::session::{AttemptId, Code, Config, Event, Head, Input, Refresh, RetryDecision, State, Step, Token};

use crate::situation::Progress::{Authorizing, Refreshing, Renewing, Streaming};
use crate::situation::Situation;
use crate::world::{Action, STREAM, Stage, World, error_page, get, post, subscription, without_jitter};

/// Asks for tokens, and can have them renewed.
fn with_tokens(config: Config) -> Config {
    Config { asks_token: true, refreshes_token: true, ..config }
}

fn refreshing(config: Config) -> Config {
    Config { refreshes_token: true, ..config }
}

impl World {
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
        self.count(|command| matches!(command, Action::Take(_, Step::Token)))
    }

    fn refreshes(&self) -> usize {
        self.count(|command| matches!(command, Action::Take(_, Step::Refresh)))
    }
}

/// A stale token: the header that was right for the first request is wrong an hour later.
#[test]
fn the_token_is_asked_for_again_at_every_attempt_and_never_goes_stale() {
    let mut world = World::connecting(Config { asks_token: true, ..get() });
    for attempt in 1..=5 {
        assert_eq!((world.asks(), world.sent.len()), (attempt, attempt - 1), "asked before it is sent");
        world.answers(STREAM);
        assert_eq!(world.sent.len(), attempt);
        world.fails(Code::Network);
        world.waits();
    }
    world.happens(Input::Reconnect);
    assert_eq!(world.asks(), 7);
}

#[test]
fn nothing_is_sent_before_the_token_is_there() {
    for situation in [Authorizing, Renewing, Refreshing].into_iter().flat_map(Situation::both) {
        let mut world = situation.world(Config { connect_timeout: 0, ..get() });
        world.requests_sent();
        world.passes(1_000_000);
        assert_eq!((world.requests_sent(), world.state()), (0, situation.state()), "{situation:?}");
        world.gives_token();
        assert_eq!(world.requests_sent(), 1, "{situation:?}");
    }
}

#[test]
fn a_token_that_has_expired_is_refreshed_before_it_is_spent_on_a_401() {
    let mut world = World::connecting(with_tokens(get()));
    world.token(Token::Expired);
    assert_eq!((world.refreshes(), world.requests_sent()), (1, 0));
    world.refreshed(Refresh::Token);
    assert_eq!((world.requests_sent(), world.asks()), (1, 1), "the new token is the one that is sent");
    world.answers(STREAM);
    assert_eq!(world.heard(), "state, refresh, open");
}

#[test]
fn a_token_that_has_expired_is_sent_where_nobody_can_refresh_it() {
    let mut world = World::connecting(Config { asks_token: true, ..get() });
    world.token(Token::Expired);
    assert_eq!((world.refreshes(), world.requests_sent()), (0, 1));
}

#[test]
fn a_clock_that_is_wrong_about_every_token_does_not_refresh_for_ever() {
    let mut world = World::connecting(with_tokens(get()));
    world.token(Token::Expired);
    world.refreshed(Refresh::AskAgain);
    world.token(Token::Expired);
    assert_eq!((world.refreshes(), world.requests_sent()), (1, 1));
    world.answers(STREAM);
    assert_eq!(world.state(), State::Open);
}

#[test]
fn a_401_is_refreshed_and_sent_once_more_and_nobody_notices() {
    for config in [get(), post()] {
        let mut world = World::connecting(with_tokens(config));
        world.gives_token();
        let refused = world.current();
        world.refuses_token();
        assert!(world.done.contains(&Action::Cancel(refused)));
        assert_eq!(world.stage(), Some(Stage::Renewed));

        world.refreshed(Refresh::Token);
        world.answers(STREAM);
        assert_eq!(world.heard(), "state, refresh, open");
        assert_eq!(world.requests_sent(), 2);
    }
}

#[test]
fn the_refused_request_is_cancelled_before_the_next_begins() {
    let world = Situation::First(Refreshing).world(get());
    let place = |wanted: fn(&Action) -> bool| world.done.iter().rposition(wanted);
    let cancelled = place(|command| matches!(command, Action::Cancel(_)));
    let begun = place(|command| matches!(command, Action::Begin { .. }));
    assert!(cancelled.is_some() && cancelled < begun);
}

#[test]
fn a_401_that_is_mended_does_not_count_against_max_reconnects() {
    let mut world = World::open(Config { max_reconnects: Some(0), ..refreshing(get()) });
    for _ in 0..3 {
        world.reconnects();
        world.refuses_token();
        world.answers(STREAM);
        assert_eq!((world.state(), world.session.retry_count()), (State::Open, 0));
    }
}

#[test]
fn both_requests_of_a_refreshed_attempt_bear_its_number() {
    let mut world = Situation::Again(Refreshing).world(get());
    world.refreshed(Refresh::Token);
    world.answers(STREAM);
    let attempts: Vec<_> = world.sent.iter().map(|request| request.attempt).collect();
    assert_eq!(attempts, [0, 1, 1]);
    let notices = world.events();
    assert!(matches!(notices[..], [Event::Refreshed { attempt: 1 }, Event::Open { attempt: 1, .. }]), "{notices:?}");
}

#[test]
fn a_second_401_is_fatal_and_says_auth() {
    for config in [refreshing(get()), with_tokens(get()), refreshing(post())] {
        let mut world = World::connecting(config);
        world.refuses_token();
        world.gives_token();
        world.events();
        world.answers(Head { retry_after: Some(1000), ..error_page(401) });
        let notices = world.events();
        let [Event::Failed { error: failure }, Event::Close { .. }] = notices[..] else { panic!("{notices:?}") };
        assert_eq!((failure.code, failure.status, failure.retryable), (Code::Auth, Some(401), false));
        assert_eq!((world.refreshes(), world.requests_sent()), (1, 2));
    }
}

#[test]
fn a_token_refreshed_before_it_was_sent_is_not_refreshed_again_when_the_server_refuses_it() {
    let mut world = World::connecting(with_tokens(get()));
    world.token(Token::Expired);
    world.refreshed(Refresh::Token);
    world.answers(error_page(401));
    assert_eq!(world.heard(), "state, refresh, failed auth, close fatal");
    assert_eq!(world.refreshes(), 1);
}

#[test]
fn each_attempt_may_refresh_once_more() {
    let mut world = World::connecting(refreshing(get()));
    for refreshes in 1..=4 {
        world.refuses_token();
        world.answers(STREAM);
        assert_eq!((world.state(), world.refreshes()), (State::Open, refreshes));
        world.fails(Code::Network);
        world.waits();
    }
}

#[test]
fn refresh_false_gives_up_for_good() {
    for (situation, status) in [(Refreshing, Some(401)), (Renewing, None)] {
        for situation in Situation::both(situation) {
            let mut world = situation.world(get());
            world.refreshed(Refresh::GaveUp);
            let notices = world.events();
            let [Event::Failed { error: failure }, Event::Close { .. }] = notices[..] else { panic!("{notices:?}") };
            assert_eq!((failure.code, failure.status, failure.retryable), (Code::Auth, status, false));
            assert!(!world.has_request());
        }
    }
}

#[test]
fn refresh_true_asks_for_the_token_again() {
    let mut world = World::connecting(with_tokens(get()));
    world.refuses_token();
    world.refreshed(Refresh::AskAgain);
    assert_eq!((world.stage(), world.asks()), (Some(Stage::Asked), 2));
    world.answers(STREAM);
    assert_eq!(world.heard(), "state, refresh, open");
}

#[test]
fn refresh_true_without_anybody_to_ask_tries_as_it_is() {
    let mut world = World::connecting(refreshing(get()));
    world.refuses_token();
    world.refreshed(Refresh::AskAgain);
    assert_eq!((world.stage(), world.asks()), (Some(Stage::Awaited), 0));
}

#[test]
fn a_token_callback_that_throws_is_tried_again_with_backoff() {
    for progress in [Authorizing, Renewing, Refreshing] {
        let mut world = Situation::First(progress).world(without_jitter(get()));
        for delay in [1000, 2000, 4000] {
            world.fails(Code::Auth);
            assert_eq!(world.heard().replace("state, ", ""), "failed auth, retry", "{progress:?}");
            assert_eq!(world.waits(), delay);
            if progress == Renewing {
                world.token(Token::Expired);
            } else if progress == Refreshing {
                world.refuses_token();
            }
        }
        world.answers(STREAM);
        assert_eq!(world.state(), State::Open);
    }
}

#[test]
fn a_token_callback_that_always_throws_uses_up_max_reconnects() {
    let mut world = World::connecting(Config { max_reconnects: Some(2), ..with_tokens(get()) });
    for _ in 0..2 {
        world.fails(Code::Auth);
        world.waits();
    }
    world.events();
    world.fails(Code::Auth);
    assert_eq!(world.heard(), "failed auth, max-reconnects-reached, close max-reconnects");
    assert_eq!(world.requests_sent(), 0);
}

#[test]
fn a_token_callback_that_returns_rubbish_is_fatal() {
    for situation in [Authorizing, Renewing, Refreshing].into_iter().flat_map(Situation::both) {
        let mut world = situation.world(get());
        world.fails(Code::Callback);
        assert_eq!(world.heard(), "failed callback, close fatal", "{situation:?}");
    }
}

/// The world's own rule sees to it that no second one begins before the first is cancelled.
#[test]
fn a_token_callback_that_hangs_is_given_up_and_never_overlaps_the_next() {
    for situation in [Authorizing, Renewing, Refreshing].into_iter().flat_map(Situation::both) {
        let mut world = situation.world(Config { connect_timeout: 7000, ..get() });
        let hung = world.current();
        world.passes(6999);
        assert_eq!(world.heard(), "");
        world.passes(1);
        assert!(world.heard().starts_with("failed timeout, "), "{situation:?}");
        assert_eq!((world.state(), world.has_request()), (State::Reconnecting, false));
        assert!(world.done.contains(&Action::Cancel(hung)), "its signal is aborted");
        world.waits();
        assert!(world.current() != hung && world.has_request());
    }
}

#[test]
fn late_answers_of_an_abandoned_token_callback_are_ignored() {
    for progress in [Authorizing, Renewing, Refreshing] {
        let mut world = Situation::First(progress).world(get());
        let hung = world.current();
        world.passes(30_000);
        world.waits();
        let commands = world.done.len();
        for answer in [
            Input::Token(hung, Token::Usable),
            Input::Token(hung, Token::Expired),
            Input::Refreshed(hung, Refresh::Token),
            Input::Refreshed(hung, Refresh::AskAgain),
            Input::Refreshed(hung, Refresh::GaveUp),
            Input::Failed(hung, Code::Auth),
            Input::Failed(hung, Code::Callback),
        ] {
            world.happens(answer);
            assert_eq!(world.done.len(), commands, "{answer:?} of {progress:?}");
        }
    }
}

#[test]
fn an_answer_that_was_not_asked_for_is_ignored() {
    for situation in Situation::all() {
        let mut world = situation.world(get());
        let (request, commands) = (world.current(), world.done.len());
        for input in [Input::Token(AttemptId(u32::MAX), Token::Usable), Input::Refreshed(AttemptId(0), Refresh::Token)]
        {
            world.happens(input);
        }
        if world.stage() != Some(Stage::Asked) {
            world.happens(Input::Token(request, Token::Usable));
        }
        if world.stage() != Some(Stage::Renewed) {
            world.happens(Input::Refreshed(request, Refresh::GaveUp));
        }
        assert_eq!(world.done.len(), commands, "{situation:?}");
    }
}

#[test]
fn the_refreshed_request_has_the_whole_connect_timeout_again() {
    let mut world = Situation::First(Refreshing).world(get());
    world.passes(20_000);
    assert_eq!(world.wakes_in(), Some(10_000));
    world.refreshed(Refresh::Token);
    assert_eq!(world.wakes_in(), Some(30_000));
}

#[test]
fn disconnect_during_a_refresh_releases_it() {
    for situation in [Authorizing, Renewing, Refreshing].into_iter().flat_map(Situation::both) {
        for input in [Input::Disconnect, Input::Abort] {
            let mut world = situation.world(get());
            let request = world.current();
            world.happens(input);
            assert!(world.done.contains(&Action::Cancel(request)), "{situation:?}");
            assert_eq!(world.state(), State::Closed);
        }
    }
}

#[test]
fn without_anybody_to_refresh_it_a_401_is_a_status_like_others() {
    for config in [get(), Config { asks_token: true, ..get() }] {
        let mut world = World::connecting(config);
        world.answers(error_page(401));
        assert_eq!(world.heard(), "state, failed status, close fatal");
        assert_eq!(world.requests_sent(), 1);
    }
}

#[test]
fn validate_and_should_retry_are_not_asked_about_the_first_401() {
    let mut world = World::connecting(Config { validates: true, decides: true, ..refreshing(get()) });
    world.refuses_token();
    assert_eq!((world.stage(), world.asked.len()), (Some(Stage::Renewed), 0));
    world.gives_token();
    world.answers(error_page(401));
    assert_eq!(world.count(|command| matches!(command, Action::Take(_, Step::Validate))), 0);
    let asked: Vec<_> = world.asked.iter().map(|failure| (failure.code, failure.status)).collect();
    assert_eq!(asked, [(Code::Auth, Some(401))], "of the second it hears");
}

#[test]
fn should_retry_has_the_last_word_on_auth_too() {
    let mut world = Situation::First(Refreshing).world(Config { decides: true, ..get() });
    world.decision = RetryDecision::RetryIn(5);
    world.refreshed(Refresh::GaveUp);
    assert_eq!(world.waits(), 5);
    assert!(world.has_request());
}

#[test]
fn a_token_that_is_refused_for_good_is_refused_offline_too() {
    let mut world = Situation::First(Refreshing).world(Config { decides: true, ..get() });
    world.decision = RetryDecision::Retry;
    world.happens(Input::Offline);
    world.refreshed(Refresh::GaveUp);
    assert_eq!((world.heard().as_str(), world.session.retry_count()), ("failed auth, state, retry", 1));
}

#[test]
fn a_refreshed_chat_prompt_is_still_a_fresh_one() {
    let mut world = World::open(refreshing(post()));
    world.happens(Input::Resumable(true));
    world.happens(Input::Done(world.current()));
    world.happens(Input::Connect);
    world.settles();
    world.refuses_token();
    world.gives_token();
    assert_eq!(world.sent.last().map(|request| request.fresh), Some(true));
}

#[test]
fn a_401_in_the_middle_of_a_conversation_keeps_the_place_in_the_stream() {
    let mut world = Situation::First(Streaming).world(refreshing(subscription()));
    world.delivers();
    world.fails(Code::Network);
    world.waits();
    world.refuses_token();
    world.gives_token();
    assert_eq!(world.sent.last().map(|request| (request.attempt, request.fresh)), Some((1, false)));
}

#[test]
fn a_refresh_that_answers_at_once_counts() {
    for nests in [false, true] {
        let mut world = World::new(with_tokens(get()));
        world.nests = nests;
        world.listens(|command| match command {
            Action::Take(request, Step::Token) => vec![Input::Token(request, Token::Expired)],
            Action::Take(request, Step::Refresh) => vec![Input::Refreshed(request, Refresh::AskAgain)],
            _ => vec![],
        });
        world.happens(Input::Connect);
        assert_eq!((world.refreshes(), world.asks(), world.requests_sent()), (1, 2, 1));
    }
}
