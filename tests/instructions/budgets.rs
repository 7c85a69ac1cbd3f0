//! What parsing may cost, stream by stream.

use crate::guest::{self, Count};
use crate::streams;

const KIB: usize = 1024;

/// A count may exceed the one in the table by this share before the test fails: compilers differ a little.
const HEAD_ROOM_PERCENT: u64 = 10;

/// A stream, how it arrives, and what parsing it took when the table was last renewed.
struct Budget {
    name: &'static str,
    stream: fn(usize) -> Vec<u8>,
    /// How many of its pieces the stream has.
    pieces: usize,
    /// Bytes per chunk.
    chunk: usize,
    /// Offsets are converted to UTF-16, as for text that is not ASCII.
    utf16: bool,
    instructions: u64,
}

/// Counted with rustc 1.95.0.
#[rustfmt::skip]
const BUDGETS: &[Budget] = &[
    Budget { name: "long lines, 64 KiB chunks",   stream: streams::long_lines,   pieces: 32,    chunk: 64 * KIB, utf16: false, instructions: 802_379 },
    Budget { name: "long lines, 1 KiB chunks",    stream: streams::long_lines,   pieces: 32,    chunk: KIB,      utf16: false, instructions: 974_749 },
    Budget { name: "small events, 64 KiB chunks", stream: streams::small_events, pieces: 8_192, chunk: 64 * KIB, utf16: false, instructions: 1_971_142 },
    Budget { name: "small events, 1 KiB chunks",  stream: streams::small_events, pieces: 8_192, chunk: KIB,      utf16: false, instructions: 2_069_008 },
    Budget { name: "small events, one per chunk", stream: streams::small_events, pieces: 8_192, chunk: 14,       utf16: false, instructions: 6_637_161 },
    Budget { name: "full events, 4 KiB chunks",   stream: streams::full_events,  pieces: 4_096, chunk: 4 * KIB,  utf16: false, instructions: 3_906_353 },
    Budget { name: "id events, 4 KiB chunks",     stream: streams::id_events,    pieces: 4_096, chunk: 4 * KIB,  utf16: false, instructions: 3_653_151 },
    Budget { name: "chat, 4 KiB chunks",          stream: streams::chat,         pieces: 2_048, chunk: 4 * KIB,  utf16: false, instructions: 959_298 },
    Budget { name: "chat, 8-byte chunks",         stream: streams::chat,         pieces: 512,   chunk: 8,        utf16: false, instructions: 4_203_093 },
    Budget { name: "heartbeats, 4 KiB chunks",    stream: streams::heartbeats,   pieces: 4_096, chunk: 4 * KIB,  utf16: false, instructions: 3_562_928 },
    Budget { name: "500 lines, 64 KiB chunks",    stream: streams::lines_500,    pieces: 16,    chunk: 64 * KIB, utf16: false, instructions: 3_250_776 },
    Budget { name: "500 lines, 1 KiB chunks",     stream: streams::lines_500,    pieces: 16,    chunk: KIB,      utf16: false, instructions: 3_534_504 },
    Budget { name: "many scripts, as bytes",      stream: streams::many_scripts, pieces: 2_048, chunk: 4 * KIB,  utf16: false, instructions: 786_116 },
    Budget { name: "many scripts, as UTF-16",     stream: streams::many_scripts, pieces: 2_048, chunk: 4 * KIB,  utf16: true,  instructions: 1_754_334 },
    Budget { name: "a line in 4-byte drips",      stream: streams::one_line,     pieces: 256 * KIB, chunk: 4,    utf16: false, instructions: 23_990_119 },
];

impl Budget {
    fn allowed(&self) -> u64 {
        self.instructions + self.instructions * HEAD_ROOM_PERCENT / 100
    }

    /// What it takes now, and the line that says so.
    fn spend(&self) -> (Count, String) {
        let stream = (self.stream)(self.pieces);
        let count = guest::count(&stream, self.chunk, self.utf16);
        let line = format!(
            "{:28} {:10} instructions ({} in the table): {} per byte, {} per event, {} per chunk",
            self.name,
            count.instructions,
            self.instructions,
            hundredths(count.instructions, stream.len()),
            hundredths(count.instructions, count.records),
            hundredths(count.instructions, stream.len().div_ceil(self.chunk)),
        );
        (count, line)
    }
}

fn hundredths(dividend: u64, divisor: usize) -> String {
    let hundredths = dividend * 100 / divisor.max(1) as u64;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

#[test]
fn parsing_stays_within_its_budgets() {
    let mut exceeded = Vec::new();
    for budget in BUDGETS {
        let (count, line) = budget.spend();
        println!("{line}");
        if count.instructions > budget.allowed() {
            exceeded.push(format!("{line}; allowed are {}", budget.allowed()));
        }
    }
    assert!(
        exceeded.is_empty(),
        "Parsing takes more instructions than it may:\n\n{}\n\nThe parser reads, copies or allocates more than it did. If that \
         is meant, or if the compiler is another than the table was made with, renew the table in {} with what\n    \
         cargo test --test instructions budgets -- --nocapture\nprints, and say in the commit why.",
        exceeded.join("\n"),
        file!(),
    );
}

#[test]
fn the_same_stream_takes_the_same_instructions_every_time() {
    let stream = streams::chat(64);
    assert_eq!(guest::count(&stream, 100, true), guest::count(&stream, 100, true));
}

#[test]
fn every_event_of_a_stream_is_counted() {
    assert_eq!(guest::count(&streams::heartbeats(100), 7, false).records, 100);
    assert_eq!(guest::count(&streams::lines_500(3), KIB, false).records, 3);
    assert_eq!(guest::count(&streams::many_scripts(3000), 64 * KIB, true).records, 3000);
}
