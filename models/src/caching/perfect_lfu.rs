//! Least frequently used, counted for ever.

use super::heap::Heap;
use super::index::{Index, NONE};
use super::room::Room;
use super::slots::{Slots, reach};
use super::{Build, Capacity, Policy, Settings};

/// Perfect LFU (Breslau et al. 1999): the uses of every key are counted for ever, resident or not, and the cache holds
/// those with the largest counts. Against independent requests it comes to hold the most popular objects, which is the
/// best that can be done without knowing the future.
///
/// Of equal counts the least recently used is the least. A newcomer takes part: it stays out if its count is below those
/// of the objects that would have to leave. In bytes it stays out if any of the objects that would have to leave, the
/// least used first, has a larger count than it. Memory grows with the number of keys ever asked for.
#[derive(Clone, Debug)]
pub struct PerfectLfu<I> {
    /// All keys that were ever asked for.
    slots: Slots<I>,
    room: Room,
    /// Uses and time of the last of each key, by slot.
    uses: Vec<(u64, u64)>,
    /// Residents by uses.
    order: Heap,
    resident: usize,
    clock: u64,
}

impl<I: Index> PerfectLfu<I> {
    fn drop_resident(&mut self, slot: u32) {
        self.order.remove(slot);
        self.room.give(self.slots.weight(slot));
        self.resident -= 1;
    }

    /// Makes a known key resident again, for which there is room.
    fn enter(&mut self, slot: u32) {
        self.order.set(slot, self.uses[slot as usize]);
        self.room.take(self.slots.weight(slot));
        self.resident += 1;
    }

    fn is_resident(&self, slot: u32) -> bool {
        slot != NONE && self.order.priority(slot).is_some()
    }

    /// The slot of a key, which is counted from now on.
    fn known(&mut self, key: u64) -> u32 {
        let slot = self.slots.find(key);
        if slot != NONE {
            return slot;
        }
        let slot = self.slots.add(key, 0, 0);
        reach(&mut self.uses, slot, (0, 0));
        self.uses[slot as usize] = (0, 0);
        slot
    }
}

impl<I: Index> Build<I> for PerfectLfu<I> {
    fn build(settings: &Settings, index: I) -> PerfectLfu<I> {
        PerfectLfu {
            slots: Slots::new(index, settings.capacity),
            room: Room::new(settings.capacity),
            uses: Vec::new(),
            order: Heap::default(),
            resident: 0,
            clock: 0,
        }
    }
}

impl<I: Index> Policy for PerfectLfu<I> {
    fn touch(&mut self, key: u64) -> bool {
        self.clock += 1;
        let slot = self.known(key);
        let uses = (self.uses[slot as usize].0 + 1, self.clock);
        self.uses[slot as usize] = uses;
        let resident = self.is_resident(slot);
        if resident {
            self.order.set(slot, uses);
        }
        resident
    }

    fn insert(&mut self, key: u64, size: u32, mut evicted: impl FnMut(u64)) -> bool {
        let weight = self.room.weight(size);
        let slot = self.known(key);
        if self.is_resident(slot) {
            if self.slots.weight(slot) == weight {
                return true;
            }
            self.drop_resident(slot);
        }
        if !self.room.admits(weight) {
            return false;
        }
        let uses = self.uses[slot as usize];
        let mut leaving: Vec<u32> = Vec::new();
        while self.room.lacks(weight) {
            // There is somebody: what lacks room would fit into the empty cache.
            let Some(least) = self.order.first() else { break };
            if self.uses[least as usize] > uses {
                for stays in leaving {
                    self.enter(stays);
                }
                return false;
            }
            self.drop_resident(least);
            leaving.push(least);
        }
        leaving.iter().for_each(|slot| evicted(self.slots.key(*slot)));
        self.slots.set_weight(slot, weight);
        self.enter(slot);
        true
    }

    fn remove(&mut self, key: u64) -> bool {
        let slot = self.slots.find(key);
        let resident = self.is_resident(slot);
        if resident {
            self.drop_resident(slot);
        }
        resident
    }

    fn contains(&self, key: u64) -> bool {
        self.is_resident(self.slots.find(key))
    }

    fn len(&self) -> usize {
        self.resident
    }

    fn used(&self) -> u64 {
        self.room.used()
    }

    fn capacity(&self) -> Capacity {
        self.room.capacity()
    }
}
