//! The Rust side of reading bodies; the loop itself is `body.js`.

use wasm_bindgen::prelude::*;

/// Called once when a body is over: with an error or undefined, and whether the error is not the connection's.
pub(super) type Over = Closure<dyn FnMut(JsValue, bool)>;

pub(super) fn over(call: impl FnMut(JsValue, bool) + 'static) -> Over {
    Closure::new(call)
}
