//! What a session is doing, and how far its request has come.

use super::Millis;
use super::failure::Failure;
use super::input::Head;
use super::retry::WaitReason;
use super::stream::Stream;
use super::wants::{AttemptId, Step};

/// What the session is doing.
#[derive(Debug, Clone, Copy)]
pub(super) enum Phase {
    Idle,
    /// An attempt is under way and has no stream yet.
    Connecting {
        stage: Stage,
        /// When the attempt times out.
        deadline: Option<Millis>,
    },
    Streaming(Stream),
    /// The application decides whether this failure is followed by another attempt.
    Deciding(Failure),
    /// The next attempt is made at a certain time.
    Waiting {
        reason: WaitReason,
        until: Millis,
    },
    /// The next attempt is made when the page is back, or when events are taken again.
    Suspended,
    Closed,
}

/// How far an attempt without a stream has come.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stage {
    /// The application is asked for a token.
    Token,
    /// The application refreshes its token.
    Refresh {
        /// Because the server has refused the last one.
        was_refused: bool,
    },
    /// The request is sent, and no response has arrived.
    Request,
    /// The application validates the response.
    Validate(Head),
    /// The response is an error, and its body is read to explain it.
    ErrorBody(Failure),
}

impl Stage {
    /// As the driver knows it.
    pub fn step(self) -> Step {
        match self {
            Self::Token => Step::Token,
            Self::Refresh { .. } => Step::Refresh,
            Self::Request => Step::Request,
            Self::Validate(_) => Step::Validate,
            Self::ErrorBody(_) => Step::ErrorBody,
        }
    }
}

/// The request of an attempt.
#[derive(Debug, Default)]
pub(super) struct Request {
    pub id: AttemptId,
    pub number: u32,
    pub fresh: bool,
    /// The token was refreshed for this attempt, which happens at most once.
    pub token_refreshed: bool,
    pub delivery: Delivery,
}

/// What the server knows of a request.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivery {
    /// It was not sent: the server cannot have received it.
    #[default]
    Unsent,
    /// It was sent, and the server may still be processing it.
    Sent,
    /// The server has ended it, or will see that the connection was closed.
    Over,
}

/// Where in the stream a request starts.
#[derive(Debug, Default)]
pub(super) struct Position {
    /// The request is new (not a resumption), and no response was accepted yet.
    pub fresh: bool,
    /// The stream has carried an event id from which it can be resumed.
    pub resumable: bool,
}
