//! The property behind all of reconnection: whatever goes wrong on the way, and whatever the application does meanwhile,
//! every event of a stream with ids arrives once and in order, and the server never sees two requests open.
//!
//! A schedule that breaks it is made as simple as it gets before it is printed.

use std::time::{Duration, Instant, SystemTime};

use demo_server::faulty::{Done, Fault, FaultServer, LineEnd, Numbered};
use e2e::{Page, fault_server, tests};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::{BoxedStrategy, Just, Strategy, any, prop_oneof};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use crate::lab::open_lab_with_faults;

tests! {
    InPage:
        every_event_arrives_once_and_in_order_whatever_goes_wrong,
        every_event_arrives_once_and_in_order_whatever_the_application_does,
        a_prompt_reaches_the_server_once_unless_it_says_that_it_did_not_process_it;
}

/// Schedules per test, and how many of them a page plays in one go.
const CASES: usize = 240;
const AT_A_TIME: usize = 40;

/// How long the search for a simpler schedule may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A stream with its faults, and what the application calls when it gets certain numbers.
#[derive(Clone, Debug)]
struct Case {
    numbered: Numbered,
    calls: Vec<(u64, &'static str)>,
    /// It is a POST, by which a stream begins anew.
    is_prompt: bool,
}

fn faults() -> impl Strategy<Value = Fault> {
    let after = || 0..8_u64;
    prop_oneof![
        Just(Fault::None),
        after().prop_map(|after| Fault::CutMidLine { after }),
        after().prop_map(|after| Fault::CutMidCharacter { after }),
        after().prop_map(|after| Fault::CutBetweenCrAndLf { after }),
        (after(), any::<usize>()).prop_map(|(after, byte)| Fault::CutAt { after, byte }),
        after().prop_map(|after| Fault::Reset { after }),
        Just(Fault::ResetAtOnce),
        after().prop_map(|after| Fault::Silence { after }),
        after().prop_map(|after| Fault::End { after }),
        Just(Fault::SayNothing),
        (0..2_u64).prop_map(|pause| Fault::SlowHead { pause }),
        status().prop_map(|status| Fault::Status { status, retry_after: Some(0) }),
        vec(1..40_usize, 1..4).prop_map(Fault::Pieces),
    ]
}

/// Statuses that are worth another attempt. Not 408, after which browsers ask again by themselves.
fn status() -> impl Strategy<Value = u16> {
    prop_oneof![Just(425), Just(429), Just(500), Just(502), Just(503), Just(504)]
}

fn streams() -> impl Strategy<Value = Numbered> {
    let line_end = prop_oneof![Just(LineEnd::Lf), Just(LineEnd::CrLf), Just(LineEnd::Cr)];
    let done = prop_oneof![Just(Done::NoContent), Just(Done::Marker("[DONE]".to_owned())), Just(Done::StayOpen)];
    let pieces = prop_oneof![2 => Just(Vec::new()), 1 => vec(1..60_usize, 1..4)];
    (0..30_u64, vec(faults(), 0..6), line_end, done, pieces, option::of(0..10_u64)).prop_map(
        |(total, schedule, line_end, done, pieces, retry)| Numbered {
            schedule,
            line_end,
            done,
            pieces,
            retry,
            // A stream that stays open is over for the test when it has said something.
            ..Numbered::new(total.max(1))
        },
    )
}

fn undisturbed() -> BoxedStrategy<Case> {
    streams().prop_map(|numbered| Case { numbered, calls: Vec::new(), is_prompt: false }).boxed()
}

fn prompts() -> BoxedStrategy<Case> {
    streams().prop_map(|numbered| Case { numbered, calls: Vec::new(), is_prompt: true }).boxed()
}

fn disturbed() -> BoxedStrategy<Case> {
    let call = prop_oneof![Just("reconnect"), Just("pause"), Just("connectAgain")];
    (streams(), btree_map(1..30_u64, call, 1..4))
        .prop_map(|(numbered, calls)| Case { numbered, calls: calls.into_iter().collect(), is_prompt: false })
        .boxed()
}

async fn every_event_arrives_once_and_in_order_whatever_goes_wrong(page: Page) {
    expect_of_all(&page, undisturbed).await;
}

async fn every_event_arrives_once_and_in_order_whatever_the_application_does(page: Page) {
    expect_of_all(&page, disturbed).await;
}

async fn a_prompt_reaches_the_server_once_unless_it_says_that_it_did_not_process_it(page: Page) {
    expect_of_all(&page, prompts).await;
}

async fn expect_of_all(page: &Page, cases: fn() -> BoxedStrategy<Case>) {
    let (_server, one) = open_lab_with_faults(page).await;
    let mut stage = Stage { page, servers: [one, fault_server().await], played: 0 };
    // What proptest makes cannot go from thread to thread, so nothing is awaited while it is held.
    block_in_place(|| stage.search(&cases()));
}

/// Plays schedules. Browsers keep six connections to a server, so there are two of them.
struct Stage<'a> {
    page: &'a Page,
    servers: [FaultServer; 2],
    played: usize,
}

