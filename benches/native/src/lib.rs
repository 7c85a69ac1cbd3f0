//! The parser of sse-fetch beside those of other crates, natively: the same streams, cut into the same chunks, every
//! event's data handed to the same listener. `cargo bench -p benches-native` measures.

pub mod libraries;
pub mod listener;
pub mod report;
pub mod workloads;
