//! The event streams that are open at this moment: counted from the response's beginning until its body is dropped,
//! that is until the stream ended or the client went away. All endpoints that stream answer through
//! [`StreamRequest::respond`], so the misbehaviour switches reach all of them.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::connections::Connection;
use crate::errors::ApiError;
use crate::server::App;
use crate::sse;

#[derive(Debug)]
struct OpenStream {
    path: String,
    connection: Arc<Connection>,
}

#[derive(Debug, Default)]
struct Register {
    open: BTreeMap<u64, OpenStream>,
    last_id: u64,
    most: usize,
    most_by_path: BTreeMap<String, usize>,
}

impl Register {
    fn open_at(&self, path: &str) -> usize {
        self.open.values().filter(|stream| stream.path == path).count()
    }

    fn add(&mut self, stream: OpenStream) -> u64 {
        let path = stream.path.clone();
        self.last_id += 1;
        self.open.insert(self.last_id, stream);

        self.most = self.most.max(self.open.len());
        let open_here = self.open_at(&path);
        let most_here = self.most_by_path.entry(path).or_default();
        *most_here = open_here.max(*most_here);
        self.last_id
    }
}

/// Counts the open event streams.
#[derive(Debug, Default)]
pub(crate) struct OpenStreams {
    register: watch::Sender<Register>,
}

impl OpenStreams {
    pub(crate) fn count(&self) -> usize {
        self.register.borrow().open.len()
    }

    pub(crate) fn count_at(&self, path: &str) -> usize {
        self.register.borrow().open_at(path)
    }

    pub(crate) fn most(&self) -> usize {
        self.register.borrow().most
    }

    pub(crate) fn most_at(&self, path: &str) -> usize {
        self.register.borrow().most_by_path.get(path).copied().unwrap_or(0)
    }

    pub(crate) async fn wait(&self, count: usize) {
        self.wait_until(|register| register.open.len() == count).await;
    }

    pub(crate) async fn wait_at(&self, path: &str, count: usize) {
        self.wait_until(|register| register.open_at(path) == count).await;
    }

    /// Resets the connections of all open streams; returns how many streams that ended, when they are gone.
    pub(crate) async fn cut_all(&self) -> usize {
        let newest = self.register.borrow().last_id;
        let cut = {
            let register = self.register.borrow();
            register.open.values().for_each(|stream| stream.connection.cut());
            register.open.len()
        };
        // A client that is quick to come back has a later number and is not waited for.
        self.wait_until(|register| register.open.range(..=newest).next().is_none()).await;
        cut
    }

    async fn wait_until(&self, done: impl FnMut(&Register) -> bool) {
        // The sender is `self`, so the channel cannot be closed while we wait.
        let _ = self.register.subscribe().wait_for(done).await;
    }

    fn open(self: &Arc<Self>, stream: OpenStream) -> Guard {
        let mut id = 0;
        self.register.send_modify(|register| id = register.add(stream));
        Guard { id, streams: Arc::clone(self) }
    }
}

/// One counted stream; lives in the response's body and is dropped with it.
struct Guard {
    id: u64,
    streams: Arc<OpenStreams>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.streams.register.send_modify(|register| {
            register.open.remove(&self.id);
        });
    }
}

/// A request for an event stream. Extracting it fails with 503 while the `unavailable` switch is on.
pub(crate) struct StreamRequest {
    app: Arc<App>,
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

    /// Answers with the given head. A piece that is ready while the server is `silent` is kept back until it may speak.
    pub(crate) fn respond_with(
        self,
        status: StatusCode,
        headers: HeaderMap,
        pieces: impl Stream<Item = Bytes> + Send + 'static,
    ) -> Response {
        let guard = self.app.streams.open(OpenStream { path: self.path, connection: self.connection });
        let app = self.app;
        let body = stream::unfold((Box::pin(pieces), guard, app), |(mut pieces, guard, app)| async move {
            let piece = pieces.next().await?;
            app.faults.until_speaking().await;
            Some((Ok::<_, Infallible>(piece), (pieces, guard, app)))
        });
        (status, headers, Body::from_stream(body)).into_response()
    }
}

impl FromRequestParts<Arc<App>> for StreamRequest {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        app.faults.check_available()?;
        let connection = parts.extensions.get::<Arc<Connection>>().ok_or(ApiError::NoConnection)?;
        Ok(Self {
            app: Arc::clone(app),
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
