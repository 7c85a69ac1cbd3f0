//! The pages of all projects work alike: in outputs with names, each page shows that its clients are connected, and then the
//! title of the newest notification.

use std::path::PathBuf;

use demo_server::{Answer, DemoServer};
use e2e::{Page, demo_server, soon};
use packaging::Project;

/// A page, and the server of its events.
pub(crate) struct App {
    page: Page,
    server: DemoServer,
}

impl App {
    pub(crate) async fn new(page: Page) -> Self {
        let server = demo_server().await;
        // Not an error status, because browsers log those as errors.
        server.script("no-stream", vec![Answer::new(200).header("content-type", "text/plain")]);
        Self { page, server }
    }

    /// Opens a page at this address. `query` is appended to it.
    pub(crate) async fn open(&self, url: &str, query: &str) {
        self.page.open(&format!("{url}/?server={}{query}", self.server.url())).await;
    }

    /// Checks that an event that the server publishes arrives in each output, and that the browser logs no error.
    pub(crate) async fn shows_events(&self, outputs: &[&str]) {
        for output in outputs {
            self.page.wait_for_text(output, "open").await;
        }
        self.server.log().notify("Die Fähre legt ab ⛴", "");
        for output in outputs {
            self.page.wait_for_text(output, "Die Fähre legt ab ⛴").await;
        }
        assert_eq!(self.page.complaints().await, Vec::<String>::new());
    }

    /// Checks a page that is made with a framework: the hook and the class receive events. An error of the hook is an instance
    /// of the class that the main entry exports, because both come from one module.
    pub(crate) async fn runs_in_framework(&self, url: &str) {
        self.open(url, "").await;
        self.shows_events(&["hook", "client"]).await;
        self.page.wait_for_text("failure", "content-type").await;
    }

    /// Checks that the HTML from the server shows the first state of the hook.
    pub(crate) async fn was_rendered(&self) {
        let script = "
            const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), 'text/html')
            return page.querySelector('[data-testid=hook]')?.textContent";
        assert_eq!(self.page.run::<String>(script).await, "idle");
    }

    /// Checks that the route `/edge` receives an event and answers with its data.
    pub(crate) async fn runs_at_the_edge(&self) {
        self.server.script("greeting", vec![Answer::new(200).chunk("data: from the edge\n\n").hang()]);
        let answer = "return (await fetch(`/edge${location.search}`)).text()";
        assert_eq!(self.page.run::<String>(answer).await, "from the edge");
        soon("the stream of the route is closed", self.server.wait_open_streams_at("/api/script/greeting", 0)).await;
    }

    /// Checks the view with all entries: each receives events, and they share one wasm.
    pub(crate) async fn runs_all_entries(&self, url: &str) {
        self.open(url, "").await;
        let count = "
            globalThis.instances = 0
            WebAssembly.Instance = class extends WebAssembly.Instance {
              constructor(...given) {
                super(...given)
                instances++
              }
            }
            location.hash = 'entries'";
        self.page.act(count).await;
        self.shows_events(&["client", "slim", "eventsource", "fetch-event-source"]).await;
        assert_eq!(self.page.run::<usize>("return instances").await, 1);
    }

    /// Checks the view with the slim entry alone. Its wasm is a file of its own, which the page loads once.
    pub(crate) async fn runs_slim(&self, url: &str, query: &str) {
        // A new page, not another view of the same page.
        self.page.open("about:blank").await;
        self.open(url, &format!("{query}#slim")).await;
        self.shows_events(&["slim"]).await;
        let loaded = "
            const loaded = performance.getEntriesByType('resource').filter(({ initiatorType }) => initiatorType === 'fetch')
            return loaded.filter(({ name }) => name.includes('.wasm')).length";
        assert_eq!(self.page.run::<usize>(loaded).await, 1, "{query}");
    }
}

/// Checks that a tool printed no warning and no error.
pub(crate) fn built_without_warnings(printed: &str) {
    let warns = |line: &&str| {
        // A file of the package has that name.
        let line = line.to_lowercase().replace("sse-fetch/error.js", "");
        // A warning of npm about its own settings does not concern the package.
        !line.starts_with("npm ")
            && ["warn", "⚠", "error", "(!)", "externalized"].iter().any(|word| line.contains(word))
    };
    assert_eq!(printed.lines().filter(warns).collect::<Vec<_>>(), Vec::<&str>::new());
}

/// Checks a script that imports every entry and uses none: after bundling, only the script itself is left. `name` is the
/// beginning of its file name.
pub(crate) fn nothing_is_left(project: &Project, folder: &str, name: &str) {
    let files = project.files(folder);
    let is_it = |file: &&PathBuf| {
        file.extension().is_some_and(|it| it == "js")
            && file.file_stem().is_some_and(|it| it.to_string_lossy().starts_with(name))
    };
    let script = files.iter().find(is_it).unwrap_or_else(|| panic!("no {name} in {files:?}"));
    let code = std::fs::read_to_string(script).expect("a readable script");
    // Its one line, and the code that a bundler adds around it.
    assert!(
        code.contains("nothing") && code.len() < 300 && !code.contains("import"),
        "{}: {code:.1000}",
        script.display()
    );
}
