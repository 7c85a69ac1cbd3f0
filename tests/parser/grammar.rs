//! Every rule of § 9.2.5 (parsing) and § 9.2.6 (interpreting) of the WHATWG HTML standard, by name.

use sse_fetch::parser::Parser;

use crate::agreement;
use crate::reference::{Reading, Said};

const NO_LIMIT: usize = 1 << 20;

/// What `stream` says, which must be the same for every way to cut it in two and in chunks of one byte.
#[track_caller]
fn said(stream: impl AsRef<[u8]>) -> Vec<Said> {
    let stream = stream.as_ref();
    agreement::demand(stream, NO_LIMIT, &[1]);
    for first in 1..=stream.len() {
        agreement::demand(stream, NO_LIMIT, &[first, stream.len()]);
    }
    agreement::in_rust(&mut commented(), stream, &[stream.len()]).said
}

/// What is said by each of several chunks.
fn said_by_chunks(chunks: &[&[u8]]) -> Vec<Vec<Said>> {
    let mut parser = commented();
    chunks.iter().map(|chunk| agreement::in_rust(&mut parser, chunk, &[chunk.len()]).said).collect()
}

fn commented() -> Parser {
    let mut parser = Parser::new(NO_LIMIT);
    parser.want_comments(true);
    parser
}

fn event(event_type: &str, data: &str, id: Option<&str>) -> Said {
    Said::Event { event_type: event_type.into(), data: data.into(), id: id.map(String::from) }
}

fn message(data: &str) -> Said {
    event("message", data, None)
}

fn comment(text: &str) -> Said {
    Said::Comment(text.into())
}

fn id_alone(id: &str) -> Said {
    Said::Id(id.into())
}

fn retries(stream: &str) -> Vec<u64> {
    agreement::in_rust(&mut commented(), stream.as_bytes(), &[1]).retries
}

fn read_within(limit: usize, stream: &str) -> Reading {
    for sizes in [&[1][..], &[2, 3], &[stream.len()]] {
        agreement::demand(stream.as_bytes(), limit, sizes);
    }
    agreement::in_rust(&mut Parser::new(limit), stream.as_bytes(), &[stream.len()])
}

mod byte_order_mark {
    use super::*;

    #[test]
    fn one_at_the_start_is_ignored() {
        assert_eq!(said("\u{FEFF}data: x\n\n"), [message("x")]);
    }

    #[test]
    fn the_second_of_two_belongs_to_the_first_line() {
        assert_eq!(said("\u{FEFF}\u{FEFF}data: x\n\ndata: y\n\n"), [message("y")]);
    }

    #[test]
    fn one_in_pieces_is_ignored() {
        for pieces in [[&b"\xEF"[..], b"\xBB\xBF"], [b"\xEF\xBB", b"\xBF"], [b"\xEF\xBB\xBF", b""]] {
            let chunks = [pieces[0], pieces[1], b"data: x\n\n"];
            assert_eq!(said_by_chunks(&chunks).concat(), [message("x")]);
        }
    }

    #[test]
    fn one_alone_says_nothing() {
        assert_eq!(said("\u{FEFF}"), []);
        assert_eq!(said("\u{FEFF}\n\n"), []);
    }

    #[test]
    fn part_of_one_is_text_like_any_other() {
        assert_eq!(said(b"\xEF\xBBdata: x\n\ndata: y\n\n"), [message("y")]);
        assert_eq!(said(b"\xEF\n\ndata: y\n\n"), [message("y")]);
        assert_eq!(said(b"\xEF\xBB"), []);
    }

    #[test]
    fn one_later_in_the_stream_is_text() {
        assert_eq!(said("\n\u{FEFF}data: x\n\n"), []);
        assert_eq!(said("data: \u{FEFF}x\n\n"), [message("\u{FEFF}x")]);
    }

