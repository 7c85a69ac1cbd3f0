//! The switches that break the server, for pages that show how a client copes and for tests that prove it.
//! Tests use [`Faults`] directly, pages the same switches under `/api/faults`.

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{AppendHeaders, IntoResponse};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::auth::Auth;
use crate::connections::Connection;
use crate::errors::ApiError;
use crate::extract::JsonBody;
use crate::listener::PortControl;
use crate::streams::OpenStreams;

/// How long to wait before the port is tried again, when something else took it during an outage.
const PORT_TAKEN_PAUSE: Duration = Duration::from_millis(200);

/// The most requests that one call can have refused.
const MOST_REFUSALS: u64 = 1000;

/// The longest outage that can be requested, in milliseconds. Until an outage is over, no request can end it.
const LONGEST_OUTAGE: u64 = 10 * 60 * 1000;

/// The state of all switches, as `GET /api/faults` returns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FaultState {
    /// How many of the next stream requests get 503.
    pub unavailable: u32,
    /// The `Retry-After` of those answers, in seconds.
    pub retry_after: Option<u32>,
    /// Whether open streams send nothing.
    pub silent: bool,
    /// Whether the port is closed.
    pub outage: bool,
    /// How often all access tokens were expired.
    pub tokens_expired: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Switches {
    unavailable: u32,
    retry_after: Option<u32>,
    silent: bool,
}

/// The fault switches of a running server.
pub struct Faults {
    switches: watch::Sender<Switches>,
    auth: Arc<Auth>,
    streams: Arc<OpenStreams>,
    port: PortControl,
}

impl Faults {
    pub(crate) fn new(auth: Arc<Auth>, streams: Arc<OpenStreams>, port: PortControl) -> Self {
        Self { switches: watch::Sender::default(), auth, streams, port }
    }

    /// The state of all switches.
    pub fn state(&self) -> FaultState {
        let switches = *self.switches.borrow();
        FaultState {
            unavailable: switches.unavailable,
            retry_after: switches.retry_after,
            silent: switches.silent,
            outage: !self.port.is_listening(),
            tokens_expired: self.auth.generation(),
        }
    }

    /// Resets the connections of all open streams in the middle of their responses; returns how many, once they are
    /// gone.
    pub async fn drop_streams(&self) -> usize {
        self.streams.cut_all().await
    }

    /// Answers the next `count` stream requests with 503, with a `Retry-After` in seconds if there is one.
    pub fn unavailable(&self, count: u32, retry_after: Option<u32>) {
        self.switches.send_modify(|switches| {
            switches.unavailable = count;
            switches.retry_after = retry_after;
        });
    }

    /// While on, open streams send nothing, not even keep-alive comments. What was due is sent when it is switched off.
    pub fn silent(&self, on: bool) {
        self.switches.send_modify(|switches| switches.silent = on);
    }

    /// Rejects every access token issued so far.
    pub fn expire_tokens(&self) {
        self.auth.expire_tokens();
    }

    /// Closes the port and resets all connections, then returns. The port stays closed until
    /// [`reopen_port`](Self::reopen_port).
    pub async fn close_port(&self) {
        self.port.close(None).await;
    }

    /// Listens on the same port again, if it was closed.
    ///
    /// # Errors
    /// Another program has taken the port in the meantime.
    pub async fn reopen_port(&self) -> std::io::Result<()> {
        self.port.reopen(None).await
    }

    /// As [`close_port`](Self::close_port), and the port listens again after `length`.
    pub async fn outage(self: &Arc<Self>, length: Duration) {
        self.outage_sparing(None, length).await;
    }

    /// Waits until the port is open, or closed, as asked.
    pub async fn wait_listening(&self, listening: bool) {
        self.port.wait_listening(listening).await;
    }

    /// Turns all switches off and ends an outage. Expired tokens stay expired.
    ///
    /// # Errors
    /// The port was taken by something else during the outage.
    pub async fn reset(&self) -> std::io::Result<()> {
        self.unavailable(0, None);
        self.silent(false);
        self.reopen_port().await
    }

