//! The modules of the class `SSEClient`, the very files the package is made of, running on the wasm under test.

use js_sys::{Object, Reflect};
use sse_fetch::browser::Machine;
use sse_fetch::js::Scanner;
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
    "/pkg-template/src/driver/attempt.js"
    "/pkg-template/src/driver/body.js"
    "/pkg-template/src/driver/clock.js"
    "/pkg-template/src/driver/driver.js"
    "/pkg-template/src/driver/head.js"
    "/pkg-template/src/driver/kind.js"
    "/pkg-template/src/driver/numbers.js"
    "/pkg-template/src/driver/page.js"
    "/pkg-template/src/driver/report.js"
    "/pkg-template/src/driver/request.js"
    "/pkg-template/src/driver/url.js"
    "/pkg-template/src/auth/auth.js"
    "/pkg-template/src/client/client.js"
    "/pkg-template/src/dispatch/deliver.js"
    "/pkg-template/src/client/error.js"
    "/pkg-template/src/client/event.js"
    "/pkg-template/src/client/face.js"
    "/pkg-template/src/client/history.js"
    "/pkg-template/src/client/listeners.js"
    "/pkg-template/src/client/options.js"
    "/pkg-template/src/client/own.js"
    "/pkg-template/src/client/readers.js"
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

/// What the entry of the package gives the class: the memory of the wasm, and the classes it exports.
pub fn engine() -> JsValue {
    ENGINE.with(JsValue::clone)
}

fn make_engine() -> JsValue {
    let class_of = |instance: JsValue| Reflect::get(&instance, &"constructor".into()).expect("an instance has a class");
    let machine = Machine::new(
        0.0, true, 0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, false, false, false, false, false, false, false, false,
    );
    let engine = Object::new();
    for (name, value) in [
        ("memory", wasm_bindgen::memory()),
        ("Machine", class_of(machine.into())),
        ("Scanner", class_of(Scanner::new(1, false).into())),
    ] {
        assert_eq!(Reflect::set(&engine, &name.into(), &value), Ok(true));
    }
    engine.into()
}
