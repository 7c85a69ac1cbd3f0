//! The parser alone as a wasm module without imports, so that an interpreter can run it and count. It is compiled from
//! the crate's own source with the package's profile; the crate itself would bring the browser's imports.

extern crate alloc;

use core::cell::RefCell;
use core::hint::black_box;

#[path = "../../../../src/parser/mod.rs"]
pub mod parser;

use parser::Parser;

/// No stream here comes near it.
const LIMIT: usize = 16 << 20;

thread_local! {
    static STREAM: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Where the host writes a stream of `len` bytes before it calls [`parse`].
// A name for the host to call is all that is unsafe about it: no other symbol bears it.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn stream(len: usize) -> *mut u8 {
    STREAM.with_borrow_mut(|stream| {
        *stream = vec![0; len];
        stream.as_mut_ptr()
    })
}

/// Parses the stream in chunks of `chunk` bytes the way the browser's side does, with offsets in UTF-16 if `utf16` is
/// not 0. Gives the number of records.
#[allow(unsafe_code)]
#[unsafe(no_mangle)]
pub extern "C" fn parse(chunk: usize, utf16: u32) -> usize {
    STREAM.with_borrow(|stream| {
        let mut parser = Parser::new(LIMIT);
        parser.listen("notification");
        stream.chunks(chunk.max(1)).map(|chunk| deliver(&mut parser, chunk, utf16 != 0)).sum()
    })
}

fn deliver(parser: &mut Parser, chunk: &[u8], utf16: bool) -> usize {
    match parser.free_space().get_mut(..chunk.len()) {
        Some(room) => room.copy_from_slice(chunk),
        None => parser.reserve(chunk.len()).copy_from_slice(chunk),
    }
    let mut batch = parser.parse(chunk.len());
    let mut records = 0;
    loop {
        // As `dispatch/wasm-parser.ts` does: a batch without records is not even decoded.
        if utf16 && !parser.records().is_empty() {
            parser.to_utf16();
        }
        records += parser.records().len();
        // Or the compiler might leave out records that nobody reads.
        black_box(&mut *parser);
        if !batch.more {
            return records;
        }
        batch = parser.next_batch();
    }
}
