//! What a session is told once: the application's rules.

use super::Millis;
use super::backoff::Backoff;

/// The rules of one session. Times are in milliseconds.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::struct_excessive_bools)] // each is a rule of its own
pub struct Config {
    /// The request is a GET or HEAD: connecting again continues where the stream was left.
    pub idempotent: bool,
    /// When to ask again after a stream is over.
    pub reconnect: Reconnect,
    /// Consecutive reconnects before the session gives up; `None`: never.
    pub max_reconnects: Option<u32>,
    /// How long to wait between attempts.
    pub backoff: Backoff,
    /// How long an attempt may take until it is open; 0: for ever.
    pub connect_timeout: Millis,
    /// How long an open stream may say nothing at all, not even a comment; 0: for ever.
    pub idle_timeout: Millis,
    /// The application is asked for a token before each request ([`Command::AskToken`](super::Command::AskToken)).
    pub asks_token: bool,
    /// The application can renew a token that was refused ([`Command::RefreshToken`](super::Command::RefreshToken)).
    pub refreshes: bool,
    /// Failures while the page is offline do not count, and being online again ends the wait.
    pub watch_network: bool,
    /// A hidden page keeps no stream that it can have again when it is visible.
    pub close_when_hidden: bool,
    /// The application judges responses itself ([`Command::Validate`](super::Command::Validate)).
    pub validates: bool,
    /// The application is asked about every failure ([`Command::Judge`](super::Command::Judge)).
    pub judges: bool,
    /// The application expects a mark at the end of the stream ([`Input::Done`](super::Input::Done)). A stream that ends
    /// without it is incomplete.
    pub expects_mark: bool,
    /// The body of an error response is read before the failure is reported
    /// ([`Command::ReadErrorBody`](super::Command::ReadErrorBody)). If false, the head is enough.
    pub reads_error_bodies: bool,
    /// Seeds the jitter. Clients with the same seed wait alike, so give each its own.
    pub seed: u64,
}

/// When a session sends a request again. A request that has not been sent yet is never a repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reconnect {
    /// After failures, and after the server has ended the stream: what `EventSource` does.
    Always,
    /// After failures only: a stream that ended is finished.
    OnError,
    /// After failures that show that the server has not processed the request: it was not sent, or the server said so.
    Unprocessed,
    /// Never: one request. (If the page is hidden or cached before the request is sent, it is sent when the page is back.)
    Never,
}

impl Config {
    /// The defaults for a request that is idempotent (GET, HEAD) or not.
    #[must_use]
    pub fn new(idempotent: bool) -> Self {
        Self {
            idempotent,
            reconnect: if idempotent { Reconnect::Always } else { Reconnect::Unprocessed },
            max_reconnects: if idempotent { None } else { Some(5) },
            backoff: Backoff::default(),
            // A model that must be loaded first takes minutes to answer a prompt.
            connect_timeout: if idempotent { 30_000 } else { 300_000 },
            idle_timeout: 0,
            asks_token: false,
            refreshes: false,
            watch_network: true,
            close_when_hidden: false,
            validates: false,
            judges: false,
            expects_mark: false,
            reads_error_bodies: true,
            seed: 0,
        }
    }
}
