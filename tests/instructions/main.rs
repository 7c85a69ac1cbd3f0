//! How many instructions the parser takes, which does not depend on the machine, the clock or what else runs: a guard
//! against a byte read twice, a copy per chunk, a search that grows with the event. The parser is compiled to wasm as for
//! the package, made to count, and run in an interpreter.
//!
//! Where a budget is exceeded for a good reason, or another compiler counts otherwise, renew the table: the failure says
//! how.

#![cfg(not(target_arch = "wasm32"))]

mod budgets;
mod growth;
mod guest;
mod meter;
mod streams;
