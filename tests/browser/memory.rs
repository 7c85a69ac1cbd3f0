//! A client that lives as long as its page leaves memory as it was.

use js_sys::{ArrayBuffer, WebAssembly};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::{console_log, wasm_bindgen_test};

use crate::page::serve;
use crate::scenario;

const MODULE: &str = "/tests/browser/memory.js";

serve! { "/tests/browser/memory.js" }

/// Enough to reach every way to end, and to let every buffer grow to the size it keeps.
const WARM_UP: u32 = 50;

#[wasm_bindgen_test]
async fn a_thousand_connections_leave_memory_where_it_was() {
    leaves_memory_where_it_was("connect_and_end").await;
}

#[wasm_bindgen_test]
async fn a_thousand_reconnects_with_tokens_pauses_and_a_loop_leave_memory_and_page_as_they_were() {
    leaves_memory_where_it_was("lose_and_reconnect").await;
}

#[wasm_bindgen_test]
async fn attempts_that_were_given_up_leave_nothing_behind_even_if_they_are_never_answered() {
    leaves_memory_where_it_was("hang_and_end").await;
}

async fn leaves_memory_where_it_was(scenario: &str) {
    let repeat = async |times: u32| scenario::run(MODULE, scenario, &times.into()).await;
    repeat(WARM_UP).await;
    let (bytes, references) = (memory_bytes(), live_references());
    repeat(1000).await;
    assert_eq!(memory_bytes(), bytes, "bytes of wasm memory");
    // Fewer is fine: meanwhile the garbage collector may have come for what earlier tests left.
    let now = live_references();
    assert!(now <= references, "wasm holds on to {now} JavaScript values, where it was {references}");
    console_log!("{scenario}: {bytes} bytes of wasm memory and {references} JavaScript values before, {now} after");
}

fn memory_bytes() -> u32 {
    let memory: WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    memory.buffer().unchecked_into::<ArrayBuffer>().byte_length()
}

fn live_references() -> u32 {
    wasm_bindgen::externref_heap_live_count()
}
