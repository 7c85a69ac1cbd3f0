//! Pages and workers without a bundler: they load the files of the installed package directly.

use std::collections::BTreeMap;
use std::sync::Arc;

use demo_server::{Answer, DemoServer};
use e2e::{Page, tests};
use packaging::{Project, serve};
use serde_json::{Value, json};

tests! {
    InPage:
        a_plain_script_has_every_client_in_one_global,
        modules_are_imported_as_they_are_installed,
        an_import_map_gives_the_entries_their_names,
        the_slim_entry_finds_its_wasm_beside_it,
        a_wasm_of_another_version_is_refused,
        a_page_of_html_instead_of_the_wasm_says_what_to_set,
        importing_several_entries_makes_one_class_and_one_wasm,
        dedicated_workers_import_the_package,
        shared_workers_import_the_package,
        service_workers_import_the_package,
        a_policy_that_allows_wasm_is_enough,
        a_policy_that_forbids_wasm_is_named_in_the_error,
}

/// The text that a page of `projects/pages` shows for each kind of client.
const CLIENTS: [&str; 3] = ["client", "eventsource", "fetch-event-source"];

/// The pages with the package installed, and a server that sends each client one event.
async fn pages() -> (Arc<Project>, DemoServer) {
    let project = Project::shared("pages").await;
    let server = serve(project.path()).await;
    server.script("greeting", vec![Answer::new(200).chunk("data: hello\n\n").hang()]);
    (project, server)
}

/// Checks that every kind of client receives its event, and that the browser logs no error.
async fn expect_greetings(page: &Page) {
    for client in CLIENTS {
        page.wait_for_text(client, "hello").await;
    }
    assert_eq!(page.complaints().await, Vec::<String>::new());
}

async fn a_plain_script_has_every_client_in_one_global(page: Page) {
    let (_project, server) = pages().await;
    page.open(&format!("{}/global.html", server.url())).await;
    expect_greetings(&page).await;
    let names: Vec<String> = page.run("return Object.keys(SSEFetch).sort()").await;
    let expected = ["EventSource", "EventStreamContentType", "SSEAuth", "SSEClient", "SSEError", "fetchEventSource"];
    assert_eq!(names, expected);
}

async fn modules_are_imported_as_they_are_installed(page: Page) {
    let (_project, server) = pages().await;
    page.open(&format!("{}/module.html", server.url())).await;
    expect_greetings(&page).await;
}

async fn an_import_map_gives_the_entries_their_names(page: Page) {
    let (_project, server) = pages().await;
    page.open(&format!("{}/import-map.html", server.url())).await;
    expect_greetings(&page).await;
}

async fn the_slim_entry_finds_its_wasm_beside_it(page: Page) {
    let (_project, server) = pages().await;
    page.open(&format!("{}/slim.html", server.url())).await;
    page.wait_for_text("client", "hello").await;
    assert_eq!(server.journal().requests_to("/node_modules/sse-fetch/sse-fetch.wasm").len(), 1);
}

async fn a_wasm_of_another_version_is_refused(page: Page) {
    let (_project, server) = pages().await;
    page.open(&format!("{}/entries.html", server.url())).await;
    page.wait_until("document.title === 'Loaded'").await;
    let script = "
        const bytes = new Uint8Array(await (await fetch('/node_modules/sse-fetch/sse-fetch.wasm')).arrayBuffer())
        const version = new TextDecoder('latin1').decode(bytes).indexOf('sse_fetch_') + 'sse_fetch_'.length
        const other = bytes.slice()
        other[version] = other[version] === 0x39 ? 0x38 : 0x39
        const refused = await slim.init(other).then(() => 'it links', ({ name }) => name)
        await slim.init(bytes)
        return [refused, new slim.SSEClient('/').state]";
    assert_eq!(page.run::<[String; 2]>(script).await, ["TypeError", "idle"]);
}

/// Development servers send their start page if a file does not exist.
async fn a_page_of_html_instead_of_the_wasm_says_what_to_set(page: Page) {
    let (_project, server) = pages().await;
    page.open(&format!("{}/entries.html", server.url())).await;
    page.wait_until("document.title === 'Loaded'").await;
    let message: String = page.run("return slim.init('/slim.html').then(() => 'loaded', String)").await;
    let expected = format!("TypeError: SSEClient: init: {}/slim.html is an HTML page and not the wasm: ", server.url());
    assert!(message.starts_with(&expected), "{message}");
    assert!(
        message.contains("give init() the address") && message.contains("optimizeDeps: { exclude: ['sse-fetch'] }"),
        "{message}"
    );
}

