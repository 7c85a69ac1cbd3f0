//! The life of the page: without network, hidden, in the back/forward cache.

use sse_fetch::session::{Code, Config, Head, Input, Millis, RetryDecision, State};

use crate::situation::Progress::{
    Authorizing, Paused, ReadingErrorBody, Refreshing, Renewing, Requesting, Resting, Settling, Streaming, Validating,
};
use crate::situation::Situation;
use crate::world::{Action, SETTLING, STREAM, Stage, World, error_page, get, post, subscription, without_jitter};

/// A browser may be wrong about being offline.
const PROBE: Millis = 60_000;

fn discreet(config: Config) -> Config {
    Config { close_when_hidden: true, ..config }
}

/// A stream that was lost while there was no network.
fn lost_offline(config: Config) -> World {
    let mut world = World::open(config);
    world.happens(Input::Offline);
    world.fails(Code::Network);
    world.requests_sent();
    world.events();
    world
}

// Offline and online.

#[test]
fn going_offline_cuts_nothing() {
    for situation in Situation::all() {
        let mut world = situation.world(get());
        let commands = world.done.len();
        world.happens(Input::Offline);
        assert_eq!(world.done.len(), commands, "{situation:?}");
    }
}

#[test]
fn a_stream_lost_offline_spends_no_attempt_and_is_back_within_100_ms_of_online() {
    for lose in [World::ends as fn(&mut World), |world| world.fails(Code::Network), |world| world.fails(Code::Timeout)]
    {
        let mut world = World::open(Config { max_reconnects: Some(0), ..get() });
        world.happens(Input::Offline);
        world.events();
        lose(&mut world);
        assert!(!world.heard().contains("retry"));
        world.passes(30_000);
        assert_eq!((world.state(), world.session.retry_count()), (State::Reconnecting, 0));

        world.happens(Input::Online);
        world.settles();
        assert_eq!(world.sent.last().map(|request| (request.attempt, request.fresh)), Some((0, false)));
        world.answers(STREAM);
        assert_eq!(world.state(), State::Open);
    }
}

#[test]
fn a_stream_that_is_silent_offline_spends_no_attempt() {
    let mut world = World::open(Config { idle_timeout: 5000, max_reconnects: Some(0), ..get() });
    world.happens(Input::Offline);
    world.passes(5000);
    assert_eq!(world.heard(), "state, open, failed idle, state");
    assert_eq!(world.session.retry_count(), 0);
}

#[test]
fn a_token_that_cannot_be_had_offline_spends_no_attempt() {
    for situation in [Authorizing, Renewing, Refreshing].into_iter().flat_map(Situation::both) {
        let mut world = situation.world(Config { max_reconnects: Some(1), ..get() });
        let attempt = world.session.retry_count();
        world.happens(Input::Offline);
        world.fails(Code::Auth);
        assert!(!world.heard().contains("retry"));
        assert_eq!((world.session.retry_count(), world.state()), (attempt, State::Reconnecting), "{situation:?}");
        world.happens(Input::Online);
        world.settles();
        assert!(world.has_request());
    }
}

#[test]
fn offline_for_a_day_spends_no_attempt_and_tries_once_a_minute() {
    let mut world = lost_offline(Config { max_reconnects: Some(1), ..without_jitter(get()) });
    for _ in 0..24 * 60 {
        assert_eq!(world.waits(), PROBE);
        assert!(world.has_request(), "browsers can be wrong about being offline");
        world.fails(Code::Network);
    }
    assert_eq!((world.state(), world.session.retry_count()), (State::Reconnecting, 0));
    assert!(!world.heard().contains("retry"));

    world.happens(Input::Online);
    world.passes(SETTLING);
    world.fails(Code::Network);
    assert_eq!(world.heard(), "failed network, retry", "from now on it counts");
    assert_eq!(world.waits(), 1000);
}

#[test]
fn a_browser_that_is_wrong_about_being_offline_gets_its_stream() {
    let mut world = lost_offline(get());
    world.waits();
    world.answers(STREAM);
    assert_eq!(world.state(), State::Open);
    world.sleeps(1000);
    world.speaks();
    world.happens(Input::Online);
    assert_eq!(world.state(), State::Open);
}

#[test]
fn a_server_that_is_down_behind_a_network_that_is_not_counts_as_always() {
    let mut world = lost_offline(get());
    world.waits();
    world.answers(error_page(503));
    assert_eq!((world.heard().as_str(), world.session.retry_count()), ("failed status, retry", 1));
}

