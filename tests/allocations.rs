//! How much memory the parser allocates: nothing per event or per chunk once its buffers have grown, and never much more
//! than its limit, even for a stream without an end. An allocator that counts checks this.

#![cfg(not(target_arch = "wasm32"))]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use sse_fetch::parser::Parser;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// The system's allocator with counters. They are per thread, because tests run in parallel.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST_HELD: Cell<isize> = const { Cell::new(0) };
}

fn account(allocations: usize, bytes: isize) {
    ALLOCATIONS.set(ALLOCATIONS.get() + allocations);
    HELD.set(HELD.get() + bytes);
    MOST_HELD.set(MOST_HELD.get().max(HELD.get()));
}

// SAFETY: every method passes its arguments unchanged to the system's allocator, which fulfils the contract of `GlobalAlloc`.
#[allow(unsafe_code)] // an allocator cannot be written without it
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        account(1, layout.size().cast_signed());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        account(1, layout.size().cast_signed());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        account(1, size.cast_signed() - layout.size().cast_signed());
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        account(0, -layout.size().cast_signed());
        unsafe { System.dealloc(block, layout) }
    }
}

/// Allocations made while `work` runs.
fn allocations_of(work: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.get();
    work();
    ALLOCATIONS.get() - before
}

/// Bytes that `work` allocates and does not free.
fn held_after(work: impl FnOnce()) -> usize {
    let before = HELD.get();
    work();
    usize::try_from(HELD.get() - before).unwrap_or(0)
}

/// The most bytes that are allocated at any time while `work` runs, without those that were allocated before.
fn most_held_during(work: impl FnOnce()) -> usize {
    let before = HELD.get();
    MOST_HELD.set(before);
    work();
    usize::try_from(MOST_HELD.get() - before).unwrap_or(0)
}

/// About 300 KiB of events. `event` writes the event of a number.
fn stream(event: impl Fn(usize) -> String) -> Vec<u8> {
    let mut stream = String::new();
    for n in 0.. {
        if stream.len() > 300 * KIB {
            break;
        }
        stream += &event(n);
    }
    stream.into_bytes()
}

