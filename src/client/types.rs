//! The types of options.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use super::Error;
use crate::browser::Head;
use crate::session::{self, Millis};

/// An attempt to get the stream, as the application's functions get it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Attempt {
    /// 0 for a new connection, n for the nth reconnect in a row.
    pub number: u32,
    /// The last event ID, empty if there is none.
    pub last_event_id: String,
    /// The error of the last attempt that failed. `None` in a new connection, or if none has failed.
    pub error: Option<Error>,
}

/// The body of a request.
///
/// ```
/// use sse_fetch::Body;
///
/// let text = Body::from("hello");
/// let bytes = Body::from(vec![1, 2, 3]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    pub(super) content: Content,
    pub(super) content_type: Option<&'static str>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    Text(String),
    Bytes(Vec<u8>),
}

impl Body {
    /// The JSON of a value. It is sent as `application/json`, unless the headers have another `Content-Type`.
    ///
    /// # Errors
    ///
    /// The error of `serde_json` if the value cannot be converted.
    #[cfg(feature = "json")]
    pub fn json<T: serde::Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        let content = Content::Text(serde_json::to_string(value)?);
        Ok(Self { content, content_type: Some("application/json") })
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self { content: Content::Text(text), content_type: None }
    }
}

impl From<&str> for Body {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self { content: Content::Bytes(bytes), content_type: None }
    }
}

/// The delays between attempts. A delay grows from `initial` to `max`, and no delay is longer than a day.
///
/// ```
/// use std::time::Duration;
/// use sse_fetch::Backoff;
///
/// let backoff = Backoff::new().initial(Duration::from_millis(250)).max(Duration::from_secs(10));
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[must_use]
pub struct Backoff {
    initial: Option<Duration>,
    max: Option<Duration>,
    factor: Option<f64>,
    jitter: Option<f64>,
    stable_after: Option<Duration>,
}

impl Backoff {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// The first delay, unless the stream sets one (`retry:`). At most `max`. Default: 1 s, or `max` if that is less.
    pub fn initial(mut self, initial: Duration) -> Self {
        self.initial = Some(initial);
        self
    }

    /// The longest delay, unless the server asks for a longer one. Default: 30 s, or `initial` if that is more.
    pub fn max(mut self, max: Duration) -> Self {
        self.max = Some(max);
        self
    }

    /// Each delay is this many times the one before, at least 1. Default: 2.
    pub fn factor(mut self, factor: f64) -> Self {
        self.factor = Some(factor);
        self
    }

    /// The part of a delay that is random, from 0 to 1. Default: 0.5.
    pub fn jitter(mut self, jitter: f64) -> Self {
        self.jitter = Some(jitter);
        self
    }

    /// How long a stream must be open before the count of reconnects falls to 0. Default: 5 s.
    pub fn stable_after(mut self, stable_after: Duration) -> Self {
        self.stable_after = Some(stable_after);
        self
    }

    /// As the session needs it. The error says which value is wrong.
    pub(super) fn for_session(self) -> Result<session::Backoff, &'static str> {
        let default = session::Backoff::default();
        let initial = self.initial.map(millis);
        let max = self.max.map_or_else(|| default.max.max(initial.unwrap_or(0)), millis);
        let backoff = session::Backoff {
            initial: initial.unwrap_or_else(|| default.initial.min(max)),
            max,
            factor: self.factor.unwrap_or(default.factor),
            jitter: self.jitter.unwrap_or(default.jitter),
            stable_after: self.stable_after.map_or(default.stable_after, millis),
        };
        if backoff.initial > backoff.max {
            return Err("backoff: initial must be at most max");
        }
        if !(backoff.factor >= 1.0 && backoff.factor.is_finite()) {
            return Err("backoff: factor must be a number from 1 up");
        }
        if !(0.0..=1.0).contains(&backoff.jitter) {
            return Err("backoff: jitter must be a number from 0 to 1");
        }
        Ok(backoff)
    }
}

/// What the mark of a stream's end does, as the function of [`until_with`](crate::Request::until_with) decides for each event.
#[derive(Debug)]
#[non_exhaustive]
pub enum Until {
    /// The event is delivered, and the stream continues.
    Continue,
    /// The event is the mark: it is not delivered, and the stream ends.
    End,
    /// The event is the last one: it is delivered, and the stream ends.
    Deliver,
    /// The stream ends with this error, for example one that the server reports inside its stream.
    Fail(Box<dyn core::error::Error>),
}

impl Until {
    /// The stream ends with this error.
    ///
    /// ```
    /// use sse_fetch::Until;
    ///
    /// let until = |event: &sse_fetch::Event| match &*event.event_type {
    ///     "error" => Until::fail(event.data.clone()),
    ///     "done" => Until::End,
    ///     _ => Until::Continue,
    /// };
    /// # let _: &dyn Fn(&sse_fetch::Event) -> Until = &until;
    /// ```
    pub fn fail(error: impl Into<Box<dyn core::error::Error>>) -> Self {
        Self::Fail(error.into())
    }
}

/// The application's decision about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RetryDecision {
    /// Follow [`reconnect`](crate::Request::reconnect).
    #[default]
    Default,
    /// Send the request again, after the usual delay.
    Retry,
    /// Send the request again after this time, at most a day.
    RetryIn(Duration),
    /// Give up.
    GiveUp,
}

impl From<RetryDecision> for session::RetryDecision {
    fn from(decision: RetryDecision) -> Self {
        match decision {
            RetryDecision::Default => Self::Default,
            RetryDecision::Retry => Self::Retry,
            RetryDecision::RetryIn(delay) => Self::RetryIn(millis(delay)),
            RetryDecision::GiveUp => Self::GiveUp,
        }
    }
}

/// The head of a response, as the function of [`validate`](crate::Request::validate) gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ResponseHead {
    /// The HTTP status.
    pub status: u16,
    /// The final URL, after redirects.
    pub url: String,
    /// The value of `Content-Type`, empty if there is none.
    pub content_type: String,
}

impl From<&Head> for ResponseHead {
    fn from(head: &Head) -> Self {
        Self { status: head.status, url: head.url.clone(), content_type: head.content_type.clone() }
    }
}

/// What becomes of an event that the end of the stream cuts off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unfinished {
    /// It is dropped (HTML § 9.2.6: "any pending data must be discarded").
    #[default]
    Discard,
    /// It is delivered. It may be the mark of [`until`](crate::Request::until).
    Deliver,
}

/// Whether cookies are sent, as `RequestInit.credentials`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Credentials {
    /// Never.
    Omit,
    /// To the origin of the page.
    SameOrigin,
    /// To every origin.
    Include,
}

/// Whether a request to another origin is allowed, as `RequestInit.mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// If the other origin allows it.
    Cors,
    /// Never.
    SameOrigin,
}

/// Whole milliseconds, rounded up: a fraction of one must not become 0, which often means no limit. A longer span than these can
/// count has no end.
pub(super) fn millis(span: Duration) -> Millis {
    Millis::try_from(span.as_nanos().div_ceil(1_000_000)).unwrap_or(Millis::MAX)
}

/// The text of an error and of its sources.
pub(super) fn text_of(error: &dyn core::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let reason = cause.to_string();
        if !text.contains(&*reason) {
            text.push_str(": ");
            text.push_str(&reason);
        }
        source = cause.source();
    }
    text
}
