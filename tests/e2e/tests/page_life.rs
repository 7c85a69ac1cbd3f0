//! What happens to a page: it loses the network, is hidden, is left and come back to. No attempt is wasted meanwhile, and
//! never are two requests open.

use std::time::Instant;

use demo_server::Gate;
use demo_server::faulty::{FaultServer, Reply};
use e2e::{Engine, Page, RawServer, soon, tests};
use serde_json::{Value, json};

use crate::lab::{holding_open, open_lab_with_faults, told};

tests! {
    InPage:
        offline_spends_no_attempt_and_online_reconnects,
        a_stream_that_said_nothing_while_offline_is_opened_anew,
        a_client_that_does_not_watch_the_network_tries_on,
        a_stream_is_closed_while_its_tab_is_hidden,
        by_default_a_stream_goes_on_in_a_hidden_tab,
        a_prompt_goes_on_in_a_hidden_tab,
        reconnect_never_is_one_request_whatever_the_page_goes_through,
        a_client_made_in_a_hidden_page_waits_until_it_is_seen,
        a_hundred_changes_of_visibility_never_open_two_requests,
        hiding_and_showing_again_and_again_never_opens_two_requests,
        a_page_that_is_left_leaves_its_stream_and_comes_back_to_it,
        a_page_that_waits_to_try_again_does_so_when_it_is_come_back_to,
        a_worker_knows_nothing_of_the_page;
}

/// Has the network go or come back: in Chromium for all that the page does, elsewhere by what the browser would say.
async fn set_offline(page: &Page, offline: bool) {
    if page.engine() == Engine::Chromium {
        page.set_offline(offline).await;
    } else {
        pretend_offline(page, offline).await;
    }
    page.run_with::<Value>("await until(() => navigator.onLine !== args)", json!(offline)).await;
}

async fn pretend_offline(page: &Page, offline: bool) {
    page.run_with::<Value>(
        "Object.defineProperty(navigator, 'onLine', { configurable: true, value: !args })
         dispatchEvent(new Event(args ? 'offline' : 'online'))",
        json!(offline),
    )
    .await;
}

/// Makes `show()` and `hide()` in the page, which say what the browser would.
const VISIBILITY: &str = "
    const become = (state) => () => {
      Object.defineProperty(document, 'visibilityState', { configurable: true, value: state })
      document.dispatchEvent(new Event('visibilitychange'))
    }
    Object.assign(globalThis, { show: become('visible'), hide: become('hidden') });";

/// Hides the page behind another tab; `meanwhile` begins when the page knows of it.
async fn behind_another_tab(page: &Page, faults: &FaultServer, meanwhile: impl Future<Output = ()>) {
    page.act(
        "document.addEventListener('visibilitychange', () => {
           tell({ page: document.visibilityState })
           if (document.visibilityState === 'hidden') fetch(at('/hidden'))
         })",
    )
    .await;
    let here = page.tab().await;
    page.open_tab().await;
    soon("the page is hidden", faults.request_to("/hidden", 0)).await;
    meanwhile.await;
    page.close_tab(&here).await;
    page.act("await until(() => of('page').length === 2)").await;
    assert_eq!(told(page, "page").await, [json!({ "page": "hidden" }), json!({ "page": "visible" })]);
}

async fn offline_spends_no_attempt_and_online_reconnects(page: Page) {
    let (_lab, faults) = open_lab_with_faults(&page).await;
    let gate = Gate::new();
    let first = Reply::event_stream().send("id: 1\ndata: a\n\n").wait(&gate).cut();
    faults.answer("/feed", [first, Reply::event_stream().send("id: 2\ndata: b\n\n").hang()]);
    page.act(
        "globalThis.it = client(at('/feed'), { maxReconnects: 0, backoff: { initial: 1 } })
         it.connect()
         await until(() => it.lastEventId === '1')",
    )
    .await;
    set_offline(&page, true).await;
    gate.open();
    page.act("await until(() => of('error').length === 1 && it.state === 'reconnecting')").await;
    assert_eq!(page.run::<Value>("return [it.stats().attempts, it.retryCount]").await, json!([1, 0]));

    set_offline(&page, false).await;
    page.act("await until(() => it.lastEventId === '2')").await;
    let requests = faults.exchanges_to("/feed");
    assert_eq!((requests.len(), requests[1].last_event_id()), (2, Some("1")));
    assert_eq!(told(&page, "retry").await, [] as [Value; 0]);
    assert_eq!(page.run::<u32>("return it.retryCount").await, 0);
    assert_eq!(faults.most_open_of("/feed"), 1);
}

