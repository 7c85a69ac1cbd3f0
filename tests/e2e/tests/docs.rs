//! The guides in `docs/`: every “before” and every “after” runs, and they show the same. What goes wrong with a loop written
//! by hand goes wrong here as well, so that no guide warns of what does not happen.

use demo_server::{Answer, Gate};
use e2e::{Page, Shown, Snippet, folder_for, node, of_document, package, root, said, soon, tests};
use serde_json::json;
use tokio::process::Command;

use crate::demo::CHAT;

tests! {
    InPage:
        named_events,
        open_lost_over,
        a_token_is_sent,
        a_chat_types_its_answer,
        a_chat_is_stopped_by_its_button,
        an_error_of_the_server_ends_the_answer_as_failed,
        an_answer_cut_off_behind_a_proxy_does_not_look_complete,
        the_servers_hints_about_retrying_are_followed,
        a_stream_ends_at_its_mark,
        a_stream_ends_with_its_response,
        refused_or_only_busy,
        the_delay_between_attempts_and_giving_up,
        going_on_where_the_last_visit_ended,
        hidden_tabs,
        typed_events,
        a_fresh_token_for_every_attempt,
        the_loop_reads_what_comes_in_whole_pieces,
        the_loop_loses_what_comes_in_two_pieces,
        the_loop_ends_with_a_broken_connection,
        trying_again,
        an_expired_token,
        a_dead_connection,
        one_by_one,
        components_list_what_arrives,
        a_chat_in_react,
        a_chat_in_vue;
    WithoutPage:
        every_block_is_run,
        no_chat_waits_for_ever_or_takes_a_cut_off_answer_for_a_whole_one,
        links_lead_somewhere,
        the_typed_blocks_are_right_typescript,
        the_server_of_troubleshooting_lets_a_page_in,
        vites_proxy_passes_on_that_the_server_is_gone,
        the_jest_environment_is_the_one_that_is_tested;
}

const EVENT_SOURCE: &str = "docs/moving-from-eventsource.md";
const FETCH_EVENT_SOURCE: &str = "docs/moving-from-fetch-event-source.md";
const LOOP: &str = "docs/moving-from-a-fetch-loop.md";
const TROUBLESHOOTING: &str = "docs/troubleshooting.md";
const GUIDES: [&str; 3] = [EVENT_SOURCE, FETCH_EVENT_SOURCE, LOOP];

/// The sections that the tests below run: document and heading.
type Section = (&'static str, &'static str);

const ONE_LINE: [Section; 2] = [(EVENT_SOURCE, "One line"), (FETCH_EVENT_SOURCE, "One line")];
const NAMED: [Section; 3] =
    [(EVENT_SOURCE, "Named events"), (FETCH_EVENT_SOURCE, "Named events"), (LOOP, "Named events")];
const STATES: Section = (EVENT_SOURCE, "Open, lost, over");
const TOKEN: Section = (EVENT_SOURCE, "A token");
const CHATS: [Section; 3] = [
    (EVENT_SOURCE, "An AI chat"),
    (FETCH_EVENT_SOURCE, "A chat with a stop button"),
    (LOOP, "A chat with a stop button"),
];
const ERRORS: [Section; 3] = [
    (EVENT_SOURCE, "An error inside the stream"),
    (FETCH_EVENT_SOURCE, "An error inside the stream"),
    (LOOP, "An error inside the stream"),
];
const MARK: Section = (EVENT_SOURCE, "The end of a stream");
const END: Section = (FETCH_EVENT_SOURCE, "The end of a stream");
const REFUSED: Section = (FETCH_EVENT_SOURCE, "Refused, or only busy");
const GIVING_UP: [Section; 2] = [
    (EVENT_SOURCE, "The delay between attempts, and giving up"),
    (FETCH_EVENT_SOURCE, "The delay between attempts, and giving up"),
];
const LAST_VISIT: [Section; 2] = [
    (EVENT_SOURCE, "Going on where the last visit ended"),
    (FETCH_EVENT_SOURCE, "Going on where the last visit ended"),
];
const HIDDEN: [Section; 2] = [(EVENT_SOURCE, "Hidden tabs"), (FETCH_EVENT_SOURCE, "Hidden tabs")];
const TYPED: [Section; 3] =
    [(EVENT_SOURCE, "Typed events"), (FETCH_EVENT_SOURCE, "Typed events"), (LOOP, "Typed events")];
