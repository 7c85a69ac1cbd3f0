//! The slim entry: the wasm is a file of its own, which `init` loads from wherever it is told.

use demo_server::{Answer, DemoServer};
use e2e::{Page, lab_server, node, soon, tests};
use serde_json::{Value, json};

use crate::lab::open_lab;

tests! {
    InPage:
        the_wasm_beside_the_script_is_compiled_as_it_streams_in,
        the_wasm_comes_from_whatever_init_is_given,
        wasm_of_another_content_type_is_taken_as_well,
        calls_at_the_same_time_load_the_wasm_once,
        a_source_of_a_wrong_kind_is_a_type_error_that_names_what_is_accepted,
        a_failed_init_says_why_and_can_be_tried_again,
        a_client_before_init_says_what_to_do,
        a_worker_loads_the_wasm_too;
    WithoutPage:
        in_node_the_wasm_is_read_from_the_package,
        in_node_the_wasm_comes_from_bytes_and_modules_too,
}

/// What finds out whether a copy works.
const STREAM: &str = "/api/script/greeting";

const WASM: &str = "/pkg/sse-fetch.wasm";

/// A server that greets everybody who asks.
async fn greeting_server() -> DemoServer {
    let server = lab_server().await;
    // Clients of one test follow one another; the last answer of a script is given again and again.
    server.script("greeting", vec![Answer::new(200).chunk("data: hello\n\n").hang()]);
    server
}

/// The laboratory, with what is in `pages/slim.js`.
async fn open(page: &Page) -> DemoServer {
    let server = greeting_server().await;
    open_lab(page, &server).await;
    page.act("Object.assign(globalThis, await import('/slim.js'))").await;
    server
}

async fn the_wasm_beside_the_script_is_compiled_as_it_streams_in(page: Page) {
    let server = open(&page).await;
    let script = "
        const noted = instantiations()
        const slim = await fresh()
        const before = noted.length
        const loaded = await slim.init()
        return { before, loaded: loaded === undefined, noted, received: await received(slim, args) }";
    let seen: Value = page.run_with(script, json!(STREAM)).await;
    let expected = json!({ "before": 0, "loaded": true, "noted": ["instantiateStreaming"], "received": "hello" });
    assert_eq!(seen, expected);
    assert_eq!(server.journal().requests_to(WASM).len(), 1);
    soon("the stream is closed", server.wait_open_streams(0)).await;
}

async fn the_wasm_comes_from_whatever_init_is_given(page: Page) {
    let _server = open(&page).await;
    let script = "
        const bytes = await (await fetch(WASM)).arrayBuffer()
        const here = new URL(WASM, location.href)
        const sources = {
          'an address': WASM,
          'an address in full': here.href,
          'a URL': here,
          'a Request': new Request(WASM),
          'a Response': await fetch(WASM),
          'an ArrayBuffer': bytes,
          'a Uint8Array': new Uint8Array(bytes),
          'a part of a larger buffer': new Uint8Array([7, ...new Uint8Array(bytes), 7]).subarray(1, -1),
          'a Module': await WebAssembly.compile(bytes),
          'a promise of an address': Promise.resolve(WASM),
          'a promise of a Response': fetch(WASM),
          'a promise of an ArrayBuffer': fetch(WASM).then((response) => response.arrayBuffer()),
          'a promise of a Module': WebAssembly.compileStreaming(fetch(WASM)),
        }
        const seen = []
        for (const [name, source] of Object.entries(sources)) {
          const slim = await fresh()
          await slim.init(source)
          seen.push([name, await received(slim, args)])
        }
        return seen";
    let seen: Vec<(String, String)> = page.run_with(script, json!(STREAM)).await;
    let deaf: Vec<_> = seen.iter().filter(|(_, data)| data != "hello").collect();
    assert_eq!((seen.len(), deaf), (13, vec![]));
}

async fn wasm_of_another_content_type_is_taken_as_well(page: Page) {
    let _server = open(&page).await;
    let script = "
        const bytes = await (await fetch(WASM)).arrayBuffer()
        const noted = instantiations()
        const seen = []
        for (const type of ['application/octet-stream', 'text/html', undefined]) {
          const slim = await fresh()
          await slim.init(new Response(bytes, { headers: type && { 'content-type': type } }))
          seen.push(await received(slim, args))
        }
        return { seen, noted }";
    let seen: Value = page.run_with(script, json!(STREAM)).await;
    assert_eq!(seen, json!({ "seen": vec!["hello"; 3], "noted": vec!["instantiate"; 3] }));
}

async fn calls_at_the_same_time_load_the_wasm_once(page: Page) {
    let server = open(&page).await;
    let script = "
        const noted = instantiations()
        const slim = await fresh()
        await Promise.all([slim.init(), slim.init(), slim.init(WASM)])
        const first = await received(slim, args)
        // Nor is anything done with it once the wasm is there.
        await Promise.all([slim.init(), slim.init(7)])
        return { noted, received: [first, await received(slim, args)] }";
    let seen: Value = page.run_with(script, json!(STREAM)).await;
    assert_eq!(seen, json!({ "noted": ["instantiateStreaming"], "received": ["hello", "hello"] }));
    assert_eq!(server.journal().requests_to(WASM).len(), 1);
}

