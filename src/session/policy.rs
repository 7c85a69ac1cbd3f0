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
        401 if config.refreshes && asks_again(config) => Answer::Unauthorized,
        status if is_passing(status) => Answer::Refused(Code::Status),
        _ if config.validates => Answer::Undecided,
        status if !may_be_a_stream(status, config) => Answer::Refused(Code::Status),
        _ if !head.event_stream => Answer::Refused(Code::ContentType),
        _ => Answer::Accepted,
    }
}

/// By the standard, which knows only GET, the status of a stream is 200 (§ 9.2.3). Responses to other methods may have any 2xx
/// status, often 201, except 204 and 205, which have no content.
fn may_be_a_stream(status: u16, config: &Config) -> bool {
    status == 200 || (!config.idempotent && matches!(status, 201..=203 | 206..=299))
}

/// Whether another attempt may succeed after this failure.
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
        // The functions for tokens, URL, headers and body may need a server, which may be unavailable for a time.
        Code::Auth | Code::Callback => failure.retryable,
        _ => false,
    })
}

/// Whether a request that may have reached the server may be sent again, whether the server has processed it or not.
pub(super) fn repeats(config: &Config) -> bool {
    matches!(config.reconnect, Reconnect::Always | Reconnect::OnError)
}

/// Whether the server said that it did not process the request: Too Early, Too Many Requests, and Service Unavailable with
/// `Retry-After`. (A gateway whose server did not answer in time may send 503 too, but without `Retry-After`.)
pub(super) fn was_not_processed(failure: Failure) -> bool {
    match failure.status {
        Some(425 | 429) => true,
        Some(503) => failure.retry_after.is_some(),
        _ => false,
    }
}

/// Whether a failure can be followed by another attempt at all.
pub(super) fn asks_again(config: &Config) -> bool {
    config.reconnect != Reconnect::Never
}
