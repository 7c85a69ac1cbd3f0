//! The parsers, each driven as its documentation says, and all from the same chunks to the same listener.

use std::convert::Infallible;
use std::ops::Deref;

use bytes::Bytes;
use futures_util::{FutureExt, Stream, StreamExt, stream};
use sse_fetch::parser::{Item, Kind, Parser, Record};

use crate::listener::{Checksum, Tally};

/// No stream comes near it.
const LIMIT: usize = 16 << 20;

/// A parser, in a way of using it.
pub struct Library {
    /// The crate, and the way where there are several.
    pub name: &'static str,
    /// The crate's version.
    pub version: &'static str,
    /// What the listener is given.
    pub gives: &'static str,
    /// Gives all events of a stream to a listener. This is what is measured.
    pub parse: fn(&[Bytes]) -> Tally,
    /// Adds up everything in a stream, to check that all libraries agree.
    pub check: fn(&[Bytes]) -> Checksum,
}

/// All parsers that are measured.
pub const LIBRARIES: [Library; 8] = [
    Library {
        name: "sse-fetch",
        version: "this repository",
        gives: "a slice of each batch, checked to be UTF-8 as a whole",
        parse: sse_fetch_slices,
        check: sse_fetch_check,
    },
    Library {
        name: "sse-fetch (strings)",
        version: "this repository",
        gives: "a String of its own for each event's data",
        parse: sse_fetch_strings,
        check: sse_fetch_check,
    },
    Library {
        name: "eventsource-stream",
        version: "0.2.3",
        gives: "Strings for type, data and id",
        parse: |chunks| tally(eventsource_stream::EventStream::new(body(chunks)), |event| event.data),
        check: |chunks| {
            checked(eventsource_stream::EventStream::new(body(chunks)), |event, sum| {
                sum.add(&event.event, &event.data, &event.id);
            })
        },
    },
    Library {
        name: "eventsource-stream2",
        version: "0.4",
        gives: "Strings for type, data and id",
        parse: |chunks| tally(eventsource_stream2::EventStream::new(body(chunks)), |event| event.data),
        check: |chunks| {
            checked(eventsource_stream2::EventStream::new(body(chunks)), |event, sum| {
                sum.add(&event.event, &event.data, &event.id);
            })
        },
    },
    Library {
        name: "sseer",
        version: "0.3",
        gives: "shared slices of the chunk where it can",
        parse: |chunks| tally(sseer::EventStream::new(body(chunks)), |event| event.data),
        check: |chunks| {
            checked(sseer::EventStream::new(body(chunks)), |event, sum| {
                sum.add(&event.event, &event.data, &event.id);
            })
        },
    },
    Library {
        name: "sse-core",
        version: "0.2",
        gives: "a String for the data, a shared one for the id",
        parse: sse_core_parse,
        check: sse_core_check,
    },
    Library {
        name: "sse-parse",
        version: "0.1",
        gives: "Strings for type, data and id",
        parse: sse_parse_parse,
        check: sse_parse_check,
    },
    Library {
        name: "sse-stream",
        version: "0.3",
        gives: "Strings for type, data and id",
        parse: |chunks| {
            let mut tally = Tally::default();
            for_each(sse_stream::SseByteStream::new(body(chunks)), |event| {
                if let Some(data) = event.data {
                    tally.add(&data);
                }
            });
            tally
        },
        check: sse_stream_check,
    },
];

/// The chunks as an HTTP client gives them.
fn body(chunks: &[Bytes]) -> impl Stream<Item = Result<Bytes, Infallible>> + Unpin + '_ {
    stream::iter(chunks.iter().cloned().map(Ok))
}

/// Runs a stream that is always ready to its end.
fn for_each<T, E>(events: impl Stream<Item = Result<T, E>>, mut each: impl FnMut(T)) {
    let all = events.for_each(|event| {
        if let Ok(event) = event {
            each(event);
        }
        std::future::ready(())
    });
    all.now_or_never().expect("a stream of chunks that are there is always ready");
}

fn tally<T, E, D: Deref<Target = str>>(events: impl Stream<Item = Result<T, E>>, data: impl Fn(T) -> D) -> Tally {
    let mut tally = Tally::default();
    for_each(events, |event| tally.add(&data(event)));
    tally
}

