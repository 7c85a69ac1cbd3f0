//! Floor 3: the class `SSEClient`, as JavaScript sees it.
//!
//! The class itself is written in JavaScript (`pkg-template/src/client/`), around the [`Scanner`] exported here and
//! the floor below. There are two reasons, and both are about the border:
//!
//! * **Memory.** What wasm refers to is a root of the garbage collector. Listeners usually refer to their client; if wasm
//!   held them, no client would ever be collected. So wasm holds nothing of JavaScript's at all.
//! * **Speed.** A chunk costs two calls into wasm ([`Scanner::spare`], [`Scanner::parse`]); the events in it are
//!   then delivered by a loop in JavaScript (`dispatch/wasm-parser.js`) that reads the records straight out of wasm's memory. No
//!   frame of wasm is on the stack while a listener runs, so whatever a listener does is ordinary use.

mod scanner;

pub use scanner::Scanner;
