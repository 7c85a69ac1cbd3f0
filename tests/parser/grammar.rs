//! Every rule of the WHATWG HTML standard about event streams, by name: sections 9.2.5 (parsing) and 9.2.6 (interpreting).

use sse_fetch::parser::Parser;

use crate::agreement;
use crate::reference::{Outcome, Parsed};

const NO_LIMIT: usize = 1 << 20;

/// The content of `stream`. It must be the same for every way to cut the stream in two, and for chunks of one byte.
#[track_caller]
fn parsed(stream: impl AsRef<[u8]>) -> Vec<Parsed> {
    let stream = stream.as_ref();
    agreement::assert_agreement(stream, NO_LIMIT, &[1]);
    for first in 1..=stream.len() {
        agreement::assert_agreement(stream, NO_LIMIT, &[first, stream.len()]);
    }
    agreement::push_in_rust(&mut parser_with_comments(), stream, &[stream.len()]).items
}

/// What each of several chunks completes.
fn parsed_by_chunk(chunks: &[&[u8]]) -> Vec<Vec<Parsed>> {
    let mut parser = parser_with_comments();
    chunks.iter().map(|chunk| agreement::push_in_rust(&mut parser, chunk, &[chunk.len()]).items).collect()
}

fn parser_with_comments() -> Parser {
    let mut parser = Parser::new(NO_LIMIT);
    parser.want_comments(true);
    parser
}

fn event(event_type: &str, data: &str, id: Option<&str>) -> Parsed {
    Parsed::Event { event_type: event_type.into(), data: data.into(), id: id.map(String::from) }
}

fn message(data: &str) -> Parsed {
    event("message", data, None)
}

fn comment(text: &str) -> Parsed {
    Parsed::Comment(text.into())
}

fn id_alone(id: &str) -> Parsed {
    Parsed::Id(id.into())
}

fn retries(stream: &str) -> Vec<u64> {
    agreement::push_in_rust(&mut parser_with_comments(), stream.as_bytes(), &[1]).retries
}

fn parse_with_limit(limit: usize, stream: &str) -> Outcome {
    for sizes in [&[1][..], &[2, 3], &[stream.len()]] {
        agreement::assert_agreement(stream.as_bytes(), limit, sizes);
    }
    agreement::push_in_rust(&mut Parser::new(limit), stream.as_bytes(), &[stream.len()])
}

mod byte_order_mark {
    use super::*;

    #[test]
    fn one_at_the_start_is_ignored() {
        assert_eq!(parsed("\u{FEFF}data: x\n\n"), [message("x")]);
    }

    #[test]
    fn the_second_of_two_belongs_to_the_first_line() {
        assert_eq!(parsed("\u{FEFF}\u{FEFF}data: x\n\ndata: y\n\n"), [message("y")]);
    }

    #[test]
    fn one_in_pieces_is_ignored() {
        for pieces in [[&b"\xEF"[..], b"\xBB\xBF"], [b"\xEF\xBB", b"\xBF"], [b"\xEF\xBB\xBF", b""]] {
            let chunks = [pieces[0], pieces[1], b"data: x\n\n"];
            assert_eq!(parsed_by_chunk(&chunks).concat(), [message("x")]);
        }
    }

    #[test]
    fn one_alone_is_not_an_event() {
        assert_eq!(parsed("\u{FEFF}"), []);
        assert_eq!(parsed("\u{FEFF}\n\n"), []);
    }

    #[test]
    fn part_of_one_is_ordinary_text() {
        assert_eq!(parsed(b"\xEF\xBBdata: x\n\ndata: y\n\n"), [message("y")]);
        assert_eq!(parsed(b"\xEF\n\ndata: y\n\n"), [message("y")]);
        assert_eq!(parsed(b"\xEF\xBB"), []);
    }

    #[test]
    fn one_later_in_the_stream_is_text() {
        assert_eq!(parsed("\n\u{FEFF}data: x\n\n"), []);
        assert_eq!(parsed("data: \u{FEFF}x\n\n"), [message("\u{FEFF}x")]);
    }

    #[test]
    fn one_at_the_start_of_the_next_stream_is_ignored_again() {
        let mut parser = parser_with_comments();
        for _ in 0..2 {
            assert_eq!(
                agreement::push_in_rust(&mut parser, "\u{FEFF}data: x\n\n".as_bytes(), &[1]).items,
                [message("x")]
            );
            parser.reset();
        }
    }
}

