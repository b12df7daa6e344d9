//! Capacity, and how much of it is taken.

use super::Capacity;

/// How much a cache holds, and how much is in it.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    limit: u64,
    bytes: bool,
    used: u64,
}

impl Room {
    /// Empty.
    pub fn new(capacity: Capacity) -> Room {
        match capacity {
            Capacity::Entries(limit) => Room { limit, bytes: false, used: 0 },
            Capacity::Bytes(limit) => Room { limit, bytes: true, used: 0 },
        }
    }

    /// What an object takes.
    #[inline]
    pub fn weight(&self, size: u32) -> u32 {
        if self.bytes { size } else { 1 }
    }

    /// Whether something of this weight fits into the empty cache.
    #[inline]
    pub fn admits(&self, weight: u32) -> bool {
        u64::from(weight) <= self.limit
    }

    /// Whether something has to leave for this weight.
    #[inline]
    pub fn lacks(&self, weight: u32) -> bool {
        self.used + u64::from(weight) > self.limit
    }

    /// Takes.
    #[inline]
    pub fn take(&mut self, weight: u32) {
        self.used += u64::from(weight);
    }

    /// Gives back.
    #[inline]
    pub fn give(&mut self, weight: u32) {
        self.used -= u64::from(weight);
    }

    /// A part of the capacity, rounded down; of a capacity in entries at least `least`, if there are so many.
    pub fn share(&self, share: f64, least: u64) -> u64 {
        let part = (self.limit as f64 * share) as u64;
        if self.bytes { part } else { part.max(least).min(self.limit) }
    }

    /// How much fits.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// How much is in it.
    pub fn used(&self) -> u64 {
        self.used
    }

    /// As it was given.
    pub fn capacity(&self) -> Capacity {
        if self.bytes { Capacity::Bytes(self.limit) } else { Capacity::Entries(self.limit) }
    }
}
