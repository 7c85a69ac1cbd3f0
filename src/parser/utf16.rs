//! From offsets in UTF-8 bytes to offsets in UTF-16 code units, the way JavaScript counts.

use super::record::{Field, Record};
use super::scan::{BLOCK, block_or_rest};

/// Converts all offsets of `records`, which count bytes of `text`; `text` is valid UTF-8.
pub(super) fn convert(text: &[u8], records: &mut [Record]) {
    let mut cursor = Cursor { text, byte: 0, unit: 0 };
    for Record { event_type, data, id, .. } in records {
        // In the order of the text, so that the cursor seldom turns back. Nearly always the data is all there is.
        let place = data.start;
        let is_untyped = *event_type == data.empty_at_start();
        for field in [&mut *event_type, &mut *id] {
            if field.start < place {
                cursor.convert(field);
            }
        }
        cursor.convert(data);
        if is_untyped {
            *event_type = data.empty_at_start();
        } else if event_type.start > place {
            cursor.convert(event_type);
        }
        if id.start > place {
            cursor.convert(id);
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
    #[inline]
    fn convert(&mut self, field: &mut Field) {
        if field.is_present() {
            *field = Field { start: self.unit_at(field.start), end: self.unit_at(field.end) };
        }
    }

    #[inline]
    fn unit_at(&mut self, byte: u32) -> u32 {
        let (from, to) = (self.byte as usize, byte as usize);
        if to >= from {
            self.unit = self.unit.wrapping_add(units(self.text, from, to));
        } else {
            // The record of a comment stands before that of the event the comment lies in.
            self.unit = self.unit.wrapping_sub(units(self.text, to, from));
        }
        self.byte = byte;
        self.unit
    }
}

/// UTF-16 code units of this part of valid UTF-8: one for each byte that begins a character, two where it takes four bytes.
///
/// By the 16, because fields are short: counters in vector lanes, which are faster on long text, would cost more to add up
/// than they save. So would copying the rest: it is looked at in its place, with what lies behind it.
#[inline]
fn units(text: &[u8], from: usize, to: usize) -> u32 {
    let (blocks, rest) = text.get(from..to).unwrap_or_default().as_chunks();
    let units = blocks.iter().map(|block| units_in(*block).count_ones()).sum::<u32>();
    let within = (1 << rest.len()) - 1;
    units + (units_in(block_or_rest(text, to - rest.len())) & (within | within << BLOCK)).count_ones()
}

/// A bit for each unit: the low half is for the first, or only, unit of a character, the high half for a second one.
#[cfg(target_feature = "simd128")]
#[inline]
fn units_in(bytes: [u8; BLOCK]) -> u32 {
    use core::arch::wasm32::{i8x16_bitmask, i8x16_ge, i8x16_splat, u8x16_ge, u8x16_splat};
    let bytes = super::scan::vector(bytes);
    // As a signed number a continuation is less than -64.
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
    fn units_are_those_of_javascript_strings() {
        for text in ["", "plain", "é", "中文", "😀", "a😀é中b", &"😀é".repeat(200)] {
            for (at, _) in text.char_indices() {
                // With something behind it, and with nothing.
                let part = text[..at].encode_utf16().count();
                assert_eq!(units(text.as_bytes(), 0, at) as usize, part, "{text} up to {at}");
                let rest = text[at..].encode_utf16().count();
                assert_eq!(units(text.as_bytes(), at, text.len()) as usize, rest, "{text} from {at}");
            }
        }
    }
}
