//! `sse-fetch/eventsource` beside the text of the standard: one case for each normative sentence of § 9.2, by paragraph, in
//! `pages/eventsource-*.js`. A failure names the cases.
//!
//! The same cases run against the engines' own class, which is how they are checked themselves; where an engine does
//! otherwise is in [`DEVIATIONS`].

mod server;

use std::sync::Arc;

use demo_server::DemoServer;
use demo_server::faulty::{FaultServer, Reply};
use e2e::{Engine, Page, lab_server, node, root, tests};
use serde_json::{Value, json};

tests! {
    InPage:
        the_interface,
        the_processing_model,
        event_streams,
        options,
        in_a_worker,
        the_engines_own;
    WithoutPage:
        in_node;
}

// The lists of cases: NAME is `pages/eventsource-NAME.js`.

/// § 9.2.2: the interface, and the steps of its constructor.
const INTERFACE: &[&str] = &["interface", "request"];

/// § 9.2.3, § 9.2.4 and § 9.2.9.
const PROCESSING: &[&str] = &["processing", "last-event-id", "garbage"];

/// § 9.2.5 and § 9.2.6.
const EVENT_STREAMS: &[&str] = &["parsing", "interpreting"];

/// What is beyond the standard.
const OPTIONS: &[&str] = &["options"];

/// Cases that an engine's own class fails, and what it does.
const DEVIATIONS: &[(Engine, &str, &str)] = &[
    (Engine::Chromium, "another_content_type_is_fatal", "takes `text/event-stream bogus`"),
    (
        Engine::Chromium,
        "another_encoding_cannot_be_chosen",
        "fails if the content type names another charset than UTF-8",
    ),
    (Engine::Firefox, "another_content_type_is_fatal", "takes `text/event-stream bogus`"),
    (Engine::Firefox, "nothing_else_ends_a_line", "drops NUL from data"),
    (Engine::Firefox, "an_id_with_a_nul_is_ignored", "drops events that have such an id"),
    (Engine::Firefox, "an_id_without_data_holds", "forgets the id of an event without data"),
];

/// Cases in which an engine's own class lets the suite wait, as its reconnection time cannot be told.
const SLOW: &[&str] = &["a_network_error_is_tried_again", "retry_that_is_no_number_is_ignored"];

/// A page with the class under test in it, and the servers it talks to.
struct Bench {
    /// Where the scripts are.
    _lab: DemoServer,
    here: Arc<FaultServer>,
    elsewhere: Arc<FaultServer>,
}

impl Bench {
    /// The page is of the origin whose answers it chooses; its scripts are the laboratory's.
    async fn start() -> Self {
        let (lab, here, elsewhere) = (lab_server().await, server::start().await, server::start().await);
        let imports = format!(
            "import {{ EventSource }} from '{0}/pkg/eventsource.js'\nimport {{ run }} from '{0}/eventsource.js'\n",
            lab.url()
        );
        let script = format!(
            "{imports}Object.assign(globalThis, {{ classes: {{ ours: EventSource, native: globalThis.EventSource }}, run }})"
        );
        let page = format!(
            "<!doctype html><meta charset=utf-8><title>EventSource</title><link rel=icon href=data:,><body><script type=module>{script}</script>"
        );
        let worker =
            format!("{imports}onmessage = async ({{ data }}) => postMessage(await run(EventSource, data.list, data))");
        let reply = Reply::status(200);
        here.answer("/page", [reply.clone().body("text/html", page)]);
        here.answer("/worker.js", [reply.body("text/javascript", worker)]);
        Self { _lab: lab, here, elsewhere }
    }

    async fn open(page: &Page) -> Self {
        let bench = Self::start().await;
        page.open(&format!("{}/page", bench.here.url())).await;
        bench
    }

    fn setting(&self, list: &str, ours: bool, except: &[&str]) -> Value {
        json!({ "list": list, "ours": ours, "servers": [self.here.url(), self.elsewhere.url()], "except": except })
    }

