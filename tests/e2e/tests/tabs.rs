//! Tabs of one origin that share the name of their tokens: one refreshes, the others wait for it.

use demo_server::Gate;
use demo_server::faulty::{FaultServer, Reply};
use e2e::{Page, Tab, soon, tests};
use serde_json::{Value, json};

use crate::auth::accepts;
use crate::lab::{open_lab, open_lab_with_faults, reach, told};

tests! {
    InPage:
        tabs_that_are_refused_together_refresh_once,
        a_tab_that_comes_after_the_refresh_uses_the_new_token,
        another_tab_refreshes_when_the_one_that_did_is_closed,
        another_tab_refreshes_when_the_one_that_did_fails,
}

/// Connects with the token in the storage of the origin; a refresh fetches one from `/token` and stores it.
const CONNECT: &str = "
    const getToken = () => localStorage.token
    const refreshToken = async ({ signal }) => {
      const response = await fetch(at('/token'), { method: 'POST', signal })
      if (!response.ok) throw new Error(`status ${response.status}`)
      localStorage.token = await response.text()
      return localStorage.token
    }
    const auth = new SSEAuth({ name: 'api', getToken, refreshToken })
    client(at(`/me?client=${args}`), { auth, backoff: { initial: 5 } }).connect()";

async fn connect(page: &Page, name: &str) {
    page.run_with::<Value>(CONNECT, json!(name)).await;
}

/// The tokens that this tab's client came with, in their order.
fn tokens_of(faults: &FaultServer, name: &str) -> Vec<String> {
    let requests = faults.exchanges_to("/me").into_iter().filter(|exchange| exchange.client == name);
    let token = |authorization: &str| authorization.trim_start_matches("Bearer ").to_owned();
    requests.filter_map(|exchange| exchange.request.header_str("authorization").map(token)).collect()
}

/// What the issuer of tokens answers once the gate is open.
fn issued(token: &str, gate: &Gate) -> Reply {
    Reply::status(200).body("text/plain", token.to_owned()).hold_head(gate)
}

/// Two tabs, both refused with the old token: the first one is refreshing it, the second one waits for that.
async fn two_refused_tabs(page: &Page, issuer: impl IntoIterator<Item = Reply>) -> (FaultServer, Tab, Tab) {
    let (server, faults) = open_lab_with_faults(page).await;
    faults.answer("/token", issuer);
    faults.answer_by("/me", accepts("new"));
    page.act("localStorage.token = 'old'").await;
    let first = page.tab().await;
    connect(page, "first").await;
    soon("the first tab refreshes", faults.wait_for_requests_to("/token", 1)).await;

    let second = page.open_tab().await;
    open_lab(page, &server).await;
    reach(page, &faults).await;
    connect(page, "second").await;
    soon("both are refused", faults.request_to("/me", 1)).await.ended().await;
    // The platform tells nobody when a lock is being waited for.
    page.act(
        "while ((await navigator.locks.query()).pending.length === 0) await new Promise((resolve) => setTimeout(resolve))",
    )
    .await;
    (faults, first, second)
}

async fn tabs_that_are_refused_together_refresh_once(page: Page) {
    let gate = Gate::new();
    let (faults, first, second) = two_refused_tabs(&page, [issued("new", &gate)]).await;
    gate.open();
    for (tab, name) in [(&second, "second"), (&first, "first")] {
        page.go_to_tab(tab).await;
        page.act("await until(() => of('open').length === 1)").await;
        assert_eq!(told(&page, "error").await, [] as [Value; 0], "{name}");
        assert_eq!(told(&page, "refresh").await, [json!({ "refresh": { "attempt": 0 } })], "{name}");
        assert_eq!(tokens_of(&faults, name), ["old", "new"]);
    }
    assert_eq!(faults.exchanges_to("/token").len(), 1);
    assert_eq!((faults.open(), faults.most_open_of("first"), faults.most_open_of("second")), (2, 1, 1));
}

async fn a_tab_that_comes_after_the_refresh_uses_the_new_token(page: Page) {
    let (server, faults) = open_lab_with_faults(&page).await;
    faults.answer("/token", [Reply::status(200).body("text/plain", "new")]);
    faults.answer_by("/me", accepts("new"));
    page.act("localStorage.token = 'old'").await;
    // The second tab has asked for its token already, and is refused with it after the first one has a new one.
    page.open_tab().await;
    open_lab(&page, &server).await;
    reach(&page, &faults).await;
    page.act(
        "const asked = Promise.withResolvers()
         globalThis.send = asked.resolve
         let first = true
         const auth = new SSEAuth({
           name: 'api',
           getToken: async () => { if (!first) return localStorage.token; first = false; await asked.promise; return 'old' },
           refreshToken: () => { tell({ refreshing: true }); return false },
         })
         client(at('/me?client=second'), { auth }).connect()",
    )
    .await;
    let second = page.tab().await;
    page.open_tab().await;
    open_lab(&page, &server).await;
    reach(&page, &faults).await;
    connect(&page, "first").await;
    page.act("await until(() => of('open').length === 1)").await;

    page.go_to_tab(&second).await;
    page.act("send(); await until(() => of('open').length + of('close').length > 0)").await;
    assert_eq!(told(&page, "refreshing").await, [] as [Value; 0]);
    assert_eq!(tokens_of(&faults, "second"), ["old", "new"]);
    assert_eq!(faults.exchanges_to("/token").len(), 1);
}

async fn another_tab_refreshes_when_the_one_that_did_is_closed(page: Page) {
    let (never, gate) = (Gate::new(), Gate::new());
    gate.open();
    let (faults, first, second) = two_refused_tabs(&page, [issued("lost", &never), issued("new", &gate)]).await;
    page.go_to_tab(&first).await;
    page.close_tab(&second).await;
    page.act("await until(() => of('open').length + of('close').length > 0)").await;
    assert_eq!(told(&page, "close").await, [] as [Value; 0]);
    assert_eq!(told(&page, "error").await, [] as [Value; 0]);
    assert_eq!(tokens_of(&faults, "second"), ["old", "new"]);
    assert_eq!(faults.exchanges_to("/token").len(), 2);
    soon("only the second tab is left", faults.wait_open(1)).await;
}

async fn another_tab_refreshes_when_the_one_that_did_fails(page: Page) {
    let (gate, opened) = (Gate::new(), Gate::new());
    opened.open();
    let failing = Reply::unavailable().hold_head(&gate);
    let (faults, first, second) = two_refused_tabs(&page, [failing, issued("new", &opened)]).await;
    gate.open();
    for (tab, name) in [(&second, "second"), (&first, "first")] {
        page.go_to_tab(tab).await;
        page.act("await until(() => of('open').length + of('close').length > 0)").await;
        assert_eq!(told(&page, "close").await, [] as [Value; 0], "{name}");
        assert_eq!(tokens_of(&faults, name).last().map(String::as_str), Some("new"), "{name}");
    }
    assert_eq!(faults.exchanges_to("/token").len(), 2, "one failed, one did not");
}
