//! The options of a request that decide about reconnection, responses and events.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use core::cell::RefCell;
use core::time::Duration;

use super::types::{self, Attempt, Backoff, ResponseHead, RetryDecision, Unfinished, Until, millis};
use super::{Error, Event, Request};
use crate::session::Reconnect;

impl Request {
    // Reconnection.

    /// When the request is sent again. Default: [`Reconnect::Always`] for GET and HEAD. For other methods
    /// [`Reconnect::OnError`] if [`Request::max_reconnects`] was set above 0, and else [`Reconnect::Unprocessed`], because a prompt
    /// must not run twice.
    pub fn reconnect(mut self, reconnect: Reconnect) -> Self {
        self.reconnect = Some(reconnect);
        self
    }

    /// How many reconnects in a row are made; `None` for no limit. Default: no limit for GET and HEAD, 5 for other methods.
    pub fn max_reconnects(mut self, max: impl Into<Option<u32>>) -> Self {
        let max = max.into();
        self.options.config.max_reconnects = max;
        if !self.options.config.is_get_or_head {
            // An application that sets this accepts that a request is processed twice.
            let reconnect = if max == Some(0) { Reconnect::Unprocessed } else { Reconnect::OnError };
            self.options.config.reconnect = reconnect;
        }
        self
    }

    /// The delays between attempts.
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        match backoff.for_session() {
            Ok(backoff) => self.options.config.backoff = backoff,
            Err(wrong) => self.refuse(wrong.into()),
        }
        self
    }

    /// Decides for every failure whether the request is sent again. [`Request::max_reconnects`] still limits the attempts. Not
    /// called with [`Reconnect::Never`].
    pub fn should_retry(mut self, decide: impl FnMut(&Error, &Attempt) -> RetryDecision + 'static) -> Self {
        self.options.should_retry = Some(RefCell::new(Box::new(decide)));
        self.options.config.has_should_retry = true;
        self
    }

    /// The longest time from the start of an attempt until its response is accepted, with the functions for it. After that, the
    /// attempt fails with [`ErrorCode::Timeout`](crate::ErrorCode::Timeout) and is retried like a network failure. Zero: no limit.
    /// Default: 30 s for GET and HEAD, 300 s for other methods, because a model may have to be loaded first.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.options.config.connect_timeout = millis(timeout);
        self
    }

    /// The longest time without a byte of an open stream; comments count too. After that, the attempt fails with
    /// [`ErrorCode::Idle`](crate::ErrorCode::Idle) and is retried like a broken connection. The time runs only while the stream is
    /// being read. Default: zero, no limit.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.options.config.idle_timeout = millis(timeout);
        self
    }

    /// A hidden page closes the stream, and a visible one requests it again after the last event ID. Default: false.
    pub fn close_when_hidden(mut self, closes: bool) -> Self {
        self.options.config.close_when_hidden = closes;
        self
    }

    /// Failures while the browser says that there is no network do not count, and the next attempt is made when the network is
    /// back. Default: true.
    pub fn watch_network(mut self, watches: bool) -> Self {
        self.options.config.watch_network = watches;
        self
    }

    // Responses and events.

    /// The event ID to start after, sent as `Last-Event-ID`.
    pub fn last_event_id(mut self, id: impl Into<String>) -> Self {
        self.options.last_event_id = id.into();
        self
    }

    /// The mark at the end of the stream, e.g. `[DONE]`: it is not delivered, and the stream ends. White space around it is
    /// ignored. A stream that ends before its mark fails with [`ErrorCode::Incomplete`](crate::ErrorCode::Incomplete), because some
    /// proxies turn a broken answer into a clean end.
    pub fn until(self, mark: impl Into<String>) -> Self {
        let mark: String = mark.into();
        let mark = mark.trim().to_string();
        self.until_with(move |event| if event.data.trim() == mark { Until::End } else { Until::Continue })
    }

    /// Decides for every event whether the stream ends with it. Otherwise as [`Request::until`].
    pub fn until_with(mut self, until: impl FnMut(&Event) -> Until + 'static) -> Self {
        self.options.until = Some(RefCell::new(Box::new(until)));
        self.options.config.expects_mark = true;
        self
    }

    /// Accepts or refuses a response before its body is read, instead of the rule that the status must be 200 (any 2xx for other
    /// methods than GET and HEAD) and the content type `text/event-stream`.
    pub fn validate<E>(mut self, validate: impl Fn(&ResponseHead) -> Result<(), E> + 'static) -> Self
    where
        E: Into<Box<dyn core::error::Error>>,
    {
        self.options.validate =
            Some(Box::new(move |response| validate(response).map_err(|error| types::text_of(&*error.into()))));
        self.options.config.has_validate = true;
        self
    }

    /// The limit for the size of a line and of an event, in bytes, from 1 to 2³⁰. Default: 16 MiB.
    pub fn max_event_bytes(mut self, bytes: usize) -> Self {
        self.options.max_event_bytes = bytes;
        self
    }

    /// Delivers events that have a type but no `data` line, with empty data. Default: false, as in the standard.
    pub fn empty_events(mut self, delivers: bool) -> Self {
        self.options.empty_events = delivers;
        self
    }

    /// What becomes of an event that the end of the stream cuts off. Default: it is dropped, as in the standard.
    pub fn unfinished(mut self, unfinished: Unfinished) -> Self {
        self.options.delivers_unfinished = unfinished == Unfinished::Deliver;
        self
    }
}
