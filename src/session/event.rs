//! What a session reports to the application.

use super::names::named;
use super::{Failure, Millis};

/// The table of events. It is a macro because the bindings for JavaScript read the same rows: `$use` names a macro that gets all
/// rows. A row has the event's name in JavaScript, and one to three fields in the order in which JavaScript gets them. (The fields
/// of a failure have places of their own: `FIELD_CODE` and those after it.)
macro_rules! events {
    ($use:ident) => {
        $use! {
            /// The state changed. (`Open` and `Close` report their change of state themselves.)
            State = "state" {
                /// The state now.
                state: State,
                /// The state that was last reported.
                previous: State,
            },
            /// The stream is open.
            Open = "open" {
                /// The state that was last reported.
                previous: State,
                /// The number of the attempt that succeeded.
                attempt: u32,
            },
            /// A token was refreshed.
            Refreshed = "refresh" {
                /// The number of the attempt it is for.
                attempt: u32,
            },
            /// An attempt failed.
            Failed = "error" {
                /// How it failed.
                error: Failure,
            },
            /// Another attempt will be made.
            Retry = "retry" {
                /// Its number: 1 for the first reconnect.
                attempt: u32,
                /// Milliseconds until then.
                delay: Millis,
                /// Why; `None` if the server ended the stream without an error.
                error: Option<Failure>,
            },
            /// `max_reconnects` is used up.
            MaxReconnectsReached = "max-reconnects-reached" {
                /// How many reconnects were made.
                attempts: u32,
            },
            /// The session is closed.
            Close = "close" {
                /// The state that was last reported.
                previous: State,
                /// Why it is closed.
                reason: CloseReason,
                /// The failure that closed it.
                error: Option<Failure>,
            },
        }
    };
}
#[cfg(feature = "npm")]
pub(crate) use events;

macro_rules! declare {
    ($($(#[$doc:meta])* $Event:ident = $name:literal { $($(#[$field_doc:meta])* $field:ident: $Type:ty,)+ },)+) => {
        /// What a session reports to the application.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Event {
            $($(#[$doc])* $Event { $($(#[$field_doc])* $field: $Type,)+ },)+
        }
    };
}
events!(declare);

named! {
    /// The states an application sees. The [module documentation](super) has the table of transitions.
    pub enum State {
        /// `connect` was not called yet.
        Idle = "idle",
        /// The first stream is being requested.
        Connecting = "connecting",
        /// Events may arrive.
        Open = "open",
        /// The stream was lost, or the last attempt failed: waiting for the next attempt, or making it.
        Reconnecting = "reconnecting",
        /// The stream is open, and the application does not want to read it at the moment.
        Paused = "paused",
        /// The session has ended.
        Closed = "closed",
    }
}

named! {
    /// Why a session is closed.
    pub enum CloseReason {
        /// The application disconnected.
        Client = "client",
        /// The application's signal was aborted.
        Aborted = "aborted",
        /// The server ended the stream, which is not requested again.
        Server = "server",
        /// The stream said that it is complete (`until`).
        Done = "done",
        /// The server answered 204, which means: do not reconnect (§ 9.2.3).
        NoContent = "no-content",
        /// A failure after which no other attempt is made.
        Fatal = "fatal",
        /// Too many reconnects in a row.
        MaxReconnects = "max-reconnects",
    }
}

/// The events that have not been reported yet, and the state that was last reported.
///
/// Changes of state are not stored. They are found by comparing the session's state with the last one reported, so a change that
/// was undone is never reported. Every other event waits here until it is polled, or until the attempt it is about is dropped.
#[derive(Debug)]
pub(super) struct Events {
    // A handful of events at most: `VecDeque` would be the largest part of this module.
    pending: alloc::vec::Vec<Event>,
    reported: State,
}

impl Events {
    pub fn new() -> Self {
        Self { pending: alloc::vec::Vec::new(), reported: State::Idle }
    }

    pub fn push(&mut self, event: Event) {
        self.pending.push(event);
    }

    /// Drops the events that were not reported yet.
    pub fn clear(&mut self) {
        self.pending.clear();
    }

    /// The next event of a session in this state. The state is `None` while the application decides about a failure.
    pub fn poll(&mut self, state: Option<State>) -> Option<Event> {
        let previous = self.reported;
        // The change of state comes after the events that explain it, and before the retry that follows from it.
        let comes_first = matches!(self.pending.first(), None | Some(Event::Retry { .. }));
        if let Some(state) = state
            && state != previous
            && comes_first
        {
            self.reported = state;
            return Some(Event::State { state, previous });
        }
        if self.pending.is_empty() {
            return None;
        }
        let mut event = self.pending.remove(0);
        // The previous state is set only now, because earlier events may have been dropped.
        match &mut event {
            Event::Open { previous, .. } => *previous = core::mem::replace(&mut self.reported, State::Open),
            Event::Close { previous, .. } => *previous = core::mem::replace(&mut self.reported, State::Closed),
            _ => {}
        }
        Some(event)
    }
}