mod line_ends {
    use super::*;

    #[test]
    fn are_lf_cr_or_crlf() {
        for end in ["\n", "\r", "\r\n"] {
            assert_eq!(
                parsed(format!("data: a{end}data: b{end}{end}data: c{end}{end}")),
                [message("a\nb"), message("c")]
            );
        }
    }

    #[test]
    fn may_be_mixed() {
        assert_eq!(parsed("data: a\rdata: b\ndata: c\r\n\rdata: d\n\r"), [message("a\nb\nc"), message("d")]);
    }

    #[test]
    fn lf_followed_by_cr_are_two() {
        assert_eq!(parsed("data: x\n\rdata: y\n\r"), [message("x"), message("y")]);
    }

    #[test]
    fn crlf_split_between_chunks_is_one() {
        let chunks: [&[u8]; 4] = [b"data: a\r", b"\ndata: b\r", b"\n\r", b"\ndata: c\r\n\r\n"];
        assert_eq!(parsed_by_chunk(&chunks), [vec![], vec![], vec![message("a\nb")], vec![message("c")]]);
    }

    #[test]
    fn cr_at_the_end_of_a_chunk_ends_the_event_at_once() {
        assert_eq!(parsed_by_chunk(&[b"data: x\r\r"]), [vec![message("x")]]);
        assert_eq!(parsed_by_chunk(&[b"data: x\r\n\r", b"\n"]), [vec![message("x")], vec![]]);
    }

    #[test]
    fn lf_after_a_split_crlf_is_a_blank_line() {
        assert_eq!(parsed_by_chunk(&[b"data: x\r", b"", b"\n", b"\n"]), [vec![], vec![], vec![], vec![message("x")]]);
    }

    #[test]
    fn are_not_the_line_ends_of_unicode() {
        assert_eq!(
            parsed("data: a\u{B}b\u{C}c\u{85}d\u{2028}e\u{2029}f\n\n"),
            [message("a\u{B}b\u{C}c\u{85}d\u{2028}e\u{2029}f")]
        );
    }
}

mod comments {
    use super::*;

    #[test]
    fn are_lines_that_start_with_a_colon() {
        assert_eq!(parsed(": keep-alive\n:\n:data: x\n\n"), [comment("keep-alive"), comment(""), comment("data: x")]);
    }

    #[test]
    fn lose_one_leading_space_only() {
        assert_eq!(parsed(":  two\n"), [comment(" two")]);
    }

    #[test]
    fn do_not_end_or_change_an_event() {
        assert_eq!(
            parsed("event: a\n: 1\ndata: x\n: 2\ndata: y\n: 3\nid: 7\n: 4\n\n"),
            [comment("1"), comment("2"), comment("3"), comment("4"), event("a", "x\ny", Some("7"))],
        );
    }

    #[test]
    fn need_no_blank_line() {
        assert_eq!(parsed_by_chunk(&[b": now\n"]), [vec![comment("now")]]);
        assert_eq!(parsed_by_chunk(&[b": no", b"w\r"]), [vec![], vec![comment("now")]]);
    }

    #[test]
    fn are_only_counted_unless_requested() {
        let mut parser = Parser::new(NO_LIMIT);
        let outcome = agreement::push_in_rust(&mut parser, b": 1\ndata: x\n: 2\n\n: 3\n: unfinished", &[5]);
        assert_eq!(outcome.items, [message("x")]);
        assert_eq!(parser.comments(), 3);
    }
}

mod data {
    use super::*;

    #[test]
    fn lines_are_joined_by_line_feeds() {
        assert_eq!(parsed("data: YHOO\ndata: +2\ndata: 10\n\n"), [message("YHOO\n+2\n10")]);
        assert_eq!(parsed("data: 中文\r\ndata: é\r\ndata: 😀😀\r\n\r\n"), [message("中文\né\n😀😀")]);
    }

    #[test]
    fn lines_may_be_empty() {
        assert_eq!(parsed("data:\n\n"), [message("")]);
        assert_eq!(parsed("data: \n\n"), [message("")]);
        assert_eq!(parsed("data:\ndata:\n\n"), [message("\n")]);
        assert_eq!(parsed("data:\ndata: x\ndata:\n\n"), [message("\nx\n")]);
    }

