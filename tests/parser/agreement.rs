//! Drives the parser over a stream in the ways it can be driven, and demands each time what the reference says.
//!
//! * [`in_rust`]: [`Parser::push`], which decodes every field by itself.
//! * [`in_javascript`]: what the browser does: one string for the whole text of a batch, sliced at the records' UTF-16
//!   offsets, or where the text is not valid UTF-8, the bytes of each field decoded by themselves.

use sse_fetch::parser::{BATCH_SIZE, Batch, Item, Kind, Parser, Record};

use crate::reference::{self, Reading, Rules, Said};

/// The types the parser is told to listen for; streams in the tests use them and others.
pub const HEARD: [&str; 4] = ["notification", "é中😀", "open", "\u{FFFD}"];

/// Types it was told to listen for once, and then to forget.
const FORGOTTEN: [&str; 2] = ["other", "[DONE]"];

/// Demands that the parser reads `stream` as the reference does, however it is driven.
///
/// `sizes` are those of the chunks, used over and over until the stream is used up.
pub fn demand(stream: &[u8], limit: usize, sizes: &[usize]) {
    let rules = Rules { limit, ..Rules::default() };
    let expected = reference::read(stream, rules);
    let mut parser = listening(limit);
    assert_same(&in_rust(&mut parser, stream, sizes), &expected, stream, sizes);
    assert_same(&in_javascript(&mut listening(limit), stream, sizes, b""), &expected, stream, sizes);

    // Whatever state the stream left it in, the parser is as good as new after a reset.
    parser.reset();
    assert_same(&in_javascript(&mut parser, stream, sizes, b""), &expected, stream, sizes);

    // A line end and a blank line complete whatever the end of the stream has cut off.
    let completed = reference::read(stream, Rules { empty_events: true, end_completes: true, ..rules });
    parser.reset();
    parser.want_empty_events(true);
    assert_same(&in_javascript(&mut parser, stream, sizes, b"\n\n"), &completed, stream, sizes);

    // Comments that nobody wants are counted, and change nothing else.
    let mut counting = listening(limit);
    counting.want_comments(false);
    let counted = in_javascript(&mut counting, stream, sizes, b"");
    let (comments, said): (Vec<_>, Vec<_>) =
        expected.said.iter().cloned().partition(|said| matches!(said, Said::Comment(_)));
    assert_same(&counted, &Reading { said, ..expected }, stream, sizes);
    assert_eq!(counting.comments(), comments.len() as u64, "comments are counted");
}

/// A parser that hears [`HEARD`] and no longer [`FORGOTTEN`], and reports comments.
fn listening(limit: usize) -> Parser {
    let mut parser = Parser::new(limit);
    parser.want_comments(true);
    let slots = FORGOTTEN.map(|name| parser.listen(name));
    // Last first, so that they are used again in order.
    slots.into_iter().rev().for_each(|slot| parser.forget(slot));
    for name in HEARD {
        parser.listen(name);
    }
    parser
}

fn assert_same(actual: &Reading, expected: &Reading, stream: &[u8], sizes: &[usize]) {
    let shown = || format!("stream \"{}\" in chunks of {sizes:?}", stream.escape_ascii());
    assert_eq!(actual.said, expected.said, "{}", shown());
    assert_eq!(actual.too_large, expected.too_large, "{}", shown());
    assert_eq!(actual.ignored, expected.ignored, "{}", shown());
    // Asked after each chunk, the parser gives the last of several times: all of them in chunks of one byte.
    if sizes == [1] {
        assert_eq!(actual.retries, expected.retries, "{}", shown());
    } else {
        assert_eq!(actual.retries.last(), expected.retries.last(), "{}", shown());
    }
}

/// The chunks of `stream`: sizes are repeated, and empty chunks are chunks too.
pub fn chunks<'a>(stream: &'a [u8], sizes: &'a [usize]) -> impl Iterator<Item = &'a [u8]> {
    let mut rest = stream;
    let advances = sizes.iter().any(|&size| size > 0);
    let mut sizes = sizes.iter().cycle();
    core::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let size = sizes.next().filter(|_| advances).map_or(rest.len(), |&size| size.min(rest.len()));
        let (chunk, behind) = rest.split_at(size);
        rest = behind;
        Some(chunk)
    })
}

/// Reads a stream through [`Parser::push`].
pub fn in_rust(parser: &mut Parser, stream: &[u8], sizes: &[usize]) -> Reading {
    let mut reading = Reading::default();
    for chunk in chunks(stream, sizes) {
        let result = parser.push(chunk, |item| reading.said.push(owned(&item)));
        reading.retries.extend(parser.take_retry());
        if result.is_err() {
            reading.too_large = true;
            break;
        }
    }
    reading.ignored = parser.ignored_lines();
    reading
}

