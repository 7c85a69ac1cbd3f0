//! The parser as JavaScript uses it, and the way a chunk takes through it.

use alloc::boxed::Box;
use core::cell::{Cell, RefCell};

use wasm_bindgen::prelude::*;

use crate::parser::{Batch, Parser};

/// The parser of one client's streams, for the JavaScript beside this file; not part of the package's interface.
///
/// All methods take `&self`, and no borrow outlives the Rust code that took it: a listener may call any of them.
#[wasm_bindgen]
pub struct Scanner {
    parser: RefCell<Parser>,
    window: Box<Window>,
}

/// What the loop in `deliver.js` reads after each batch. It lies still, so its address is asked for once.
#[derive(Default)]
#[repr(C)]
struct Window {
    records: Cell<u32>,
    count: Cell<u32>,
    text: Cell<u32>,
    text_bytes: Cell<u32>,
    comments: Cell<u32>,
}

/// Bits of what [`Scanner::parse`] returns.
const MORE: u32 = 1;
const TOO_LARGE: u32 = 2;
const INTACT: u32 = 4;
const RETRY: u32 = 8;

#[wasm_bindgen]
impl Scanner {
    /// A parser that takes events of at most so many bytes.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(event_limit: u32) -> Self {
        Self { parser: RefCell::new(Parser::new(event_limit as usize)), window: Box::default() }
    }

    /// Makes ready for a new stream.
    pub fn reset(&self) {
        self.parser.borrow_mut().reset();
    }

    /// The number by which records name this event type.
    #[must_use]
    pub fn listen(&self, event_type: &str) -> u32 {
        self.parser.borrow_mut().listen(event_type).0
    }

    /// Whether comments are delivered.
    #[wasm_bindgen(js_name = wantComments)]
    pub fn want_comments(&self, wanted: bool) {
        self.parser.borrow_mut().want_comments(wanted);
    }

    /// Where the `Window` lies.
    #[must_use]
    pub fn window(&self) -> u32 {
        address(&raw const *self.window)
    }

    /// Where to write a piece of `length` bytes, or 0 if there is no memory for it.
    #[must_use]
    pub fn spare(&self, length: u32) -> u32 {
        let mut parser = self.parser.borrow_mut();
        let spare = parser.spare(length as usize);
        if spare.len() < length as usize { 0 } else { address(spare.as_ptr()) }
    }

    /// Parses the piece written there. Returns the bits `MORE`, `TOO_LARGE`, `INTACT` (see [`Batch`]) and `RETRY`.
    #[must_use]
    pub fn parse(&self, length: u32) -> u32 {
        let batch = self.parser.borrow_mut().parse(length as usize);
        self.present(batch)
    }

    /// The next batch of the piece, after `MORE`.
    #[wasm_bindgen(js_name = nextBatch)]
    #[must_use]
    pub fn next_batch(&self) -> u32 {
        let batch = self.parser.borrow_mut().resume();
        self.present(batch)
    }

    /// The reconnection time in milliseconds that the stream has set, after `RETRY`.
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // no more than a day of it counts
    pub fn retry(&self) -> f64 {
        self.parser.borrow_mut().take_retry().unwrap_or_default() as f64
    }

    /// Makes the records count UTF-16 code units instead of bytes.
    #[wasm_bindgen(js_name = toUtf16)]
    pub fn to_utf16(&self) {
        self.parser.borrow_mut().to_utf16();
    }

    /// Lays out a batch for JavaScript.
    #[allow(clippy::cast_possible_truncation)] // lengths on wasm32, and a count of comments that may wrap
    fn present(&self, batch: Batch) -> u32 {
        let parser = self.parser.borrow();
        let (records, text) = (parser.records(), parser.text());
        self.window.records.set(address(records.as_ptr()));
        self.window.count.set(records.len() as u32);
        self.window.text.set(address(text.as_ptr()));
        self.window.text_bytes.set(text.len() as u32);
        self.window.comments.set(parser.comments() as u32);
        [(batch.more, MORE), (batch.too_large, TOO_LARGE), (batch.intact, INTACT), (parser.has_retry(), RETRY)]
            .iter()
            .fold(0, |bits, &(set, bit)| if set { bits | bit } else { bits })
    }
}

/// An address in wasm's memory.
#[allow(clippy::cast_possible_truncation)] // addresses are 32 bits wide here
fn address<T>(place: *const T) -> u32 {
    place as usize as u32
}
