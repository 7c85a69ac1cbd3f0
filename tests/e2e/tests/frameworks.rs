//! The hooks for React and Vue, each in pages of both frameworks: what the component shows, and what the server saw of it.
//! The pages are in `tests/frameworks/`; they are bundled once, with the package as it is built.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use demo_server::faulty::{End, FaultServer, Reply};
use demo_server::{Config, DemoServer, Gate};
use e2e::{Page, demo_config, fault_server, node, root, soon, tests};
use serde_json::{Value, json};

use crate::lab::{holding_open, reach};

tests! {
    InPage:
        a_component_makes_one_request_and_unmounting_it_closes_that,
        another_url_closes_the_connection_and_opens_another,
        options_made_anew_change_nothing_unless_their_content_does,
        however_fast_events_come_a_frame_shows_them_once,
        a_hidden_page_is_told_as_well,
        errors_and_retries_are_shown_until_it_is_open_again,
        disconnecting_connecting_and_reconnecting_go_on_after_the_last_event,
        what_is_disconnected_stays_so_until_it_is_connected,
        another_token_or_signal_is_the_one_that_counts,
        a_chat_asks_when_it_is_told_to_and_types_the_answer,
        what_is_hidden_and_shown_again_goes_on_after_the_last_event,
        nothing_is_asked_for_by_a_render_that_waits,
        a_question_is_not_asked_again_because_its_component_is_shown_again,
        a_question_that_was_hidden_before_it_was_sent_is_asked_once,
        a_question_asked_anew_is_answered_from_the_beginning,
        unmounting_closes_the_connection_under_fake_timers_too,
        what_suspends_after_it_was_shown_keeps_its_connection,
        an_answer_that_was_cut_off_looks_different_from_a_whole_one,
        it_shows_when_the_next_attempt_is_made,
        an_error_of_the_applications_own_that_ends_the_stream_is_shown,
        short_texts_kept_from_a_flood_hold_little_memory,
        keep_alives_without_data_are_no_errors_beside_a_whole_answer,
        a_wrong_option_is_the_business_of_the_framework,
        a_wrong_option_of_the_hook_is_named_with_what_is_accepted,
        a_policy_that_forbids_wasm_is_shown_as_an_error_and_blanks_nothing,
        what_a_server_has_rendered_comes_alive_without_complaints,
        vue_follows_refs_and_lives_in_scopes_without_components,
        vue_keeps_what_components_share_and_connects_in_workers;
    WithoutPage:
        on_a_server_both_render_and_ask_for_nothing,
}

/// Each in its current version, and in the oldest one that the package's manifest allows.
const FRAMEWORKS: [&str; 4] = ["react", "react-18", "vue", "vue-3.2"];

/// Those that can hide a component and show it again: React 18 has no `<Activity>`.
const HIDING: [&str; 3] = ["react", "vue", "vue-3.2"];

/// A stage of one framework, with a server of faults beside it.
struct Stage<'p> {
    page: &'p Page,
    faults: FaultServer,
    _server: DemoServer,
}

impl<'p> Stage<'p> {
    async fn open(page: &'p Page, framework: &str) -> Self {
        let config = Config { pages: bundled().to_owned(), ..demo_config() };
        let server = DemoServer::start(config).await.expect("the server starts");
        let faults = fault_server().await;
        page.open(&format!("{}/{framework}.html", server.url())).await;
        reach(page, &faults).await;
        Self { page, faults, _server: server }
    }

    async fn act(&self, script: &str) {
        self.page.act(script).await;
    }

    async fn run(&self, script: &str) -> Value {
        self.page.run(script).await
    }

    /// When nothing more is to be expected, neither from the page nor from what it has sent: how many requests there were.
    async fn requests(&self, path: &str) -> usize {
        self.act("await settled()").await;
        self.faults.exchanges_to(path).len()
    }

    /// Unmounts, which leaves nothing open; and nobody has complained.
    async fn end(self) {
        self.act("stage.remove()").await;
        soon("everything is closed", self.faults.wait_open(0)).await;
        assert_eq!(self.run("return complaints").await, json!([]));
    }
}

/// The folder of the bundled pages.
fn bundled() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("frameworks");
        std::fs::create_dir_all(&folder).expect("a folder");
        let mut bundler = Command::new("node");
        bundler.arg(root().join("tests/frameworks/build.mjs")).arg(&folder);
        let output = bundler.output().expect("node starts");
        assert!(output.status.success(), "bundling the pages: {}", String::from_utf8_lossy(&output.stderr));
        folder
    })
}

/// A stream of these events that stays open.
fn stream(text: &str) -> Reply {
    Reply::event_stream().send(text.to_owned()).hang()
}

async fn a_component_makes_one_request_and_unmounting_it_closes_that(page: Page) {
    for framework in FRAMEWORKS {
        let stage = Stage::open(&page, framework).await;
        let gate = Gate::new();
        let reply = Reply::event_stream().send("id: 1\nevent: a\ndata: {\"n\":1}\n\ndata: 2\n\n").wait(&gate);
        stage.faults.answer("/feed", [reply.send("data: 3\n\n").hang()]);
        stage
            .act(
                "await stage.show({ url: at('/feed'), options: { event: '*' } })
                 await until(() => stage.now.events?.length === 2)",
            )
            .await;
        let seen = stage
            .run(
                "const { data, state, error, lastEventId, events } = stage.now
                 return [data, state, error, lastEventId, events.map(({ key, type, data, event }) => [key, type, data, event.id, event.data]), shown[0]]",
            )
            .await;
        let events = json!([[1, "a", { "n": 1 }, "1", "{\"n\":1}"], [2, "message", "2", "", "2"]]);
        let first = json!({ "state": "idle", "lastEventId": "", "events": 0 });
        assert_eq!(seen, json!(["2", "open", null, "1", events, first]), "{framework}");
        assert_eq!(stage.requests("/feed").await, 1, "{framework}");

        stage.act("globalThis.last = stage.now; globalThis.count = shown.length; stage.remove()").await;
        soon("unmounting closes it", stage.faults.request_to("/feed", 0).await.closed_by_client()).await;
        gate.open();
        // Nor does anything come after that, whatever is called.
        stage.act("last.connect(); last.reconnect(); last.connect({ body: {} })").await;
        assert_eq!(stage.requests("/feed").await, 1, "{framework}");
        assert_eq!(stage.run("return [shown.length - count, complaints]").await, json!([0, []]), "{framework}");
    }
}

