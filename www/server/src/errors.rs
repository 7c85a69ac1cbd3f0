//! What can go wrong, as sentences: at start-up for the person at the terminal, in a request as JSON for the client.

use std::io;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Why the server could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Something else listens on the port.
    #[error("port {port} on 127.0.0.1 is taken by another program; stop it or choose another port with --port")]
    PortTaken {
        /// The port that was asked for.
        port: u16,
    },
    /// The port cannot be listened on for another reason, such as missing rights.
    #[error("cannot listen on port {port} of 127.0.0.1: {source}")]
    Bind {
        /// The port that was asked for.
        port: u16,
        /// What the system said.
        source: io::Error,
    },
    /// The system's source of randomness, needed for the secret, did not work.
    #[error("the system gave no random bytes for the tokens' secret: {0}")]
    NoRandomness(#[from] getrandom::Error),
}

impl StartError {
    pub(crate) fn bind(port: u16, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::AddrInUse => Self::PortTaken { port },
            _ => Self::Bind { port, source },
        }
    }
}

/// Why a request was refused; sent as `{ "error": "…" }`.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("The username or the password is wrong; the demo account is demo with the password demo.")]
    WrongPassword,
    #[error("This needs an access token: send it as \"Authorization: Bearer …\".")]
    NoToken,
    #[error("The access token is expired or not valid.")]
    TokenRejected,
    #[error("The refresh token is expired, was used before or is not valid; log in again.")]
    RefreshTokenRejected,
    #[error("The body is not what is expected here: {0}.")]
    Body(String),
    #[error("The query is not what is expected here: {0}.")]
    Query(String),
    #[error("{parameter} is {given} and must be at most {most}.")]
    TooMuch { parameter: &'static str, given: u64, most: u64 },
    #[error(
        "{given} events of up to {bytes} bytes do not fit into one write of at most {most} bytes; ask for a smaller \
         per_write, or for smaller events."
    )]
    WriteTooLarge { given: u64, bytes: u64, most: u64 },
    #[error("A request that changes something must have the header \"Content-Type: application/json\".")]
    NoJson,
    #[error(
        "A page of {origin} may not change anything here; only pages of http://127.0.0.1:{port} and \
         http://localhost:{port} may."
    )]
    ForeignOrigin { origin: String, port: u16 },
    #[error("The body is longer than {limit} bytes, or did not arrive completely.")]
    BodyUnread { limit: usize },
    #[error("The server is switched to unavailable; it will refuse {left} more requests.")]
    Unavailable { left: u32, retry_after: Option<u32> },
    #[error("There is no script named {0:?}.")]
    NoScript(String),
    #[error("There is nothing here.")]
    NotFound,
    #[error("This address does not take that method.")]
    MethodNotAllowed,
    #[error("The request did not come by a connection of this server.")]
    NoConnection,
    #[error("The system gave no random bytes for a token.")]
    NoRandomness(#[from] getrandom::Error),
    #[error("The access token could not be signed.")]
    Signing(#[source] jsonwebtoken::errors::Error),
}

impl ApiError {
    /// Refuses a number that is larger than `most`.
    pub(crate) fn check(parameter: &'static str, given: u64, most: u64) -> Result<(), Self> {
        if given > most { Err(Self::TooMuch { parameter, given, most }) } else { Ok(()) }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::WrongPassword | Self::NoToken | Self::TokenRejected | Self::RefreshTokenRejected => {
                StatusCode::UNAUTHORIZED
            }
            Self::Body(_) | Self::Query(_) | Self::TooMuch { .. } | Self::WriteTooLarge { .. } => {
                StatusCode::BAD_REQUEST
            }
            Self::NoJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::ForeignOrigin { .. } => StatusCode::FORBIDDEN,
            Self::BodyUnread { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::NoScript(_) | Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NoConnection | Self::NoRandomness(_) | Self::Signing(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(json!({ "error": self.to_string() }))).into_response();
        let headers = response.headers_mut();
        match self {
            Self::NoToken => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::TokenRejected => {
                let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
                headers.insert(header::WWW_AUTHENTICATE, challenge);
            }
            Self::Unavailable { retry_after: Some(seconds), .. } => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            _ => {}
        }
        response
    }
}
