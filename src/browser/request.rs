//! From what the application wants to a call of `fetch`.

use js_sys::{Array, ArrayBuffer, Function, JSON, JsString, Object, Reflect, Symbol, TypeError, WeakSet};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, Response};

use super::application::Problem;
use super::head;
use super::sys;
use crate::session::Code;

thread_local! {
    /// The streams that have been sent: they would be empty the next time.
    static SENT: WeakSet = WeakSet::new();
}

/// What to request.
#[derive(Debug, Clone)]
pub struct RequestPlan {
    /// An absolute URL.
    pub url: String,
    /// The HTTP method.
    pub method: String,
    /// The fields of `RequestInit` that are passed on as they are.
    pub init: Object,
    /// A `HeadersInit`, or a function that returns one or a promise of one.
    pub headers: JsValue,
    /// A `BodyInit`, an object to send as JSON, or a function that returns one of them or a promise of one.
    pub body: JsValue,
    /// The application's own `fetch`.
    pub fetch: Option<Function>,
}

/// What distinguishes one attempt from the others.
pub struct Attempt {
    /// What the application's callbacks are given.
    pub context: JsValue,
    /// To resume after; empty if there is none.
    pub last_event_id: String,
    /// The value of `Authorization`, unless the application sets its own headers only.
    pub authorization: Option<String>,
    /// Aborts the request.
    pub signal: AbortSignal,
}

/// Sends the request and waits for the head of the response.
///
/// `sent` is called when the server may get to know of it.
pub(super) async fn send(
    plan: RequestPlan,
    attempt: Attempt,
    sent: impl FnOnce(),
) -> Result<Response, (Code, Problem)> {
    let (fetch, init) = prepare(&plan, &attempt).await.map_err(|cause| (Code::Callback, Problem::from(cause)))?;
    let network = |cause| (Code::Network, Problem::from(cause));
    sent();
    let answer = fetch.call2(&JsValue::UNDEFINED, &plan.url.into(), &init).map_err(network)?;
    let answer = JsFuture::from(sys::response_during(&attempt.signal, &answer)).await.map_err(network)?;
    if head::is_response(&answer) {
        Ok(answer.unchecked_into())
    } else {
        Err((Code::Callback, type_error(&format_kind("fetch returned ", &answer, " instead of a Response")).into()))
    }
}

impl From<JsValue> for Problem {
    fn from(cause: JsValue) -> Self {
        Self { cause, body: None }
    }
}

/// Asks for headers and body, and puts the arguments of `fetch` together. Errors are the application's.
async fn prepare(plan: &RequestPlan, attempt: &Attempt) -> Result<(Function, Object), JsValue> {
    let headers = headers(plan, attempt).await?;
    let body = ask(&plan.body, attempt).await?;
    let init = Object::assign(&Object::new(), &plan.init);
    let set = |name: &str, value: &JsValue| Reflect::set(&init, &name.into(), value);
    if !Reflect::has(&init, &"cache".into())? {
        set("cache", &"no-store".into())?;
    }
    if let Some(body) = body_init(body, &headers)? {
        if matches!(plan.method.as_str(), "GET" | "HEAD") {
            return Err(type_error("a GET or HEAD request cannot have a body"));
        }
        if is_stream(&body) {
            SENT.with(|sent| sent.add(body.unchecked_ref()));
            set("duplex", &"half".into())?;
        }
        set("body", &body)?;
    }
    set("method", &plan.method.as_str().into())?;
    set("headers", &headers)?;
    set("signal", &attempt.signal)?;
    let fetch = match &plan.fetch {
        Some(fetch) => fetch.clone(),
        None => Reflect::get(&js_sys::global(), &"fetch".into())?
            .dyn_into()
            .map_err(|_| type_error("there is no global fetch here: give one as the option `fetch`"))?,
    };
    Ok((fetch, init))
}

