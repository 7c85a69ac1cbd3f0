//! The package in Node, imported by its name.

use demo_server::faulty::Reply;
use demo_server::{Answer, DemoServer, Gate};
use e2e::{fault_server, lab_server, node, soon, tests};
use serde_json::json;

use crate::lab::lost_after;

tests! {
    WithoutPage:
        node_receives_events_and_ends_by_itself,
        node_resumes_after_a_lost_connection,
        an_id_that_node_cannot_send_ends_nothing_in_any_entry,
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
