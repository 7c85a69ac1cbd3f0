//! The life of the page: without network, hidden, in the back/forward cache.

use sse_fetch::session::{Code, Config, Head, Input, Millis, RetryDecision, State};

use crate::simulated_client::{
    ABSENCES, Action, COOLDOWN, PAGE_INPUTS, STREAM, SimulatedClient, Stage, error_page, get, post, subscription,
    without_jitter,
};
use crate::situation::Progress::{
    Authorizing, CoolingDown, Paused, ReadingErrorBody, Refreshing, RefreshingExpired, Requesting, Streaming,
    Suspended, Validating,
};
use crate::situation::Situation;

/// A browser may be wrong about being offline.
const PROBE: Millis = 60_000;

fn discreet(config: Config) -> Config {
    Config { close_when_hidden: true, ..config }
}

/// A stream that was lost while there was no network.
fn lost_offline(config: Config) -> SimulatedClient {
    let mut client = SimulatedClient::open(config);
    client.happens(Input::Offline);
    client.fails(Code::Network);
    client.requests_sent();
    client.events();
    client
}

// Offline and online.

#[test]
fn going_offline_aborts_nothing() {
    for situation in Situation::all() {
        let mut client = situation.client(get());
        let actions = client.done.len();
        client.happens(Input::Offline);
        assert_eq!(client.done.len(), actions, "{situation:?}");
    }
}

#[test]
fn a_stream_lost_offline_uses_up_no_attempt_and_reconnects_within_100_ms_of_online() {
    for lose in [
        SimulatedClient::ends as fn(&mut SimulatedClient),
        |client| client.fails(Code::Network),
        |client| client.fails(Code::Timeout),
    ] {
        let mut client = SimulatedClient::open(Config { max_reconnects: Some(0), ..get() });
        client.happens(Input::Offline);
        client.events();
        lose(&mut client);
        assert!(!client.events_in_words().contains("retry"));
        client.passes(30_000);
        assert_eq!((client.state(), client.session.retry_count()), (State::Reconnecting, 0));

        client.happens(Input::Online);
        client.cools_down();
        assert_eq!(client.sent.last().map(|request| (request.attempt, request.fresh)), Some((0, false)));
        client.answers(STREAM);
        assert_eq!(client.state(), State::Open);
    }
}

#[test]
fn a_stream_that_is_silent_offline_uses_up_no_attempt() {
    let mut client = SimulatedClient::open(Config { idle_timeout: 5000, max_reconnects: Some(0), ..get() });
    client.happens(Input::Offline);
    client.passes(5000);
    assert_eq!(client.events_in_words(), "state, open, failed idle, state");
    assert_eq!(client.session.retry_count(), 0);
}

#[test]
fn a_token_that_fails_offline_uses_up_no_attempt() {
    for situation in [Authorizing, RefreshingExpired, Refreshing].into_iter().flat_map(Situation::both) {
        let mut client = situation.client(Config { max_reconnects: Some(1), ..get() });
        let attempt = client.session.retry_count();
        client.happens(Input::Offline);
        client.fails(Code::Auth);
        assert!(!client.events_in_words().contains("retry"));
        assert_eq!((client.session.retry_count(), client.state()), (attempt, State::Reconnecting), "{situation:?}");
        client.happens(Input::Online);
        client.cools_down();
        assert!(client.has_request());
    }
}

#[test]
fn offline_for_a_day_uses_up_no_attempt_and_tries_once_a_minute() {
    let mut client = lost_offline(Config { max_reconnects: Some(1), ..without_jitter(get()) });
    for _ in 0..24 * 60 {
        assert_eq!(client.waits(), PROBE);
        assert!(client.has_request(), "browsers can be wrong about being offline");
        client.fails(Code::Network);
    }
    assert_eq!((client.state(), client.session.retry_count()), (State::Reconnecting, 0));
    assert!(!client.events_in_words().contains("retry"));

    client.happens(Input::Online);
    client.passes(COOLDOWN);
    client.fails(Code::Network);
    assert_eq!(client.events_in_words(), "failed network, retry", "from now on it counts");
    assert_eq!(client.waits(), 1000);
}

#[test]
fn a_browser_that_is_wrong_about_being_offline_gets_its_stream() {
    let mut client = lost_offline(get());
    client.waits();
    client.answers(STREAM);
    assert_eq!(client.state(), State::Open);
    client.sleeps(1000);
    client.receives_bytes();
    client.happens(Input::Online);
    assert_eq!(client.state(), State::Open);
}