fn owned(item: &Item<'_>) -> Said {
    match item {
        Item::Comment(text) => Said::Comment(text.to_string()),
        Item::Id(id) => Said::Id(id.to_string()),
        Item::Event(event) => Said::Event {
            event_type: event.event_type.to_string(),
            data: event.data.to_string(),
            id: event.id.as_deref().map(String::from),
        },
    }
}

/// Reads a stream, and `end` behind it, the way the browser does.
pub fn in_javascript(parser: &mut Parser, stream: &[u8], sizes: &[usize], end: &[u8]) -> Reading {
    // A stream that is valid as a whole must come out of the fast path: no border of a chunk or of a field, and nothing
    // that closing up `data` lines leaves behind, may break a character.
    let valid = str::from_utf8(stream).is_ok();
    let mut reading = Reading::default();
    for chunk in chunks(stream, sizes).chain(Some(end)) {
        match parser.free_space().get_mut(..chunk.len()) {
            // Who asks for more room than there is has to get the same.
            Some(room) if chunk.len() % 4 != 3 => room.copy_from_slice(chunk),
            _ => parser.reserve(chunk.len()).copy_from_slice(chunk),
        }
        let mut batch = parser.parse(chunk.len());
        loop {
            assert!(!valid || str::from_utf8(parser.text()).is_ok(), "the text of a batch must stay valid");
            assert_promises(parser, batch, chunk);
            reading.said.extend(sliced(parser));
            if !batch.more {
                break;
            }
            batch = parser.next_batch();
        }
        reading.retries.extend(parser.take_retry());
        if batch.too_large {
            reading.too_large = true;
            break;
        }
    }
    reading.ignored = parser.ignored_lines();
    reading
}

fn assert_promises(parser: &Parser, batch: Batch, chunk: &[u8]) {
    assert!(parser.records().len() <= BATCH_SIZE, "a batch is bounded");
    assert!(!(batch.more && batch.too_large), "nothing follows what is too large");
    assert!(!batch.intact || parser.text() == chunk, "an intact text is the chunk");
}

/// Turns the records of a batch into what they say, as the loop over the record table in JavaScript does.
fn sliced(parser: &mut Parser) -> Vec<Said> {
    let text = parser.text().to_vec();
    let by_bytes = parser.records().iter().map(|record| said(record, |at| lossy(&text[at])));
    if str::from_utf8(&text).is_err() {
        return by_bytes.collect();
    }
    let by_bytes: Vec<_> = by_bytes.collect();
    parser.to_utf16();
    let units: Vec<u16> = lossy(&text).encode_utf16().collect();
    let slice = |at: core::ops::Range<usize>| String::from_utf16(&units[at]).expect("no character is cut in two");
    let by_units: Vec<_> = parser.records().iter().map(|record| said(record, slice)).collect();
    assert_eq!(by_units, by_bytes, "UTF-16 offsets mean the same text as byte offsets");
    by_units
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn said(record: &Record, slice: impl Fn(core::ops::Range<usize>) -> String) -> Said {
    let [slot, type_start, type_end, data_start, data_end, id_start, id_end] = record.words();
    let field = |start: u32, end: u32| (start != u32::MAX).then(|| slice(start as usize..end as usize));
    let data = field(data_start, data_end);
    let id = field(id_start, id_end);
    match record.kind() {
        Kind::Comment => Said::Comment(data.expect("a comment has a text")),
        Kind::IdOnly => Said::Id(id.expect("this record is about an id")),
        Kind::Event(type_slot) => {
            let event_type = match field(type_start, type_end).expect("an event has a type") {
                empty if empty.is_empty() => "message".into(),
                named => named,
            };
            // Slot 0 is `message`, the others were given out in order.
            let name = ["message"].into_iter().chain(HEARD).nth(slot as usize);
            assert_eq!(type_slot.is_none(), name.is_none());
            if let Some(name) = name {
                assert_eq!(event_type, name, "a slot stands for its own type");
            } else {
                // What is not valid UTF-8 may come to be such a type when it is decoded.
                let is_heard = event_type == "message" || HEARD.contains(&&*event_type);
                assert!(!is_heard || event_type.contains('\u{FFFD}'), "{event_type} is listened to");
            }
            Said::Event { event_type, data: data.expect("an event has data"), id }
        }
    }
}