const FRESH_TOKEN: Section = (FETCH_EVENT_SOURCE, "A fresh token for every attempt");
const THE_LOOP: Section = (LOOP, "The loop");
const AGAIN: Section = (LOOP, "Trying again");
const EXPIRED: Section = (LOOP, "An expired token");
const DEAD: Section = (LOOP, "A connection that is dead and looks open");
const ONE_BY_ONE: Section = (LOOP, "One by one");
const LISTS: [Section; 2] = [(EVENT_SOURCE, "A React component"), (EVENT_SOURCE, "A Vue component")];
const CHATS_IN_REACT: [Section; 2] = [(FETCH_EVENT_SOURCE, "A chat in React"), (LOOP, "A chat in React")];
const CHAT_IN_VUE: Section = (FETCH_EVENT_SOURCE, "A chat in Vue");
/// What a server does about CORS.
const CORS: Section = (TROUBLESHOOTING, "Another origin: CORS and preflights");
/// A chat that notices what a proxy hides, and a proxy that hides nothing.
const HIDING_PROXY: Section = (TROUBLESHOOTING, "The proxy hides that the server is gone");
/// What to do about `retry-after-ms` and `x-should-retry`.
const HINTS: Section = (TROUBLESHOOTING, "Retry hints in headers");
/// An environment of Jest, which the tests of the package run.
const JEST: Section = (TROUBLESHOOTING, "Jest, Vitest");

const RUN: [&[Section]; 13] = [
    &ONE_LINE,
    &NAMED,
    &CHATS,
    &ERRORS,
    &GIVING_UP,
    &LAST_VISIT,
    &HIDDEN,
    &TYPED,
    &LISTS,
    &CHATS_IN_REACT,
    &[CHAT_IN_VUE],
    &[STATES, TOKEN, MARK, END, REFUSED, FRESH_TOKEN],
    &[THE_LOOP, AGAIN, EXPIRED, DEAD, ONE_BY_ONE, CORS, HIDING_PROXY, HINTS, JEST],
];

/// Signs in first, as the application around the snippet would have done.
pub const SIGN_IN: &str = "
const answer = await fetch('/api/login', {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ username: 'demo', password: 'demo' }),
})
sessionStorage.setItem('token', (await answer.json()).accessToken)
";

fn text_of(document: &str) -> String {
    std::fs::read_to_string(root().join(document)).expect("the document is there")
}

fn section((document, heading): Section) -> Vec<Snippet> {
    let mut found = of_document(&text_of(document));
    found.retain(|snippet| snippet.heading == heading);
    assert!(!found.is_empty(), "there is code under “{heading}” of {document}");
    found
}

/// One of the ways to do something that a guide compares.
struct Way {
    name: &'static str,
    snippet: Snippet,
}

const BEFORE: &str = "before";
const DROP_IN: &str = "before, with the drop-in";
const AFTER: &str = "after";

/// All ways of some sections: what is marked “Before”, the same with the drop-in, and what is marked “After”.
fn ways(sections: &[Section]) -> Vec<Way> {
    let mut ways = Vec::new();
    for section_of_guide in sections {
        for snippet in section(*section_of_guide) {
            if is_before(&snippet) {
                let drop_in = with_drop_in(section_of_guide.0, &snippet);
                ways.push(Way { name: BEFORE, snippet });
                ways.extend(drop_in.map(|snippet| Way { name: DROP_IN, snippet }));
            } else {
                ways.push(Way { name: AFTER, snippet });
            }
        }
    }
    ways
}

/// A line of the text before the block is, or begins with, this word.
fn is_marked(snippet: &Snippet, word: &str) -> bool {
    snippet.text.lines().any(|line| line.starts_with(word))
}

fn is_before(snippet: &Snippet) -> bool {
    is_marked(snippet, "Before")
}

/// What the guide's “One line” asks for, and nothing more.
fn with_drop_in(document: &str, snippet: &Snippet) -> Option<Snippet> {
    let import = |document| section((document, "One line")).remove(0).code;
    let code = match document {
        EVENT_SOURCE => {
            let (tag, code) = match snippet.code.strip_prefix("<script setup>\n") {
                Some(code) => ("<script setup>\n", code),
                None => ("", &*snippet.code),
            };
            format!("{tag}{}{code}", import(EVENT_SOURCE))
        }
        FETCH_EVENT_SOURCE => {
            let line = import(FETCH_EVENT_SOURCE);
            let (_, package) = line.trim().split_once(" from ").expect("an import");
            let code = snippet.code.replace("'@microsoft/fetch-event-source'", package);
            assert_ne!(code, snippet.code);
            code
        }
        _ => return None,
    };
    Some(Snippet { code, ..snippet.clone() })
}