async fn another_url_closes_the_connection_and_opens_another(page: Page) {
    for framework in FRAMEWORKS {
        let stage = Stage::open(&page, framework).await;
        stage.faults.answer("/a", [stream("id: 1\ndata: a\n\n")]);
        stage.faults.answer("/b", [holding_open()]);
        stage.faults.answer("/c", [stream("data: c\n\n")]);
        stage.act("await stage.show({ url: at('/a') }); await until(() => stage.now.data === 'a')").await;
        // Of two changes in one tick only the last is asked for.
        let seen = stage
            .run(
                "const begun = shown.length
                 stage.show({ url: at('/b') })
                 stage.show({ url: at('/c') })
                 await until(() => stage.now.data === 'c')
                 return shown.slice(begun).filter(({ data, lastEventId, state }) => (data === 'a' || lastEventId) && state !== 'open')",
            )
            .await;
        assert_eq!(seen, json!([]), "{framework}: nothing of the old one is shown");
        soon("the old one is closed", stage.faults.request_to("/a", 0).await.closed_by_client()).await;
        let asked = [stage.requests("/a").await, stage.requests("/b").await, stage.requests("/c").await];
        assert_eq!(asked, [1, 0, 1], "{framework}");
        // Nor is any before it asked for again.
        assert_eq!(stage.faults.request_to("/c", 0).await.last_event_id(), None);

        stage
            .act("await stage.show({ url: null }); await until(() => stage.now.state === 'idle' && !stage.now.data)")
            .await;
        soon("without a URL there is no connection", stage.faults.wait_open(0)).await;
        stage.act("stage.now.disconnect(); stage.now.reconnect(); stage.now.connect()").await;
        assert_eq!(stage.requests("/c").await, 1, "{framework}");
        stage.act("await stage.show({ url: at('/c') }); await until(() => stage.now.data === 'c')").await;
        stage.end().await;
    }
}

async fn options_made_anew_change_nothing_unless_their_content_does(page: Page) {
    for framework in FRAMEWORKS {
        let stage = Stage::open(&page, framework).await;
        let gate = Gate::new();
        let first = Reply::event_stream().send("id: 7\ndata: a\n\n").wait(&gate).send("data: b\n\n").hang();
        stage.faults.answer("/feed", [first, holding_open()]);
        stage
            .act(
                "globalThis.heard = []
                 globalThis.Filter = class { constructor(topic) { this.topic = topic } }
                 globalThis.given = (round, extra) => ({
                   url: new URL(at('/feed')),
                   options: {
                     headers: { 'X-Round': 'same' },
                     backoff: { initial: 10 },
                     event: ['message', 'other'],
                     body: new URLSearchParams({ q: 'same' }),
                     keep: 5 + round,
                     signal: new AbortController().signal,
                     validate: () => {},
                     onEvent: (data) => heard.push([round, data]),
                     ...extra,
                   },
                 })
                 await stage.show(given(0))
                 await until(() => stage.now.data === 'a')
                 const { connect, disconnect, reconnect } = stage.now
                 for (let round = 1; round <= 5; round++) await stage.show(given(round))
                 if (stage.now.connect !== connect || stage.now.disconnect !== disconnect || stage.now.reconnect !== reconnect) throw new Error('changed')",
            )
            .await;
        gate.open();
        stage.act("await until(() => stage.now.data === 'b')").await;
        assert_eq!(stage.run("return heard").await, json!([[0, "a"], [5, "b"]]), "{framework}: the newest function");
        assert_eq!(stage.requests("/feed").await, 1, "{framework}");

        let changes = [
            "{ headers: { 'X-Round': 'other' } }",
            "{ backoff: { initial: 20 } }",
            "{ body: new URLSearchParams({ q: 'other' }) }",
            "{ event: ['message'] }",
            "{ body: new Filter('a') }",
            "{ body: new Filter('b') }",
        ];
        for (n, change) in changes.iter().enumerate() {
            stage.act(&format!("await stage.show(given(6, {change})); await stage.show(given(7, {change}))")).await;
            let request = soon("a change is asked for", stage.faults.request_to("/feed", n + 1)).await;
            soon("the one before is closed", stage.faults.request_to("/feed", n).await.closed_by_client()).await;
            assert_eq!(request.last_event_id(), None, "{framework}: it begins anew");
        }
        stage.act("await until(() => stage.now.state === 'open' && stage.now.data === undefined && stage.now.events.length === 0)").await;
        assert_eq!(stage.faults.request_to("/feed", 1).await.request.header_str("x-round"), Some("other"));
        assert_eq!(stage.requests("/feed").await, 1 + changes.len(), "{framework}");
        stage.end().await;
    }
}

async fn however_fast_events_come_a_frame_shows_them_once(page: Page) {
    for framework in FRAMEWORKS {
        let stage = Stage::open(&page, framework).await;
        let gate = Gate::new();
        stage.faults.answer("/feed", [numbers(Reply::event_stream().send(": here\n\n").wait(&gate), 200_000).hang()]);
        stage
            .act(
                "globalThis.heard = 0
                 await stage.show({ url: at('/feed'), options: { keep: 1000, onEvent: () => heard++ } })
                 await until(() => stage.now.state === 'open')
                 globalThis.begun = shown.length
                 globalThis.counted = frames()",
            )
            .await;
        gate.open();
        let seen = stage
            .run(
                "await until(() => stage.now.data === '199999')
                 const { frames } = counted
                 const commits = shown.slice(begun)
                 const kept = stage.now.events.map(({ data }) => data)
                 return { heard, first: kept[0], last: kept.at(-1), kept: Math.max(...commits.map(({ events }) => events)), commits: commits.length, frames }",
            )
            .await;
        assert_eq!(seen["heard"], 200_000, "{framework}");
        assert_eq!(
            [&seen["first"], &seen["last"], &seen["kept"]],
            [&json!("199000"), &json!("199999"), &json!(1000)],
            "{framework}"
        );
        // The counting of frames and the test's own eyes begin a frame apart.
        assert!(seen["commits"].as_u64() <= seen["frames"].as_u64().map(|frames| frames + 1), "{framework}: {seen}");
        stage.end().await;
    }
}

/// Events with the numbers below this one, a thousand at a time.
fn numbers(mut reply: Reply, end: u32) -> Reply {
    for start in (0..end).step_by(1000) {
        let events: Vec<_> = (start..start + 1000).map(|n| format!("data: {n}\n\n")).collect();
        reply = reply.send(events.concat());
    }
    reply
}

async fn a_hidden_page_is_told_as_well(page: Page) {
    for framework in FRAMEWORKS {
        let stage = Stage::open(&page, framework).await;
        let gate = Gate::new();
        stage.faults.answer("/feed", [Reply::event_stream().send(": here\n\n").wait(&gate).send("data: a\n\n").hang()]);
        stage
            .act(
                "await stage.show({ url: at('/feed') })
                 await until(() => stage.now.state === 'open')
                 addEventListener('visibilitychange', () => fetch(at(`/${document.visibilityState}`)), { capture: true })
                 until(() => stage.now.data === 'a').then(() => fetch(at(`/seen-${document.visibilityState}`)))",
            )
            .await;
        let here = page.tab().await;
        page.open_tab().await;
        soon("the page is hidden", stage.faults.request_to("/hidden", 0)).await;
        gate.open();
        soon("what comes is shown all the same", stage.faults.request_to("/seen-hidden", 0)).await;
        page.close_tab(&here).await;
        stage.end().await;
    }
}

