//! Tokens: asked for, refreshed, shared and refused, and never seen where they do not belong.

use std::sync::Arc;
use std::time::Duration;

use demo_server::faulty::{Exchange, FaultServer, Reply};
use demo_server::{Config, DemoServer, Entry, Gate};
use e2e::{Page, fault_server, lab_config, lab_server, soon, tests};
use serde_json::{Value, json};

use crate::lab::{holding_open, open_lab, open_lab_with_faults, told};

tests! {
    InPage:
        the_token_is_asked_for_before_every_attempt,
        a_token_goes_before_an_authorization_header_of_the_options,
        a_token_that_cannot_be_had_is_asked_for_again_later,
        a_refused_token_is_refreshed_and_the_request_sent_once_more,
        the_token_is_refreshed_again_when_a_later_attempt_is_refused,
        a_second_refusal_is_final_after_exactly_two_requests,
        a_refresh_that_answers_false_is_final,
        a_refresh_that_throws_or_rejects_is_tried_again_later,
        a_refresh_that_hangs_is_given_up_and_tried_again,
        a_refresh_that_answers_rubbish_is_final_and_does_not_quote_it,
        an_expired_jwt_is_refreshed_before_it_is_spent,
        ten_clients_that_are_refused_together_refresh_once,
        a_token_is_seen_in_no_message_no_log_and_no_address,
        a_redirect_to_another_origin_does_not_carry_the_token_along,
        a_redirect_within_the_origin_keeps_the_token;
}

/// Answers with a stream that stays open whoever bears this token, and anybody else with 401.
pub fn accepts(token: &str) -> impl FnMut(&Entry) -> Reply + Send + 'static {
    let authorization = format!("Bearer {token}");
    move |request| {
        if request.header_str("authorization") == Some(&authorization) { holding_open() } else { Reply::unauthorized() }
    }
}

/// The tokens the requests came with, in their order.
fn tokens(requests: &[Arc<Exchange>]) -> Vec<&str> {
    let authorization = |exchange: &Exchange| exchange.request.header_str("authorization").map(str::len);
    assert!(requests.iter().all(|request| authorization(request).is_some()), "a request came without a token");
    let tokens = requests.iter().filter_map(|exchange| exchange.request.header_str("authorization"));
    tokens.map(|authorization| authorization.strip_prefix("Bearer ").expect("a bearer token")).collect()
}

/// All requests to the path, when a request made later has arrived: nothing more of the client is on its way.
async fn all_requests_to(page: &Page, faults: &FaultServer, path: &str) -> Vec<Arc<Exchange>> {
    page.act("await fetch(at('/later'))").await;
    faults.exchanges_to(path)
}

async fn the_token_is_asked_for_before_every_attempt(page: Page) {
    let (_server, faults) = open_lab_with_faults(&page).await;
    let gate = Gate::new();
    let lost = Reply::event_stream().send("id: 7\ndata: x\n\n").wait(&gate).cut();
    faults.answer("/me", [lost, Reply::unavailable(), holding_open()]);
    page.act(
        "let issued = 0
         const getToken = async ({ attempt, lastEventId, error }) => {
           tell({ asked: [attempt, lastEventId, error?.code ?? null] })
           await null
           return `token-${++issued}`
         }
         client(at('/me'), { getToken, backoff: { initial: 5 } }).connect()
         await until(() => of('event').length === 1)",
    )
    .await;
    gate.open();
    page.act("await until(() => of('open').length === 2)").await;
    assert_eq!(tokens(&faults.exchanges_to("/me")), ["token-1", "token-2", "token-3"]);
    let asked = [json!([0, "", null]), json!([1, "7", "network"]), json!([2, "7", "status"])];
    assert_eq!(told(&page, "asked").await, asked.map(|asked| json!({ "asked": asked })));
}

async fn a_token_goes_before_an_authorization_header_of_the_options(page: Page) {
    let (_server, faults) = open_lab_with_faults(&page).await;
    faults.answer("/me", [holding_open()]);
    page.act(
        "const headers = { authorization: 'Basic abc', 'X-Other': 'kept' }
         for (const token of ['wins', null]) {
           const it = client(at('/me'), { headers, getToken: () => token })
           await it.connect()
           it.disconnect()
         }",
    )
    .await;
    let requests = faults.exchanges_to("/me");
    let sent: Vec<_> = requests.iter().map(|exchange| exchange.request.header_str("authorization")).collect();
    assert_eq!(sent, [Some("Bearer wins"), Some("Basic abc")]);
    assert!(requests.iter().all(|exchange| exchange.request.header_str("x-other") == Some("kept")));
}

