//! Server-sent events over `fetch`.
extern crate alloc;

pub mod parser;
pub mod session;
