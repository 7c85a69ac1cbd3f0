//! Listeners that add up the events of a library, to check that all libraries report the same.

/// A listener that reads a little of each event, as cheaply as a listener can.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many events there were.
    pub events: u64,
    /// The lengths of all data together.
    pub bytes: u64,
    /// A sum over the first and last byte of each event's data.
    pub ends: u64,
}

impl Tally {
    /// Adds the data of one event.
    #[inline]
    pub fn add(&mut self, data: &str) {
        let end = |byte: Option<&u8>| byte.map_or(0, |&byte| u64::from(byte));
        let bytes = data.as_bytes();
        self.events += 1;
        self.bytes += bytes.len() as u64;
        self.ends += end(bytes.first()) * 3 + end(bytes.last());
    }
}

/// Everything about every event, for the check before anything is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checksum {
    /// How many events there were.
    pub events: u64,
    /// FNV-1a over type, data and id of all events, each ended by a byte that UTF-8 never has.
    pub hash: u64,
}

impl Default for Checksum {
    fn default() -> Self {
        Self { events: 0, hash: 0xcbf2_9ce4_8422_2325 }
    }
}

impl Checksum {
    /// Adds one event. `id` is the last event ID in effect, empty if none.
    pub fn add(&mut self, event_type: &str, data: &str, id: &str) {
        self.events += 1;
        for field in [event_type, data, id] {
            for &byte in field.as_bytes().iter().chain(&[0xFF]) {
                self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
    }
}
