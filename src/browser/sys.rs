//! Raw bindings. What `web-sys` offers only through `window` or `self` is looked up on `globalThis` here.

use js_sys::Function;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// Milliseconds on a clock that never goes back.
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    pub fn performance_now() -> f64;

    /// Returns a number in browsers and an object in Node.
    #[wasm_bindgen(js_name = setTimeout)]
    pub fn set_timeout(handler: &Function, milliseconds: f64) -> JsValue;

    #[wasm_bindgen(js_name = clearTimeout)]
    pub fn clear_timeout(handle: &JsValue);
}

#[wasm_bindgen(module = "/src/browser/body.js")]
extern "C" {
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