#[test]
fn an_error_status_counts_even_offline() {
    let mut client = lost_offline(get());
    client.waits();
    client.answers(error_page(503));
    assert_eq!((client.events_in_words().as_str(), client.session.retry_count()), ("failed status, retry", 1));
}

#[test]
fn a_first_connect_is_tried_at_once_even_offline() {
    let mut client = SimulatedClient::new(get());
    client.happens(Input::Offline);
    client.happens(Input::Connect);
    assert_eq!(client.requests_sent(), 1);
    client.fails(Code::Network);
    assert_eq!(
        (client.events_in_words().as_str(), client.next_attempt_in()),
        ("state, failed network, state", Some(PROBE))
    );
}

#[test]
fn reconnect_by_hand_is_tried_at_once_even_offline() {
    let mut client = lost_offline(get());
    client.happens(Input::Reconnect);
    assert_eq!(client.requests_sent(), 1);
}

#[test]
fn online_ends_a_wait_of_the_backoff() {
    let mut client = Situation::Waiting.client(without_jitter(get()));
    assert_eq!(client.next_attempt_in(), Some(1000));
    client.happens(Input::Offline);
    assert_eq!(client.next_attempt_in(), Some(1000));
    client.happens(Input::Online);
    client.cools_down();
    assert_eq!(client.sent.last().map(|request| request.attempt), Some(1));
}

#[test]
fn online_does_not_shorten_a_wait_that_the_server_requested() {
    let mut client = SimulatedClient::connecting(without_jitter(get()));
    client.answers(Head { retry_after: Some(90_000), ..error_page(503) });
    let asked = client.next_attempt_in();
    for input in PAGE_INPUTS {
        client.happens(input);
        assert_eq!(client.next_attempt_in(), asked, "{input:?}");
    }
    client.passes(89_999);
    assert_eq!(client.requests_sent(), 1);
    client.passes(1);
    assert_eq!(client.requests_sent(), 1);
}

#[test]
fn online_does_not_shorten_a_wait_that_should_retry_requested() {
    let mut client = SimulatedClient::connecting(Config { has_should_retry: true, ..get() });
    client.decision = RetryDecision::RetryIn(90_000);
    client.fails(Code::Network);
    client.happens(Input::Offline);
    client.happens(Input::Online);
    assert_eq!(client.next_attempt_in(), Some(90_000));
}

#[test]
fn a_wait_that_the_server_requested_is_kept_when_the_network_is_lost() {
    let mut client = SimulatedClient::connecting(get());
    client.answers(Head { retry_after: Some(90_000), ..error_page(503) });
    client.happens(Input::Offline);
    client.waits();
    assert_eq!((client.requests_sent(), client.next_attempt_in()), (1, Some(PROBE)));
    client.happens(Input::Online);
    client.cools_down();
    assert_eq!(client.requests_sent(), 1);
}

/// The connection was lost with the network, without an error.
#[test]
fn a_stream_without_a_byte_since_offline_is_requested_again_online() {
    let mut client = SimulatedClient::open(get());
    client.events();
    client.passes(1000);
    client.happens(Input::Offline);
    client.passes(1000);
    client.happens(Input::Online);
    assert_eq!((client.events_in_words().as_str(), client.has_request()), ("state", false));
    assert_eq!(client.cools_down(), COOLDOWN, "the cooldown after the old request");
    client.answers(STREAM);
    assert_eq!(client.events_in_words(), "open");
}

#[test]
fn a_stream_with_bytes_while_offline_continues_online() {
    let mut client = SimulatedClient::open(get());
    client.passes(1000);
    client.happens(Input::Offline);
    client.passes(1000);
    client.receives_bytes();
    client.passes(1000);
    client.happens(Input::Online);
    assert_eq!((client.state(), client.requests_sent()), (State::Open, 1));
}

/// Bytes that arrived before the network was lost may be read a little later.
#[test]
fn a_stream_whose_last_bytes_were_read_just_after_offline_is_requested_again_online() {
    for (read_after, state) in [(0, State::Reconnecting), (999, State::Reconnecting), (1000, State::Open)] {
        let mut client = SimulatedClient::open(get());
        client.happens(Input::Offline);
        client.sleeps(read_after);
        client.receives_bytes();
        client.sleeps(60_000);
        client.happens(Input::Online);
        assert_eq!(client.state(), state, "read {read_after} ms after");
    }
}