    /// Runs lists in the page.
    async fn run(&self, page: &Page, class: &str, lists: &[&str], except: &[&str]) {
        let script = format!("return run(classes.{class}, args.list, args)");
        let mut failures = Vec::new();
        for list in lists {
            let setting = self.setting(list, class == "ours", except);
            failures.extend(failures_of(list, &page.run_with(&script, setting).await));
        }
        assert_none(&failures);
    }
}

/// The cases of a list that failed, and why.
fn failures_of(list: &str, outcome: &Value) -> Vec<String> {
    assert!(outcome["count"].as_u64() > Some(0), "{list} has no cases");
    let failures = outcome["failures"].as_object().expect("failures by name");
    failures.iter().map(|(case, why)| format!("{list}: {case}: {}", why.as_str().unwrap_or_default())).collect()
}

fn assert_none(failures: &[String]) {
    assert!(failures.is_empty(), "{} failed:\n{}", failures.len(), failures.join("\n"));
}

async fn conforms(page: Page, lists: &[&str]) {
    Bench::open(&page).await.run(&page, "ours", lists, &[]).await;
}

async fn the_interface(page: Page) {
    conforms(page, INTERFACE).await;
}

async fn the_processing_model(page: Page) {
    conforms(page, PROCESSING).await;
}

async fn event_streams(page: Page) {
    conforms(page, EVENT_STREAMS).await;
}

async fn options(page: Page) {
    conforms(page, OPTIONS).await;
}

/// The interface is exposed in workers, too.
async fn in_a_worker(page: Page) {
    let bench = Bench::open(&page).await;
    page.act("globalThis.worker = new Worker('/worker.js', { type: 'module' })").await;
    let script =
        "worker.postMessage(args); return new Promise((resolve) => (worker.onmessage = ({ data }) => resolve(data)))";
    let mut failures = Vec::new();
    for list in [INTERFACE, PROCESSING, EVENT_STREAMS, OPTIONS].concat() {
        failures.extend(failures_of(list, &page.run_with(script, bench.setting(list, true, &[])).await));
    }
    assert_none(&failures);
}

/// The cases hold for what they were written after, where it does as the standard says.
async fn the_engines_own(page: Page) {
    let bench = Bench::open(&page).await;
    let deviations = DEVIATIONS.iter().filter(|(engine, ..)| *engine == page.engine()).map(|(_, case, _)| *case);
    let except: Vec<&str> = deviations.chain(SLOW.iter().copied()).collect();
    let lists = match page.engine() {
        // It waits 500 ms at least before it reconnects, which these do all the time.
        Engine::Firefox => [INTERFACE, EVENT_STREAMS].concat(),
        _ => [INTERFACE, PROCESSING, EVENT_STREAMS].concat(),
    };
    bench.run(&page, "native", &lists, &except).await;
}

async fn in_node() {
    let bench = Bench::start().await;
    let pages = root().join("tests/e2e/pages/eventsource.js");
    let script = "
        import { EventSource } from 'sse-fetch/eventsource'
        const { run } = await import(process.env.PAGES)
        const outcomes = []
        for (const setting of JSON.parse(process.env.SETTINGS)) outcomes.push(await run(EventSource, setting.list, setting))
        console.log(JSON.stringify(outcomes))";
    let lists = [INTERFACE, PROCESSING, EVENT_STREAMS, OPTIONS].concat();
    let settings: Vec<Value> = lists.iter().map(|list| bench.setting(list, true, &[])).collect();
    let environment = [("PAGES", &*pages.display().to_string()), ("SETTINGS", &json!(settings).to_string())];
    let outcomes: Vec<Value> = serde_json::from_str(&node(script, &environment).await).expect("JSON");
    let failures: Vec<String> =
        lists.iter().zip(&outcomes).flat_map(|(list, outcome)| failures_of(list, outcome)).collect();
    assert_none(&failures);
}
