//! Where theirs does not run at all: there is no `window` and no `document`.

use e2e::{Page, fault_server, node, tests};
use serde_json::{Value, json};

use super::{open, stream};

tests! {
    InPage: a_worker_has_it_too;
    WithoutPage: node_has_it_too, importing_it_does_nothing;
}

async fn a_worker_has_it_too(page: Page) {
    let (_lab, faults) = open(&page).await;
    faults.answer("/feed", [stream("id: 1\ndata: a\n\n"), stream("data: b\n\n")]);
    let script = "
        const code = `
          const { fetchEventSource } = await import('${location.origin}/pkg/fetch-event-source.js')
          const seen = []
          await fetchEventSource('${at('/feed')}', {
            onmessage: ({ data }) => seen.push(data),
            onclose() { if (seen.length === 1) throw new Error() },
            onerror: () => 1,
          })
          postMessage(seen)`
        const worker = new Worker(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })), { type: 'module' })
        return new Promise((resolve, reject) => {
          worker.onmessage = ({ data }) => resolve(data)
          worker.onerror = ({ message }) => reject(new Error(message))
        })";
    assert_eq!(page.run::<Value>(script).await, json!(["a", "b"]));
    assert_eq!(faults.request_to("/feed", 1).await.last_event_id(), Some("1"));
}

async fn node_has_it_too() {
    let faults = fault_server().await;
    faults.answer("/feed", [stream("id: 1\ndata: a\n\n"), stream("data: b\n\n"), stream("data: c\n\n")]);
    let printed = node(
        "import { EventStreamContentType, fetchEventSource } from 'sse-fetch/fetch-event-source'
         console.log(EventStreamContentType)
         let closed = 0
         await fetchEventSource(`${process.env.SERVER}/feed`, {
           method: 'POST',
           body: 'q',
           onmessage: ({ id, event, data }) => console.log([id, event, data].join()),
           onclose() { if (++closed === 1) throw new Error('again') },
           onerror: ({ message }) => (console.log(message), 1),
         })
         await fetchEventSource('/relative', { onerror(error) { throw error } }).catch(({ name }) => console.log(name))",
        &[("SERVER", &faults.url())],
    )
    .await;
    assert_eq!(printed, "text/event-stream\n1,,a\nagain\n,,b\nTypeError\n");
    assert_eq!(faults.request_to("/feed", 1).await.last_event_id(), Some("1"));
}

async fn importing_it_does_nothing() {
    let printed = node(
        "const touched = []
         for (const name of ['fetch', 'WebAssembly', 'window', 'document', 'navigator', 'location', 'setTimeout', 'AbortController']) {
           const value = globalThis[name]
           Object.defineProperty(globalThis, name, { configurable: true, get() { touched.push(name); return value } })
         }
         const { fetchEventSource } = await import('sse-fetch/fetch-event-source')
         console.log(touched.join(), typeof fetchEventSource)",
        &[],
    )
    .await;
    assert_eq!(printed, " function\n");
}