async fn errors_and_retries_are_shown_until_it_is_open_again(page: Page) {
    for framework in FRAMEWORKS {
        let stage = Stage::open(&page, framework).await;
        let gate = Gate::new();
        let lost = Reply::event_stream().send("id: 1\ndata: a\n\n").wait(&gate).cut();
        let held = Reply::event_stream().send("id: 2\ndata: b\n\n").hang();
        stage.faults.answer("/feed", [lost, Reply::unavailable().hold_head(&gate), held, Reply::status(404)]);
        stage
            .act(
                "await stage.show({ url: at('/feed'), options: { backoff: { initial: 300, jitter: 0 } } })
                 await until(() => stage.now.data === 'a')",
            )
            .await;
        gate.open();
        stage
            .act(
                "await until(() => stage.now.state === 'reconnecting' && stage.now.error?.code === 'network')
                 await until(() => stage.now.state === 'reconnecting' && stage.now.error?.status === 503)
                 await until(() => stage.now.state === 'open' && stage.now.data === 'b' && stage.now.error === undefined)
                 if (stage.now.events.length !== 2) throw new Error('the events before are kept')
                 stage.now.reconnect()
                 await until(() => stage.now.state === 'closed' && stage.now.error?.status === 404)",
            )
            .await;
        assert_eq!(stage.run("return stage.now.data").await, "b");
        // What has ended for good is not begun again by a render.
        stage.act("await stage.show({ url: at('/feed'), options: { backoff: { initial: 300, jitter: 0 } } })").await;
        assert_eq!(stage.requests("/feed").await, 4, "{framework}");
        stage.end().await;
    }
}

async fn disconnecting_connecting_and_reconnecting_go_on_after_the_last_event(page: Page) {
    for framework in FRAMEWORKS {
        let stage = Stage::open(&page, framework).await;
        let replies = (1..=4).map(|n| stream(&format!("id: {n}\ndata: {n}\n\n")));
        stage.faults.answer("/feed", replies);
        stage
            .act(
                "await stage.show({ url: at('/feed'), options: {} })
                 await until(() => stage.now.data === '1')
                 stage.now.disconnect()
                 await until(() => stage.now.state === 'closed')",
            )
            .await;
        soon("it is closed", stage.faults.wait_open(0)).await;
        assert_eq!(stage.requests("/feed").await, 1, "{framework}");
        // As a button calls it: with its event.
        stage.act("stage.now.connect(new MouseEvent('click')); await until(() => stage.now.data === '2')").await;
        stage.act("stage.now.connect(); stage.now.connect()").await;
        assert_eq!(stage.requests("/feed").await, 2, "{framework}");
        stage.act("stage.now.reconnect(); await until(() => stage.now.data === '3')").await;
        // In one tick the last word counts.
        stage.act("stage.now.connect(); stage.now.disconnect(); await until(() => stage.now.state === 'closed')").await;
        stage.act("stage.now.disconnect(); stage.now.connect(); await until(() => stage.now.data === '4')").await;
        assert_eq!(stage.run("return stage.now.events.map(({ data }) => data)").await, json!(["1", "2", "3", "4"]));
        let requests = stage.faults.exchanges_to("/feed");
        let ids: Vec<_> = requests.iter().map(|request| request.last_event_id()).collect();
        assert_eq!(ids, [None, Some("1"), Some("2"), Some("3")], "{framework}");
        assert_eq!(stage.faults.most_open_of("/feed"), 1, "{framework}");

        // Whether it connects by itself can change.
        stage.act("await stage.show({ url: at('/feed'), options: { immediate: false } }); await until(() => stage.now.state === 'closed')").await;
        soon("it is closed", stage.faults.wait_open(0)).await;
        stage.act("await stage.show({ url: at('/feed'), options: { immediate: true } }); await until(() => stage.now.state === 'open')").await;
        assert_eq!(stage.faults.request_to("/feed", 4).await.last_event_id(), Some("4"), "{framework}");
        stage.end().await;
    }
}

async fn what_is_disconnected_stays_so_until_it_is_connected(page: Page) {
    for framework in FRAMEWORKS {
        let stage = Stage::open(&page, framework).await;
        stage.faults.answer("/a", [stream("data: a\n\n")]);
        stage.faults.answer("/b", (1..=3).map(|n| stream(&format!("data: {n}\n\n"))));
        stage
            .act(
                "await stage.show({ url: at('/a'), options: { event: null } })
                 await until(() => stage.now.data === 'a')
                 stage.now.disconnect()
                 await stage.show({ url: at('/a'), options: { headers: { 'X-A': '1' } } })
                 await settled()
                 await stage.show({ url: at('/b') })
                 await stage.show({ url: at('/b'), options: { immediate: false } })
                 await stage.show({ url: at('/b'), isHidden: true })
                 await stage.show({ url: at('/b') })",
            )
            .await;
        assert_eq!([stage.requests("/a").await, stage.requests("/b").await], [1, 0], "{framework}");
        stage.act("stage.now.connect(); await until(() => stage.now.data === '1')").await;

        // From then on it follows again.
        stage.act("await stage.show({ url: at('/b'), options: { headers: { 'X-A': '2' } } }); await until(() => stage.now.data === '2')").await;
        stage
            .act(
                "stage.now.disconnect()
                 await stage.show({ url: at('/b') })
                 stage.now.reconnect()
                 await until(() => stage.now.data === '3')",
            )
            .await;
        assert_eq!([stage.requests("/a").await, stage.requests("/b").await], [1, 3], "{framework}");
        assert_eq!(stage.faults.request_to("/b", 2).await.request.header_str("x-a"), None, "{framework}");
        stage.end().await;
    }
}

async fn another_token_or_signal_is_the_one_that_counts(page: Page) {
    for framework in FRAMEWORKS {
        let stage = Stage::open(&page, framework).await;
        stage.faults.answer("/feed", (1..=4).map(|n| stream(&format!("data: {n}\n\n"))));
        stage
            .act(
                "globalThis.auth = (token) => new SSEAuth({ getToken: () => token })
                 globalThis.given = (options) => stage.show({ url: at('/feed'), options })
                 const alice = auth('alice')
                 await given({ auth: alice })
                 await until(() => stage.now.data === '1')
                 await given({ auth: alice, headers: {} })
                 await given({ auth: auth('bob') })
                 await until(() => stage.now.data === '2')",
            )
            .await;
        // Where the application connects, what is new waits for that; and what was aborted can be connected again.
        stage
            .act(
                "const first = new AbortController()
                 await given({ immediate: false, auth: auth('carol'), signal: first.signal })
                 await until(() => stage.now.state === 'closed')
                 stage.now.connect()
                 await until(() => stage.now.data === '3')
                 first.abort()
                 await until(() => stage.now.state === 'closed')
                 await given({ immediate: false, auth: auth('dave'), signal: new AbortController().signal })
                 stage.now.connect()
                 await until(() => stage.now.data === '4' && stage.now.state === 'open')",
            )
            .await;
        assert_eq!(stage.requests("/feed").await, 4, "{framework}");
        let requests = stage.faults.exchanges_to("/feed");
        let tokens: Vec<_> = requests.iter().map(|request| request.request.header_str("authorization")).collect();
        let expected = ["Bearer alice", "Bearer bob", "Bearer carol", "Bearer dave"].map(Some);
        assert_eq!(tokens, expected, "{framework}");
        stage.end().await;
    }
}

