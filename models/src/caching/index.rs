//! Where a key's entry is: from keys to slots of arrays.

use sim_core::random::mix;

/// No slot.
pub const NONE: u32 = u32::MAX;

/// Slots for keys. A slot is below 2^32 - 1.
pub trait Index {
    /// Whether keys are their own slots.
    const OWN: bool = false;
    /// The slot that a key has, or might have: a key that is not there may have any slot that is not taken, or [`NONE`].
    fn slot(&self, key: u64) -> u32;
    /// Gives a slot to a key that has none.
    fn enter(&mut self, key: u64) -> u32;
    /// Takes a key's slot back.
    fn leave(&mut self, slot: u32);
    /// The key at a slot that is taken.
    fn key(&self, slot: u32) -> u64;
}

/// Keys 0, 1, 2, .. below 2^32 - 1, which are their own slots. The fastest; memory is by the largest key.
#[derive(Clone, Copy, Debug, Default)]
pub struct Dense;

impl Index for Dense {
    const OWN: bool = true;

    #[inline]
    fn slot(&self, key: u64) -> u32 {
        u32::try_from(key).unwrap_or(NONE)
    }

    #[inline]
    fn enter(&mut self, key: u64) -> u32 {
        let slot = self.slot(key);
        assert!(slot != NONE, "keys of a dense index are below 2^32 - 1");
        slot
    }

    #[inline]
    fn leave(&mut self, _: u32) {}

    #[inline]
    fn key(&self, slot: u32) -> u64 {
        u64::from(slot)
    }
}

/// Any keys: open addressing with linear probing, at most half full, without tombstones (Knuth, vol. 3, 6.4,
/// algorithm R). The hash is a bijection of 64-bit words, so that only the table's size makes keys collide. Memory is by
/// the most keys at a time.
#[derive(Clone, Debug, Default)]
pub struct Hashed {
    table: Vec<(u64, u32)>,
    keys: Vec<u64>,
    free: Vec<u32>,
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
    fn slot(&self, key: u64) -> u32 {
        if self.table.is_empty() { NONE } else { self.table[self.place(key)].1 }
    }

    #[inline]
    fn enter(&mut self, key: u64) -> u32 {
        if 2 * (self.keys.len() - self.free.len() + 1) > self.table.len() {
            self.grow();
        }
        let slot = match self.free.pop() {
            Some(slot) => {
                self.keys[slot as usize] = key;
                slot
            }
            None => {
                let slot = u32::try_from(self.keys.len()).unwrap_or(NONE);
                assert!(slot != NONE, "a cache knows fewer than 2^32 - 1 keys at a time");
                self.keys.push(key);
                slot
            }
        };
        let at = self.place(key);
        self.table[at] = (key, slot);
        slot
    }

    fn leave(&mut self, slot: u32) {
        self.free.push(slot);
        let last = self.table.len() - 1;
        let mut hole = self.place(self.keys[slot as usize]);
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
    }

    #[inline]
    fn key(&self, slot: u32) -> u64 {
        self.keys[slot as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_core::random::{Rng, Stream};
    use std::collections::HashMap;

    #[test]
    fn a_hashed_index_is_a_map_to_slots_of_which_each_is_taken_once() {
        let mut stream = Stream::named(1, 0, "index", "test");
        let (mut index, mut map) = (Hashed::default(), HashMap::new());
        for _ in 0..200_000 {
            let key = stream.next_u64() % 3000;
            match map.get(&key) {
                Some(slot) if stream.next_u64().is_multiple_of(2) => {
                    index.leave(*slot);
                    map.remove(&key);
                }
                Some(slot) => assert_eq!((index.slot(key), index.key(*slot)), (*slot, key)),
                None => {
                    assert_eq!(index.slot(key), NONE);
                    map.insert(key, index.enter(key));
                }
            }
        }
        let mut slots: Vec<u32> = map.values().copied().collect();
        slots.sort_unstable();
        slots.dedup();
        assert!(slots.len() == map.len() && slots.last().is_some_and(|last| *last < 3000));
    }
}
