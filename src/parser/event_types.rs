//! The event types that have listeners, and the number (slot) of each.
//!
//! A record has the slot of its type, by which the caller finds the listeners of an event in an array. The caller neither decodes
//! nor compares the type.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cmp::Ordering;

/// The number of an event type in a [`Record`](super::Record). Slots are small and dense, so they can index an array. After
/// [`Parser::forget`](super::Parser::forget) another type may get the slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub u32);

/// The slot of `message`, the type of an event that names none.
pub const MESSAGE: Slot = Slot(0);

#[derive(Debug)]
pub(super) struct EventTypes {
    /// The slot of an event whose stream says `event: message`.
    explicit_message: Slot,
    /// Sorted by [`compare`], for a binary search: most applications listen to a few types, a hostile one to thousands.
    slots: Vec<(Box<[u8]>, Slot)>,
    /// Slots that were freed, for the next types.
    free: Vec<Slot>,
}

impl Default for EventTypes {
    fn default() -> Self {
        Self { explicit_message: MESSAGE, slots: Vec::new(), free: Vec::new() }
    }
}

impl EventTypes {
    /// The slot of a type. A type that has none gets one.
    pub fn slot_for(&mut self, name: &[u8]) -> Slot {
        if is_message(name) { MESSAGE } else { self.slot_in_table(name) }
    }

    /// Gives `event: message` a slot of its own.
    pub fn distinguish_explicit_message(&mut self) -> Slot {
        self.explicit_message = self.slot_in_table(b"message");
        self.explicit_message
    }

    fn slot_in_table(&mut self, name: &[u8]) -> Slot {
        match self.position(name) {
            Ok(at) => self.slots.get(at).map_or(MESSAGE, |&(_, slot)| slot),
            Err(at) => {
                // Slot 0 is `message`. Memory cannot hold 2^32 names.
                let next = Slot(u32::try_from(self.slots.len() + 1).unwrap_or(u32::MAX));
                let slot = self.free.pop().unwrap_or(next);
                // Always true for the result of a search. The check keeps the message of a panic out of the package.
                if at <= self.slots.len() {
                    self.slots.insert(at, (name.into(), slot));
                }
                slot
            }
        }
    }

    /// Frees a slot for the next type. The slots of `message` are never freed.
    pub fn forget(&mut self, slot: Slot) {
        let before = self.slots.len();
        self.slots.retain(|&(_, used)| used != slot || used == self.explicit_message);
        if self.slots.len() < before {
            self.free.push(slot);
        }
    }

    /// The slot of a type, if it has one.
    #[inline]
    pub fn find(&self, name: &[u8]) -> Option<Slot> {
        if is_message(name) {
            return Some(if name.is_empty() { MESSAGE } else { self.explicit_message });
        }
        self.position(name).ok().and_then(|at| self.slots.get(at)).map(|&(_, slot)| slot)
    }

    fn position(&self, name: &[u8]) -> Result<usize, usize> {
        self.slots.binary_search_by(|(known, _)| compare(known, name))
    }
}

/// An order of names that is cheap to compute: by length, then by eight bytes at a time. (On wasm, comparing slices goes byte
/// by byte, and this runs for every event that has a type.)
fn compare(one: &[u8], other: &[u8]) -> Ordering {
    one.len().cmp(&other.len()).then_with(|| {
        if let (Some((one, one_rest)), Some((other, other_rest))) =
            (one.split_first_chunk::<8>(), other.split_first_chunk::<8>())
        {
            let (one, other) = (u64::from_le_bytes(*one), u64::from_le_bytes(*other));
            one.cmp(&other).then_with(|| one_rest.cmp(other_rest))
        } else {
            one.cmp(other)
        }
    })
}

/// [HTML] 9.2.6, "dispatch the event": a type that is the empty string means `message`.
fn is_message(name: &[u8]) -> bool {
    name.is_empty() || name == b"message"
}
