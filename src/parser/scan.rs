//! Finding lines and telling fields apart: the only code that looks at every byte.

// The wasm is compiled for size, and this is what its speed comes from.
#![allow(clippy::inline_always)]

use super::pending::Span;

/// What a line is, by the text before its first colon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Blank,
    Comment,
    Data,
    Event,
    Id,
    Retry,
}

/// Where the first line end (LF or CR) in `bytes` is from there on; the offset counts from the beginning.
///
/// Most lines are short: a call of `memchr` for them would cost more than it finds. For lines of kilobytes it would take a
/// quarter less time, and the package would be larger by 300 bytes after Brotli.
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

/// A bit for each line end.
#[cfg(target_feature = "simd128")]
#[inline(always)]
fn line_ends_in(bytes: [u8; BLOCK]) -> u16 {
    use core::arch::wasm32::{u8x16_bitmask, u8x16_eq, u8x16_splat, v128_or};
    let bytes = vector(bytes);
    u8x16_bitmask(v128_or(u8x16_eq(bytes, u8x16_splat(b'\n')), u8x16_eq(bytes, u8x16_splat(b'\r'))))
}

/// The same where `memchr` has the wider vectors.
#[cfg(not(target_feature = "simd128"))]
#[inline(always)]
pub(super) fn line_end(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    // Half of all lines are the blank ones between events.
    if is_line_end(*rest.first()?) {
        return Some(from);
    }
    memchr::memchr2(b'\n', b'\r', rest).map(|offset| from + offset)
}

#[inline(always)]
fn is_line_end(byte: u8) -> bool {
    byte == b'\n' || byte == b'\r'
}

/// How many bytes are looked at at once.
pub(super) const BLOCK: usize = 16;

/// So many bytes from there on; `None` if there are fewer.
#[inline(always)]
fn block_at(bytes: &[u8], at: usize) -> Option<[u8; BLOCK]> {
    bytes.get(at..)?.first_chunk().copied()
}

/// The same, or what there is and zeros behind it.
#[inline(always)]
pub(super) fn block_or_rest(bytes: &[u8], at: usize) -> [u8; BLOCK] {
    block_at(bytes, at).unwrap_or_else(|| rest(bytes, at))
}

#[inline(never)]
fn rest(bytes: &[u8], at: usize) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let rest = bytes.get(at..).unwrap_or_default();
    if let Some(place) = block.get_mut(..rest.len()) {
        place.copy_from_slice(rest);
    }
    block
}

/// The same bytes for instructions that look at all of them.
#[cfg(target_feature = "simd128")]
#[inline(always)]
#[allow(unsafe_code)] // Put together of two halves, which is the only way without it, they would take two loads.
pub(super) fn vector(bytes: [u8; BLOCK]) -> core::arch::wasm32::v128 {
    // SAFETY: there are sixteen bytes to load, and the instruction does not ask for alignment.
    unsafe { core::arch::wasm32::v128_load(bytes.as_ptr().cast()) }
}

/// Whether there is a NUL in this part of the buffer: ids are short, and a call of `memchr` costs more than looking at one of
/// them.
#[inline(always)]
pub(super) fn has_nul(buffer: &[u8], part: Span) -> bool {
    let (blocks, rest) = part.of(buffer).as_chunks();
    let within = (1 << rest.len()) - 1;
    blocks.iter().any(|block| nuls_in(*block) != 0)
        || nuls_in(block_or_rest(buffer, part.end - rest.len())) & within != 0
}

/// A bit for each NUL.
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

/// Which field the line is, and its value without the one leading space. `None`: a field the standard ignores.
///
/// Compares the four known names instead of searching the colon, which may be megabytes away in an unknown field.
#[inline(always)]
pub(super) fn field(buffer: &[u8], line: Span) -> Option<(Field, Span)> {
    let bytes = line.of(buffer);
    let (field, name_length) = match bytes.first() {
        None => return Some((Field::Blank, line)),
        Some(b':') => (Field::Comment, 0),
        Some(b'd') if bytes.starts_with(b"data") => (Field::Data, 4),
        Some(b'e') if bytes.starts_with(b"event") => (Field::Event, 5),
        Some(b'i') if bytes.starts_with(b"id") => (Field::Id, 2),
        Some(b'r') if bytes.starts_with(b"retry") => (Field::Retry, 5),
        Some(_) => return None,
    };
    let value_offset = match (bytes.get(name_length), bytes.get(name_length + 1)) {
        (None, _) => name_length, // a name without a colon has the empty value
        (Some(b':'), Some(b' ')) => name_length + 2,
        (Some(b':'), _) => name_length + 1,
        (Some(_), _) => return None, // only begins like a known name: "database: x"
    };
    Some((field, Span { start: line.start + value_offset, end: line.end }))
}

/// The field that a line begins with, and where its value does, for lines as servers write them: blank ones, comments, and
/// names with a colon. `None` for all others, and where too little is left in the buffer to tell by one look.
#[inline(always)]
pub(super) fn plain_field(bytes: &[u8], line: usize) -> Option<(Field, usize)> {
    let beginning = u64::from_le_bytes(*bytes.get(line..)?.first_chunk()?);
    let (field, name_length) = if begins_with(beginning, b"data:") {
        (Field::Data, 5)
    } else if begins_with(beginning, b"id:") {
        (Field::Id, 3)
    } else if begins_with(beginning, b"event:") {
        (Field::Event, 6)
    } else if begins_with(beginning, b":") {
        return Some((Field::Comment, line + 1));
    } else if begins_with(beginning, b"\n") || begins_with(beginning, b"\r") {
        return Some((Field::Blank, line));
    } else {
        return None;
    };
    let has_space = beginning >> (8 * name_length) & 0xFF == u64::from(b' ');
    Some((field, line + name_length + usize::from(has_space)))
}

/// The lowest byte of the word is the first one.
#[inline(always)]
fn begins_with<const N: usize>(word: u64, name: &[u8; N]) -> bool {
    let name = name.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte));
    word & ((1 << (8 * N)) - 1) == name
}

/// The value of a `retry` field in milliseconds: ASCII digits only (§ 9.2.6), saturating.
pub(super) fn reconnection_time(value: &[u8]) -> Option<u64> {
    if value.is_empty() {
        return None;
    }
    value.iter().try_fold(0_u64, |time, &byte| {
        byte.is_ascii_digit().then(|| time.saturating_mul(10).saturating_add(u64::from(byte - b'0')))
    })
}