async fn a_token_that_cannot_be_had_is_asked_for_again_later(page: Page) {
    let (_server, faults) = open_lab_with_faults(&page).await;
    faults.answer("/me", [holding_open()]);
    page.act(
        "const answers = [() => { throw new Error('locked') }, () => Promise.reject(new Error('still locked')), () => 'token']
         await client(at('/me'), { getToken: () => answers.shift()(), backoff: { initial: 5 } }).connect()",
    )
    .await;
    assert_eq!(tokens(&faults.exchanges_to("/me")), ["token"]);
    let failed = |attempt: u32| json!({ "error": { "code": "auth", "retryable": true, "attempt": attempt } });
    assert_eq!(told(&page, "error").await, [failed(0), failed(1)]);
}

async fn a_refused_token_is_refreshed_and_the_request_sent_once_more(page: Page) {
    let (_server, faults) = open_lab_with_faults(&page).await;
    // A token as the answer, or the word that `getToken` has it.
    for (path, answer) in [("/token", "token"), ("/true", "true")] {
        faults.answer_by(path, accepts("new"));
        let renew = if answer == "true" { "stored = 'new'; return true" } else { "return 'new'" };
        page.run_with::<Value>(
            &format!(
                "told.length = 0
                 let stored = 'old'
                 const refreshToken = async ({{ attempt, signal }}) => {{
                   tell({{ asked: [attempt, signal.aborted] }})
                   await null
                   {renew}
                 }}
                 await client(at(args), {{ getToken: () => stored, refreshToken, lastEventId: '7', maxReconnects: 0 }}).connect()"
            ),
            json!(path),
        )
        .await;
        let requests = faults.exchanges_to(path);
        assert_eq!(tokens(&requests), ["old", "new"]);
        assert!(requests.iter().all(|exchange| exchange.last_event_id() == Some("7")));
        assert_eq!(faults.most_open_of(path), 1);
        assert_eq!(told(&page, "asked").await, [json!({ "asked": [0, false] })]);
        assert_eq!(told(&page, "refresh").await, [json!({ "refresh": { "attempt": 0 } })]);
        assert_eq!(page.run::<u32>("return of('open')[0].open.attempt").await, 0);
        let trouble: Vec<Value> = page.run("return [...of('error'), ...of('retry'), ...of('close')]").await;
        assert_eq!(trouble, [] as [Value; 0]);
    }
}

async fn the_token_is_refreshed_again_when_a_later_attempt_is_refused(page: Page) {
    let (_server, faults) = open_lab_with_faults(&page).await;
    let lost = || Reply::event_stream().send("id: 7\ndata: x\n\n").cut();
    let refused = Reply::unauthorized;
    faults.answer("/me", [refused(), lost(), refused(), lost(), refused(), holding_open()]);
    page.act(
        "let issued = 0
         // Without getToken the token that was refreshed last is used.
         client(at('/me'), { refreshToken: () => `token-${++issued}`, backoff: { initial: 5 } }).connect()
         await until(() => of('open').length === 3)",
    )
    .await;
    let requests = faults.exchanges_to("/me");
    assert_eq!(requests[0].request.header_str("authorization"), None);
    assert_eq!(tokens(&requests[1..]), ["token-1", "token-1", "token-2", "token-2", "token-3"]);
    assert_eq!(faults.most_open_of("/me"), 1);
    let refreshed: Vec<u32> = page.run("return of('refresh').map(({ refresh }) => refresh.attempt)").await;
    assert_eq!(refreshed, [0, 1, 2]);
}

async fn a_second_refusal_is_final_after_exactly_two_requests(page: Page) {
    let (_server, faults) = open_lab_with_faults(&page).await;
    faults.answer("/me", [Reply::unauthorized()]);
    page.act(
        "client(at('/me'), { getToken: () => 'old', refreshToken: () => 'new', backoff: { initial: 0 } }).connect()
         await until(() => of('close').length === 1)",
    )
    .await;
    assert_eq!(tokens(&all_requests_to(&page, &faults, "/me").await), ["old", "new"]);
    let error = json!({
        "code": "auth", "status": 401, "retryable": false, "attempt": 0, "body": "The token is not good.",
    });
    assert_eq!(told(&page, "error").await, [json!({ "error": error })]);
    assert_eq!(told(&page, "close").await, [json!({ "close": "fatal", "code": "auth" })]);
}

