//! The session with a simulated client: scenarios named after what a user would notice, the table of transitions row by
//! row, and random sequences of everything that can happen.
#![cfg(not(target_arch = "wasm32"))]

mod backoff;
mod faults;
mod liveness;
mod page;
mod pausing;
mod random;
mod reconnection;
mod reentrance;
mod refusal;
mod request;
mod retry_decision;
mod simulated_client;
mod situation;
mod stopping;
mod table;
mod token;
