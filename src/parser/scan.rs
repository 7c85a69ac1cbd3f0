//! Finding the ends of lines and telling the kinds of lines apart: the only code that reads every byte.
//!
//! Two implementations have the same meaning: one with the 128-bit vectors of wasm, in which one comparison looks at 16
//! bytes, and one for all other targets, where the crate `memchr` has wider vectors.

// The wasm is compiled for size. Inlining these functions gives the parser its speed.
#![allow(clippy::inline_always)]

use super::span::Span;

/// What a line is. [HTML] 9.2.6 decides that by the text before the first colon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineKind {
    Blank,
    Comment,
    Data,
    Event,
    Id,
    Retry,
}

/// The position of the first line end (LF or CR) at or behind `from`.
///
/// On wasm this does not call `memchr`: most lines are short, and the call costs more than it saves. For lines of kilobytes
/// `memchr` would take a quarter less time, but the package would be 300 bytes larger after Brotli.
#[cfg(target_feature = "simd128")]
#[inline(always)]
pub(super) fn line_end(bytes: &[u8], from: usize) -> Option<usize> {
    let (blocks, rest) = bytes.get(from..)?.as_chunks();
    let mut at = from;
    for block in blocks {
        let ends = line_ends_in(*block);
        if ends != 0 {
            return Some(at + ends.trailing_zeros() as usize);
        }
        at += BLOCK;
    }
    let offset = rest.iter().position(|&byte| is_line_end(byte))?;
    Some(at + offset)
}

/// A bit for each line end in a block.
#[cfg(target_feature = "simd128")]
#[inline(always)]
fn line_ends_in(bytes: [u8; BLOCK]) -> u16 {
    use core::arch::wasm32::{u8x16_bitmask, u8x16_eq, u8x16_splat, v128_or};
    let bytes = vector(bytes);
    u8x16_bitmask(v128_or(u8x16_eq(bytes, u8x16_splat(b'\n')), u8x16_eq(bytes, u8x16_splat(b'\r'))))
}

/// The position of the first line end (LF or CR) at or behind `from`.
#[cfg(not(target_feature = "simd128"))]
#[inline(always)]
pub(super) fn line_end(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    // Half of all lines are the blank lines between events.
    if is_line_end(*rest.first()?) {
        return Some(from);
    }
    memchr::memchr2(b'\n', b'\r', rest).map(|offset| from + offset)
}

#[inline(always)]
fn is_line_end(byte: u8) -> bool {
    byte == b'\n' || byte == b'\r'
}

/// Bytes in one vector of wasm.
pub(super) const BLOCK: usize = 16;

/// A block that begins at `at`; `None` if fewer bytes are left.
#[inline(always)]
fn block_at(bytes: &[u8], at: usize) -> Option<[u8; BLOCK]> {
    bytes.get(at..)?.first_chunk().copied()
}

/// A block that begins at `at`, filled up with zeros if fewer bytes are left.
#[inline(always)]
pub(super) fn block_or_rest(bytes: &[u8], at: usize) -> [u8; BLOCK] {
    block_at(bytes, at).unwrap_or_else(|| padded_rest(bytes, at))
}

#[inline(never)]
fn padded_rest(bytes: &[u8], at: usize) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let rest = bytes.get(at..).unwrap_or_default();
    if let Some(start) = block.get_mut(..rest.len()) {
        start.copy_from_slice(rest);
    }
    block
}

/// The bytes of a block in a vector register.
///
/// The only `unsafe` code of the parser. Without it, a vector can only be built from two halves, which takes two loads
/// instead of one.
#[cfg(target_feature = "simd128")]
#[inline(always)]
#[allow(unsafe_code)]
pub(super) fn vector(bytes: [u8; BLOCK]) -> core::arch::wasm32::v128 {
    // SAFETY: `bytes` has the 16 bytes that `v128_load` reads, and `v128_load` allows any alignment.
    unsafe { core::arch::wasm32::v128_load(bytes.as_ptr().cast()) }
}

/// Whether this part of the buffer contains a NUL byte. (Ids are short: a call of `memchr` would cost more than it saves.)
#[inline(always)]
pub(super) fn has_nul(buffer: &[u8], part: Span) -> bool {
    let (blocks, rest) = part.of(buffer).as_chunks();
    let within = (1 << rest.len()) - 1;
    blocks.iter().any(|block| nuls_in(*block) != 0)
        || nuls_in(block_or_rest(buffer, part.end - rest.len())) & within != 0
}

