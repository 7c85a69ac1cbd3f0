//! What the fault server sees of its clients: each request as it came, how it ended and when, and how many one client
//! had open at once.

use std::collections::HashMap;
use std::io;
use std::mem::MaybeUninit;
use std::sync::{Arc, Weak};
use std::time::Instant;

use bytes::Bytes;
use socket2::SockRef;
use tokio::net::TcpStream;
use tokio::sync::watch;

use crate::journal::Entry;
use crate::kept::{Kept, Weight};

/// Exchanges kept; older ones go first. A test never gets there, a demo left running for weeks does.
const CAPACITY: usize = 100_000;

/// The memory that exchanges may take, in bytes.
const CAPACITY_BYTES: usize = 256 * 1024 * 1024;

/// The most clients for which the highest number of open requests is recorded.
const CLIENTS: usize = 10_000;

/// The length of a client's name, in characters. The rest of a longer name is ignored.
const LONGEST_NAME: usize = 256;

/// How an exchange ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The reply was sent to its proper end.
    Complete,
    /// The server cut or reset the connection, as the reply wanted.
    BrokenOff,
    /// The client closed or reset the connection before the reply's end.
    ClosedByClient,
    /// The server was stopped.
    Stopped,
}

/// How an exchange ended, and when the server saw it.
#[derive(Clone, Copy, Debug)]
pub struct Ended {
    /// How.
    pub how: End,
    /// When.
    pub at: Instant,
}

/// One request and what became of it.
#[derive(Debug)]
pub struct Exchange {
    /// The request: its header names are in lower case, their values are raw bytes, and a long body is cut after the first MiB.
    pub request: Entry,
    /// The request's head to the byte, closing empty line included.
    pub head: Bytes,
    /// The name of the client: `client` of the query, else the path, cut after 256 characters.
    pub client: String,
    /// When its head had arrived.
    pub arrived: Instant,
    end: watch::Receiver<Option<Ended>>,
}

impl Exchange {
    /// Whether the reply is still being sent or withheld.
    pub fn is_open(&self) -> bool {
        self.end.borrow().is_none()
    }

    /// Waits for the end.
    pub async fn ended(&self) -> Ended {
        let stopped = Ended { how: End::Stopped, at: Instant::now() };
        self.end.clone().wait_for(Option::is_some).await.ok().and_then(|end| *end).unwrap_or(stopped)
    }

    /// Waits until the client closes the connection; returns when the server saw it.
    ///
    /// # Panics
    /// The exchange ends in another way.
    pub async fn closed_by_client(&self) -> Instant {
        let Ended { how, at } = self.ended().await;
        assert_eq!(how, End::ClosedByClient, "{} ended otherwise", self.request.path_and_query());
        at
    }

    /// The request's `Last-Event-ID`, if there is one.
    pub fn last_event_id(&self) -> Option<&str> {
        self.request.header_str("last-event-id")
    }
}

/// A request without its end.
#[derive(Debug)]
struct Open {
    client: String,
    socket: Weak<TcpStream>,
    end: Arc<watch::Sender<Option<Ended>>>,
}

impl Weight for Exchange {
    fn bytes(&self) -> usize {
        self.request.bytes() + self.head.len() + self.client.len()
    }
}

#[derive(Debug)]
struct State {
    exchanges: Kept<Exchange>,
    open: HashMap<u64, Open>,
    most: HashMap<String, usize>,
    connections: usize,
    last_number: u64,
}

impl Default for State {
    fn default() -> Self {
        Self {
            exchanges: Kept::new(CAPACITY, CAPACITY_BYTES),
            open: HashMap::new(),
            most: HashMap::new(),
            connections: 0,
            last_number: 0,
        }
    }
}

impl State {
    fn open_of(&self, client: &str) -> usize {
        self.open.values().filter(|open| open.client == client).count()
    }

    /// Tasks see their client leave in any order, and a later request of its may be faster. So before it is held
    /// against a client, the system is asked whether its earlier connections are still there.
    fn remove_those_that_left(&mut self, client: &str) {
        let left = |open: &mut Open| open.client == client && open.socket.upgrade().is_none_or(|it| has_left(&it));
        for (_, open) in self.open.extract_if(|_, open| left(open)) {
            finish(&open.end, End::ClosedByClient);
        }
    }

    fn add(&mut self, open: Open) -> u64 {
        self.remove_those_that_left(&open.client);
        let client = open.client.clone();
        self.last_number += 1;
        self.open.insert(self.last_number, open);
        let now = self.open_of(&client);
        if self.most.len() >= CLIENTS && !self.most.contains_key(&client) {
            self.most.clear();
        }
        let most = self.most.entry(client).or_default();
        *most = now.max(*most);
        self.last_number
    }
}