impl Way {
    async fn open(&self, page: &Page, before: &str) -> Shown {
        self.tell(page);
        Shown::open(page, &self.snippet, before).await
    }

    async fn scripted(&self, page: &Page, before: &str, answers: &[Answer]) -> Shown {
        self.tell(page);
        Shown::scripted(page, &self.snippet, before, answers.to_vec()).await
    }

    /// For whoever looks for the reason of a failure.
    fn tell(&self, page: &Page) {
        println!("{}: {}, {}", page.engine(), self.snippet.heading, self.name);
    }
}

async fn every_block_is_run() {
    let run = RUN.concat();
    for document in [&GUIDES[..], &[TROUBLESHOOTING]].concat() {
        for snippet in of_document(&text_of(document)) {
            // Configuration of other programs, and what they print, cannot be run here.
            if !["js", "jsx", "ts", "vue", "html"].contains(&&*snippet.language) {
                assert_eq!(document, TROUBLESHOOTING, "{snippet:?}");
                continue;
            }
            let here = (document, &*snippet.heading);
            assert!(run.contains(&here), "no test knows {here:?}");
            let is_marked = is_before(&snippet) != is_marked(&snippet, "After");
            let compares = document != TROUBLESHOOTING && !ONE_LINE.contains(&here);
            assert!(is_marked || !compares, "before or after? {here:?}");
        }
    }
}

/// A proxy may hide that the server is gone, and a cut-off answer may end like a whole one.
async fn no_chat_waits_for_ever_or_takes_a_cut_off_answer_for_a_whole_one() {
    let documents = [&GUIDES[..], &[TROUBLESHOOTING, "README.md", "pkg-template/README.md"]].concat();
    let mut snippets: Vec<_> = documents.iter().flat_map(|document| of_document(&text_of(document))).collect();
    snippets.retain(|Snippet { code, .. }| code.contains("sse-fetch") && code.contains(CHAT));
    assert!(!snippets.is_empty());
    for snippet in snippets {
        for option in ["until:", "idleTimeout:"] {
            assert!(snippet.code.contains(option), "no {option} in {snippet:?}");
        }
    }
}

/// Links to other guides, and to headings, in the guides and in the README they ship with.
async fn links_lead_somewhere() {
    let documents = [&GUIDES[..], &[TROUBLESHOOTING, "pkg-template/README.md"]].concat();
    for document in &documents {
        let text = text_of(document);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link) {
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let name = file.rsplit('/').next().unwrap_or_default();
            let target = if name.is_empty() { document } else { &*format!("docs/{name}") };
            assert!(documents.contains(&target), "{document} links to {link}");
            let headings = text_of(target);
            let mut headings = headings.lines().filter(|line| line.starts_with('#')).map(anchor);
            assert!(heading.is_empty() || headings.any(|known| known == heading), "{document} links to {link}");
        }
    }
}

/// What is after the `#` of a link to a heading.
fn anchor(heading: &str) -> String {
    let words = heading.trim_start_matches('#').trim().to_lowercase();
    words.chars().filter(|c| c.is_alphanumeric() || " -".contains(*c)).map(|c| if c == ' ' { '-' } else { c }).collect()
}

async fn named_events(page: Page) {
    for way in ways(&NAMED) {
        let shown = way.open(&page, "").await;
        soon("the feed is open", shown.server.wait_open_streams(1)).await;
        shown.server.log().push("system", &json!({ "title": "not this one" }));
        let id = shown.server.log().notify("Hello", "");
        shown.wait_for_log("").await;
        assert_eq!(shown.logged().await, [format!("{id} Hello")]);
        shown.expect_no_failure().await;
    }
}

async fn open_lost_over(page: Page) {
    for way in ways(&[STATES]) {
        let gate = Gate::new();
        let first = Answer::new(200).chunk("retry: 10\ndata: a\n\n").wait(&gate).drop_connection();
        let shown = way.scripted(&page, "", &[first, Answer::new(404)]).await;
        page.wait_for_text("status", "live").await;
        page.record("status").await;
        gate.open();
        page.wait_for_text("status", "over").await;
        assert_eq!(page.recorded("status").await, ["live", "reconnecting", "over"]);
        shown.expect_no_failure().await;
    }
}

