//! The Rust client and the wasm bindings of the npm package, in a real browser. (`tests/client` tests the npm package itself.)

#![cfg(target_arch = "wasm32")]

use wasm_bindgen_test::wasm_bindgen_test_configure;

wasm_bindgen_test_configure!(run_in_browser);

mod auth;
mod cancellation;
mod connection;
mod delivery_options;
mod drop_points;
mod fixture;
mod hostile_input;
mod idle_timeout;
mod page_lifecycle;
mod pause;
mod real_fetch;
mod reconnection;
mod request;
mod response;
mod session_handle;
