//! What a demo server is started with.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

use crate::events::EventLog;
use crate::journal::Journal;
use crate::milliseconds;

/// What a [`DemoServer`](crate::DemoServer) is started with. The defaults suit a test: a free port, nothing published
/// but what the test publishes itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    /// The port on 127.0.0.1; 0 takes a free one. Default: 0.
    pub port: u16,
    /// The folder served at `/`. Default: the repository's `www/pages`.
    pub pages: PathBuf,
    /// The folder of the built npm package, served at `/pkg/`. Default: the repository's `pkg`.
    pub package: PathBuf,
    /// The folder of the bundled benchmarks, served at `/bench/`; without it there is nothing at that address. Default:
    /// where `cargo xtask` writes them when cargo's target directory is the usual one.
    pub benchmarks: PathBuf,
    /// The folder of the built examples: `react` in it is served at `/react/`, `vue` at `/vue/`; without them there is
    /// nothing at those addresses. Default: where `cargo xtask` writes them when cargo's target directory is the usual one.
    pub examples: PathBuf,
    /// Signs the access tokens. Default: random at start-up, so that a restart logs everybody out; give two servers
    /// the same secret to have tokens survive a restart.
    pub secret: Option<Vec<u8>>,
    /// How long an access token is accepted, to the second. Default: 60 s. Zero makes tokens that are born expired.
    #[serde(deserialize_with = "milliseconds::deserialize")]
    pub access_token_ttl: Duration,
    /// How long a refresh token is accepted. Default: one day.
    #[serde(deserialize_with = "milliseconds::deserialize")]
    pub refresh_token_ttl: Duration,
    /// The events behind `/events`. Default: a new log; share one to model a restart with persistent storage.
    #[serde(skip)]
    pub log: Option<Arc<EventLog>>,
    /// Where requests are noted. Default: a new journal; share one to see the requests before and after a restart.
    #[serde(skip)]
    pub journal: Option<Arc<Journal>>,
    /// Whether notifications, system figures and heartbeats are published without being asked for. Default: false.
    pub ambient: bool,
    /// Whether a [`FaultServer`](crate::faulty::FaultServer) is started beside it, on a free port that
    /// `/api/fault-server` tells. Default: false.
    pub fault_server: bool,
    /// The reconnection time that `/events` sends as `retry:`. Default: 1 s.
    #[serde(deserialize_with = "milliseconds::deserialize")]
    pub retry: Duration,
    /// The time between two tokens of an answer of the chat, if the request does not say it. Default: 35 ms.
    #[serde(deserialize_with = "milliseconds::deserialize")]
    pub pace: Duration,
    /// The longest silence of the feed, or of an answer of the chat, before a `: keep-alive` comment is sent. Default: 15 s.
    #[serde(deserialize_with = "milliseconds::deserialize")]
    pub keep_alive: Duration,
}

impl Default for Config {
    fn default() -> Self {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        Self {
            port: 0,
            pages: repository.join("www/pages"),
            package: repository.join("pkg"),
            benchmarks: repository.join("target/xtask/benchmarks"),
            examples: repository.join("target/xtask/examples"),
            secret: None,
            access_token_ttl: Duration::from_secs(60),
            refresh_token_ttl: Duration::from_secs(24 * 60 * 60),
            log: None,
            journal: None,
            ambient: false,
            fault_server: false,
            retry: Duration::from_secs(1),
            pace: Duration::from_millis(35),
            keep_alive: Duration::from_secs(15),
        }
    }
}
