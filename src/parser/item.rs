//! The content of a record as text, for callers in Rust. (JavaScript decodes a whole batch at once instead.)

use alloc::borrow::Cow;
use alloc::string::String;

use super::record::{Kind, Record, TextRange};

/// The decoded content of one [`Record`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item<'a> {
    /// An event to dispatch.
    Event(Event<'a>),
    /// A comment line, without its colon and one following space.
    Comment(Cow<'a, str>),
    /// The last event ID that a block without `data` set. Such a block is not dispatched.
    Id(Cow<'a, str>),
}

/// An event as the stream carried it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event<'a> {
    /// `message` if the stream did not give a type.
    pub event_type: Cow<'a, str>,
    /// The `data` lines, joined by line feeds.
    pub data: Cow<'a, str>,
    /// The id that this event itself carried.
    pub id: Option<Cow<'a, str>>,
}

impl<'a> Item<'a> {
    /// Decodes `record`, whose offsets count bytes of `text`. Bytes that are not valid UTF-8 become U+FFFD.
    #[must_use]
    pub fn new(record: &Record, text: &'a [u8]) -> Self {
        let decode = |range: TextRange| String::from_utf8_lossy(range.of(text));
        match record.kind() {
            Kind::Comment => Self::Comment(decode(record.data)),
            Kind::IdOnly => Self::Id(decode(record.id)),
            Kind::Event(_) => Self::Event(Event {
                event_type: match decode(record.event_type) {
                    empty if empty.is_empty() => Cow::Borrowed("message"),
                    named => named,
                },
                data: decode(record.data),
                id: record.id.is_present().then(|| decode(record.id)),
            }),
        }
    }
}

impl TextRange {
    fn of(self, text: &[u8]) -> &[u8] {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}
