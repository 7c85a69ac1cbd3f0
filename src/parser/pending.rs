//! The event being collected: where its fields lie in the buffer, and how its `data` lines are closed up there.
//!
//! All places lie within the buffer. Were one not, tests would fail at the assertions; in the package nothing would be done,
//! because a panic is of no use there, and its message would be loaded by every page.

use alloc::vec::Vec;

/// A half-open range of the buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub start: usize,
    pub end: usize,
}

impl Span {
    pub const EMPTY: Self = Self { start: 0, end: 0 };

    pub fn of(self, buffer: &[u8]) -> &[u8] {
        debug_assert!(self.start <= self.end && self.end <= buffer.len(), "{self:?} of {} bytes", buffer.len());
        buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Moves these bytes of the buffer towards its front.
    pub fn move_to(self, place: usize, buffer: &mut [u8]) {
        debug_assert!(place <= self.start && self.end <= buffer.len(), "{self:?} to {place} of {}", buffer.len());
        let Some(room) = buffer.get_mut(place..self.end) else { return };
        let offset = self.start - place;
        if offset <= room.len() {
            room.copy_within(offset.., 0);
        }
    }

    pub fn len(self) -> usize {
        self.end - self.start
    }

    pub fn relative_to(self, base: usize) -> Self {
        Self { start: self.start - base, end: self.end - base }
    }
}

/// A field that is set once per event, the last line of its name winning.
#[derive(Debug, Default)]
enum Single {
    #[default]
    Unset,
    /// Where it was received.
    At(Span),
    /// It stood between two `data` lines, where the closed-up data now grows: its bytes are in this event's `aside`.
    Aside(Span),
}

#[derive(Debug, Default)]
pub(super) struct Pending {
    data: Option<Span>,
    event_type: Single,
    id: Single,
    /// Copies of the fields that are set aside.
    aside: Vec<u8>,
    /// Where the last joined `data` line ended before it was moved: up to here the buffer holds stale bytes.
    stale: usize,
    /// A record of this batch refers to a place behind the data (a comment inside the event).
    guarded: bool,
}

/// What became of a `data` line.
pub(super) enum Joined {
    /// It is the event's first and stays where it is.
    First,
    /// It was moved behind the previous one.
    Closed,
    /// Moving it would overwrite a comment that a record of this batch refers to: hand the batch out first.
    Blocked,
}

/// A complete event. An absent type is an empty span.
pub(super) struct Finished {
    pub event_type: Span,
    pub data: Option<Span>,
    pub id: Option<Span>,
}

impl Pending {
    /// Where the first byte lies that is still needed.
    pub fn start(&self) -> Option<usize> {
        let start = |place: Option<Span>| place.map_or(usize::MAX, |span| span.start);
        let first = start(self.data).min(start(self.event_type.place())).min(start(self.id.place()));
        (first != usize::MAX).then_some(first)
    }

    /// No field of an event has come yet.
    pub fn is_empty(&self) -> bool {
        self.data.is_none() && self.event_type.is_unset() && self.id.is_unset()
    }

    /// There is no gap behind the data.
    pub fn is_closed_up(&self) -> bool {
        self.stale == 0
    }

    /// A `data` line has come.
    pub fn has_data(&self) -> bool {
        self.data.is_some()
    }

    /// Takes type and id out of an event that has no `data` line yet. (Without data nothing was ever set aside.)
    #[inline]
    pub fn take_head(&mut self) -> (Option<Span>, Option<Span>) {
        let head = (self.event_type.place(), self.id.place());
        (self.event_type, self.id) = (Single::Unset, Single::Unset);
        head
    }

    /// Puts them in again.
    #[inline]
    pub fn put_head(&mut self, event_type: Option<Span>, id: Option<Span>) {
        let single = |place: Option<Span>| place.map_or(Single::Unset, Single::At);
        (self.event_type, self.id) = (single(event_type), single(id));
    }

    /// Bytes of data, type and id.
    pub fn size(&self) -> usize {
        self.data.map_or(0, Span::len) + self.event_type.len() + self.id.len()
    }

    /// The same with a further `data` line and the line feed before it.
    pub fn size_with_data(&self, value: Span) -> usize {
        self.size() + usize::from(self.data.is_some()) + value.len()
    }

    pub fn set_type(&mut self, value: Span) {
        self.event_type = Single::At(value);
    }

    pub fn set_id(&mut self, value: Span) {
        self.id = Single::At(value);
    }

    /// From now until the batch is handed out, what lies behind the data must stay.
    pub fn guard_record(&mut self) {
        self.guarded = self.data.is_some();
    }

    /// The batch has been handed out.
    pub fn release_record(&mut self) {
        self.guarded = false;
    }

    /// Makes what is unfinished fit to be part of a batch's text, which begins at `text_start`.
    pub fn pause(&self, buffer: &mut [u8], text_start: usize) {
        if let Some(data) = self.data {
            self.blank_stale(buffer, data.end.max(text_start));
        }
    }