    #[test]
    fn needs_no_colon() {
        assert_eq!(parsed("data\n\n"), [message("")]);
        assert_eq!(parsed("data\ndata\n\n"), [message("\n")]);
        assert_eq!(parsed("data\ndata\ndata\ndata: x\n\n"), [message("\n\n\nx")]);
    }

    #[test]
    fn loses_one_leading_space_only() {
        assert_eq!(parsed("data:x\n\ndata: x\n\ndata:  x\n\ndata:\tx\n\n"), ["x", "x", " x", "\tx"].map(message));
    }

    #[test]
    fn keeps_colons_trailing_spaces_and_nul() {
        assert_eq!(parsed("data: a: b\n\ndata:: c \n\ndata: a\0b\n\n"), ["a: b", ": c ", "a\0b"].map(message));
    }

    #[test]
    fn lines_are_joined_around_whatever_lies_between_them() {
        assert_eq!(
            parsed("data: 中\nevent: 文é\n: 😀\ndata: b\nid: é7\nretry: 9\nunknown: 中\ndata: c\n\n"),
            [comment("😀"), event("文é", "中\nb\nc", Some("é7"))],
        );
        assert_eq!(
            parsed("id: 1\ndata: a\nevent: x\ndata: b\nevent: yy\nid: 22\ndata: c\n\n"),
            [event("yy", "a\nb\nc", Some("22"))]
        );
        assert_eq!(parsed("data: a\nevent: x\ndata: b\nevent\ndata\n\n"), [message("a\nb\n")]);
    }
}

mod event_type {
    use super::*;

    #[test]
    fn is_message_without_an_event_line() {
        assert_eq!(parsed("data: x\n\n"), [message("x")]);
    }

    #[test]
    fn is_set_by_an_event_line_anywhere_in_the_event() {
        assert_eq!(parsed("event: add\ndata: x\n\n"), [event("add", "x", None)]);
        assert_eq!(parsed("data: x\nevent: add\n\n"), [event("add", "x", None)]);
    }

    #[test]
    fn is_the_last_one_given() {
        assert_eq!(parsed("event: a\nevent: b\ndata: x\nevent: c\n\n"), [event("c", "x", None)]);
    }

    #[test]
    fn is_message_when_empty() {
        assert_eq!(
            parsed("event:\ndata: x\n\nevent\ndata: y\n\nevent: a\nevent: \ndata: z\n\n"),
            ["x", "y", "z"].map(message)
        );
    }

    #[test]
    fn ends_with_its_event() {
        assert_eq!(parsed("event: a\ndata: x\n\ndata: y\n\n"), [event("a", "x", None), message("y")]);
    }

    #[test]
    fn ends_with_a_block_without_data() {
        assert_eq!(
            parsed("event: a\n\ndata: x\n\nevent: a\nid: 1\n\ndata: y\n\n"),
            [message("x"), id_alone("1"), message("y")]
        );
    }

    #[test]
    fn keeps_its_case_and_further_spaces() {
        assert_eq!(parsed("event:  Add \ndata: x\n\n"), [event(" Add ", "x", None)]);
    }
}

mod id {
    use super::*;

    #[test]
    fn is_set_only_on_the_event_that_carries_it() {
        // The caller keeps the last event ID. The parser only reports when it changes.
        assert_eq!(parsed("id: 1\ndata: x\n\ndata: y\n\n"), [event("message", "x", Some("1")), message("y")]);
    }

    #[test]
    fn is_the_last_one_given() {
        assert_eq!(parsed("id: 1\ndata: x\nid: 2\n\n"), [event("message", "x", Some("2"))]);
    }

    #[test]
    fn may_be_empty_which_resets_the_last_one() {
        assert_eq!(
            parsed("id: 1\nid:\ndata: x\n\nid\ndata: y\n\n"),
            ["x", "y"].map(|data| event("message", data, Some("")))
        );
    }

    #[test]
    fn with_a_nul_is_ignored() {
        assert_eq!(
            parsed("id: a\0b\ndata: x\n\nid: 1\nid: \0\ndata: y\n\n"),
            [message("x"), event("message", "y", Some("1"))]
        );
    }

    #[test]
    fn counts_without_data_too() {
        assert_eq!(parsed("id: 1\n\nid\n\nid: a\0\n\n"), [id_alone("1"), id_alone("")]);
    }

