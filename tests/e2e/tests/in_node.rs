//! The package in Node, imported by its name.

use demo_server::faulty::Reply;
use demo_server::{Answer, DemoServer, Gate};
use e2e::{RawServer, fault_server, lab_server, node, soon, tests};
use serde_json::json;

use crate::lab::lost_after;

tests! {
    WithoutPage:
        node_receives_events_and_ends_by_itself,
        node_resumes_after_a_lost_connection,
        an_id_that_node_cannot_send_ends_nothing_in_any_entry,
        a_refused_connection_names_the_reason_of_the_system,
        a_response_that_is_no_stream_names_its_type_and_url,
        a_body_that_node_ends_names_the_option_that_changes_it,
        a_stub_of_a_document_prints_nothing_and_keeps_no_listener,
        twenty_clients_on_one_signal_cause_no_warning,
        twenty_streams_of_fetch_event_source_on_one_signal_cause_no_warning,
        a_body_that_is_always_ready_lets_timers_fire,
        a_text_that_is_kept_does_not_keep_the_chunk_it_came_in,
        importing_alone_keeps_nothing_running_and_touches_nothing;
}

async fn run(server: &DemoServer, script: &str) -> String {
    node(script, &[("SERVER", &server.url())]).await
}

async fn node_receives_events_and_ends_by_itself() {
    let server = lab_server().await;
    server.script("numbers", vec![Answer::new(200).chunk("data: [1]\n\nevent: größe\nid: é\ndata: 二 🦀\n\n").hang()]);
    let printed = run(
        &server,
        "import { SSEClient } from 'sse-fetch'
         const client = new SSEClient(`${process.env.SERVER}/api/script/numbers`, { body: { q: 'ü' }, lastEventId: 'ö' })
         client.on('message', (data) => console.log(JSON.stringify(data)))
         client.on('größe', (data, { id, origin }) => {
           console.log(data, id, origin === process.env.SERVER)
           client.disconnect()
         })
         await client.connect()",
    )
    .await;
    assert_eq!(printed, "[1]\n二 🦀 é true\n");
    let request = &server.journal().requests_to("/api/script/numbers")[0];
    assert_eq!((&*request.method, request.json()), ("POST", Some(json!({ "q": "ü" }))));
    assert_eq!(request.header("last-event-id"), Some("ö".as_bytes()));
    soon("the stream is closed", server.wait_open_streams(0)).await;
}

async fn node_resumes_after_a_lost_connection() {
    let server = lab_server().await;
    let gate = Gate::new();
    let lost = lost_after("id: 1\ndata: a\n\nid: 2\ndata: lo", &gate);
    let rest = Answer::new(200).chunk("id: 2\ndata: b\n\ndata: [DONE]\n\n").hang();
    server.script("cut", vec![lost, Answer::new(503), rest]);
    server.script("seen", vec![Answer::new(204)]);
    let script = "
        import { SSEClient } from 'sse-fetch'
        const at = (name) => `${process.env.SERVER}/api/script/${name}`
        const client = new SSEClient(at('cut'), { backoff: { initial: 5 }, until: '[DONE]' })
        client.on('*', (data, { id }) => console.log(id, data))
        client.once('message', () => fetch(at('seen')))
        client.on('error', ({ code, status }) => console.log(code, status))
        client.on('close', ({ reason }) => console.log(reason))
        client.connect()";
    let cut = async {
        soon("the first event is seen", server.journal().wait_for_requests_to("/api/script/seen", 1)).await;
        gate.open();
    };
    let (printed, ()) = tokio::join!(run(&server, script), cut);
    assert_eq!(printed, "1 a\nnetwork undefined\nstatus 503\n2 b\ndone\n");
    let requests = server.journal().requests_to("/api/script/cut");
    let ids: Vec<_> = requests.iter().map(|request| request.header_str("last-event-id")).collect();
    assert_eq!(ids, [None, Some("1"), Some("1")]);
}

