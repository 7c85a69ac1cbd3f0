//! Which function answers which address, and what all of them share: the journal, CORS, errors as JSON.

use std::path::Path;
use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, FromRef, Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::{any, get, post};
use axum::{Json, Router, middleware};
use serde::Serialize;
use tower::ServiceBuilder;
use tower_http::cors::{AllowHeaders, AllowMethods, AllowOrigin, CorsLayer, ExposeHeaders};
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::auth::{self, Auth};
use crate::errors::ApiError;
use crate::events::{self, EventLog};
use crate::faults::{self, FaultState, Faults};
use crate::faulty::FaultServer;
use crate::journal::{self, Journal};
use crate::load::{self, Flood};
use crate::script::{self, Scripts};
use crate::stream_request::Timing;
use crate::streams::OpenStreams;
use crate::{chat, writes};

/// What the handlers share. Each handler takes from it only what it needs, as `State<Arc<Journal>>`.
#[derive(Clone, FromRef)]
pub(crate) struct App {
    pub(crate) auth: Arc<Auth>,
    pub(crate) fault_server: Option<Arc<FaultServer>>,
    pub(crate) faults: Arc<Faults>,
    pub(crate) flood: Arc<Flood>,
    pub(crate) journal: Arc<Journal>,
    pub(crate) log: Arc<EventLog>,
    pub(crate) scripts: Arc<Scripts>,
    pub(crate) streams: Arc<OpenStreams>,
    pub(crate) timing: Timing,
}

/// The folders that are served.
pub(crate) struct Folders<'a> {
    pub(crate) pages: &'a Path,
    pub(crate) package: &'a Path,
    pub(crate) benchmarks: &'a Path,
    pub(crate) examples: &'a Path,
}

/// `port` is that of the server: only its own pages may change something.
pub(crate) fn router(app: App, port: u16, folders: &Folders) -> Router {
    Router::new()
        .route("/events", get(events::subscribe))
        .route("/api/load", get(load::load))
        .route("/api/script/{name}", any(script::play))
        .route("/api/status", get(status))
        .route("/api/faults", get(faults::state))
        .route("/api/fault-server", get(fault_server))
        .merge(writes(port))
        .nest_service("/pkg", folder(folders.package))
        .nest_service("/bench", folder(folders.benchmarks))
        .nest_service("/react", folder(&folders.examples.join("react")))
        .nest_service("/vue", folder(&folders.examples.join("vue")))
        .fallback_service(folder(folders.pages))
        .layer(middleware::from_fn(isolate_benchmarks))
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .layer(DefaultBodyLimit::disable()) // the journal has its own and reads every body first
        .layer(cors())
        .layer(middleware::from_fn_with_state(Arc::clone(&app.journal), journal::note_request))
        .with_state(app)
}

/// The routes by which a page may change something. `/api/script` is not among them: only tests use it.
fn writes(port: u16) -> Router<App> {
    Router::new()
        .route("/api/login", post(auth::login))
        .route("/api/refresh", post(auth::refresh))
        .route("/api/chat/stream", post(chat::answer))
        .route("/api/faults/drop", post(faults::drop_streams))
        .route("/api/faults/unavailable", post(faults::unavailable))
        .route("/api/faults/silent", post(faults::silent))
        .route("/api/faults/expire-tokens", post(faults::expire_tokens))
        .route("/api/faults/outage", post(faults::outage))
        .route("/api/faults/reset", post(faults::reset))
        .route_layer(middleware::from_fn_with_state(port, writes::guard))
}

/// A folder of files that browsers ask for again each time: a rebuilt package has to arrive in the page.
fn folder(path: &Path) -> Router {
    let revalidate =
        SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    let files =
        ServeDir::new(path).call_fallback_on_method_not_allowed(true).fallback(any(async || ApiError::NotFound));
    Router::new().fallback_service(ServiceBuilder::new().layer(revalidate).service(files))
}

/// Browsers give fine clocks only to pages that are isolated from other origins, so those that measure are. The rest is
/// not: it may be opened by, or open, whom it likes.
async fn isolate_benchmarks(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let measures = path == "/bench.html" || path.starts_with("/bench/");
    let mut response = next.run(request).await;
    if measures {
        let headers = response.headers_mut();
        headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
        headers.insert("cross-origin-embedder-policy", HeaderValue::from_static("require-corp"));
    }
    response
}

/// Allows pages of any origin to read, such as those of a development server on another port. [`writes::guard`] prevents them
/// from changing anything. Headers are mirrored because a `*` would not cover `Authorization`.
fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AllowOrigin::mirror_request())
        .allow_methods(AllowMethods::mirror_request())
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(ExposeHeaders::list([header::RETRY_AFTER, header::WWW_AUTHENTICATE]))
        .allow_credentials(true)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    open_streams: usize,
    requests: u64,
    faults: FaultState,
}

/// `GET /api/status`.
async fn status(State(app): State<App>) -> Json<Status> {
    Json(Status { open_streams: app.streams.count(), requests: app.journal.total(), faults: app.faults.state() })
}

#[derive(Serialize)]
struct FaultServerAddress {
    url: Option<String>,
}

/// `GET /api/fault-server`: the origin of the server beside this one whose `/try/NAME` breaks HTTP, or null.
async fn fault_server(State(server): State<Option<Arc<FaultServer>>>) -> Json<FaultServerAddress> {
    Json(FaultServerAddress { url: server.map(|server| server.url()) })
}