async fn a_chat_asks_when_it_is_told_to_and_types_the_answer(page: Page) {
    for framework in FRAMEWORKS {
        let stage = Stage::open(&page, framework).await;
        let gate = Gate::new();
        let tokens = |a: &str, b: &str| format!("data: {{\"token\":\"{a}\"}}\n\ndata: {{\"token\":\"{b}\"}}\n\n");
        let first = Reply::event_stream().send(tokens("Hel", "lo")).wait(&gate).send("data: [DONE]\n\n").hang();
        let second = Reply::event_stream().send(tokens("Good", " day")).hang();
        let third = Reply::event_stream().send(tokens("By", "e")).hang();
        stage.faults.answer("/chat", [first, second, third]);
        let show = "globalThis.type = (message) => stage.show({ url: at('/chat'), options: {
            immediate: false, until: '[DONE]', body: { message }, reduce: (answer = '', { token }) => answer + token } })";
        let count = "const { fetch } = globalThis, signals = []
            globalThis.fetch = (url, init) => {
              signals.push(init.signal)
              globalThis.most = Math.max(globalThis.most ?? 0, signals.filter(({ aborted }) => !aborted).length)
              return fetch(url, init)
            }";
        stage.act(&format!("{count}\n{show}\nawait type('first')")).await;
        assert_eq!(stage.requests("/chat").await, 0, "{framework}");

        stage.act("stage.now.connect(); await until(() => stage.now.data === 'Hello')").await;
        // The next question is typed meanwhile.
        stage.act("await type('se'); await type('second')").await;
        assert_eq!(stage.requests("/chat").await, 1, "{framework}");
        gate.open();
        stage.act("await until(() => stage.now.state === 'closed' && stage.now.data === 'Hello')").await;
        stage.act("stage.now.connect(); await until(() => stage.now.data === 'Good day')").await;
        assert_eq!(stage.run("return stage.now.events.map(({ data }) => data.token)").await, json!(["Good", " day"]));
        // With a body of its own, while the answer before is still being typed.
        stage
            .act("stage.now.connect({ body: { message: 'third' } }); await until(() => stage.now.data === 'Bye')")
            .await;
        stage.act("stage.now.disconnect(); await until(() => stage.now.state === 'closed')").await;
        assert_eq!(stage.run("return stage.now.data").await, "Bye", "{framework}: what was typed stays");

        let asked = stage.faults.exchanges_to("/chat");
        let bodies: Vec<_> = asked.iter().map(|request| request.request.json()).collect();
        let expected: Vec<_> = ["first", "second", "third"].map(|message| Some(json!({ "message": message }))).into();
        assert_eq!(bodies, expected, "{framework}");
        // As the client wants it: when it comes to the server, the end of one and the beginning of the other lie microseconds
        // apart, on two connections.
        assert_eq!(stage.run("return globalThis.most").await, 1, "{framework}");
        for one in &asked {
            assert!(matches!(one.ended().await.how, End::ClosedByClient), "{framework}");
        }

        // Another conversation: the one before is closed, and nothing is asked for.
        // What was typed before stays until then.
        stage
            .act("stage.now.connect(); await until(() => stage.now.state === 'open' && stage.now.data === 'Bye')")
            .await;
        stage.act("await stage.show({ url: at('/other'), options: { immediate: false } })").await;
        stage.act("await until(() => stage.now.state === 'idle' && stage.now.data === undefined)").await;
        soon("it is closed", stage.faults.wait_open(0)).await;
        assert_eq!(stage.requests("/other").await, 0, "{framework}");

        // Another conversation and its first question at once.
        stage
            .act("stage.show({ url: at('/chat'), options: { immediate: false } }); stage.now.connect({ body: { n: 5 } })")
            .await;
        let fifth = soon("the question is asked", stage.faults.request_to("/chat", 4)).await;
        assert_eq!(fifth.request.json(), Some(json!({ "n": 5 })), "{framework}");
        stage.act("await until(() => stage.now.data?.token === 'e')").await;
        assert_eq!([stage.requests("/chat").await, stage.requests("/other").await], [5, 0], "{framework}");

        // A question asked before the component is mounted is asked when it is, and once.
        for (n, is_once) in [false, true].into_iter().enumerate() {
            stage.faults.answer("/early", [stream("data: a\n\n")]);
            stage
                .act(&format!(
                    "stage.remove()
                     stage.show({{ url: at('/early'), options: {{ immediate: false }}, question: {{ q: 1 }}, isOnce: {is_once} }})
                     await until(() => stage.now.data === 'a')"
                ))
                .await;
            assert_eq!(stage.requests("/early").await, n + 1, "{framework}");
            let asked = stage.faults.request_to("/early", n).await;
            assert_eq!(asked.request.json(), Some(json!({ "q": 1 })), "{framework}");
        }
        stage.end().await;
    }
}

async fn what_is_hidden_and_shown_again_goes_on_after_the_last_event(page: Page) {
    for framework in HIDING {
        let stage = Stage::open(&page, framework).await;
        // What is read again by itself: a GET, and any request that may be repeated.
        for (n, options) in [
            "{}",
            "{ reconnect: 'on-error' }",
            "{ immediate: false }",
            "{ body: { q: 1 }, reconnect: 'on-error' }",
            "{ body: { q: 1 }, reconnect: 'always', immediate: false }",
            "{ body: { q: 1 }, maxReconnects: 3 }",
        ]
        .into_iter()
        .enumerate()
        {
            let path = format!("/feed-{n}");
            stage.faults.answer(&path, (1..=2).map(|n| stream(&format!("id: {n}\ndata: {n}\n\n"))));
            stage
                .act(&format!(
                    "globalThis.given = {{ url: at('{path}'), options: {options} }}
                     await stage.show(given)
                     await until(() => stage.now.connect)
                     stage.now.connect()
                     await until(() => stage.now.data === '1')
                     await stage.show({{ ...given, isHidden: true }})"
                ))
                .await;
            soon("what is hidden is closed", stage.faults.request_to(&path, 0).await.closed_by_client()).await;
            assert_eq!(stage.requests(&path).await, 1, "{framework}: {options}");
            stage
                .act("await stage.show(given); await until(() => stage.now.data === '2' && stage.now.state === 'open')")
                .await;
            let seen = stage.run("return [stage.now.events.map(({ data }) => data), stage.now.closeReason]").await;
            assert_eq!(seen, json!([["1", "2"], null]), "{framework}: {options}");
            let [first, second] = [0, 1].map(|n| stage.faults.exchanges_to(&path)[n].clone());
            assert_eq!(second.last_event_id(), Some("1"), "{framework}: {options}");
            assert_eq!(second.request.json(), first.request.json(), "{framework}: {options}");
            assert_eq!(stage.requests(&path).await, 2, "{framework}: {options}");
        }

        // What was over stays so.
        stage.faults.answer("/once", [Reply::event_stream().send("data: a\n\ndata: [DONE]\n\n").hang()]);
        stage
            .act(
                "globalThis.given = { url: at('/once'), options: { until: '[DONE]' } }
                 await stage.show(given)
                 await until(() => stage.now.closeReason === 'done')
                 await stage.show({ ...given, isHidden: true })
                 await stage.show(given)",
            )
            .await;
        assert_eq!(stage.requests("/once").await, 1, "{framework}");
        assert_eq!(stage.run("return [stage.now.state, stage.now.closeReason]").await, json!(["closed", "done"]));
        stage.end().await;
    }
}

