//! What this floor needs from the one above.

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use web_sys::{AbortSignal, Response};

use super::request::RequestPlan;
use crate::session::{Failure, Millis, Notice, Verdict};

/// The application, as the driver sees it: its request, its callbacks, its listeners.
///
/// Every method may call back into the driver. None may throw.
pub trait Application {
    /// What to request. Asked again for every attempt.
    fn plan(&self) -> RequestPlan;

    /// An attempt begins. Returns what the application's callbacks are given: `error` is why the previous attempt
    /// failed. A fresh stream forgets the last event ID of the one before.
    fn begin(&self, attempt: u32, fresh: bool, error: Option<&JsValue>, signal: &AbortSignal) -> JsValue;

    /// The same for a callback about an attempt that is over.
    fn context(&self, attempt: u32, error: &JsValue, signal: &AbortSignal) -> JsValue;

    /// The last event ID in effect; empty if none.
    fn last_event_id(&self) -> String;

    /// Asks for a token. The promise tells whether there is one that has expired; an `Error` as its value says what is
    /// wrong with the answer.
    fn token(&self, context: &JsValue) -> Promise;

    /// Has the token renewed. The promise gives nothing if there is a new one, `true` to ask for it again, or `false` where
    /// there is none to be had; an `Error` as its value says what is wrong with the answer.
    fn refresh(&self, context: &JsValue) -> Promise;

    /// The value of `Authorization` for the request, if there is a token.
    fn authorization(&self) -> Option<String>;

    /// The application's own validation of a response.
    fn validate(&self, response: &Response) -> Promise;

    /// The error value that stands for a failure.
    fn error(&self, failure: &Failure, problem: &Problem) -> JsValue;

    /// What to do about a failure.
    fn judge(&self, error: &JsValue, context: &JsValue) -> Verdict;

    /// What takes the stream's chunks: an object with a method `chunk(bytes)`.
    fn sink(&self) -> JsValue;

    /// Deliver nothing, and let nothing be read, until [`resume`](Self::resume) or the end of the stream.
    fn pause(&self);

    /// Go on delivering.
    fn resume(&self);

    /// For how many milliseconds the stream has said nothing, though it was listened to.
    fn silence(&self) -> Millis;

    /// How many milliseconds ago the last byte of the stream came, or the stream began.
    fn last_byte(&self) -> Millis;

    /// The stream that was being read has been let go of: deliver nothing more of it.
    fn released(&self);

    /// Tells the application. `error` belongs to the failure in the notice, `response` to an opened stream.
    fn tell(&self, notice: &Notice, error: Option<&JsValue>, response: Option<&Response>);
}

/// What is known of a failure beside what the session decides by.
#[derive(Debug, Clone, Default)]
pub struct Problem {
    /// What was thrown, or what a promise was rejected with; else undefined.
    pub cause: JsValue,
    /// The beginning of an error response's body.
    pub body: Option<String>,
}
