//! The servers of a project's pages: the server of the tool, or a server of files.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use demo_server::{Config, DemoServer};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::program::Running;

/// How long a server may take to print its address. Only a failure takes this long.
const PATIENCE: Duration = Duration::from_secs(60);

/// Serves the files of a folder on a free port. It is a demo server, which also has streams of events.
///
/// # Panics
/// It does not start.
pub async fn serve(folder: &Path) -> DemoServer {
    let config = Config { pages: folder.to_owned(), ..e2e::demo_config() };
    DemoServer::start(config).await.unwrap_or_else(|error| panic!("the demo server does not start: {error}"))
}

/// A server that a tool started, such as that of `vite dev`. Dropping it ends it.
#[derive(Debug)]
pub struct DevServer {
    url: String,
    printed: Arc<Mutex<String>>,
    _running: Running,
}

impl DevServer {
    /// The address that it printed, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Everything that it has printed so far.
    #[must_use]
    pub fn printed(&self) -> String {
        self.printed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) async fn of(mut running: Running, line: &str) -> Self {
        let printed = Arc::new(Mutex::new(String::new()));
        let (addresses, mut address) = unbounded_channel();
        if let Some(stdout) = running.child.stdout().take() {
            tokio::spawn(read(stdout, Arc::clone(&printed), addresses.clone()));
        }
        if let Some(stderr) = running.child.stderr().take() {
            tokio::spawn(read(stderr, Arc::clone(&printed), addresses));
        }
        let told = tokio::time::timeout(PATIENCE, address.recv()).await;
        let Ok(Some(url)) = told else {
            let printed = printed.lock().unwrap_or_else(PoisonError::into_inner);
            panic!("`{line}` tells no address; it said:\n{printed}");
        };
        Self { url, printed, _running: running }
    }
}

/// Reads to the end. Otherwise the server would block when its pipe is full.
async fn read(pipe: impl AsyncRead + Unpin, printed: Arc<Mutex<String>>, addresses: UnboundedSender<String>) {
    let mut lines = BufReader::new(pipe).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let address = address_in(&line).map(str::to_owned);
        let mut printed = printed.lock().unwrap_or_else(PoisonError::into_inner);
        printed.push_str(&line);
        printed.push('\n');
        // Only the first address is needed.
        let _ = address.map(|address| addresses.send(address));
    }
}

/// The address of this machine in a line that a server printed.
fn address_in(line: &str) -> Option<&str> {
    let address = &line[line.find("http://localhost:").or_else(|| line.find("http://127.0.0.1:"))?..];
    let end = address.find(|c: char| c.is_whitespace()).unwrap_or(address.len());
    Some(address[..end].trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::address_in;

    #[test]
    fn the_address_is_read_from_what_servers_print() {
        assert_eq!(address_in("  ➜  Local:   http://localhost:5173/"), Some("http://localhost:5173"));
        assert_eq!(address_in("- Local:        http://127.0.0.1:3000"), Some("http://127.0.0.1:3000"));
        assert_eq!(address_in("see http://example.com/ for more"), None);
    }
}