async fn a_refresh_that_answers_false_is_final(page: Page) {
    let (_server, faults) = open_lab_with_faults(&page).await;
    faults.answer("/me", [Reply::unauthorized()]);
    page.act(
        "client(at('/me'), { getToken: () => 'old', refreshToken: async () => false }).connect()
         await until(() => of('close').length === 1)",
    )
    .await;
    assert_eq!(tokens(&all_requests_to(&page, &faults, "/me").await), ["old"]);
    let error = json!({ "code": "auth", "status": 401, "retryable": false, "attempt": 0 });
    assert_eq!(told(&page, "error").await, [json!({ "error": error })]);
    assert_eq!(told(&page, "close").await, [json!({ "close": "fatal", "code": "auth" })]);
}

async fn a_refresh_that_throws_or_rejects_is_tried_again_later(page: Page) {
    let (_server, faults) = open_lab_with_faults(&page).await;
    faults.answer_by("/me", accepts("new"));
    page.act(
        "const answers = [
           () => { throw new Error('the issuer is down') },
           () => Promise.reject(new Error('it still is')),
           () => 'new',
         ]
         await client(at('/me'), {
           getToken: () => 'old', refreshToken: () => answers.shift()(), backoff: { initial: 5 },
         }).connect()",
    )
    .await;
    assert_eq!(tokens(&faults.exchanges_to("/me")), ["old", "old", "old", "new"]);
    let failed = |attempt: u32| json!({ "error": { "code": "auth", "retryable": true, "attempt": attempt } });
    assert_eq!(told(&page, "error").await, [failed(0), failed(1)]);
    assert_eq!(page.run::<Vec<u32>>("return of('retry').map(({ retry }) => retry.attempt)").await, [1, 2]);
    assert_eq!(told(&page, "refresh").await, [json!({ "refresh": { "attempt": 2 } })]);
}

async fn a_refresh_that_hangs_is_given_up_and_tried_again(page: Page) {
    let (_server, faults) = open_lab_with_faults(&page).await;
    faults.answer_by("/me", accepts("new"));
    page.act(
        "let late
         const answers = [
           ({ signal }) => new Promise((resolve) => {
             late = resolve
             signal.addEventListener('abort', () => tell({ givenUp: signal.reason instanceof Error || signal.reason instanceof DOMException }))
           }),
           () => 'new',
         ]
         await client(at('/me'), {
           getToken: () => 'old', refreshToken: (context) => answers.shift()(context), connectTimeout: 500, backoff: { initial: 5 },
         }).connect()
         // What it answers in the end is of no interest any more.
         late('late')
         await fetch(at('/later'))",
    )
    .await;
    let requests = faults.exchanges_to("/me");
    assert_eq!(tokens(&requests).last(), Some(&"new"));
    assert_eq!(faults.most_open_of("/me"), 1);
    assert_eq!(told(&page, "givenUp").await, [json!({ "givenUp": true })]);
    let codes: Vec<String> = page.run("return of('error').map(({ error }) => error.code)").await;
    assert!(!codes.is_empty() && codes.iter().all(|code| code == "timeout"), "{codes:?}");
    assert_eq!(told(&page, "close").await, [] as [Value; 0]);
}

async fn a_refresh_that_answers_rubbish_is_final_and_does_not_quote_it(page: Page) {
    let (_server, faults) = open_lab_with_faults(&page).await;
    faults.answer("/me", [Reply::unauthorized()]);
    let rubbish =
        ["undefined", "null", "''", "4711", "{ token: 'secret' }", "['secret']", "() => 'secret'", "Symbol('secret')"];
    for answer in rubbish {
        let seen: Value = page
            .run(&format!(
                "told.length = 0
                 const it = client(at('/me?client={}'), {{ getToken: () => 'old', refreshToken: async () => ({answer}) }})
                 const error = await it.connect().catch((error) => error)
                 return {{
                   code: error.code, retryable: error.retryable, cause: error.cause instanceof TypeError,
                   quoted: /secret|4711/.test(`${{error}} ${{error.stack}} ${{error.cause}}`), closes: of('close'),
                 }}",
                answer.len()
            ))
            .await;
        let close = json!({ "close": "fatal", "code": "callback" });
        let expected =
            json!({ "code": "callback", "retryable": false, "cause": true, "quoted": false, "closes": [close] });
        assert_eq!(seen, expected, "{answer}");
    }
    assert_eq!(all_requests_to(&page, &faults, "/me").await.len(), rubbish.len());
}

