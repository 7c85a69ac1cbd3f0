//! `GET /api/load`: as many events as asked for, as fast as the network takes them, to measure throughput and to
//! prove that none is lost.

use std::fmt::Write as _;
use std::iter::repeat_n;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use serde::Deserialize;

use crate::errors::ApiError;
use crate::extract::Query;
use crate::stream_request::StreamRequest;

/// Bytes written at once. Small writes would measure the server's system calls, not the client.
const BLOCK: usize = 64 * 1024;

/// The most events that can be asked for.
const MOST: u64 = 1_000_000_000;

/// The largest event that can be asked for, in bytes.
const LARGEST: usize = 1024 * 1024;

/// The most bytes that are written at once.
const LARGEST_WRITE: usize = 16 * 1024 * 1024;

/// The longest wait before a write that can be asked for, in milliseconds.
const LONGEST_INTERVAL: u64 = 60_000;

/// The largest size of an event whose content needs more than `bytes`, in bytes.
const SMALLEST: usize = 256;

/// The longest flood that is kept ready, in bytes.
const KEPT: usize = 64 * 1024 * 1024;

/// The query of `/api/load`.
#[derive(Deserialize)]
#[serde(default)]
pub(crate) struct Load {
    /// How many events there are, from the first one on.
    count: u64,
    /// The size of each, all its lines counted.
    bytes: usize,
    /// The number of the first one.
    from: u64,
    /// How many of them are written at once; 0: as many as fill a block.
    per_write: usize,
    /// How long the server waits before each write, in milliseconds. With `per_write=1` each event is a chunk of the network.
    interval: u64,
    /// What is in them.
    payload: Payload,
}

impl Default for Load {
    fn default() -> Self {
        Self { count: 200_000, bytes: 150, from: 0, per_write: 0, interval: 0, payload: Payload::default() }
    }
}

/// What the events of a load hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Payload {
    /// An id to resume from, and the number of the event once more.
    #[default]
    Numbered,
    /// A piece of an answer, as the HTTP interfaces of language models send it: no id, and its number has eight digits (up
    /// to 99,999,999), so that streams that begin at different numbers are otherwise the same.
    Chat,
}

impl Load {
    /// Refuses a request that would take unlimited memory or time.
    fn check(&self) -> Result<(), ApiError> {
        ApiError::check("count", self.count, MOST)?;
        ApiError::check("bytes", self.bytes as u64, LARGEST as u64)?;
        ApiError::check("interval", self.interval, LONGEST_INTERVAL)?;
        let event = self.bytes.max(SMALLEST);
        if self.per_write > LARGEST_WRITE / event {
            let (given, bytes, most) = (self.per_write as u64, event as u64, LARGEST_WRITE as u64);
            return Err(ApiError::WriteTooLarge { given, bytes, most });
        }
        Ok(())
    }
}

/// `GET /api/load`.
pub(crate) async fn load(
    State(flood): State<Arc<Flood>>,
    request: StreamRequest,
    Query(load): Query<Load>,
) -> Result<Response, ApiError> {
    load.check()?;
    let end = load.from.saturating_add(load.count);
    let seen = request.last_event_id().and_then(|id| id.parse::<u64>().ok());
    let first = seen.map_or(load.from, |id| id.saturating_add(1).max(load.from));
    let kind = Kind { payload: load.payload, size: load.bytes };

    let ready = flood.ready(kind, end);
    let blocks = Blocks { next: first, end, kind, per_block: load.per_write, ready };
    if load.interval > 0 {
        let interval = Duration::from_millis(load.interval);
        return Ok(request.respond(stream::iter(blocks).then(move |block| async move {
            tokio::time::sleep(interval).await;
            block
        })));
    }
    if load.per_write == 0 {
        return Ok(request.respond(stream::iter(blocks)));
    }
    // The HTTP library joins what is ready at once; only what comes a moment later is a write of its own.
    Ok(request.respond(stream::iter(blocks).then(|block| async {
        tokio::task::yield_now().await;
        block
    })))
}

/// The events of one load, all alike but for their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kind {
    payload: Payload,
    size: usize,
}

impl Kind {
    /// Writes event `n`, padded to the size. If the size is too small for its fields, the event is longer.
    fn write(self, block: &mut String, n: u64) {
        const END: &str = "\"}\n\n";
        let end = block.len() + self.size;
        let _ = match self.payload {
            Payload::Numbered => write!(block, "id: {n}\ndata: {{\"n\":{n},\"pad\":\""),
            Payload::Chat => write!(
                block,
                "data: {{\"id\":\"chatcmpl-{n:08}\",\"object\":\"chat.completion.chunk\",\"choices\":\
                 [{{\"index\":0,\"delta\":{{\"content\":\" word\"}},\"finish_reason\":null}}],\"obfuscation\":\""
            ),
        };
        let padding = end.saturating_sub(block.len() + END.len());
        block.extend(repeat_n('x', padding));
        block.push_str(END);
    }

    /// All events up to `end`, if each of them has the size asked for and all of them together can be kept.
    fn all(self, end: u64) -> Option<Bytes> {
        let length = usize::try_from(end).ok()?.checked_mul(self.size).filter(|length| *length <= KEPT)?;
        let mut all = String::with_capacity(length);
        for n in 0..end {
            let so_far = all.len();
            self.write(&mut all, n);
            // Stop at the first event that is longer than asked for: all of them together could be too long to be kept.
            if all.len() - so_far != self.size {
                return None;
            }
        }
        Some(all.into())
    }
}

/// The longest flood of the kind that was requested last. It is kept, because a benchmark must measure the client, and not the time
/// in which the server writes the same numbers again.
#[derive(Debug, Default)]
pub(crate) struct Flood {
    last: Mutex<Option<(Kind, u64, Option<Bytes>)>>,
}

