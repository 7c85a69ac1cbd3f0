//! Streams that are meant to hurt, generated while they are sent.

use super::flood::Flood;
use super::reply::Reply;

/// Part of a line.
fn letters(count: u64) -> Flood {
    Flood::new(b"x", count)
}

/// Hostile event streams.
impl Reply {
    /// A `data:` line that never ends.
    #[must_use]
    pub fn endless_line() -> Self {
        Self::event_stream().send("data: ").flood(&letters(u64::MAX))
    }

    /// One event whose lines of data never end.
    #[must_use]
    pub fn endless_event() -> Self {
        Self::event_stream().flood(&Flood::endless(b"data: one more line\n"))
    }

    /// Comments without end, and no event.
    #[must_use]
    pub fn endless_comments() -> Self {
        Self::event_stream().flood(&Flood::endless(b": still nothing\n"))
    }

    /// So many empty lines, then the event `after`.
    #[must_use]
    pub fn empty_lines(count: u64) -> Self {
        Self::event_stream().flood(&Flood::new(b"\n", count)).send("data: after\n\n")
    }

    /// An event `long` with an id of so many bytes, then the event `after` with the id `1`.
    #[must_use]
    pub fn long_id(bytes: u64) -> Self {
        let event = Self::event_stream().send("id: ").flood(&letters(bytes)).send("\ndata: long\n\n");
        event.send("id: 1\ndata: after\n\n")
    }

    /// An event `long` with a type of so many bytes, then the event `after`.
    #[must_use]
    pub fn long_name(bytes: u64) -> Self {
        let event = Self::event_stream().send("event: ").flood(&letters(bytes)).send("\ndata: long\n\n");
        event.send("data: after\n\n")
    }

    /// NULs in data, in an event's name, in a field's name and in an id, which is to be ignored for it; then the event
    /// `after`.
    #[must_use]
    pub fn nuls() -> Self {
        Self::event_stream()
            .send("id: 1\ndata: a\0b\n\n")
            .send("id: 2\0\nevent: n\0\nda\0ta: no field\ndata: c\n\n")
            .send("data: after\n\n")
    }

    /// Bytes that are no UTF-8: a lone continuation, a character cut short by a line end, an overlong form, a
    /// surrogate, bytes that never occur; then the event `after`.
    #[must_use]
    pub fn malformed_utf8() -> Self {
        Self::event_stream()
            .send(&b"id: 1\ndata: \x80\n\n"[..])
            .send(&b"id: 2\ndata: \xf0\x9f\x99\n\n"[..])
            .send(&b"id: 3\ndata: \xc0\xaf\n\n"[..])
            .send(&b"id: 4\ndata: \xed\xa0\x80\n\n"[..])
            .send(&b"id: 5\ndata: \xfe\xff\n\n"[..])
            .send("id: 6\ndata: after\n\n")
    }
}