    #[test]
    fn may_be_any_text() {
        assert_eq!(parsed("id: é中😀 \u{FEFF}\ndata: x\n\n"), [event("message", "x", Some("é中😀 \u{FEFF}"))]);
    }

    #[test]
    fn of_an_unfinished_event_does_not_count() {
        assert_eq!(parsed("id: 1\ndata: x\n\nid: 2\ndata: y\n"), [event("message", "x", Some("1"))]);
    }
}

mod reconnection_time {
    use super::*;

    #[test]
    fn is_a_number_of_ascii_digits() {
        assert_eq!(retries("retry: 1000\nretry:0\nretry: 007\n"), [1000, 0, 7]);
    }

    #[test]
    fn counts_at_once_and_inside_events() {
        assert_eq!(retries("data: x\nretry: 1\n"), [1]);
        assert_eq!(parsed("data: x\nretry: 1\ndata: y\n\n"), [message("x\ny")]);
    }

    #[test]
    fn that_is_anything_else_is_ignored() {
        for value in ["", " ", "+1", "-1", " 1", "1 ", "1.0", "1e3", "0x10", "ten", "１２", "1\0", "1,000"] {
            assert_eq!(retries(&format!("retry: {value}\n")), [], "{value:?}");
        }
        assert_eq!(retries("retry\nretry:\n"), []);
    }

    #[test]
    fn too_large_for_64_bits_is_the_largest_number() {
        assert_eq!(retries("retry: 18446744073709551615\nretry: 18446744073709551616\n"), [u64::MAX, u64::MAX]);
        assert_eq!(retries(&format!("retry: {}\n", "9".repeat(400))), [u64::MAX]);
    }

    #[test]
    fn is_returned_once_and_the_last_one_wins() {
        let mut parser = Parser::new(NO_LIMIT);
        parser.push(b"retry: 1\nretry: 2\n", |_| {}).expect("within the limit");
        assert_eq!(parser.take_retry(), Some(2));
        assert_eq!(parser.take_retry(), None);
    }
}

mod unknown_fields {
    use super::*;

    #[test]
    fn are_ignored() {
        assert_eq!(parsed("foo: bar\nfoo\ndata: x\n中: y\n\n"), [message("x")]);
    }

    #[test]
    fn are_those_in_other_letters() {
        assert_eq!(parsed("Data: x\n\nDATA: x\n\nEvent: a\nID: 1\nRetry: 1\ndata: y\n\n"), [message("y")]);
    }

    #[test]
    fn are_those_that_only_begin_like_known_ones() {
        let stream =
            "database: x\n\ndata2: x\n\nevents: a\nidx: 1\nid2\nretry2: 1\ndat: x\nda\nd\n\ne\ni\nr\ndata: y\n\n";
        assert_eq!(parsed(stream), [message("y")]);
    }

    #[test]
    fn are_those_with_spaces_around_the_name() {
        assert_eq!(
            parsed(" data: x\n\ndata : x\n\n\tdata: x\n\ndata\0: x\n\n id: 1\nid : 2\ndata: y\n\n"),
            [message("y")]
        );
    }
}

mod dispatch {
    use super::*;

    #[test]
    fn needs_data() {
        assert_eq!(parsed("\n\n\nevent: a\n\nretry: 1\n\nfoo: bar\n\n"), []);
    }

    #[test]
    fn needs_the_blank_line() {
        assert_eq!(parsed("data: x"), []);
        assert_eq!(parsed("data: x\n"), []);
        assert_eq!(parsed("data: x\n\ndata: y\n"), [message("x")]);
    }

    #[test]
    fn does_not_happen_for_an_event_that_the_end_cut_off() {
        let mut parser = parser_with_comments();
        let mut all = agreement::push_in_rust(&mut parser, b"event: a\nid: 1\ndata: x\nda", &[9]).items;
        parser.reset();
        all.extend(agreement::push_in_rust(&mut parser, b"ta: y\n\ndata: z\n\n", &[9]).items);
        assert_eq!(all, [message("z")]);
    }
}

/// [Encoding] replaces malformed bytes by U+FFFD: one for each longest beginning of a valid sequence.
mod malformed_utf8 {
    use super::*;

