//! The package in Node, imported by its name.

use demo_server::{Answer, DemoServer, Gate};
use e2e::{lab_server, node, soon, tests};
use serde_json::json;

use crate::lab::lost_after;

tests! {
    WithoutPage:
        node_receives_events_and_ends_by_itself,
        node_resumes_after_a_lost_connection,
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
