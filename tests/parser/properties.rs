//! Random streams in random chunks: the parser must agree with the reference about each of them.
//!
//! The environment variable `PROPTEST_CASES` sets the number of cases per property.

use std::fmt;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::agreement;

/// Larger than any stream made here.
const NO_LIMIT: usize = 1 << 20;

const ODD_ENDS: &[&[u8]] = &[b"\n\r", b"\r\r\n", b"\n\n", b"\r\n\r\n", b"\r\r"];

const NEARLY_ONE_BOM: &[&[u8]] =
    &[b"\xEF\xBB\xBF\xEF\xBB\xBF", b"\xEF\xBB", b"\xEF", b"\xEF\xBBd", b"\xEF\xBB\n", b"\xEF\xBB\xEF\xBB\xBF"];

/// Truncated sequences, lone continuations, overlong forms, surrogates, bytes UTF-8 never has.
#[rustfmt::skip]
const MALFORMED: &[&[u8]] = &[
    b"\x80", b"\xBF\xBF", b"\xC3", b"\xE4\xB8", b"\xE4", b"\xF0\x9F\x98", b"\xF0\x9F", b"\xF0", b"\xC0\x80",
    b"\xC1\xBF", b"\xE0\x80\x80", b"\xE0\x9F\xBF", b"\xF0\x80\x80\x80", b"\xF0\x8F\xBF\xBF", b"\xED\xA0\x80",
    b"\xED\xBF\xBF", b"\xF4\x90\x80\x80", b"\xF5\x80\x80\x80", b"\xF8", b"\xFC", b"\xFE", b"\xFF", b"\xEF\xBB", b"\xEF",
    b"\xC3\xA9\xA9", b"\xC3x", b"\xE4\xB8\xC3\xA9",
];

/// Names of fields that are nearly known.
#[rustfmt::skip]
const NEAR_MISSES: &[&str] = &[
    "d", "dat", "Data", "DATA", " data", "data ", "database", "data\0", "d\u{430}ta", "\u{FEFF}data", "data\u{FE0F}", "even",
    "events", "Event", "\tevent", "i", "ID", "idx", "id\t", "retr", "retry ", "Retry", "unknown", "é", "\0",
];

/// Values that have a meaning in some field, or that lie at the borders of the encoding.
#[rustfmt::skip]
const VALUES: &[&str] = &[
    "", " ", "x", "7", "[DONE]", "message", "notification", "é中😀", "open", "other", "\u{FFFD}", "a\0b", "\0", ":",
    "a: b", "0", "1000", "007", "+1", "-1", "1e3", " 10", "10 ", "１２", "18446744073709551615", "18446744073709551616",
    "99999999999999999999999999", "\u{FEFF}", "\u{85}", "\u{2028}", "\u{B}\u{C}", "é", "中文", "😀👍🏽", "\u{10FFFF}",
    "\u{7FF}\u{800}", "{\"choices\":[{\"delta\":{\"content\":\"Hello\"}}]}",
];

const LARGE_CHUNKS: &[&[usize]] = &[&[usize::MAX], &[10_000], &[65_536, 1], &[3000, 0, 500]];

/// Cases per property, divided by `share` if each case is large.
fn cases(share: u32) -> ProptestConfig {
    // The default run is part of `cargo xtask check`.
    let all = std::env::var("PROPTEST_CASES").ok().and_then(|asked| asked.parse().ok()).unwrap_or(3000);
    ProptestConfig::with_cases((all / share).max(1))
}

fn terminator() -> impl Strategy<Value = &'static [u8]> {
    prop_oneof![
        6 => Just(&b"\n"[..]),
        3 => Just(&b"\r\n"[..]),
        3 => Just(&b"\r"[..]),
        1 => select(ODD_ENDS),
    ]
}

/// Names of fields, and names that differ a little from one.
fn name() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        6 => Just("data"),
        3 => Just("event"),
        3 => Just("id"),
        1 => Just("retry"),
        2 => Just(""),
        1 => select(NEAR_MISSES),
    ]
}

fn colon() -> impl Strategy<Value = &'static str> {
    prop_oneof![6 => Just(": "), 3 => Just(":"), 1 => select(vec!["", " ", ":  ", "::", ":\t", " : "])]
}

fn text_value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => select(VALUES).prop_map(|text| text.as_bytes().to_vec()),
        1 => "[ -~é中😀]{0,60}".prop_map(String::into_bytes),
        1 => (select(vec!["x", "é", "中", "😀"]), 1..200_usize).prop_map(|(unit, times)| unit.repeat(times).into_bytes()),
    ]
}

