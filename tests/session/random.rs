//! Whatever happens in whatever order, the client's rules hold. `PROPTEST_CASES` sets how many sequences are tried.

use std::cell::RefCell;
use std::collections::VecDeque;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::Config as Cases;
use sse_fetch::session::{
    AttemptId, Backoff, Code, Config, Event, Head, Input, Millis, Reconnect, Refresh, RetryDecision, Session, State,
    Token,
};

use crate::simulated_client::{STREAM, SimulatedClient};
use crate::table::TRANSITIONS;

/// This many sequences, unless the environment sets another number.
pub fn cases(count: u32) -> Cases {
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { Cases::default().cases } else { count };
    // A sequence that once failed becomes a scenario with a name, so no file of them is kept.
    Cases { cases, failure_persistence: None, ..Cases::default() }
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Calls(Input),
    Answers(Head),
    Validates(bool),
    ReadsErrorBody,
    Fails(Code),
    Ends,
    UntilReturnsTrue,
    /// A function for the URL, the headers or the body throws.
    CallbackThrows,
    UntilReturnsError,
    Sets(Input),
    /// Bytes of the stream arrive, for example a comment.
    ReceivesBytes,
    /// The request is on its way.
    SendsRequest,
    /// More of the stream has arrived than the client keeps.
    FillsBuffer,
    /// Something happens to the page.
    Page(Input),
    Authorizes(Token),
    Refreshes(Refresh),
    WillDecide(RetryDecision),
    /// The timer fires in time.
    TimePasses(Millis),
    /// The page sleeps: the clock continues, and the timer does not fire.
    Sleeps(Millis),
    /// The session is woken, due or not.
    Wakes,
    /// The wait for the next attempt ends.
    Waits,
    /// Something arrives late, about an earlier request.
    SaysLate(u32, Late),
}

#[derive(Debug, Clone, Copy)]
enum Late {
    Authorized(Token),
    Refreshed(Refresh),
    Sent,
    Answered(Head),
    Validated(bool),
    ErrorBodyRead,
    Ended,
    Failed,
    CallbackThrew,
    Done,
    UntilError,
}

fn perform(step: Step, client: &mut SimulatedClient) {
    let request = client.current();
    match step {
        Step::Calls(input) | Step::Page(input) => client.happens(input),
        // Only an open stream sets these.
        Step::Sets(input) if client.state() == State::Open => client.happens(input),
        Step::ReceivesBytes if client.state() == State::Open => client.receives_bytes(),
        Step::SendsRequest => client.sends_request(),
        Step::FillsBuffer if client.is_streaming() => client.happens(Input::BufferFull),
        // The functions are called before the request is sent.
        Step::CallbackThrows if client.is_being_made() => client.happens(Input::CallbackThrew(request)),
        Step::Sets(_) | Step::ReceivesBytes | Step::FillsBuffer | Step::CallbackThrows => {}
        Step::Authorizes(token) => client.happens(Input::Token(request, token)),
        Step::Refreshes(refresh) => client.happens(Input::Refreshed(request, refresh)),
        Step::Answers(head) => {
            client.sends_request();
            client.happens(Input::Head(request, head));
        }
        Step::Validates(accepted) => client.happens(Input::Validated(request, accepted)),
        Step::ReadsErrorBody => client.happens(Input::ErrorBodyRead(request)),
        Step::Fails(code) => client.happens(Input::Failed(request, code)),
        Step::Ends => client.happens(Input::Ended(request)),
        Step::UntilReturnsTrue => client.happens(Input::Done(request)),
        Step::UntilReturnsError => client.happens(Input::UntilError(request)),
        Step::WillDecide(decision) => client.decision = decision,
        Step::TimePasses(span) => {
            let end = client.now + span;
            // With short waits a long time would be thousands of attempts; a few will do.
            for _ in 0..8 {
                client.fires_by(end);
            }
            client.now = end;
        }
        Step::Sleeps(span) => client.sleeps(span),
        Step::Wakes => client.wakes(),
        Step::Waits => {
            if client.next_attempt_in().is_some() {
                client.waits();
            }
        }
        Step::SaysLate(back, words) => {
            let old = AttemptId(request.0.saturating_sub(back));
            let actions = client.done.len();
            client.happens(match words {
                Late::Authorized(token) => Input::Token(old, token),
                Late::Refreshed(refresh) => Input::Refreshed(old, refresh),
                Late::Sent => Input::Sent(old),
                Late::Answered(head) => Input::Head(old, head),
                Late::Validated(accepted) => Input::Validated(old, accepted),
                Late::ErrorBodyRead => Input::ErrorBodyRead(old),
                Late::Ended => Input::Ended(old),
                Late::Failed => Input::Failed(old, Code::Network),
                Late::CallbackThrew => Input::CallbackThrew(old),
                Late::Done => Input::Done(old),
                Late::UntilError => Input::UntilError(old),
            });
            assert_eq!(client.done.len(), actions, "what comes too late changes nothing");
        }
    }
}

