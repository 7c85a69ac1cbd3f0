//! What a session asks of the floor above.

use super::{Failure, Millis};

/// Numbers the requests of one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct RequestId(pub u32);

/// Something to do. Commands are to be carried out in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Prepare a request; [`Command::Send`] will follow. There is none before it that was not cancelled or is over.
    Open {
        /// Names the request in all inputs about it.
        request: RequestId,
        /// 0 for a fresh request, n for the nth consecutive reconnect.
        attempt: u32,
        /// Start from where the application said at first, not from the last event.
        fresh: bool,
    },
    /// Ask the application for a token; answer with [`Input::Token`](super::Input::Token).
    AskToken(RequestId),
    /// Have the application renew its token; answer with [`Input::Refreshed`](super::Input::Refreshed).
    RefreshToken(RequestId),
    /// Send the request, with the token if there is one.
    Send(RequestId),
    /// Have the application judge the response; answer with [`Input::Validated`](super::Input::Validated).
    Validate(RequestId),
    /// Read the beginning of an error response's body; answer with
    /// [`Input::ErrorBodyRead`](super::Input::ErrorBodyRead).
    ReadErrorBody(RequestId),
    /// Read the stream.
    Read(RequestId),
    /// Stop reading and delivering, until [`Command::Resume`] or the end of the request.
    Pause(RequestId),
    /// Go on.
    Resume(RequestId),
    /// Abort the request and release everything of it.
    Cancel(RequestId),
    /// Ask the application about this failure; answer with [`Input::Judged`](super::Input::Judged).
    Judge(Failure),
    /// Wake the session after so many milliseconds. There is one timer of each name; setting it again replaces it.
    SetTimer(Timer, Millis),
    /// Forget this timer.
    ClearTimer(Timer),
    /// Tell the application.
    Tell(Notice),
}

/// What a session waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Timer {
    /// The attempt has taken too long.
    Connect,
    /// It is time for the next attempt.
    Retry,
    /// The stream has been open long enough to count as stable.
    Stable,
    /// The stream has said nothing for long, perhaps.
    Idle,
}

impl Timer {
    /// Every timer.
    pub const ALL: [Self; 4] = [Self::Connect, Self::Retry, Self::Stable, Self::Idle];
}

/// What the application is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// The state changed. (That a stream is open, and that all is over, have notices of their own.)
    State {
        /// The state now.
        state: State,
        /// The state last told.
        previous: State,
    },
    /// The stream is open.
    Open {
        /// The state last told.
        previous: State,
        /// The attempt that succeeded.
        attempt: u32,
    },
    /// A token was renewed.
    Refreshed {
        /// The attempt it is for.
        attempt: u32,
    },
    /// An attempt failed.
    Failed(Failure),
    /// Another attempt will be made.
    Retry {
        /// Its number: 1 for the first reconnect.
        attempt: u32,
        /// Milliseconds until then.
        delay: Millis,
        /// Why; `None` when the server just ended the stream.
        failure: Option<Failure>,
    },
    /// `max_reconnects` is used up.
    MaxReconnectsReached {
        /// How many reconnects were made.
        attempts: u32,
    },
    /// The session is over.
    Close {
        /// The state last told.
        previous: State,
        /// Why it is over.
        reason: CloseReason,
        /// The failure that ended it.
        failure: Option<Failure>,
    },
}

/// The states an application sees. The [module documentation](super) has the table of transitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Nothing was asked for yet.
    Idle,
    /// The first stream is being asked for.
    Connecting,
    /// Events may arrive.
    Open,
    /// The stream was lost, or the last attempt failed: waiting to ask again, or asking.
    Reconnecting,
    /// The stream is open, and the application wants nothing of it to be read.
    Paused,
    /// Over.
    Closed,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Idle, Self::Connecting, Self::Open, Self::Reconnecting, Self::Paused, Self::Closed];

    /// The name JavaScript knows it by.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Connecting => "connecting",
            Self::Open => "open",
            Self::Reconnecting => "reconnecting",
            Self::Paused => "paused",
            Self::Closed => "closed",
        }
    }
}

/// Why a session is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CloseReason {
    /// The application disconnected.
    Client,
    /// The application's signal was aborted.
    Aborted,
    /// The server ended the stream, and it is not to be asked for again.
    Server,
    /// The stream said that it is complete.
    Done,
    /// The server answered 204: do not come back (§ 9.2.3).
    NoContent,
    /// A failure that another attempt would not mend.
    Fatal,
    /// Too many reconnects in a row.
    MaxReconnects,
}

impl CloseReason {
    /// The name JavaScript knows it by.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Aborted => "aborted",
            Self::Server => "server",
            Self::Done => "done",
            Self::NoContent => "no-content",
            Self::Fatal => "fatal",
            Self::MaxReconnects => "max-reconnects",
        }
    }
}
