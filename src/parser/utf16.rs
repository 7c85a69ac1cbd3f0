//! From offsets in UTF-8 bytes to offsets in UTF-16 code units, the way JavaScript counts.

use super::pending::sort;
use super::record::{Field, Record};

/// Converts all offsets of `records`, which count bytes of `text`; `text` is valid UTF-8.
pub(super) fn convert(text: &[u8], records: &mut [Record]) {
    let mut cursor = Cursor { text, byte: 0, unit: 0 };
    for record in records {
        let mut fields = [&mut record.event_type, &mut record.data, &mut record.id];
        // In the order of the text, so that the cursor seldom turns back.
        sort(&mut fields, |field| field.start);
        for field in fields {
            if field.is_present() {
                *field = Field { start: cursor.unit_at(field.start), end: cursor.unit_at(field.end) };
            }
        }
    }
}

/// A place in the text, known in both measures.
struct Cursor<'a> {
    text: &'a [u8],
    byte: u32,
    unit: u32,
}

impl Cursor<'_> {
    fn unit_at(&mut self, byte: u32) -> u32 {
        let (from, to) = (self.byte as usize, byte as usize);
        if to == from {
            return self.unit;
        }
        if to > from {
            self.unit = self.unit.wrapping_add(units(self.text.get(from..to).unwrap_or_default()));
        } else {
            // The record of a comment stands before that of the event the comment lies in.
            self.unit = self.unit.wrapping_sub(units(self.text.get(to..from).unwrap_or_default()));
        }
        self.byte = byte;
        self.unit
    }
}

/// UTF-16 code units of valid UTF-8: one for each byte that begins a character, two where it takes four bytes.
///
/// By the 16, because fields are short: counters in vector lanes, which are faster on long text, would cost more to add up
/// than they save.
fn units(bytes: &[u8]) -> u32 {
    let mut blocks = bytes.chunks_exact(BLOCK);
    let mut units: u32 = blocks.by_ref().filter_map(<[u8]>::first_chunk).map(|block| units_in(*block)).sum();
    let rest = blocks.remainder();
    if !rest.is_empty() {
        // A byte that only continues a character counts nothing.
        let mut block = [0x80; BLOCK];
        block[..rest.len()].copy_from_slice(rest);
        units += units_in(block);
    }
    units
}

const BLOCK: usize = 16;

#[cfg(target_feature = "simd128")]
#[inline]
fn units_in(bytes: [u8; BLOCK]) -> u32 {
    use core::arch::wasm32::{i8x16_bitmask, i8x16_ge, i8x16_splat, u8x16_ge, u8x16_splat};
    let bytes = super::scan::vector(bytes);
    // As a signed number a continuation is less than -64.
    let begun = i8x16_bitmask(i8x16_ge(bytes, i8x16_splat(-64)));
    let long = i8x16_bitmask(u8x16_ge(bytes, u8x16_splat(0xF0)));
    begun.count_ones() + long.count_ones()
}

#[cfg(not(target_feature = "simd128"))]
#[inline]
fn units_in(bytes: [u8; BLOCK]) -> u32 {
    bytes.iter().map(|&byte| u32::from(byte & 0xC0 != 0x80) + u32::from(byte >= 0xF0)).sum()
}

#[cfg(test)]
mod tests {
    use super::units;

    #[test]
    fn units_are_those_of_javascript_strings() {
        for text in ["", "plain", "é", "中文", "😀", "a😀é中b", &"😀é".repeat(200)] {
            assert_eq!(units(text.as_bytes()) as usize, text.encode_utf16().count(), "{text}");
        }
    }
}