/// What became of one client.
#[derive(Debug, Deserialize)]
struct Outcome {
    events: Vec<(String, String)>,
    close: Option<String>,
    told: Vec<Value>,
}

/// Plays `args.cases`, some at a time. A client that is stuck is told of, too.
const PLAY: &str = "
    const play = ({ url, total, until, stays, calls, method }) => new Promise((resolve) => {
      const it = new SSEClient(url, {
        method, parse: 'text', until: until ?? undefined, backoff: { initial: 5, max: 30 }, connectTimeout: 300, idleTimeout: 300,
      })
      const does = {
        reconnect: () => it.reconnect(),
        pause: () => { it.pause(); setTimeout(() => it.resume(), 3) },
        connectAgain: () => { it.disconnect(); it.connect() },
      }
      const events = [], told = [], pending = new Map(calls)
      const end = (close) => {
        clearTimeout(timer)
        resolve({ events, close, told: told.slice(-40) })
        it.disconnect()
      }
      const timer = setTimeout(end, 10_000, null)
      it.on('message', (data, { id }) => {
        events.push([id, data])
        if (stays && Number(id) === total) return end('client')
        const call = pending.get(Number(id))
        pending.delete(Number(id))
        if (call) told.push(call), does[call]()
      })
      it.on('state', ({ state }) => told.push(state))
      it.on('error', ({ code, status }) => told.push({ code, status }))
      it.on('retry', ({ delay }) => told.push({ delay }))
      // Who disconnects here connects again.
      it.on('close', ({ reason }) => { if (reason !== 'client') end(reason) })
      it.connect()
    })
    const outcomes = []
    const next = args.cases.entries()
    // Five for each of the two servers.
    const player = async () => { for (const [n, one] of next) outcomes[n] = await play(one) }
    await Promise.all(Array.from({ length: 10 }, player))
    return outcomes";

