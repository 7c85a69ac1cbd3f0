//! Which responses are accepted, and which failures lead to another attempt. (`retry.rs` makes that attempt and has its limits;
//! `backoff.rs` has the delays.)

use super::config::{Config, Reconnect};
use super::failure::{Code, Failure};
use super::input::Head;

/// What the head of a response means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ResponseClass {
    /// An event stream.
    Accepted,
    /// The application must validate it.
    Undecided,
    /// The server refused the token.
    Unauthorized,
    /// The server asks the client to stop.
    NoContent,
    /// Not an event stream: the code says why.
    Refused(Code),
}

/// Classifies a response by its head.
///
/// An application with its own validation gets the responses that these rules would accept, or refuse for good. It does not get
/// 204, a 401 that leads to a refresh, and transient errors, which may be retried.
pub(super) fn classify(head: Head, config: &Config) -> ResponseClass {
    match head.status {
        204 => ResponseClass::NoContent,
        401 if config.can_refresh_token && retries_at_all(config) => ResponseClass::Unauthorized,
        status if is_transient(status) => ResponseClass::Refused(Code::Status),
        _ if config.has_validate => ResponseClass::Undecided,
        status if !may_be_a_stream(status, config) => ResponseClass::Refused(Code::Status),
        _ if !head.event_stream => ResponseClass::Refused(Code::ContentType),
        _ => ResponseClass::Accepted,
    }
}

/// By the standard, which knows only GET, the status of a stream is 200 (§ 9.2.3). Responses to other methods may have any 2xx
/// status, often 201, except 204 and 205, which have no content.
fn may_be_a_stream(status: u16, config: &Config) -> bool {
    status == 200 || (!config.is_get_or_head && matches!(status, 201..=203 | 206..=299))
}

/// Whether another attempt may succeed after this failure.
pub(super) fn is_retryable(code: Code, status: Option<u16>) -> bool {
    match code {
        Code::Network | Code::Timeout | Code::Idle | Code::Incomplete => true,
        // Without a status, the application failed to get a token, which may work later. With one, the server refused a new token.
        Code::Auth => status.is_none(),
        Code::Status => status.is_some_and(is_transient),
        Code::ContentType | Code::Format | Code::TooLarge | Code::Callback => false,
    }
}

/// Statuses that may be different the next time: Request Timeout, Too Early, Too Many Requests, and server errors.
///
/// The documentation names them too, and no test compares it with this: search the repository for `425`.
fn is_transient(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500..=599)
}

/// Whether losing the network could have caused the failure, or the end of the stream if `failure` is `None`.
pub(super) fn may_be_caused_by_offline(failure: Option<Failure>) -> bool {
    failure.is_none_or(|failure| match failure.code {
        Code::Network | Code::Timeout | Code::Idle | Code::Incomplete => true,
        // The functions for tokens, URL, headers and body may need a server, which may be unavailable for a time.
        Code::Auth | Code::Callback => failure.retryable,
        _ => false,
    })
}

/// Whether the application allows that the server processes a request twice.
pub(super) fn allows_repeat(config: &Config) -> bool {
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

/// Whether any failure may be followed by another attempt.
pub(super) fn retries_at_all(config: &Config) -> bool {
    config.reconnect != Reconnect::Never
}
