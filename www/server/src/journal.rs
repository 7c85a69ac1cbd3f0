//! Every request the server was sent, in order of arrival, down to the raw bytes of its header values: what a test
//! asserts on, and can wait for.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use tokio::sync::watch;

use crate::errors::ApiError;
use crate::kept::{Kept, Weight, beginning};

/// Entries kept; older ones go first. A test never gets there, a demo left running for weeks does.
const CAPACITY: usize = 10_000;

/// The memory that entries may take, in bytes.
const CAPACITY_BYTES: usize = 64 * 1024 * 1024;

/// The longest request body that is accepted, in bytes.
const BODY_LIMIT: usize = 16 * 1024 * 1024;

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The method, in capitals.
    pub method: String,
    /// The path without the query.
    pub path: String,
    /// The query without its question mark; empty when there is none.
    pub query: String,
    /// Header names in small letters with the raw bytes of their values.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body, or its first MiB: [`is_body_cut`](Self::is_body_cut) says whether there was more.
    pub body: Bytes,
    /// The length of the whole body, in bytes.
    pub body_length: usize,
}

impl Entry {
    /// The first value of a header, as the bytes that were sent.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        let (_, value) = self.headers.iter().find(|(given, _)| given.eq_ignore_ascii_case(name))?;
        Some(value)
    }

    /// The first value of a header as text; `None` also when it is not UTF-8.
    pub fn header_str(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.header(name)?).ok()
    }

    /// Whether only the first part of the body is kept.
    pub fn is_body_cut(&self) -> bool {
        self.body.len() < self.body_length
    }

    /// The body as JSON; `None` when it is none, or was cut.
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The path with its query.
    pub fn path_and_query(&self) -> String {
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) }
    }
}

impl Weight for Entry {
    fn bytes(&self) -> usize {
        let header = |(name, value): &(String, Vec<u8>)| name.len() + value.len() + size_of::<(String, Vec<u8>)>();
        let headers = self.headers.iter().map(header).sum::<usize>();
        size_of::<Self>() + self.method.len() + self.path.len() + self.query.len() + headers + self.body.len()
    }
}

#[derive(Debug)]
struct Entries {
    kept: Kept<Entry>,
    total: u64,
}

impl Default for Entries {
    fn default() -> Self {
        Self { kept: Kept::new(CAPACITY, CAPACITY_BYTES), total: 0 }
    }
}

/// All requests seen, preflights and static files included.
#[derive(Debug, Default)]
pub struct Journal {
    entries: watch::Sender<Entries>,
}

impl Journal {
    /// An empty journal, to be shared by several servers; each server has its own otherwise.
    pub fn new() -> Self {
        Self::default()
    }

    /// All entries, oldest first.
    pub fn entries(&self) -> Vec<Arc<Entry>> {
        self.entries.borrow().kept.entries().to_vec()
    }

    /// The entries of one path, oldest first, preflights left out.
    pub fn requests_to(&self, path: &str) -> Vec<Arc<Entry>> {
        let mut entries = self.entries();
        entries.retain(|entry| entry.path == path && entry.method != "OPTIONS");
        entries
    }

    /// Waits until the entries satisfy `enough`, which is asked at once and after each new request; returns them.
    pub async fn wait_for(&self, mut enough: impl FnMut(&[Arc<Entry>]) -> bool) -> Vec<Arc<Entry>> {
        let mut entries = self.entries.subscribe();
        match entries.wait_for(|entries| enough(entries.kept.entries())).await {
            Ok(entries) => entries.kept.entries().to_vec(),
            // The sender is `self`, so the channel cannot be closed while we wait.
            Err(_) => self.entries(),
        }
    }

    /// Waits until `count` requests to `path` were made, preflights left out; returns them.
    pub async fn wait_for_requests_to(&self, path: &str, count: usize) -> Vec<Arc<Entry>> {
        let counts = |entry: &&Arc<Entry>| entry.path == path && entry.method != "OPTIONS";
        self.wait_for(|entries| entries.iter().filter(counts).count() >= count).await;
        self.requests_to(path)
    }

    /// How many requests there were, those no longer kept included.
    pub fn total(&self) -> u64 {
        self.entries.borrow().total
    }

    /// Forgets all entries, so that what comes next stands alone; [`total`](Self::total) counts on.
    pub fn clear(&self) {
        self.entries.send_modify(|entries| entries.kept.clear());
    }

    fn note(&self, entry: Entry) {
        self.entries.send_modify(|entries| {
            entries.kept.push(entry);
            entries.total += 1;
        });
    }
}

/// The outermost layer: notes each request when all of it has arrived and before anything answers it.
pub(crate) async fn note_request(State(journal): State<Arc<Journal>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_LIMIT).await else {
        return ApiError::BodyUnread { limit: BODY_LIMIT }.into_response();
    };
    journal.note(Entry {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect(),
        body: beginning(&body),
        body_length: body.len(),
    });
    next.run(Request::from_parts(parts, body.into())).await
}
