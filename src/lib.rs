//! Server-sent events over `fetch`: POST bodies, headers, reconnection and cancellation, where the browser's
//! `EventSource` knows GET alone.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`parser`] | bytes in, events out: the event-stream grammar |
//! | [`session`] | the life of one connection as a state machine, without I/O or clock |
//! | [`bindings`] | both as classes for the TypeScript of the npm package |
//!
//! The parser and the session do not know each other. They compile and test on every target; the classes exist on wasm32.

#![no_std]

extern crate alloc;

pub mod bindings;
pub mod parser;
pub mod session;
