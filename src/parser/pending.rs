//! The event that is being collected: where its fields lie in the buffer.
//!
//! While an event arrives, nothing is copied out of the buffer: each field is a [`Span`] of it. Two cases need more:
//!
//! * **A further `data` line** is moved directly behind the data so far, after a line feed, because [HTML] 9.2.6 joins
//!   the lines by line feeds. So the data of an event is one range of the buffer, however many lines it came in. Up to
//!   the end of the line that was moved, the buffer now holds bytes without a meaning: the gap.
//!
//!   ```text
//!   received   data: one⏎data: two⏎
//!   joined     data: one⏎two·······
//!                    └─data┘└─gap─┘
//!   ```
//!
//! * **An `event` or `id` line between two `data` lines** would be overwritten by that move. Its value is copied first
//!   and written back behind the data when the event ends. The lines it came from left enough space there.

use alloc::vec::Vec;

use super::span::Span;

/// A field of which an event has one: each further line with the same name replaces the value.
#[derive(Debug, Default)]
enum SingleField {
    #[default]
    Unset,
    /// Its value lies in the buffer, where it was received.
    InBuffer(Span),
    /// Its value lies in [`PendingEvent::copies`], because further `data` lines are moved to where it was received.
    Copied(Span),
}

#[derive(Debug, Default)]
pub(super) struct PendingEvent {
    data: Option<Span>,
    event_type: SingleField,
    id: SingleField,
    copies: Vec<u8>,
    /// The gap behind the data ends here; 0 if no `data` line was moved.
    gap_end: usize,
    /// A record of the current batch refers to bytes behind the data: to a comment inside this event.
    comment_follows_data: bool,
}

/// What [`PendingEvent::add_data`] did with a `data` line.
pub(super) enum AddedData {
    /// It is the first line of the event and stays where it is.
    First,
    /// It was moved behind the previous line.
    Joined,
    /// Nothing: moving it would overwrite a comment of the current batch. Return that batch first.
    Blocked,
}

/// The spans of a complete event. The span of an absent type is empty.
pub(super) struct CompleteEvent {
    pub event_type: Span,
    pub data: Option<Span>,
    pub id: Option<Span>,
}

impl PendingEvent {
    /// The first byte of the buffer that the event still needs; `None` if no field has arrived.
    pub fn start(&self) -> Option<usize> {
        let start = |span: Option<Span>| span.map_or(usize::MAX, |span| span.start);
        let first = start(self.data).min(start(self.event_type.in_buffer())).min(start(self.id.in_buffer()));
        (first != usize::MAX).then_some(first)
    }

    /// Whether no field of an event has arrived.
    pub fn is_empty(&self) -> bool {
        self.data.is_none() && self.event_type.is_unset() && self.id.is_unset()
    }

    pub fn has_gap(&self) -> bool {
        self.gap_end != 0
    }

    pub fn has_data(&self) -> bool {
        self.data.is_some()
    }

    /// Takes the type and the id out of an event without data. (Without data, both are still in the buffer.)
    #[inline]
    pub fn take_type_and_id(&mut self) -> (Option<Span>, Option<Span>) {
        let taken = (self.event_type.in_buffer(), self.id.in_buffer());
        (self.event_type, self.id) = (SingleField::Unset, SingleField::Unset);
        taken
    }

    /// The reverse of [`Self::take_type_and_id`].
    #[inline]
    pub fn put_type_and_id(&mut self, event_type: Option<Span>, id: Option<Span>) {
        let field = |span: Option<Span>| span.map_or(SingleField::Unset, SingleField::InBuffer);
        (self.event_type, self.id) = (field(event_type), field(id));
    }

    /// Bytes of data, type and id: what the limit of the parser bounds.
    pub fn size(&self) -> usize {
        self.data.map_or(0, Span::len) + self.event_type.len() + self.id.len()
    }

    /// The size with a further `data` line, and the line feed before it.
    pub fn size_with_data(&self, value: Span) -> usize {
        self.size() + usize::from(self.data.is_some()) + value.len()
    }

    pub fn set_type(&mut self, value: Span) {
        self.event_type = SingleField::InBuffer(value);
    }

    pub fn set_id(&mut self, value: Span) {
        self.id = SingleField::InBuffer(value);
    }

    /// A comment inside this event got a record: until the batch is retired, nothing may be moved over it.
    pub fn protect_comment(&mut self) {
        self.comment_follows_data = self.data.is_some();
    }

    /// The batch was retired, and its comments with it.
    pub fn release_comments(&mut self) {
        self.comment_follows_data = false;
    }

    /// Adds a `data` line: the first stays in place, each further one is moved behind the one before, after a line feed.
    pub fn add_data(&mut self, buffer: &mut [u8], value: Span) -> AddedData {
        let Some(data) = self.data else {
            self.data = Some(value);
            return AddedData::First;
        };
        if self.comment_follows_data {
            self.comment_follows_data = false;
            return AddedData::Blocked;
        }
        for field in [&mut self.event_type, &mut self.id] {
            field.copy_if_behind(data.end, buffer, &mut self.copies);
        }
        // The line feed replaces the end of the previous line, so it never overwrites the bytes being moved.
        write_line_feed(buffer, data.end);
        value.move_to(data.end + 1, buffer);
        self.data = Some(Span { start: data.start, end: data.end + 1 + value.len() });
        self.gap_end = value.end;
        AddedData::Joined
    }

