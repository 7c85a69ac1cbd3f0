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
    the_life_of_a_page_is_no_matter_of_a_worker
    failures_while_offline_spend_no_attempt_where_workers_are_told_of_the_network
    a_refused_token_is_refreshed
    a_stream_that_says_nothing_is_given_up
    events_can_be_taken_one_by_one
    pause_and_resume_hold_the_stream
}
