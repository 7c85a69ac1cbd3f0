//! What is accepted and what is retried. Change the rules of reconnection here.

use super::config::{Config, Reconnect};
use super::failure::{Code, Failure};
use super::input::Head;

/// What the head of a response means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// A stream.
    Accepted,
    /// For the application to judge.
    Undecided,
    /// The token was refused.
    Unauthorized,
    /// The server wants the client to stop.
    NoContent,
    /// No stream, and why.
    Refused(Code),
}

/// Judges a response by its head.
///
/// An application that validates for itself gets to see what these rules would accept or refuse for good; what is
/// merely a passing trouble of the server stays one.
pub(super) fn answer(head: Head, config: &Config) -> Answer {
    match head.status {
        204 => Answer::NoContent,
        401 if config.refreshes => Answer::Unauthorized,
        status if is_passing(status) => Answer::Refused(Code::Status),
        _ if config.validates => Answer::Undecided,
        _ if is_stream(head) => Answer::Accepted,
        200 => Answer::Refused(Code::ContentType),
        _ => Answer::Refused(Code::Status),
    }
}

/// Whether a response is an event stream by the standard's rules (§ 9.2.3).
pub(super) fn is_stream(head: Head) -> bool {
    head.status == 200 && head.event_stream
}

/// Whether a failure is followed by another attempt when nobody says otherwise.
pub(super) fn is_retryable(code: Code, status: Option<u16>) -> bool {
    match code {
        Code::Network | Code::Timeout | Code::Idle | Code::Incomplete => true,
        // Whoever issues the tokens may be in trouble; a new token that was refused is refused for good.
        Code::Auth => status.is_none(),
        Code::Status => status.is_some_and(is_passing),
        Code::ContentType | Code::Format | Code::TooLarge | Code::Callback => false,
    }
}

/// Statuses that may be different the next time: Request Timeout, Too Early, Too Many Requests, and server errors.
fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500..=599)
}

/// Whether it is the way to the server (or to whoever issues the tokens) that failed, or the server that just ended the
/// stream: what being offline explains.
pub(super) fn is_of_the_network(failure: Option<Failure>) -> bool {
    failure.is_none_or(|failure| match failure.code {
        Code::Network | Code::Timeout | Code::Idle | Code::Incomplete => true,
        // Tokens, and what else a request needs, may come from a server too.
        Code::Auth | Code::Callback => failure.retryable,
        _ => false,
    })
}

/// Whether a request whose stream had begun may be sent again.
///
/// A chat prompt must not run twice behind the user's back: only with an event id to go on from will the server
/// continue instead of starting over.
pub(super) fn may_replay(config: &Config, resumable: bool) -> bool {
    config.idempotent || resumable
}

/// Whether to ask again after the server has ended the stream properly.
pub(super) fn asks_again_after_end(config: &Config) -> bool {
    config.reconnect == Reconnect::Always
}

/// Whether to ask again after failures at all.
pub(super) fn asks_again_after_failure(config: &Config) -> bool {
    config.reconnect != Reconnect::Never
}
