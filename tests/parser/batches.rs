//! What the parser promises besides the grammar: bounded batches, slots, the flags of a batch, and where chunks are written.

use sse_fetch::parser::{BATCH_SIZE, Batch, Item, Kind, MESSAGE, Parser, Record};

use crate::agreement;

const NO_LIMIT: usize = 1 << 20;

fn parse(parser: &mut Parser, chunk: &[u8]) -> Batch {
    parser.reserve(chunk.len()).copy_from_slice(chunk);
    parser.parse(chunk.len())
}

/// Whether the text of the last batch equals the last of `chunks`.
fn intact(chunks: &[&str]) -> bool {
    let mut parser = Parser::new(NO_LIMIT);
    chunks.iter().map(|chunk| parse(&mut parser, chunk.as_bytes()).intact).last().expect("there are chunks")
}

#[test]
fn a_chunk_with_many_events_comes_in_several_batches() {
    for (events, batches) in
        [(BATCH_SIZE - 1, 1), (BATCH_SIZE, 1), (BATCH_SIZE + 1, 2), (3 * BATCH_SIZE, 3), (3 * BATCH_SIZE + 1, 4)]
    {
        let stream = (0..events).map(|n| format!("data: {n}\n\n")).collect::<Vec<_>>().concat();
        let mut parser = Parser::new(NO_LIMIT);
        let mut batch = parse(&mut parser, stream.as_bytes());
        let mut data = Vec::new();
        let mut count = 1;
        loop {
            data.extend(parser.records().iter().map(|record| match Item::new(record, parser.text()) {
                Item::Event(event) => event.data.parse::<usize>().expect("a number"),
                other => panic!("{other:?}"),
            }));
            if !batch.more {
                break;
            }
            assert_eq!(parser.records().len(), BATCH_SIZE);
            batch = parser.next_batch();
            count += 1;
        }
        assert_eq!((data, count), ((0..events).collect(), batches));
    }
}

#[test]
fn an_event_full_of_comments_comes_in_several_batches_and_whole() {
    let lines = (0..2 * BATCH_SIZE).map(|n| format!("data: {n}\n: {n}\n")).collect::<Vec<_>>().concat();
    let stream = format!("{lines}event: end\n\n");
    for sizes in [&[usize::MAX][..], &[1000]] {
        agreement::assert_agreement(stream.as_bytes(), NO_LIMIT, sizes);
    }
}

#[test]
fn a_batch_of_comments_does_not_contain_the_event_around_them() {
    let mut parser = Parser::new(NO_LIMIT);
    parser.want_comments(true);
    parse(&mut parser, format!("data: {}\n", "é".repeat(100_000)).as_bytes());
    let batch = parse(&mut parser, b": keep-alive\ndata: x\n: again\n");
    assert_eq!((parser.text(), batch.more), (&b"keep-alive\n"[..], true));
    let batch = parser.next_batch();
    assert_eq!((parser.text(), batch.more), (&b"again\n"[..], false));
    parse(&mut parser, b"data: y\n\n");
    assert!(
        matches!(Item::new(&parser.records()[0], parser.text()), Item::Event(event) if event.data.ends_with("é\nx\ny"))
    );
}

#[test]
fn a_text_is_intact_if_it_is_the_whole_chunk() {
    for chunk in ["", "data: x\n\n", "data: é\r\n\r\nid: 1\r\n\r\n", "event: a\ndata: x\n: c\n\n", "\n", "ignored\n"] {
        assert!(intact(&[chunk]), "{chunk:?}");
        assert!(intact(&["data: a\n\n", chunk]), "{chunk:?}");
    }
    // The byte order mark is part of the text, but not of a record.
    assert!(intact(&["\u{FEFF}data: x\n\n"]));
    // The same holds for a line feed that belongs to the carriage return before it.
    assert!(intact(&["data: x\r\r", "\ndata: y\r\r"]));
}

#[test]
fn a_text_is_not_intact_when_something_was_left_over() {
    assert!(!intact(&["data: x\n\nda", "ta: y\n\n"]));
    assert!(!intact(&["data: x\n", "\n"]));
    assert!(!intact(&["\u{FEFF}data: x"]));
}

#[test]
fn a_text_is_not_intact_when_an_unfinished_line_remains() {
    assert!(!intact(&["data: x\n\nda"]));
}

#[test]
fn a_text_is_not_intact_when_data_lines_were_joined() {
    assert!(!intact(&["data: x\ndata: y\n\n"]));
    assert!(intact(&["data: x\ndata: y\n\n", "data: z\n\n"]));
}

#[test]
fn a_text_is_not_intact_when_it_is_one_of_several() {
    let mut parser = Parser::new(NO_LIMIT);
    assert!(!parse(&mut parser, &b"data: x\n\n".repeat(BATCH_SIZE + 1)).intact);
    assert!(!parser.next_batch().intact);
}

#[test]
fn records_hold_the_slot_of_their_type() {
    let mut parser = Parser::new(NO_LIMIT);
    let added = parser.listen("add");
    let removed = parser.listen("remove");
    assert_eq!(parser.listen("add"), added);
    assert_eq!((parser.listen("message"), parser.listen("")), (MESSAGE, MESSAGE));
    parse(
        &mut parser,
        b"event: remove\ndata\n\nevent: add\ndata\n\nevent: adder\ndata\n\ndata\n\nevent: message\ndata\n\nevent: Add\ndata\n\nid\n\n",
    );
    let kinds: Vec<_> = parser.records().iter().map(Record::kind).collect();
    assert_eq!(
        kinds,
        [
            Kind::Event(Some(removed)),
            Kind::Event(Some(added)),
            Kind::Event(None),
            Kind::Event(Some(MESSAGE)),
            Kind::Event(Some(MESSAGE)),
            Kind::Event(None),
            Kind::IdOnly,
        ],
    );
}