async fn a_token_is_sent(page: Page) {
    for way in ways(&[TOKEN]) {
        let shown = way.open(&page, "sessionStorage.setItem('token', 'T')").await;
        soon("the feed is open", shown.server.wait_open_streams(1)).await;
        shown.server.log().notify("Hello", "");
        shown.wait_for_log("Hello").await;
        let request = &shown.server.journal().requests_to("/events")[0];
        if way.name == AFTER {
            assert_eq!(request.path_and_query(), "/events");
            assert_eq!(request.header_str("authorization"), Some("Bearer T"));
        } else {
            assert_eq!(request.path_and_query(), "/events?token=T");
        }
        shown.expect_no_failure().await;
    }
}

async fn a_chat_types_its_answer(page: Page) {
    let answer = said("Hello").await.concat();
    for way in ways(&CHATS) {
        let shown = way.open(&page, SIGN_IN).await;
        page.wait_for_text("answer", &answer).await;
        soon("the stream is closed", shown.server.wait_open_streams(0)).await;
        assert_eq!(shown.server.journal().requests_to(CHAT).len(), 1);
        expect_over(&shown, &way).await;
    }
}

async fn a_chat_is_stopped_by_its_button(page: Page) {
    for way in ways(&CHATS) {
        let shown = way.open(&page, SIGN_IN).await;
        page.wait_until("part('answer').textContent !== ''").await;
        page.click("stop").await;
        soon("the stream is closed", shown.server.wait_open_streams(0)).await;
        assert_eq!(shown.server.journal().requests_to(CHAT).len(), 1);
        expect_over(&shown, &way).await;
    }
}

/// The chats say so, but those of the guide whose “before” cannot be.
async fn expect_over(shown: &Shown, way: &Way) {
    if way.snippet.heading != CHATS[0].1 {
        shown.wait_for_log("over").await;
        assert_eq!(shown.logged().await, ["over"]);
    }
    shown.expect_no_failure().await;
}

const PRESS: &str = "document.querySelector('#app button').click()";

async fn an_error_of_the_server_ends_the_answer_as_failed(page: Page) {
    const ANSWER: &str = "data: {\"token\":\"Hel\"}\n\n";
    const OBJECT: &str = "data: {\"error\":{\"message\":\"quota exceeded\"}}\n\n";
    const EVENT: &str = "event: error\ndata: quota exceeded\n\n";
    const MARK: &str = "data: [DONE]\n\n";
    let failed = "failed: quota exceeded";
    let forms =
        [(OBJECT.into(), failed), (EVENT.into(), failed), (format!("{OBJECT}{MARK}"), failed), (MARK.into(), "done")];
    for way in ways(&ERRORS) {
        for (end, outcome) in &forms {
            let shown = way.scripted(&page, "", &[Answer::new(200).chunk(ANSWER).chunk(end.clone())]).await;
            if way.snippet.language == "js" {
                shown.wait_for_log("").await;
                assert_eq!(shown.logged().await, [*outcome]);
                assert_eq!(page.text("answer").await, "Hel");
            } else {
                page.wait_until("document.querySelector('#app button')").await;
                page.act(PRESS).await;
                let outcome = if *outcome == failed { failed } else { "" };
                let alert = format!("(document.querySelector('#app [role=alert]')?.textContent ?? '') === '{outcome}'");
                let answer = "document.querySelector('#app p').textContent === 'Hel'";
                let over = "document.querySelector('#app button').textContent === 'Ask'";
                page.wait_until(&format!("{answer} && {over} && {alert}")).await;
            }
            assert_eq!(shown.server.journal().requests_to("/api/script/events").len(), 1);
            shown.expect_no_failure().await;
        }
    }
}

async fn an_answer_cut_off_behind_a_proxy_does_not_look_complete(page: Page) {
    let [chat, _]: [Snippet; 2] = in_language(HIDING_PROXY, "js").try_into().expect("a chat and a proxy");
    let whole = "data: {\"token\":\"Hello\"}\n\ndata: [DONE]\n\n";
    let cut_off = "data: {\"token\":\"Hel\"}\n\n";
    for (body, answer, outcome) in [(whole, "Hello", "done "), (cut_off, "Hel", "fatal incomplete")] {
        let shown = Shown::scripted(&page, &chat, "", vec![Answer::new(200).chunk(body)]).await;
        shown.wait_for_log("").await;
        assert_eq!((shown.logged().await, page.text("answer").await), (vec![outcome.to_owned()], answer.to_owned()));
        assert_eq!(shown.server.journal().requests_to("/api/script/events").len(), 1);
        shown.expect_no_failure().await;
    }
}

