//! What the session wants to know of a response's head.

use js_sys::{Date, Function, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::Response;

use crate::session::{Head, Millis};

/// Every property is looked up with care: the response may be of the application's own making.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturating is right
pub(super) fn of(response: &Response) -> Head {
    let headers = property(response, "headers");
    Head {
        status: property(response, "status").as_f64().unwrap_or_default() as u16,
        event_stream: header(&headers, "content-type").is_some_and(|value| is_event_stream(&value)),
        retry_after: header(&headers, "retry-after").and_then(|value| retry_after(&value)),
    }
}

fn header(headers: &JsValue, name: &str) -> Option<String> {
    property(headers, "get").dyn_ref::<Function>()?.call1(headers, &name.into()).ok()?.as_string()
}

/// The MIME type without its parameters is `text/event-stream`, in whatever case. Of several the last one counts (Fetch,
/// "extract a MIME type").
fn is_event_stream(content_type: &str) -> bool {
    let mut essences = content_type.split(',').filter_map(|value| value.split(';').next());
    let last = essences.rfind(|essence| essence.contains('/'));
    last.is_some_and(|essence| essence.trim().eq_ignore_ascii_case("text/event-stream"))
}

/// `Retry-After` is a number of seconds or an HTTP date (RFC 9110 § 10.2.3). A date in the past means now.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturating is right
fn retry_after(value: &str) -> Option<Millis> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(value.parse::<Millis>().unwrap_or(Millis::MAX).saturating_mul(1000));
    }
    let date = Date::parse(value);
    (!date.is_nan()).then(|| (date - Date::now()).max(0.0) as Millis)
}

/// A value that can stand for a `Response`: the `fetch` option may come from anywhere.
pub(super) fn is_response(value: &JsValue) -> bool {
    property(value, "status").as_f64().is_some() && property(&property(value, "headers"), "get").is_function()
}

/// Undefined where there is none, or where it cannot be had.
fn property(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &name.into()).unwrap_or_default()
}