/// Control characters: Node's `fetch` refuses a header that has one, so such an id is no position.
async fn an_id_that_node_cannot_send_ends_nothing_in_any_entry() {
    let faults = fault_server().await;
    let entries = ["client", "eventsource", "fetch-event-source"];
    let ids = ["a\u{1}b", "\u{7f}", "\u{1b}[0m"];
    for entry in entries {
        for (place, id) in ids.iter().enumerate() {
            let first = Reply::event_stream().send(format!("retry: 1\nid: {id}\ndata: first\n\n"));
            faults.answer(&format!("/{entry}/{place}"), [first, Reply::event_stream().send("data: second\n\n").hang()]);
        }
    }
    let script = "
        import { SSEClient } from 'sse-fetch'
        import { EventSource } from 'sse-fetch/eventsource'
        import { fetchEventSource } from 'sse-fetch/fetch-event-source'
        // Each starts from the id, too, and calls back with what arrives.
        const start = {
          client(url, lastEventId, heard) {
            const client = new SSEClient(url, { lastEventId })
            client.on('*', heard)
            client.connect()
            return () => client.disconnect()
          },
          eventsource(url, lastEventId, heard) {
            const source = new EventSource(url, { lastEventId })
            source.onmessage = ({ data }) => heard(data)
            return () => source.close()
          },
          'fetch-event-source'(url, lastEventId, heard) {
            const control = new AbortController()
            fetchEventSource(url, {
              headers: { 'Last-Event-ID': lastEventId },
              signal: control.signal,
              onmessage: ({ data }) => heard(data),
              onclose() { throw new Error('again') },
            })
            return () => control.abort()
          },
        }
        for (const [entry, run] of Object.entries(start)) {
          for (const [place, id] of JSON.parse(process.env.IDS).entries()) {
            const seen = []
            await new Promise((resolve) => {
              const stop = run(`${process.env.SERVER}/${entry}/${place}`, id, (data) => seen.push(data) === 2 && resolve(stop()))
            })
            console.log(entry, seen.join())
          }
        }";
    let printed = node(script, &[("SERVER", &faults.url()), ("IDS", &json!(ids).to_string())]).await;
    let expected: String = entries.iter().map(|entry| format!("{entry} first,second\n").repeat(ids.len())).collect();
    assert_eq!(printed, expected);
    for entry in entries {
        for place in 0..ids.len() {
            let requests = faults.exchanges_to(&format!("/{entry}/{place}"));
            let sent: Vec<_> = requests.iter().map(|exchange| exchange.last_event_id()).collect();
            assert_eq!(sent, [None, None], "{entry} {place}");
        }
    }
}

async fn a_refused_connection_names_the_reason_of_the_system() {
    let vacant = RawServer::start().await.url();
    let printed = node(
        "import { SSEClient } from 'sse-fetch'
         const { port } = new URL(process.env.VACANT)
         for (const url of [`${process.env.VACANT}/a?token=s3cret`, `http://localhost:${port}/`, 'http://no-such-host.invalid/']) {
           const error = await new SSEClient(url, { maxReconnects: 0 }).connect().catch((error) => error)
           console.log(error.code, error.message)
         }",
        &[("VACANT", &vacant)],
    )
    .await;
    let lines: Vec<_> = printed.lines().collect();
    let address = vacant.trim_start_matches("http://");
    let expected = format!(
        "network SSEClient: the connection to {vacant}/a failed or broke: fetch failed: connect ECONNREFUSED {address}"
    );
    assert_eq!(lines[0], expected);
    assert!(lines[1].contains("connect ECONNREFUSED") && lines[1].contains(address), "{}", lines[1]);
    // Without a network the name may not even be asked for.
    assert!(
        ["ENOTFOUND no-such-host.invalid", "EAI_AGAIN"].iter().any(|reason| lines[2].contains(reason)),
        "{}",
        lines[2]
    );
}

async fn a_response_that_is_no_stream_names_its_type_and_url() {
    let server = lab_server().await;
    server.script("moved", vec![Answer::new(302).header("location", "/api/script/page?token=s3cret")]);
    let page = Answer::new(200).header("content-type", "text/html; charset=utf-8").header("x-should-retry", "false");
    server.script("page", vec![page.chunk("<h1>Log in</h1>")]);
    let printed = run(
        &server,
        "import { SSEClient } from 'sse-fetch'
         const error = await new SSEClient(`${process.env.SERVER}/api/script/moved`).connect().catch((error) => error)
         console.log(error.message)
         console.log(error.headers.get('x-should-retry'), error.headers instanceof Headers, error.body)",
    )
    .await;
    let url = format!("{}/api/script/page", server.url());
    let message = format!(
        "SSEClient: the response is no event stream: its content type is text/html; charset=utf-8 instead of text/event-stream (status 200, {url})"
    );
    assert_eq!(printed, format!("{message}\nfalse true <h1>Log in</h1>\n"));
}