async fn the_servers_hints_about_retrying_are_followed(page: Page) {
    let [snippet]: [Snippet; 1] = in_language(HINTS, "js").try_into().expect("one client");
    let busy = |header, value| Answer::new(503).header(header, value);
    let answers = vec![busy("retry-after-ms", "7"), busy("x-should-retry", "false")];
    let shown = Shown::scripted(&page, &snippet, "", answers).await;
    shown.wait_for_log("fatal").await;
    assert_eq!(shown.logged().await, ["again in 7 ms", "fatal 503"]);
    shown.expect_no_failure().await;
}

async fn a_stream_ends_at_its_mark(page: Page) {
    for way in ways(&[MARK]) {
        let answer = Answer::new(200).chunk("retry: 10\ndata: a\n\ndata: b\n\ndata: [DONE]\n\n");
        let shown = way.scripted(&page, "", &[answer]).await;
        shown.wait_for_log("done").await;
        assert_eq!(shown.logged().await, ["a", "b", "done"]);
        assert_eq!(shown.server.journal().requests_to("/api/script/events").len(), 1);
        shown.expect_no_failure().await;
    }
}

async fn a_stream_ends_with_its_response(page: Page) {
    for way in ways(&[END]) {
        let shown = way.scripted(&page, "", &[Answer::new(200).chunk("data: a\n\ndata: b\n\n")]).await;
        shown.wait_for_log("over").await;
        assert_eq!(shown.logged().await, ["a", "b", "over"]);
        assert_eq!(shown.server.journal().requests_to("/api/script/events").len(), 1);
        shown.expect_no_failure().await;
    }
}

async fn refused_or_only_busy(page: Page) {
    let stream = |data| Answer::new(200).chunk(format!("retry: 10\ndata: {data}\n\n"));
    for way in ways(&[REFUSED]) {
        let answers = [stream("a"), Answer::new(503), stream("b"), Answer::new(403)];
        let shown = way.scripted(&page, "", &answers).await;
        shown.wait_for_log("refused").await;
        assert_eq!(shown.logged().await, ["a", "b", "refused: 403"]);
        shown.expect_no_failure().await;
    }
}

async fn the_delay_between_attempts_and_giving_up(page: Page) {
    for way in ways(&GIVING_UP) {
        let shown = way.scripted(&page, "", &[Answer::new(503)]).await;
        shown.wait_for_log("gave up").await;
        assert_eq!(shown.server.journal().requests_to("/api/script/events").len(), 4);
        shown.expect_no_failure().await;
    }
}

async fn going_on_where_the_last_visit_ended(page: Page) {
    let events = "id: 7\nevent: notification\ndata: {\"title\":\"Hello\"}\n\n";
    for way in ways(&LAST_VISIT) {
        let shown =
            way.scripted(&page, "localStorage.setItem('last', '6')", &[Answer::new(200).chunk(events).hang()]).await;
        shown.wait_for_log("Hello").await;
        assert_eq!(page.run::<String>("return localStorage.getItem('last')").await, "7");
        let request = &shown.server.journal().requests_to("/api/script/events")[0];
        if way.name == AFTER || way.snippet.code.contains("fetchEventSource") {
            assert_eq!(request.header_str("last-event-id"), Some("6"));
        } else {
            assert!(request.path_and_query().ends_with("?lastEventId=6"));
        }
        shown.expect_no_failure().await;
    }
}

/// Makes `show()` and `hide()` in the page, which say what the browser would.
const VISIBILITY: &str = "
const become = (state) => () => {
  Object.defineProperty(document, 'visibilityState', { configurable: true, value: state })
  Object.defineProperty(document, 'hidden', { configurable: true, value: state === 'hidden' })
  document.dispatchEvent(new Event('visibilitychange'))
}
Object.assign(globalThis, { show: become('visible'), hide: become('hidden') })
";

async fn hidden_tabs(page: Page) {
    let one = |id: u8| format!("id: {id}\nevent: notification\ndata: {{\"title\":\"number {id}\"}}\n\n");
    for way in ways(&HIDDEN) {
        let answers = [1, 2].map(|id| Answer::new(200).chunk(one(id)).hang());
        let shown = way.scripted(&page, VISIBILITY, &answers).await;
        shown.wait_for_log("number 1").await;
        page.act("hide()").await;
        soon("the stream is closed", shown.server.wait_open_streams(0)).await;
        page.act("show()").await;
        shown.wait_for_log("number 2").await;
        assert_eq!(shown.logged().await, ["number 1", "number 2"]);
        let requests = shown.server.journal().requests_to("/api/script/events");
        let of_the_second = (requests[1].header_str("last-event-id"), requests[1].path_and_query());
        assert!(of_the_second.0 == Some("1") || of_the_second.1.ends_with("?lastEventId=1"), "{of_the_second:?}");
        shown.expect_no_failure().await;
    }
}

