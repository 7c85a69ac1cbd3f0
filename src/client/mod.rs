//! The client for pages and workers: a request, and the stream of its events. (wasm32, feature `browser`)

mod auth;
mod connection;
mod credentials;
mod delivery;
mod error;
mod event;
mod handle;
mod jwt;
mod options;
mod position;
mod receiver;
mod request;
mod rules;
mod secrets;
mod send;
mod stream;
mod stream_start;
mod task;
mod types;

pub use auth::{Refreshed, SharedAuth};
pub use error::{Error, ErrorCode};
pub use event::Event;
pub use handle::{Handle, States};
pub use request::{Request, get, post, request};
pub use stream::EventStream;
pub use types::{Attempt, Backoff, Body, Credentials, Mode, ResponseHead, RetryDecision, Unfinished, Until};
