//! What can happen to a session.

use super::command::{RequestId, Timer};
use super::{Code, Millis};

/// One thing that happened. Inputs that bear the id of a request other than the current one are ignored: they are the
/// last words of an attempt that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// The application wants the stream. Without effect while it has, or is getting, one.
    Connect,
    /// The application wants no more of it.
    Disconnect,
    /// The application wants a new attempt now, whatever the state.
    Reconnect,
    /// The application's signal was aborted.
    Abort,
    /// The head of the response arrived.
    Head(RequestId, Head),
    /// The application's own validation took the response, or refused it.
    Validated(RequestId, bool),
    /// As much as will be had of an error response's body has been read.
    ErrorBodyRead(RequestId),
    /// The server ended the stream.
    Ended(RequestId),
    /// The attempt failed.
    Failed(RequestId, Code),
    /// The stream said by the application's own mark that it is complete (`until`).
    Done(RequestId),
    /// The stream set the reconnection time, in milliseconds (`retry`).
    ReconnectionTime(Millis),
    /// From now on there is, or is no, event id that the stream carried and that it could be resumed from.
    Resumable(bool),
    /// The application's answer to [`Command::Judge`](super::Command::Judge).
    Judged(Verdict),
    /// A timer fired.
    Fired(Timer),
}

/// What matters of a response's head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The HTTP status.
    pub status: u16,
    /// The content type is `text/event-stream`, with whatever parameters.
    pub event_stream: bool,
    /// `Retry-After`, as the time still to wait.
    pub retry_after: Option<Millis>,
}

/// What the application says to a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// As the rules have it.
    Default,
    /// Try again, after the usual delay.
    Retry,
    /// Try again after exactly so many milliseconds (a day at most).
    RetryIn(Millis),
    /// Give up.
    GiveUp,
}
