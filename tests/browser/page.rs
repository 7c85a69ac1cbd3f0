//! The modules of the class `SSEClient`, the very files the package is made of, running on the wasm under test.

use js_sys::{Object, Reflect};
use sse_fetch::js::{Connection, Settings};
use wasm_bindgen::prelude::*;

/// Makes wasm-bindgen serve these modules: it serves those in which something is declared to be, and does not follow
/// their own imports. What is declared here does not exist; it is never called, and so never imported.
macro_rules! serve {
    ($($module:literal)+) => {$(
        const _: () = {
            #[wasm_bindgen::prelude::wasm_bindgen(module = $module)]
            extern "C" {
                #[allow(dead_code)]
                fn nothing();
            }
        };
    )+};
}
pub(crate) use serve;

serve! {
    "/src/js/auth.js"
    "/src/js/client.js"
    "/src/js/deliver.js"
    "/src/js/error.js"
    "/src/js/event.js"
    "/src/js/face.js"
    "/src/js/history.js"
    "/src/js/listeners.js"
    "/src/js/options.js"
    "/src/js/readers.js"
    "/tests/browser/bed/bed.js"
    "/tests/browser/bed/clock.js"
    "/tests/browser/bed/ear.js"
    "/tests/browser/bed/expect.js"
    "/tests/browser/bed/queue.js"
    "/tests/browser/bed/replace.js"
    "/tests/browser/bed/server.js"
    "/tests/browser/bed/tab.js"
}

thread_local! {
    static ENGINE: JsValue = make_engine();
}

/// What the entry of the package gives the class: the memory of the wasm, and a way to make connections.
pub fn engine() -> JsValue {
    ENGINE.with(JsValue::clone)
}

fn make_engine() -> JsValue {
    let create = Closure::<dyn FnMut(Settings) -> Connection>::new(|settings: Settings| Connection::new(&settings));
    let engine = Object::new();
    for (name, value) in [("memory", wasm_bindgen::memory()), ("create", create.into_js_value())] {
        assert_eq!(Reflect::set(&engine, &name.into(), &value), Ok(true));
    }
    engine.into()
}
