//! What the READMEs show is run as it stands, in a page with the elements it mentions, and does what its text says.

use std::path::PathBuf;
use std::process::Command;

use demo_server::{Config, DemoServer};
use e2e::{Page, Snippet, artefacts, demo_config, of_document, package, root, said, soon, tests};
use serde_json::json;

use crate::demo::CHAT;

tests! {
    InPage:
        the_first_snippets_log_what_arrives,
        the_script_tag_fills_its_list,
        the_chat_types_its_answer,
        the_chat_is_stopped_by_its_button,
        the_reconnection_snippet_tells_each_attempt_and_goes_on_when_asked,
        the_expired_token_is_replaced_at_once,
        the_loop_takes_events_one_by_one_and_closes_when_it_is_left;
    WithoutPage:
        every_snippet_is_run_or_checked,
        the_typed_snippet_is_right_typescript,
}

const README: &str = "README.md";
const PACKAGE_README: &str = "pkg-template/README.md";

/// The snippets that run in a page: document, heading, language.
const RUN: [(&str, &str, &str); 9] = [
    (README, "sse-fetch", "js"),
    (README, "A script tag", "html"),
    (README, "An AI chat: POST with a body, and a stop button", "js"),
    (README, "Reconnection", "js"),
    (README, "An expired token", "js"),
    (PACKAGE_README, "sse-fetch", "js"),
    (PACKAGE_README, "POST with a body, and a stop button", "js"),
    (README, "One by one", "js"),
    (PACKAGE_README, "The slim entry", "js"),
];

/// The snippet that is only checked, as it does nothing by itself.
const TYPED: (&str, &str, &str) = (PACKAGE_README, "Typed events", "ts");

fn snippets(document: &str) -> Vec<Snippet> {
    let markdown = std::fs::read_to_string(root().join(document)).expect("the document is there");
    let mut snippets = of_document(&markdown);
    snippets.retain(|snippet| ["js", "html", "ts"].contains(&&*snippet.language));
    snippets
}

fn snippet((document, heading, language): (&str, &str, &str)) -> Snippet {
    let mut found = snippets(document);
    found.retain(|snippet| snippet.heading == heading && snippet.language == language);
    assert_eq!(found.len(), 1, "{language} under “{heading}” of {document}");
    found.remove(0)
}

async fn every_snippet_is_run_or_checked() {
    for document in [README, PACKAGE_README] {
        for Snippet { heading, language, .. } in snippets(document) {
            let here = (document, &*heading, &*language);
            assert!(RUN.contains(&here) || here == TYPED, "no test knows {here:?}");
        }
    }
}

/// What stands around a snippet: `sse-fetch` is resolved as a bundler would do it, the elements it mentions are there,
/// and what it logs, or fails with, is listed on the page.
const AROUND: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>snippet</title>
<link rel="icon" href="data:,">
<script type="importmap">{ "imports": { "sse-fetch": "/pkg/index.js", "sse-fetch/slim": "/pkg/slim.js" } }</script>
<script>
  const list = (testid, text) => {
    const line = document.createElement('p')
    line.dataset.testid = testid
    line.textContent = text
    document.documentElement.append(line)
  }
  addEventListener('error', ({ message }) => list('failure', message))
  addEventListener('unhandledrejection', ({ reason }) => list('failure', String(reason)))
  console.log = (...what) => list('logged', what.join(' '))
</script>
</head>
<body>
<p id="answer" data-testid="answer"></p>
<button id="stop" data-testid="stop">Stop</button>
<button id="retry" data-testid="retry">Retry</button>
"#;

/// Signs in first, as the application around the snippet would have done.
const SIGN_IN: &str = "
const answer = await fetch('/api/login', { method: 'POST', body: JSON.stringify({ username: 'demo', password: 'demo' }) })
sessionStorage.setItem('token', (await answer.json()).accessToken)
";

/// Lets the test see more of the snippet's client than the snippet itself shows.
const WATCH: &str = "
const { SSEClient } = await import('sse-fetch')
const { connect } = SSEClient.prototype
SSEClient.prototype.connect = function () {
  this.on('notification', ({ title }) => list('seen', title))
  return connect.call(this)
}
";

/// A page with a snippet in it, and a server behind it.
struct Shown {
    page: Page,
    server: DemoServer,
}

impl Shown {
    async fn open(page: Page, which: (&str, &str, &str), before: &str) -> Self {
        let snippet = snippet(which);
        let folder = folder_for(&format!("{}-{}", page.engine(), snippet.heading));
        let code = if snippet.language == "html" {
            snippet.code
        } else {
            std::fs::write(folder.join("snippet.js"), &snippet.code).expect("the snippet is written");
            format!("<script type=\"module\">\n{before}\nawait import('./snippet.js')\n</script>")
        };
        std::fs::write(folder.join("index.html"), format!("{AROUND}{code}</body></html>"))
            .expect("the page is written");

        let config = Config { pages: folder, retry: std::time::Duration::from_millis(10), ..demo_config() };
        let server = DemoServer::start(config).await.expect("the server starts");
        page.open(&server.url()).await;
        Self { page, server }
    }

    async fn logged(&self) -> Vec<String> {
        self.all("logged").await
    }

