//! The running fault server: starts it, and gives tests access to what it sees.

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::numbered::{Fault, Numbered};
use super::play::{self, Shared};
use super::reply::{InTurn, Reply};
use super::tries;
use super::watch::{Exchange, is_preflight};
use crate::errors::StartError;
use crate::journal::Entry;

/// A server on 127.0.0.1 that breaks HTTP in the ways a test asks for. Dropping it stops it, a moment later;
/// [`stop`](Self::stop) says when.
///
/// A *client* here is what requests name in their query as `client=NAME`; without one, all requests to a path are one
/// client's. Preflights are answered by the server itself and are not counted.
pub struct FaultServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    /// Closed when the accept loop is over.
    running: watch::Receiver<()>,
}

/// Start, addresses, stop.
impl FaultServer {
    /// Starts a server on a free port, in the current tokio runtime; it listens when this returns.
    ///
    /// # Errors
    /// No port can be listened on.
    pub async fn start() -> Result<Self, StartError> {
        Self::start_on(0).await
    }

    /// Starts a server on this port.
    ///
    /// # Errors
    /// The port is taken or cannot be listened on.
    pub async fn start_on(port: u16) -> Result<Self, StartError> {
        let failed = |source| StartError::bind(port, source);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let shared = Arc::<Shared>::default();
        let (stop, stopped) = watch::channel(false);
        let (alive, running) = watch::channel(());
        let accepting = accept(listener, Arc::clone(&shared), stopped);
        tokio::spawn(async move {
            accepting.await;
            drop(alive);
        });
        Ok(Self { address, shared, stop, running })
    }

    /// The server's origin, such as `http://127.0.0.1:34567`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address it listens on, with the port that was chosen.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// Closes the port and resets every open connection; returns when that is done.
    pub async fn stop(&self) {
        self.stop.send_replace(true);
        // An error says that the other end is gone, which is what is waited for.
        while self.running.clone().changed().await.is_ok() {}
    }
}

/// What is answered. Registering a path again replaces what it stood for.
impl FaultServer {
    /// Answers the requests to `path` with these replies: one for each request, the last one again and again.
    ///
    /// # Panics
    /// There is no reply.
    pub fn answer(&self, path: &str, replies: impl IntoIterator<Item = Reply>) {
        let mut replies = InTurn::new(replies.into_iter().collect());
        self.answer_by(path, move |_| replies.next());
    }

    /// Answers the requests to `path` as the function decides, which is asked for one request at a time.
    pub fn answer_by(&self, path: &str, answer: impl FnMut(&Entry) -> Reply + Send + 'static) {
        let mut answers = self.shared.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.insert(path.to_owned(), Box::new(answer));
    }

    /// Answers the requests to `path` with a stream of numbers, each from after its `Last-Event-ID`; the schedule's
    /// faults go to the requests in their order.
    pub fn numbered(&self, path: &str, numbered: Numbered) {
        let mut faults = numbered.schedule.clone().into_iter();
        self.answer_by(path, move |request| {
            numbered.reply(tries::seen(request), &faults.next().unwrap_or(Fault::None))
        });
    }
}

/// What was asked.
impl FaultServer {
    /// All requests with what became of them, preflights included, in order of arrival.
    pub fn exchanges(&self) -> Vec<Arc<Exchange>> {
        self.shared.watch.exchanges()
    }

    /// The requests to one path, preflights left out, in order of arrival.
    pub fn exchanges_to(&self, path: &str) -> Vec<Arc<Exchange>> {
        of_path(&self.exchanges(), path)
    }

    /// The preflights for one path.
    pub fn preflights_to(&self, path: &str) -> Vec<Arc<Exchange>> {
        let mut exchanges = self.exchanges();
        exchanges.retain(|exchange| exchange.request.path == path && is_preflight(&exchange.request));
        exchanges
    }

    /// Waits until all requests so far, preflights included, satisfy `enough`; returns them.
    pub async fn wait_for(&self, enough: impl FnMut(&[Arc<Exchange>]) -> bool) -> Vec<Arc<Exchange>> {
        self.shared.watch.wait_exchanges(enough).await
    }

    /// Waits until there were `count` requests to `path`, preflights left out; returns them.
    pub async fn wait_for_requests_to(&self, path: &str, count: usize) -> Vec<Arc<Exchange>> {
        of_path(&self.wait_for(|exchanges| of_path(exchanges, path).len() >= count).await, path)
    }

    /// Waits for the request to `path` with this index, counted from 0.
    pub async fn request_to(&self, path: &str, index: usize) -> Arc<Exchange> {
        self.wait_for_requests_to(path, index + 1).await.swap_remove(index)
    }
}

fn of_path(exchanges: &[Arc<Exchange>], path: &str) -> Vec<Arc<Exchange>> {
    let counts = |exchange: &&Arc<Exchange>| exchange.request.path == path && !is_preflight(&exchange.request);
    exchanges.iter().filter(counts).cloned().collect()
}

/// What is open. A request is open from its head's arrival until its reply is complete or its connection is gone.
impl FaultServer {
    /// How many TCP connections there are.
    pub fn connections(&self) -> usize {
        self.shared.watch.connections()
    }

    /// How many requests are open.
    pub fn open(&self) -> usize {
        self.shared.watch.open()
    }

    /// How many requests this client has open.
    pub fn open_of(&self, client: &str) -> usize {
        self.shared.watch.open_of(client)
    }

    /// The most requests this client ever had open at once.
    pub fn most_open_of(&self, client: &str) -> usize {
        self.shared.watch.most_of(client)
    }

    /// The most requests that any one client ever had open at once.
    pub fn most_open_of_any(&self) -> usize {
        self.shared.watch.most_of_any()
    }

    /// Waits until exactly `count` requests are open.
    pub async fn wait_open(&self, count: usize) {
        self.shared.watch.wait_open(count).await;
    }

    /// Waits until this client has exactly `count` requests open.
    pub async fn wait_open_of(&self, client: &str, count: usize) {
        self.shared.watch.wait_open_of(client, count).await;
    }

    /// Waits until there are exactly `count` TCP connections.
    pub async fn wait_connections(&self, count: usize) {
        self.shared.watch.wait_connections(count).await;
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, stopped: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = until_stopped(stopped.clone()) => break,
            accepted = listener.accept() => match accepted {
                Ok((socket, _)) => {
                    connections.spawn(serve_until(until_stopped(stopped.clone()), Arc::new(socket), Arc::clone(&shared)));
                }
                // Out of file descriptors, most likely: some will be freed, and a loop at full speed would not help.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn serve_until(stopped: impl Future<Output = ()>, socket: Arc<TcpStream>, shared: Arc<Shared>) {
    tokio::select! {
        () = stopped => {
            let _ = socket.set_zero_linger();
        }
        () = play::serve(Arc::clone(&socket), shared) => {}
    }
}

async fn until_stopped(mut stopped: watch::Receiver<bool>) {
    // An error says that the server was dropped.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}
