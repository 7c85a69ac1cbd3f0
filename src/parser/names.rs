//! The event types somebody listens to, and the number each of them goes by.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cmp::Ordering;

/// Stands for an event type in a [`Record`](super::Record): small and dense. After [`Parser::forget`](super::Parser::forget)
/// another type may get it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub u32);

/// The slot of `message`, the type of an event that names none.
pub const MESSAGE: Slot = Slot(0);

#[derive(Debug)]
pub(super) struct Names {
    /// The slot of `message` where a stream writes it out.
    written: Slot,
    /// Sorted by [`compare`], for binary search: applications listen to a handful of types, a hostile one to thousands.
    named: Vec<(Box<[u8]>, Slot)>,
    /// Slots that were freed, for the next types.
    free: Vec<Slot>,
}

impl Default for Names {
    fn default() -> Self {
        Self { written: MESSAGE, named: Vec::new(), free: Vec::new() }
    }
}

impl Names {
    pub fn slot_for(&mut self, name: &[u8]) -> Slot {
        if is_message(name) { MESSAGE } else { self.slot_in_table(name) }
    }

    /// Gives `message` a slot of its own where it is written out.
    pub fn tell_message_apart(&mut self) -> Slot {
        self.written = self.slot_in_table(b"message");
        self.written
    }

    fn slot_in_table(&mut self, name: &[u8]) -> Slot {
        match self.position(name) {
            Ok(at) => self.named.get(at).map_or(MESSAGE, |&(_, slot)| slot),
            Err(at) => {
                // Slot 0 is `message`; there can't be 2^32 names in memory.
                let next = Slot(u32::try_from(self.named.len() + 1).unwrap_or(u32::MAX));
                let slot = self.free.pop().unwrap_or(next);
                // Where the search says, so it always is; that spares the package the message of a panic.
                if at <= self.named.len() {
                    self.named.insert(at, (name.into(), slot));
                }
                slot
            }
        }
    }

    /// Frees a slot for the next type. The slot of `message` is never freed.
    pub fn forget(&mut self, slot: Slot) {
        let before = self.named.len();
        self.named.retain(|&(_, named)| named != slot || named == self.written);
        if self.named.len() < before {
            self.free.push(slot);
        }
    }

    #[inline]
    pub fn find(&self, name: &[u8]) -> Option<Slot> {
        if is_message(name) {
            return Some(if name.is_empty() { MESSAGE } else { self.written });
        }
        self.position(name).ok().and_then(|at| self.named.get(at)).map(|&(_, slot)| slot)
    }

    fn position(&self, name: &[u8]) -> Result<usize, usize> {
        self.named.binary_search_by(|(known, _)| compare(known, name))
    }
}

/// An order of names that is quickly found out: by length, then by eight bytes at once. (A comparison of slices goes byte
/// by byte on wasm, and this is done for every event that names its type.)
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

/// An empty type means `message` (§ 9.2.6, "dispatch the event", step 5).
fn is_message(name: &[u8]) -> bool {
    name.is_empty() || name == b"message"
}