    /// Adds a `data` line: the first stays in place, each further one is moved behind the one before, after a line feed.
    pub fn add_data(&mut self, buffer: &mut [u8], value: Span) -> Joined {
        let Some(data) = self.data else {
            self.data = Some(value);
            return Joined::First;
        };
        if self.guarded {
            self.guarded = false;
            return Joined::Blocked;
        }
        for field in [&mut self.event_type, &mut self.id] {
            field.set_aside_behind(data.end, buffer, &mut self.aside);
        }
        // The line feed takes the place of the previous line's end, so it never reaches the bytes being moved.
        end_line(buffer, data.end);
        value.move_to(data.end + 1, buffer);
        self.data = Some(Span { start: data.start, end: data.end + 1 + value.len() });
        self.stale = value.end;
        Joined::Closed
    }

    /// Ends the event. `None` when nothing was collected. With `empty_events`, an event with a type and without data gets
    /// empty data.
    pub fn finish(&mut self, buffer: &mut [u8], empty_events: bool) -> Option<Finished> {
        let is_named = empty_events && self.event_type.len() > 0;
        if self.data.is_none() && self.id.is_unset() && !is_named {
            self.event_type = Single::Unset;
            return None;
        }
        self.put_back(buffer);
        let finished = Finished {
            event_type: self.event_type.place().unwrap_or(self.data.map_or(Span::EMPTY, Span::empty_at_start)),
            // Behind the type, so that the fields keep the order in which `utf16` expects them.
            data: self.data.or(self.event_type.place().filter(|_| is_named).map(Span::empty_at_end)),
            id: self.id.place(),
        };
        self.clear();
        Some(finished)
    }

    /// Moves what has been collected to the front of the buffer, in the order in which it lies there, and says how long
    /// it is.
    pub fn close_up(&mut self, buffer: &mut [u8]) -> usize {
        self.release_record();
        if self.is_empty() {
            return 0;
        }
        self.put_back(buffer);
        let mut places = [self.data.as_mut(), self.event_type.place_mut(), self.id.place_mut()];
        sort(&mut places, |place| place.as_ref().map_or(usize::MAX, |span| span.start));
        let mut kept = 0;
        for span in places.into_iter().flatten() {
            let moved = Span { start: kept, end: kept + span.len() };
            if moved != *span {
                // Only once per event: the next chunk finds it at the front.
                span.move_to(kept, buffer);
                *span = moved;
            }
            // Behind each an end of line, as it had in the stream. Behind the data, that of a further line will go there.
            end_line(buffer, moved.end);
            kept = moved.end + 1;
        }
        kept
    }

    /// Writes the fields that were set aside behind the data. There is room: their own lines lay there.
    fn put_back(&mut self, buffer: &mut [u8]) {
        let Some(data) = self.data else { return };
        let mut end = data.end;
        for field in [&mut self.event_type, &mut self.id] {
            if let Single::Aside(copy) = *field {
                // An end of line between them, as in `close_up`.
                end_line(buffer, end);
                let place = Span { start: end + 1, end: end + 1 + copy.len() };
                let bytes = copy.of(&self.aside);
                if let Some(room) = buffer.get_mut(place.start..).and_then(|rest| rest.get_mut(..bytes.len())) {
                    room.copy_from_slice(bytes);
                }
                *field = Single::At(place);
                end = place.end;
            }
        }
        self.blank_stale(buffer, end);
        self.stale = 0;
        self.aside.clear();
    }

    /// What joining left behind may begin in the middle of a character: blanks keep the text valid as a whole.
    fn blank_stale(&self, buffer: &mut [u8], from: usize) {
        if let Some(stale) = buffer.get_mut(from..self.stale) {
            stale.fill(b' ');
        }
    }

    fn clear(&mut self) {
        (self.data, self.event_type, self.id) = (None, Single::Unset, Single::Unset);
        self.guarded = false;
    }
}

fn end_line(buffer: &mut [u8], at: usize) {
    debug_assert!(at < buffer.len(), "{at} of {} bytes", buffer.len());
    if let Some(byte) = buffer.get_mut(at) {
        *byte = b'\n';
    }
}

/// Sorts an event's three fields. (The library's sort is made for any number, and is many times as large.)
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

impl Span {
    pub fn empty_at_start(self) -> Self {
        Self { start: self.start, end: self.start }
    }

    fn empty_at_end(self) -> Self {
        Self { start: self.end, end: self.end }
    }
}

impl Single {
    fn is_unset(&self) -> bool {
        matches!(self, Self::Unset)
    }

    fn place(&self) -> Option<Span> {
        match *self {
            Self::At(span) => Some(span),
            Self::Unset | Self::Aside(_) => None,
        }
    }

    fn place_mut(&mut self) -> Option<&mut Span> {
        match self {
            Self::At(span) => Some(span),
            Self::Unset | Self::Aside(_) => None,
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Unset => 0,
            Self::At(span) | Self::Aside(span) => span.len(),
        }
    }

    fn set_aside_behind(&mut self, data_end: usize, buffer: &[u8], aside: &mut Vec<u8>) {
        if let Self::At(span) = *self
            && span.start > data_end
        {
            let copy = Span { start: aside.len(), end: aside.len() + span.len() };
            aside.extend_from_slice(span.of(buffer));
            *self = Self::Aside(copy);
        }
    }
}