async fn a_source_of_a_wrong_kind_is_a_type_error_that_names_what_is_accepted(page: Page) {
    let _server = open(&page).await;
    let script = "
        const { init } = await fresh()
        const wrong = [null, 7, 1n, true, Symbol('s'), {}, [], () => {}, new Blob([]), Promise.resolve(7)]
        const seen = []
        for (const source of wrong) seen.push(await failure(init(source)))
        return seen";
    let seen: Vec<Value> = page.run(script).await;
    assert_eq!(seen.len(), 10);
    for failure in seen {
        assert_eq!(failure["name"], "TypeError", "{failure}");
        let message = failure["message"].as_str().unwrap_or_default();
        let accepted = "it must be a URL, a Request, a Response, bytes or a WebAssembly.Module";
        assert!(message.starts_with("SSEClient: init: ") && message.ends_with(accepted), "{failure}");
    }
}

async fn a_failed_init_says_why_and_can_be_tried_again(page: Page) {
    let server = open(&page).await;
    server.script("missing", vec![Answer::new(404)]);
    let script = "
        // The head of a wasm, and no more: it is one, but none of ours.
        const empty = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])
        const failing = {
          'a wrong source': () => 7,
          'a status': () => '/api/script/missing',
          'no server': () => 'http://127.0.0.1:1/',
          'no URL': () => 'http://',
          'a rejection': () => Promise.reject(new RangeError('no')),
          'a response that was read': async () => {
            const response = await fetch(WASM)
            await response.arrayBuffer()
            return response
          },
          'no wasm': () => new Uint8Array([1, 2, 3]),
          'another wasm, as bytes': () => empty,
          'another wasm, as a module': () => new WebAssembly.Module(empty),
          'another wasm, streamed': () => new Response(empty, { headers: { 'content-type': 'application/wasm' } }),
        }
        const one = await fresh()
        const seen = {}
        for (const [name, source] of Object.entries(failing)) {
          const slim = await fresh()
          seen[name] = await failure(slim.init(source()))
          await failure(one.init(source()))
          await slim.init()
          seen[name].received = await received(slim, args)
        }
        await one.init()
        return { seen, one: await received(one, args) }";
    let told: Value = page.run_with(script, json!(STREAM)).await;
    let seen = told["seen"].as_object().expect("one entry for each");
    assert_eq!((seen.len(), told["one"].as_str()), (10, Some("hello")));
    for (name, entry) in seen {
        assert_eq!(entry["received"], "hello", "{name}: {entry}");
    }
    let name_of = |case: &str| seen[case]["name"].as_str().unwrap_or_default();
    for (case, error) in [
        ("a wrong source", "TypeError"),
        ("a status", "Error"),
        ("no server", "TypeError"),
        ("no URL", "TypeError"),
        ("a rejection", "RangeError"),
        ("no wasm", "CompileError"),
    ] {
        assert_eq!(name_of(case), error, "{case}: {}", seen[case]);
    }
    let status = format!("SSEClient: init: {}/api/script/missing answered with status 404", server.url());
    assert_eq!(seen["a status"]["message"], status);
}

async fn a_client_before_init_says_what_to_do(page: Page) {
    let _server = open(&page).await;
    let script = "
        const slim = await fresh()
        const made = async () => new slim.SSEClient(args)
        const before = await failure(made())
        const loading = slim.init()
        const meanwhile = await failure(made())
        await loading
        return { before, meanwhile, received: await received(slim, args) }";
    let seen: Value = page.run_with(script, json!(STREAM)).await;
    let error = json!({
        "name": "Error",
        "message": "SSEClient: the wasm is not there yet: await init() before the first client",
    });
    assert_eq!(seen, json!({ "before": error, "meanwhile": error, "received": "hello" }));
}

async fn a_worker_loads_the_wasm_too(page: Page) {
    let server = open(&page).await;
    let script = "
        const code = `
          const { fresh, received } = await import('${location.origin}/slim.js')
          const slim = await fresh()
          await slim.init()
          postMessage(await received(slim, '${location.origin}${args}'))`
        const worker = new Worker(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })), { type: 'module' })
        return new Promise((resolve, reject) => {
          worker.onmessage = ({ data }) => resolve(data)
          worker.onerror = ({ message }) => reject(new Error(message))
        })";
    assert_eq!(page.run_with::<String>(script, json!(STREAM)).await, "hello");
    assert_eq!(server.journal().requests_to(WASM).len(), 1);
}

/// Runs a script that has made `slim` ready, and then prints what it receives.
async fn receive_in_node(ready: &str) -> String {
    let server = greeting_server().await;
    let script = format!(
        "{ready}
         const client = new SSEClient(`${{process.env.SERVER}}{STREAM}`)
         client.on('message', (data) => {{ console.log(data); client.disconnect() }})
         await client.connect()"
    );
    let printed = node(&script, &[("SERVER", &server.url())]).await;
    soon("the stream is closed", server.wait_open_streams(0)).await;
    printed
}

async fn in_node_the_wasm_is_read_from_the_package() {
    let ready = "
        import { SSEClient, init } from 'sse-fetch/slim'
        try {
          new SSEClient('http://localhost/')
        } catch ({ message }) {
          console.log(message)
        }
        console.log(await init())";
    let expected = "SSEClient: the wasm is not there yet: await init() before the first client\nundefined\nhello\n";
    assert_eq!(receive_in_node(ready).await, expected);
}

async fn in_node_the_wasm_comes_from_bytes_and_modules_too() {
    for source in ["bytes", "new Uint8Array(bytes)", "new WebAssembly.Module(bytes)", "readFile(file)", "file"] {
        let ready = format!(
            "import {{ readFile }} from 'node:fs/promises'
             import {{ SSEClient, init }} from 'sse-fetch/slim'
             const file = new URL(import.meta.resolve('sse-fetch/sse-fetch.wasm'))
             const bytes = await readFile(file)
             await init({source})"
        );
        assert_eq!(receive_in_node(&ready).await, "hello\n", "{source}");
    }
}
