//! Finding lines and telling fields apart: the only code that looks at every byte.

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
#[inline]
pub(super) fn line_end(bytes: &[u8]) -> Option<usize> {
    if let Some(b'\n' | b'\r') = bytes.first() {
        return Some(0);
    }
    let mut rest = bytes;
    while let Some((word, after)) = rest.split_first_chunk::<8>()
        && bytes.len() - after.len() <= NEAR
    {
        let ends = bytes_equal(*word, b'\n') | bytes_equal(*word, b'\r');
        if ends != 0 {
            return Some(bytes.len() - rest.len() + ends.trailing_zeros() as usize / 8);
        }
        rest = after;
    }
    memchr::memchr2(b'\n', b'\r', rest).map(|at| bytes.len() - rest.len() + at)
}

/// How far a line is looked at here, in bytes.
const NEAR: usize = 24;

/// The lowest bit set is the highest of the first byte that equals `wanted`; 0 if none does.
#[inline]
fn bytes_equal(bytes: [u8; 8], wanted: u8) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    let difference = u64::from_le_bytes(bytes) ^ (ONES * u64::from(wanted));
    difference.wrapping_sub(ONES) & !difference & (ONES << 7)
}

/// Which field the line is, and its value without the one leading space. `None`: a field the standard ignores.
///
/// Compares the four known names instead of searching the colon, which may be megabytes away in an unknown field.
#[inline]
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
