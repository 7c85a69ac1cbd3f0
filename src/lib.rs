//! Server-sent events over `fetch`: POST bodies, headers, reconnection and cancellation, where the browser's
//! `EventSource` knows GET alone.
//!
//! The crate is a house with three floors, and each knows only those below it:
//!
//! | floor | module | what lives there |
//! | --- | --- | --- |
//! | 1 | [`parser`] | bytes in, events out: the event-stream grammar |
//! | 1 | [`session`] | one connection's life as a state machine, without I/O or clock |
//! | 2 | `browser` | carries out what the session asks, with `fetch`, streams and timers |
//! | 3 | `js` | the class `SSEClient` of the npm package |
//!
//! Floor 1 compiles and tests on every target; the others exist on wasm32.

#![no_std]

extern crate alloc;

pub mod parser;
pub mod session;

#[cfg(target_arch = "wasm32")]
pub mod browser;
#[cfg(target_arch = "wasm32")]
pub mod js;