    #[track_caller]
    fn assert_data(bytes: &[u8], decoded: &str) {
        assert_eq!(parsed([b"data: ", bytes, b"\n\n"].concat()), [message(decoded)]);
        assert_eq!(
            parsed([b"data: a\ndata: ", bytes, b"\ndata: b\n\n"].concat()),
            [message(&format!("a\n{decoded}\nb"))]
        );
        // Every field decodes these bytes in the same way.
        assert_eq!(
            parsed([b"event: ", bytes, b"\nid: ", bytes, b"\n:", bytes, b"\rdata: x\n\n"].concat()),
            [comment(decoded), event(decoded, "x", Some(decoded))],
        );
    }

    #[test]
    fn truncated_sequences_are_replaced_as_a_whole() {
        assert_data(b"\xC3", "\u{FFFD}");
        assert_data(b"\xE4\xB8x", "\u{FFFD}x");
        assert_data(b"\xF0\x9F\x98", "\u{FFFD}");
        assert_data(b"\xF0\x9F\x98\xF0\x9F\x98\x80", "\u{FFFD}😀");
    }

    #[test]
    fn lone_continuations_are_replaced_one_by_one() {
        assert_data(b"\x80", "\u{FFFD}");
        assert_data(b"a\xBF\xBFb\xC3\xA9\xA9", "a\u{FFFD}\u{FFFD}bé\u{FFFD}");
    }

    #[test]
    fn overlong_forms_are_replaced_byte_by_byte() {
        assert_data(b"\xC0\x80", "\u{FFFD}\u{FFFD}");
        assert_data(b"\xC1\xBF", "\u{FFFD}\u{FFFD}");
        assert_data(b"\xE0\x80\x8A", "\u{FFFD}\u{FFFD}\u{FFFD}");
        assert_data(b"\xF0\x80\x80\x8D", "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}");
    }

    #[test]
    fn surrogates_are_replaced_byte_by_byte() {
        assert_data(b"\xED\xA0\x80", "\u{FFFD}\u{FFFD}\u{FFFD}");
        assert_data(b"\xED\xA0\xBD\xED\xB8\x80", &"\u{FFFD}".repeat(6));
    }

    #[test]
    fn numbers_beyond_unicode_are_replaced_byte_by_byte() {
        assert_data(b"\xF4\x90\x80\x80", &"\u{FFFD}".repeat(4));
        assert_data(b"\xF5\x80\x80\x80", &"\u{FFFD}".repeat(4));
        assert_data(b"\xFE\xFF", "\u{FFFD}\u{FFFD}");
    }

    #[test]
    fn a_line_end_cuts_a_sequence_and_still_ends_the_line() {
        assert_eq!(parsed(b"data: \xE4\xB8\n\n\xADdata: x\n\ndata: y\n\n"), [message("\u{FFFD}"), message("y")]);
        assert_eq!(parsed(b"data: \xF0\x9F\r\r"), [message("\u{FFFD}")]);
    }

    #[test]
    fn a_sequence_split_between_chunks_is_whole() {
        let chunks: [&[u8]; 4] = [b"data: \xF0", b"\x9F\x98", b"\x80\n", b"\n"];
        assert_eq!(parsed_by_chunk(&chunks).concat(), [message("😀")]);
    }

    #[test]
    fn an_incomplete_character_at_the_end_of_a_field_does_not_use_the_bytes_behind() {
        // Joining lines moves the data and leaves its old bytes behind it. At some lengths, the byte behind an incomplete
        // character is then one that would complete it.
        for length in 0..30 {
            let data = [&b"\xC3\xA9"[..], &b".".repeat(length), b"\xC3"].concat();
            let decoded = format!("é{}\u{FFFD}", ".".repeat(length));
            assert_eq!(parsed([b"data: ", &data[..], b"\n\n"].concat()), [message(&decoded)]);
            assert_eq!(
                parsed([b"id: 7\ndata: ", &data[..], b"\nid: ", &data, b"\n\n"].concat()),
                [event("message", &decoded, Some(&decoded))]
            );
            assert_eq!(
                parsed([b"data: a\nevent: ", &data[..], b"\nid: ", &data, b"\ndata: ", &data, b"\n\n"].concat()),
                [event(&decoded, &format!("a\n{decoded}"), Some(&decoded))],
            );
        }
    }

    #[test]
    fn a_malformed_field_name_is_an_unknown_field() {
        assert_eq!(parsed(b"data\xFF: x\n\n\xFFdata: x\n\ndata: y\n\n"), [message("y")]);
    }