impl Flood {
    fn ready(&self, kind: Kind, end: u64) -> Option<Bytes> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((kept, kept_end, Some(all))) if *kept == kind && *kept_end >= end => Some(all.clone()),
            Some((kept, kept_end, None)) if *kept == kind && *kept_end == end => None,
            _ => last.insert((kind, end, kind.all(end))).2.clone(),
        }
    }
}

/// The events from `next` to before `end`, so many at a time, or some 64 KiB.
struct Blocks {
    next: u64,
    end: u64,
    kind: Kind,
    /// 0: as many as fill a block.
    per_block: usize,
    /// All events from number 0 on.
    ready: Option<Bytes>,
}

impl Blocks {
    /// How many events of this size come next.
    fn in_next_block(&self) -> u64 {
        let per_block = if self.per_block == 0 { BLOCK.div_ceil(self.kind.size.max(1)) } else { self.per_block };
        (self.end - self.next).min(per_block as u64)
    }

    fn slice(&mut self, all: &Bytes) -> Bytes {
        let place = |n: u64| usize::try_from(n).map_or(all.len(), |n| n * self.kind.size);
        let (start, next) = (place(self.next), self.next + self.in_next_block());
        self.next = next;
        all.slice(start..place(next))
    }

    fn write(&mut self) -> Bytes {
        let mut block = String::with_capacity(BLOCK + self.kind.size);
        let mut count = 0;
        while self.next < self.end && (if self.per_block == 0 { block.len() < BLOCK } else { count < self.per_block }) {
            self.kind.write(&mut block, self.next);
            self.next += 1;
            count += 1;
        }
        block.into()
    }
}

impl Iterator for Blocks {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        if self.next >= self.end {
            return None;
        }
        Some(match self.ready.clone() {
            Some(all) => self.slice(&all),
            None => self.write(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBERED: Kind = Kind { payload: Payload::Numbered, size: 150 };
    const CHAT: Kind = Kind { payload: Payload::Chat, size: 250 };

    fn blocks(kind: Kind, end: u64, per_block: usize, ready: Option<Bytes>) -> Vec<Bytes> {
        Blocks { next: 3, end, kind, per_block, ready }.collect()
    }

    #[test]
    fn every_event_is_as_long_as_asked_and_well_formed() {
        for n in [0, 9, 10, 199_999] {
            let mut event = String::new();
            NUMBERED.write(&mut event, n);
            assert_eq!(event.len(), 150);

            let data = event.strip_prefix(&format!("id: {n}\ndata: ")).expect("the id comes first");
            let data: serde_json::Value = serde_json::from_str(data).expect("the data is JSON");
            assert_eq!(data["n"], n);
        }
    }

    #[test]
    fn a_piece_of_a_chat_is_json_of_the_size_asked_for_without_an_id() {
        let mut event = String::new();
        CHAT.write(&mut event, 199_999);
        assert_eq!(event.len(), 250);
        let data = event.strip_prefix("data: ").expect("data comes first");
        let data: serde_json::Value = serde_json::from_str(data).expect("the data is JSON");
        assert_eq!(data["choices"][0]["delta"]["content"], " word");

        let mut first = String::new();
        CHAT.write(&mut first, 7);
        assert_eq!(first.replace("00000007", "00199999"), event);
    }

    #[test]
    fn blocks_hold_all_events_and_are_large() {
        let blocks = blocks(NUMBERED, 2_003, 0, None);
        assert_eq!(blocks.iter().map(Bytes::len).sum::<usize>(), 2_000 * 150);
        assert!(blocks[0].len() >= BLOCK);
    }

    #[test]
    fn a_flood_that_is_kept_ready_is_the_one_that_would_be_written() {
        for (kind, per_block) in [(NUMBERED, 0), (NUMBERED, 50), (CHAT, 0), (CHAT, 7)] {
            let written = blocks(kind, 1_000, per_block, None);
            assert_eq!(blocks(kind, 1_000, per_block, kind.all(1_000)), written, "{kind:?}, {per_block}");
        }
    }

    #[test]
    fn a_shorter_flood_is_a_part_of_the_longer_one_that_is_kept() {
        let flood = Flood::default();
        let long = flood.ready(NUMBERED, 1_000).expect("it can be kept");
        let kept = flood.ready(NUMBERED, 200).expect("it is kept");
        assert_eq!(kept.as_ptr(), long.as_ptr());
        assert_eq!(blocks(NUMBERED, 200, 0, Some(kept)), blocks(NUMBERED, 200, 0, None));
        assert_eq!(flood.ready(CHAT, 10), CHAT.all(10));
    }

    #[test]
    fn no_event_that_is_larger_than_asked_for_has_more_than_the_256_bytes_of_the_check() {
        for payload in [Payload::Numbered, Payload::Chat] {
            let mut event = String::new();
            Kind { payload, size: 0 }.write(&mut event, u64::MAX);
            assert!(event.len() <= SMALLEST, "{payload:?} has {} bytes", event.len());
        }
    }

    #[test]
    fn so_many_events_are_a_block_as_are_asked_for() {
        let sizes: Vec<usize> = blocks(NUMBERED, 123, 50, None).iter().map(Bytes::len).collect();
        assert_eq!(sizes, [50 * 150, 50 * 150, 20 * 150]);
    }

    #[test]
    fn what_is_too_long_or_has_events_of_several_sizes_is_not_kept() {
        assert_eq!(NUMBERED.all(1_000_000), None);
        assert_eq!(Kind { size: 10, ..NUMBERED }.all(100), None);
    }
}
