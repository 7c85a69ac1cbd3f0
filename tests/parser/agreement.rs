//! Parses a stream in every way in which the parser can be used, and compares each result with the reference.
//!
//! * [`push_in_rust`]: [`Parser::push`], which decodes every field by itself.
//! * [`parse_as_javascript`]: what the npm package does. It makes one string of the text of a batch, and slices it at the
//!   UTF-16 offsets of the records. If the text is not valid UTF-8, it decodes the bytes of each field by themselves.

use sse_fetch::parser::{BATCH_SIZE, Batch, Item, Kind, Parser, Record};

use crate::reference::{self, Outcome, Parsed, Rules};

/// The types that have a slot. Streams in the tests use them and others.
pub const LISTENED: [&str; 4] = ["notification", "é中😀", "open", "\u{FFFD}"];

/// Types that had a slot and were forgotten.
const FORGOTTEN: [&str; 2] = ["other", "[DONE]"];

/// Asserts that the parser and the reference agree about `stream`, in every way to use the parser.
///
/// `sizes` are the sizes of the chunks. They are repeated until the end of the stream.
pub fn assert_agreement(stream: &[u8], limit: usize, sizes: &[usize]) {
    let rules = Rules { limit, ..Rules::default() };
    let expected = reference::read(stream, rules);
    let mut parser = listening(limit);
    assert_same(&push_in_rust(&mut parser, stream, sizes), &expected, stream, sizes);
    assert_same(&parse_as_javascript(&mut listening(limit), stream, sizes, b""), &expected, stream, sizes);

    // After a reset, a parser behaves like a new one.
    parser.reset();
    assert_same(&parse_as_javascript(&mut parser, stream, sizes, b""), &expected, stream, sizes);

    // A line end and a blank line complete an event that the end of the stream cut off.
    let completed = reference::read(stream, Rules { empty_events: true, end_completes: true, ..rules });
    parser.reset();
    parser.want_empty_events(true);
    assert_same(&parse_as_javascript(&mut parser, stream, sizes, b"\n\n"), &completed, stream, sizes);

    // Without `want_comments`, comments are counted and change nothing else.
    let mut counting = listening(limit);
    counting.want_comments(false);
    let counted = parse_as_javascript(&mut counting, stream, sizes, b"");
    let (comments, items): (Vec<_>, Vec<_>) =
        expected.items.iter().cloned().partition(|item| matches!(item, Parsed::Comment(_)));
    assert_same(&counted, &Outcome { items, ..expected }, stream, sizes);
    assert_eq!(counting.comments(), comments.len() as u64, "comments are counted");
}

/// A parser with slots for [`LISTENED`] but not for [`FORGOTTEN`], which also reports comments.
fn listening(limit: usize) -> Parser {
    let mut parser = Parser::new(limit);
    parser.want_comments(true);
    let slots = FORGOTTEN.map(|name| parser.listen(name));
    // In reverse, so that the next types get these slots in order.
    slots.into_iter().rev().for_each(|slot| parser.forget(slot));
    for name in LISTENED {
        parser.listen(name);
    }
    parser
}

fn assert_same(actual: &Outcome, expected: &Outcome, stream: &[u8], sizes: &[usize]) {
    let shown = || format!("stream \"{}\" in chunks of {sizes:?}", stream.escape_ascii());
    assert_eq!(actual.items, expected.items, "{}", shown());
    assert_eq!(actual.too_large, expected.too_large, "{}", shown());
    assert_eq!(actual.ignored, expected.ignored, "{}", shown());
    // After each chunk the parser returns the last time in it. So it returns all times only for chunks of one byte.
    if sizes == [1] {
        assert_eq!(actual.retries, expected.retries, "{}", shown());
    } else {
        assert_eq!(actual.retries.last(), expected.retries.last(), "{}", shown());
    }
}

/// The chunks of `stream`. Sizes are repeated, and may be 0.
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

/// Parses a stream with [`Parser::push`].
pub fn push_in_rust(parser: &mut Parser, stream: &[u8], sizes: &[usize]) -> Outcome {
    let mut outcome = Outcome::default();
    for chunk in chunks(stream, sizes) {
        let result = parser.push(chunk, |item| outcome.items.push(owned(&item)));
        outcome.retries.extend(parser.take_retry());
        if result.is_err() {
            outcome.too_large = true;
            break;
        }
    }
    outcome.ignored = parser.ignored_lines();
    outcome
}