async fn typed_events(page: Page) {
    for way in ways(&TYPED) {
        let shown = way.open(&page, "").await;
        soon("the feed is open", shown.server.wait_open_streams(1)).await;
        shown.server.log().notify("Hello", "");
        shown.wait_for_log("").await;
        assert_eq!(shown.logged().await, ["Hello"]);
        shown.expect_no_failure().await;
    }
}

async fn the_typed_blocks_are_right_typescript() {
    for way in ways(&TYPED) {
        check_types(&way.snippet).await;
    }
}

/// Has the compiler look at a snippet, as strictly as it can.
pub async fn check_types(snippet: &Snippet) {
    let folder = folder_for(&snippet.heading);
    std::fs::write(folder.join("snippet.ts"), &snippet.code).expect("the snippet is written");
    let package = package().expect("the package is built");
    let types = |entry: &str| [package.join(format!("{entry}.d.ts"))];
    let configuration = json!({
        "compilerOptions": {
            "noEmit": true, "strict": true, "target": "es2022", "module": "esnext", "moduleResolution": "bundler",
            "lib": ["es2022", "dom", "esnext.disposable"], "types": [],
            "paths": {
                "sse-fetch": types("index"),
                "sse-fetch/eventsource": types("eventsource"),
                "sse-fetch/fetch-event-source": types("fetch-event-source"),
            },
        },
        "files": ["snippet.ts"],
    });
    std::fs::write(folder.join("tsconfig.json"), configuration.to_string()).expect("the configuration is written");
    let compiler = root().join("node_modules/.bin/tsc");
    let checked = Command::new(&compiler).arg("--project").arg(&folder).output().await;
    let checked = checked.unwrap_or_else(|error| panic!("no {}, run `npm ci`: {error}", compiler.display()));
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
}

async fn a_fresh_token_for_every_attempt(page: Page) {
    for way in ways(&[FRESH_TOKEN]) {
        let shown = way.open(&page, "sessionStorage.setItem('token', 'old')").await;
        soon("the feed is open", shown.server.wait_open_streams(1)).await;
        shown.server.log().notify("one", "");
        shown.wait_for_log("one").await;
        page.act("sessionStorage.setItem('token', 'new')").await;
        shown.server.faults().drop_streams().await;
        shown.server.log().notify("two", "");
        shown.wait_for_log("two").await;

        let requests = shown.server.journal().requests_to("/events");
        let tokens: Vec<_> = requests.iter().map(|request| request.header_str("authorization")).collect();
        assert_eq!(tokens, [Some("Bearer old"), Some("Bearer new")]);
        assert_eq!(shown.logged().await, ["one", "two"]);
        shown.expect_no_failure().await;
    }
}

async fn the_loop_reads_what_comes_in_whole_pieces(page: Page) {
    for way in ways(&[THE_LOOP]) {
        let shown = way.scripted(&page, "", &[Answer::new(200).chunk("data: one\n\ndata: two\n\n").hang()]).await;
        shown.wait_for_log("two").await;
        assert_eq!(shown.logged().await, ["one", "two"]);
        shown.expect_no_failure().await;
    }
}

async fn the_loop_loses_what_comes_in_two_pieces(page: Page) {
    for way in ways(&[THE_LOOP]) {
        let gates = [Gate::new(), Gate::new()];
        let answer = Answer::new(200)
            .chunk("data: one\n\ndata: tw")
            .wait(&gates[0])
            .chunk_bytes(&b"o\n\ndata: three\n\ndata: caf\xc3"[..])
            .wait(&gates[1])
            .chunk_bytes(&b"\xa9\n\ndata: five\n\n"[..])
            .hang();
        let shown = way.scripted(&page, "", &[answer]).await;
        // Each piece is seen before the next one is sent.
        for (gate, seen) in gates.iter().zip(["one", "three"]) {
            shown.wait_for_log(seen).await;
            gate.open();
        }
        shown.wait_for_log("five").await;
        let right = ["one", "two", "three", "café", "five"];
        let wrong = ["one", "tw", "three", "caf\u{fffd}", "five"];
        assert_eq!(shown.logged().await, if way.name == BEFORE { wrong } else { right });
        shown.expect_no_failure().await;
    }
}