#[test]
fn a_token_requested_offline_is_requested_again_online() {
    for situation in Situation::both(Authorizing) {
        for config in [get(), post()] {
            let mut client = situation.client(config);
            let hung = client.current();
            client.happens(Input::Offline);
            client.happens(Input::Online);
            assert!(client.done.contains(&Action::Cancel(hung)), "{situation:?}");
            assert_eq!(client.stage(), Some(Stage::Asked));
            assert!(client.current() != hung);
        }
    }
}

#[test]
fn offline_reported_twice_counts_from_the_first_time() {
    let mut client = SimulatedClient::open(get());
    client.happens(Input::Offline);
    client.passes(1000);
    client.receives_bytes();
    client.passes(1000);
    client.happens(Input::Offline);
    client.happens(Input::Online);
    assert_eq!(client.state(), State::Open);
}

#[test]
fn a_chat_answer_without_a_byte_since_offline_is_requested_again_only_if_it_may_be_repeated() {
    for (config, state) in [(subscription(), State::Reconnecting), (post(), State::Open)] {
        let mut client = SimulatedClient::open(config);
        client.delivers();
        client.passes(1000);
        client.happens(Input::Offline);
        client.passes(1000);
        client.happens(Input::Online);
        assert_eq!(client.state(), state);
    }
}

#[test]
fn a_paused_stream_without_a_byte_since_offline_is_requested_again_and_stays_paused() {
    let mut client = Situation::First(Paused).client(get());
    client.passes(1000);
    client.happens(Input::Offline);
    client.passes(1000);
    client.happens(Input::Online);
    client.cools_down();
    assert_eq!(client.requests_sent(), 2);
    client.answers(STREAM);
    assert_eq!(client.state(), State::Paused);
}

#[test]
fn a_request_sent_while_offline_is_sent_again_when_online_if_it_may_be_repeated() {
    for (config, requests) in [(get(), 2), (subscription(), 2), (post(), 1)] {
        let mut client = SimulatedClient::new(config);
        client.happens(Input::Offline);
        client.happens(Input::Connect);
        client.happens(Input::Online);
        client.cools_down();
        assert_eq!((client.requests_sent(), client.session.retry_count()), (requests, 0));
    }
}

#[test]
fn online_without_offline_changes_nothing() {
    for situation in Situation::all().filter(|situation| *situation != Situation::WaitingOffline) {
        let mut client = situation.client(get());
        let actions = client.done.len();
        client.happens(Input::Online);
        assert_eq!(client.done.len(), actions, "{situation:?}");
    }
}

#[test]
fn a_network_that_flickers_makes_two_requests_at_most_one_after_the_other() {
    let mut client = lost_offline(get());
    for _ in 0..100 {
        client.happens(Input::Online);
        client.happens(Input::Offline);
    }
    client.happens(Input::Online);
    client.passes(1000);
    assert_eq!(client.requests_sent(), 2);
}

#[test]
fn without_watch_network_offline_is_a_failure_like_others() {
    let mut client =
        SimulatedClient::open(Config { watch_network: false, max_reconnects: Some(1), ..without_jitter(get()) });
    client.happens(Input::Offline);
    client.events();
    client.fails(Code::Network);
    assert_eq!(client.events_in_words(), "failed network, state, retry");
    client.happens(Input::Online);
    assert_eq!(client.next_attempt_in(), Some(1000));
}

// Hidden and visible.

#[test]
fn a_hidden_page_keeps_its_stream_by_default() {
    for situation in Situation::all().filter(|situation| !matches!(situation.progress(), Some(Suspended | CoolingDown)))
    {
        for input in [Input::Hidden, Input::Visible] {
            let mut client = situation.client(get());
            let actions = client.done.len();
            client.happens(input);
            assert_eq!(client.done.len(), actions, "{input:?} in {situation:?}");
        }
    }
}

#[test]
fn a_hidden_page_closes_its_stream_and_resumes_it_when_it_is_visible() {
    for progress in [Streaming, Paused] {
        let mut client = Situation::First(progress).client(discreet(get()));
        client.happens(Input::Hidden);
        assert_eq!((client.events_in_words().as_str(), client.has_request()), ("state", false));
        client.passes(1_000_000);
        assert_eq!(client.requests_sent(), 1);

        client.happens(Input::Visible);
        assert_eq!(client.cools_down(), 0, "the cooldown has passed");
        assert_eq!(client.sent.last().map(|request| (request.attempt, request.fresh)), Some((0, false)));
        client.answers(STREAM);
        assert_eq!(client.state(), Situation::First(progress).state());
    }
}

