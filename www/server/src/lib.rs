//! The server behind the demo pages and the end-to-end tests: a chat that types its answer, a notification feed that
//! can be resumed, JWT login, and switches that break it. Tests start it in process with [`DemoServer::start`] and see
//! it from the inside: which requests arrived, and which streams are open.
//!
//! A file imports only from those in lines above its own:
//!
//! - `errors`, `gate`, `kept`, `milliseconds`, `sse`; `answers` (the texts of the chat)
//! - `connections`, then `listener`: TCP connections that can be reset, and a port that can be closed and reopened
//! - `journal` (the requests), `streams` (the open event streams), `extract` (bodies and queries)
//! - `faulty`: the fault server
//! - `auth`, then `faults`, then `stream_request`
//! - one file for each topic, with its state and its handlers: `load`, `chat`, `events`, `script`, `writes`
//! - `routes`, `ambient`, `config`, then `server`

#![expect(clippy::must_use_candidate, reason = "only the tests of this repository call it")]

mod ambient;
mod answers;
mod auth;
mod chat;
mod config;
mod connections;
mod errors;
mod events;
mod extract;
mod faults;
pub mod faulty;
mod gate;
mod journal;
mod kept;
mod listener;
mod load;
mod milliseconds;
mod routes;
mod script;
mod server;
mod sse;
mod stream_request;
mod streams;
mod writes;

pub use config::Config;
pub use errors::StartError;
pub use events::{EventLog, LoggedEvent};
pub use faults::{FaultState, Faults};
pub use gate::Gate;
pub use journal::{Entry, Journal};
pub use server::DemoServer;