async fn the_loop_ends_with_a_broken_connection(page: Page) {
    for way in ways(&[THE_LOOP]) {
        let gate = Gate::new();
        let first = Answer::new(200).chunk("retry: 10\n\nid: 1\ndata: one\n\n").wait(&gate).drop_connection();
        let shown = way.scripted(&page, "", &[first, Answer::new(200).chunk("id: 2\ndata: two\n\n").hang()]).await;
        if way.name == BEFORE {
            gate.open();
            page.wait_until("part('failure')").await;
            assert_eq!(shown.server.journal().requests_to("/api/script/events").len(), 1);
        } else {
            shown.wait_for_log("one").await;
            gate.open();
            shown.wait_for_log("two").await;
            shown.expect_no_failure().await;
        }
    }
}

async fn trying_again(page: Page) {
    for way in ways(&[AGAIN]) {
        let shown = way.open(&page, "").await;
        soon("the feed is open", shown.server.wait_open_streams(1)).await;
        shown.server.log().notify("one", "");
        shown.wait_for_log("one").await;
        shown.server.faults().unavailable(1, None);
        shown.server.faults().drop_streams().await;
        shown.server.log().notify("two", "");
        shown.wait_for_log("two").await;
        assert_eq!(shown.logged().await, ["one", "two"]);
        shown.expect_no_failure().await;
    }
}

async fn an_expired_token(page: Page) {
    let answer = said("Hello").await.concat();
    for way in ways(&[EXPIRED]) {
        let shown = way.open(&page, "sessionStorage.setItem('token', 'of yesterday')").await;
        page.wait_for_text("answer", &answer).await;
        assert_eq!(shown.server.journal().requests_to(CHAT).len(), 2, "refused once, then answered");
        assert_eq!(shown.server.journal().requests_to("/api/login").len(), 1);
        shown.expect_no_failure().await;
    }
}

async fn a_dead_connection(page: Page) {
    for way in ways(&[DEAD]) {
        let answers = ["one", "two"].map(|data| Answer::new(200).chunk(format!("data: {data}\n\n")).hang());
        let shown = way.scripted(&page, "", &answers).await;
        shown.wait_for_log("two").await;
        assert_eq!(shown.logged().await[..2], ["one", "two"]);
        shown.expect_no_failure().await;
    }
}

async fn one_by_one(page: Page) {
    for way in ways(&[ONE_BY_ONE]) {
        let shown = way.open(&page, "").await;
        soon("the feed is open", shown.server.wait_open_streams(1)).await;
        shown.server.log().push("system", &json!({ "title": "first" }));
        for title in ["one", "two"] {
            shown.server.log().notify(title, "");
        }
        soon("the feed is closed", shown.server.wait_open_streams(0)).await;
        shown.wait_for_log("notification").await;
        assert_eq!(shown.logged().await, ["system first", "notification one"]);
        shown.expect_no_failure().await;
    }
}

async fn components_list_what_arrives(page: Page) {
    for way in ways(&LISTS) {
        let shown = way.open(&page, "").await;
        page.wait_until("document.querySelector('#app ul')").await;
        soon("the feed is open", shown.server.wait_open_streams(1)).await;
        // One that React's strict mode has closed again may be there still.
        shown.server.log().notify("one", "");
        page.wait_until("document.querySelector('#app').textContent === 'one'").await;
        shown.server.log().notify("two", "");
        page.wait_until("document.querySelectorAll('#app li').length === 2").await;
        let titles = "return [...document.querySelectorAll('#app li')].map((item) => item.textContent)";
        assert_eq!(page.run::<Vec<String>>(titles).await, ["one", "two"]);
        page.act("unmount()").await;
        soon("the feed is closed", shown.server.wait_open_streams(0)).await;
        shown.expect_no_failure().await;
    }
}

async fn a_chat_in_react(page: Page) {
    a_component_types_an_answer(page, &CHATS_IN_REACT).await;
}

async fn a_chat_in_vue(page: Page) {
    a_component_types_an_answer(page, &[CHAT_IN_VUE]).await;
}

async fn a_component_types_an_answer(page: Page, sections: &[Section]) {
    let answer = json!(said("Hello").await.concat());
    for way in ways(sections) {
        let shown = way.open(&page, SIGN_IN).await;
        let answered = |what: &str| format!("document.querySelector('#app p')?.textContent {what}");
        let can = |what: &str| format!("document.querySelector('#app button')?.textContent === '{what}'");
        page.wait_until(&can("Ask")).await;
        page.act(PRESS).await;
        page.wait_until(&answered(&format!("=== {answer}"))).await;
        page.wait_until(&can("Ask")).await;

        page.act(PRESS).await;
        page.wait_until(&format!(
            "{} && {} && {}",
            can("Stop"),
            answered("!== ''"),
            answered(&format!("!== {answer}"))
        ))
        .await;
        page.act(PRESS).await;
        page.wait_until(&can("Ask")).await;
        soon("the stream is closed", shown.server.wait_open_streams(0)).await;

        page.act(PRESS).await;
        soon("the stream is open", shown.server.wait_open_streams(1)).await;
        page.act("unmount()").await;
        soon("the stream is closed", shown.server.wait_open_streams(0)).await;
        assert_eq!(shown.server.journal().requests_to(CHAT).len(), 3);
        shown.expect_no_failure().await;
    }
}