    #[test]
    fn one_at_the_start_of_the_next_stream_is_ignored_again() {
        let mut parser = commented();
        for _ in 0..2 {
            assert_eq!(agreement::in_rust(&mut parser, "\u{FEFF}data: x\n\n".as_bytes(), &[1]).said, [message("x")]);
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
                said(format!("data: a{end}data: b{end}{end}data: c{end}{end}")),
                [message("a\nb"), message("c")]
            );
        }
    }

    #[test]
    fn may_be_mixed() {
        assert_eq!(said("data: a\rdata: b\ndata: c\r\n\rdata: d\n\r"), [message("a\nb\nc"), message("d")]);
    }

    #[test]
    fn lf_followed_by_cr_are_two() {
        assert_eq!(said("data: x\n\rdata: y\n\r"), [message("x"), message("y")]);
    }

    #[test]
    fn crlf_split_between_chunks_is_one() {
        let chunks: [&[u8]; 4] = [b"data: a\r", b"\ndata: b\r", b"\n\r", b"\ndata: c\r\n\r\n"];
        assert_eq!(said_by_chunks(&chunks), [vec![], vec![], vec![message("a\nb")], vec![message("c")]]);
    }

    #[test]
    fn cr_at_the_end_of_a_chunk_ends_the_event_at_once() {
        assert_eq!(said_by_chunks(&[b"data: x\r\r"]), [vec![message("x")]]);
        assert_eq!(said_by_chunks(&[b"data: x\r\n\r", b"\n"]), [vec![message("x")], vec![]]);
    }

    #[test]
    fn lf_after_a_split_crlf_is_a_blank_line() {
        assert_eq!(said_by_chunks(&[b"data: x\r", b"", b"\n", b"\n"]), [vec![], vec![], vec![], vec![message("x")]]);
    }

    #[test]
    fn of_unicode_are_none() {
        assert_eq!(
            said("data: a\u{B}b\u{C}c\u{85}d\u{2028}e\u{2029}f\n\n"),
            [message("a\u{B}b\u{C}c\u{85}d\u{2028}e\u{2029}f")]
        );
    }
}

mod comments {
    use super::*;

    #[test]
    fn are_lines_that_start_with_a_colon() {
        assert_eq!(said(": keep-alive\n:\n:data: x\n\n"), [comment("keep-alive"), comment(""), comment("data: x")]);
    }

    #[test]
    fn lose_one_leading_space_only() {
        assert_eq!(said(":  two\n"), [comment(" two")]);
    }

    #[test]
    fn do_not_end_or_change_an_event() {
        assert_eq!(
            said("event: a\n: 1\ndata: x\n: 2\ndata: y\n: 3\nid: 7\n: 4\n\n"),
            [comment("1"), comment("2"), comment("3"), comment("4"), event("a", "x\ny", Some("7"))],
        );
    }

    #[test]
    fn need_no_blank_line() {
        assert_eq!(said_by_chunks(&[b": now\n"]), [vec![comment("now")]]);
        assert_eq!(said_by_chunks(&[b": no", b"w\r"]), [vec![], vec![comment("now")]]);
    }

    #[test]
    fn are_only_counted_when_nobody_wants_them() {
        let mut parser = Parser::new(NO_LIMIT);
        let reading = agreement::in_rust(&mut parser, b": 1\ndata: x\n: 2\n\n: 3\n: unfinished", &[5]);
        assert_eq!(reading.said, [message("x")]);
        assert_eq!(parser.comments(), 3);
    }
}

mod data {
    use super::*;

    #[test]
    fn lines_are_joined_by_line_feeds() {
        assert_eq!(said("data: YHOO\ndata: +2\ndata: 10\n\n"), [message("YHOO\n+2\n10")]);
        assert_eq!(said("data: 中文\r\ndata: é\r\ndata: 😀😀\r\n\r\n"), [message("中文\né\n😀😀")]);
    }

    #[test]
    fn lines_may_be_empty() {
        assert_eq!(said("data:\n\n"), [message("")]);
        assert_eq!(said("data: \n\n"), [message("")]);
        assert_eq!(said("data:\ndata:\n\n"), [message("\n")]);
        assert_eq!(said("data:\ndata: x\ndata:\n\n"), [message("\nx\n")]);
    }

    #[test]
    fn needs_no_colon() {
        assert_eq!(said("data\n\n"), [message("")]);
        assert_eq!(said("data\ndata\n\n"), [message("\n")]);
        assert_eq!(said("data\ndata\ndata\ndata: x\n\n"), [message("\n\n\nx")]);
    }

    #[test]
    fn loses_one_leading_space_only() {
        assert_eq!(said("data:x\n\ndata: x\n\ndata:  x\n\ndata:\tx\n\n"), ["x", "x", " x", "\tx"].map(message));
    }

