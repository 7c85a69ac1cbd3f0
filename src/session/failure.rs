//! Why an attempt failed.

use core::fmt;

use super::Millis;
use super::names::named;

/// One failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    /// What kind of failure it is.
    pub code: Code,
    /// The status of the response, if there was one.
    pub status: Option<u16>,
    /// Another attempt may succeed. (Whether one is made depends on [`Config::reconnect`](super::Config::reconnect).)
    pub retryable: bool,
    /// The attempt that failed: 0 for a new connection, n for the nth consecutive reconnect.
    pub attempt: u32,
    /// The server asked the client to wait this long (`Retry-After`).
    pub retry_after: Option<Millis>,
}

named! {
    /// The kinds of failure, as `SSEError.code` names them.
    pub enum Code {
        /// The request could not be made, or the connection broke.
        Network = "network",
        /// The server answered with a status that is not accepted.
        Status = "status",
        /// The response is not an event stream.
        ContentType = "content-type",
        /// The response has the content type of an event stream, but holds other text and no event.
        Format = "format",
        /// The application could not get a token, or the server refused a refreshed token too.
        Auth = "auth",
        /// The attempt was not open in time.
        Timeout = "timeout",
        /// The stream was silent for too long.
        Idle = "idle",
        /// A line or an event exceeded `maxEventBytes`.
        TooLarge = "too-large",
        /// The stream ended before the mark that the application expects (`until`).
        Incomplete = "incomplete",
        /// One of the application's functions failed, or returned something unusable.
        Callback = "callback",
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