/// A bit for each NUL in a block.
#[cfg(target_feature = "simd128")]
#[inline(always)]
fn nuls_in(bytes: [u8; BLOCK]) -> u32 {
    use core::arch::wasm32::{i8x16_bitmask, i8x16_eq, i8x16_splat};
    u32::from(i8x16_bitmask(i8x16_eq(vector(bytes), i8x16_splat(0))))
}

#[cfg(not(target_feature = "simd128"))]
#[inline(always)]
fn nuls_in(bytes: [u8; BLOCK]) -> u32 {
    bytes.iter().enumerate().map(|(at, &byte)| u32::from(byte == 0) << at).fold(0, |all, some| all | some)
}

/// The kind of a line and its value. `None`: a field that the standard does not know.
///
/// [HTML] 9.2.6: the value begins behind the first colon, and "If value starts with a U+0020 SPACE character, remove it".
/// This compares the four known names instead of searching for the colon, which may be megabytes away in an unknown field.
#[inline(always)]
pub(super) fn classify(buffer: &[u8], line: Span) -> Option<(LineKind, Span)> {
    let bytes = line.of(buffer);
    let (kind, name_length) = match bytes.first() {
        None => return Some((LineKind::Blank, line)),
        Some(b':') => (LineKind::Comment, 0),
        Some(b'd') if bytes.starts_with(b"data") => (LineKind::Data, 4),
        Some(b'e') if bytes.starts_with(b"event") => (LineKind::Event, 5),
        Some(b'i') if bytes.starts_with(b"id") => (LineKind::Id, 2),
        Some(b'r') if bytes.starts_with(b"retry") => (LineKind::Retry, 5),
        Some(_) => return None,
    };
    let value_offset = match (bytes.get(name_length), bytes.get(name_length + 1)) {
        (None, _) => name_length, // a field name without a colon has the empty value
        (Some(b':'), Some(b' ')) => name_length + 2,
        (Some(b':'), _) => name_length + 1,
        (Some(_), _) => return None, // a longer name, like "database"
    };
    Some((kind, Span { start: line.start + value_offset, end: line.end }))
}

/// The kind of the line that begins at `line`, and where its value begins, for lines as servers usually write them: blank
/// lines, comments, and names followed by a colon. `None` for all other lines, and if fewer than eight bytes are left.
///
/// It loads eight bytes as one number and compares that with the names, so it needs no loop.
#[inline(always)]
pub(super) fn classify_plain(bytes: &[u8], line: usize) -> Option<(LineKind, usize)> {
    let beginning = u64::from_le_bytes(*bytes.get(line..)?.first_chunk()?);
    let (kind, name_length) = if begins_with(beginning, b"data:") {
        (LineKind::Data, 5)
    } else if begins_with(beginning, b"id:") {
        (LineKind::Id, 3)
    } else if begins_with(beginning, b"event:") {
        (LineKind::Event, 6)
    } else if begins_with(beginning, b":") {
        return Some((LineKind::Comment, line + 1));
    } else if begins_with(beginning, b"\n") || begins_with(beginning, b"\r") {
        return Some((LineKind::Blank, line));
    } else {
        return None;
    };
    let has_space = beginning >> (8 * name_length) & 0xFF == u64::from(b' ');
    Some((kind, line + name_length + usize::from(has_space)))
}

/// Whether the first bytes of `word` are `name`. The lowest byte of the word is the first.
#[inline(always)]
fn begins_with<const N: usize>(word: u64, name: &[u8; N]) -> bool {
    let name = name.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte));
    word & ((1 << (8 * N)) - 1) == name
}

/// The value of a `retry` field in milliseconds.
///
/// [HTML] 9.2.6: the value counts "if the field value consists of only ASCII digits". A number beyond 64 bits saturates.
pub(super) fn reconnection_time(value: &[u8]) -> Option<u64> {
    if value.is_empty() {
        return None;
    }
    value.iter().try_fold(0_u64, |time, &byte| {
        byte.is_ascii_digit().then(|| time.saturating_mul(10).saturating_add(u64::from(byte - b'0')))
    })
}