    #[test]
    fn keeps_colons_trailing_spaces_and_nul() {
        assert_eq!(said("data: a: b\n\ndata:: c \n\ndata: a\0b\n\n"), ["a: b", ": c ", "a\0b"].map(message));
    }

    #[test]
    fn lines_are_joined_around_whatever_lies_between_them() {
        assert_eq!(
            said("data: 中\nevent: 文é\n: 😀\ndata: b\nid: é7\nretry: 9\nunknown: 中\ndata: c\n\n"),
            [comment("😀"), event("文é", "中\nb\nc", Some("é7"))],
        );
        assert_eq!(
            said("id: 1\ndata: a\nevent: x\ndata: b\nevent: yy\nid: 22\ndata: c\n\n"),
            [event("yy", "a\nb\nc", Some("22"))]
        );
        assert_eq!(said("data: a\nevent: x\ndata: b\nevent\ndata\n\n"), [message("a\nb\n")]);
    }
}

mod event_type {
    use super::*;

    #[test]
    fn is_message_without_an_event_line() {
        assert_eq!(said("data: x\n\n"), [message("x")]);
    }

    #[test]
    fn is_that_of_the_event_line_wherever_it_stands() {
        assert_eq!(said("event: add\ndata: x\n\n"), [event("add", "x", None)]);
        assert_eq!(said("data: x\nevent: add\n\n"), [event("add", "x", None)]);
    }

    #[test]
    fn is_the_last_one_given() {
        assert_eq!(said("event: a\nevent: b\ndata: x\nevent: c\n\n"), [event("c", "x", None)]);
    }

    #[test]
    fn is_message_when_empty() {
        assert_eq!(
            said("event:\ndata: x\n\nevent\ndata: y\n\nevent: a\nevent: \ndata: z\n\n"),
            ["x", "y", "z"].map(message)
        );
    }

    #[test]
    fn does_not_outlive_its_event() {
        assert_eq!(said("event: a\ndata: x\n\ndata: y\n\n"), [event("a", "x", None), message("y")]);
    }

    #[test]
    fn does_not_outlive_a_block_without_data() {
        assert_eq!(
            said("event: a\n\ndata: x\n\nevent: a\nid: 1\n\ndata: y\n\n"),
            [message("x"), id_alone("1"), message("y")]
        );
    }

    #[test]
    fn keeps_its_case_and_further_spaces() {
        assert_eq!(said("event:  Add \ndata: x\n\n"), [event(" Add ", "x", None)]);
    }
}

mod id {
    use super::*;

    #[test]
    fn is_the_one_the_event_itself_carried() {
        // That it persists is up to who keeps the last event ID: the parser tells when it changes.
        assert_eq!(said("id: 1\ndata: x\n\ndata: y\n\n"), [event("message", "x", Some("1")), message("y")]);
    }

    #[test]
    fn is_the_last_one_given() {
        assert_eq!(said("id: 1\ndata: x\nid: 2\n\n"), [event("message", "x", Some("2"))]);
    }

    #[test]
    fn may_be_empty_to_reset_the_last_one() {
        assert_eq!(
            said("id: 1\nid:\ndata: x\n\nid\ndata: y\n\n"),
            ["x", "y"].map(|data| event("message", data, Some("")))
        );
    }

    #[test]
    fn with_a_nul_is_ignored() {
        assert_eq!(
            said("id: a\0b\ndata: x\n\nid: 1\nid: \0\ndata: y\n\n"),
            [message("x"), event("message", "y", Some("1"))]
        );
    }

    #[test]
    fn counts_without_data_too() {
        assert_eq!(said("id: 1\n\nid\n\nid: a\0\n\n"), [id_alone("1"), id_alone("")]);
    }

    #[test]
    fn may_be_any_text() {
        assert_eq!(said("id: é中😀 \u{FEFF}\ndata: x\n\n"), [event("message", "x", Some("é中😀 \u{FEFF}"))]);
    }

    #[test]
    fn of_an_unfinished_event_does_not_count() {
        assert_eq!(said("id: 1\ndata: x\n\nid: 2\ndata: y\n"), [event("message", "x", Some("1"))]);
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
        assert_eq!(said("data: x\nretry: 1\ndata: y\n\n"), [message("x\ny")]);
    }

