//! The laboratory: an empty page for a test's own scripts; what they find there is in `pages/lab.js`.

use demo_server::faulty::{FaultServer, Reply};
use demo_server::{Answer, DemoServer, Gate};
use e2e::{Page, fault_server, lab_server};
use serde_json::{Value, json};

/// Opens the laboratory at a server that serves it.
pub async fn open_lab(page: &Page, server: &DemoServer) {
    page.open(&format!("{}/lab.html", server.url())).await;
}

/// Opens the laboratory beside a server of faults, of which `at('/path')` is an address.
pub async fn open_lab_with_faults(page: &Page) -> (DemoServer, FaultServer) {
    let (server, faults) = (lab_server().await, fault_server().await);
    open_lab(page, &server).await;
    reach(page, &faults).await;
    (server, faults)
}

/// Makes `at('/path')` in the page an address of this server.
pub async fn reach(page: &Page, faults: &FaultServer) {
    page.run_with::<Value>("globalThis.at = (path) => args + path", json!(faults.url())).await;
}

/// All that was told of one kind: `event`, `state`, `open`, `error`, `retry`, `close`, `uncaught`.
pub async fn told(page: &Page, kind: &str) -> Vec<Value> {
    page.run_with("return of(args)", kind.into()).await
}

/// A stream that breaks off when the gate is opened. A reset overtakes what was sent before it, so the gate has to wait
/// until the page has seen that.
pub fn lost_after(text: &str, gate: &Gate) -> Answer {
    Answer::new(200).chunk(text).wait(gate).drop_connection()
}

/// A stream that stays open. It says something at first, because Firefox keeps the head of an answer to itself until
/// the first byte of the body.
pub fn holding_open() -> Reply {
    Reply::event_stream().send(": here\n\n").hang()
}