    #[test]
    fn a_malformed_type_has_no_slot_and_its_decoded_name() {
        let mut parser = Parser::new(NO_LIMIT);
        parser.listen("a\u{FFFD}");
        let stream = b"event: a\xF0\x9F\ndata: hello\n\n";
        parser.reserve(64)[..24].copy_from_slice(stream);
        parser.parse(24);
        assert_eq!(parser.records()[0].kind(), sse_fetch::parser::Kind::Event(None));
        assert_eq!(parsed(stream), [event("a\u{FFFD}", "hello", None)]);
    }
}

/// What is not in the standard and must be requested.
mod beyond_the_standard {
    use super::*;

    /// The content of a stream if events without data are requested, and if its end completes an event.
    #[track_caller]
    fn parsed_on_request(stream: &str) -> Vec<Parsed> {
        parsed(stream);
        let mut parser = parser_with_comments();
        parser.want_empty_events(true);
        agreement::parse_as_javascript(&mut parser, stream.as_bytes(), &[3], b"\n\n").items
    }

    #[test]
    fn an_event_with_a_type_and_no_data_is_delivered_on_request() {
        assert_eq!(parsed_on_request("event: end\n\n"), [event("end", "", None)]);
        assert_eq!(parsed_on_request("event: é\nid: 1\n\n"), [event("é", "", Some("1"))]);
        assert_eq!(parsed_on_request("id: 1\nevent: é\n\n"), [event("é", "", Some("1"))]);
        assert_eq!(parsed_on_request(": c\nevent: a\n: d\nevent: b\n: e\n\n").last(), Some(&event("b", "", None)));
        assert_eq!(
            parsed_on_request("event: a\r\n\r\ndata: b\r\rdata\n\n"),
            [event("a", "", None), message("b"), message("")]
        );
    }

    #[test]
    fn a_block_without_a_type_is_never_an_event_without_data() {
        assert_eq!(
            parsed_on_request("event\n\nevent:\n\nevent: \n\nevent: a\nevent:\n\nretry: 1\n\n: c\n\n"),
            [comment("c")]
        );
        assert_eq!(parsed_on_request("event:\nid: 1\n\n"), [id_alone("1")]);
    }

    #[test]
    fn an_event_cut_off_by_the_end_is_completed_on_request() {
        for end in ["", "\n", "\r", "\r\n", "\n\n"] {
            assert_eq!(
                parsed_on_request(&format!("data: a\n\nid: 7\ndata: b\ndata: c{end}")),
                [message("a"), event("message", "b\nc", Some("7")),]
            );
        }
        assert_eq!(parsed_on_request("da"), []);
        assert_eq!(parsed_on_request("event: end"), [event("end", "", None)]);
        assert_eq!(parsed_on_request(""), []);
    }

    #[test]
    fn lines_that_are_not_a_field_are_counted_for_each_stream() {
        let mut parser = parser_with_comments();
        let mut ignored = |stream: &str| {
            parser.reset();
            agreement::push_in_rust(&mut parser, stream.as_bytes(), &[5]).ignored
        };
        assert_eq!(ignored("{\n  \"error\": 1\n}\n"), 3);
        assert_eq!(ignored(": c\ndata\nid: a\0\nretry: x\nevent: e\n\n"), 0);
        assert_eq!(ignored("Data: x\ndatabase: x\n\ndata: y\n\nping"), 2);
    }
}

/// The examples of the standard, unchanged.
mod examples_of_the_standard {
    use super::*;

    #[test]
    fn two_events_with_several_lines() {
        let stream = "data: This is the first message.\n\ndata: This is the second message, it\ndata: has two lines.\n\ndata: This is the third message.\n\n";
        assert_eq!(
            parsed(stream),
            [
                "This is the first message.",
                "This is the second message, it\nhas two lines.",
                "This is the third message."
            ]
            .map(message),
        );
    }

    #[test]
    fn named_events() {
        assert_eq!(
            parsed("event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\nevent: add\ndata: 113411\n\n"),
            [event("add", "73857293", None), event("remove", "2153", None), event("add", "113411", None)],
        );
    }

    #[test]
    fn stock_ticker() {
        assert_eq!(parsed("data: YHOO\ndata: +2\ndata: 10\n\n"), [message("YHOO\n+2\n10")]);
    }

