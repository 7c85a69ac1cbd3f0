//! The errors of a stream, with their messages.

use alloc::format;
use alloc::string::String;
use core::fmt;

use super::secrets;
use crate::browser::Head;
use crate::session::{Code, Failure, named};

named! {
    /// What failed.
    #[non_exhaustive]
    pub enum ErrorCode {
        /// The request could not be made, or the connection broke.
        Network = "network",
        /// The server answered with a status that is not accepted.
        Status = "status",
        /// The response is not `text/event-stream`.
        ContentType = "content-type",
        /// The response is `text/event-stream`, but contains other text and no event.
        Format = "format",
        /// The application could not get a token, or the server refused the new token too.
        Auth = "auth",
        /// No response was accepted within [`connect_timeout`](crate::Request::connect_timeout).
        Timeout = "timeout",
        /// The stream was silent for longer than [`idle_timeout`](crate::Request::idle_timeout).
        Idle = "idle",
        /// The data of an event could not be parsed ([`Event::json`](crate::Event)).
        Parse = "parse",
        /// A line or an event is larger than [`max_event_bytes`](crate::Request::max_event_bytes).
        TooLarge = "too-large",
        /// The stream ended before the mark of [`until`](crate::Request::until).
        Incomplete = "incomplete",
        /// A function of the application failed, or an option is wrong.
        Callback = "callback",
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<Code> for ErrorCode {
    fn from(code: Code) -> Self {
        match code {
            Code::Network => Self::Network,
            Code::Status => Self::Status,
            Code::ContentType => Self::ContentType,
            Code::Format => Self::Format,
            Code::Auth => Self::Auth,
            Code::Timeout => Self::Timeout,
            Code::Idle => Self::Idle,
            Code::TooLarge => Self::TooLarge,
            Code::Incomplete => Self::Incomplete,
            Code::Callback => Self::Callback,
        }
    }
}

/// Why a stream ended, why an attempt failed, or why the data of an event could not be parsed.
///
/// The message says what was expected and what came. It contains no token and no query of a URL.
///
/// ```
/// # fn show(error: &sse_fetch::Error) -> String {
/// match error.status() {
///     Some(403) => "You may not see this.".into(),
///     _ if error.is_retryable() => format!("{error}. Try again."),
///     _ => error.to_string(),
/// }
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    code: ErrorCode,
    message: String,
    status: Option<u16>,
    retryable: bool,
    attempt: u32,
    body: Option<String>,
}

impl Error {
    /// What failed.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// The HTTP status of the response, if the failure is about one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// Whether another attempt may succeed. Whether one follows depends on [`reconnect`](crate::Request::reconnect).
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.retryable
    }

    /// The attempt that failed: 0 for a new connection, n for the nth reconnect in a row.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// The first 64 KiB of an error response's body; with [`ErrorCode::Format`], of the response that contains no event.
    #[must_use]
    pub fn body(&self) -> Option<&str> {
        self.body.as_deref()
    }

    /// An error that is not about an attempt.
    pub(super) fn new(code: ErrorCode, message: String) -> Self {
        Self { code, message, status: None, retryable: false, attempt: 0, body: None }
    }

    /// The error for a failed attempt.
    pub(super) fn of_failure(failure: Failure, details: &Details<'_>) -> Self {
        let hidden = |text: &str| secrets::hide(details.secrets, text);
        let what = message(failure, details, hidden);
        // An error of a function that handles tokens may contain a token.
        let why =
            details.cause.filter(|_| failure.code != Code::Auth).map(|cause| secrets::hide_query(cause, details.url));
        let message = match why {
            Some(why) => format!("{what}: {}", hidden(&why)),
            None => what,
        };
        Self {
            code: failure.code.into(),
            message,
            status: failure.status,
            retryable: failure.retryable,
            attempt: failure.attempt,
            body: details.body.map(hidden),
        }
    }
}

/// What is known of a failed attempt.
pub(super) struct Details<'a> {
    pub head: Option<&'a Head>,
    /// The URL of the request.
    pub url: &'a str,
    pub cause: Option<&'a str>,
    /// The application's function that failed.
    pub callback: Option<&'static str>,
    pub body: Option<&'a str>,
    pub secrets: &'a [String],
}

fn message(failure: Failure, details: &Details<'_>, hidden: impl Fn(&str) -> String) -> String {
    let url = details.head.map(|head| &*head.url).filter(|url| !url.is_empty()).unwrap_or(details.url);
    let url = shortened(hidden(url.split(['?', '#']).next().unwrap_or_default()), 200);
    let status = failure.status.unwrap_or_default();
    match failure.code {
        Code::Network => format!("the connection to {url} failed or broke"),
        Code::Status => format!("the server answered with status {status} ({url})"),
        Code::ContentType => {
            let given = details.head.map(|head| hidden(&head.content_type)).filter(|given| !given.is_empty());
            let given = given.map_or("missing".into(), |given| shortened(given, 100));
            format!(
                "the response is not an event stream: its content type is {given} instead of text/event-stream \
                 (status {status}, {url})"
            )
        }
        Code::Format => {
            "the content type is text/event-stream, but the response contains no event, only other text".into()
        }
        Code::Auth if failure.status == Some(401) => {
            "the server answered with status 401, and there was no new token, or the server refused it too".into()
        }
        Code::Auth => "the client could not get a token".into(),
        Code::Timeout => "there was no response within connect_timeout".into(),
        Code::Idle => "the stream was silent for longer than idle_timeout".into(),
        Code::TooLarge => "a line or an event of the stream is larger than max_event_bytes".into(),
        Code::Incomplete => "the stream ended without the mark that until expects".into(),
        Code::Callback => match details.callback {
            Some("validate") => format!("validate refused the response (status {status})"),
            Some(name) => format!("{name} failed"),
            None => "the request cannot be made".into(),
        },
    }
}

fn shortened(text: String, length: usize) -> String {
    match text.char_indices().nth(length) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