async fn a_stream_that_said_nothing_while_offline_is_opened_anew(page: Page) {
    let (_lab, faults) = open_lab_with_faults(&page).await;
    faults.answer("/feed", [Reply::event_stream().send("id: 1\ndata: a\n\n").hang()]);
    page.act(
        "globalThis.it = client(at('/feed'), { maxReconnects: 0 })
         it.connect()
         await until(() => it.lastEventId === '1')",
    )
    .await;
    set_offline(&page, true).await;
    set_offline(&page, false).await;
    let again = soon("it is opened anew", faults.request_to("/feed", 1)).await;
    assert_eq!(again.last_event_id(), Some("1"));
    soon("the old one is closed", faults.request_to("/feed", 0).await.closed_by_client()).await;
    page.act("await until(() => of('event').length === 2)").await;
    assert_eq!(told(&page, "retry").await, [] as [Value; 0]);
    assert_eq!(faults.most_open_of("/feed"), 1);
}

async fn a_client_that_does_not_watch_the_network_tries_on(page: Page) {
    let (_lab, _faults) = open_lab_with_faults(&page).await;
    let vacant = RawServer::start().await.url();
    pretend_offline(&page, true).await;
    page.run_with::<Value>(
        "client(args, { watchNetwork: false, maxReconnects: 2, backoff: { initial: 5 } }).connect()
         await until(() => of('close').length === 1)",
        json!(vacant),
    )
    .await;
    assert_eq!(told(&page, "gaveUp").await, [json!({ "gaveUp": 2 })]);
}

async fn a_stream_is_closed_while_its_tab_is_hidden(page: Page) {
    let (_lab, faults) = open_lab_with_faults(&page).await;
    let stream = |id: u32| Reply::event_stream().send(format!("id: {id}\ndata: x\n\n")).hang();
    faults.answer("/feed", [stream(5), stream(6)]);
    page.act(
        "globalThis.it = client(at('/feed'), { closeWhenHidden: true, maxReconnects: 0 })
         it.connect()
         await until(() => it.lastEventId === '5')",
    )
    .await;
    behind_another_tab(&page, &faults, async {
        soon("the stream is closed", faults.request_to("/feed", 0).await.closed_by_client()).await;
    })
    .await;
    page.act("await until(() => it.lastEventId === '6')").await;
    let states: Vec<String> = page.run("return of('state').map(({ state }) => state)").await;
    assert_eq!(states, ["connecting", "open", "reconnecting", "open"]);
    let requests = faults.exchanges_to("/feed");
    assert_eq!((requests.len(), requests[1].last_event_id()), (2, Some("5")));
    assert_eq!(faults.most_open_of("/feed"), 1);
}

/// Opens a stream that goes on behind another tab and then ends; returns what the page was told of it.
async fn goes_on_when_hidden(page: &Page, options: &str) -> Value {
    let (_lab, faults) = open_lab_with_faults(page).await;
    let gates = [Gate::new(), Gate::new()];
    let stream =
        Reply::event_stream().send("id: 1\ndata: seen\n\n").wait(&gates[0]).send("data: unseen\n\n").wait(&gates[1]);
    faults.answer("/feed", [stream.send("data: seen again\n\ndata: [DONE]\n\n")]);
    page.act(&format!(
        "client(at('/feed'), {{ until: '[DONE]', ...{options} }}).connect()
         await until(() => of('event').length === 1)"
    ))
    .await;
    behind_another_tab(page, &faults, async { gates[0].open() }).await;
    page.act("await until(() => of('event').length === 2)").await;
    gates[1].open();
    page.act("await until(() => of('close').length === 1)").await;
    assert_eq!(faults.exchanges_to("/feed").len(), 1);
    page.run("return [of('event').map(({ data }) => data), of('close')]").await
}

async fn by_default_a_stream_goes_on_in_a_hidden_tab(page: Page) {
    let told = goes_on_when_hidden(&page, "{}").await;
    assert_eq!(told, json!([["seen", "unseen", "seen again"], [{ "close": "done" }]]));
}

async fn a_prompt_goes_on_in_a_hidden_tab(page: Page) {
    let told = goes_on_when_hidden(&page, "{ closeWhenHidden: true, body: { prompt: 'once' } }").await;
    assert_eq!(told, json!([["seen", "unseen", "seen again"], [{ "close": "done" }]]));
}