    async fn outage_sparing(self: &Arc<Self>, spared: Option<u64>, length: Duration) {
        let outage = self.port.close(spared).await;
        let faults = Arc::clone(self);
        tokio::spawn(async move {
            tokio::time::sleep(length).await;
            while faults.port.reopen(outage).await.is_err() {
                tokio::time::sleep(PORT_TAKEN_PAUSE).await;
            }
        });
    }

    /// Fails while the `unavailable` switch is on, and counts it down.
    pub(crate) fn check_available(&self) -> Result<(), ApiError> {
        let mut refusal = None;
        self.switches.send_if_modified(|switches| {
            let Some(left) = switches.unavailable.checked_sub(1) else { return false };
            refusal = Some(ApiError::Unavailable { left, retry_after: switches.retry_after });
            switches.unavailable = left;
            true
        });
        refusal.map_or(Ok(()), Err)
    }

    /// Waits until streams may send.
    pub(crate) async fn until_speaking(&self) {
        // The sender is `self`, so the channel cannot be closed while we wait.
        let _ = self.switches.subscribe().wait_for(|switches| !switches.silent).await;
    }

    pub(crate) async fn stop(&self) {
        self.port.stop().await;
    }

    pub(crate) fn stop_soon(&self) {
        self.port.stop_soon();
    }
}

/// `GET /api/faults`.
pub(crate) async fn state(State(faults): State<Arc<Faults>>) -> Json<FaultState> {
    Json(faults.state())
}

/// `POST /api/faults/drop`.
pub(crate) async fn drop_streams(State(faults): State<Arc<Faults>>) -> Json<FaultState> {
    faults.drop_streams().await;
    Json(faults.state())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Unavailable {
    #[serde(default = "once")]
    count: u32,
    retry_after: Option<u32>,
}

fn once() -> u32 {
    1
}

/// `POST /api/faults/unavailable`.
pub(crate) async fn unavailable(
    State(faults): State<Arc<Faults>>,
    JsonBody(asked): JsonBody<Unavailable>,
) -> Result<Json<FaultState>, ApiError> {
    ApiError::check("count", asked.count.into(), MOST_REFUSALS)?;
    faults.unavailable(asked.count, asked.retry_after);
    Ok(Json(faults.state()))
}

#[derive(Deserialize)]
pub(crate) struct Silent {
    on: bool,
}

/// `POST /api/faults/silent`.
pub(crate) async fn silent(State(faults): State<Arc<Faults>>, JsonBody(asked): JsonBody<Silent>) -> Json<FaultState> {
    faults.silent(asked.on);
    Json(faults.state())
}

/// `POST /api/faults/expire-tokens`.
pub(crate) async fn expire_tokens(State(faults): State<Arc<Faults>>) -> Json<FaultState> {
    faults.expire_tokens();
    Json(faults.state())
}

#[derive(Deserialize)]
pub(crate) struct Outage {
    ms: u64,
}

/// `POST /api/faults/outage`. The connection that asks for it lives until it has its answer.
pub(crate) async fn outage(
    State(faults): State<Arc<Faults>>,
    Extension(connection): Extension<Arc<Connection>>,
    JsonBody(asked): JsonBody<Outage>,
) -> Result<impl IntoResponse, ApiError> {
    ApiError::check("ms", asked.ms, LONGEST_OUTAGE)?;
    faults.outage_sparing(Some(connection.id), Duration::from_millis(asked.ms)).await;
    Ok((AppendHeaders([(header::CONNECTION, "close")]), Json(faults.state())))
}

/// `POST /api/faults/reset`.
pub(crate) async fn reset(State(faults): State<Arc<Faults>>) -> Json<FaultState> {
    // The request came by the open port, so there is no outage that could fail to end.
    let _ = faults.reset().await;
    Json(faults.state())
}