#[test]
fn a_first_connect_is_tried_at_once_even_offline() {
    let mut world = World::new(get());
    world.happens(Input::Offline);
    world.happens(Input::Connect);
    assert_eq!(world.requests_sent(), 1);
    world.fails(Code::Network);
    assert_eq!((world.heard().as_str(), world.next_attempt_in()), ("state, failed network, state", Some(PROBE)));
}

#[test]
fn reconnect_by_hand_is_tried_at_once_even_offline() {
    let mut world = lost_offline(get());
    world.happens(Input::Reconnect);
    assert_eq!(world.requests_sent(), 1);
}

#[test]
fn online_ends_a_wait_that_nobody_asked_for() {
    let mut world = Situation::Waiting.world(without_jitter(get()));
    assert_eq!(world.next_attempt_in(), Some(1000));
    world.happens(Input::Offline);
    assert_eq!(world.next_attempt_in(), Some(1000));
    world.happens(Input::Online);
    world.settles();
    assert_eq!(world.sent.last().map(|request| request.attempt), Some(1));
}

#[test]
fn online_does_not_cut_short_what_the_server_asked_for() {
    let mut world = World::connecting(without_jitter(get()));
    world.answers(Head { retry_after: Some(90_000), ..error_page(503) });
    let asked = world.next_attempt_in();
    for input in
        [Input::Offline, Input::Online, Input::Hidden, Input::Visible, Input::EnteredBfcache, Input::LeftBfcache]
    {
        world.happens(input);
        assert_eq!(world.next_attempt_in(), asked, "{input:?}");
    }
    world.passes(89_999);
    assert_eq!(world.requests_sent(), 1);
    world.passes(1);
    assert_eq!(world.requests_sent(), 1);
}

#[test]
fn online_does_not_cut_short_what_should_retry_asked_for() {
    let mut world = World::connecting(Config { decides: true, ..get() });
    world.decision = RetryDecision::RetryIn(90_000);
    world.fails(Code::Network);
    world.happens(Input::Offline);
    world.happens(Input::Online);
    assert_eq!(world.next_attempt_in(), Some(90_000));
}

#[test]
fn what_the_server_asked_for_is_waited_for_though_the_network_goes_meanwhile() {
    let mut world = World::connecting(get());
    world.answers(Head { retry_after: Some(90_000), ..error_page(503) });
    world.happens(Input::Offline);
    world.waits();
    assert_eq!((world.requests_sent(), world.next_attempt_in()), (1, Some(PROBE)));
    world.happens(Input::Online);
    world.settles();
    assert_eq!(world.requests_sent(), 1);
}

/// The network went and took the stream with it, and nobody will ever say so.
#[test]
fn a_stream_that_said_nothing_since_before_offline_is_reopened_online() {
    let mut world = World::open(get());
    world.events();
    world.passes(1000);
    world.happens(Input::Offline);
    world.passes(1000);
    world.happens(Input::Online);
    assert_eq!((world.heard().as_str(), world.has_request()), ("state", false));
    assert_eq!(world.settles(), SETTLING, "the server sees the end of the old one first");
    world.answers(STREAM);
    assert_eq!(world.heard(), "open");
}

#[test]
fn a_stream_that_spoke_while_offline_is_left_alone_online() {
    let mut world = World::open(get());
    world.passes(1000);
    world.happens(Input::Offline);
    world.passes(1000);
    world.speaks();
    world.passes(1000);
    world.happens(Input::Online);
    assert_eq!((world.state(), world.requests_sent()), (State::Open, 1));
}

/// What had been received when the network went may be read a little later.
#[test]
fn a_stream_whose_last_words_were_read_after_offline_is_reopened_online() {
    for (read_after, state) in [(0, State::Reconnecting), (999, State::Reconnecting), (1000, State::Open)] {
        let mut world = World::open(get());
        world.happens(Input::Offline);
        world.sleeps(read_after);
        world.speaks();
        world.sleeps(60_000);
        world.happens(Input::Online);
        assert_eq!(world.state(), state, "read {read_after} ms after");
    }
}

#[test]
fn a_token_asked_for_without_network_is_asked_for_anew_online() {
    for situation in Situation::both(Authorizing) {
        for config in [get(), post()] {
            let mut world = situation.world(config);
            let hung = world.current();
            world.happens(Input::Offline);
            world.happens(Input::Online);
            assert!(world.done.contains(&Action::Cancel(hung)), "{situation:?}");
            assert_eq!(world.stage(), Some(Stage::Asked));
            assert!(world.current() != hung);
        }
    }
}

