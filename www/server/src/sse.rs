//! The event-stream text format, the writing half.

use std::fmt::Write as _;

use bytes::Bytes;

/// One event to be written.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Event<'a> {
    pub(crate) id: Option<&'a str>,
    /// The event's type; `None` leaves it to be `message`.
    pub(crate) name: Option<&'a str>,
    pub(crate) data: &'a str,
}

impl Event<'_> {
    /// The event with its closing blank line. Data of several lines becomes several fields, as the format demands.
    pub(crate) fn to_bytes(self) -> Bytes {
        let mut text = String::with_capacity(self.data.len() + 64);
        for (field, value) in [("event", self.name), ("id", self.id)] {
            if let Some(value) = value {
                let _ = writeln!(text, "{field}: {value}");
            }
        }
        for line in self.data.split('\n') {
            let _ = writeln!(text, "data: {line}");
        }
        text.push('\n');
        text.into()
    }
}

/// A comment, which clients ignore and proxies take as a sign of life.
pub(crate) fn comment(text: &str) -> Bytes {
    format!(": {text}\n\n").into()
}

/// The reconnection time, in milliseconds.
pub(crate) fn retry(milliseconds: u128) -> Bytes {
    format!("retry: {milliseconds}\n\n").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_written_with_its_name_id_and_each_line_of_data() {
        let event = Event { id: Some("7"), name: Some("system"), data: "one\ntwo" };
        assert_eq!(event.to_bytes(), "event: system\nid: 7\ndata: one\ndata: two\n\n");
    }

    #[test]
    fn an_event_of_data_alone_is_one_line() {
        assert_eq!(Event { data: "[DONE]", ..Event::default() }.to_bytes(), "data: [DONE]\n\n");
    }
}
