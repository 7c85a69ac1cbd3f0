//! The event types somebody listens to, and the number each of them goes by.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

/// Stands for an event type in a [`Record`](super::Record): small, dense, never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub u32);

/// The slot of `message`, the type of an event that names none.
pub const MESSAGE: Slot = Slot(0);

#[derive(Debug, Default)]
pub(super) struct Names {
    /// Sorted by name, for binary search: applications listen to a handful of types, a hostile one to thousands.
    named: Vec<(Box<[u8]>, Slot)>,
}

impl Names {
    pub fn slot_for(&mut self, name: &[u8]) -> Slot {
        if is_message(name) {
            return MESSAGE;
        }
        match self.position(name) {
            Ok(at) => self.named[at].1,
            Err(at) => {
                // Slot 0 is `message`; there can't be 2^32 names in memory.
                let slot = Slot(u32::try_from(self.named.len() + 1).unwrap_or(u32::MAX));
                self.named.insert(at, (name.into(), slot));
                slot
            }
        }
    }

    #[inline]
    pub fn find(&self, name: &[u8]) -> Option<Slot> {
        if is_message(name) {
            return Some(MESSAGE);
        }
        let known = self.position(name).or_else(|at| match String::from_utf8_lossy(name) {
            // Types are compared as decoded, and malformed UTF-8 decodes to something one can listen to.
            Cow::Owned(decoded) => self.position(decoded.as_bytes()),
            Cow::Borrowed(_) => Err(at),
        });
        known.ok().map(|at| self.named[at].1)
    }

    fn position(&self, name: &[u8]) -> Result<usize, usize> {
        self.named.binary_search_by(|(known, _)| (**known).cmp(name))
    }
}

/// An empty type means `message` (§ 9.2.6, "dispatch the event", step 5).
fn is_message(name: &[u8]) -> bool {
    name.is_empty() || name == b"message"
}