async fn a_question_is_not_asked_again_because_its_component_is_shown_again(page: Page) {
    for framework in HIDING {
        let stage = Stage::open(&page, framework).await;
        // Event ids change nothing: most servers number their events, and few resume an answer.
        for (n, (options, text)) in [
            ("{ body: { q: 1 } }", "data: a\n\n"),
            ("{ body: { q: 1 } }", "id: 1\ndata: a\n\n"),
            ("{ body: { q: 1 }, immediate: false }", "id: 1\ndata: a\n\n"),
            ("{ body: { q: 1 }, lastEventId: '7' }", "id: 8\ndata: a\n\n"),
            ("{ body: { q: 1 }, reconnect: 'never' }", "id: 1\ndata: a\n\n"),
            ("{ body: { q: 1 }, maxReconnects: 0 }", "id: 1\ndata: a\n\n"),
            ("{ method: 'PUT' }", "id: 1\ndata: a\n\n"),
            ("{ reconnect: 'never' }", "id: 1\ndata: a\n\n"),
        ]
        .into_iter()
        .enumerate()
        {
            let path = format!("/ask-{n}");
            let again = Reply::event_stream().send("data: again\n\n").hang();
            stage.faults.answer(&path, [stream(text), again.clone(), again]);
            stage
                .act(&format!(
                    "globalThis.given = {{ url: at('{path}'), options: {options} }}
                     await stage.show(given)
                     await until(() => stage.now.connect)
                     stage.now.connect()
                     await until(() => stage.now.data === 'a')
                     await stage.show({{ ...given, isHidden: true }})"
                ))
                .await;
            soon("what is hidden is closed", stage.faults.request_to(&path, 0).await.closed_by_client()).await;
            stage.act("await stage.show(given); await until(() => stage.now.state === 'closed')").await;
            assert_eq!(stage.requests(&path).await, 1, "{framework}: {options}");
            // What came is still there, and how it ended can be told.
            let seen = stage.run("return [stage.now.data, stage.now.closeReason, stage.now.error?.code]").await;
            assert_eq!(seen, json!(["a", "client", null]), "{framework}: {options}");
            // Nor a second time.
            stage.act("await stage.show({ ...given, isHidden: true }); await stage.show(given)").await;
            assert_eq!(stage.requests(&path).await, 1, "{framework}: {options}");

            // The user's own word is another matter.
            for (method, count) in [("connect", 2), ("reconnect", 3)] {
                stage.act(&format!("stage.now.{method}()")).await;
                soon("the user's word counts", stage.faults.request_to(&path, count - 1)).await;
                stage.act("await until(() => stage.now.data === 'again' && stage.now.state === 'open')").await;
                assert_eq!(stage.requests(&path).await, count, "{framework}: {options}");
            }
        }
        stage.end().await;
    }
}

async fn a_question_asked_anew_is_answered_from_the_beginning(page: Page) {
    for framework in FRAMEWORKS {
        let stage = Stage::open(&page, framework).await;
        let answers = ["id: 1\ndata: a\n\n", "id: 2\ndata: b\n\n", "id: 3\ndata: c\n\n"];
        stage.faults.answer("/ask", answers.map(stream));
        stage
            .act(
                "await stage.show({ url: at('/ask'), options: { body: { q: 1 } } })
                 await until(() => stage.now.data === 'a')
                 stage.now.reconnect()
                 await until(() => stage.now.data === 'b')
                 stage.now.disconnect()
                 await until(() => stage.now.state === 'closed')
                 stage.now.reconnect()
                 await until(() => stage.now.data === 'c')",
            )
            .await;
        let seen = stage
            .run("const { events, state, closeReason } = stage.now; return [events.length, state, closeReason]")
            .await;
        assert_eq!(seen, json!([1, "open", null]), "{framework}");
        // A server that resumes would have sent the rest of an answer whose beginning is no longer shown.
        for n in 0..3 {
            let exchange = stage.faults.request_to("/ask", n).await;
            assert_eq!(exchange.request.header_str("last-event-id"), None, "{framework}, request {n}");
        }
        assert_eq!(stage.requests("/ask").await, 3, "{framework}");
        stage.end().await;
    }
}

async fn unmounting_closes_the_connection_under_fake_timers_too(page: Page) {
    for framework in FRAMEWORKS {
        let stage = Stage::open(&page, framework).await;
        stage.faults.answer("/feed", [stream("data: a\n\n")]);
        stage
            .act(
                "await stage.show({ url: at('/feed') })
                 await until(() => stage.now.data === 'a')
                 globalThis.queueMicrotask = () => {}",
            )
            .await;
        stage.end().await;
    }
}

async fn a_question_that_was_hidden_before_it_was_sent_is_asked_once(page: Page) {
    for framework in HIDING {
        let stage = Stage::open(&page, framework).await;
        stage.faults.answer("/ask", [stream("data: a\n\n")]);
        stage
            .act(
                "let wanted
                 globalThis.waits = new Promise((resolve) => (wanted = resolve))
                 globalThis.given = { url: at('/ask'), options: { body: { q: 1 }, getToken: () => new Promise((resolve) => {
                   globalThis.tell = resolve
                   wanted()
                 }) } }
                 stage.show(given)
                 await waits
                 await stage.show({ ...given, isHidden: true })
                 tell('late')",
            )
            .await;
        assert_eq!(stage.requests("/ask").await, 0, "{framework}");
        stage
            .act("tell = undefined; stage.show(given); while (!tell) await settled(); tell('token'); await until(() => stage.now.data === 'a')")
            .await;
        assert_eq!(stage.requests("/ask").await, 1, "{framework}");

        // Nor is one forgotten that the server has put off.
        let later = Reply::unavailable().retry_after(3600);
        stage.faults.answer("/busy", [later, stream("data: b\n\n")]);
        stage
            .act(
                "globalThis.given = { url: at('/busy'), options: { body: { q: 2 } } }
                 stage.show(given)
                 await until(() => stage.now.retry)
                 await stage.show({ ...given, isHidden: true })",
            )
            .await;
        assert_eq!(stage.requests("/busy").await, 1, "{framework}");
        stage.act("stage.show(given); await until(() => stage.now.data === 'b')").await;
        assert_eq!(stage.requests("/busy").await, 2, "{framework}");
        stage.end().await;
    }
}

