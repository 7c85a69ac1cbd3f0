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
        if to >= from {
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
fn units(bytes: &[u8]) -> u32 {
    // A byte adds at most 2, so 127 of them fit the `u8` lanes this compiles to.
    bytes.chunks(127).map(|block| u32::from(block.iter().fold(0_u8, |sum, &byte| sum + units_begun_by(byte)))).sum()
}

#[inline]
fn units_begun_by(byte: u8) -> u8 {
    u8::from(byte & 0xC0 != 0x80) + u8::from(byte >= 0xF0)
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
