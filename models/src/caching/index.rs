//! Where a key's entry is: from keys to slots.

use sim_core::random::mix;

/// No slot.
pub const NONE: u32 = u32::MAX;

/// A map from keys to slots.
pub trait Index {
    /// The slot of a key, or [`NONE`].
    fn get(&self, key: u64) -> u32;
    /// Puts a key at a slot; the key is new, or moves.
    fn set(&mut self, key: u64, slot: u32);
    /// Forgets a key, which is there.
    fn clear(&mut self, key: u64);
}

/// Keys 0, 1, 2, ..: an array that grows to the largest key. The fastest, where keys are numbered.
#[derive(Clone, Debug, Default)]
pub struct Dense {
    slots: Vec<u32>,
}

impl Dense {
    /// For keys below `keys`; larger ones make it grow.
    pub fn with_keys(keys: usize) -> Dense {
        Dense { slots: vec![NONE; keys] }
    }
}

impl Index for Dense {
    #[inline]
    fn get(&self, key: u64) -> u32 {
        self.slots.get(key as usize).copied().unwrap_or(NONE)
    }

    #[inline]
    fn set(&mut self, key: u64, slot: u32) {
        let key = key as usize;
        if key >= self.slots.len() {
            self.slots.resize(key + 1, NONE);
        }
        self.slots[key] = slot;
    }

    #[inline]
    fn clear(&mut self, key: u64) {
        self.slots[key as usize] = NONE;
    }
}

/// Any keys: open addressing with linear probing, at most half full, without tombstones (Knuth, vol. 3, 6.4,
/// algorithm R). The hash is a bijection of 64-bit words, so that only the table's size makes keys collide.
#[derive(Clone, Debug, Default)]
pub struct Hashed {
    table: Vec<(u64, u32)>,
    len: usize,
}

impl Hashed {
    #[inline]
    fn home(&self, key: u64) -> usize {
        mix(key) as usize & (self.table.len() - 1)
    }

    /// The place of a key, or the empty one where it would be put. There is always an empty one.
    #[inline]
    fn place(&self, key: u64) -> usize {
        let mut at = self.home(key);
        while self.table[at].1 != NONE && self.table[at].0 != key {
            at = (at + 1) & (self.table.len() - 1);
        }
        at
    }

    fn grow(&mut self) {
        let larger = vec![(0, NONE); (2 * self.table.len()).max(16)];
        let old = std::mem::replace(&mut self.table, larger);
        for (key, slot) in old.into_iter().filter(|entry| entry.1 != NONE) {
            let at = self.place(key);
            self.table[at] = (key, slot);
        }
    }
}

impl Index for Hashed {
    #[inline]
    fn get(&self, key: u64) -> u32 {
        if self.table.is_empty() { NONE } else { self.table[self.place(key)].1 }
    }

    #[inline]
    fn set(&mut self, key: u64, slot: u32) {
        if 2 * (self.len + 1) > self.table.len() {
            self.grow();
        }
        let at = self.place(key);
        self.len += usize::from(self.table[at].1 == NONE);
        self.table[at] = (key, slot);
    }

    fn clear(&mut self, key: u64) {
        let last = self.table.len() - 1;
        let mut hole = self.place(key);
        let mut at = hole;
        loop {
            at = (at + 1) & last;
            if self.table[at].1 == NONE {
                break;
            }
            // An entry may fill the hole unless its home lies cyclically behind the hole.
            let from_home = at.wrapping_sub(self.home(self.table[at].0)) & last;
            let from_hole = at.wrapping_sub(hole) & last;
            if from_home >= from_hole {
                self.table[hole] = self.table[at];
                hole = at;
            }
        }
        self.table[hole].1 = NONE;
        self.len -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_core::random::{Rng, Stream};
    use std::collections::HashMap;

    #[test]
    fn both_indices_are_maps() {
        let mut stream = Stream::named(1, 0, "index", "test");
        let (mut dense, mut hashed, mut map) = (Dense::default(), Hashed::default(), HashMap::new());
        for slot in 0..200_000 {
            let key = stream.next_u64() % 3000;
            if stream.next_u64().is_multiple_of(3) && map.contains_key(&key) {
                map.remove(&key);
                dense.clear(key);
                hashed.clear(key);
            } else {
                map.insert(key, slot);
                dense.set(key, slot);
                hashed.set(key, slot);
            }
            let asked = stream.next_u64() % 4000;
            let truth = map.get(&asked).copied().unwrap_or(NONE);
            assert_eq!((dense.get(asked), hashed.get(asked)), (truth, truth));
        }
    }
}
