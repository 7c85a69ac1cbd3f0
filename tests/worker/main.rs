//! The class in a dedicated worker, on the same test bed as in a page.

#![cfg(target_arch = "wasm32")]

use wasm_bindgen_test::wasm_bindgen_test_configure;

wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[path = "../browser/page.rs"]
mod page;
#[path = "../browser/scenario.rs"]
mod scenario;

scenario::scenarios! {
    "/tests/worker/worker.js"
    this_is_a_worker
    a_relative_url_resolves_against_the_worker
    events_are_delivered
    a_broken_stream_is_resumed
    a_listener_that_throws_is_reported_to_the_worker
    disconnect_cancels_the_request
}