#[test]
fn offline_said_twice_counts_from_the_first() {
    let mut world = World::open(get());
    world.happens(Input::Offline);
    world.passes(1000);
    world.speaks();
    world.passes(1000);
    world.happens(Input::Offline);
    world.happens(Input::Online);
    assert_eq!(world.state(), State::Open);
}

#[test]
fn a_chat_answer_without_a_byte_while_offline_is_reopened_only_if_it_may_be_repeated() {
    for (config, state) in [(subscription(), State::Reconnecting), (post(), State::Open)] {
        let mut world = World::open(config);
        world.delivers();
        world.passes(1000);
        world.happens(Input::Offline);
        world.passes(1000);
        world.happens(Input::Online);
        assert_eq!(world.state(), state);
    }
}

#[test]
fn a_paused_stream_of_which_nothing_came_since_before_offline_is_reopened_too_and_still_paused() {
    let mut world = Situation::First(Paused).world(get());
    world.passes(1000);
    world.happens(Input::Offline);
    world.passes(1000);
    world.happens(Input::Online);
    world.settles();
    assert_eq!(world.requests_sent(), 2);
    world.answers(STREAM);
    assert_eq!(world.state(), State::Paused);
}

#[test]
fn a_request_sent_while_offline_is_sent_again_when_online_if_it_may_be_repeated() {
    for (config, requests) in [(get(), 2), (subscription(), 2), (post(), 1)] {
        let mut world = World::new(config);
        world.happens(Input::Offline);
        world.happens(Input::Connect);
        world.happens(Input::Online);
        world.settles();
        assert_eq!((world.requests_sent(), world.session.retry_count()), (requests, 0));
    }
}

#[test]
fn online_that_was_never_offline_changes_nothing() {
    for situation in Situation::all().filter(|situation| *situation != Situation::WaitingOffline) {
        let mut world = situation.world(get());
        let commands = world.done.len();
        world.happens(Input::Online);
        assert_eq!(world.done.len(), commands, "{situation:?}");
    }
}

#[test]
fn a_network_that_flickers_makes_two_requests_at_most_one_after_the_other() {
    let mut world = lost_offline(get());
    for _ in 0..100 {
        world.happens(Input::Online);
        world.happens(Input::Offline);
    }
    world.happens(Input::Online);
    world.passes(1000);
    assert_eq!(world.requests_sent(), 2);
}

#[test]
fn without_watch_network_offline_is_a_failure_like_others() {
    let mut world = World::open(Config { watch_network: false, max_reconnects: Some(1), ..without_jitter(get()) });
    world.happens(Input::Offline);
    world.events();
    world.fails(Code::Network);
    assert_eq!(world.heard(), "failed network, state, retry");
    world.happens(Input::Online);
    assert_eq!(world.next_attempt_in(), Some(1000));
}

// Hidden and visible.

#[test]
fn a_hidden_page_keeps_its_stream_unless_told_otherwise() {
    for situation in Situation::all().filter(|situation| !matches!(situation.progress(), Some(Resting | Settling))) {
        for input in [Input::Hidden, Input::Visible] {
            let mut world = situation.world(get());
            let commands = world.done.len();
            world.happens(input);
            assert_eq!(world.done.len(), commands, "{input:?} in {situation:?}");
        }
    }
}

#[test]
fn a_hidden_page_lets_its_stream_go_and_has_it_back_when_it_is_seen() {
    for progress in [Streaming, Paused] {
        let mut world = Situation::First(progress).world(discreet(get()));
        world.happens(Input::Hidden);
        assert_eq!((world.heard().as_str(), world.has_request()), ("state", false));
        world.passes(1_000_000);
        assert_eq!(world.requests_sent(), 1);

        world.happens(Input::Visible);
        assert_eq!(world.settles(), 0, "the server has long seen the end of the last one");
        assert_eq!(world.sent.last().map(|request| (request.attempt, request.fresh)), Some((0, false)));
        world.answers(STREAM);
        assert_eq!(world.state(), Situation::First(progress).state());
    }
}