fn malformed() -> impl Strategy<Value = Vec<u8>> {
    select(MALFORMED).prop_map(<[u8]>::to_vec)
}

fn line(value: impl Strategy<Value = Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    (name(), colon(), value, terminator())
        .prop_map(|(name, colon, value, end)| [name.as_bytes(), colon.as_bytes(), &value, end].concat())
}

/// A few lines and, in most cases, the blank line that ends the event.
fn block(value: impl Strategy<Value = Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    (vec(line(value), 0..7), terminator(), prop::bool::weighted(0.85)).prop_map(|(lines, end, finished)| {
        let mut block = lines.concat();
        block.extend_from_slice(if finished { end } else { b"" });
        block
    })
}

/// Shows itself as text when a property fails.
struct Stream(Vec<u8>);

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

fn stream(beginning: &[u8], pieces: &[Vec<u8>]) -> Stream {
    Stream([beginning, &pieces.concat()].concat())
}

/// Streams that any server could send.
fn valid_stream() -> impl Strategy<Value = Stream> {
    let bom = prop_oneof![4 => Just(""), 1 => Just("\u{FEFF}"), 1 => Just("\u{FEFF}\u{FEFF}")];
    (vec(block(text_value()), 0..8), bom).prop_map(|(blocks, bom)| stream(bom.as_bytes(), &blocks))
}

/// Valid and malformed streams.
fn any_stream() -> impl Strategy<Value = Stream> {
    let value = prop_oneof![
        4 => text_value().boxed(),
        2 => vec(prop_oneof![text_value().boxed(), malformed().boxed()], 0..4).prop_map(|parts| parts.concat()).boxed(),
        1 => vec(any::<u8>(), 0..12).boxed(),
    ]
    .boxed();
    let noise = vec(prop_oneof![select(&b"\r\n: \0dataeventidretry"[..]), any::<u8>()], 0..20);
    let piece = prop_oneof![
        8 => block(value).boxed(),
        1 => noise.boxed(),
        1 => terminator().prop_map(<[u8]>::to_vec).boxed(),
    ];
    let beginning = prop_oneof![
        6 => Just(&b""[..]),
        1 => Just(&b"\xEF\xBB\xBF"[..]),
        1 => select(NEARLY_ONE_BOM),
    ];
    (vec(piece, 0..8), beginning).prop_map(|(pieces, beginning)| stream(beginning, &pieces))
}

/// Streams of a few blocks that are repeated many times.
fn long_stream() -> impl Strategy<Value = Stream> {
    vec((block(text_value()), 1..1200_usize), 1..3).prop_map(|blocks| {
        let repeated: Vec<_> = blocks.into_iter().map(|(block, times)| block.repeat(times)).collect();
        stream(b"", &repeated)
    })
}

/// Sizes of chunks: everything at once, one byte at a time, or a few sizes that are repeated.
fn sizes() -> impl Strategy<Value = Vec<usize>> {
    prop_oneof![
        1 => Just(vec![usize::MAX]),
        1 => Just(vec![1]),
        1 => (2..6_usize).prop_map(|size| vec![size]),
        3 => vec(0..40_usize, 1..12),
        2 => vec(prop_oneof![0..4_usize, 30..300_usize], 1..6),
    ]
}

proptest! {
    #![proptest_config(cases(1))]

    #[test]
    fn any_stream_in_any_chunks_is_parsed_as_the_standard_says(stream in any_stream(), sizes in sizes()) {
        agreement::assert_agreement(&stream.0, NO_LIMIT, &sizes);
    }

    #[test]
    fn the_text_of_valid_streams_is_always_valid(stream in valid_stream(), sizes in sizes()) {
        agreement::assert_agreement(&stream.0, NO_LIMIT, &sizes);
    }

    #[test]
    fn streams_are_cut_off_at_the_same_place_in_any_chunks(stream in any_stream(), sizes in sizes(), limit in 0..60_usize) {
        agreement::assert_agreement(&stream.0, limit, &sizes);
    }

    #[test]
    fn any_bytes_are_parsed_as_the_standard_says(stream in vec(any::<u8>(), 0..200).prop_map(Stream), sizes in sizes()) {
        agreement::assert_agreement(&stream.0, NO_LIMIT, &sizes);
    }
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn no_event_of_a_long_stream_is_lost(
        stream in long_stream(),
        sizes in select(LARGE_CHUNKS),
    ) {
        agreement::assert_agreement(&stream.0, stream.0.len(), sizes);
    }
}