    /// Ends the event and returns it; `None` if a blank line has nothing to end. With `empty_events`, an event that has a
    /// type but no data gets empty data.
    pub fn finish(&mut self, buffer: &mut [u8], empty_events: bool) -> Option<CompleteEvent> {
        let is_named = empty_events && self.event_type.len() > 0;
        if self.data.is_none() && self.id.is_unset() && !is_named {
            self.event_type = SingleField::Unset;
            return None;
        }
        self.write_copies_back(buffer);
        let event = CompleteEvent {
            event_type: self.event_type.in_buffer().unwrap_or(self.data.map_or(Span::EMPTY, Span::empty_at_start)),
            // Behind the type, because `utf16` expects empty data there.
            data: self.data.or(self.event_type.in_buffer().filter(|_| is_named).map(Span::empty_at_end)),
            id: self.id.in_buffer(),
        };
        self.clear();
        Some(event)
    }

    /// Moves the collected fields to the front of the buffer, in the order in which they lie there. Returns how many bytes
    /// they take.
    pub fn move_to_front(&mut self, buffer: &mut [u8]) -> usize {
        self.release_comments();
        if self.is_empty() {
            return 0;
        }
        self.write_copies_back(buffer);
        let mut spans = [self.data.as_mut(), self.event_type.in_buffer_mut(), self.id.in_buffer_mut()];
        sort(&mut spans, |span| span.as_ref().map_or(usize::MAX, |span| span.start));
        let mut kept = 0;
        for span in spans.into_iter().flatten() {
            let moved = Span { start: kept, end: kept + span.len() };
            if moved != *span {
                // At most once per event: at the next chunk the field lies at the front already.
                span.move_to(kept, buffer);
                *span = moved;
            }
            // Each field keeps a line end behind it. The line feed of a further `data` line replaces the one behind the data.
            write_line_feed(buffer, moved.end);
            kept = moved.end + 1;
        }
        kept
    }

    /// Fills the part of the gap with spaces that lies in the text of a batch. The text begins at `text_start`.
    pub fn blank_gap_in_text(&self, buffer: &mut [u8], text_start: usize) {
        if let Some(data) = self.data {
            self.blank_gap(buffer, data.end.max(text_start));
        }
    }

    /// Writes the copied fields behind the data, where the lines they came from left the space.
    fn write_copies_back(&mut self, buffer: &mut [u8]) {
        let Some(data) = self.data else { return };
        let mut end = data.end;
        for field in [&mut self.event_type, &mut self.id] {
            if let SingleField::Copied(copy) = *field {
                // A line end between them, as in `move_to_front`.
                write_line_feed(buffer, end);
                let span = Span { start: end + 1, end: end + 1 + copy.len() };
                let bytes = copy.of(&self.copies);
                if let Some(target) = buffer.get_mut(span.start..).and_then(|rest| rest.get_mut(..bytes.len())) {
                    target.copy_from_slice(bytes);
                }
                *field = SingleField::InBuffer(span);
                end = span.end;
            }
        }
        self.blank_gap(buffer, end);
        self.gap_end = 0;
        self.copies.clear();
    }

    /// The gap may begin in the middle of a character. Spaces keep the text valid UTF-8 as a whole.
    fn blank_gap(&self, buffer: &mut [u8], from: usize) {
        if let Some(gap) = buffer.get_mut(from..self.gap_end) {
            gap.fill(b' ');
        }
    }

    fn clear(&mut self) {
        (self.data, self.event_type, self.id) = (None, SingleField::Unset, SingleField::Unset);
        self.comment_follows_data = false;
    }
}

fn write_line_feed(buffer: &mut [u8], at: usize) {
    debug_assert!(at < buffer.len(), "{at} of {} bytes", buffer.len());
    if let Some(byte) = buffer.get_mut(at) {
        *byte = b'\n';
    }
}

/// Sorts the three fields of an event. (The sort of the standard library handles any number and is many times as large.)
#[inline]
fn sort<T, K: Ord>(fields: &mut [T; 3], key: impl Fn(&T) -> K) {
    let [first, second, third] = fields;
    let order = |one: &mut T, other: &mut T| {
        if key(one) > key(other) {
            core::mem::swap(one, other);
        }
    };
    order(first, second);
    order(second, third);
    order(first, second);
}

impl SingleField {
    fn is_unset(&self) -> bool {
        matches!(self, Self::Unset)
    }

    fn in_buffer(&self) -> Option<Span> {
        match *self {
            Self::InBuffer(span) => Some(span),
            Self::Unset | Self::Copied(_) => None,
        }
    }

    fn in_buffer_mut(&mut self) -> Option<&mut Span> {
        match self {
            Self::InBuffer(span) => Some(span),
            Self::Unset | Self::Copied(_) => None,
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Unset => 0,
            Self::InBuffer(span) | Self::Copied(span) => span.len(),
        }
    }

    /// Copies the value if it lies behind the data, where the next `data` line is moved to.
    fn copy_if_behind(&mut self, data_end: usize, buffer: &[u8], copies: &mut Vec<u8>) {
        if let Self::InBuffer(span) = *self
            && span.start > data_end
        {
            let copy = Span { start: copies.len(), end: copies.len() + span.len() };
            copies.extend_from_slice(span.of(buffer));
            *self = Self::Copied(copy);
        }
    }
}
