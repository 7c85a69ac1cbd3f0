//! The first bytes of a stream, until its first event. They show whether the response is an event stream, whatever its content
//! type is.

use alloc::string::String;
use alloc::vec::Vec;

use crate::browser::PREFIX_BYTES;

#[derive(Debug, Default)]
pub struct StreamStart {
    bytes: Vec<u8>,
    has_events: bool,
}

impl StreamStart {
    /// Bytes have arrived.
    pub fn add(&mut self, bytes: &[u8]) {
        if !self.has_events {
            let room = PREFIX_BYTES - self.bytes.len();
            self.bytes.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        }
    }

    /// There was an event.
    pub fn has_event(&mut self) {
        if !self.has_events {
            *self = Self { bytes: Vec::new(), has_events: true };
        }
    }

    /// After the end of a stream that has no event and contains other text: its first 64 KiB as text.
    pub fn foreign_text(&self) -> Option<String> {
        let text = String::from_utf8_lossy(&self.bytes);
        // A stream may begin with a byte order mark (HTML, 9.2.5).
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        (!self.has_events && is_foreign(text, self.bytes.len() == PREFIX_BYTES)).then(|| text.into())
    }
}

const NAMES: [&str; 4] = ["data", "event", "id", "retry"];

/// Whether a text has a line that cannot be a field, such as JSON, HTML, or `Internal Server Error`. The last line is ignored if
/// it may be the beginning of a field, because it may be cut off: by the end of the stream, or (with `is_part`) by the limit of
/// the kept text.
fn is_foreign(text: &str, is_part: bool) -> bool {
    let mut lines: Vec<_> = text.split(['\r', '\n']).collect();
    let last = lines.pop().unwrap_or_default();
    let is_cut_off =
        if is_part { last.chars().all(is_of_name) } else { NAMES.iter().any(|name| name.starts_with(last)) };
    if !is_cut_off {
        lines.push(last);
    }
    !lines.into_iter().all(may_be_field)
}

fn is_of_name(character: char) -> bool {
    matches!(character, 'a'..='z' | '0'..='9' | '_' | '-')
}

/// Whether a line is blank, a comment, or possibly a field: a name in lower case and a colon, also a name that the standard does
/// not have.
fn may_be_field(line: &str) -> bool {
    match line.split_once(':') {
        Some((name, _)) => {
            name.is_empty()
                || (name.starts_with(|first: char| first.is_ascii_lowercase()) && name.chars().all(is_of_name))
        }
        None => NAMES.contains(&line) || line.trim().is_empty(),
    }
}
