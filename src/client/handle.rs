//! What controls a stream from elsewhere: its handle, and the stream of its states.

use alloc::rc::Rc;
use alloc::string::{String, ToString};
use core::cell::{Cell, RefCell};
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;

use futures_core::Stream;

use super::Error;
use super::credentials::TokenSource;
use super::position::Position;
use crate::browser::Driver;
use crate::session::{CloseReason, Input, State};

/// What a stream shares with its handles, and with the request that is being made.
pub struct Shared {
    pub driver: Rc<Driver>,
    pub position: RefCell<Position>,
    pub tokens: RefCell<TokenSource>,
    pub error: RefCell<Option<Error>>,
    pub close_reason: Cell<Option<CloseReason>>,
    /// The URL of the last request.
    pub url: RefCell<String>,
}

impl Shared {
    pub fn set_url(&self, url: &str) {
        *self.url.borrow_mut() = url.into();
    }

    /// The request is about to be sent with this `Authorization`.
    pub fn sent(&self, authorization: Option<String>) {
        if let Some(authorization) = authorization {
            self.tokens.borrow_mut().sent(&authorization);
        }
    }

    /// The value of `Last-Event-ID`. `given` is the id among the headers.
    pub fn position_after(&self, given: &str) -> Option<String> {
        let mut position = self.position.borrow_mut();
        position.given(given);
        position.header()
    }
}

/// Controls a stream from anywhere: another component, a click, another task. Handles can be cloned, and do not keep the stream
/// alive.
///
/// ```no_run
/// let events = sse_fetch::post("/chat").body("Hello").open();
/// let handle = events.handle();
/// let stop = move || handle.close();
/// ```
#[derive(Clone)]
pub struct Handle {
    shared: Rc<Shared>,
}

impl Handle {
    pub(super) fn new(shared: &Rc<Shared>) -> Self {
        Self { shared: Rc::clone(shared) }
    }

    /// Closes the connection, or cancels the wait for one. The stream delivers nothing more and ends.
    pub fn close(&self) {
        self.shared.driver.handle(Input::Disconnect);
    }

    /// Makes a new attempt at once, in every state. The count of reconnects is 0 again, and the last event ID is kept. If this
    /// cancels a request, the new one is sent 100 ms later: the server never has two.
    ///
    /// A stream that has ended can be polled again after this. No effect if it was dropped.
    pub fn reconnect(&self) {
        self.shared.driver.begin(Input::Reconnect);
    }

    /// Stops reading and delivering, in every state, until [`Handle::resume`] is called.
    ///
    /// A stream is also not read while it is not polled.
    pub fn pause(&self) {
        self.shared.driver.handle(Input::Pause);
    }

    /// Reads and delivers again after [`Handle::pause`].
    pub fn resume(&self) {
        self.shared.driver.handle(Input::Resume);
    }

    /// The state of the connection.
    #[must_use]
    pub fn state(&self) -> State {
        self.shared.driver.state()
    }

    /// The last event ID of the stream, empty if there is none (HTML § 9.2.6).
    #[must_use]
    pub fn last_event_id(&self) -> String {
        self.shared.position.borrow().id().to_string()
    }

    /// The number of reconnects in a row. It is 0 again when the stream has been open for
    /// [`stable_after`](crate::Backoff::stable_after).
    #[must_use]
    pub fn retry_count(&self) -> u32 {
        self.shared.driver.retry_count()
    }

    /// How long it is until the next attempt, while the stream waits for one. For a page that says “again in 5 seconds”.
    #[must_use]
    pub fn retry_in(&self) -> Option<Duration> {
        self.shared.driver.retry_in().map(Duration::from_millis)
    }

    /// The error of the last attempt that failed, also if another attempt followed.
    #[must_use]
    pub fn last_error(&self) -> Option<Error> {
        self.shared.error.borrow().clone()
    }

    /// Why the connection is closed; `None` until the stream has ended.
    #[must_use]
    pub fn close_reason(&self) -> Option<CloseReason> {
        self.shared.close_reason.get()
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("state", &self.state()).finish_non_exhaustive()
    }
}

/// The states of a connection: first the present one, then each change. A state that has passed before this is polled is left
/// out. Ends when the [`EventStream`](crate::EventStream) was dropped.
///
/// ```no_run
/// use futures_util::StreamExt as _;
///
/// # async fn run(events: sse_fetch::EventStream) {
/// let mut states = events.states();
/// while let Some(state) = states.next().await {
///     println!("{}", state.as_str());
/// }
/// # }
/// ```
#[must_use = "streams do nothing unless polled"]
pub struct States {
    driver: Rc<Driver>,
    known: Option<State>,
}

impl States {
    pub(super) fn new(driver: &Rc<Driver>) -> Self {
        Self { driver: Rc::clone(driver), known: None }
    }
}

impl Stream for States {
    type Item = State;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<State>> {
        let state = self.driver.poll_state(self.known, cx);
        if let Poll::Ready(Some(state)) = state {
            self.known = Some(state);
        }
        state
    }
}

impl fmt::Debug for States {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("States").field("known", &self.known).finish_non_exhaustive()
    }
}