fn owned(item: &Item<'_>) -> Parsed {
    match item {
        Item::Comment(text) => Parsed::Comment(text.to_string()),
        Item::Id(id) => Parsed::Id(id.to_string()),
        Item::Event(event) => Parsed::Event {
            event_type: event.event_type.to_string(),
            data: event.data.to_string(),
            id: event.id.as_deref().map(String::from),
        },
    }
}

/// Parses a stream, followed by `end`, as the npm package does.
pub fn parse_as_javascript(parser: &mut Parser, stream: &[u8], sizes: &[usize], end: &[u8]) -> Outcome {
    // If the stream is valid UTF-8, the text of every batch must be valid too: neither the borders of chunks and fields,
    // nor the gap behind joined `data` lines, may cut a character.
    let valid = str::from_utf8(stream).is_ok();
    let mut outcome = Outcome::default();
    for chunk in chunks(stream, sizes).chain(Some(end)) {
        match parser.free_space().get_mut(..chunk.len()) {
            // Some chunks are written with `reserve` although they fit: the result must be the same.
            Some(room) if chunk.len() % 4 != 3 => room.copy_from_slice(chunk),
            _ => parser.reserve(chunk.len()).copy_from_slice(chunk),
        }
        let mut batch = parser.parse(chunk.len());
        loop {
            assert!(!valid || str::from_utf8(parser.text()).is_ok(), "the text of a batch must stay valid");
            assert_batch_keeps_its_promises(parser, batch, chunk);
            outcome.items.extend(sliced(parser));
            if !batch.more {
                break;
            }
            batch = parser.next_batch();
        }
        outcome.retries.extend(parser.take_retry());
        if batch.too_large {
            outcome.too_large = true;
            break;
        }
    }
    outcome.ignored = parser.ignored_lines();
    outcome
}

fn assert_batch_keeps_its_promises(parser: &Parser, batch: Batch, chunk: &[u8]) {
    assert!(parser.records().len() <= BATCH_SIZE, "a batch has at most BATCH_SIZE records");
    assert!(!(batch.more && batch.too_large), "no batch follows one that is too large");
    assert!(!batch.intact || parser.text() == chunk, "an intact text is the chunk");
}

/// The content of the records of a batch, sliced as the dispatcher of the npm package does it.
fn sliced(parser: &mut Parser) -> Vec<Parsed> {
    let text = parser.text().to_vec();
    let by_bytes = parser.records().iter().map(|record| parsed(record, |at| lossy(&text[at])));
    if str::from_utf8(&text).is_err() {
        return by_bytes.collect();
    }
    let by_bytes: Vec<_> = by_bytes.collect();
    parser.to_utf16();
    let units: Vec<u16> = lossy(&text).encode_utf16().collect();
    let slice = |at: core::ops::Range<usize>| String::from_utf16(&units[at]).expect("no character is cut in two");
    let by_units: Vec<_> = parser.records().iter().map(|record| parsed(record, slice)).collect();
    assert_eq!(by_units, by_bytes, "UTF-16 offsets mean the same text as byte offsets");
    by_units
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn parsed(record: &Record, slice: impl Fn(core::ops::Range<usize>) -> String) -> Parsed {
    let [slot, type_start, type_end, data_start, data_end, id_start, id_end] = record.words();
    let field = |start: u32, end: u32| (start != u32::MAX).then(|| slice(start as usize..end as usize));
    let data = field(data_start, data_end);
    let id = field(id_start, id_end);
    match record.kind() {
        Kind::Comment => Parsed::Comment(data.expect("a comment has a text")),
        Kind::IdOnly => Parsed::Id(id.expect("this record is about an id")),
        Kind::Event(type_slot) => {
            let event_type = match field(type_start, type_end).expect("an event has a type") {
                empty if empty.is_empty() => "message".into(),
                named => named,
            };
            // Slot 0 is `message`; the others were given in order.
            let name = ["message"].into_iter().chain(LISTENED).nth(slot as usize);
            assert_eq!(type_slot.is_none(), name.is_none());
            if let Some(name) = name {
                assert_eq!(event_type, name, "a slot stands for its own type");
            } else {
                // A type that is not valid UTF-8 may equal one of them after it is decoded.
                let is_listened = event_type == "message" || LISTENED.contains(&&*event_type);
                assert!(!is_listened || event_type.contains('\u{FFFD}'), "{event_type} is listened to");
            }
            Parsed::Event { event_type, data: data.expect("an event has data"), id }
        }
    }
}
