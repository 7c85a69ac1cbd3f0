//! What the projects' pages have in common: each shows, in named outputs, that its clients are connected, and then the title
//! of the newest notification.

use std::path::PathBuf;

use demo_server::{Answer, DemoServer};
use e2e::{Page, demo_server, soon};
use packaging::Project;

/// What the tests of a page need: where its events come from.
pub(crate) struct App {
    page: Page,
    server: DemoServer,
}

impl App {
    pub(crate) async fn new(page: Page) -> Self {
        let server = demo_server().await;
        // An error status would not do: browsers complain of those by themselves.
        server.script("no-stream", vec![Answer::new(200).header("content-type", "text/plain")]);
        Self { page, server }
    }

    /// Opens a page at its address, which may go on with a query.
    pub(crate) async fn open(&self, url: &str, query: &str) {
        self.page.open(&format!("{url}/?server={}{query}", self.server.url())).await;
    }

    /// Sees what is published arrive in each of the outputs, and nothing being complained of.
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

    /// The pages made with a framework: the hook and the class receive events, and an error of the hook is of the class that
    /// the main entry exports, as it is when both are of the same module.
    pub(crate) async fn runs_in_framework(&self, url: &str) {
        self.open(url, "").await;
        self.shows_events(&["hook", "client"]).await;
        self.page.wait_for_text("failure", "content-type").await;
    }

    /// What the pages' server sent shows the hook's first state.
    pub(crate) async fn was_rendered(&self) {
        let script = "
            const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), 'text/html')
            return page.querySelector('[data-testid=hook]')?.textContent";
        assert_eq!(self.page.run::<String>(script).await, "idle");
    }

    /// The route `/edge` receives an event, and answers with what that says.
    pub(crate) async fn runs_at_the_edge(&self) {
        self.server.script("greeting", vec![Answer::new(200).chunk("data: from the edge\n\n").hang()]);
        let answer = "return (await fetch(`/edge${location.search}`)).text()";
        assert_eq!(self.page.run::<String>(answer).await, "from the edge");
        soon("the stream of the route is closed", self.server.wait_open_streams_at("/api/script/greeting", 0)).await;
    }

    /// The view with all entries: each receives events, and they have one wasm in common.
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

    /// The view with the slim entry alone, whose wasm is a file of its own, which the page loads once.
    pub(crate) async fn runs_slim(&self, url: &str, query: &str) {
        // Not from one view to another of the same page, but to a new one.
        self.page.open("about:blank").await;
        self.open(url, &format!("{query}#slim")).await;
        self.shows_events(&["slim"]).await;
        let loaded = "
            const loaded = performance.getEntriesByType('resource').filter(({ initiatorType }) => initiatorType === 'fetch')
            return loaded.filter(({ name }) => name.includes('.wasm')).length";
        assert_eq!(self.page.run::<usize>(loaded).await, 1, "{query}");
    }
}

/// Sees that a tool has nothing against what it built.
pub(crate) fn built_without_warnings(printed: &str) {
    let warns = |line: &&str| {
        // One of the package's files has that name.
        let line = line.to_lowercase().replace("sse-fetch/error.js", "");
        // What npm says of its own settings is no matter of ours.
        !line.starts_with("npm ")
            && ["warn", "⚠", "error", "(!)", "externalized"].iter().any(|word| line.contains(word))
    };
    assert_eq!(printed.lines().filter(warns).collect::<Vec<_>>(), Vec::<&str>::new());
}

/// Sees that of a script that imports every entry and uses none nothing is left but itself. It is the one in the folder
/// whose name begins so.
pub(crate) fn nothing_is_left(project: &Project, folder: &str, name: &str) {
    let files = project.files(folder);
    let is_it = |file: &&PathBuf| {
        file.extension().is_some_and(|it| it == "js")
            && file.file_stem().is_some_and(|it| it.to_string_lossy().starts_with(name))
    };
    let script = files.iter().find(is_it).unwrap_or_else(|| panic!("no {name} in {files:?}"));
    let code = std::fs::read_to_string(script).expect("a readable script");
    // Its one line, with what a tool puts around it.
    assert!(
        code.contains("nothing") && code.len() < 300 && !code.contains("import"),
        "{}: {code:.1000}",
        script.display()
    );
}