async fn a_body_that_node_ends_names_the_option_that_changes_it() {
    let server = lab_server().await;
    server.script("silent", vec![Answer::new(200).chunk("data: x\n\n").hang()]);
    let printed = run(
        &server,
        "import { SSEClient } from 'sse-fetch'
         // Node brings its own undici, which has no name to import it by.
         await fetch(process.env.SERVER)
         const { constructor: Agent } = globalThis[Symbol.for('undici.globalDispatcher.1')]
         const dispatcher = new Agent({ bodyTimeout: 10 })
         const client = new SSEClient(`${process.env.SERVER}/api/script/silent`, { dispatcher, maxReconnects: 0 })
         const { error } = await new Promise((resolve) => (client.on('close', resolve), client.connect()))
         console.log(error.code, error.message)",
    )
    .await;
    assert!(printed.starts_with("network SSEClient: "), "{printed}");
    for part in ["terminated", "UND_ERR_BODY_TIMEOUT", "silent for 300 s", "bodyTimeout", "option dispatcher"] {
        assert!(printed.contains(part), "{part} is not in: {printed}");
    }
}

async fn a_stub_of_a_document_prints_nothing_and_keeps_no_listener() {
    let server = lab_server().await;
    server.script("stream", vec![Answer::new(200).hang()]);
    let printed = run(
        &server,
        "import { SSEClient } from 'sse-fetch'
         const failing = () => { throw new TypeError('a stub') }
         const kept = new Set()
         const working = { addEventListener: (type) => kept.add(type), removeEventListener: (type) => kept.delete(type) }
         const stubs = [
           null, {}, 'a page', { addEventListener() {} }, { addEventListener: failing, removeEventListener: failing }, working,
           { ...working, get visibilityState() { return failing() } }, { ...working, visibilityState: 'hidden' },
         ]
         console.error = console.log
         process.on('warning', (warning) => console.log(warning))
         const connects = async () => {
           const client = new SSEClient(`${process.env.SERVER}/api/script/stream`, { closeWhenHidden: true })
           await client.connect()
           client.disconnect()
         }
         for (const name of ['document', 'window', 'navigator', 'location']) {
           for (const stub of stubs) {
             Object.defineProperty(globalThis, name, { value: stub, configurable: true })
             await connects()
           }
           Object.defineProperty(globalThis, name, { get: failing, configurable: true })
           await connects()
           delete globalThis[name]
         }
         // A library that makes the global object a window, with nothing behind it.
         Object.assign(globalThis, { document: working, window: globalThis, ononline: null, addEventListener: failing, removeEventListener: failing })
         await connects()
         console.log(kept.size)",
    )
    .await;
    assert_eq!(printed, "0\n");
}

async fn twenty_clients_on_one_signal_cause_no_warning() {
    let server = lab_server().await;
    server.script("stream", vec![Answer::new(200).hang()]);
    let printed = run(
        &server,
        "import { SSEClient } from 'sse-fetch'
         import { getEventListeners } from 'node:events'
         process.on('warning', ({ name }) => console.log(name))
         const control = new AbortController()
         const reasons = []
         const clients = Array.from({ length: 20 }, () => new SSEClient(`${process.env.SERVER}/api/script/stream`, { signal: control.signal }))
         for (const client of clients) client.on('close', ({ reason }) => reasons.push(reason))
         await Promise.all(clients.map((client) => client.connect()))
         console.log(getEventListeners(control.signal, 'abort').length)
         control.abort()
         console.log(getEventListeners(control.signal, 'abort').length, reasons.length, new Set(reasons))",
    )
    .await;
    assert_eq!(printed, "1\n0 20 Set(1) { 'aborted' }\n");
}

async fn twenty_streams_of_fetch_event_source_on_one_signal_cause_no_warning() {
    let server = lab_server().await;
    server.script("stream", vec![Answer::new(200).hang()]);
    let printed = run(
        &server,
        "import { fetchEventSource } from 'sse-fetch/fetch-event-source'
         import { getEventListeners } from 'node:events'
         process.on('warning', ({ name }) => console.log(name))
         const control = new AbortController()
         const streams = []
         const open = () => new Promise((onopen) => {
           streams.push(fetchEventSource(`${process.env.SERVER}/api/script/stream`, { signal: control.signal, onopen }))
         })
         await Promise.all(Array.from({ length: 20 }, open))
         console.log(getEventListeners(control.signal, 'abort').length)
         control.abort()
         await Promise.all(streams)
         console.log(getEventListeners(control.signal, 'abort').length)",
    )
    .await;
    assert_eq!(printed, "1\n0\n");
}

