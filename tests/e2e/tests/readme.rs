//! What the READMEs show is run as it stands, in a page with the elements it mentions, and does what its text says.

use std::process::Stdio;

use demo_server::Answer;
use e2e::{Page, RawServer, Shown, Snippet, demo_server, node, of_document, package, root, said, soon, tests};
use serde_json::Value;
use tokio::process::Command;

use crate::demo::CHAT;
use crate::docs::{SIGN_IN, check_types};

tests! {
    InPage:
        the_first_snippet_logs_what_arrives,
        the_quick_start_shows_what_its_server_sends,
        the_slim_entry_logs_what_arrives,
        the_script_tags_fill_their_list,
        the_hooks_list_what_arrives,
        the_drop_ins_log_what_arrives_and_send_their_header,
        the_chat_types_its_answer,
        the_chat_is_stopped_by_its_button,
        the_reconnection_snippet_tells_each_attempt_and_goes_on_when_asked,
        the_expired_token_is_replaced_at_once,
        the_loop_takes_events_one_by_one_and_closes_when_it_is_left;
    WithoutPage:
        every_snippet_is_run,
        the_script_tags_load_what_this_version_publishes,
        the_loop_in_node_prints_what_arrives,
        the_typed_snippet_is_right_typescript,
}

const README: &str = "README.md";
const PACKAGE_README: &str = "pkg-template/README.md";

