//! Tests of the event-stream parser through its public API:
//!
//! * `grammar`: every rule of the standard, by name;
//! * `batches`: what batches, slots and memory promise in addition;
//! * `properties`: random streams, cut into random chunks, compared with a slow reference.

#![cfg(not(target_arch = "wasm32"))]

mod agreement;
mod batches;
mod grammar;
mod properties;
mod reference;
