//! The wasm bindings of the npm package, in a real browser. The package itself is tested in `tests/client`.

#![cfg(target_arch = "wasm32")]

use wasm_bindgen_test::wasm_bindgen_test_configure;

wasm_bindgen_test_configure!(run_in_browser);

mod session_handle;