fn checked<T, E>(events: impl Stream<Item = Result<T, E>>, each: impl Fn(T, &mut Checksum)) -> Checksum {
    let mut sum = Checksum::default();
    for_each(events, |event| each(event, &mut sum));
    sum
}

/// The way the browser's side takes: parse the chunk, decode each batch as a whole, slice the data out of it.
fn sse_fetch(chunks: &[Bytes], mut each: impl FnMut(&str)) {
    let mut parser = Parser::new(LIMIT);
    for chunk in chunks {
        parser.reserve(chunk.len()).copy_from_slice(chunk);
        let mut batch = parser.parse(chunk.len());
        loop {
            if !parser.records().is_empty() {
                let text = std::str::from_utf8(parser.text()).expect("the streams are UTF-8");
                for record in parser.records() {
                    if let Some(data) = data_of(record, text) {
                        each(data);
                    }
                }
            }
            if !batch.more {
                break;
            }
            batch = parser.next_batch();
        }
    }
}

fn data_of<'a>(record: &Record, text: &'a str) -> Option<&'a str> {
    let [_, _, _, start, end, _, _] = record.words();
    match record.kind() {
        Kind::Event(_) => text.get(start as usize..end as usize),
        Kind::Comment | Kind::IdOnly => None,
    }
}

fn sse_fetch_slices(chunks: &[Bytes]) -> Tally {
    let mut tally = Tally::default();
    sse_fetch(chunks, |data| tally.add(data));
    tally
}

fn sse_fetch_strings(chunks: &[Bytes]) -> Tally {
    let mut tally = Tally::default();
    sse_fetch(chunks, |data| tally.add(&std::hint::black_box(data.to_owned())));
    tally
}

fn sse_fetch_check(chunks: &[Bytes]) -> Checksum {
    let mut parser = Parser::new(LIMIT);
    let mut sum = Checksum::default();
    let mut last = String::new();
    for chunk in chunks {
        let pushed = parser.push(chunk, |item| match item {
            Item::Event(event) => {
                if let Some(id) = event.id {
                    last = id.into_owned();
                }
                sum.add(&event.event_type, &event.data, &last);
            }
            Item::Id(id) => last = id.into_owned(),
            Item::Comment(_) => {}
        });
        pushed.expect("no event is too large");
    }
    sum
}

fn sse_core(chunks: &[Bytes], mut each: impl FnMut(sse_core::MessageEvent)) {
    let mut decoder = sse_core::SseDecoder::new();
    for chunk in chunks {
        let mut chunk = chunk.clone();
        while let Some(event) = decoder.next(&mut chunk) {
            if let Ok(sse_core::SseEvent::Message(event)) = event {
                each(event);
            }
        }
    }
}

fn sse_core_parse(chunks: &[Bytes]) -> Tally {
    let mut tally = Tally::default();
    sse_core(chunks, |event| tally.add(&event.data));
    tally
}

fn sse_core_check(chunks: &[Bytes]) -> Checksum {
    let mut sum = Checksum::default();
    sse_core(chunks, |event| sum.add(&event.event, &event.data, event.last_event_id.as_deref().unwrap_or_default()));
    sum
}

fn sse_parse(chunks: &[Bytes], mut each: impl FnMut(sse_parse::Event)) {
    let mut parser = sse_parse::SseParser::new();
    for chunk in chunks {
        parser.feed(chunk);
        while let Some(event) = parser.next_event() {
            each(event);
        }
    }
}

fn sse_parse_parse(chunks: &[Bytes]) -> Tally {
    let mut tally = Tally::default();
    sse_parse(chunks, |event| tally.add(&event.data));
    tally
}

fn sse_parse_check(chunks: &[Bytes]) -> Checksum {
    let mut sum = Checksum::default();
    sse_parse(chunks, |event| sum.add(&event.event, &event.data, &event.id));
    sum
}

/// This crate leaves defaults and the last event ID to its caller.
fn sse_stream_check(chunks: &[Bytes]) -> Checksum {
    let mut sum = Checksum::default();
    let mut last = String::new();
    for_each(sse_stream::SseByteStream::new(body(chunks)), |event| {
        if let Some(id) = event.id {
            last = id;
        }
        if let Some(data) = event.data {
            sum.add(event.event.as_deref().unwrap_or("message"), &data, &last);
        }
    });
    sum
}
