//! The stream of events that an application polls.

use alloc::string::String;
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::Stream;

use super::connection::Connection;
use super::handle::{Handle, States};
use super::options::Options;
use super::{Error, Event};

/// The events of a connection. Dropping it cancels the request.
///
/// The stream yields `Err` once, for the failure that ended the connection, and then `None`. An attempt that fails and is
/// followed by another one is no item; [`Handle::last_error`] and [`EventStream::states`] show it. `None` without an error means
/// that the connection ended as intended; [`Handle::close_reason`] says why.
///
/// # Back-pressure
///
/// Everything happens when the stream is polled: requests, reading, waiting for the next attempt. While the application does not
/// poll, nothing is read, and the server has to wait. At most one chunk of the network is kept. (Firefox receives a response without
/// limit, even if the page does not read it.) What takes effect at once: a page that enters the back/forward cache,
/// [`Handle::close`](crate::Handle::close), and dropping the stream.
#[must_use = "streams do nothing unless polled"]
pub struct EventStream {
    connection: Connection,
}

impl EventStream {
    /// `wrong` says which option is wrong.
    pub(super) fn new(options: Options, wrong: Option<String>) -> Self {
        Self { connection: Connection::new(options, wrong) }
    }

    /// The states of the connection.
    pub fn states(&self) -> States {
        States::new(&self.connection.shared().driver)
    }

    /// Controls the stream from elsewhere.
    #[must_use]
    pub fn handle(&self) -> Handle {
        Handle::new(self.connection.shared())
    }
}

impl Stream for EventStream {
    type Item = Result<Event, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.connection.poll(cx)
    }
}

impl fmt::Debug for EventStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream").field("state", &self.handle().state()).finish_non_exhaustive()
    }
}