    async fn all(&self, testid: &str) -> Vec<String> {
        let script = "return [...document.querySelectorAll(`[data-testid=${args}]`)].map((line) => line.textContent)";
        self.page.run_with(script, json!(testid)).await
    }

    /// Waits until something was logged that begins like this.
    async fn wait_for_log(&self, beginning: &str) {
        let lines = "[...document.querySelectorAll('[data-testid=logged]')]";
        let beginning = json!(beginning);
        self.page.wait_until(&format!("{lines}.some((line) => line.textContent.startsWith({beginning}))")).await;
    }

    async fn expect_no_failure(&self) {
        assert_eq!(self.all("failure").await, [] as [String; 0]);
    }
}

fn folder_for(name: &str) -> PathBuf {
    let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    // One for each use: tests may run at the same time.
    let number = {
        use std::sync::atomic::{AtomicUsize, Ordering};
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        NEXT.fetch_add(1, Ordering::Relaxed)
    };
    let folder = artefacts().expect("a folder").join("snippets").join(format!("{name}-{number}"));
    std::fs::create_dir_all(&folder).expect("a folder for the page");
    folder
}

async fn the_first_snippets_log_what_arrives(page: Page) {
    let first = |document| (document, "sse-fetch", "js");
    for snippet in [first(README), first(PACKAGE_README), (PACKAGE_README, "The slim entry", "js")] {
        let shown = Shown::open(page.clone(), snippet, "").await;
        soon("the feed is open", shown.server.wait_open_streams(1)).await;
        let id = shown.server.log().notify("Hello", "");
        shown.wait_for_log("").await;
        assert_eq!(shown.logged().await, [format!("{id} Hello")]);
        shown.expect_no_failure().await;
    }
}

async fn the_script_tag_fills_its_list(page: Page) {
    let shown = Shown::open(page, RUN[1], "").await;
    soon("the feed is open", shown.server.wait_open_streams(1)).await;
    for title in ["one", "two"] {
        shown.server.log().notify(title, "");
    }
    shown.page.wait_until("document.querySelectorAll('#notes li').length === 2").await;
    let titles = "return [...document.querySelectorAll('#notes li')].map((item) => item.textContent)";
    assert_eq!(shown.page.run::<Vec<String>>(titles).await, ["one", "two"]);
    shown.expect_no_failure().await;
}

async fn the_chat_types_its_answer(page: Page) {
    for which in [RUN[2], RUN[6]] {
        let shown = Shown::open(page.clone(), which, SIGN_IN).await;
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
    for which in [RUN[2], RUN[6]] {
        let shown = Shown::open(page.clone(), which, SIGN_IN).await;
        shown.page.wait_until("part('answer').textContent !== ''").await;
        shown.page.click("stop").await;
        shown.wait_for_log("client").await;
        soon("the stream is closed", shown.server.wait_open_streams(0)).await;
        shown.expect_no_failure().await;
    }
}

async fn the_reconnection_snippet_tells_each_attempt_and_goes_on_when_asked(page: Page) {
    let shown = Shown::open(page, RUN[3], WATCH).await;
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
    let shown = Shown::open(page, RUN[4], "sessionStorage.setItem('token', 'of yesterday')").await;
    let tokens = said("Hello").await;
    soon("the answer is over", shown.server.wait_open_streams_at(CHAT, 0)).await;
    shown
        .page
        .wait_until(&format!("document.querySelectorAll('[data-testid=logged]').length >= {}", tokens.len()))
        .await;
    assert_eq!(shown.logged().await, tokens);

    let asked = shown.server.journal().requests_to(CHAT);
    assert_eq!(asked.len(), 2, "refused once, then answered");
    assert_eq!(asked[0].header_str("authorization"), Some("Bearer of yesterday"));
    assert_eq!(shown.server.journal().requests_to("/api/login").len(), 1);
    shown.expect_no_failure().await;
}

async fn the_loop_takes_events_one_by_one_and_closes_when_it_is_left(page: Page) {
    let shown = Shown::open(page, RUN[7], "").await;
    soon("the feed is open", shown.server.wait_open_streams(1)).await;
    for title in ["one", "two"] {
        shown.server.log().notify(title, "");
    }
    soon("the feed is closed", shown.server.wait_open_streams(0)).await;
    assert_eq!(shown.logged().await, ["notification one"]);
    shown.expect_no_failure().await;
}

async fn the_typed_snippet_is_right_typescript() {
    let folder = folder_for("typed");
    std::fs::write(folder.join("snippet.ts"), snippet(TYPED).code).expect("the snippet is written");
    let types = package().expect("the package is built").join("index.d.ts");
    let configuration = json!({
        "compilerOptions": {
            "noEmit": true, "strict": true, "target": "es2022", "module": "esnext", "moduleResolution": "bundler",
            "lib": ["es2022", "dom", "esnext.disposable"], "types": [], "paths": { "sse-fetch": [types] },
        },
        "files": ["snippet.ts"],
    });
    std::fs::write(folder.join("tsconfig.json"), configuration.to_string()).expect("the configuration is written");
    let compiler = root().join("node_modules/.bin/tsc");
    let checked = Command::new(&compiler).arg("--project").arg(&folder).output();
    let checked = checked.unwrap_or_else(|error| panic!("no {}, run `npm ci`: {error}", compiler.display()));
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
}
