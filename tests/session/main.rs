//! The session with a simulated client: scenarios named after what a user notices, the table of transitions row by
//! row, and random sequences of everything that can happen.
#![cfg(not(target_arch = "wasm32"))]

mod auth;
mod backoff;
mod cancellation;
mod faults;
mod idle_timeout;
mod page_lifecycle;
mod pause;
mod random;
mod reconnection;
mod reentrancy;
mod request;
mod response;
mod retry_decision;
mod simulated_client;
mod situation;
mod table;
