//! What can happen to a session.

use super::wants::AttemptId;
use super::{Code, Millis};

/// One thing that happened. An input that bears the id of an attempt is ignored unless that attempt is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// The application wants a stream. No effect while it has one, or while one is being requested.
    Connect,
    /// The application wants to stop.
    Disconnect,
    /// The application wants a new attempt now, in any state.
    Reconnect,
    /// The application's signal was aborted.
    Abort,
    /// The application wants nothing to be read until [`Input::Resume`]. May come in any state.
    Pause,
    /// The application wants reading to continue.
    Resume,
    /// More of the stream has arrived than the client keeps.
    BufferFull,
    /// Everything that had arrived was delivered.
    BufferDrained,
    /// The time in [`Wants::wake_at`](super::Wants::wake_at) has come.
    Wake {
        /// The silence so far, as in [`Input::Silence`]. Used only if a stream is open.
        silence: Millis,
    },
    /// How long the stream has been silent while it was read, by a clock that does not stop while the computer sleeps.
    /// The driver must send it before [`Input::Online`] and [`Input::Visible`].
    Silence(Millis),
    /// How long ago the last byte of the stream arrived, even if the stream was not read since then. The driver must send it
    /// before [`Input::Online`] and [`Input::Offline`].
    LastByte(Millis),
    /// The browser says that there is no network, which may be wrong.
    Offline,
    /// There is a network again.
    Online,
    /// The page is not visible.
    Hidden,
    /// The page is visible again.
    Visible,
    /// The page enters the back/forward cache.
    EnteredBfcache,
    /// The page leaves the back/forward cache.
    LeftBfcache,
    /// The stream set the reconnection time, in milliseconds (`retry`).
    ReconnectionTime(Millis),
    /// From now on the stream has, or does not have, an event id from which it can be resumed.
    Resumable(bool),
    /// The application's answer in [`Step::Token`](super::Step::Token).
    Token(AttemptId, Token),
    /// The application's answer in [`Step::Refresh`](super::Step::Refresh).
    Refreshed(AttemptId, Refresh),
    /// The request is on its way: from now on the server may have received it.
    Sent(AttemptId),
    /// The head of the response arrived.
    Head(AttemptId, Head),
    /// The application's own validation accepted the response, or refused it.
    Validated(AttemptId, bool),
    /// The beginning of an error response's body was read.
    ErrorBodyRead(AttemptId),
    /// The server ended the stream.
    Ended(AttemptId),
    /// The attempt failed.
    Failed(AttemptId, Code),
    /// One of the application's functions for the request (URL, headers, body) threw or rejected. That may pass, so the attempt
    /// is retried. (A function that returned something unusable is `Failed` with [`Code::Callback`], which is not retried.)
    CallbackThrew(AttemptId),
    /// The stream is complete, by the application's own mark (`until`).
    Done(AttemptId),
    /// The application's function `until` returned an error: the stream has ended with that error.
    UntilError(AttemptId),
    /// The application's answer in [`Step::Decide`](super::Step::Decide).
    Decided(AttemptId, RetryDecision),
}

impl Input {
    /// The attempt that this is about.
    pub(super) fn attempt(self) -> Option<AttemptId> {
        match self {
            Self::Token(id, _)
            | Self::Refreshed(id, _)
            | Self::Sent(id)
            | Self::Head(id, _)
            | Self::Validated(id, _)
            | Self::ErrorBodyRead(id)
            | Self::Ended(id)
            | Self::Failed(id, _)
            | Self::CallbackThrew(id)
            | Self::Done(id)
            | Self::UntilError(id)
            | Self::Decided(id, _) => Some(id),
            _ => None,
        }
    }
}

/// The application's answer to the question for a token. The session does not see the token itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// There is a token, or the request goes without one.
    Usable,
    /// There is a token, and it says itself that it has expired.
    Expired,
}

/// The application's answer to the request for a new token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresh {
    /// This is the new token.
    Token,
    /// There is a new token: ask for it.
    AskAgain,
    /// There is no new token.
    GaveUp,
}

/// What a session needs to know of a response's head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The HTTP status.
    pub status: u16,
    /// The content type is `text/event-stream`, with any parameters.
    pub event_stream: bool,
    /// `Retry-After`, as the time that is left.
    pub retry_after: Option<Millis>,
}

/// The application's answer to a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryDecision {
    /// Follow the rules.
    Default,
    /// Retry, after the usual delay.
    Retry,
    /// Retry after exactly this many milliseconds (a day at most).
    RetryIn(Millis),
    /// Give up.
    GiveUp,
}
