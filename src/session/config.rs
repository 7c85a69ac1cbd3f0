//! The options of a session.
//!
//! To add one: a field of [`Config`], its default, and a row of [`options`]. CONTRIBUTING.md names the other files.

use super::Millis;
use super::backoff::Backoff;
use super::names::named;

/// The rules of one session. Times are in milliseconds.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::struct_excessive_bools)] // each is a rule of its own
pub struct Config {
    /// The request is a GET or HEAD: connecting again continues after the last event.
    pub idempotent: bool,
    /// When to send a request again.
    pub reconnect: Reconnect,
    /// Consecutive reconnects before the session gives up; `None` for no limit.
    pub max_reconnects: Option<u32>,
    /// How long to wait between attempts.
    pub backoff: Backoff,
    /// How long an attempt may take until its stream is open; 0 for no limit.
    pub connect_timeout: Millis,
    /// How long an open stream may be silent, without even a comment; 0 for no limit.
    pub idle_timeout: Millis,
    /// The application is asked for a token before each request ([`Step::Token`](super::Step::Token)).
    pub asks_token: bool,
    /// The application can refresh a token that was refused ([`Step::Refresh`](super::Step::Refresh)).
    pub refreshes_token: bool,
    /// Failures while the page is offline do not count, and the wait ends when it is online again.
    pub watch_network: bool,
    /// A hidden page closes its stream, if it may request the stream again when it is visible.
    pub close_when_hidden: bool,
    /// The application validates responses itself ([`Step::Validate`](super::Step::Validate)).
    pub validates: bool,
    /// The application decides after a failure whether to retry ([`Step::Decide`](super::Step::Decide)).
    pub decides: bool,
    /// The application expects a mark at the end of the stream ([`Input::Done`](super::Input::Done)). A stream that ends
    /// without it is incomplete.
    pub expects_mark: bool,
    /// The body of an error response is read before the failure is reported
    /// ([`Step::ErrorBody`](super::Step::ErrorBody)). If false, the head is enough.
    pub reads_error_bodies: bool,
    /// The seed of the jitter. Clients with the same seed wait equally long, so each needs its own.
    pub seed: u64,
}

/// The table of options for the bindings: the path of each option in [`Config`]. Its place in the table is the number by which
/// other languages set it. Its name in TypeScript is the last part of the path in camel case: `backoff.stable_after` is
/// `stableAfter`. (`idempotent` and `seed` are arguments of the constructor.) `$use` is the macro that is called with the table.
macro_rules! options {
    ($use:ident) => {
        $use! {
            reconnect,
            max_reconnects,
            backoff.initial,
            backoff.max,
            backoff.factor,
            backoff.jitter,
            backoff.stable_after,
            connect_timeout,
            idle_timeout,
            asks_token,
            refreshes_token,
            watch_network,
            close_when_hidden,
            validates,
            decides,
            expects_mark,
            reads_error_bodies,
        }
    };
}
pub(crate) use options;

named! {
    /// When a session sends a request again. A request that has not been sent yet is never a repeat.
    pub enum Reconnect {
        /// After failures, and after the server has ended the stream, as `EventSource` does.
        Always = "always",
        /// After failures only: a stream that ended is finished.
        OnError = "on-error",
        /// After failures that show that the server has not processed the request: it was not sent, or the server said so.
        Unprocessed = "unprocessed",
        /// Never: one request. (If the page is hidden or cached before the request is sent, it is sent when the page is back.)
        Never = "never",
    }
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
            refreshes_token: false,
            watch_network: true,
            close_when_hidden: false,
            validates: false,
            decides: false,
            expects_mark: false,
            reads_error_bodies: true,
            seed: 0,
        }
    }
}
