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
    /// The request is a GET or HEAD: connecting again resumes after the last event. (HTTP calls more methods idempotent, for
    /// example PUT. They may not be resumed.)
    pub is_get_or_head: bool,
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
    /// The application has a source of tokens, which is asked before each request ([`Step::Token`](super::Step::Token)).
    pub has_token_provider: bool,
    /// The application can refresh a token that was refused or has expired ([`Step::Refresh`](super::Step::Refresh)).
    pub can_refresh_token: bool,
    /// Failures while the page is offline do not count, and the wait ends when it is online again.
    pub watch_network: bool,
    /// A hidden page closes its stream, if the request may be repeated when the page is visible.
    pub close_when_hidden: bool,
    /// The application has a function that validates responses ([`Step::Validate`](super::Step::Validate)).
    pub has_validate: bool,
    /// The application has a function that decides after a failure whether to retry ([`Step::Decide`](super::Step::Decide)).
    pub has_should_retry: bool,
    /// The application expects a mark at the end of the stream ([`Input::Done`](super::Input::Done)). A stream that ends
    /// without it is incomplete.
    pub expects_mark: bool,
    /// The body of an error response is read before the failure is reported
    /// ([`Step::ErrorBody`](super::Step::ErrorBody)). If false, the head is enough.
    pub reads_error_bodies: bool,
    /// The seed of the jitter. Clients with the same seed wait equally long, so each needs its own.
    pub seed: u64,
}

/// The table of options for the bindings. A row is the path of an option in [`Config`]. The position of a row is the number that
/// TypeScript passes to `setOption`. The name in TypeScript is the last part of the path in camel case: `backoff.stable_after` is
/// `stableAfter`. (`is_get_or_head` and `seed` are arguments of the constructor.) `$use` names a macro that gets all rows.
#[cfg(feature = "npm")]
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
            has_token_provider,
            can_refresh_token,
            watch_network,
            close_when_hidden,
            has_validate,
            has_should_retry,
            expects_mark,
            reads_error_bodies,
        }
    };
}
#[cfg(feature = "npm")]
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
    /// The defaults for a GET or HEAD, or for another method.
    #[must_use]
    pub fn new(is_get_or_head: bool) -> Self {
        Self {
            is_get_or_head,
            reconnect: if is_get_or_head { Reconnect::Always } else { Reconnect::Unprocessed },
            max_reconnects: if is_get_or_head { None } else { Some(5) },
            backoff: Backoff::default(),
            // A model that must be loaded first takes minutes to answer a prompt.
            connect_timeout: if is_get_or_head { 30_000 } else { 300_000 },
            idle_timeout: 0,
            has_token_provider: false,
            can_refresh_token: false,
            watch_network: true,
            close_when_hidden: false,
            has_validate: false,
            has_should_retry: false,
            expects_mark: false,
            reads_error_bodies: true,
            seed: 0,
        }
    }
}