fn calls() -> impl Strategy<Value = Input> + Clone {
    prop_oneof![
        3 => Just(Input::Connect),
        2 => Just(Input::Reconnect),
        1 => Just(Input::Disconnect),
        1 => Just(Input::Abort),
        2 => Just(Input::Pause),
        2 => Just(Input::Resume),
        1 => Just(Input::BufferDrained),
    ]
}

/// What happens to the page; coming back is more frequent than going away.
fn pages() -> impl Strategy<Value = Input> + Clone {
    prop_oneof![
        2 => Just(Input::Offline),
        3 => Just(Input::Online),
        2 => Just(Input::Hidden),
        3 => Just(Input::Visible),
        1 => Just(Input::EnteredBfcache),
        2 => Just(Input::LeftBfcache),
    ]
}

fn tokens() -> impl Strategy<Value = Token> + Clone {
    prop_oneof![3 => Just(Token::Usable), 2 => Just(Token::Expired)]
}

fn refreshes() -> impl Strategy<Value = Refresh> + Clone {
    prop_oneof![3 => Just(Refresh::Token), 2 => Just(Refresh::AskAgain), 1 => Just(Refresh::GaveUp)]
}

fn codes() -> impl Strategy<Value = Code> + Clone {
    prop_oneof![4 => Just(Code::Network), 1 => prop::sample::select(&Code::ALL[..])]
}

fn heads() -> impl Strategy<Value = Head> + Clone {
    let statuses = prop_oneof![4 => Just(503), 4 => Just(401), 2 => Just(404), 1 => Just(204), 1 => 100..600_u16];
    let errors = (statuses, any::<bool>(), prop::option::of(spans()))
        .prop_map(|(status, event_stream, retry_after)| Head { status, event_stream, retry_after });
    prop_oneof![3 => Just(STREAM), 2 => errors]
}

fn spans() -> impl Strategy<Value = Millis> + Clone {
    prop_oneof![2 => 0..100_u64, 4 => 100..10_000_u64, 2 => 10_000..100_000_u64, 1 => 0..u64::MAX / 1000]
}

pub fn decisions() -> impl Strategy<Value = RetryDecision> + Clone {
    prop_oneof![
        2 => Just(RetryDecision::Default),
        2 => Just(RetryDecision::Retry),
        1 => Just(RetryDecision::GiveUp),
        1 => spans().prop_map(RetryDecision::RetryIn),
    ]
}

fn late() -> impl Strategy<Value = Step> + Clone {
    let words = prop_oneof![
        tokens().prop_map(Late::Authorized),
        refreshes().prop_map(Late::Refreshed),
        Just(Late::Sent),
        heads().prop_map(Late::Answered),
        any::<bool>().prop_map(Late::Validated),
        Just(Late::ErrorBodyRead),
        Just(Late::Ended),
        Just(Late::Failed),
        Just(Late::CallbackThrew),
        Just(Late::Done),
        Just(Late::UntilError),
    ];
    (1..4_u32, words).prop_map(|(back, words)| Step::SaysLate(back, words))
}

fn steps() -> impl Strategy<Value = Step> + Clone {
    prop_oneof![
        4 => calls().prop_map(Step::Calls),
        4 => pages().prop_map(Step::Page),
        3 => tokens().prop_map(Step::Authorizes),
        2 => refreshes().prop_map(Step::Refreshes),
        5 => heads().prop_map(Step::Answers),
        2 => prop_oneof![2 => Just(true), 1 => Just(false)].prop_map(Step::Validates),
        2 => Just(Step::ReadsErrorBody),
        3 => codes().prop_map(Step::Fails),
        1 => Just(Step::Ends),
        1 => Just(Step::UntilReturnsTrue),
        1 => Just(Step::CallbackThrows),
        1 => Just(Step::UntilReturnsError),
        2 => prop_oneof![3 => Just(true), 1 => Just(false)].prop_map(|is| Step::Sets(Input::Resumable(is))),
        1 => spans().prop_map(|time| Step::Sets(Input::ReconnectionTime(time))),
        1 => Just(Step::ReceivesBytes),
        4 => Just(Step::SendsRequest),
        2 => Just(Step::FillsBuffer),
        1 => decisions().prop_map(Step::WillDecide),
        2 => spans().prop_map(Step::TimePasses),
        1 => spans().prop_map(Step::Sleeps),
        1 => Just(Step::Wakes),
        4 => Just(Step::Waits),
        1 => late(),
    ]
}

