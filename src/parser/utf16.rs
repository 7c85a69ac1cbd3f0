//! From offsets in UTF-8 bytes to offsets in UTF-16 code units, the units of JavaScript's strings.
//!
//! JavaScript decodes the text of a batch into one string and slices the fields out of it. If the text is all ASCII, byte
//! offsets are right for the string too. Otherwise this module converts the records.
//!
//! The conversion walks over the text once, from field to field, and counts the code units between two offsets. Nothing is
//! decoded for that: each byte that begins a character counts one unit, and one that begins a character of four bytes counts
//! two (a surrogate pair).

use super::record::{Record, TextRange};
use super::scan::{BLOCK, block_or_rest};

/// Converts all offsets of `records`, which count bytes of `text`. The text must be valid UTF-8.
pub(super) fn convert(text: &[u8], records: &mut [Record]) {
    let mut cursor = Cursor { text, byte: 0, unit: 0 };
    for Record { event_type, data, id, .. } in records {
        // In the order of the text, so that the cursor seldom goes back. Most events have data and nothing else.
        let data_start = data.start;
        let is_untyped = *event_type == data.empty_at_start();
        for field in [&mut *event_type, &mut *id] {
            if field.start < data_start {
                cursor.convert(field);
            }
        }
        cursor.convert(data);
        if is_untyped {
            *event_type = data.empty_at_start();
        } else if event_type.start > data_start {
            cursor.convert(event_type);
        }
        if id.start > data_start {
            cursor.convert(id);
        }
    }
}

/// A position in the text, in bytes and in UTF-16 code units.
struct Cursor<'a> {
    text: &'a [u8],
    byte: u32,
    unit: u32,
}

impl Cursor<'_> {
    #[inline]
    fn convert(&mut self, field: &mut TextRange) {
        if field.is_present() {
            *field = TextRange { start: self.unit_at(field.start), end: self.unit_at(field.end) };
        }
    }

    #[inline]
    fn unit_at(&mut self, byte: u32) -> u32 {
        let (from, to) = (self.byte as usize, byte as usize);
        if to >= from {
            self.unit = self.unit.wrapping_add(units(self.text, from, to));
        } else {
            // Back: the record of a comment comes before the record of the event that contains the comment.
            self.unit = self.unit.wrapping_sub(units(self.text, to, from));
        }
        self.byte = byte;
        self.unit
    }
}

/// The number of UTF-16 code units in this part of valid UTF-8.
///
/// It adds up the counts of blocks of 16 bytes. Counters in the lanes of a vector are faster on long text, but fields are
/// short, and adding up the lanes would cost more than they save. The last, incomplete block is read in place, together with
/// the bytes behind it, whose bits are then masked out: that is cheaper than a copy.
#[inline]
fn units(text: &[u8], from: usize, to: usize) -> u32 {
    let (blocks, rest) = text.get(from..to).unwrap_or_default().as_chunks();
    let units = blocks.iter().map(|block| units_in(*block).count_ones()).sum::<u32>();
    let within = (1 << rest.len()) - 1;
    units + (units_in(block_or_rest(text, to - rest.len())) & (within | within << BLOCK)).count_ones()
}

/// A bit for each unit of a block. The low half is for the first, or only, unit of a character, the high half for the second.
#[cfg(target_feature = "simd128")]
#[inline]
fn units_in(bytes: [u8; BLOCK]) -> u32 {
    use core::arch::wasm32::{i8x16_bitmask, i8x16_ge, i8x16_splat, u8x16_ge, u8x16_splat};
    let bytes = super::scan::vector(bytes);
    // A byte that continues a character (10xxxxxx) is less than -64 as a signed number.
    let first = i8x16_bitmask(i8x16_ge(bytes, i8x16_splat(-64)));
    let second = i8x16_bitmask(u8x16_ge(bytes, u8x16_splat(0xF0)));
    u32::from(first) | u32::from(second) << BLOCK
}

#[cfg(not(target_feature = "simd128"))]
#[inline]
fn units_in(bytes: [u8; BLOCK]) -> u32 {
    let unit = |at: usize, is: bool| u32::from(is) << at;
    let units = |(at, &byte): (usize, &u8)| unit(at, byte & 0xC0 != 0x80) | unit(at + BLOCK, byte >= 0xF0);
    bytes.iter().enumerate().map(units).fold(0, |all, some| all | some)
}

#[cfg(test)]
mod tests {
    use super::units;

    #[test]
    fn units_are_counted_as_javascript_counts_them() {
        for text in ["", "plain", "é", "中文", "😀", "a😀é中b", &"😀é".repeat(200)] {
            for (at, _) in text.char_indices() {
                // Once with text behind the part, once without.
                let part = text[..at].encode_utf16().count();
                assert_eq!(units(text.as_bytes(), 0, at) as usize, part, "{text} up to {at}");
                let rest = text[at..].encode_utf16().count();
                assert_eq!(units(text.as_bytes(), at, text.len()) as usize, rest, "{text} from {at}");
            }
        }
    }
}
