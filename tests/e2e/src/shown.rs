//! A page with a snippet of a document in it, and a server behind it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use demo_server::{Answer, Config, DemoServer};
use serde_json::json;

use crate::{Page, Snippet, artefacts, component, demo_config, fetch_event_source};

/// What stands around a snippet: packages are resolved as a bundler would do it, the elements it mentions are there, and
/// what it logs, or fails with, is listed on the page.
const AROUND: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>snippet</title>
<link rel="icon" href="data:,">
<script type="importmap">
  {
    "imports": {
      "sse-fetch": "/pkg/index.js",
      "sse-fetch/slim": "/pkg/slim.js",
      "sse-fetch/eventsource": "/pkg/eventsource.js",
      "sse-fetch/fetch-event-source": "/pkg/fetch-event-source.js",
      "@microsoft/fetch-event-source": "/peer.js"
    }
  }
</script>
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
<p id="status" data-testid="status"></p>
<button id="stop" data-testid="stop">Stop</button>
<button id="retry" data-testid="retry">Retry</button>
<div id="app"></div>
"#;

/// Where a snippet's stream is.
const STREAMS: [&str; 2] = ["/events", "/api/chat/stream"];
/// Where it is instead, when the test decides what the server answers.
const SCRIPTED: &str = "/api/script/events";

/// A snippet that runs.
pub struct Shown {
    /// Where it runs.
    pub page: Page,
    /// What it talks to.
    pub server: DemoServer,
}

impl Shown {
    /// Runs a snippet in a page of its own, after the JavaScript `before`.
    ///
    /// # Panics
    /// It is in no language that could be run, or the server does not start.
    pub async fn open(page: &Page, snippet: &Snippet, before: &str) -> Self {
        Self::start(page, snippet, before, None).await
    }

    /// As [`open`](Self::open); its stream answers as the test wants it.
    ///
    /// # Panics
    /// As `open`.
    pub async fn scripted(page: &Page, snippet: &Snippet, before: &str, answers: Vec<Answer>) -> Self {
        let mut snippet = snippet.clone();
        // With the quote before it, for packages have names like that, too.
        for (quote, stream) in ['\'', '`'].into_iter().flat_map(|quote| STREAMS.map(|stream| (quote, stream))) {
            snippet.code = snippet.code.replace(&format!("{quote}{stream}"), &format!("{quote}{SCRIPTED}"));
        }
        Self::start(page, &snippet, before, Some(answers)).await
    }

    async fn start(page: &Page, snippet: &Snippet, before: &str, answers: Option<Vec<Answer>>) -> Self {
        let folder = folder_for(&format!("{}-{}", page.engine(), snippet.heading));
        let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("the page is written");
        match &*snippet.language {
            "html" => {}
            "js" => write("snippet.js", &snippet.code),
            "ts" => write("snippet.js", &component::without_types(&folder, &snippet.code).await),
            "jsx" | "vue" => component::build(&folder, &snippet.language, &snippet.code).await,
            other => panic!("{other} cannot be run"),
        }
        let code = if snippet.language == "html" {
            snippet.code.clone()
        } else {
            write("peer.js", &format!("{}\nexport const {PEER} = peer", fetch_event_source()));
            format!("<script type=\"module\">\n{before}\nawait import('./snippet.js')\n</script>")
        };
        write("index.html", &format!("{AROUND}{code}</body></html>"));

        let config = Config { pages: folder, retry: Duration::from_millis(10), ..demo_config() };
        let server = DemoServer::start(config).await.expect("the server starts");
        if let Some(answers) = answers {
            server.script("events", answers);
        }
        page.open(&server.url()).await;
        Self { page: page.clone(), server }
    }

    /// What it has logged.
    pub async fn logged(&self) -> Vec<String> {
        self.all("logged").await
    }

    /// The texts of all elements with this test id.
    pub async fn all(&self, testid: &str) -> Vec<String> {
        let script = "return [...document.querySelectorAll(`[data-testid=${args}]`)].map((line) => line.textContent)";
        self.page.run_with(script, json!(testid)).await
    }

    /// Waits until it has logged something that begins like this.
    pub async fn wait_for_log(&self, beginning: &str) {
        let lines = "[...document.querySelectorAll('[data-testid=logged]')]";
        let beginning = json!(beginning);
        self.page.wait_until(&format!("{lines}.some((line) => line.textContent.startsWith({beginning}))")).await;
    }

    /// Nothing was thrown that nobody caught.
    ///
    /// # Panics
    /// Something was.
    pub async fn expect_no_failure(&self) {
        assert_eq!(self.all("failure").await, [] as [String; 0]);
    }
}

/// What `@microsoft/fetch-event-source` exports.
const PEER: &str = "{ EventStreamContentType, fetchEventSource }";

/// An empty folder, one for each use, since tests may run at the same time.
///
/// # Panics
/// It cannot be made.
#[must_use]
pub fn folder_for(name: &str) -> PathBuf {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = artefacts().expect("a folder").join("snippets").join(format!("{name}-{number}"));
    std::fs::create_dir_all(&folder).expect("a folder for the page");
    folder
}
