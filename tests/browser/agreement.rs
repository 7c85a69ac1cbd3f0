//! The class delivers exactly what the parser finds: offsets, decoding and batches of `deliver.js` against the parser's
//! own `push`, which takes none of these ways. The streams are random, and the same in every run.

use js_sys::{Array, Uint8Array};
use serde::Deserialize;
use sse_fetch::parser::{Item, Parser};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::serve;
use crate::scenario;

const MODULE: &str = "/tests/browser/agreement.js";

serve! { "/tests/browser/agreement.js" }

/// What streams are made of: every part of the grammar, every length of a character, and bytes that are none.
const PIECES: [&[u8]; 26] = [
    b"data",
    b"data: ",
    b"event: ",
    b"id: ",
    b"id",
    b"retry: 7",
    b"unknown: ",
    b": ",
    b":",
    b"\n",
    b"\n",
    b"\n\n",
    b"\r",
    b"\r\n",
    b"\n\n",
    b"x",
    b"message",
    "\u{fffd}".as_bytes(),
    "ключ".as_bytes(),
    "é".as_bytes(),
    "€".as_bytes(),
    "🎈".as_bytes(),
    b"\xEF\xBB\xBF",
    b"\xFF",
    b"\xF0\x9F",
    b"\0",
];

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Delivered {
    Event(Event),
    Comment(String),
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    #[serde(rename = "type")]
    name: String,
    data: String,
    id: String,
    last_event_id: String,
}

#[wasm_bindgen_test]
async fn what_is_delivered_is_what_the_parser_finds() {
    for seed in 1..=150 {
        let mut random = Random(seed);
        let stream = random_stream(&mut random);
        let chunks = Array::new();
        for chunk in random_chunks(&stream, &mut random) {
            chunks.push(&Uint8Array::from(chunk));
        }
        let delivered = scenario::run(MODULE, "everything_delivered", &chunks).await;
        let delivered: Vec<Delivered> = serde_wasm_bindgen::from_value(delivered).expect("events and comments");
        assert_eq!(delivered, found(&stream), "seed {seed}: {}", stream.escape_ascii());
    }
}

/// What the parser finds in a stream that comes in one piece.
fn found(stream: &[u8]) -> Vec<Delivered> {
    let mut parser = Parser::new(1 << 20);
    parser.want_comments(true);
    let mut last_event_id = String::new();
    let mut found = Vec::new();
    let each = |item: Item| match item {
        Item::Comment(text) => found.push(Delivered::Comment(text.into())),
        Item::Id(id) => last_event_id = id.into(),
        Item::Event(event) => {
            if let Some(id) = &event.id {
                last_event_id = id.to_string();
            }
            found.push(Delivered::Event(Event {
                name: event.event_type.into(),
                data: event.data.into(),
                id: event.id.unwrap_or_default().into(),
                last_event_id: last_event_id.clone(),
            }));
        }
    };
    parser.push(stream, each).expect("far below the limit");
    found
}

/// Now and then more events than fit into one batch.
fn random_stream(random: &mut Random) -> Vec<u8> {
    let pieces = if random.below(10) == 0 { 12_000 } else { random.below(300) };
    (0..pieces).flat_map(|_| PIECES[random.below(PIECES.len())]).copied().collect()
}

fn random_chunks<'a>(mut rest: &'a [u8], random: &mut Random) -> Vec<&'a [u8]> {
    let longest = [1, 4, 64, rest.len().max(1)][random.below(4)].max(rest.len() / 1000);
    let mut chunks = Vec::new();
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at((1 + random.below(longest)).min(rest.len()));
        chunks.push(chunk);
        rest = after;
    }
    chunks
}

/// A small generator (xorshift), so that a failure can be had again.
struct Random(u32);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 as usize % bound
    }
}