async fn headers(plan: &RequestPlan, attempt: &Attempt) -> Result<Headers, JsValue> {
    let given = ask(&plan.headers, attempt).await?;
    let headers = if given.is_undefined() || given.is_null() {
        Headers::new()?
    } else {
        // Not the browser's own error: some quote the value, which may be a token.
        Headers::new_with_str_sequence_sequence(&given)
            .map_err(|_| type_error("the headers are not such that `new Headers()` takes them"))?
    };
    if !headers.has("accept")? {
        headers.set("accept", "text/event-stream")?;
    }
    if let Some(authorization) = &attempt.authorization {
        // The browser's own error quotes the value.
        headers.set("authorization", authorization).map_err(|_| type_error("the token cannot stand in a header"))?;
    }
    if !attempt.last_event_id.is_empty() {
        headers.set("last-event-id", &isomorphic(&attempt.last_event_id))?;
    }
    Ok(headers)
}

/// A header value is a byte string: each character stands for one byte of the UTF-8 (§ 9.2.4).
fn isomorphic(text: &str) -> String {
    text.bytes().map(char::from).collect()
}

/// The value itself, or what the function returns for this attempt.
async fn ask(source: &JsValue, attempt: &Attempt) -> Result<JsValue, JsValue> {
    let Some(function) = source.dyn_ref::<Function>() else { return Ok(source.clone()) };
    let answer = function.call1(&JsValue::UNDEFINED, &attempt.context)?;
    let answer = JsFuture::from(sys::during(&attempt.signal, &answer)).await?;
    if attempt.signal.aborted() {
        // Given up meanwhile: nothing more is asked for it, least of all the server. Nobody hears of this error.
        return Err(attempt.signal.reason());
    }
    Ok(answer)
}

/// What `fetch` is to send: the value itself if `fetch` knows its kind, else its JSON.
fn body_init(body: JsValue, headers: &Headers) -> Result<Option<JsValue>, JsValue> {
    if body.is_undefined() || body.is_null() {
        return Ok(None);
    }
    if is_stream(&body) && SENT.with(|sent| sent.has(body.unchecked_ref())) {
        return Err(type_error(
            "the body is a stream that has been sent: give a function that makes a new one for each attempt",
        ));
    }
    if body.is_string() || is_binary(&body) || is_stream(&body) {
        return Ok(Some(body));
    }
    if !body.is_object() || has_no_json(&body) {
        return Err(type_error(&format_kind("the body is ", &body, ": give a BodyInit, or an object to send as JSON")));
    }
    let json: JsValue = JSON::stringify(&body)?.into();
    if !json.is_string() {
        return Err(type_error("the body has no JSON form"));
    }
    if !headers.has("content-type")? {
        headers.set("content-type", "application/json")?;
    }
    Ok(Some(json))
}

fn is_binary(body: &JsValue) -> bool {
    ArrayBuffer::is_view(body)
        || matches!(tag(body).as_deref(), Some("ArrayBuffer" | "Blob" | "File" | "FormData" | "URLSearchParams"))
}

/// Platform objects that JSON would show as empty.
fn has_no_json(body: &JsValue) -> bool {
    matches!(tag(body).as_deref(), Some("Map" | "Set" | "WeakMap" | "WeakSet" | "Promise"))
}

/// Whether the body is sent bit by bit, and hence only once.
fn is_stream(body: &JsValue) -> bool {
    tag(body).as_deref() == Some("ReadableStream")
        || (body.is_object()
            && !Array::is_array(body)
            && Reflect::get(body, &Symbol::async_iterator()).is_ok_and(|iterator| iterator.is_function()))
}

/// The name of a platform class: unlike `instanceof` it holds across frames.
fn tag(value: &JsValue) -> Option<String> {
    if !value.is_object() {
        return None;
    }
    Reflect::get(value, &Symbol::to_string_tag()).ok()?.as_string()
}

fn type_error(message: &str) -> JsValue {
    TypeError::new(message).into()
}

fn format_kind(before: &str, value: &JsValue, after: &str) -> String {
    let kind = if value.is_null() { JsString::from("null") } else { value.js_typeof().unchecked_into::<JsString>() };
    [before, &String::from(kind), after].concat()
}
