//! The server behind the demo pages and the end-to-end tests: a chat that types its answer, a notification feed that
//! can be resumed, JWT login, and switches that make it misbehave. Tests start it in process with
//! [`DemoServer::start`] and look at it from the inside: what it was asked, and which streams are open.

mod ambient;
mod answers;
mod auth;
mod blast;
mod chat;
mod config;
mod connections;
mod errors;
mod events;
mod faults;
pub mod faulty;
mod gate;
mod journal;
mod kept;
mod listener;
mod routes;
mod script;
mod server;
mod sse;
mod streams;
mod writes;

pub use config::Config;
pub use errors::StartError;
pub use events::{EventLog, LoggedEvent};
pub use faults::{FaultState, Faults};
pub use gate::Gate;
pub use journal::{Entry, Journal};
pub use script::Answer;
pub use server::DemoServer;
