//! The event-stream parser from outside: every rule of the standard by name (`grammar`), what the batches promise
//! beyond it (`batches`), and random streams under random chunkings against a slow reference (`properties`).

#![cfg(not(target_arch = "wasm32"))]

mod agreement;
mod batches;
mod grammar;
mod properties;
mod reference;
