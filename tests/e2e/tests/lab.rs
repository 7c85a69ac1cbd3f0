//! The laboratory: an empty page for a test's own scripts; what they find there is in `pages/lab.js`.

use demo_server::faulty::{FaultServer, Reply};
use e2e::Page;
use serde_json::{Value, json};

/// Makes `at('/path')` in the page an address of this server.
pub async fn reach(page: &Page, faults: &FaultServer) {
    page.run_with::<Value>("globalThis.at = (path) => args + path", json!(faults.url())).await;
}

/// A stream that stays open. It says something at first, because Firefox keeps the head of an answer to itself until
/// the first byte of the body.
pub fn holding_open() -> Reply {
    Reply::event_stream().send(": here\n\n").hang()
}