/// Document, heading, language.
type Which = (&'static str, &'static str, &'static str);

const FIRST: Which = (README, "sse-fetch", "js");
const SCRIPT_TAG: [Which; 2] = [(README, "A script tag", "html"), (PACKAGE_README, "A script tag", "html")];
const CHATS: [Which; 2] = [
    (README, "An AI chat: POST with a body, and a stop button", "js"),
    (PACKAGE_README, "A chat: POST with a body, and a stop button", "js"),
];
const RECONNECTION: Which = (README, "Reconnection", "js");
const TOKENS: [Which; 2] = [(README, "An expired token", "js"), (PACKAGE_README, "Tokens", "js")];
const ONE_BY_ONE: Which = (README, "One by one", "js");
/// A page and its server.
const QUICK_START: Which = (PACKAGE_README, "Quick start", "js");
const HOOKS: [Which; 2] = [(PACKAGE_README, "React", "jsx"), (PACKAGE_README, "Vue", "vue")];
const NODE: Which = (PACKAGE_README, "Node", "js");
/// Two of them.
const DROP_INS: Which = (PACKAGE_README, "Drop-ins", "js");
const TYPED: Which = (PACKAGE_README, "Typed events", "ts");
const SLIM: Which = (PACKAGE_README, "The slim entry", "js");

/// Everything that is run here.
const RUN: [&[Which]; 9] = [
    &[FIRST, RECONNECTION, ONE_BY_ONE],
    &SCRIPT_TAG,
    &CHATS,
    &TOKENS,
    &HOOKS,
    &[QUICK_START],
    &[NODE],
    &[DROP_INS],
    &[TYPED, SLIM],
];

fn snippets(document: &str) -> Vec<Snippet> {
    let markdown = std::fs::read_to_string(root().join(document)).expect("the document is there");
    let mut snippets = of_document(&markdown);
    // Commands are run by `cargo xtask test` itself, or need a registry.
    snippets.retain(|snippet| snippet.language != "sh");
    snippets
}

fn all((document, heading, language): Which) -> Vec<Snippet> {
    let mut found = snippets(document);
    found.retain(|snippet| snippet.heading == heading && snippet.language == language);
    found
}

fn snippet(which: Which) -> Snippet {
    let found: [Snippet; 1] = all(which).try_into().unwrap_or_else(|_| panic!("not one snippet at {which:?}"));
    let [snippet] = found;
    snippet
}

async fn every_snippet_is_run() {
    for document in [README, PACKAGE_README] {
        for Snippet { heading, language, .. } in snippets(document) {
            let here = (document, &*heading, &*language);
            assert!(RUN.concat().contains(&here), "no test knows {here:?}");
        }
    }
}

/// Lets the test see more of the snippet's client than the snippet itself shows.
const WATCH: &str = "
const { SSEClient } = await import('sse-fetch')
const { connect } = SSEClient.prototype
SSEClient.prototype.connect = function () {
  this.on('notification', ({ title }) => list('seen', title))
  return connect.call(this)
}
";

async fn the_first_snippet_logs_what_arrives(page: Page) {
    logs_what_arrives(&page, &snippet(FIRST)).await;
}

async fn the_slim_entry_logs_what_arrives(page: Page) {
    logs_what_arrives(&page, &snippet(SLIM)).await;
}

async fn logs_what_arrives(page: &Page, snippet: &Snippet) -> Shown {
    let shown = Shown::open(page, snippet, "").await;
    soon("the feed is open", shown.server.wait_open_streams(1)).await;
    let id = shown.server.log().notify("Hello", "");
    shown.wait_for_log("").await;
    assert_eq!(shown.logged().await, [format!("{id} Hello")]);
    shown.expect_no_failure().await;
    shown
}

async fn the_quick_start_shows_what_its_server_sends(page: Page) {
    let [mut client, mut server]: [Snippet; 2] = all(QUICK_START).try_into().expect("a page and its server");
    // The only thing changed: others may have taken that port.
    let port = free_port().await;
    client.code = client.code.replace("3000", &port);
    server.code = server.code.replace("3000", &port);

    let mut node = Command::new("node");
    node.args(["--input-type=module", "--eval", &server.code]).stdin(Stdio::null()).kill_on_drop(true);
    let _running = node.spawn().expect("node starts");
    // It may take longer to start than the page; then the first attempt is in vain.
    let shown = Shown::open(&page, &client, "").await;
    page.wait_until("document.querySelectorAll('#app p').length >= 2").await;
    let lines = "return [...document.querySelectorAll('#app p')].slice(0, 2).map((line) => line.textContent)";
    assert_eq!(page.run::<Vec<String>>(lines).await, ["Event 1", "Event 2"]);
    shown.expect_no_failure().await;
}

async fn free_port() -> String {
    let url = RawServer::start().await.url();
    url.rsplit_once(':').expect("a port").1.to_owned()
}

async fn the_script_tags_fill_their_list(page: Page) {
    for which in SCRIPT_TAG {
        let mut snippet = snippet(which);
        // The tests' browsers reach only this machine.
        snippet.code = snippet.code.replace(&script_of(&snippet), &format!("/pkg/{}", in_package(&snippet)));
        let shown = Shown::open(&page, &snippet, "").await;
        fills_a_list(&shown, "#notes").await;
    }
}

/// The URL that a script tag loads.
fn script_of(snippet: &Snippet) -> String {
    let (_, rest) = snippet.code.split_once("<script src=\"").expect("a script tag");
    rest.split_once('"').expect("the end of the URL").0.to_owned()
}

/// The file of the package that a script tag loads.
fn in_package(snippet: &Snippet) -> String {
    let url = script_of(snippet);
    let (_, file) = url.split_once("/dist/").expect("the URL of a file in the package");
    format!("dist/{file}")
}

async fn the_script_tags_load_what_this_version_publishes() {
    let package = package().expect("the package is built");
    let manifest = std::fs::read_to_string(package.join("package.json")).expect("a manifest");
    let manifest: Value = serde_json::from_str(&manifest).expect("JSON");
    let version = manifest["version"].as_str().expect("a version");
    let (version, _) = version.rsplit_once('.').expect("a patch version");
    for which in SCRIPT_TAG {
        let (url, file) = (script_of(&snippet(which)), in_package(&snippet(which)));
        assert!(url.starts_with("https://") && url.contains(&format!("/sse-fetch@{version}/")), "{url}");
        assert!(package.join(&file).is_file(), "{file}");
        assert_eq!(manifest["unpkg"], format!("./{file}"));
    }
}

async fn the_hooks_list_what_arrives(page: Page) {
    for which in HOOKS {
        let shown = Shown::open(&page, &snippet(which), "").await;
        page.wait_until("document.querySelector('#app ul')?.getAttribute('aria-busy') === 'false'").await;
        fills_a_list(&shown, "#app").await;
        page.act("unmount()").await;
        soon("the feed is closed", shown.server.wait_open_streams(0)).await;
    }
}

async fn fills_a_list(shown: &Shown, list: &str) {
    soon("the feed is open", shown.server.wait_open_streams(1)).await;
    for title in ["one", "two"] {
        shown.server.log().notify(title, "");
    }
    shown.page.wait_until(&format!("document.querySelectorAll('{list} li').length === 2")).await;
    let titles = format!("return [...document.querySelectorAll('{list} li')].map((item) => item.textContent)");
    assert_eq!(shown.page.run::<Vec<String>>(&titles).await, ["one", "two"]);
    shown.expect_no_failure().await;
}

async fn the_drop_ins_log_what_arrives_and_send_their_header(page: Page) {
    let drop_ins = all(DROP_INS);
    assert_eq!(drop_ins.len(), 2);
    for snippet in drop_ins {
        let shown = logs_what_arrives(&page, &snippet).await;
        let requests = shown.server.journal().requests_to("/events");
        assert_eq!(requests[0].header_str("x-tenant"), Some("acme"));
    }
}

async fn the_chat_types_its_answer(page: Page) {
    for which in CHATS {
        let shown = Shown::open(&page, &snippet(which), SIGN_IN).await;
        shown.wait_for_log("done").await;
        let asked = shown.server.journal().requests_to(CHAT);
        assert_eq!((asked.len(), &*asked[0].method), (1, "POST"));
        let body = asked[0].json().expect("JSON");
        let message = body["message"].as_str().expect("a message");
        assert_eq!(shown.page.text("answer").await, said(message).await.concat());
        assert_eq!(shown.logged().await, ["done "]);
        shown.expect_no_failure().await;
    }
}

async fn the_chat_is_stopped_by_its_button(page: Page) {
    for which in CHATS {
        let shown = Shown::open(&page, &snippet(which), SIGN_IN).await;
        shown.page.wait_until("part('answer').textContent !== ''").await;
        shown.page.click("stop").await;
        shown.wait_for_log("client").await;
        soon("the stream is closed", shown.server.wait_open_streams(0)).await;
        shown.expect_no_failure().await;
    }
}

async fn the_reconnection_snippet_tells_each_attempt_and_goes_on_when_asked(page: Page) {
    let shown = Shown::open(&page, &snippet(RECONNECTION), WATCH).await;
    soon("the feed is open", shown.server.wait_open_streams(1)).await;
    shown.page.wait_until("document.title === 'open'").await;
    let id = shown.server.log().notify("the last one seen", "");
    shown.page.wait_for_text("seen", "the last one seen").await;
    shown.server.faults().drop_streams().await;
    shown.wait_for_log("attempt 1 in ").await;
    shown.page.wait_until("document.title === 'open'").await;

    shown.server.faults().unavailable(100, None);
    shown.server.faults().drop_streams().await;
    shown.wait_for_log("gave up after 5 attempts").await;
    assert_eq!(shown.page.run::<String>("return document.title").await, "closed");

    shown.server.faults().unavailable(0, None);
    shown.page.click("retry").await;
    shown.page.wait_until("document.title === 'open'").await;
    let requests = shown.server.journal().requests_to("/events");
    assert_eq!(requests.last().and_then(|request| request.header_str("last-event-id")), Some(&*id.to_string()));
    assert_eq!(shown.server.most_open_streams(), 1);
    shown.expect_no_failure().await;
}

async fn the_expired_token_is_replaced_at_once(page: Page) {
    for which in TOKENS {
        let shown = Shown::open(&page, &snippet(which), "sessionStorage.setItem('token', 'of yesterday')").await;
        let tokens = said("Hello").await;
        let logged = "document.querySelectorAll('[data-testid=logged]').length";
        shown.page.wait_until(&format!("{logged} >= {}", tokens.len())).await;
        soon("the answer is over", shown.server.wait_open_streams_at(CHAT, 0)).await;
        assert_eq!(shown.logged().await, tokens);

        let asked = shown.server.journal().requests_to(CHAT);
        assert_eq!(asked.len(), 2, "refused once, then answered");
        assert_eq!(asked[0].header_str("authorization"), Some("Bearer of yesterday"));
        assert_eq!(shown.server.journal().requests_to("/api/login").len(), 1);
        shown.expect_no_failure().await;
    }
}

async fn the_loop_takes_events_one_by_one_and_closes_when_it_is_left(page: Page) {
    let shown = Shown::open(&page, &snippet(ONE_BY_ONE), "").await;
    soon("the feed is open", shown.server.wait_open_streams(1)).await;
    for title in ["one", "two"] {
        shown.server.log().notify(title, "");
    }
    soon("the feed is closed", shown.server.wait_open_streams(0)).await;
    shown.wait_for_log("").await;
    assert_eq!(shown.logged().await, ["notification one"]);
    shown.expect_no_failure().await;
}

async fn the_loop_in_node_prints_what_arrives() {
    let server = demo_server().await;
    let events = "event: notification\ndata: {\"title\":\"one\"}\n\ndata: {\"title\":\"two\"}\n\n";
    // No content: the stream is over for good.
    server.script("events", vec![Answer::new(200).chunk(events), Answer::new(204)]);
    let address = format!("{}/api/script", server.url());
    let code = snippet(NODE).code.replace("http://localhost:3000", &address);
    assert_eq!(node(&code, &[]).await, "notification one\nmessage two\n");
}

async fn the_typed_snippet_is_right_typescript() {
    check_types(&snippet(TYPED)).await;
}