async fn importing_several_entries_makes_one_class_and_one_wasm(page: Page) {
    let (_project, server) = pages().await;
    // The entry that is used first provides the wasm for all.
    let orders = ["make(); await slim.init(); make()", "await slim.init(); make(); await slim.init()"];
    for order in orders {
        page.open(&format!("{}/entries.html", server.url())).await;
        page.wait_until("document.title === 'Loaded'").await;
        let script = format!(
            "let instances = 0
             const {{ Instance }} = WebAssembly
             WebAssembly.Instance = class extends Instance {{
               constructor(...given) {{
                 super(...given)
                 instances++
               }}
             }}
             for (const name of ['instantiate', 'instantiateStreaming']) {{
               const original = WebAssembly[name]
               WebAssembly[name] = (...given) => (instances++, original.apply(WebAssembly, given))
             }}
             const make = () => [new entry.SSEClient('/'), new slim.SSEClient('/'), new entries.EventSource('/api/script/greeting').close()]
             {order}
             return {{ same: ['SSEClient', 'SSEAuth', 'SSEError'].map((name) => entry[name] === slim[name]), instances }}"
        );
        let seen: Value = page.run(&script).await;
        assert_eq!(seen, json!({ "same": [true, true, true], "instances": 1 }), "{order}");
    }
}

/// Checks that a worker of this kind receives events and passes them to the page, as a module and as a classic script.
async fn expect_greetings_from_worker(page: &Page, kind: &str) {
    let (_project, server) = pages().await;
    for kind in [kind, &format!("classic-{kind}")] {
        // If only the fragment differed, the browser would not load the page again.
        page.open("about:blank").await;
        page.open(&format!("{}/workers.html#{kind}", server.url())).await;
        expect_greetings(page).await;
    }
}

async fn dedicated_workers_import_the_package(page: Page) {
    expect_greetings_from_worker(&page, "dedicated").await;
}

async fn shared_workers_import_the_package(page: Page) {
    expect_greetings_from_worker(&page, "shared").await;
}

async fn service_workers_import_the_package(page: Page) {
    expect_greetings_from_worker(&page, "service").await;
}

/// What a page with a content security policy reports about each entry. The page around it collects the report, because the
/// policy forbids the scripts of WebDriver.
async fn report(page: &Page, server: &DemoServer, policy: &str) -> Value {
    page.open(&format!("{}/entries.html", server.url())).await;
    let script = "
        const told = new Promise((resolve) => addEventListener('message', ({ data }) => resolve(data), { once: true }))
        const frame = document.createElement('iframe')
        frame.src = args
        document.body.append(frame)
        return told";
    page.run_with(script, json!(format!("csp/{policy}.html"))).await
}

async fn a_policy_that_allows_wasm_is_enough(page: Page) {
    let (_project, server) = pages().await;
    for policy in ["wasm", "nonces"] {
        let report = report(&page, &server, policy).await;
        let expected = ["slim", "client", "global", "eventsource", "fetch-event-source"].map(|entry| (entry, "hello"));
        assert_eq!(report, json!(BTreeMap::from(expected)), "{policy}");
        assert_eq!(page.complaints().await, Vec::<String>::new(), "{policy}");
    }
}

async fn a_policy_that_forbids_wasm_is_named_in_the_error(page: Page) {
    let (_project, server) = pages().await;
    let report = report(&page, &server, "no-wasm").await;
    for entry in ["slim", "client", "global", "eventsource", "fetch-event-source"] {
        let error = &report[entry];
        let message = error["message"].as_str().unwrap_or_default();
        assert_eq!((&error["kind"], &error["cause"]), (&json!("Error"), &json!("CompileError")), "{entry}: {error}");
        let told = message.starts_with("SSEClient: ")
            && message.contains("Content-Security-Policy")
            && message.contains("script-src must allow 'wasm-unsafe-eval'");
        assert!(told, "{entry}: {message}");
    }
}