    #[test]
    fn of_anything_else_is_ignored() {
        for value in ["", " ", "+1", "-1", " 1", "1 ", "1.0", "1e3", "0x10", "ten", "１２", "1\0", "1,000"] {
            assert_eq!(retries(&format!("retry: {value}\n")), [], "{value:?}");
        }
        assert_eq!(retries("retry\nretry:\n"), []);
    }

    #[test]
    fn too_large_for_64_bits_is_the_largest() {
        assert_eq!(retries("retry: 18446744073709551615\nretry: 18446744073709551616\n"), [u64::MAX, u64::MAX]);
        assert_eq!(retries(&format!("retry: {}\n", "9".repeat(400))), [u64::MAX]);
    }

    #[test]
    fn is_given_once_and_the_last_one_wins() {
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
        assert_eq!(said("foo: bar\nfoo\ndata: x\n中: y\n\n"), [message("x")]);
    }

    #[test]
    fn are_those_in_other_letters() {
        assert_eq!(said("Data: x\n\nDATA: x\n\nEvent: a\nID: 1\nRetry: 1\ndata: y\n\n"), [message("y")]);
    }

    #[test]
    fn are_those_that_only_begin_like_known_ones() {
        let stream =
            "database: x\n\ndata2: x\n\nevents: a\nidx: 1\nid2\nretry2: 1\ndat: x\nda\nd\n\ne\ni\nr\ndata: y\n\n";
        assert_eq!(said(stream), [message("y")]);
    }

    #[test]
    fn are_those_with_spaces_around_the_name() {
        assert_eq!(
            said(" data: x\n\ndata : x\n\n\tdata: x\n\ndata\0: x\n\n id: 1\nid : 2\ndata: y\n\n"),
            [message("y")]
        );
    }
}

mod dispatch {
    use super::*;

    #[test]
    fn needs_data() {
        assert_eq!(said("\n\n\nevent: a\n\nretry: 1\n\nfoo: bar\n\n"), []);
    }

    #[test]
    fn needs_the_blank_line() {
        assert_eq!(said("data: x"), []);
        assert_eq!(said("data: x\n"), []);
        assert_eq!(said("data: x\n\ndata: y\n"), [message("x")]);
    }

    #[test]
    fn does_not_happen_for_what_an_ended_stream_left_unfinished() {
        let mut parser = commented();
        let mut all = agreement::in_rust(&mut parser, b"event: a\nid: 1\ndata: x\nda", &[9]).said;
        parser.reset();
        all.extend(agreement::in_rust(&mut parser, b"ta: y\n\ndata: z\n\n", &[9]).said);
        assert_eq!(all, [message("z")]);
    }
}

/// Replacement as the Encoding standard has it: one U+FFFD for each longest beginning of a sequence.
mod malformed_utf8 {
    use super::*;

