//! The running server: starts it, and gives tests access to its state.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::auth::Auth;
use crate::chat::Hurry;
use crate::config::Config;
use crate::errors::StartError;
use crate::events::EventLog;
use crate::faults::Faults;
use crate::faulty::{FaultServer, Reply};
use crate::journal::Journal;
use crate::listener::Listener;
use crate::routes::{App, Folders};
use crate::script::Scripts;
use crate::stream_request::Timing;
use crate::streams::OpenStreams;
use crate::{ambient, routes};

/// A running demo server on 127.0.0.1. Dropping it stops it, a moment later; [`stop`](Self::stop) says when.
pub struct DemoServer {
    address: SocketAddr,
    app: App,
    ambient: Option<JoinHandle<()>>,
}

impl DemoServer {
    /// Starts a server in the current tokio runtime; it listens when this returns.
    ///
    /// # Errors
    /// The port is taken or cannot be listened on, or no secret could be made.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let port = config.port;
        let (listener, port_control) = Listener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
            .await
            .map_err(|source| StartError::bind(port, source))?;

        let auth = Arc::new(Auth::new(config.secret, config.access_token_ttl, config.refresh_token_ttl)?);
        let streams = Arc::<OpenStreams>::default();
        let fault_server = if config.fault_server { Some(Arc::new(FaultServer::start().await?)) } else { None };
        let app = App {
            fault_server,
            faults: Arc::new(Faults::new(Arc::clone(&auth), Arc::clone(&streams), port_control)),
            auth,
            flood: Arc::default(),
            journal: config.journal.unwrap_or_default(),
            log: config.log.unwrap_or_default(),
            scripts: Arc::<Scripts>::default(),
            streams,
            timing: Timing {
                retry: config.retry,
                keep_alive: config.keep_alive.max(Duration::from_millis(1)), // no clock ticks every 0 s
                pace: config.pace,
                hurry: Hurry::default(),
            },
        };

        let address = listener.address();
        let folders = Folders {
            pages: &config.pages,
            package: &config.package,
            benchmarks: &config.benchmarks,
            examples: &config.examples,
        };
        tokio::spawn(listener.run(routes::router(app.clone(), address.port(), &folders)));
        let ambient =
            config.ambient.then(|| tokio::spawn(ambient::publish(Arc::clone(&app.log), Arc::clone(&app.streams))));
        Ok(Self { address, app, ambient })
    }

    /// The server's origin, such as `http://127.0.0.1:8080`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address it listens on, with the port that was chosen.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// The requests that arrived.
    pub fn journal(&self) -> &Journal {
        &self.app.journal
    }

    /// The events behind `/events`, to publish more; give a clone to another server's [`Config::log`] to model a
    /// restart with persistent storage.
    pub fn log(&self) -> &Arc<EventLog> {
        &self.app.log
    }

    /// While on, answers of the chat are typed without a pause, also those that have begun.
    pub fn hurry(&self, on: bool) {
        self.app.timing.hurry.set(on);
    }

    /// The fault switches.
    pub fn faults(&self) -> &Arc<Faults> {
        &self.app.faults
    }

    /// The server beside it that breaks HTTP on purpose, if [`Config::fault_server`] asks for one.
    pub fn fault_server(&self) -> Option<&FaultServer> {
        self.app.fault_server.as_deref()
    }

    /// How many event streams are open now.
    pub fn open_streams(&self) -> usize {
        self.app.streams.count()
    }

    /// How many event streams are open now at this path.
    pub fn open_streams_at(&self, path: &str) -> usize {
        self.app.streams.count_at(path)
    }

    /// Waits until exactly `count` event streams are open.
    pub async fn wait_open_streams(&self, count: usize) {
        self.app.streams.wait(count).await;
    }

    /// Waits until exactly `count` event streams are open at this path.
    pub async fn wait_open_streams_at(&self, path: &str, count: usize) {
        self.app.streams.wait_at(path, count).await;
    }

    /// The most event streams that were ever open at once.
    pub fn most_open_streams(&self) -> usize {
        self.app.streams.most()
    }

    /// The most event streams that were ever open at once at this path.
    pub fn most_open_streams_at(&self, path: &str) -> usize {
        self.app.streams.most_at(path)
    }

    /// Sets what `/api/script/NAME` replies: one reply per request, the last one again and again. It replaces what
    /// the name stood for before.
    ///
    /// # Panics
    /// There is no reply, or one that only a fault server can send.
    pub fn script(&self, name: &str, replies: Vec<Reply>) {
        self.app.scripts.register(name, replies);
    }

    /// Closes the port and resets every open connection at once, as when the process is killed. When it returns,
    /// another server can be started on the same port; journal and log can still be read. The fault server beside it
    /// stops, too.
    pub async fn stop(&self) {
        self.stop_ambient();
        if let Some(fault_server) = self.fault_server() {
            fault_server.stop().await;
        }
        self.app.faults.stop().await;
    }

    fn stop_ambient(&self) {
        if let Some(ambient) = &self.ambient {
            ambient.abort();
        }
    }
}

impl Drop for DemoServer {
    fn drop(&mut self) {
        self.stop_ambient();
        self.app.faults.stop_soon();
    }
}