/// Node's own server with the middleware in front, which the page may ask with every header that needs to be allowed.
async fn the_server_of_troubleshooting_lets_a_page_in() {
    let [allow_streams]: [Snippet; 1] = in_language(CORS, "js").try_into().expect("one middleware");
    let script = format!(
        "{}
         import {{ createServer }} from 'node:http'
         const server = createServer((request, response) => allowStreams(request, response, () => response.end('next')))
         await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
         const url = `http://127.0.0.1:${{server.address().port}}`
         const headers = {{ Origin: 'http://page.test' }}
         for (const method of ['OPTIONS', 'GET']) {{
           const answer = await fetch(url, {{ method, headers }})
           const sent = [...answer.headers].filter(([name]) => name.startsWith('access-control'))
           console.log(JSON.stringify([answer.status, await answer.text(), Object.fromEntries(sent)]))
         }}
         server.close()
         server.closeAllConnections()",
        allow_streams.code
    );
    let told = node(&script, &[]).await;
    let answers: Vec<serde_json::Value> = told.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let always = ("http://page.test", "Retry-After");
    assert_eq!(
        answers,
        [
            json!([204, "", {
                "access-control-allow-origin": always.0, "access-control-expose-headers": always.1,
                "access-control-allow-headers": "Authorization, Content-Type, Last-Event-ID",
                "access-control-max-age": "7200",
            }]),
            json!([200, "next", {
                "access-control-allow-origin": always.0, "access-control-expose-headers": always.1,
            }]),
        ]
    );
}

/// Vite's development server with that configuration, in front of a server that goes away in the middle of a response.
async fn vites_proxy_passes_on_that_the_server_is_gone() {
    let configuration = in_language(HIDING_PROXY, "js").pop().expect("a configuration");
    let folder = folder_for(&configuration.heading);
    std::fs::write(folder.join("index.html"), "<!doctype html>").expect("the page is written");
    let script = "
        import { createServer as createHttpServer, get } from 'node:http'
        import { once } from 'node:events'
        import { writeFile } from 'node:fs/promises'
        import { createServer } from 'vite'

        const { CONFIGURATION, FOLDER } = process.env
        let response
        const server = createHttpServer((_, answer) => {
          response = answer.writeHead(200, { 'Content-Type': 'text/event-stream' })
          response.write('data: 1\\n\\n')
        }).listen(0, '127.0.0.1')
        await once(server, 'listening')
        const file = `${FOLDER}/vite.config.mjs`
        await writeFile(file, CONFIGURATION.replace('3000', server.address().port))
        const configuration = (await import(file)).default
        const vite = await createServer({
          configFile: false, root: FOLDER, logLevel: 'silent', ...configuration,
          server: { ...configuration.server, host: '127.0.0.1', port: 0, ws: false },
        })
        await vite.listen()
        const [seen] = await once(get(`http://127.0.0.1:${vite.httpServer.address().port}/events`), 'response')
        console.log(String((await once(seen, 'data'))[0]).trim())
        const broken = once(seen, 'error')
        response.socket.destroy()
        console.log((await broken)[0].message)
        await vite.close()
        server.close()
    ";
    let mut vite = Command::new("node");
    vite.current_dir(root()).args(["--input-type=module", "--eval", script]).kill_on_drop(true);
    let running = vite.env("FOLDER", &folder).env("CONFIGURATION", &configuration.code).output();
    let output = soon("Vite passes it on", async { running.await.expect("node starts") }).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "data: 1\naborted\n");
}

async fn the_jest_environment_is_the_one_that_is_tested() {
    let [shown]: [Snippet; 1] = in_language(JEST, "js").try_into().expect("one environment");
    let tested = text_of("tests/packaging/projects/jest/node-globals.environment.js");
    let (_, tested) = tested.split_once("\n\n").expect("a line that says what it is for");
    assert_eq!(shown.code, tested);
}

fn in_language(section_of_guide: Section, language: &str) -> Vec<Snippet> {
    let mut found = section(section_of_guide);
    found.retain(|snippet| snippet.language == language);
    found
}
