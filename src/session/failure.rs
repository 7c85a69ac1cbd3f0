//! Why an attempt failed.

use core::fmt;

use super::Millis;

/// One failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    /// What kind of failure it is.
    pub code: Code,
    /// The status of the response, where there was one.
    pub status: Option<u16>,
    /// Another attempt may succeed. (Whether one is made depends on [`Config::reconnect`](super::Config::reconnect).)
    pub retryable: bool,
    /// The attempt that failed: 0 for a fresh request, n for the nth consecutive reconnect.
    pub attempt: u32,
    /// The server asked not to come back for so long (`Retry-After`).
    pub retry_after: Option<Millis>,
}

/// The kinds of failure, as `SSEError.code` names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// The request could not be made, or the connection broke.
    Network,
    /// The server answered with a status that is not accepted.
    Status,
    /// The response is no event stream.
    ContentType,
    /// The response has the content type of an event stream, but holds other text and no event.
    Format,
    /// There was no token to be had, or the server refused a new one as well.
    Auth,
    /// The attempt was not open in time.
    Timeout,
    /// The stream said nothing for too long.
    Idle,
    /// A line or an event exceeded `maxEventBytes`.
    TooLarge,
    /// The stream ended before the mark that the application expects.
    Incomplete,
    /// A function the application gave failed, or returned what cannot be used.
    Callback,
}

impl Code {
    /// Every code.
    pub const ALL: [Self; 10] = [
        Self::Network,
        Self::Status,
        Self::ContentType,
        Self::Format,
        Self::Auth,
        Self::Timeout,
        Self::Idle,
        Self::TooLarge,
        Self::Incomplete,
        Self::Callback,
    ];

    /// The name JavaScript knows it by.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Status => "status",
            Self::ContentType => "content-type",
            Self::Format => "format",
            Self::Auth => "auth",
            Self::Timeout => "timeout",
            Self::Idle => "idle",
            Self::TooLarge => "too-large",
            Self::Incomplete => "incomplete",
            Self::Callback => "callback",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
