//! The Rust side of reading bodies; the loop itself is `body.js`.

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

/// Called once when a body is over: with an error or undefined, and whether the error is not the connection's.
pub(super) type Over = Closure<dyn FnMut(JsValue, bool)>;

pub(super) fn over(call: impl FnMut(JsValue, bool) + 'static) -> Over {
    Closure::new(call)
}

/// Lets go of a response nobody will read.
pub(super) fn discard(response: &Response) {
    let Ok(body) = Reflect::get(response, &"body".into()) else { return };
    let Ok(cancel) = Reflect::get(&body, &"cancel".into()) else { return };
    let Some(cancel) = cancel.dyn_ref::<Function>() else { return };
    if let Ok(cancelled) = cancel.call0(&body) {
        // That it could not be cancelled any more is no news to anybody, and must not end as an unhandled rejection.
        wasm_bindgen_futures::spawn_local(async move { drop(JsFuture::from(Promise::resolve(&cancelled)).await) });
    }
}
