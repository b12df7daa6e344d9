//! S3-FIFO.

use super::index::{Index, NONE};
use super::room::Room;
use super::slab::Slab;
use super::{Build, Capacity, Policy, Settings};

/// Lists, latest first. Those of newcomers, of what proved itself, and of what left the first without.
const SMALL: u32 = 0;
const MAIN: u32 = 1;
const GHOST: u32 = 2;

/// Part of the capacity for newcomers, and what the ghosts weighed at most, as parts of the capacity.
const SMALL_SHARE: f64 = 0.10;
const GHOST_SHARE: f64 = 0.90;
/// Uses after which an object in the small queue moves to the main one. It is inserted with none.
const TO_MAIN: u32 = 2;
/// Uses are counted up to here (two bits).
const MOST: u32 = 3;

/// S3-FIFO (Yang, Zhang, Qiu, Yue and Rashmi 2023): three static queues.
///
/// - A newcomer enters the small queue, or the main one if it is a ghost. As long as nothing has left yet, it enters the
///   main queue also when the small one is full, so that the small one does not fill the cache.
/// - Who leaves: from the small queue, unless it is empty or the main queue has more than its part (90 %).
/// - The small queue's oldest goes over to the main one if it has been used at least twice since it came in, with its
///   count cleared, and else leaves and becomes a ghost; this goes on until one has left.
/// - The main queue's oldest goes to the front again if it has been used, with its count less one; else it leaves.
///
/// Where the paper is silent this follows its authors' simulator, libCacheSim (0.3). So it does in bytes: an object that
/// is not smaller than the small queue is admitted only if it is a ghost. In entries the small queue holds at least one.
#[derive(Clone, Debug)]
pub struct S3Fifo<I> {
    /// A note is the list and the uses: `uses * 4 + list`.
    slab: Slab<I>,
    room: Room,
    /// What the parts weigh.
    weights: [u64; 3],
    /// What they may weigh.
    limits: [u64; 3],
    ghosts: usize,
    evicts: bool,
}

impl<I: Index> S3Fifo<I> {
    /// The list and the uses of an entry.
    #[inline]
    fn note(&self, slot: u32) -> (u32, u32) {
        let tag = self.slab.tag(slot);
        (tag & 3, tag >> 2)
    }

    /// The slot of a resident, or [`NONE`].
    #[inline]
    fn resident(&self, key: u64) -> u32 {
        let slot = self.slab.find(key);
        if slot != NONE && self.note(slot).0 == GHOST { NONE } else { slot }
    }

    /// Puts an entry to the front of a list, from another or the same, with so many uses.
    #[inline]
    fn put(&mut self, slot: u32, list: u32, uses: u32) {
        let weight = u64::from(self.slab.weight(slot));
        self.weights[self.note(slot).0 as usize] -= weight;
        self.weights[list as usize] += weight;
        self.slab.to_front(list, slot);
        self.slab.set_tag(slot, uses * 4 + list);
    }

    #[inline]
    fn delete(&mut self, slot: u32) -> u64 {
        let list = self.note(slot).0;
        let (key, weight) = self.slab.delete(slot);
        self.weights[list as usize] -= u64::from(weight);
        if list == GHOST {
            self.ghosts -= 1;
        } else {
            self.room.give(weight);
        }
        key
    }

    fn evict(&mut self, evicted: &mut impl FnMut(u64)) {
        self.evicts = true;
        if self.weights[MAIN as usize] > self.limits[MAIN as usize] || self.slab.back(SMALL) == NONE {
            self.evict_main(evicted);
        } else {
            self.evict_small(evicted);
        }
    }

    #[inline]
    fn evict_small(&mut self, evicted: &mut impl FnMut(u64)) {
        loop {
            let slot = self.slab.back(SMALL);
            if slot == NONE {
                return;
            }
            if self.note(slot).1 >= TO_MAIN {
                self.put(slot, MAIN, 0);
                continue;
            }
            evicted(self.slab.key(slot));
            let weight = self.slab.weight(slot);
            if u64::from(weight) > self.limits[GHOST as usize] {
                self.delete(slot);
                return;
            }
            while self.weights[GHOST as usize] + u64::from(weight) > self.limits[GHOST as usize] {
                self.delete(self.slab.back(GHOST));
            }
            self.put(slot, GHOST, 0);
            self.room.give(weight);
            self.ghosts += 1;
            return;
        }
    }

    #[inline]
    fn evict_main(&mut self, evicted: &mut impl FnMut(u64)) {
        loop {
            let slot = self.slab.back(MAIN);
            if slot == NONE {
                return;
            }
            let uses = self.note(slot).1;
            if uses == 0 {
                evicted(self.delete(slot));
                return;
            }
            self.put(slot, MAIN, uses - 1);
        }
    }
}

impl<I: Index> Build<I> for S3Fifo<I> {
    fn build(settings: &Settings, index: I) -> S3Fifo<I> {
        let room = Room::new(settings.capacity);
        let small = room.share(SMALL_SHARE, 1);
        let limits = [small, room.limit() - small, room.share(GHOST_SHARE, 0)];
        S3Fifo { slab: Slab::new(index, 3), room, weights: [0; 3], limits, ghosts: 0, evicts: false }
    }
}

impl<I: Index> Policy for S3Fifo<I> {
    #[inline]
    fn touch(&mut self, key: u64) -> bool {
        let slot = self.resident(key);
        if slot != NONE {
            let (list, uses) = self.note(slot);
            self.slab.set_tag(slot, (uses + 1).min(MOST) * 4 + list);
        }
        slot != NONE
    }

    #[inline]
    fn insert(&mut self, key: u64, size: u32, mut evicted: impl FnMut(u64)) -> bool {
        let weight = self.room.weight(size);
        let slot = self.slab.find(key);
        let mut list = SMALL;
        if slot != NONE {
            let ghost = self.note(slot).0 == GHOST;
            if !ghost && self.slab.weight(slot) == weight {
                return true;
            }
            self.delete(slot);
            if ghost {
                list = MAIN;
            }
        }
        let small = self.limits[SMALL as usize];
        let too_large = match self.room.capacity() {
            Capacity::Bytes(_) => u64::from(weight) > small || (u64::from(weight) == small && list == SMALL),
            Capacity::Entries(_) => false,
        };
        if too_large || !self.room.admits(weight) {
            return false;
        }
        while self.room.lacks(weight) {
            self.evict(&mut evicted);
        }
        if list == SMALL && !self.evicts && self.weights[SMALL as usize] >= small {
            list = MAIN;
        }
        self.slab.add(list, key, weight, list);
        self.weights[list as usize] += u64::from(weight);
        self.room.take(weight);
        true
    }

    fn remove(&mut self, key: u64) -> bool {
        let slot = self.slab.find(key);
        let resident = slot != NONE && self.note(slot).0 != GHOST;
        if slot != NONE {
            self.delete(slot);
        }
        resident
    }

    fn contains(&self, key: u64) -> bool {
        self.resident(key) != NONE
    }

    fn len(&self) -> usize {
        self.slab.len() - self.ghosts
    }

    fn used(&self) -> u64 {
        self.room.used()
    }

    fn capacity(&self) -> Capacity {
        self.room.capacity()
    }
}