fn has_left(socket: &TcpStream) -> bool {
    let mut byte = [MaybeUninit::uninit()];
    match SockRef::from(socket).peek(&mut byte) {
        Ok(read) => read == 0,
        Err(error) => error.kind() != io::ErrorKind::WouldBlock,
    }
}

/// The first end counts.
fn finish(end: &watch::Sender<Option<Ended>>, how: End) {
    end.send_if_modified(|end| {
        let first = end.is_none();
        if first {
            *end = Some(Ended { how, at: Instant::now() });
        }
        first
    });
}

/// Past and open exchanges.
#[derive(Debug, Default)]
pub(super) struct Watch {
    state: watch::Sender<State>,
}

impl Watch {
    /// Counts a connection until the guard is dropped.
    pub(super) fn connected(self: &Arc<Self>) -> Connected {
        self.state.send_modify(|state| state.connections += 1);
        Connected { watch: Arc::clone(self) }
    }

    /// A request's head is here: it counts as open from now on, unless it is a preflight.
    pub(super) fn arrived(self: &Arc<Self>, head: &Entry, socket: &Arc<TcpStream>) -> Visit {
        let client = client_of(head);
        let end = Arc::default();
        let mut number = None;
        if is_preflight(head) {
            finish(&end, End::Complete);
        } else {
            let open = Open { client: client.clone(), socket: Arc::downgrade(socket), end: Arc::clone(&end) };
            self.state.send_modify(|state| number = Some(state.add(open)));
        }
        Visit { number, client, arrived: Instant::now(), end, watch: Arc::clone(self) }
    }

    pub(super) fn exchanges(&self) -> Vec<Arc<Exchange>> {
        self.state.borrow().exchanges.entries().to_vec()
    }

    pub(super) async fn wait_exchanges(&self, mut enough: impl FnMut(&[Arc<Exchange>]) -> bool) -> Vec<Arc<Exchange>> {
        self.wait_for(|state| enough(state.exchanges.entries())).await;
        self.exchanges()
    }

    pub(super) fn connections(&self) -> usize {
        self.state.borrow().connections
    }

    pub(super) fn open(&self) -> usize {
        self.state.borrow().open.len()
    }

    pub(super) fn open_of(&self, client: &str) -> usize {
        self.state.borrow().open_of(client)
    }

    pub(super) fn most_of(&self, client: &str) -> usize {
        self.state.borrow().most.get(client).copied().unwrap_or(0)
    }

    pub(super) fn most_of_any(&self) -> usize {
        self.state.borrow().most.values().copied().max().unwrap_or(0)
    }

    pub(super) async fn wait_open_of(&self, client: &str, count: usize) {
        self.wait_for(|state| state.open_of(client) == count).await;
    }

    pub(super) async fn wait_open(&self, count: usize) {
        self.wait_for(|state| state.open.len() == count).await;
    }

    pub(super) async fn wait_connections(&self, count: usize) {
        self.wait_for(|state| state.connections == count).await;
    }

    async fn wait_for(&self, mut done: impl FnMut(&State) -> bool) {
        // The sender is `self`, so the channel cannot be closed while we wait.
        let _ = self.state.subscribe().wait_for(|state| done(state)).await;
    }
}

/// Whether a browser asks for permission, before the request itself.
pub(super) fn is_preflight(request: &Entry) -> bool {
    request.method == "OPTIONS" && request.header("access-control-request-method").is_some()
}

fn client_of(request: &Entry) -> String {
    let named = request.query.split('&').find_map(|pair| pair.strip_prefix("client="));
    let name = named.unwrap_or(&request.path);
    name.chars().take(LONGEST_NAME).collect()
}

/// A connection's place in the count.
pub(super) struct Connected {
    watch: Arc<Watch>,
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.watch.state.send_modify(|state| state.connections -= 1);
    }
}

/// A request that counts as open until [`end`](Self::end) is called or it is dropped.
pub(super) struct Visit {
    /// `None` for a preflight.
    number: Option<u64>,
    client: String,
    arrived: Instant,
    end: Arc<watch::Sender<Option<Ended>>>,
    watch: Arc<Watch>,
}

impl Visit {
    /// All of the request is here.
    pub(super) fn record(&self, request: Entry, head: Bytes) {
        let (client, arrived, end) = (self.client.clone(), self.arrived, self.end.subscribe());
        let exchange = Exchange { request, head, client, arrived, end };
        self.watch.state.send_modify(|state| state.exchanges.push(exchange));
    }

    /// It is not open any more; later ends are none.
    pub(super) fn end(&self, how: End) {
        self.watch
            .state
            .send_if_modified(|state| self.number.is_some_and(|number| state.open.remove(&number).is_some()));
        finish(&self.end, how);
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.end(End::Stopped);
    }
}
