//! The JavaScript side of a connection, behind the trait of the floor below.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use web_sys::{AbortSignal, Response};

use super::settings::Settings;
use crate::browser::{Application, Problem, RequestPlan};
use crate::parser::Parser;
use crate::session::{Failure, Millis, Notice, Verdict};

#[wasm_bindgen]
extern "C" {
    /// What `face.js` implements.
    ///
    /// Its methods guard what they call, or are too simple to throw. What is thrown all the same by those that run code of
    /// the page's is caught here, since it would leave the driver in the middle of its work for ever.
    #[derive(Clone)]
    pub type Face;

    #[wasm_bindgen(method, getter)]
    fn settings(this: &Face) -> Settings;
    #[wasm_bindgen(method, getter)]
    fn sink(this: &Face) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = lastEventId)]
    fn last_event_id(this: &Face) -> String;
    #[wasm_bindgen(method)]
    fn token(this: &Face, context: &JsValue) -> Promise;
    #[wasm_bindgen(method)]
    fn refresh(this: &Face, context: &JsValue) -> Promise;
    #[wasm_bindgen(method, getter)]
    fn authorization(this: &Face) -> Option<String>;
    #[wasm_bindgen(method)]
    fn pause(this: &Face);
    #[wasm_bindgen(method, catch)]
    fn resume(this: &Face) -> Result<(), JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    fn silence(this: &Face) -> Result<f64, JsValue>;
    #[wasm_bindgen(method, getter, catch, js_name = lastByte)]
    fn last_byte(this: &Face) -> Result<f64, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn released(this: &Face) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn begin(
        this: &Face,
        attempt: u32,
        fresh: bool,
        error: Option<&JsValue>,
        signal: &AbortSignal,
    ) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn context(this: &Face, attempt: u32, error: &JsValue, signal: &AbortSignal) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method)]
    fn validate(this: &Face, response: &Response) -> Promise;
    #[wasm_bindgen(method, catch)]
    fn error(
        this: &Face,
        code: &str,
        status: Option<u16>,
        retryable: bool,
        attempt: u32,
        body: Option<String>,
        cause: &JsValue,
    ) -> Result<JsValue, JsValue>;
    /// Milliseconds to wait; `undefined` for the default, `true` to retry and `false` to give up.
    #[wasm_bindgen(method, catch)]
    fn judge(this: &Face, error: &JsValue, context: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn state(this: &Face, state: &str, previous: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn open(this: &Face, previous: &str, attempt: u32, response: Option<&Response>) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn refreshed(this: &Face, attempt: u32) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn failed(this: &Face, error: Option<&JsValue>) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn retry(this: &Face, attempt: u32, delay: f64, error: Option<&JsValue>) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = maxReconnectsReached)]
    fn max_reconnects_reached(this: &Face, attempts: u32) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch)]
    fn close(this: &Face, previous: &str, reason: &str, error: Option<&JsValue>) -> Result<(), JsValue>;
}

/// A [`Face`] and the parser whose records it reads.
pub(super) struct Client {
    pub face: Face,
    pub parser: Rc<RefCell<Parser>>,
}

impl Application for Client {
    fn plan(&self) -> RequestPlan {
        self.face.settings().plan()
    }

    fn begin(&self, attempt: u32, fresh: bool, error: Option<&JsValue>, signal: &AbortSignal) -> JsValue {
        self.face.begin(attempt, fresh, error, signal).unwrap_or_default()
    }

    fn context(&self, attempt: u32, error: &JsValue, signal: &AbortSignal) -> JsValue {
        self.face.context(attempt, error, signal).unwrap_or_default()
    }

    fn last_event_id(&self) -> String {
        self.face.last_event_id()
    }

    fn token(&self, context: &JsValue) -> Promise {
        self.face.token(context)
    }

    fn refresh(&self, context: &JsValue) -> Promise {
        self.face.refresh(context)
    }

    fn authorization(&self) -> Option<String> {
        self.face.authorization()
    }

    fn validate(&self, response: &Response) -> Promise {
        self.face.validate(response)
    }

    fn error(&self, failure: &Failure, problem: &Problem) -> JsValue {
        let Failure { code, status, retryable, attempt, .. } = *failure;
        let error = self.face.error(code.as_str(), status, retryable, attempt, problem.body.clone(), &problem.cause);
        error.unwrap_or_else(|thrown| thrown)
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturating is right
    fn judge(&self, error: &JsValue, context: &JsValue) -> Verdict {
        let verdict = self.face.judge(error, context).unwrap_or_default();
        match (verdict.as_bool(), verdict.as_f64()) {
            (Some(true), _) => Verdict::Retry,
            (Some(false), _) => Verdict::GiveUp,
            (None, Some(delay)) => Verdict::RetryIn(delay as u64),
            (None, None) => Verdict::Default,
        }
    }

    fn sink(&self) -> JsValue {
        self.face.sink()
    }

    fn pause(&self) {
        self.face.pause();
    }

    fn resume(&self) {
        self.face.resume().ok();
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturating is right
    fn silence(&self) -> Millis {
        self.face.silence().unwrap_or_default() as Millis
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturating is right
    fn last_byte(&self) -> Millis {
        self.face.last_byte().unwrap_or_default() as Millis
    }

    fn released(&self) {
        self.face.released().ok();
    }

    #[allow(clippy::cast_precision_loss)] // a delay is a day at the longest
    fn tell(&self, notice: &Notice, error: Option<&JsValue>, response: Option<&Response>) {
        let face = &self.face;
        let told = match *notice {
            Notice::State { state, previous } => face.state(state.as_str(), previous.as_str()),
            Notice::Open { previous, attempt } => {
                self.parser.borrow_mut().reset();
                face.open(previous.as_str(), attempt, response)
            }
            Notice::Refreshed { attempt } => face.refreshed(attempt),
            Notice::Failed(_) => face.failed(error),
            Notice::Retry { attempt, delay, .. } => face.retry(attempt, delay as f64, error),
            Notice::MaxReconnectsReached { attempts } => face.max_reconnects_reached(attempts),
            Notice::Close { previous, reason, .. } => face.close(previous.as_str(), reason.as_str(), error),
        };
        // Whatever was thrown has no caller to go to from here, and the listeners have been guarded one by one.
        told.ok();
    }
}