/// fetch-event-source issue 95: switching tabs fires a second request. And 36 and 55: by default it must not even close.
#[test]
fn switching_tabs_a_hundred_times_in_no_time_sends_two_requests_at_most_one_after_the_other() {
    for situation in Situation::all().filter(|situation| situation.state() != State::Idle) {
        let mut world = situation.world(discreet(get()));
        world.requests_sent();
        for _ in 0..100 {
            world.happens(Input::Hidden);
            world.happens(Input::Visible);
            world.gives_token();
        }
        assert!(world.requests_sent() <= 1, "before the server has seen the end of it: {situation:?}");
        if world.next_attempt_in().is_some() {
            world.waits();
            world.gives_token();
            assert!(world.requests_sent() <= 1, "{situation:?}");
        }
        assert_eq!(world.has_request(), situation != Situation::Closed, "{situation:?}");
    }
}

/// fetch-event-source issue 95, with a reader slow enough that each request begins.
#[test]
fn switching_tabs_slowly_never_has_two_requests_open() {
    let mut world = World::open(discreet(get()));
    for _ in 0..100 {
        world.happens(Input::Hidden);
        assert!(!world.has_request());
        world.passes(1000);
        world.happens(Input::Visible);
        assert_eq!(world.stage(), Some(Stage::Awaited));
    }
    assert_eq!(world.requests_sent(), 101);
}

#[test]
fn connect_in_a_hidden_page_waits_until_it_is_seen() {
    for config in [get(), post()] {
        let mut world = World::new(discreet(config));
        world.happens(Input::Hidden);
        world.happens(Input::Connect);
        world.passes(1_000_000);
        assert_eq!((world.state(), world.requests_sent()), (State::Connecting, 0));
        world.happens(Input::Visible);
        world.answers(STREAM);
        assert_eq!((world.heard().as_str(), world.requests_sent()), ("state, open", 1));
    }
}

#[test]
fn reconnect_in_a_hidden_page_opens_at_once_and_stays_until_it_is_hidden_again() {
    let mut world = Situation::First(Resting).world(get());
    world.happens(Input::Reconnect);
    world.answers(STREAM);
    world.fails(Code::Network);
    world.waits();
    world.answers(STREAM);
    assert_eq!(world.state(), State::Open);
    world.happens(Input::Visible);
    assert_eq!(world.state(), State::Open);
    world.happens(Input::Hidden);
    assert_eq!((world.state(), world.has_request()), (State::Reconnecting, false));
}

#[test]
fn a_wait_that_ends_in_a_hidden_page_goes_on_until_it_is_seen() {
    let mut world = Situation::Waiting.world(discreet(get()));
    world.happens(Input::Hidden);
    world.requests_sent();
    world.passes(1_000_000);
    assert_eq!((world.requests_sent(), world.state()), (0, State::Reconnecting));
    world.happens(Input::Visible);
    assert_eq!(world.sent.last().map(|request| request.attempt), Some(1));
}

#[test]
fn a_wait_that_is_not_over_goes_on_when_the_page_is_seen() {
    let mut world = Situation::Waiting.world(discreet(without_jitter(get())));
    world.happens(Input::Hidden);
    world.passes(300);
    world.happens(Input::Visible);
    assert_eq!(world.next_attempt_in(), Some(700));
}

#[test]
fn a_page_that_is_seen_without_network_tries_once_and_then_waits_for_the_network() {
    let mut world = Situation::Again(Resting).world(get());
    world.happens(Input::Offline);
    world.requests_sent();
    world.happens(Input::Visible);
    world.fails(Code::Network);
    assert!(!world.heard().contains("retry"));
    world.passes(PROBE - 1);
    assert_eq!(world.requests_sent(), 1);
    world.happens(Input::Online);
    assert_eq!(world.requests_sent(), 1);
}

#[test]
fn a_stable_stream_that_is_let_go_of_is_forgiven_its_attempts() {
    for input in [Input::Hidden, Input::EnteredBfcache, Input::Online] {
        let mut world = Situation::Again(Streaming).world(discreet(get()));
        world.sleeps(1000);
        world.happens(Input::Offline);
        world.sleeps(4000);
        world.happens(input);
        assert!(!world.is_streaming());
        assert_eq!(world.session.retry_count(), 0, "{input:?}");
    }
}

#[test]
fn a_token_is_asked_for_to_the_end_though_the_page_goes_and_nothing_is_sent_until_it_is_back() {
    for (away, back) in [(Input::Hidden, Input::Visible), (Input::EnteredBfcache, Input::LeftBfcache)] {
        for situation in [Authorizing, Renewing, Refreshing].into_iter().flat_map(Situation::both) {
            for config in [get(), post()] {
                let mut world = situation.world(discreet(config));
                world.requests_sent();
                world.happens(away);
                assert!(world.has_request(), "{situation:?}");
                world.gives_token();
                world.passes(1_000_000);
                assert_eq!((world.requests_sent(), world.has_request()), (0, false), "{situation:?}");
                world.happens(back);
                world.gives_token();
                assert_eq!(world.requests_sent(), 1, "{situation:?}");
            }
        }
    }
}