async fn a_body_that_is_always_ready_lets_timers_fire() {
    let printed = node(
        "import { SSEClient } from 'sse-fetch'
         const chunk = new TextEncoder().encode('data: x\\n\\n')
         let hasFired = false
         const pull = (controller) => (hasFired ? controller.close() : controller.enqueue(chunk))
         const fetch = async () => new Response(new ReadableStream({ pull }), { headers: { 'content-type': 'text/event-stream' } })
         const client = new SSEClient('http://localhost/', { fetch, reconnect: 'never' })
         setTimeout(() => (hasFired = true), 50)
         client.on('close', ({ reason }) => console.log(reason))
         client.connect()",
        &[],
    )
    .await;
    assert_eq!(printed, "server\n");
}

/// Of 25 to 30 MB each time: engines make a slice of a text by pointing into it.
async fn a_text_that_is_kept_does_not_keep_the_chunk_it_came_in() {
    let script = r"
        import v8 from 'node:v8'
        import vm from 'node:vm'
        import { SSEClient } from 'sse-fetch'
        v8.setFlagsFromString('--expose-gc')
        const gc = vm.runInNewContext('gc')
        const heap = async () => {
          for (let n = 0; n < 3; n++) {
            await new Promise(setImmediate)
            gc()
          }
          return process.memoryUsage().heapUsed
        }
        async function stream(text, chunks, options, listen) {
          const bytes = new TextEncoder().encode(text)
          const body = new ReadableStream({
            pull: (controller) => (chunks-- > 0 ? controller.enqueue(bytes.slice()) : controller.close()),
          }, { highWaterMark: 0 })
          const response = () => new Response(body, { headers: { 'content-type': 'text/event-stream' } })
          const client = new SSEClient('http://localhost/', { reconnect: 'never', fetch: async () => response(), ...options })
          listen(client)
          await new Promise((resolve) => {
            client.on('close', resolve)
            client.connect()
          })
          return client
        }
        const log = Array.from({ length: 1000 }, (_, n) => `id: entry-number-${n}\ndata: log line number ${n} ${'y'.repeat(200)}\n\n`).join('')
        const sparse = `data: ${'kept for the history '.repeat(3)}\n\n: ${'c'.repeat(60_000)}\n\n`
        const cases = {
          data: (kept) => stream(log, 100, {}, (client) => client.on('message', (data, { id }) => id.endsWith('-7') && kept.push(data))),
          events: (kept) => stream(log, 100, {}, (client) => client.on('*', (_, event) => event.id.endsWith('-7') && kept.push(event))),
          history: (kept) => stream(sparse, 500, { history: 500 }, (client) => kept.push(client)),
          ids: (kept) => stream(`id: ${'i'.repeat(1_000_000)}\n\n${'data: event\n\n'.repeat(500)}`, 1, { history: 500 }, (client) => kept.push(client)),
          position: (kept) => stream(`id: the-position-after-it\ndata: ${'x'.repeat(8_000_000)}\n\n`, 1, {}, (client) => {
            client.on('message', () => {})
            kept.push(client)
          }),
        }
        const before = await heap()
        for (const [name, run] of Object.entries(cases)) {
          let kept = []
          await run(kept)
          const size = await heap() - before
          console.log(name, kept.length, size < 4 * 2 ** 20 ? 'little' : `${size} bytes`)
        }";
    assert_eq!(
        node(script, &[]).await,
        "data 100 little\nevents 100 little\nhistory 1 little\nids 1 little\nposition 1 little\n"
    );
}

async fn importing_alone_keeps_nothing_running_and_touches_nothing() {
    // Reading one of these, as a page's server would see it during rendering, is told; so is a global left behind.
    let printed = node(
        "const touched = []
         const watched = ['fetch', 'WebAssembly', 'window', 'document', 'navigator', 'location', 'self', 'setTimeout', 'setInterval', 'AbortController']
         for (const name of watched) {
           const value = globalThis[name]
           Object.defineProperty(globalThis, name, { configurable: true, get() { touched.push(name); return value } })
         }
         const before = new Set(Reflect.ownKeys(globalThis))
         const { SSEClient, SSEError } = await import('sse-fetch')
         console.log(touched.join(), Reflect.ownKeys(globalThis).filter((key) => !before.has(key)).join(), typeof SSEClient, typeof SSEError)",
        &[],
    )
    .await;
    assert_eq!(printed, "  function function\n");
}