/// fetch-event-source issue 95: switching tabs fires a second request. And 36 and 55: by default it must not even close.
#[test]
fn switching_tabs_a_hundred_times_in_no_time_sends_two_requests_at_most_one_after_the_other() {
    for situation in Situation::all().filter(|situation| situation.state() != State::Idle) {
        let mut client = situation.client(discreet(get()));
        client.requests_sent();
        for _ in 0..100 {
            client.happens(Input::Hidden);
            client.happens(Input::Visible);
            client.gives_token();
        }
        assert!(client.requests_sent() <= 1, "during the cooldown: {situation:?}");
        if client.next_attempt_in().is_some() {
            client.waits();
            client.gives_token();
            assert!(client.requests_sent() <= 1, "{situation:?}");
        }
        assert_eq!(client.has_request(), situation != Situation::Closed, "{situation:?}");
    }
}

/// fetch-event-source issue 95, with a reader slow enough that each request begins.
#[test]
fn switching_tabs_slowly_never_has_two_requests_open() {
    let mut client = SimulatedClient::open(discreet(get()));
    for _ in 0..100 {
        client.happens(Input::Hidden);
        assert!(!client.has_request());
        client.passes(1000);
        client.happens(Input::Visible);
        assert_eq!(client.stage(), Some(Stage::Awaited));
    }
    assert_eq!(client.requests_sent(), 101);
}

#[test]
fn connect_in_a_hidden_page_waits_until_it_is_visible() {
    for config in [get(), post()] {
        let mut client = SimulatedClient::new(discreet(config));
        client.happens(Input::Hidden);
        client.happens(Input::Connect);
        client.passes(1_000_000);
        assert_eq!((client.state(), client.requests_sent()), (State::Connecting, 0));
        client.happens(Input::Visible);
        client.answers(STREAM);
        assert_eq!((client.events_in_words().as_str(), client.requests_sent()), ("state, open", 1));
    }
}

#[test]
fn reconnect_in_a_hidden_page_opens_at_once_and_stays_until_it_is_hidden_again() {
    let mut client = Situation::First(Suspended).client(get());
    client.happens(Input::Reconnect);
    client.answers(STREAM);
    client.fails(Code::Network);
    client.waits();
    client.answers(STREAM);
    assert_eq!(client.state(), State::Open);
    client.happens(Input::Visible);
    assert_eq!(client.state(), State::Open);
    client.happens(Input::Hidden);
    assert_eq!((client.state(), client.has_request()), (State::Reconnecting, false));
}

#[test]
fn a_wait_that_ends_in_a_hidden_page_lasts_until_it_is_visible() {
    let mut client = Situation::Waiting.client(discreet(get()));
    client.happens(Input::Hidden);
    client.requests_sent();
    client.passes(1_000_000);
    assert_eq!((client.requests_sent(), client.state()), (0, State::Reconnecting));
    client.happens(Input::Visible);
    assert_eq!(client.sent.last().map(|request| request.attempt), Some(1));
}

#[test]
fn a_wait_that_is_not_over_continues_when_the_page_is_visible() {
    let mut client = Situation::Waiting.client(discreet(without_jitter(get())));
    client.happens(Input::Hidden);
    client.passes(300);
    client.happens(Input::Visible);
    assert_eq!(client.next_attempt_in(), Some(700));
}

#[test]
fn a_page_that_is_visible_without_network_tries_once_and_then_waits_for_the_network() {
    let mut client = Situation::Again(Suspended).client(get());
    client.happens(Input::Offline);
    client.requests_sent();
    client.happens(Input::Visible);
    client.fails(Code::Network);
    assert!(!client.events_in_words().contains("retry"));
    client.passes(PROBE - 1);
    assert_eq!(client.requests_sent(), 1);
    client.happens(Input::Online);
    assert_eq!(client.requests_sent(), 1);
}

#[test]
fn a_stable_stream_that_is_closed_for_the_page_resets_the_count_of_attempts() {
    for input in [Input::Hidden, Input::EnteredBfcache, Input::Online] {
        let mut client = Situation::Again(Streaming).client(discreet(get()));
        client.sleeps(1000);
        client.happens(Input::Offline);
        client.sleeps(4000);
        client.happens(input);
        assert!(!client.is_streaming());
        assert_eq!(client.session.retry_count(), 0, "{input:?}");
    }
}

