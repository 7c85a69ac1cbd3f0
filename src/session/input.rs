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
    /// The application wants nothing more to be read until [`Input::Resume`], whatever the state.
    Pause,
    /// The application wants reading to go on.
    Resume,
    /// More of the stream has come than is to be kept for whoever takes the events.
    Overflowed,
    /// Events are taken again.
    Flowing,
    /// The application was asked for a token, and has answered.
    Token(RequestId, Token),
    /// The application was asked to renew its token, and has answered.
    Refreshed(RequestId, Refresh),
    /// The request is on its way: from here on the server may know of it.
    Sent(RequestId),
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
    /// One of the application's functions for the request (URL, headers, body) threw or rejected.
    Rejected(RequestId),
    /// The stream said by the application's own mark that it is complete (`until`).
    Done(RequestId),
    /// The application ended the stream with an error of its own.
    Stopped(RequestId),
    /// The stream set the reconnection time, in milliseconds (`retry`).
    ReconnectionTime(Millis),
    /// From now on there is, or is no, event id that the stream carried and that it could be resumed from.
    Resumable(bool),
    /// The application's answer to [`Command::Judge`](super::Command::Judge).
    Judged(Verdict),
    /// A timer fired. (For [`Timer::Idle`] the driver says [`Input::Silence`] instead.)
    Fired(Timer),
    /// The stream has said nothing for so long though it was listened to, by a clock that does not stop while the computer
    /// sleeps. Said when [`Timer::Idle`] fires, and before [`Input::Online`] and [`Input::Visible`].
    Silence(Millis),
    /// So long ago the last byte of the stream came, whether it was listened to since or not. Said before
    /// [`Input::Online`] and [`Input::Offline`].
    LastByte(Millis),
    /// There is no network, says the browser, which may be wrong about it.
    Offline,
    /// There is a network again.
    Online,
    /// The page cannot be seen.
    Hidden,
    /// The page can be seen again.
    Visible,
    /// The page goes into the back/forward cache.
    Frozen,
    /// The page comes back from there.
    Thawed,
}

/// What the application answers when asked for a token. The token itself is no business of the session's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// There is one, or the request is to go without.
    Usable,
    /// There is one, and it says itself that its time is over.
    Expired,
}

/// What the application answers when asked to renew its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresh {
    /// Here is a new one.
    Token,
    /// There is a new one: ask for it.
    AskAgain,
    /// There is none to be had.
    GaveUp,
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