/// An access token from a server's own login.
async fn log_in(server: &DemoServer) -> String {
    let credentials = json!({ "username": "demo", "password": "demo" });
    let login = reqwest::Client::new().post(format!("{}/api/login", server.url())).json(&credentials).send().await;
    let login: Value = login.expect("an answer").json().await.expect("tokens");
    login["accessToken"].as_str().expect("an access token").to_owned()
}

async fn an_expired_jwt_is_refreshed_before_it_is_spent(page: Page) {
    let server = lab_server().await;
    open_lab(&page, &server).await;
    let expiring = DemoServer::start(Config { access_token_ttl: Duration::ZERO, ..lab_config() });
    let expired = log_in(&expiring.await.expect("a server")).await;
    page.run_with::<Value>(
        "const it = client('/api/chat/stream', {
           body: { message: 'hello', tokenDelay: 0 }, until: '[DONE]', getToken: () => args.expired, refreshToken: () => args.fresh,
         })
         it.connect()
         await until(() => of('close').length === 1)",
        json!({ "expired": expired, "fresh": log_in(&server).await }),
    )
    .await;
    assert_eq!(told(&page, "close").await, [json!({ "close": "done" })]);
    assert_eq!(told(&page, "refresh").await, [json!({ "refresh": { "attempt": 0 } })]);
    let requests = server.journal().requests_to("/api/chat/stream");
    assert_eq!(requests.len(), 1, "the expired token was not sent");
    assert!(!String::from_utf8_lossy(requests[0].header("authorization").expect("a token")).contains(&expired));
}

async fn ten_clients_that_are_refused_together_refresh_once(page: Page) {
    // Browsers keep no more than six connections to one server, so there are two.
    let (_server, one) = open_lab_with_faults(&page).await;
    let two = fault_server().await;
    for faults in [&one, &two] {
        faults.answer_by("/me", accepts("new"));
    }
    page.run_with::<Value>(
        "let stored = 'old'
         globalThis.renewal = Promise.withResolvers()
         const auth = new SSEAuth({
           getToken: () => stored,
           refreshToken: async () => {
             tell({ asked: true })
             await renewal.promise
             stored = 'new'
             return 'new'
           },
         })
         for (let n = 0; n < 10; n++) client(`${n % 2 ? args : at('')}/me?client=${n}`, { auth }).connect()",
        json!(two.url()),
    )
    .await;
    for faults in [&one, &two] {
        let refused = soon("five refusals", faults.wait_for_requests_to("/me", 5)).await;
        assert_eq!(tokens(&refused), ["old"; 5]);
    }
    page.act("renewal.resolve(); await until(() => of('open').length === 10)").await;
    assert_eq!(told(&page, "asked").await.len(), 1);
    assert_eq!(told(&page, "refresh").await.len(), 10);
    for faults in [&one, &two] {
        assert_eq!(tokens(&faults.exchanges_to("/me")), [["old"; 5], ["new"; 5]].concat());
        assert_eq!((faults.open(), faults.most_open_of_any()), (5, 1));
    }
}

/// Notes all that goes to the console or to `debug`, and every error with all that can be read of it.
const EAVESDROP: &str = "
    const heard = globalThis.heard = []
    const text = globalThis.text = (value) => {
      if (!(value instanceof Error)) return typeof value === 'object' ? JSON.stringify(value) : String(value)
      // The cause is what the application threw itself.
      const { cause, ...fields } = value
      return [value, value.message, value.stack, JSON.stringify(fields)].join(' ')
    }
    for (const method of ['debug', 'log', 'info', 'warn', 'error', 'trace', 'dir', 'table'])
      console[method] = (...values) => heard.push(`${method}: ${values.map(text)}`)
    globalThis.overhear = async (options) => {
      const it = client(at('/me'), { backoff: { initial: 5 }, ...options })
      it.on('error', (error) => heard.push(text(error)))
      const closed = new Promise((resolve) => it.once('close', ({ error }) => resolve(heard.push(text(error)))))
      it.connect().catch((error) => heard.push(text(error)))
      return closed
    }";

