//! The functions of the global object, which are the same in pages and workers.

use alloc::format;
use alloc::string::String;

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::RequestInit;

#[wasm_bindgen]
extern "C" {
    /// The global `fetch` at the time of the call.
    #[wasm_bindgen(catch)]
    pub fn fetch(url: &str, init: &RequestInit) -> Result<Promise, JsValue>;

    #[wasm_bindgen(catch, js_name = setTimeout)]
    pub fn set_timeout(listener: &Function, delay: f64) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_name = clearTimeout)]
    pub fn clear_timeout(timer: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(catch, js_namespace = performance, js_name = now)]
    pub fn performance_now() -> Result<f64, JsValue>;

    /// The bytes of a text in base64, each as a character.
    #[wasm_bindgen(catch, js_name = atob)]
    pub fn decode_base64(text: &str) -> Result<String, JsValue>;

    /// The text in the escaped form of URLs.
    #[wasm_bindgen(js_name = encodeURIComponent)]
    pub fn percent_encoded(text: &str) -> String;
}

/// A field of the global object that is an object itself, e.g. `document`.
pub fn global_object(name: &str) -> Option<JsValue> {
    field(&js_sys::global(), name).filter(JsValue::is_object)
}

/// A field of an object. `None` if it is missing or cannot be read.
pub fn field(object: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(object, &JsValue::from_str(name)).ok().filter(|value| !value.is_undefined() && !value.is_null())
}

/// The text of a thrown value, which may be anything.
pub fn text_of(thrown: &JsValue) -> String {
    if let Some(text) = thrown.as_string() {
        return text;
    }
    match thrown.dyn_ref::<js_sys::Error>() {
        Some(error) => error.message().into(),
        None => field(thrown, "message").and_then(|text| text.as_string()).unwrap_or_else(|| format!("{thrown:?}")),
    }
}