#[test]
fn a_chat_prompt_under_way_is_left_alone_when_the_page_goes() {
    for away in [Input::Hidden, Input::EnteredBfcache] {
        for progress in [Requesting, Validating, ReadingErrorBody, Streaming, Paused] {
            for situation in Situation::both(progress) {
                let mut world = situation.world(discreet(post()));
                let commands = world.done.len();
                world.happens(away);
                assert_eq!(world.done.len(), commands, "{away:?} in {situation:?}");
            }
        }
    }
}

#[test]
fn a_hidden_subscription_by_post_is_closed_and_resumed() {
    for (away, back) in [(Input::Hidden, Input::Visible), (Input::EnteredBfcache, Input::LeftBfcache)] {
        let mut world = World::open(discreet(subscription()));
        world.happens(away);
        assert!(!world.has_request());
        world.happens(back);
        assert_eq!(world.settles(), SETTLING);
        assert_eq!(world.sent.last().map(|request| request.fresh), Some(false));
    }
}

#[test]
fn a_get_whose_answer_has_not_come_is_let_go_with_the_page() {
    for away in [Input::Hidden, Input::EnteredBfcache] {
        for situation in [Requesting, Validating].into_iter().flat_map(Situation::both) {
            let mut world = situation.world(discreet(get()));
            let request = world.current();
            world.happens(away);
            assert_eq!((world.state(), world.heard().as_str()), (situation.state(), ""), "{situation:?}");
            assert!(world.done.contains(&Action::Cancel(request)));
        }
    }
}

// The back/forward cache.

#[test]
fn a_page_in_the_back_forward_cache_holds_no_stream_and_has_it_back_afterwards() {
    for config in [get(), discreet(get())] {
        let mut world = World::open(config);
        world.happens(Input::EnteredBfcache);
        assert!(!world.has_request(), "a connection would keep the page out of the cache");
        world.sleeps(10_000_000);
        world.happens(Input::LeftBfcache);
        world.answers(STREAM);
        assert_eq!((world.state(), world.session.retry_count()), (State::Open, 0));
    }
}

#[test]
fn a_page_that_comes_back_from_the_cache_hidden_waits_until_it_is_seen() {
    for (first, then) in [(Input::LeftBfcache, Input::Visible), (Input::Visible, Input::LeftBfcache)] {
        let mut world = World::open(discreet(get()));
        world.happens(Input::Hidden);
        world.happens(Input::EnteredBfcache);
        world.happens(first);
        world.passes(1_000_000);
        assert_eq!(world.requests_sent(), 1);
        world.happens(then);
        assert_eq!(world.requests_sent(), 1);
    }
}

#[test]
fn reconnect_in_a_page_on_its_way_into_the_cache_is_made_when_it_comes_back() {
    for situation in Situation::all() {
        let mut world = situation.world(get());
        world.happens(Input::EnteredBfcache);
        world.requests_sent();
        world.happens(Input::Reconnect);
        assert_eq!((world.requests_sent(), world.has_request()), (0, false), "{situation:?}");
        world.happens(Input::LeftBfcache);
        world.settles();
        world.gives_token();
        assert_eq!(world.requests_sent(), 1, "{situation:?}");
    }
}

#[test]
fn a_wait_sat_out_in_the_cache_is_over_at_once_when_the_page_is_back() {
    let mut world = Situation::Waiting.world(get());
    world.happens(Input::EnteredBfcache);
    world.sleeps(1_000_000);
    world.happens(Input::LeftBfcache);
    assert_eq!(world.waits(), 0);
    assert!(world.has_request());
}

#[test]
fn disconnect_while_the_page_is_away_is_final() {
    for situation in Situation::both(Resting).into_iter().chain(Situation::both(Settling)) {
        let mut world = situation.world(get());
        world.happens(Input::Disconnect);
        for input in [Input::Visible, Input::Online, Input::LeftBfcache] {
            world.happens(input);
        }
        world.passes(1_000_000);
        assert_eq!((world.state(), world.heard().as_str()), (State::Closed, "close client"), "{situation:?}");
    }
}