fn traffic() -> [(&'static str, Vec<u8>); 7] {
    [
        (
            "chat",
            stream(|n| {
                format!("data: {{\"id\":\"chatcmpl-1\",\"choices\":[{{\"delta\":{{\"content\":\"token {n}\"}}}}]}}\n\n")
            }),
        ),
        ("named events", stream(|n| format!("event: notification\ndata: {n}\n\nevent: unheard\ndata: {n}\n\n"))),
        ("ids", stream(|n| format!("id: {n}\r\ndata: {{\"n\":{n}}}\r\n\r\nid: {n}-\r\n\r\n"))),
        ("several data lines", stream(|n| format!("data: first {n}\ndata: 中文 {n}\ndata: 😀\n\n"))),
        (
            "fields between data lines",
            stream(|n| format!("data: {n}\nevent: notification\n: comment\ndata: {n}\nid: {n}\ndata: {n}\n\n")),
        ),
        ("comments and retry", stream(|n| format!(": keep-alive {n}\n\nretry: {n}\n\n"))),
        ("long events", stream(|n| format!("data: {}\n\n", "x".repeat(16 * KIB + n)))),
    ]
}

/// Cuts a stream into its events.
fn events(stream: &[u8]) -> Vec<&[u8]> {
    let mut events = Vec::new();
    let mut rest = stream;
    while let Some(end) = rest.windows(2).position(|pair| pair == b"\n\n" || pair == b"\n\r") {
        let length = if rest[end + 1] == b'\n' { end + 2 } else { end + 3 };
        let (event, behind) = rest.split_at(length);
        events.push(event);
        rest = behind;
    }
    assert_eq!(rest, b"", "streams end with an event");
    events
}

fn listening() -> Parser {
    let mut parser = Parser::new(MIB);
    parser.listen("notification");
    parser.want_comments(true);
    parser
}

/// Parses a chunk as the npm package does. Returns the number of records.
fn drive(parser: &mut Parser, chunk: &[u8]) -> usize {
    parser.reserve(chunk.len()).copy_from_slice(chunk);
    let mut batch = parser.parse(chunk.len());
    let mut records = 0;
    loop {
        parser.to_utf16();
        records += parser.records().len();
        if !batch.more {
            return records;
        }
        batch = parser.next_batch();
    }
}

/// Asserts that `feed` allocates nothing when it parses a stream for the second time, for every traffic and size of chunk.
#[track_caller]
fn assert_steady_state_allocates_nothing(feed: impl Fn(&mut Parser, &[u8]) -> usize) {
    for (name, stream) in traffic() {
        let cuts: [(&str, Vec<&[u8]>); 4] = [
            ("64 KiB", stream.chunks(64 * KIB).collect()),
            ("4 KiB", stream.chunks(4 * KIB).collect()),
            ("1 KiB", stream.chunks(KIB).collect()),
            ("one event", events(&stream)),
        ];
        for (size, chunks) in cuts {
            let mut parser = listening();
            let pass = |parser: &mut Parser| chunks.iter().map(|chunk| feed(parser, chunk)).sum::<usize>();
            let first = pass(&mut parser);
            assert!(first > 0, "{name} says something");
            let mut later = [0; 3];
            let allocations = allocations_of(|| later = core::array::from_fn(|_| pass(&mut parser)));
            assert_eq!(later, [first; 3], "{name} in chunks of {size} says the same each time");
            assert_eq!(allocations, 0, "{name} in chunks of {size}");
        }
    }
}

#[test]
fn steady_traffic_allocates_nothing_as_the_package_parses_it() {
    assert_steady_state_allocates_nothing(drive);
}

#[test]
fn steady_traffic_allocates_nothing_with_push() {
    assert_steady_state_allocates_nothing(|parser, chunk| {
        let mut items = 0;
        parser.push(chunk, |_| items += 1).expect("within the limit");
        items
    });
}

#[test]
fn a_new_stream_on_the_same_parser_allocates_nothing() {
    let (_, stream) = &traffic()[1];
    let mut parser = listening();
    drive(&mut parser, stream);
    let allocations = allocations_of(|| {
        for _ in 0..10 {
            parser.reset();
            drive(&mut parser, stream);
        }
    });
    assert_eq!(allocations, 0);
}

#[test]
fn the_table_of_records_does_not_grow_with_the_chunk() {
    let chunk = b"data\n\n".repeat(4 * MIB / 6);
    let held = held_after(|| {
        let mut parser = listening();
        drive(&mut parser, &chunk);
        core::mem::forget(parser);
    });
    assert!(held < chunk.len() + 64 * KIB, "{held} bytes for a chunk of {}", chunk.len());
}

#[test]
fn a_stream_that_never_ends_an_event_takes_little_memory() {
    let pieces = ["id: 1\n", "event: x\n", ": comment\n", "ignored: x\n", "retry: 1\n", "id: a\nevent: b\n: c\n"];
    for piece in pieces {
        let chunk = piece.repeat(4 * KIB / piece.len());
        let start = b"data: x\n";
        let most = most_held_during(|| {
            let mut parser = listening();
            drive(&mut parser, start);
            for _ in 0..1000 {
                drive(&mut parser, chunk.as_bytes());
            }
        });
        assert!(most < 128 * KIB, "{most} bytes for {piece:?} over and over");
    }
}

#[test]
fn a_hostile_stream_takes_at_most_a_few_times_the_limit() {
    for piece in ["x", "data: x\n", "data\n", "data: x\nevent: y\n", "data: x\nid: y\n: z\n"] {
        let chunk = piece.repeat(16 * KIB / piece.len());
        let beginning = if piece == "x" { "data: " } else { "" };
        let most = most_held_during(|| {
            let mut parser = listening();
            drive(&mut parser, beginning.as_bytes());
            while parser.push(chunk.as_bytes(), |_| {}).is_ok() {}
        });
        assert!(most < 3 * MIB, "{most} bytes for {piece:?} over and over");
    }
}

#[test]
fn the_memory_of_an_event_that_is_too_large_is_freed_at_once() {
    let mut parser = listening();
    let held = held_after(|| {
        parser.push(b"data: ", |_| {}).expect("within the limit");
        while parser.push(&[b'x'; 16 * KIB], |_| {}).is_ok() {}
    });
    assert!(held < 64 * KIB, "{held} bytes");
}

#[test]
fn the_memory_of_a_large_event_is_freed_before_the_next_stream() {
    let mut parser = Parser::new(16 * MIB);
    let event = [b"data: ", &b"x".repeat(8 * MIB)[..], b"\n\n"].concat();
    let held = held_after(|| {
        for chunk in event.chunks(64 * KIB) {
            parser.push(chunk, |_| {}).expect("within the limit");
        }
        parser.reset();
    });
    assert!(held <= MIB + 64 * KIB, "{held} bytes");
}