async fn reconnect_never_is_one_request_whatever_the_page_goes_through(page: Page) {
    for (number, options) in ["{}", "{ body: { prompt: 'once' } }"].into_iter().enumerate() {
        let (lab, faults) = open_lab_with_faults(&page).await;
        page.act(VISIBILITY).await;
        let path = format!("/once-{number}");
        let gate = Gate::new();
        let stream = Reply::event_stream().send("id: 1\ndata: first\n\n").wait(&gate).send("data: last\n\n");
        faults.answer(&path, [stream]);
        page.run_with::<Value>(
            &format!(
                "globalThis.it = client(at(args), {{ reconnect: 'never', closeWhenHidden: true, ...{options} }})
                 it.connect()
                 await until(() => of('event').length === 1)
                 hide()
                 show()
                 it.pause()
                 it.resume()"
            ),
            json!(path),
        )
        .await;
        set_offline(&page, true).await;
        set_offline(&page, false).await;
        // A page with a request under way may be made anew by the browser.
        let is_the_same = leave_and_come_back(&page, &format!("{}/lab.html?elsewhere", lab.url()), async {}).await;
        if is_the_same {
            page.act("await fetch(at('/later'))").await;
        }
        assert_eq!(faults.exchanges_to(&path).len(), 1, "{options}");
        gate.open();
        if is_the_same {
            // The browser may have closed the connection of a page that it keeps.
            page.act("await until(() => of('close').length === 1)").await;
            assert_eq!(faults.exchanges_to(&path).len(), 1, "{options}");
        }
    }
}

async fn a_client_made_in_a_hidden_page_waits_until_it_is_seen(page: Page) {
    let (_lab, faults) = open_lab_with_faults(&page).await;
    faults.answer("/feed", [holding_open()]);
    page.act(VISIBILITY).await;
    page.act(
        "hide()
         globalThis.it = client(at('/feed'), { closeWhenHidden: true })
         globalThis.opened = it.connect()
         await fetch(at('/after'))",
    )
    .await;
    assert_eq!(page.run::<String>("return it.state").await, "connecting");
    assert_eq!(faults.exchanges_to("/feed").len(), 0, "it would have come before the last");
    page.act("show(); await opened").await;
    assert_eq!(faults.exchanges_to("/feed").len(), 1);
}

/// Opens a stream in a page that can `show()` and `hide()`.
async fn open_what_hides(page: &Page) -> (impl Sized, FaultServer) {
    let (lab, faults) = open_lab_with_faults(page).await;
    faults.answer("/feed", [Reply::event_stream().send("id: 1\ndata: x\n\n").hang()]);
    page.act(VISIBILITY).await;
    page.act(
        "globalThis.it = client(at('/feed'), { closeWhenHidden: true, maxReconnects: 0 })
         globalThis.reopened = (times) => until(() => of('event').length === times)
         it.connect()
         await reopened(1)",
    )
    .await;
    (lab, faults)
}

async fn a_hundred_changes_of_visibility_never_open_two_requests(page: Page) {
    let (_lab, faults) = open_what_hides(&page).await;
    let paces = [
        "undefined",
        "Promise.resolve()",
        "new Promise((resolve) => { const { port1, port2 } = new MessageChannel(); port1.onmessage = resolve; port2.postMessage(0) })",
        "new Promise((resolve) => setTimeout(resolve))",
        "new Promise((resolve) => setTimeout(resolve, 0 | Math.random() * 10))",
    ];
    for pace in paces {
        page.act(&format!(
            "told.length = 0
             for (let n = 0; n < 100; n++) {{ (n % 2 ? show : hide)(); await {pace} }}
             await until(() => it.state === 'open' && of('event').length > 0)"
        ))
        .await;
        soon("one stream is open", faults.wait_open(1)).await;
        assert_eq!(faults.most_open_of("/feed"), 1, "{pace}");
    }
    println!(
        "page_life in {}: {} changes of visibility, {} requests, never more than {} open",
        page.engine(),
        100 * paces.len(),
        faults.exchanges_to("/feed").len(),
        faults.most_open_of("/feed"),
    );
}

async fn hiding_and_showing_again_and_again_never_opens_two_requests(page: Page) {
    let (_lab, faults) = open_what_hides(&page).await;
    // As fast as the client opens its stream again.
    page.act("for (let n = 2; n <= 20; n++) { hide(); show(); await reopened(n) }").await;
    let requests = faults.exchanges_to("/feed");
    assert_eq!(requests.len(), 20);
    assert!(requests[1..].iter().all(|request| request.last_event_id() == Some("1")));
    assert_eq!(faults.most_open_of("/feed"), 1);
    assert_eq!(told(&page, "error").await, [] as [Value; 0]);
}