async fn what_suspends_after_it_was_shown_keeps_its_connection(page: Page) {
    for framework in ["react", "react-18"] {
        let stage = Stage::open(&page, framework).await;
        let gate = Gate::new();
        let reply = Reply::event_stream().send("data: a\n\n").wait(&gate).send("data: b\n\n").hang();
        stage.faults.answer("/feed", [reply]);
        stage
            .act(
                "await stage.show({ url: at('/feed') })
                 await until(() => stage.now.data === 'a')
                 await stage.show({ url: at('/feed'), data: new Promise((resolve) => (globalThis.ready = resolve)) })",
            )
            .await;
        page.wait_until("document.querySelector('main').innerText.includes('wait')").await;
        assert_eq!([stage.requests("/feed").await, stage.faults.open()], [1, 1], "{framework}");
        gate.open();
        stage.act("ready(); await until(() => stage.now.data === 'b')").await;
        assert_eq!(stage.requests("/feed").await, 1, "{framework}");
        stage.end().await;
    }
}

async fn it_shows_when_the_next_attempt_is_made(page: Page) {
    for framework in FRAMEWORKS {
        let stage = Stage::open(&page, framework).await;
        let gate = Gate::new();
        let lost = Reply::event_stream().send(": here\n\n").cut();
        stage.faults.answer("/feed", [lost, stream("data: a\n\n").hold_head(&gate)]);
        let seen = stage
            .run(
                "const hour = 3_600_000
                 const before = Date.now()
                 await stage.show({ url: at('/feed'), options: { backoff: { initial: hour, jitter: 0 } } })
                 await until(() => stage.now.retry)
                 const { state, retry, error } = stage.now
                 const waited = [retry.at >= before + hour, retry.at <= Date.now() + hour]
                 const shownBefore = shown.slice(0, -1).some(({ retry }) => retry)
                 return [state, retry.attempt, waited, error.code, shownBefore]",
            )
            .await;
        assert_eq!(seen, json!(["reconnecting", 1, [true, true], "network", false]), "{framework}");
        // Once the client has been made, there is nothing to wait for.
        stage.act("dispatchEvent(new Event('offline')); dispatchEvent(new Event('online')); await until(() => stage.now.state === 'reconnecting' && !stage.now.retry)").await;
        soon("it is made", stage.faults.request_to("/feed", 1)).await;
        gate.open();
        stage.act("await until(() => stage.now.state === 'open' && !stage.now.retry && !stage.now.error)").await;
        stage.end().await;
    }
}

async fn an_answer_that_was_cut_off_looks_different_from_a_whole_one(page: Page) {
    for framework in FRAMEWORKS {
        let stage = Stage::open(&page, framework).await;
        let answer = Reply::event_stream().send("data: Hel\n\ndata: lo\n\n");
        stage.faults.answer("/whole", [answer.clone().send("data: [DONE]\n\n").end()]);
        // A proxy may turn a broken answer into one that just ends.
        stage.faults.answer("/cut", [answer.clone().end(), answer.clone().hang()]);
        stage.faults.answer("/unmarked", [answer.end()]);
        stage.faults.answer("/nothing", [Reply::no_content()]);
        for (path, until, expected) in [
            ("/whole", "'[DONE]'", json!(["Hello", "done", null])),
            ("/unmarked", "undefined", json!(["Hello", "server", null])),
            ("/nothing", "'[DONE]'", json!([null, "no-content", null])),
            ("/cut", "'[DONE]'", json!(["Hello", "fatal", "incomplete"])),
        ] {
            stage
                .act(&format!(
                    "const reduce = (answer = '', text) => answer + text
                     await stage.show({{ url: at('{path}'), options: {{ body: {{}}, until: {until}, reduce }} }})
                     await until(() => stage.now.state === 'closed')"
                ))
                .await;
            let seen = stage.run("return [stage.now.data, stage.now.closeReason, stage.now.error?.code]").await;
            assert_eq!(seen, expected, "{framework}: {path}");
        }
        // Asked again it is open, and so not closed; until somebody ends it.
        stage
            .act(
                "globalThis.begun = shown.length
                 stage.now.connect()
                 await until(() => stage.now.state === 'open' && stage.now.data === 'Hello')
                 if (shown.slice(begun).some(({ state, closeReason }) => closeReason && state !== 'closed')) throw new Error('a reason, but not closed')
                 stage.now.disconnect()
                 await until(() => stage.now.closeReason === 'client')",
            )
            .await;
        stage.end().await;
    }
}

async fn an_error_of_the_applications_own_that_ends_the_stream_is_shown(page: Page) {
    for framework in FRAMEWORKS {
        let stage = Stage::open(&page, framework).await;
        let overloaded = Reply::event_stream().send("data: a\n\nevent: error\ndata: overloaded\n\n").hang();
        stage.faults.answer("/feed", [overloaded.clone(), overloaded, stream("data: b\n\n")]);
        // By the rule that says where an answer ends; and by the application, where it reads the event.
        let seen = stage
            .run(
                "globalThis.failure = new Error('overloaded')
                 const until_ = ({ type, data }) => (type === 'error' ? failure : data === '[DONE]')
                 await stage.show({ url: at('/feed'), options: { body: { n: 1 }, until: until_ } })
                 await until(() => stage.now.state === 'closed')
                 const first = [stage.now.error === failure, stage.now.closeReason, stage.now.data]
                 const onEvent = (data, { type }) => type === 'error' && stage.now.disconnect(failure)
                 await stage.show({ url: at('/feed'), options: { body: { n: 2 }, event: '*', onEvent } })
                 await until(() => stage.now.state === 'closed' && stage.now.closeReason === 'client')
                 return [first, stage.now.error === failure]",
            )
            .await;
        assert_eq!(seen, json!([[true, "fatal", "a"], true]), "{framework}");
        stage
            .act("stage.now.connect(); await until(() => stage.now.state === 'open' && stage.now.data === 'b' && !stage.now.error)")
            .await;
        // What a button hands over is no error.
        stage
            .act("stage.now.disconnect(new MouseEvent('click')); await until(() => stage.now.closeReason === 'client' && !stage.now.error)")
            .await;
        stage.end().await;
    }
}