#[test]
fn a_request_for_a_token_continues_in_a_hidden_page_and_nothing_is_sent_until_it_is_visible() {
    for (away, back) in ABSENCES {
        for situation in [Authorizing, RefreshingExpired, Refreshing].into_iter().flat_map(Situation::both) {
            for config in [get(), post()] {
                let mut client = situation.client(discreet(config));
                client.requests_sent();
                client.happens(away);
                assert!(client.has_request(), "{situation:?}");
                client.gives_token();
                client.passes(1_000_000);
                assert_eq!((client.requests_sent(), client.has_request()), (0, false), "{situation:?}");
                client.happens(back);
                client.gives_token();
                assert_eq!(client.requests_sent(), 1, "{situation:?}");
            }
        }
    }
}

#[test]
fn a_chat_prompt_under_way_continues_when_the_page_is_away() {
    for away in [Input::Hidden, Input::EnteredBfcache] {
        for progress in [Requesting, Validating, ReadingErrorBody, Streaming, Paused] {
            for situation in Situation::both(progress) {
                let mut client = situation.client(discreet(post()));
                let actions = client.done.len();
                client.happens(away);
                assert_eq!(client.done.len(), actions, "{away:?} in {situation:?}");
            }
        }
    }
}

#[test]
fn a_hidden_subscription_by_post_is_closed_and_resumed() {
    for (away, back) in ABSENCES {
        let mut client = SimulatedClient::open(discreet(subscription()));
        client.happens(away);
        assert!(!client.has_request());
        client.happens(back);
        assert_eq!(client.cools_down(), COOLDOWN);
        assert_eq!(client.sent.last().map(|request| request.fresh), Some(false));
    }
}

#[test]
fn a_get_without_a_response_is_aborted_when_the_page_is_away() {
    for away in [Input::Hidden, Input::EnteredBfcache] {
        for situation in [Requesting, Validating].into_iter().flat_map(Situation::both) {
            let mut client = situation.client(discreet(get()));
            let request = client.current();
            client.happens(away);
            assert_eq!((client.state(), client.events_in_words().as_str()), (situation.state(), ""), "{situation:?}");
            assert!(client.done.contains(&Action::Cancel(request)));
        }
    }
}

// The back/forward cache.

#[test]
fn a_page_in_the_back_forward_cache_has_no_stream_and_resumes_it_afterwards() {
    for config in [get(), discreet(get())] {
        let mut client = SimulatedClient::open(config);
        client.happens(Input::EnteredBfcache);
        assert!(!client.has_request(), "a connection would keep the page out of the cache");
        client.sleeps(10_000_000);
        client.happens(Input::LeftBfcache);
        client.answers(STREAM);
        assert_eq!((client.state(), client.session.retry_count()), (State::Open, 0));
    }
}

#[test]
fn a_page_that_leaves_the_cache_hidden_waits_until_it_is_visible() {
    for (first, then) in [(Input::LeftBfcache, Input::Visible), (Input::Visible, Input::LeftBfcache)] {
        let mut client = SimulatedClient::open(discreet(get()));
        client.happens(Input::Hidden);
        client.happens(Input::EnteredBfcache);
        client.happens(first);
        client.passes(1_000_000);
        assert_eq!(client.requests_sent(), 1);
        client.happens(then);
        assert_eq!(client.requests_sent(), 1);
    }
}

#[test]
fn reconnect_in_a_page_that_enters_the_cache_takes_effect_when_it_leaves() {
    for situation in Situation::all() {
        let mut client = situation.client(get());
        client.happens(Input::EnteredBfcache);
        client.requests_sent();
        client.happens(Input::Reconnect);
        assert_eq!((client.requests_sent(), client.has_request()), (0, false), "{situation:?}");
        client.happens(Input::LeftBfcache);
        client.cools_down();
        client.gives_token();
        assert_eq!(client.requests_sent(), 1, "{situation:?}");
    }
}

#[test]
fn a_wait_that_ended_in_the_cache_is_over_when_the_page_leaves_it() {
    let mut client = Situation::Waiting.client(get());
    client.happens(Input::EnteredBfcache);
    client.sleeps(1_000_000);
    client.happens(Input::LeftBfcache);
    assert_eq!(client.waits(), 0);
    assert!(client.has_request());
}

#[test]
fn disconnect_while_the_page_is_away_is_final() {
    for situation in Situation::both(Suspended).into_iter().chain(Situation::both(CoolingDown)) {
        let mut client = situation.client(get());
        client.happens(Input::Disconnect);
        for input in [Input::Visible, Input::Online, Input::LeftBfcache] {
            client.happens(input);
        }
        client.passes(1_000_000);
        assert_eq!(
            (client.state(), client.events_in_words().as_str()),
            (State::Closed, "close client"),
            "{situation:?}"
        );
    }
}
