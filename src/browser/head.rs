//! What the session wants to know of a response's head.

use js_sys::Date;
use wasm_bindgen::prelude::*;
use web_sys::Response;

use crate::session::{Head, Millis};

pub(super) fn of(response: &Response) -> Head {
    let headers = response.headers();
    let header = |name| headers.get(name).ok().flatten();
    Head {
        status: response.status(),
        event_stream: header("content-type").is_some_and(|value| is_event_stream(&value)),
        retry_after: header("retry-after").and_then(|value| retry_after(&value)),
    }
}

/// The MIME type without its parameters is `text/event-stream`, in whatever case.
fn is_event_stream(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("text/event-stream")
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
    let property = |of: &JsValue, name: &str| js_sys::Reflect::get(of, &name.into()).unwrap_or_default();
    value.is_object()
        && property(value, "status").as_f64().is_some()
        && property(&property(value, "headers"), "get").is_function()
}
