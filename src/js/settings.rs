//! The options, after `options.js` has checked them and filled in the defaults.

use js_sys::{Function, Object};
use wasm_bindgen::prelude::*;

use crate::browser::RequestPlan;
use crate::session::{Backoff, Config, Millis, Reconnect};

#[wasm_bindgen]
extern "C" {
    /// Checked options: every field is there and of its type.
    pub type Settings;

    #[wasm_bindgen(method, getter)]
    fn url(this: &Settings) -> String;
    #[wasm_bindgen(method, getter)]
    fn method(this: &Settings) -> String;
    #[wasm_bindgen(method, getter)]
    fn init(this: &Settings) -> Object;
    #[wasm_bindgen(method, getter)]
    fn headers(this: &Settings) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn body(this: &Settings) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn fetch(this: &Settings) -> Option<Function>;
    #[wasm_bindgen(method, getter)]
    fn idempotent(this: &Settings) -> bool;
    #[wasm_bindgen(method, getter)]
    fn reconnect(this: &Settings) -> String;
    #[wasm_bindgen(method, getter, js_name = maxReconnects)]
    fn max_reconnects(this: &Settings) -> f64;
    #[wasm_bindgen(method, getter)]
    fn initial(this: &Settings) -> f64;
    #[wasm_bindgen(method, getter)]
    fn max(this: &Settings) -> f64;
    #[wasm_bindgen(method, getter)]
    fn factor(this: &Settings) -> f64;
    #[wasm_bindgen(method, getter)]
    fn jitter(this: &Settings) -> f64;
    #[wasm_bindgen(method, getter, js_name = stableAfter)]
    fn stable_after(this: &Settings) -> f64;
    #[wasm_bindgen(method, getter, js_name = connectTimeout)]
    fn connect_timeout(this: &Settings) -> f64;
    #[wasm_bindgen(method, getter, js_name = idleTimeout)]
    fn idle_timeout(this: &Settings) -> f64;
    #[wasm_bindgen(method, getter, js_name = asksToken)]
    fn asks_token(this: &Settings) -> bool;
    #[wasm_bindgen(method, getter)]
    fn refreshes(this: &Settings) -> bool;
    #[wasm_bindgen(method, getter, js_name = watchNetwork)]
    fn watch_network(this: &Settings) -> bool;
    #[wasm_bindgen(method, getter, js_name = closeWhenHidden)]
    fn close_when_hidden(this: &Settings) -> bool;
    #[wasm_bindgen(method, getter, js_name = maxEventBytes)]
    fn max_event_bytes(this: &Settings) -> f64;
    #[wasm_bindgen(method, getter)]
    fn validates(this: &Settings) -> bool;
    #[wasm_bindgen(method, getter)]
    fn judges(this: &Settings) -> bool;
}

impl Settings {
    pub(super) fn plan(&self) -> RequestPlan {
        RequestPlan {
            url: self.url(),
            method: self.method(),
            init: self.init(),
            headers: self.headers(),
            body: self.body(),
            fetch: self.fetch(),
        }
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturating is right; half a millisecond is not none
    pub(super) fn config(&self) -> Config {
        Config {
            idempotent: self.idempotent(),
            reconnect: match self.reconnect().as_str() {
                "always" => Reconnect::Always,
                "never" => Reconnect::Never,
                _ => Reconnect::OnError,
            },
            max_reconnects: Some(self.max_reconnects()).filter(|max| max.is_finite()).map(|max| max as u32),
            backoff: Backoff {
                initial: self.initial().ceil() as Millis,
                max: self.max().ceil() as Millis,
                factor: self.factor(),
                jitter: self.jitter(),
                stable_after: self.stable_after().ceil() as Millis,
            },
            connect_timeout: self.connect_timeout().ceil() as Millis,
            idle_timeout: self.idle_timeout().ceil() as Millis,
            asks_token: self.asks_token(),
            refreshes: self.refreshes(),
            watch_network: self.watch_network(),
            close_when_hidden: self.close_when_hidden(),
            validates: self.validates(),
            judges: self.judges(),
            seed: (js_sys::Math::random() * 2_f64.powi(53)) as u64,
        }
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // checked: a positive integer below 2^31
    pub(super) fn event_limit(&self) -> usize {
        self.max_event_bytes() as usize
    }
}
