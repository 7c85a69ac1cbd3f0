//! What a record says, decoded: for Rust callers. (JavaScript decodes whole batches instead.)

use alloc::borrow::Cow;
use alloc::string::String;

use super::record::{Field, Kind, Record};

/// One thing a stream said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item<'a> {
    /// An event to dispatch.
    Event(Event<'a>),
    /// A comment line, without its colon and one following space.
    Comment(Cow<'a, str>),
    /// A block without `data` that set the last event ID, which is dispatched to nobody.
    Id(Cow<'a, str>),
}

/// An event as the stream carried it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event<'a> {
    /// `message` unless the stream named another.
    pub event_type: Cow<'a, str>,
    /// The `data` lines, joined by line feeds.
    pub data: Cow<'a, str>,
    /// The id this event itself carried.
    pub id: Option<Cow<'a, str>>,
}

impl<'a> Item<'a> {
    /// Decodes `record`, whose offsets count bytes of `text`.
    #[must_use]
    pub fn new(record: &Record, text: &'a [u8]) -> Self {
        let decode = |field: Field| String::from_utf8_lossy(field.of(text));
        match record.kind() {
            Kind::Comment => Self::Comment(decode(record.data)),
            Kind::IdOnly => Self::Id(decode(record.id)),
            Kind::Heard(_) | Kind::Unheard => Self::Event(Event {
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

impl Field {
    fn of(self, text: &[u8]) -> &[u8] {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}
