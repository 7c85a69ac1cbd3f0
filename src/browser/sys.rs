//! Raw bindings. What `web-sys` offers only through `window` or `self` is looked up on `globalThis` here.
//!
//! Everything that pages and test set-ups replace with functions of their own is caught: an exception that unwinds through
//! wasm leaves it in the middle of its work.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use web_sys::{AbortSignal, Response};

#[wasm_bindgen]
extern "C" {
    /// Milliseconds on a clock that never goes back.
    #[wasm_bindgen(js_namespace = performance, js_name = now, catch)]
    pub fn performance_now() -> Result<f64, JsValue>;

    /// Returns a number in browsers and an object in Node.
    #[wasm_bindgen(js_name = setTimeout, catch)]
    pub fn set_timeout(handler: &Function, milliseconds: f64) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_name = clearTimeout, catch)]
    pub fn clear_timeout(handle: &JsValue) -> Result<(), JsValue>;
}

#[wasm_bindgen(module = "/src/browser/attempt.js")]
extern "C" {
    /// Settles as the answer does, but at the latest when the signal is aborted.
    pub fn during(signal: &AbortSignal, answer: &JsValue) -> Promise;

    /// The same for what `fetch` returned, which is let go of when it comes too late.
    #[wasm_bindgen(js_name = responseDuring)]
    pub fn response_during(signal: &AbortSignal, answer: &JsValue) -> Promise;

    /// Lets go of a response nobody will read.
    pub fn discard(response: &Response);
}

#[wasm_bindgen(module = "/src/browser/page.js")]
extern "C" {
    /// Tells what happens to the page; see the module itself.
    #[wasm_bindgen(catch)]
    pub fn watch(tell: &JsValue) -> Result<Function, JsValue>;
}

#[wasm_bindgen(module = "/src/browser/body.js")]
extern "C" {
    /// Whether this engine takes from the network what nobody reads.
    #[wasm_bindgen(js_name = readsAhead)]
    pub fn reads_ahead() -> bool;

    /// Reads a body chunk by chunk; see the module itself.
    pub type Pump;

    #[wasm_bindgen(constructor, catch)]
    pub fn new(body: &JsValue, sink: &JsValue, over: &JsValue) -> Result<Pump, JsValue>;

    #[wasm_bindgen(method)]
    pub fn stop(this: &Pump);

    /// A sink that keeps the beginning of a body as text.
    pub type Beginning;

    #[wasm_bindgen(constructor)]
    pub fn new(limit: u32) -> Beginning;

    #[wasm_bindgen(method)]
    pub fn text(this: &Beginning) -> String;
}
