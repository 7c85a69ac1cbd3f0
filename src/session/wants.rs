//! What the driver of a session must bring about.

use super::{Failure, Millis};

/// The condition that a driver must bring about. It is not a list of actions: the driver compares it with its own state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wants {
    /// The one attempt that should be under way. The driver aborts any other.
    pub attempt: Option<Attempt>,
    /// The stream of this attempt should be read and its events delivered. False while there is no stream, or while it is
    /// paused.
    pub reading: bool,
    /// When to call [`Session::handle`](super::Session::handle) with [`Input::Wake`](super::Input::Wake), by the same clock as
    /// `now` there. It serves all timeouts, and the driver needs one timer.
    pub wake_at: Option<Millis>,
}

/// One attempt to get a stream, from its request to the end of its stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// Names the attempt in inputs about it.
    pub id: AttemptId,
    /// 0 for a new connection, n for the nth consecutive reconnect. (An attempt whose token is refused has a second request,
    /// with the same number and an id of its own.)
    pub number: u32,
    /// The request starts at the position that the application has set, and not after the last event.
    pub fresh: bool,
    /// What should be happening to it.
    pub step: Step,
}

/// Numbers the attempts of one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct AttemptId(pub u32);

/// The steps of an attempt. The driver takes each step once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Ask the application for a token; the answer is [`Input::Token`](super::Input::Token).
    Token,
    /// Let the application refresh its token; the answer is [`Input::Refreshed`](super::Input::Refreshed).
    Refresh,
    /// Send the request, with the token if there is one; the answers are [`Input::Sent`](super::Input::Sent) and
    /// [`Input::Head`](super::Input::Head).
    Request,
    /// Let the application validate the response; the answer is [`Input::Validated`](super::Input::Validated).
    Validate,
    /// Read the beginning of an error response's body; the answer is [`Input::ErrorBodyRead`](super::Input::ErrorBodyRead).
    ErrorBody,
    /// Read the stream.
    Stream,
    /// The attempt has failed: abort what is left of it, and ask the application whether to retry. The answer is
    /// [`Input::Decided`](super::Input::Decided).
    Decide(Failure),
}
