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
#[inline]
pub(super) fn line_end(bytes: &[u8]) -> Option<usize> {
    // Half of all lines are the blank ones between events: a call of `memchr` for them would cost more than it finds.
    match bytes.first() {
        Some(b'\n' | b'\r') => Some(0),
        _ => memchr::memchr2(b'\n', b'\r', bytes),
    }
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