fn configs() -> impl Strategy<Value = Config> + Clone {
    let reconnect = prop_oneof![
        3 => Just(Reconnect::Always),
        2 => Just(Reconnect::OnError),
        2 => Just(Reconnect::Unprocessed),
        1 => Just(Reconnect::Never),
    ];
    let max_reconnects = prop_oneof![2 => Just(None), 1 => (0..4_u32).prop_map(Some)];
    let backoff = (spans(), spans(), 1.0..1e6_f64, 0.0..=1.0_f64, spans()).prop_map(
        |(initial, max, factor, jitter, stable_after)| Backoff { initial, max, factor, jitter, stable_after },
    );
    let timeout = || prop_oneof![1 => Just(0), 4 => spans()];
    (any::<([bool; 9], u64)>(), reconnect, max_reconnects, backoff, timeout(), timeout()).prop_map(
        |((facts, seed), reconnect, max_reconnects, backoff, connect_timeout, idle_timeout)| {
            let [
                is_get_or_head,
                has_validate,
                has_should_retry,
                has_token_provider,
                can_refresh_token,
                watch_network,
                close_when_hidden,
                ..,
            ] = facts;
            let [.., expects_mark, reads_error_bodies] = facts;
            Config {
                is_get_or_head,
                reconnect,
                max_reconnects,
                backoff,
                connect_timeout,
                idle_timeout,
                has_token_provider,
                can_refresh_token,
                watch_network,
                close_when_hidden,
                has_validate,
                has_should_retry,
                expects_mark,
                reads_error_bodies,
                seed,
            }
        },
    )
}

/// What the application does each time its code runs.
fn reactions() -> impl Strategy<Value = VecDeque<Vec<Input>>> + Clone {
    // No timer fires while a listener runs.
    let reaction = prop_oneof![3 => Just(vec![]), 1 => vec(calls(), 1..3)];
    vec(reaction, 0..16).prop_map(VecDeque::from)
}

proptest! {
    #![proptest_config(cases(2000))]

    #[test]
    fn the_rules_hold_for_any_sequence_of_steps(
        config in configs(),
        steps in vec(steps(), 0..40),
        reactions in reactions(),
        nests: bool,
        is_slow: bool,
    ) {
        let mut client = SimulatedClient::new(config);
        (client.nests, client.is_slow) = (nests, is_slow);
        let reactions = RefCell::new(reactions);
        client.listens(move |_| reactions.borrow_mut().pop_front().unwrap_or_default());
        for step in steps {
            perform(step, &mut client);
        }
        client.happens(Input::Disconnect);
        while client.state() != State::Closed {
            // A listener had another idea.
            client.happens(Input::Disconnect);
        }
    }

    #[test]
    fn every_change_of_state_is_in_the_table(config in configs(), steps in vec(steps(), 0..40)) {
        let mut client = SimulatedClient::new(config);
        let mut state = State::Idle;
        for step in steps {
            perform(step, &mut client);
            for event in client.events() {
                let to = match event {
                    Event::State { state, .. } => state,
                    Event::Open { .. } => State::Open,
                    Event::Close { .. } => State::Closed,
                    _ => continue,
                };
                prop_assert!(TRANSITIONS.iter().any(|row| (row.from, row.to) == (state, to)), "{state:?} to {to:?}");
                state = to;
            }
        }
    }

    /// A driver with bugs of its own: wrong ids, events left lying, a clock that jumps.
    #[test]
    fn no_input_panics(
        config in configs(),
        inputs in vec((any::<Millis>(), nonsense(), 0..4_usize), 0..40),
    ) {
        let mut session = Session::new(config);
        for (now, input, polls) in inputs {
            session.handle(now, input);
            let wants = session.wants();
            for _ in 0..polls {
                session.poll_event();
            }
            prop_assert_eq!(session.wants(), wants, "events change nothing");
        }
    }
}

fn nonsense() -> impl Strategy<Value = Input> + Clone {
    let id = || (0..6_u32).prop_map(AttemptId);
    prop_oneof![
        4 => calls(),
        4 => pages(),
        4 => (id(), tokens()).prop_map(|(id, token)| Input::Token(id, token)),
        2 => (id(), refreshes()).prop_map(|(id, refresh)| Input::Refreshed(id, refresh)),
        1 => Just(Input::BufferFull),
        1 => any::<Millis>().prop_map(Input::Silence),
        1 => any::<Millis>().prop_map(Input::LastByte),
        4 => id().prop_map(Input::Sent),
        4 => (id(), heads()).prop_map(|(id, head)| Input::Head(id, head)),
        1 => (id(), any::<bool>()).prop_map(|(id, accepted)| Input::Validated(id, accepted)),
        1 => id().prop_map(Input::ErrorBodyRead),
        1 => id().prop_map(Input::Ended),
        1 => id().prop_map(Input::Done),
        1 => id().prop_map(Input::CallbackThrew),
        1 => id().prop_map(Input::UntilError),
        2 => (id(), codes()).prop_map(|(id, code)| Input::Failed(id, code)),
        1 => any::<Millis>().prop_map(Input::ReconnectionTime),
        1 => any::<bool>().prop_map(Input::Resumable),
        1 => (id(), decisions()).prop_map(|(id, decision)| Input::Decided(id, decision)),
        2 => any::<Millis>().prop_map(|silence| Input::Wake { silence }),
    ]
}