#[test]
fn an_explicit_message_can_have_its_own_slot() {
    let mut parser = Parser::new(NO_LIMIT);
    let added = parser.listen("add");
    let written = parser.distinguish_explicit_message();
    assert_eq!(parser.distinguish_explicit_message(), written);
    assert_eq!((parser.listen("message"), parser.listen("add")), (MESSAGE, added));
    parser.reset();
    parse(&mut parser, b"event: message\ndata\n\ndata\n\nevent:\ndata\n\nevent: add\ndata\n\n");
    let kinds: Vec<_> = parser.records().iter().map(Record::kind).collect();
    let slots = [written, MESSAGE, MESSAGE, added];
    assert_eq!(kinds, slots.map(|slot| Kind::Event(Some(slot))));
    let next = parser.listen("later");
    assert!(!slots.contains(&next), "{next:?}");
}

#[test]
fn the_slot_of_a_forgotten_type_is_used_again() {
    let mut parser = Parser::new(NO_LIMIT);
    let [one, other] = ["one", "other"].map(|name| parser.listen(name));
    parser.forget(one);
    // A second call has no effect.
    parser.forget(one);
    parse(&mut parser, b"event: one\ndata\n\nevent: other\ndata\n\n");
    assert_eq!(
        parser.records().iter().map(Record::kind).collect::<Vec<_>>(),
        [Kind::Event(None), Kind::Event(Some(other))]
    );
    assert_eq!(parser.listen("next"), one);
    let after = parser.listen("after");
    assert!(![MESSAGE, one, other].contains(&after), "{after:?}");
    for n in 0..10_000 {
        let slot = parser.listen(n.to_string());
        parser.forget(slot);
        assert_eq!(slot.0, after.0 + 1, "freed slots are used again");
    }
}

#[test]
fn the_slots_of_message_are_never_used_again() {
    let mut parser = Parser::new(NO_LIMIT);
    let written = parser.distinguish_explicit_message();
    parser.forget(MESSAGE);
    parser.forget(written);
    let next = parser.listen("next");
    assert!(![MESSAGE, written].contains(&next), "{next:?}");
    parse(&mut parser, b"data\n\nevent: message\ndata\n\n");
    assert_eq!(
        parser.records().iter().map(Record::kind).collect::<Vec<_>>(),
        [MESSAGE, written].map(|slot| Kind::Event(Some(slot)))
    );
}

#[test]
fn slots_stay_valid_after_a_reset() {
    let mut parser = Parser::new(NO_LIMIT);
    let slot = parser.listen("add");
    parser.reset();
    parse(&mut parser, b"event: add\ndata\n\n");
    assert_eq!(parser.records()[0].kind(), Kind::Event(Some(slot)));
}

#[test]
fn bytes_beyond_the_reserved_memory_are_ignored() {
    let mut parser = Parser::new(NO_LIMIT);
    // Grows the buffer, and leaves old bytes in it that must not be parsed again.
    parse(&mut parser, &b"data: old\n\n".repeat(100));
    parser.reserve(9).copy_from_slice(b"data: x\n\n");
    parser.parse(900);
    assert_eq!(parser.records().len(), 1);
    // A second call does not parse them either.
    parser.parse(900);
    assert_eq!(parser.records().len(), 0);
    // The free space ends with the buffer.
    let room = parser.free_space();
    room.fill(b'\n');
    let length = room.len();
    parser.parse(usize::MAX);
    assert_eq!((parser.records().len(), parser.text().len()), (0, length));
}

#[test]
fn a_chunk_written_to_the_free_space_is_parsed_alone() {
    let mut parser = Parser::new(NO_LIMIT);
    parse(&mut parser, &b"data: a long event, so that the buffer has room\n\n".repeat(2));
    let mut written = Vec::new();
    for chunk in [&b"data: 1\n\n"[..], b"data: 2\n\ndat", b"a: 3\n\n", b"data: 4\n\n"] {
        let room = parser.free_space();
        written.push(room.as_ptr());
        room[..chunk.len()].copy_from_slice(chunk);
        let batch = parser.parse(chunk.len());
        assert_eq!(batch.intact, chunk.starts_with(b"data") && chunk.ends_with(b"\n\n"), "{chunk:?}");
        let text = String::from_utf8_lossy(parser.text());
        assert!(text.starts_with("data: ") && text.ends_with("\n\n"), "{text}");
        assert_eq!(parser.records().len(), 1);
    }
    assert_eq!(written[0], written[1]);
    assert_ne!(written[1], written[2], "the unfinished line was not moved");
    assert_eq!(written[3], written[0], "the buffer is empty again");
}

#[test]
fn no_space_is_free_behind_joined_lines() {
    let mut parser = Parser::new(NO_LIMIT);
    parse(&mut parser, b"data: one\ndata: two\n");
    assert!(parser.free_space().is_empty());
    parse(&mut parser, b"\n");
    assert_eq!(parser.text(), b"one\ntwo\n\n", "the joined lines and the end of the event");
    assert!(!parser.free_space().is_empty());
}

#[test]
fn empty_chunks_change_nothing() {
    agreement::assert_agreement("\u{FEFF}data: é\r\ndata: y\r\n\r\n".as_bytes(), NO_LIMIT, &[1, 0, 0]);
}