    #[test]
    fn four_blocks_with_ids() {
        assert_eq!(
            parsed(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n"),
            [
                comment("test stream"),
                event("message", "first event", Some("1")),
                event("message", "second event", Some(""))
            ],
        );
        // With a blank line behind it, the third event would be dispatched, and would keep its second space.
        assert_eq!(parsed("data:  third event\n\n"), [message(" third event")]);
    }

    #[test]
    fn two_events_and_an_unfinished_one() {
        assert_eq!(parsed("data\n\ndata\ndata\n\ndata:"), [message(""), message("\n")]);
    }

    #[test]
    fn two_identical_events() {
        assert_eq!(parsed("data:test\n\ndata: test\n\n"), [message("test"), message("test")]);
    }
}

mod limit {
    use super::*;

    #[track_caller]
    fn assert_needs(limit: usize, stream: &str, items: &[Parsed]) {
        let (within, beyond) = (parse_with_limit(limit, stream), parse_with_limit(limit - 1, stream));
        assert_eq!((&within.items[..], within.too_large), (items, false));
        assert!(beyond.too_large);
    }

    #[test]
    fn holds_for_a_line_without_its_end() {
        for end in ["\n", "\r", "\r\n", ""] {
            assert_needs(10, &format!("data: 7890{end}"), &[]);
            assert_needs(10, &format!("ignored: 0{end}"), &[]);
            assert_needs(10, &format!(":234567890{end}"), &[]);
        }
    }

    #[test]
    fn holds_for_a_line_after_a_byte_order_mark() {
        assert_needs(7, "\u{FEFF}data: x\n\n", &[message("x")]);
    }

    #[test]
    fn holds_for_data_type_and_id_of_an_event_together() {
        assert_needs(
            20,
            "data: 45678901234567\nevent: abc\nid: def\n\n",
            &[event("abc", "45678901234567", Some("def"))],
        );
    }

    #[test]
    fn holds_for_joined_data_with_its_line_feeds() {
        assert_needs(15, "data: 4567\ndata: 90\ndata: 12\ndata: 4567\n\n", &[message("4567\n90\n12\n4567")]);
    }

    #[test]
    fn counts_bytes_not_characters() {
        assert_needs(10, "data: 😀\n\n", &[message("😀")]);
    }

    #[test]
    fn does_not_count_replaced_or_ignored_values() {
        assert!(
            !parse_with_limit(
                14,
                "event: a234567\nevent: b234567\nid: 1\nid: 2\nid: 345678\0901\ndata: x\n: comment\n\n"
            )
            .too_large
        );
    }

    #[test]
    fn starts_again_with_each_event() {
        assert!(!parse_with_limit(10, &"data: 7890\n\n".repeat(50)).too_large);
        assert!(!parse_with_limit(10, &"event: 890\n\n".repeat(50)).too_large);
    }

    #[test]
    fn does_not_affect_the_events_before() {
        let outcome = parse_with_limit(8, "data: 78\n\nid: 1\n\nretry: 5\ndata: 789\n\ndata: 1\n\n");
        assert_eq!(
            outcome,
            Outcome { items: vec![message("78"), id_alone("1")], retries: vec![5], too_large: true, ignored: 0 }
        );
    }

    #[test]
    fn exceeded_by_joined_data_cuts_no_character_before_it() {
        let outcome = parse_with_limit(18, "data: é\n\ndata: 789012\ndata: b\ndata: 😀😀😀\n\n");
        assert_eq!((&outcome.items[..], outcome.too_large), (&[message("é")][..], true));
    }

    #[test]
    fn does_not_wait_for_the_end_of_a_line() {
        let mut parser = Parser::new(10);
        assert!(parser.push(b"data: 7890", |_| {}).is_ok());
        assert!(parser.push(b"1", |_| {}).is_err());
    }

    #[test]
    fn once_exceeded_stops_the_stream_until_a_reset() {
        let mut parser = Parser::new(10);
        assert!(parser.push(b"data: 78901\n\n", |_| {}).is_err());
        for _ in 0..3 {
            assert!(parser.push(b"data: x\n\n", |item| panic!("{item:?}")).is_err());
        }
        parser.reset();
        assert_eq!(agreement::push_in_rust(&mut parser, b"data: x\n\n", &[3]).items, [message("x")]);
    }

    #[test]
    fn of_zero_allows_only_blank_lines() {
        assert!(!parse_with_limit(0, "\n\r\r\n\n").too_large);
        assert!(parse_with_limit(0, "\n:\n").too_large);
    }
}
