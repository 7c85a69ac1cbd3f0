//! Twice as much of the same takes twice the instructions, not four times, whatever is large: a line, an event, a stream,
//! a chunk.

use crate::guest;
use crate::streams;

const KIB: usize = 1024;

/// Twice, and five percent for buffers that grow by doubling.
const MOST_PERCENT: u64 = 210;

/// Demands that twice the pieces take at most about twice the instructions.
#[track_caller]
fn assert_linear(what: &str, stream: fn(usize) -> Vec<u8>, pieces: usize, chunk: usize, utf16: bool) {
    let [once, twice] = [pieces, 2 * pieces].map(|pieces| guest::count(&stream(pieces), chunk, utf16).instructions);
    assert!(
        twice * 100 <= once * MOST_PERCENT,
        "{what} of twice the size take {twice} instructions, where half of it took {once}: some of it is done over and \
         over as it grows"
    );
}

#[test]
fn a_line_in_drips() {
    assert_linear("a line in 4-byte drips", streams::one_line, 128 * KIB, 4, false);
}

#[test]
fn an_event_of_many_lines_in_small_chunks() {
    assert_linear("data lines in 8-byte chunks", streams::many_lines, 2_000, 8, false);
    assert_linear("data lines in 1 KiB chunks", streams::many_lines, 10_000, KIB, false);
}

#[test]
fn a_chunk_of_many_events() {
    assert_linear("events in one chunk", streams::small_events, 20_000, usize::MAX >> 33, false);
}

#[test]
fn a_stream_of_many_scripts() {
    assert_linear("events in UTF-16", streams::many_scripts, 2_000, 64 * KIB, true);
}

#[test]
fn a_long_stream() {
    assert_linear("events in 1 KiB chunks", streams::chat, 2_000, KIB, false);
}