/// Goes from the laboratory to another page, and back when `meanwhile` is over. Returns whether the laboratory is still
/// the one that was left.
async fn leave_and_come_back(page: &Page, elsewhere: &str, meanwhile: impl Future<Output = ()>) -> bool {
    page.act("addEventListener('pageshow', ({ persisted }) => tell({ persisted })); globalThis.isTheSame = true").await;
    page.open(elsewhere).await;
    meanwhile.await;
    page.back().await;
    let is_the_same: bool = page.run("return globalThis.isTheSame === true").await;
    if is_the_same {
        page.act("await until(() => of('persisted').length === 1)").await;
        assert_eq!(told(page, "persisted").await, [json!({ "persisted": true })]);
    }
    is_the_same
}

async fn a_page_that_is_left_leaves_its_stream_and_comes_back_to_it(page: Page) {
    let (lab, faults) = open_lab_with_faults(&page).await;
    let stream = |id: u32| Reply::event_stream().send(format!("id: {id}\ndata: x\n\n")).hang();
    faults.answer("/feed", [stream(7), stream(8)]);
    page.act(
        "globalThis.it = client(at('/feed'), { maxReconnects: 0 })
         it.connect()
         await until(() => it.lastEventId === '7')",
    )
    .await;
    let left = Instant::now();
    let is_the_same = leave_and_come_back(&page, &format!("{}/lab.html?elsewhere", lab.url()), async {
        let closed = soon("the stream is closed", faults.request_to("/feed", 0).await.closed_by_client()).await;
        println!(
            "page_life in {}: the server saw the page leave {} ms after the browser was told to go",
            page.engine(),
            closed.saturating_duration_since(left).as_millis()
        );
    })
    .await;
    println!("page_life in {}: a page with an open stream came back from the cache: {is_the_same}", page.engine());
    // Firefox keeps no page that has a request open: the whole page is made anew.
    assert!(is_the_same || page.engine() == Engine::Firefox);
    if is_the_same {
        page.act("await until(() => it.lastEventId === '8')").await;
        let requests = faults.exchanges_to("/feed");
        assert_eq!((requests.len(), requests[1].last_event_id()), (2, Some("7")));
        assert_eq!(told(&page, "error").await, [] as [Value; 0]);
    }
    assert_eq!(faults.most_open_of("/feed"), 1);
}

async fn a_page_that_waits_to_try_again_does_so_when_it_is_come_back_to(page: Page) {
    let (lab, faults) = open_lab_with_faults(&page).await;
    faults.answer("/feed", [Reply::unavailable(), holding_open()]);
    page.act(
        "globalThis.it = client(at('/feed'), { backoff: { initial: 1000, jitter: 0 } })
         globalThis.opened = it.connect()
         await until(() => of('retry').length === 1)",
    )
    .await;
    let is_the_same = leave_and_come_back(&page, &format!("{}/lab.html?elsewhere", lab.url()), async {}).await;
    println!("page_life in {}: a page without a request came back from the cache: {is_the_same}", page.engine());
    assert!(is_the_same);
    page.act("await opened").await;
    assert_eq!(faults.exchanges_to("/feed").len(), 2);
    assert_eq!(faults.most_open_of("/feed"), 1);
}

async fn a_worker_knows_nothing_of_the_page(page: Page) {
    let (_lab, faults) = open_lab_with_faults(&page).await;
    let gate = Gate::new();
    faults.answer("/feed", [Reply::event_stream().send("data: seen\n\n").wait(&gate).send("data: unseen\n\n").hang()]);
    page.act(
        "const script = `
           import { SSEClient } from '${location.origin}/pkg/index.js'
           const client = new SSEClient('${at('/feed')}', { closeWhenHidden: true, maxReconnects: 0 })
           client.on('message', (data) => postMessage({ data }))
           client.on('state', ({ state }) => postMessage({ state }))
           client.connect()`
         const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }))
         globalThis.worker = new Worker(url, { type: 'module' })
         worker.onmessage = ({ data }) => tell(data)
         await until(() => of('data').length === 1)",
    )
    .await;
    pretend_offline(&page, true).await;
    behind_another_tab(&page, &faults, async { gate.open() }).await;
    page.act("await until(() => of('data').length === 2)").await;
    pretend_offline(&page, false).await;
    assert_eq!(told(&page, "state").await, [json!({ "state": "connecting" }), json!({ "state": "open" })]);
    let requests = faults.exchanges_to("/feed");
    assert!(requests.len() == 1 && requests[0].is_open());
}