/// Engines make a slice of a string by pointing into it: a short text would hold the whole chunk it came in.
async fn short_texts_kept_from_a_flood_hold_little_memory(page: Page) {
    const EVENTS: usize = 1000;
    /// Bytes of other events for each of them, in pieces small enough that chunks hold whole ones.
    const OTHERS: usize = 16 * 1024;
    /// A tenth of what came.
    const GROWTH: u64 = (EVENTS * OTHERS / 10) as u64;
    for framework in ["react", "vue"] {
        let stage = Stage::open(&page, framework).await;
        let gate = Gate::new();
        let mut flood = Reply::event_stream().send(": here\n\n").wait(&gate);
        for n in 0..EVENTS {
            let other = "x".repeat(OTHERS);
            flood = flood.send(format!(
                "id: the event number {n}\ndata: a short text with the number {n}\n\nevent: log\ndata: {other}\n\n"
            ));
        }
        stage.faults.answer("/feed", [flood.hang()]);
        stage
            .act(&format!(
                "await stage.show({{ url: at('/feed'), options: {{ keep: {EVENTS} }} }})
                 await until(() => stage.now.state === 'open')"
            ))
            .await;
        let before = page.heap().await;
        gate.open();
        stage
            .act(&format!(
                "await until(() => stage.now.events.length === {EVENTS})
                 const {{ events, data }} = stage.now
                 const texts = events.map(({{ data, type, event }}, n) => data === `a short text with the number ${{n}}` && data === event.data && type === 'message' && event.id === event.lastEventId)
                 if (texts.includes(false) || data !== events.at(-1).data) throw new Error('not the same texts')
                 shown.length = 0"
            ))
            .await;
        let growth = page.heap().await.saturating_sub(before);
        assert!(growth < GROWTH, "{framework}: {growth} bytes");
        stage.end().await;
    }
}

async fn keep_alives_without_data_are_no_errors_beside_a_whole_answer(page: Page) {
    for framework in FRAMEWORKS {
        let stage = Stage::open(&page, framework).await;
        let answer = "data:\n\ndata: {\"n\":1}\n\ndata: \n\ndata\n\ndata: [DONE]\n\n";
        stage.faults.answer("/feed", [Reply::event_stream().send(answer).end()]);
        stage
            .act(
                "await stage.show({ url: at('/feed'), options: { body: {}, parse: 'json', until: '[DONE]' } })
                 await until(() => stage.now.state === 'closed')",
            )
            .await;
        let seen = stage
            .run("const { data, events, closeReason, error } = stage.now; return [data, events.length, closeReason, error?.message]")
            .await;
        assert_eq!(seen, json!([{ "n": 1 }, 1, "done", null]), "{framework}");
        stage.end().await;
    }
}

async fn nothing_is_asked_for_by_a_render_that_waits(page: Page) {
    for framework in FRAMEWORKS {
        let stage = Stage::open(&page, framework).await;
        stage.faults.answer("/feed", [stream("data: a\n\n")]);
        stage
            .act(
                "let ready
                 globalThis.data = new Promise((resolve) => (ready = resolve))
                 globalThis.ready = ready
                 stage.show({ url: at('/feed'), data })",
            )
            .await;
        assert_eq!(stage.requests("/feed").await, 0, "{framework}");
        stage.act("ready(); await until(() => stage.now.data === 'a')").await;
        assert_eq!(stage.requests("/feed").await, 1, "{framework}");
        stage.end().await;
    }
}

async fn a_wrong_option_is_the_business_of_the_framework(page: Page) {
    for framework in FRAMEWORKS {
        let stage = Stage::open(&page, framework).await;
        stage.act("stage.show({ url: at('/feed'), options: { retries: 3 } })").await;
        page.wait_until("part('refused')?.textContent.includes(\"there is no option 'retries'\")").await;
        assert_eq!(stage.requests("/feed").await, 0, "{framework}");
        stage.act("stage.remove(); stage.show({ url: at('/feed'), options: { body: { n: 1n } } })").await;
        page.wait_until("part('refused')?.textContent.includes(\"option 'body'\")").await;
        // Where it is the application that connects, it is told there.
        stage.act("stage.remove(); await stage.show({ url: at('/feed'), options: { immediate: false } })").await;
        let thrown = stage.run("try { stage.now.connect({ retries: 3 }) } catch (error) { return error.name }").await;
        assert_eq!(thrown, "TypeError", "{framework}");
    }
}

async fn a_wrong_option_of_the_hook_is_named_with_what_is_accepted(page: Page) {
    const COUNT: &str = "a whole number of events from 0 up, or Infinity";
    const TYPE: &str = "a type of events (a string that is not empty), or an array of types";
    for framework in FRAMEWORKS {
        let stage = Stage::open(&page, framework).await;
        stage.faults.answer("/feed", (0..20).map(|_| stream("data: a\n\n")));
        for (options, name, given, accepted) in [
            ("{ keep: NaN }", "keep", "NaN", COUNT),
            ("{ keep: 'x' }", "keep", "'x'", COUNT),
            ("{ keep: {} }", "keep", "an object", COUNT),
            ("{ keep: -1 }", "keep", "-1", COUNT),
            ("{ keep: 1.5 }", "keep", "1.5", COUNT),
            ("{ event: 7 }", "event", "7", TYPE),
            ("{ event: '' }", "event", "''", TYPE),
            ("{ event: ['a', null] }", "event", "an array", TYPE),
            ("{ immediate: 'no' }", "immediate", "'no'", "true or false"),
            ("{ immediate: false, onEvent: 'log' }", "onEvent", "'log'", "a function"),
            ("{ reduce: {} }", "reduce", "an object", "a function"),
        ] {
            // From the first, and while it is connected.
            for before in ["", "await stage.show({ url: at('/feed') }); await until(() => stage.now.state === 'open');"]
            {
                let show = format!("{before} stage.show({{ url: at('/feed'), options: {options} }})");
                stage.act(&show).await;
                let told = format!("TypeError: useSSE: option '{name}': {given} was given; it must be {accepted}");
                page.wait_for_text("refused", &told).await;
                soon("nothing is connected", stage.faults.wait_open(0)).await;
                stage.act("stage.remove()").await;
            }
        }
        assert_eq!(stage.requests("/feed").await, 11, "{framework}");

        // What means the default is right, and all can be kept.
        let right = "keep: null, event: undefined, immediate: null, onEvent: null, reduce: undefined";
        for options in [right, "keep: Infinity, event: []"] {
            let show = format!(
                "await stage.show({{ url: at('/feed'), options: {{ {options} }} }}); await until(() => stage.now.state === 'open'); stage.remove()"
            );
            stage.act(&show).await;
        }

        for (given, what) in [
            ("url: 7", "the URL: 7 was given; it must be a string or a URL, and null for no connection"),
            (
                "url: () => at('/feed')",
                "the URL: a function was given; it must be a string or a URL, and null for no connection",
            ),
            ("url: at('/feed'), options: { keep: 3, event: 'a', immediate: false, keeps: 3 }", ""),
        ] {
            stage.act(&format!("stage.show({{ {given} }})")).await;
            if what.is_empty() {
                // That one is the client's to refuse, when it is to connect.
                let thrown = stage.run("try { stage.now.connect() } catch (error) { return error.message }").await;
                assert!(
                    thrown.as_str().is_some_and(|it| it.contains("there is no option 'keeps'")),
                    "{framework}: {thrown}"
                );
            } else {
                page.wait_for_text("refused", &format!("TypeError: useSSE: {what}")).await;
            }
            stage.act("stage.remove()").await;
        }
    }
}

