//! A range of bytes in the parser's buffer.

/// Half-open: `end` is the first byte that does not belong to it.
///
/// Every span lies within the buffer. If one did not, the debug assertions would fail in the tests. In the npm package
/// such a span reads as empty instead of panicking: the message of a panic would make the download larger.
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
    pub fn move_to(self, new_start: usize, buffer: &mut [u8]) {
        debug_assert!(
            new_start <= self.start && self.end <= buffer.len(),
            "{self:?} to {new_start} of {}",
            buffer.len()
        );
        let Some(bytes) = buffer.get_mut(new_start..self.end) else { return };
        let offset = self.start - new_start;
        if offset <= bytes.len() {
            bytes.copy_within(offset.., 0);
        }
    }

    pub fn len(self) -> usize {
        self.end - self.start
    }

    /// The same bytes, with offsets that count from `base`.
    pub fn relative_to(self, base: usize) -> Self {
        Self { start: self.start - base, end: self.end - base }
    }

    pub fn empty_at_start(self) -> Self {
        Self { start: self.start, end: self.start }
    }

    pub fn empty_at_end(self) -> Self {
        Self { start: self.end, end: self.end }
    }
}
