//! What `SSEClient` is built on: a driver, a parser, and the way a chunk takes through them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen::prelude::*;

use super::face::{Client, Face};
use super::settings::Settings;
use crate::browser::{Driver, reads_ahead};
use crate::parser::{Batch, Parser};
use crate::session::{Code, Input};

/// One client's connection, for the JavaScript beside this file; not part of the package's interface.
///
/// All methods take `&self`, and no borrow outlives the Rust code that took it: a listener may call any of them.
#[wasm_bindgen]
pub struct Connection {
    driver: Rc<Driver>,
    parser: Rc<RefCell<Parser>>,
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

/// Bits of what [`Connection::parse`] returns.
const MORE: u32 = 1;
const TOO_LARGE: u32 = 2;
const INTACT: u32 = 4;

#[wasm_bindgen]
impl Connection {
    /// A connection that has not been asked for anything.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        Self {
            driver: Driver::new(settings.config()),
            parser: Rc::new(RefCell::new(Parser::new(settings.event_limit()))),
            window: Box::default(),
        }
    }

    /// Connects, unless that is under way or done.
    pub fn connect(&self, face: &Face) {
        self.serve(face, Input::Connect);
    }

    /// A new attempt at once.
    pub fn reconnect(&self, face: &Face) {
        self.serve(face, Input::Reconnect);
    }

    /// Ends the connection for good.
    pub fn disconnect(&self, face: &Face) {
        self.serve(face, Input::Disconnect);
    }

    /// Ends the connection because the application's signal says so.
    pub fn abort(&self, face: &Face) {
        self.serve(face, Input::Abort);
    }

    /// Nothing more is to be read and delivered.
    pub fn pause(&self) {
        self.driver.handle(Input::Pause);
    }

    /// Reading goes on.
    pub fn resume(&self) {
        self.driver.handle(Input::Resume);
    }

    /// Whether this engine takes from the network what nobody reads.
    #[wasm_bindgen(js_name = readsAhead)]
    #[must_use]
    pub fn reads_ahead(&self) -> bool {
        reads_ahead()
    }

    /// More has come than is kept for whoever takes the events.
    pub fn overflow(&self) {
        self.driver.handle(Input::Overflowed);
    }

    /// Events are taken again.
    pub fn flow(&self) {
        self.driver.handle(Input::Flowing);
    }

    /// The name of the state.
    #[must_use]
    pub fn state(&self) -> String {
        self.driver.state().as_str().into()
    }

    /// Consecutive reconnects so far.
    #[wasm_bindgen(js_name = retryCount)]
    #[must_use]
    pub fn retry_count(&self) -> u32 {
        self.driver.retry_count()
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

    /// Parses the piece written there. Returns the bits `MORE`, `TOO_LARGE` and `INTACT`; see [`Batch`].
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

    /// Makes the records count UTF-16 code units instead of bytes.
    #[wasm_bindgen(js_name = toUtf16)]
    pub fn to_utf16(&self) {
        self.parser.borrow_mut().to_utf16();
    }

    /// The stream can, or can no longer, be resumed after an event id it carried.
    pub fn resumable(&self, resumable: bool) {
        self.driver.handle(Input::Resumable(resumable));
    }

    /// The stream said that it is complete.
    pub fn done(&self) {
        self.driver.handle_current(Input::Done);
    }

    /// The stream holds an event beyond the limit, and everything before it has been delivered.
    #[wasm_bindgen(js_name = tooLarge)]
    pub fn too_large(&self) {
        self.driver.handle_current(|request| Input::Failed(request, Code::TooLarge));
        self.parser.borrow_mut().reset();
    }

    fn serve(&self, face: &Face, wish: Input) {
        let client = Client { face: face.clone(), parser: Rc::clone(&self.parser) };
        self.driver.serve(Rc::new(client), wish);
    }

    /// Lays out a batch for JavaScript, and tells the session what the stream told the client.
    #[allow(clippy::cast_possible_truncation)] // lengths on wasm32, and a count of comments that may wrap
    fn present(&self, batch: Batch) -> u32 {
        let mut parser = self.parser.borrow_mut();
        let (records, text) = (parser.records(), parser.text());
        self.window.records.set(address(records.as_ptr()));
        self.window.count.set(records.len() as u32);
        self.window.text.set(address(text.as_ptr()));
        self.window.text_bytes.set(text.len() as u32);
        self.window.comments.set(parser.comments() as u32);
        let retry = parser.take_retry();
        drop(parser);
        if let Some(time) = retry {
            self.driver.handle(Input::ReconnectionTime(time));
        }
        [(batch.more, MORE), (batch.too_large, TOO_LARGE), (batch.intact, INTACT)]
            .iter()
            .fold(0, |bits, &(set, bit)| if set { bits | bit } else { bits })
    }
}

/// An address in wasm's memory.
#[allow(clippy::cast_possible_truncation)] // addresses are 32 bits wide here
fn address<T>(place: *const T) -> u32 {
    place as usize as u32
}
