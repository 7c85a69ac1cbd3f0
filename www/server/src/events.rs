//! The event log and `GET /events`, the feed that can be resumed out of it. A stream is nothing but a position in the
//! log that moves forward, so no event is lost or sent twice between the replay and the live part.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::sse::{self, Event};
use crate::stream_request::{StreamRequest, Timing, kept_alive};

/// How many events a log holds by default: some twenty minutes of a demo.
const CAPACITY: usize = 1024;

/// One event of an [`EventLog`].
#[derive(Clone, Debug)]
pub struct LoggedEvent {
    /// Its number; each is one more than the one before.
    pub id: u64,
    /// Its type, such as `notification`.
    pub kind: String,
    /// Its data as JSON text.
    pub data: String,
}

impl LoggedEvent {
    fn to_bytes(&self) -> Bytes {
        Event { id: Some(&self.id.to_string()), name: Some(&self.kind), data: &self.data }.to_bytes()
    }
}

#[derive(Debug)]
struct Ring {
    events: VecDeque<Arc<LoggedEvent>>,
    capacity: usize,
    last_id: u64,
}

/// The events behind `/events`: a ring that forgets the oldest when it is full. Numbers start at the Unix time in
/// milliseconds, so they keep growing when a restarted server begins a new log.
#[derive(Debug)]
pub struct EventLog {
    ring: watch::Sender<Ring>,
}

impl Default for EventLog {
    fn default() -> Self {
        Self::with_capacity(CAPACITY)
    }
}

impl EventLog {
    /// An empty log.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty log that holds `capacity` events, at least one.
    pub fn with_capacity(capacity: usize) -> Self {
        let capacity = capacity.max(1);
        let ring = Ring { events: VecDeque::new(), capacity, last_id: unix_milliseconds() };
        Self { ring: watch::Sender::new(ring) }
    }

    /// Publishes an event of the given type to everyone listening; returns its id.
    pub fn push(&self, kind: &str, data: &Value) -> u64 {
        self.push_numbered(kind, |_| data.to_string())
    }

    /// Publishes a `notification`, whose data names its own id; returns that id.
    pub fn notify(&self, title: &str, body: &str) -> u64 {
        self.push_numbered("notification", |id| {
            json!({ "id": id, "title": title, "body": body, "at": unix_milliseconds() }).to_string()
        })
    }

    /// The id of the newest event; of an empty log, the number its first event comes after.
    pub fn last_id(&self) -> u64 {
        self.ring.borrow().last_id
    }

    /// The events after the given id that are still held, oldest first.
    pub fn after(&self, id: u64) -> Vec<Arc<LoggedEvent>> {
        self.ring.borrow().events.iter().filter(|event| event.id > id).cloned().collect()
    }

    fn push_numbered(&self, kind: &str, data: impl FnOnce(u64) -> String) -> u64 {
        let mut id = 0;
        self.ring.send_modify(|ring| {
            id = ring.last_id + 1;
            ring.last_id = id;
            if ring.events.len() == ring.capacity {
                ring.events.pop_front();
            }
            ring.events.push_back(Arc::new(LoggedEvent { id, kind: kind.to_owned(), data: data(id) }));
        });
        id
    }

    /// Waits until there is an event after the given id, and returns the oldest one still held.
    async fn next_after(&self, id: u64) -> Option<Arc<LoggedEvent>> {
        let mut ring = self.ring.subscribe();
        // The newest event is asked and not `last_id`: an id of an earlier log is below it while there is no event yet.
        let ring = ring.wait_for(|ring| ring.events.back().is_some_and(|newest| newest.id > id)).await.ok()?;
        let first = ring.events.partition_point(|event| event.id <= id);
        ring.events.get(first).cloned()
    }
}

/// Milliseconds since 1970, what JavaScript's `Date` takes.
pub(crate) fn unix_milliseconds() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}

/// `GET /events`: from after `Last-Event-ID`, or from now on.
pub(crate) async fn subscribe(
    request: StreamRequest,
    State(log): State<Arc<EventLog>>,
    State(timing): State<Timing>,
) -> Response {
    let newest = log.last_id();
    // An id this log has not reached is not of this log, and waiting for it could take years.
    let asked = request.last_event_id().and_then(|id| id.parse().ok()).map_or(newest, |id: u64| id.min(newest));

    let opening = sse::retry(timing.retry.as_millis());
    let feed = stream::iter([opening]).chain(after(log, asked));
    request.respond(kept_alive(feed, timing.keep_alive))
}

/// The events after a position in the log, also those still to come.
fn after(log: Arc<EventLog>, position: u64) -> impl Stream<Item = Bytes> {
    stream::unfold((log, position), |(log, position)| async move {
        let event = log.next_after(position).await?;
        Some((event.to_bytes(), (log, event.id)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(events: &[Arc<LoggedEvent>]) -> Vec<u64> {
        events.iter().map(|event| event.id).collect()
    }

    #[test]
    fn a_full_log_forgets_the_oldest_events() {
        let log = EventLog::with_capacity(2);
        let pushed: Vec<u64> = (0..3).map(|n| log.push("system", &json!(n))).collect();
        assert_eq!(ids(&log.after(0)), pushed[1..]);
    }

    #[test]
    fn a_later_log_continues_with_greater_ids() {
        let earlier = EventLog::new();
        assert!(EventLog::new().last_id() >= earlier.last_id());
        assert!(earlier.push("system", &json!(1)) > 1_700_000_000_000);
    }

    #[tokio::test]
    async fn a_reader_that_fell_behind_continues_with_what_is_held() {
        let log = EventLog::with_capacity(2);
        let pushed: Vec<u64> = (0..4).map(|n| log.push("system", &json!(n))).collect();
        assert_eq!(log.next_after(pushed[0]).await.map(|event| event.id), Some(pushed[2]));
    }
}