async fn a_policy_that_forbids_wasm_is_shown_as_an_error_and_blanks_nothing(page: Page) {
    for framework in FRAMEWORKS {
        let stage = Stage::open(&page, framework).await;
        let script = "
            const reported = new Promise((resolve) => addEventListener('message', ({ data }) => resolve(data), { once: true }))
            const frame = document.createElement('iframe')
            frame.src = args
            document.body.append(frame)
            return reported";
        let report: Value = page.run_with(script, json!(format!("{framework}-strict.html"))).await;
        for seen in [&report[0], &report[1]] {
            let message = seen["error"]["message"].as_str().unwrap_or_default();
            assert_eq!([&seen["state"], &seen["closeReason"]], ["closed", "fatal"], "{framework}: {report}");
            assert_eq!(seen["text"], "closed nothing", "{framework}: the component is still there");
            assert!(message.contains("Content-Security-Policy"), "{framework}: {report}");
        }
        let refused = report[2].as_str().unwrap_or_default();
        assert!(refused.contains("there is no option 'retries'"), "{framework}: {report}");
        assert_eq!(stage.faults.exchanges().len(), 0, "{framework}");
    }
}

async fn what_a_server_has_rendered_comes_alive_without_complaints(page: Page) {
    for framework in FRAMEWORKS {
        let stage = Stage::open(&page, framework).await;
        stage.faults.answer("/feed", [stream("data: a\n\n")]);
        let html = stage.run("return stage.hydrate({ url: at('/feed') })").await;
        assert_eq!(html, "idle nothing", "{framework}");
        stage.act("await until(() => stage.now.data === 'a')").await;
        page.wait_for_text("probe", "open a").await;
        assert_eq!(stage.requests("/feed").await, 1, "{framework}");
        stage.end().await;
    }
}

async fn vue_follows_refs_and_lives_in_scopes_without_components(page: Page) {
    let stage = Stage::open(&page, "vue").await;
    stage.faults.answer("/a", [stream("data: a\n\n")]);
    stage.faults.answer("/b", [stream("data: b\n\n")]);
    stage
        .act(
            "globalThis.url = stage.ref(at('/a'))
             globalThis.options = stage.ref({ headers: { 'X-Deep': 'a' } })
             globalThis.end = stage.inScope(url, options)
             globalThis.shows = (state, data) =>
               new Promise((resolve) => {
                 const look = () => (stage.scoped.state.value === state && stage.scoped.data.value === data ? resolve() : requestAnimationFrame(look))
                 look()
               })
             await shows('open', 'a')
             // Two changes in one tick, one of them back.
             url.value = at('/b')
             url.value = at('/a')
             options.value.headers['X-Deep'] = 'b'
             await stage.nextTick()
             await shows('open', 'a')",
        )
        .await;
    assert_eq!([stage.requests("/a").await, stage.requests("/b").await], [2, 0]);
    assert_eq!(stage.faults.request_to("/a", 1).await.request.header_str("x-deep"), Some("b"));
    stage.act("url.value = at('/b'); await stage.nextTick(); await shows('open', 'b')").await;
    // What is wrong is told once; when it is right again it connects.
    stage
        .act(
            "options.value = { retries: 3 }
             const told = String(await stage.nextTick().catch((error) => error))
             if (!told.includes('retries')) throw new Error('it is not told')
             complaints.length = 0
             options.value = {}
             await stage.nextTick()
             await shows('open', 'b')",
        )
        .await;
    stage.act("end()").await;
    soon("the end of the scope closes it", stage.faults.wait_open(0)).await;
    assert_eq!(stage.run("return [stage.scoped.state.value, stage.scoped.data.value]").await, json!(["closed", "b"]));
    stage.act("url.value = at('/a'); await stage.nextTick(); stage.scoped.connect()").await;
    assert_eq!([stage.requests("/a").await, stage.requests("/b").await], [2, 2]);
    assert_eq!(stage.run("return complaints").await, json!([]));
}

async fn vue_keeps_what_components_share_and_connects_in_workers(page: Page) {
    let stage = Stage::open(&page, "vue").await;
    stage.faults.answer("/shared", [stream("data: a\n\n")]);
    stage
        .act(
            "globalThis.given = { url: at('/shared'), isShared: true }
             await stage.show(given)
             await until(() => stage.now.data === 'a')
             await stage.show({ ...given, isHidden: true })",
        )
        .await;
    assert_eq!(stage.requests("/shared").await, 1);
    assert_eq!(stage.faults.open(), 1, "other components still need it");
    stage.act("stage.remove()").await;
    assert_eq!(stage.requests("/shared").await, 1);
    assert_eq!(stage.faults.open(), 1);
    stage.act("stage.shared.stop()").await;
    soon("the end of its scope closes it", stage.faults.wait_open(0)).await;

    stage.faults.answer("/worker", [stream("data: b\n\n")]);
    let sent = stage
        .run(
            "const worker = new Worker('worker.js', { type: 'module' })
             worker.postMessage(at('/worker'))
             const { data } = await new Promise((resolve) => (worker.onmessage = resolve))
             worker.terminate()
             return data",
        )
        .await;
    assert_eq!(sent, "b");
    soon("the end of the worker closes it", stage.faults.wait_open(0)).await;
    assert_eq!(stage.run("return complaints").await, json!([]));
}

async fn on_a_server_both_render_and_ask_for_nothing() {
    let script = "
        import { createElement } from 'react'
        import { renderToString } from 'react-dom/server'
        import { createSSRApp, effectScope, h } from 'vue'
        import { renderToString as renderVue } from 'vue/server-renderer'
        import * as react from 'sse-fetch/react'
        import * as vue from 'sse-fetch/vue'

        globalThis.fetch = () => { throw new Error('asked') }
        // A relative URL means nothing here.
        const options = { event: '*', keep: 3, headers: { a: 'b' }, onEvent: () => {} }
        const React = () => {
          const { data, events, state, error, lastEventId } = react.useSSE('/events', options)
          return createElement('p', null, JSON.stringify([data ?? null, events, state, error ?? null, lastEventId]))
        }
        console.log(renderToString(createElement(React)).replaceAll('&quot;', '\"'))
        const Vue = {
          setup() {
            const { data, events, state, error, lastEventId } = vue.useSSE('/events', () => options)
            return () => h('p', JSON.stringify([data.value ?? null, events.value, state.value, error.value ?? null, lastEventId.value]))
          },
        }
        console.log((await renderVue(createSSRApp(Vue))).replaceAll('&quot;', '\"'))
        effectScope().run(() => console.log(vue.useSSE('/events').state.value))
        // But whoever asks for it gets it, where no component is.
        const asked = new Promise((resolve) => {
          globalThis.fetch = (url) => {
            resolve(url)
            return new Promise(() => {})
          }
        })
        const scope = effectScope()
        scope.run(() => vue.useSSE('https://example.test/asked').connect())
        console.log(await asked)
        scope.stop()";
    let printed = node(script, &[]).await;
    let html = "<p>[null,[],\"idle\",null,\"\"]</p>\n";
    assert_eq!(printed, format!("{html}{html}idle\nhttps://example.test/asked\n"));
}
