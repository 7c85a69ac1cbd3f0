//! Reads the body of a response, a chunk at a time, and only when it is polled.

use alloc::rc::Rc;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::future::{Future, poll_fn};
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use js_sys::Uint8Array;
use js_sys::futures::JsFuture;
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{MessageChannel, MessagePort, ReadableStream, ReadableStreamDefaultReader};

use super::clock::now;

/// A body is read in microtasks. A body that always has another chunk would block timers and clicks for ever. So after this many
/// chunks or bytes the clock is read, and if this many milliseconds have passed, reading waits for one turn of the event loop.
const CHUNKS_IN_A_ROW: u32 = 32;
const BYTES_IN_A_ROW: u32 = 1 << 20;
const TIME_IN_A_ROW: f64 = 10.0;

/// How many bytes of an error response's body are kept.
pub const PREFIX_BYTES: usize = 64 << 10;

#[wasm_bindgen]
extern "C" {
    /// What `read()` resolves to.
    type ReadResult;

    #[wasm_bindgen(method, getter, structural)]
    fn done(this: &ReadResult) -> bool;

    #[wasm_bindgen(method, getter, structural)]
    fn value(this: &ReadResult) -> JsValue;
}

/// Reads a body.
#[derive(Debug)]
pub struct BodyReader {
    reader: ReadableStreamDefaultReader,
    reading: Option<JsFuture>,
    turn: Option<Turn>,
    /// The chunks and bytes since the clock was last read, and the time of the last turn of the event loop.
    chunks: u32,
    bytes: u32,
    turned_at: f64,
}

impl BodyReader {
    /// A reader of a body that is not locked.
    pub fn new(body: &ReadableStream) -> Result<Self, JsValue> {
        let reader = ReadableStreamDefaultReader::new(body)?;
        Ok(Self { reader, reading: None, turn: None, chunks: 0, bytes: 0, turned_at: now() })
    }

    /// The reader itself, to cancel it.
    pub fn raw(&self) -> &ReadableStreamDefaultReader {
        &self.reader
    }

    /// Whether a read has begun and has not ended.
    pub fn is_reading(&self) -> bool {
        self.reading.is_some()
    }

    /// The next chunk; `None` at the end of the body. The error is what the body failed with.
    pub fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Uint8Array>, JsValue>> {
        if let Some(turn) = &self.turn {
            if turn.poll(cx).is_pending() {
                return Poll::Pending;
            }
            self.turn = None;
            self.turned_at = now();
        }
        let reader = &self.reader;
        let reading = self.reading.get_or_insert_with(|| JsFuture::from(reader.read()));
        let Poll::Ready(result) = Pin::new(reading).poll(cx) else { return Poll::Pending };
        self.reading = None;
        let result: ReadResult = result?.unchecked_into();
        if result.done() {
            return Poll::Ready(Ok(None));
        }
        let chunk = result.value().dyn_into::<Uint8Array>();
        let chunk = chunk.map_err(|_| JsValue::from_str("the body contains something else than bytes"))?;
        self.count(chunk.length());
        Poll::Ready(Ok(Some(chunk)))
    }

    fn count(&mut self, bytes: u32) {
        self.chunks += 1;
        self.bytes = self.bytes.saturating_add(bytes);
        if self.chunks < CHUNKS_IN_A_ROW && self.bytes < BYTES_IN_A_ROW {
            return;
        }
        (self.chunks, self.bytes) = (0, 0);
        if now() - self.turned_at >= TIME_IN_A_ROW {
            self.turn = Turn::new();
        }
    }
}

/// Reads the first [`PREFIX_BYTES`] of a body into `prefix`. A body that breaks ends there.
pub async fn read_prefix(mut reader: BodyReader, prefix: Rc<RefCell<Vec<u8>>>) {
    while let Ok(Some(chunk)) = poll_fn(|cx| reader.poll_chunk(cx)).await {
        let mut prefix = prefix.borrow_mut();
        let room = PREFIX_BYTES - prefix.len();
        let room = u32::try_from(room).unwrap_or(u32::MAX);
        let part = if chunk.length() > room { chunk.subarray(0, room) } else { chunk };
        prefix.extend(part.to_vec());
        if prefix.len() >= PREFIX_BYTES {
            return;
        }
    }
}

/// One turn of the event loop, by a `MessageChannel`, because browsers slow timers down.
#[derive(Debug)]
struct Turn {
    port: MessagePort,
    state: Rc<RefCell<TurnState>>,
    _listener: Closure<dyn FnMut()>,
}

#[derive(Debug, Default)]
struct TurnState {
    is_over: bool,
    waker: Option<Waker>,
}

impl Turn {
    /// `None` if the platform has no `MessageChannel`.
    fn new() -> Option<Self> {
        let channel = MessageChannel::new().ok()?;
        let state = Rc::<RefCell<TurnState>>::default();
        let over = Rc::clone(&state);
        let listener = Closure::new(move || {
            let waker = {
                let mut state = over.borrow_mut();
                state.is_over = true;
                state.waker.take()
            };
            if let Some(waker) = waker {
                waker.wake();
            }
        });
        let port = channel.port1();
        port.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        channel.port2().post_message(&JsValue::UNDEFINED).ok()?;
        Some(Self { port, state, _listener: listener })
    }

    fn poll(&self, cx: &Context<'_>) -> Poll<()> {
        let mut state = self.state.borrow_mut();
        if state.is_over {
            return Poll::Ready(());
        }
        state.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.port.set_onmessage(None);
        self.port.close();
    }
}