impl Stage<'_> {
    /// Looks for a schedule that breaks the rule.
    fn search(&mut self, cases: &BoxedStrategy<Case>) {
        let seed = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_nanos());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed.to_le_bytes(); 2].concat());
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        for _ in 0..CASES / AT_A_TIME {
            let mut trees: Vec<_> =
                (0..AT_A_TIME).map(|_| cases.new_tree(&mut runner).expect("nothing is filtered out")).collect();
            let played = self.play(&trees.iter().map(ValueTree::current).collect::<Vec<_>>());
            if let Some(broken) = played.iter().position(Result::is_err) {
                self.simplify(trees.swap_remove(broken), played.into_iter().find_map(Result::err));
            }
        }
    }

    /// Fails with the simplest schedule that still breaks the rule.
    fn simplify(&mut self, mut tree: impl ValueTree<Value = Case>, complaint: Option<String>) {
        let (mut simplest, mut complaint) = (tree.current(), complaint.unwrap_or_default());
        let until = Instant::now() + PATIENCE;
        let mut goes_on = tree.simplify();
        while goes_on && Instant::now() < until {
            let case = tree.current();
            // A race is lost now and then only.
            let broken = (0..5).find_map(|_| self.play(std::slice::from_ref(&case)).swap_remove(0).err());
            goes_on = match broken {
                Some(broken) => {
                    (simplest, complaint) = (case, broken);
                    tree.simplify()
                }
                None => tree.complicate(),
            };
        }
        panic!("{complaint}\nwith {simplest:#?}");
    }

    /// Plays these schedules; the errors tell how one broke the rule.
    fn play(&mut self, cases: &[Case]) -> Vec<Result<(), String>> {
        let paths: Vec<String> = (self.played..).take(cases.len()).map(|number| format!("/numbers/{number}")).collect();
        self.played += cases.len();
        let parts = cases.iter().zip(&paths).enumerate().map(|(number, (case, path))| {
            let server = &self.servers[number % 2];
            server.numbered(path, case.numbered.clone());
            json!({
                "url": format!("{}{path}", server.url()),
                "total": case.numbered.total,
                "until": if let Done::Marker(marker) = &case.numbered.done { Some(marker) } else { None },
                "stays": case.numbered.done == Done::StayOpen,
                "calls": case.calls,
                "method": if case.is_prompt { "POST" } else { "GET" },
            })
        });
        let parts: Vec<Value> = parts.collect();
        let playing = self.page.run_with::<Vec<Outcome>>(PLAY, json!({ "cases": parts }));
        let outcomes = Handle::current().block_on(playing);
        let judged = outcomes.iter().zip(cases).zip(&paths).enumerate();
        judged.map(|(number, ((outcome, case), path))| judge(outcome, case, &self.servers[number % 2], path)).collect()
    }
}

/// Whether this many requests were due, and nothing of an answer came twice.
fn judge_prompt(outcome: &Outcome, case: &Case, expected: &[(String, String)], requests: usize) -> Result<(), String> {
    let refusals = case.numbered.schedule.iter().take_while(|fault| says_unprocessed(fault)).count();
    if outcome.close.is_none() {
        Err("it is stuck".to_owned())
    } else if requests > 1 + refusals {
        Err(format!("{requests} requests, and the first {refusals} were not processed"))
    } else if !expected.starts_with(&outcome.events) {
        Err(format!("the answer begins anew: {:?}", outcome.events))
    } else {
        Ok(())
    }
}

fn says_unprocessed(fault: &Fault) -> bool {
    matches!(fault, Fault::Status { status: 425 | 429, .. } | Fault::Status { status: 503, retry_after: Some(_) })
}

/// Holds what arrived, and what the server saw, against the rule.
fn judge(outcome: &Outcome, case: &Case, server: &FaultServer, path: &str) -> Result<(), String> {
    let Numbered { total, done, .. } = &case.numbered;
    let expected: Vec<(String, String)> = (1..=*total).map(|n| (n.to_string(), Numbered::data(n))).collect();
    let reason = match done {
        Done::NoContent => "no-content",
        Done::Marker(_) => "done",
        Done::StayOpen => "client",
    };
    let requests: Vec<Option<String>> =
        server.exchanges_to(path).iter().map(|exchange| exchange.last_event_id().map(str::to_owned)).collect();
    let complaint = if case.is_prompt {
        match judge_prompt(outcome, case, &expected, requests.len()) {
            Ok(()) if server.most_open_of(path) > 1 => "several requests were open at once".to_owned(),
            Ok(()) => return Ok(()),
            Err(complaint) => complaint,
        }
    } else if outcome.close.as_deref() != Some(reason) {
        format!("it closed with {:?} instead of {reason}", outcome.close)
    } else if outcome.events != expected {
        let ids: Vec<&String> = outcome.events.iter().map(|(id, _)| id).collect();
        format!("not every event of {total} came once and in order: {ids:?}")
    } else if server.most_open_of(path) > 1 {
        format!("{} requests were open at once", server.most_open_of(path))
    } else {
        return Ok(());
    };
    Err(format!("{complaint}\nrequests after the ids {requests:?}\nthe client told {}", json!(outcome.told)))
}
