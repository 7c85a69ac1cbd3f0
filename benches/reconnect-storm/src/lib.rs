//! The load that reconnecting clients put on a server that comes back.
//!
//! Every client is a [`Session`](sse_fetch::session::Session), the state machine that the package runs in browsers. All
//! of them lose their streams at the same time, find the server down, and reconnect by their [`Policy`]. The clock is
//! simulated and the random numbers are seeded: the same storm gives the same figures on every machine.

mod client;
mod figures;
mod outage;
pub mod report;
mod server;
mod simulation;

pub use figures::Figures;
pub use outage::{Outage, Policy};
pub use simulation::{Run, simulate};
