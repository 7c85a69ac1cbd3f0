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

/// The offset of the first line end (LF or CR) in `bytes`.
///
/// Half of all lines are the blank ones between events, and many others are short: a call of `memchr` for them would cost
/// more than it finds. So the first bytes are looked at here.
#[inline(always)]
pub(super) fn line_end(bytes: &[u8]) -> Option<usize> {
    if let Some(b'\n' | b'\r') = bytes.first() {
        return Some(0);
    }
    let mut rest = bytes;
    while let Some((block, after)) = rest.split_first_chunk()
        && bytes.len() - rest.len() < NEAR
    {
        if let Some(at) = line_end_in(*block) {
            return Some(bytes.len() - rest.len() + at);
        }
        rest = after;
    }
    memchr::memchr2(b'\n', b'\r', rest).map(|at| bytes.len() - rest.len() + at)
}

/// How far a line is looked at here, in bytes.
const NEAR: usize = 32;

/// The same for 16 bytes.
#[cfg(target_feature = "simd128")]
#[inline(always)]
fn line_end_in(bytes: [u8; 16]) -> Option<usize> {
    use core::arch::wasm32::{u8x16_bitmask, u8x16_eq, u8x16_splat, v128_or};
    let bytes = vector(bytes);
    let ends = v128_or(u8x16_eq(bytes, u8x16_splat(b'\n')), u8x16_eq(bytes, u8x16_splat(b'\r')));
    let ends = u8x16_bitmask(ends);
    (ends != 0).then(|| ends.trailing_zeros() as usize)
}

#[cfg(target_feature = "simd128")]
#[inline(always)]
pub(super) fn vector(bytes: [u8; 16]) -> core::arch::wasm32::v128 {
    let [low, high] = halves(bytes);
    core::arch::wasm32::u64x2(low, high)
}

/// The same for 16 bytes.
#[cfg(not(target_feature = "simd128"))]
#[inline(always)]
fn line_end_in(bytes: [u8; 16]) -> Option<usize> {
    let [low, high] = halves(bytes).map(|half| bytes_equal(half, b'\n') | bytes_equal(half, b'\r'));
    match (low, high) {
        (0, 0) => None,
        (0, _) => Some(8 + high.trailing_zeros() as usize / 8),
        _ => Some(low.trailing_zeros() as usize / 8),
    }
}

/// The lowest bit set is the highest of the first byte that equals `wanted`; 0 if none does.
#[cfg(not(target_feature = "simd128"))]
#[inline(always)]
fn bytes_equal(bytes: u64, wanted: u8) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    let difference = bytes ^ (ONES * u64::from(wanted));
    difference.wrapping_sub(ONES) & !difference & (ONES << 7)
}

#[inline(always)]
fn halves(bytes: [u8; 16]) -> [u64; 2] {
    let half = |from: usize| u64::from_le_bytes(core::array::from_fn(|at| bytes[from + at]));
    [half(0), half(8)]
}

/// Whether there is a NUL in `bytes`: ids are short, and a call of `memchr` costs more than looking at one of them.
#[inline(always)]
pub(super) fn has_nul(bytes: &[u8]) -> bool {
    let blocks = bytes.chunks_exact(16);
    let mut rest = [b' '; 16];
    for (place, &byte) in rest.iter_mut().zip(blocks.remainder()) {
        *place = byte;
    }
    !blocks.filter_map(<[u8]>::first_chunk).chain([&rest]).all(|block| is_without_nul(*block))
}

#[cfg(target_feature = "simd128")]
#[inline(always)]
fn is_without_nul(bytes: [u8; 16]) -> bool {
    core::arch::wasm32::u8x16_all_true(vector(bytes))
}

#[cfg(not(target_feature = "simd128"))]
#[inline(always)]
fn is_without_nul(bytes: [u8; 16]) -> bool {
    bytes.iter().all(|&byte| byte != 0)
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

/// The value of a `retry` field in milliseconds: ASCII digits only (§ 9.2.6), saturating.
pub(super) fn reconnection_time(value: &[u8]) -> Option<u64> {
    if value.is_empty() {
        return None;
    }
    value.iter().try_fold(0_u64, |time, &byte| {
        byte.is_ascii_digit().then(|| time.saturating_mul(10).saturating_add(u64::from(byte - b'0')))
    })
}