async fn a_token_is_seen_in_no_message_no_log_and_no_address(page: Page) {
    let (_server, faults) = open_lab_with_faults(&page).await;
    let mut statuses = [401, 401, 401, 200, 503, 403].into_iter();
    faults.answer_by("/me", move |request| match statuses.next() {
        Some(200) => Reply::event_stream().send(": here\n\n").cut(),
        // A server that says what it was sent, as some do when they are asked to explain.
        status => {
            let sent = request.header_str("authorization").unwrap_or_default();
            Reply::status(status.unwrap_or(404)).body("text/plain", format!("{sent}: I do not know `{sent}`"))
        }
    });
    page.act(EAVESDROP).await;
    page.act(
        "const failing = [
           (token) => { throw new Error(`cannot renew ${token}`) },
           async (token) => { throw `cannot renew ${token}` },
           () => 'sEcReT-2',
         ]
         let stored = 'sEcReT-1'
         const getToken = () => stored
         const refreshToken = () => failing.shift()(stored)
         const debug = (entry) => heard.push(JSON.stringify(entry))
         await overhear({ getToken, refreshToken, debug: true })
         await overhear({ getToken: () => 'sEcReT-3\\nsEcReT-3', debug: true })
         await overhear({ getToken: () => ({ token: 'sEcReT-4' }), debug })
         await overhear({ getToken: () => { throw new Error('sEcReT-5') }, maxReconnects: 1, debug })
         for (const headers of [{ Authorization: 'sEcReT-6\\nsEcReT-6' }, { 'sEcReT-7 sEcReT-7': 'x' }]) {
           await overhear({ headers }).catch((error) => heard.push(text(error)))
           await overhear({ headers: () => headers, debug })
         }",
    )
    .await;
    let heard: Vec<String> = page.run("return heard.concat(told.map((entry) => JSON.stringify(entry)))").await;
    assert!(heard.iter().any(|line| line.contains("debug: SSEClient")), "nothing was overheard: {heard:#?}");
    let leaks: Vec<_> = heard.iter().filter(|line| line.contains("sEcReT")).collect();
    assert!(leaks.is_empty(), "{leaks:#?}");

    let addresses: Vec<String> =
        page.run("return [location.href, ...performance.getEntries().map(({ name }) => name)]").await;
    assert!(addresses.iter().all(|address| !address.contains("sEcReT")), "{addresses:#?}");
    assert!(faults.exchanges().iter().all(|exchange| !exchange.request.path_and_query().contains("sEcReT")));
    assert_eq!(tokens(&faults.exchanges_to("/me"))[3], "sEcReT-2");
}

/// Follows a redirect from one origin to another with a token; returns what the other received of it, byte for byte.
async fn redirected(page: &Page, status: u16, method: &str, from: &FaultServer, to: &FaultServer) -> String {
    let path = format!("/{method}/{status}");
    let here = format!("{}{path}/here", to.url());
    from.answer(&path, [Reply::redirect(status, &here)]);
    to.answer(&format!("{path}/here"), [holding_open()]);
    page.run_with::<Value>(
        "told.length = 0
         const it = client(args.from, { method: args.method, getToken: () => 'sEcReT', lastEventId: '7' })
         await it.connect()
         it.disconnect()
         if (of('open')[0].open.url !== args.here) throw new Error(`opened ${of('open')[0].open.url}`)",
        json!({ "from": format!("{}{path}", from.url()), "here": here, "method": method }),
    )
    .await;
    assert_eq!(tokens(&from.exchanges_to(&path)), ["sEcReT"], "{method} {status}");
    let received = to.exchanges();
    let received = received.iter().filter(|exchange| exchange.request.path == format!("{path}/here"));
    received.map(|exchange| String::from_utf8_lossy(&exchange.head).into_owned()).collect()
}

async fn a_redirect_to_another_origin_does_not_carry_the_token_along(page: Page) {
    let (_server, api) = open_lab_with_faults(&page).await;
    let other = fault_server().await;
    for (status, method) in
        [(301, "GET"), (302, "GET"), (303, "GET"), (307, "GET"), (308, "GET"), (307, "POST"), (308, "POST")]
    {
        let received = redirected(&page, status, method, &api, &other).await;
        let what = format!("{method}, {status}, {}: {received}", page.engine());
        assert!(received.starts_with(method) || received.starts_with("OPTIONS"), "{what}");
        assert!(received.to_ascii_lowercase().contains("\r\nlast-event-id: 7\r\n"), "{what}");
        assert!(!received.to_ascii_lowercase().contains("\r\nauthorization:"), "{what}");
        assert!(!received.contains("sEcReT"), "{what}");
    }
}

async fn a_redirect_within_the_origin_keeps_the_token(page: Page) {
    let (_server, api) = open_lab_with_faults(&page).await;
    for (status, method) in [(301, "GET"), (302, "GET"), (307, "GET"), (308, "GET"), (307, "POST"), (308, "POST")] {
        let received = redirected(&page, status, method, &api, &api).await;
        assert!(received.to_ascii_lowercase().contains("\r\nauthorization: bearer secret\r\n"), "{method}: {received}");
    }
}
