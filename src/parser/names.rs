//! The event types somebody listens to, and the number each of them goes by.

use alloc::boxed::Box;
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
            Ok(at) => self.named.get(at).map_or(MESSAGE, |&(_, slot)| slot),
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
        self.position(name).ok().and_then(|at| self.named.get(at)).map(|&(_, slot)| slot)
    }

    fn position(&self, name: &[u8]) -> Result<usize, usize> {
        self.named.binary_search_by(|(known, _)| (**known).cmp(name))
    }
}

/// An empty type means `message` (§ 9.2.6, "dispatch the event", step 5).
fn is_message(name: &[u8]) -> bool {
    name.is_empty() || name == b"message"
}
