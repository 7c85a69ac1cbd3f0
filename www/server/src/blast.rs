//! `GET /api/blast`: as many events as asked for, as fast as the network takes them, to measure throughput and to
//! prove that none is lost.

use std::fmt::Write as _;

use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use serde::Deserialize;

use crate::routes::Query;
use crate::streams::StreamRequest;

/// Bytes written at once. Small writes would measure the server's system calls, not the client.
const BLOCK: usize = 64 * 1024;

/// The largest event that can be asked for, in bytes.
const LARGEST: usize = 1024 * 1024;

/// The query of `/api/blast`.
#[derive(Deserialize)]
#[serde(default)]
pub(crate) struct Blast {
    /// How many events there are, from the first one on.
    count: u64,
    /// The size of each, all its lines counted.
    bytes: usize,
    /// The number of the first one.
    from: u64,
}

impl Default for Blast {
    fn default() -> Self {
        Self { count: 200_000, bytes: 150, from: 0 }
    }
}

/// `GET /api/blast`.
pub(crate) async fn blast(request: StreamRequest, Query(blast): Query<Blast>) -> Response {
    let end = blast.from.saturating_add(blast.count);
    let seen = request.last_event_id().and_then(|id| id.parse::<u64>().ok());
    let first = seen.map_or(blast.from, |id| id.saturating_add(1).max(blast.from));
    let size = blast.bytes.min(LARGEST);

    request.respond(stream::iter(Blocks { next: first, end, size }))
}

/// The events from `next` to before `end`, some 64 KiB at a time.
struct Blocks {
    next: u64,
    end: u64,
    size: usize,
}

impl Iterator for Blocks {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        let mut block = String::with_capacity(BLOCK + self.size);
        while self.next < self.end && block.len() < BLOCK {
            write_event(&mut block, self.next, self.size);
            self.next += 1;
        }
        (!block.is_empty()).then(|| block.into())
    }
}

/// Writes event `n`, padded to `size` bytes; an event too small for its own number is as long as it has to be.
fn write_event(block: &mut String, n: u64, size: usize) {
    const END: &str = "\"}\n\n";
    let size = block.len() + size;
    let _ = write!(block, "id: {n}\ndata: {{\"n\":{n},\"pad\":\"");
    let padding = size.saturating_sub(block.len() + END.len());
    block.extend(std::iter::repeat_n('x', padding));
    block.push_str(END);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_is_as_long_as_asked_and_well_formed() {
        for n in [0, 9, 10, 199_999] {
            let mut event = String::new();
            write_event(&mut event, n, 150);
            assert_eq!(event.len(), 150);

            let data = event.strip_prefix(&format!("id: {n}\ndata: ")).expect("the id comes first");
            let data: serde_json::Value = serde_json::from_str(data).expect("the data is JSON");
            assert_eq!(data["n"], n);
        }
    }

    #[test]
    fn blocks_hold_all_events_and_are_large() {
        let blocks: Vec<Bytes> = Blocks { next: 0, end: 2_000, size: 150 }.collect();
        assert_eq!(blocks.iter().map(Bytes::len).sum::<usize>(), 2_000 * 150);
        assert!(blocks[0].len() >= BLOCK);
    }
}
