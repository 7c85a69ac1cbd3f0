//! A request for an event stream, and its response. All endpoints that stream answer through
//! [`StreamRequest::respond`], so the fault switches apply to all of them.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use tokio::time::timeout;

use crate::chat::Hurry;
use crate::connections::Connection;
use crate::errors::ApiError;
use crate::faults::Faults;
use crate::sse;
use crate::streams::OpenStreams;

/// The times that event streams are served with.
#[derive(Clone, Debug)]
pub(crate) struct Timing {
    /// The reconnection time that `/events` sends as `retry:`.
    pub(crate) retry: Duration,
    /// The longest silence before a comment is sent.
    pub(crate) keep_alive: Duration,
    /// The time between two tokens of an answer.
    pub(crate) pace: Duration,
    pub(crate) hurry: Hurry,
}

/// A request for an event stream. Extracting it fails with 503 while the `unavailable` switch is on.
pub(crate) struct StreamRequest {
    faults: Arc<Faults>,
    streams: Arc<OpenStreams>,
    path: String,
    pub(crate) connection: Arc<Connection>,
    last_event_id: Option<HeaderValue>,
}

impl StreamRequest {
    /// The `Last-Event-ID` header, if it is UTF-8: its bytes are, from a client that follows the standard.
    pub(crate) fn last_event_id(&self) -> Option<&str> {
        std::str::from_utf8(self.last_event_id.as_ref()?.as_bytes()).ok()
    }

    /// Answers 200 with the headers an event stream needs.
    pub(crate) fn respond(self, pieces: impl Stream<Item = Bytes> + Send + 'static) -> Response {
        self.respond_with(StatusCode::OK, event_stream_headers(), pieces)
    }

    /// Answers with the given head. A piece that is ready while the server is `silent` is held back until it may send.
    pub(crate) fn respond_with(
        self,
        status: StatusCode,
        headers: HeaderMap,
        pieces: impl Stream<Item = Bytes> + Send + 'static,
    ) -> Response {
        let guard = self.streams.open(self.path, self.connection);
        let body = stream::unfold((Box::pin(pieces), guard, self.faults), |(mut pieces, guard, faults)| async move {
            let piece = pieces.next().await?;
            faults.until_speaking().await;
            Some((Ok::<_, Infallible>(piece), (pieces, guard, faults)))
        });
        (status, headers, Body::from_stream(body)).into_response()
    }
}

impl<S: Sync> FromRequestParts<S> for StreamRequest
where
    Arc<Faults>: FromRef<S>,
    Arc<OpenStreams>: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let faults = Arc::<Faults>::from_ref(state);
        faults.check_available()?;
        let connection = parts.extensions.get::<Arc<Connection>>().ok_or(ApiError::NoConnection)?;
        Ok(Self {
            faults,
            streams: Arc::from_ref(state),
            path: parts.uri.path().to_owned(),
            connection: Arc::clone(connection),
            last_event_id: parts.headers.get("last-event-id").cloned(),
        })
    }
}

/// The pieces, with a comment whenever no piece has come for the duration `every`. Clients then know that the connection is
/// alive, and proxies do not close it.
pub(crate) fn kept_alive(
    pieces: impl Stream<Item = Bytes> + Send,
    every: Duration,
) -> impl Stream<Item = Bytes> + Send {
    stream::unfold(Box::pin(pieces), move |mut pieces| async move {
        match timeout(every, pieces.next()).await {
            Ok(piece) => Some((piece?, pieces)),
            Err(_) => Some((sse::comment("keep-alive"), pieces)),
        }
    })
}

/// What tells browsers, caches and buffering proxies that this is a live stream.
pub(crate) fn event_stream_headers() -> HeaderMap {
    HeaderMap::from_iter([
        (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ])
}
