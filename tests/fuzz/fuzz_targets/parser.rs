//! Any bytes, in any chunks, under any limit: the parser must agree with the reference of its tests.
//!
//! An input is the limit in one byte (0: none), the number of chunk sizes in one byte (modulo 8), the sizes in one byte
//! each, and the stream. No sizes: all in one chunk. From the root of the repository (there is no `unsafe` in the parser,
//! so it goes without a sanitizer, which is faster):
//!
//! ```text
//! mkdir -p tests/fuzz/corpus/parser
//! cargo +nightly fuzz run --fuzz-dir tests/fuzz --sanitizer none parser tests/fuzz/corpus/parser tests/fuzz/seeds
//! ```

#![no_main]

#[path = "../../parser/agreement.rs"]
mod agreement;
#[path = "../../parser/reference.rs"]
mod reference;

use libfuzzer_sys::fuzz_target;

/// Larger than any input.
const NO_LIMIT: usize = 1 << 24;

fuzz_target!(|input: &[u8]| {
    let [limit, count, rest @ ..] = input else { return };
    let limit = if *limit == 0 { NO_LIMIT } else { usize::from(*limit) };
    let Some((sizes, stream)) = rest.split_at_checked(usize::from(count % 8)) else { return };
    let sizes: Vec<usize> = sizes.iter().map(|&size| usize::from(size)).collect();
    agreement::assert_agreement(stream, limit, &sizes);
});
