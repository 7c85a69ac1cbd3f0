//! Outside of a page's main thread: module workers, classic workers, shared workers.

use e2e::{Page, lab_server, soon, tests};
use serde_json::json;

use crate::lab::{open_lab, told};

tests! {
    InPage:
        a_module_worker_receives_events,
        a_classic_worker_receives_events,
        a_shared_worker_receives_events,
        a_module_in_the_page_receives_events,
        a_terminated_worker_leaves_no_stream_open,
}

/// Starts something that tells what its client is told, and holds it against what the server publishes.
async fn expect_events(page: Page, start: &str) {
    let server = lab_server().await;
    open_lab(&page, &server).await;
    page.act(start).await;
    page.act("await until(() => of('state').some(({ state }) => state === 'open'))").await;
    let ids = ["eins", "二"].map(|title| server.log().notify(title, ""));
    page.act("await until(() => of('title').length === 2)").await;
    let expected = [("eins", ids[0]), ("二", ids[1])]
        .map(|(title, id)| json!({ "title": title, "id": id.to_string(), "origin": server.url() }));
    assert_eq!(told(&page, "title").await, expected);
    assert_eq!(server.open_streams(), 1);
}

async fn a_module_worker_receives_events(page: Page) {
    let start = "globalThis.worker = new Worker('/worker.js', { type: 'module' })
                 worker.onmessage = ({ data }) => tell(data)";
    expect_events(page, start).await;
}

async fn a_classic_worker_receives_events(page: Page) {
    expect_events(
        page,
        "globalThis.worker = new Worker('/classic-worker.js'); worker.onmessage = ({ data }) => tell(data)",
    )
    .await;
}

async fn a_shared_worker_receives_events(page: Page) {
    let start = "globalThis.worker = new SharedWorker('/shared-worker.js', { type: 'module' })
                 worker.port.onmessage = ({ data }) => tell(data)";
    expect_events(page, start).await;
}

async fn a_module_in_the_page_receives_events(page: Page) {
    let start = "const script = document.createElement('script')
                 script.type = 'module'
                 script.textContent = `
                   import { SSEClient } from '/pkg/index.js'
                   const client = new SSEClient('/events')
                   client.on('notification', ({ title }, { id, origin }) => tell({ title, id, origin }))
                   client.on('state', ({ state }) => tell({ state }))
                   client.connect()`
                 document.head.append(script)";
    expect_events(page, start).await;
}

async fn a_terminated_worker_leaves_no_stream_open(page: Page) {
    let server = lab_server().await;
    open_lab(&page, &server).await;
    let start = "globalThis.start = () => {
                   told.length = 0
                   globalThis.worker = new Worker('/worker.js', { type: 'module' })
                   worker.onmessage = ({ data }) => tell(data)
                   return until(() => of('state').some(({ state }) => state === 'open'))
                 }
                 await start()";
    page.act(start).await;
    page.act("worker.postMessage('disconnect'); await until(() => of('state').at(-1).state === 'closed')").await;
    soon("the worker's client disconnects", server.wait_open_streams(0)).await;

    page.act("worker.terminate(); await start()").await;
    soon("another worker's stream is open", server.wait_open_streams(1)).await;
    page.act("worker.terminate()").await;
    soon("the stream is closed", server.wait_open_streams(0)).await;
}
