//! The browser floor and the class, in a real browser: responses are built from real `ReadableStream`s and handed in
//! through the `fetch` option, so no server is needed.

#![cfg(target_arch = "wasm32")]

use wasm_bindgen_test::wasm_bindgen_test_configure;

wasm_bindgen_test_configure!(run_in_browser);

mod page;
mod scenario;

mod agreement;
mod asked_for;
mod auth;
mod bodies;
mod delivery;
mod flow;
mod foreign;
mod hostile;
mod life;
mod listeners;
mod liveness;
mod memory;
mod options;
mod page_life;
mod reentrance;
mod request;
mod singles;
mod surroundings;
mod token;