    #[track_caller]
    fn assert_data(bytes: &[u8], decoded: &str) {
        assert_eq!(said([b"data: ", bytes, b"\n\n"].concat()), [message(decoded)]);
        assert_eq!(
            said([b"data: a\ndata: ", bytes, b"\ndata: b\n\n"].concat()),
            [message(&format!("a\n{decoded}\nb"))]
        );
        // The same bytes decode the same in every field.
        assert_eq!(
            said([b"event: ", bytes, b"\nid: ", bytes, b"\n:", bytes, b"\rdata: x\n\n"].concat()),
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
    fn beyond_unicode_is_replaced_byte_by_byte() {
        assert_data(b"\xF4\x90\x80\x80", &"\u{FFFD}".repeat(4));
        assert_data(b"\xF5\x80\x80\x80", &"\u{FFFD}".repeat(4));
        assert_data(b"\xFE\xFF", "\u{FFFD}\u{FFFD}");
    }

    #[test]
    fn a_line_end_cuts_a_sequence_and_still_ends_the_line() {
        assert_eq!(said(b"data: \xE4\xB8\n\n\xADdata: x\n\ndata: y\n\n"), [message("\u{FFFD}"), message("y")]);
        assert_eq!(said(b"data: \xF0\x9F\r\r"), [message("\u{FFFD}")]);
    }

    #[test]
    fn a_sequence_split_between_chunks_is_whole() {
        let chunks: [&[u8]; 4] = [b"data: \xF0", b"\x9F\x98", b"\x80\n", b"\n"];
        assert_eq!(said_by_chunks(&chunks).concat(), [message("😀")]);
    }

    #[test]
    fn a_lead_at_the_end_of_a_field_takes_nothing_from_what_lies_behind() {
        // Closing up moves the data, and leaves its old bytes behind: here and there the continuation that a lead lacks.
        for length in 0..30 {
            let data = [&b"\xC3\xA9"[..], &b".".repeat(length), b"\xC3"].concat();
            let decoded = format!("é{}\u{FFFD}", ".".repeat(length));
            assert_eq!(said([b"data: ", &data[..], b"\n\n"].concat()), [message(&decoded)]);
            assert_eq!(
                said([b"id: 7\ndata: ", &data[..], b"\nid: ", &data, b"\n\n"].concat()),
                [event("message", &decoded, Some(&decoded))]
            );
            assert_eq!(
                said([b"data: a\nevent: ", &data[..], b"\nid: ", &data, b"\ndata: ", &data, b"\n\n"].concat()),
                [event(&decoded, &format!("a\n{decoded}"), Some(&decoded))],
            );
        }
    }

    #[test]
    fn a_malformed_field_name_is_an_unknown_field() {
        assert_eq!(said(b"data\xFF: x\n\n\xFFdata: x\n\ndata: y\n\n"), [message("y")]);
    }

    #[test]
    fn a_malformed_type_has_no_slot_and_its_decoded_name() {
        let mut parser = Parser::new(NO_LIMIT);
        parser.listen("a\u{FFFD}");
        let stream = b"event: a\xF0\x9F\ndata: hello\n\n";
        parser.reserve(64)[..24].copy_from_slice(stream);
        parser.parse(24);
        assert_eq!(parser.records()[0].kind(), sse_fetch::parser::Kind::Event(None));
        assert_eq!(said(stream), [event("a\u{FFFD}", "hello", None)]);
    }
}

/// What is not in the standard, and only there for those who ask for it.
mod beyond_the_standard {
    use super::*;

    /// What is said where events without data are wanted, and where the end of the stream completes an event.
    #[track_caller]
    fn said_on_request(stream: &str) -> Vec<Said> {
        said(stream);
        let mut parser = commented();
        parser.want_empty_events(true);
        agreement::in_javascript(&mut parser, stream.as_bytes(), &[3], b"\n\n").said
    }

    #[test]
    fn an_event_with_a_type_and_no_data_is_delivered_on_request() {
        assert_eq!(said_on_request("event: end\n\n"), [event("end", "", None)]);
        assert_eq!(said_on_request("event: é\nid: 1\n\n"), [event("é", "", Some("1"))]);
        assert_eq!(said_on_request("id: 1\nevent: é\n\n"), [event("é", "", Some("1"))]);
        assert_eq!(said_on_request(": c\nevent: a\n: d\nevent: b\n: e\n\n").last(), Some(&event("b", "", None)));
        assert_eq!(
            said_on_request("event: a\r\n\r\ndata: b\r\rdata\n\n"),
            [event("a", "", None), message("b"), message("")]
        );
    }

    #[test]
    fn a_block_that_names_no_event_is_none_on_request_either() {
        assert_eq!(
            said_on_request("event\n\nevent:\n\nevent: \n\nevent: a\nevent:\n\nretry: 1\n\n: c\n\n"),
            [comment("c")]
        );
        assert_eq!(said_on_request("event:\nid: 1\n\n"), [id_alone("1")]);
    }

    #[test]
    fn an_event_cut_off_by_the_end_is_completed_on_request() {
        for end in ["", "\n", "\r", "\r\n", "\n\n"] {
            assert_eq!(
                said_on_request(&format!("data: a\n\nid: 7\ndata: b\ndata: c{end}")),
                [message("a"), event("message", "b\nc", Some("7")),]
            );
        }
        assert_eq!(said_on_request("da"), []);
        assert_eq!(said_on_request("event: end"), [event("end", "", None)]);
        assert_eq!(said_on_request(""), []);
    }

    #[test]
    fn lines_that_are_no_field_are_counted_for_each_stream() {
        let mut parser = commented();
        let mut ignored = |stream: &str| {
            parser.reset();
            agreement::in_rust(&mut parser, stream.as_bytes(), &[5]).ignored
        };
        assert_eq!(ignored("{\n  \"error\": 1\n}\n"), 3);
        assert_eq!(ignored(": c\ndata\nid: a\0\nretry: x\nevent: e\n\n"), 0);
        assert_eq!(ignored("Data: x\ndatabase: x\n\ndata: y\n\nping"), 2);
    }
}

/// The examples the standard gives, as it gives them.
mod examples_of_the_standard {
    use super::*;

    #[test]
    fn two_events_with_several_lines() {
        let stream = "data: This is the first message.\n\ndata: This is the second message, it\ndata: has two lines.\n\ndata: This is the third message.\n\n";
        assert_eq!(
            said(stream),
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
            said("event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\nevent: add\ndata: 113411\n\n"),
            [event("add", "73857293", None), event("remove", "2153", None), event("add", "113411", None)],
        );
    }

    #[test]
    fn stock_ticker() {
        assert_eq!(said("data: YHOO\ndata: +2\ndata: 10\n\n"), [message("YHOO\n+2\n10")]);
    }

    #[test]
    fn four_blocks_with_ids() {
        assert_eq!(
            said(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n"),
            [
                comment("test stream"),
                event("message", "first event", Some("1")),
                event("message", "second event", Some(""))
            ],
        );
        // With the blank line after it, the third event would count, with its second space.
        assert_eq!(said("data:  third event\n\n"), [message(" third event")]);
    }

    #[test]
    fn two_events_and_an_unfinished_one() {
        assert_eq!(said("data\n\ndata\ndata\n\ndata:"), [message(""), message("\n")]);
    }

    #[test]
    fn two_identical_events() {
        assert_eq!(said("data:test\n\ndata: test\n\n"), [message("test"), message("test")]);
    }
}

mod limit {
    use super::*;

    #[track_caller]
    fn assert_needs(limit: usize, stream: &str, said: &[Said]) {
        let (within, beyond) = (read_within(limit, stream), read_within(limit - 1, stream));
        assert_eq!((&within.said[..], within.too_large), (said, false));
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
    fn does_not_count_what_was_replaced_or_ignored() {
        assert!(
            !read_within(14, "event: a234567\nevent: b234567\nid: 1\nid: 2\nid: 345678\0901\ndata: x\n: comment\n\n")
                .too_large
        );
    }

    #[test]
    fn starts_anew_with_each_event() {
        assert!(!read_within(10, &"data: 7890\n\n".repeat(50)).too_large);
        assert!(!read_within(10, &"event: 890\n\n".repeat(50)).too_large);
    }

    #[test]
    fn lets_through_what_came_before() {
        let reading = read_within(8, "data: 78\n\nid: 1\n\nretry: 5\ndata: 789\n\ndata: 1\n\n");
        assert_eq!(
            reading,
            Reading { said: vec![message("78"), id_alone("1")], retries: vec![5], too_large: true, ignored: 0 }
        );
    }

    #[test]
    fn exceeded_by_joined_data_cuts_no_character_before_it() {
        let reading = read_within(18, "data: é\n\ndata: 789012\ndata: b\ndata: 😀😀😀\n\n");
        assert_eq!((&reading.said[..], reading.too_large), (&[message("é")][..], true));
    }

    #[test]
    fn does_not_wait_for_the_end_of_a_line() {
        let mut parser = Parser::new(10);
        assert!(parser.push(b"data: 7890", |_| {}).is_ok());
        assert!(parser.push(b"1", |_| {}).is_err());
    }

    #[test]
    fn once_exceeded_says_nothing_more_until_the_next_stream() {
        let mut parser = Parser::new(10);
        assert!(parser.push(b"data: 78901\n\n", |_| {}).is_err());
        for _ in 0..3 {
            assert!(parser.push(b"data: x\n\n", |item| panic!("{item:?}")).is_err());
        }
        parser.reset();
        assert_eq!(agreement::in_rust(&mut parser, b"data: x\n\n", &[3]).said, [message("x")]);
    }

    #[test]
    fn of_nothing_lets_nothing_but_blank_lines_through() {
        assert!(!read_within(0, "\n\r\r\n\n").too_large);
        assert!(read_within(0, "\n:\n").too_large);
    }
}
