//! 2Q.

use super::index::{Index, NONE};
use super::room::Room;
use super::slab::Slab;
use super::{Build, Capacity, Policy, Settings};

/// Lists, latest first: A1in, Am and A1out of the paper.
const IN: u32 = 0;
const MAIN: u32 = 1;
const OUT: u32 = 2;

/// Parts of the capacity: beyond which newcomers leave first, and what the ghosts weighed at most.
const IN_SHARE: f64 = 0.25;
const OUT_SHARE: f64 = 0.50;

/// 2Q, the full version (Johnson and Shasha 1994): newcomers enter A1in, a FIFO in which a use changes nothing. What
/// leaves it is remembered in A1out; what is asked for while it is remembered there enters Am, an LRU.
///
/// When room is needed the oldest of A1in leaves if A1in has more than its part (25 %), else the least recently used of
/// Am; what leaves Am is not remembered. Parts are rounded down. An object that comes back from A1out is taken out of it
/// before room is made, so it cannot be forgotten for its own sake. In bytes an object that is larger than the part of
/// A1in is not admitted, and Am has no more than the rest, as in libCacheSim (0.3); in entries, of course, one always
/// fits, and Am has the rest by itself.
#[derive(Clone, Debug)]
pub struct TwoQ<I> {
    /// A note is the list.
    slab: Slab<I>,
    room: Room,
    weights: [u64; 3],
    limits: [u64; 3],
    ghosts: usize,
}

impl<I: Index> TwoQ<I> {
    #[inline]
    fn resident(&self, key: u64) -> u32 {
        let slot = self.slab.find(key);
        if slot != NONE && self.slab.tag(slot) == OUT { NONE } else { slot }
    }

    #[inline]
    fn delete(&mut self, slot: u32) -> u64 {
        let list = self.slab.tag(slot);
        let (key, weight) = self.slab.delete(slot);
        self.weights[list as usize] -= u64::from(weight);
        if list == OUT {
            self.ghosts -= 1;
        } else {
            self.room.give(weight);
        }
        key
    }

    #[inline]
    fn evict(&mut self, evicted: &mut impl FnMut(u64)) {
        let least = self.slab.back(MAIN);
        if self.weights[IN as usize] <= self.limits[IN as usize] && least != NONE {
            evicted(self.delete(least));
            return;
        }
        let oldest = self.slab.back(IN);
        let weight = self.slab.weight(oldest);
        evicted(self.slab.key(oldest));
        if u64::from(weight) > self.limits[OUT as usize] {
            self.delete(oldest);
            return;
        }
        while self.weights[OUT as usize] + u64::from(weight) > self.limits[OUT as usize] {
            self.delete(self.slab.back(OUT));
        }
        self.weights[IN as usize] -= u64::from(weight);
        self.weights[OUT as usize] += u64::from(weight);
        self.slab.to_front(OUT, oldest);
        self.slab.set_tag(oldest, OUT);
        self.room.give(weight);
        self.ghosts += 1;
    }
}

impl<I: Index> Build<I> for TwoQ<I> {
    fn build(settings: &Settings, index: I) -> TwoQ<I> {
        let room = Room::new(settings.capacity);
        let newcomers = room.share(IN_SHARE, 0);
        let limits = [newcomers, room.limit() - newcomers, room.share(OUT_SHARE, 0)];
        TwoQ { slab: Slab::new(index, 3), room, weights: [0; 3], limits, ghosts: 0 }
    }
}

impl<I: Index> Policy for TwoQ<I> {
    #[inline]
    fn touch(&mut self, key: u64) -> bool {
        let slot = self.resident(key);
        if slot != NONE && self.slab.tag(slot) == MAIN {
            self.slab.to_front(MAIN, slot);
        }
        slot != NONE
    }

    #[inline]
    fn insert(&mut self, key: u64, size: u32, mut evicted: impl FnMut(u64)) -> bool {
        let weight = self.room.weight(size);
        let slot = self.slab.find(key);
        let mut list = IN;
        if slot != NONE {
            let ghost = self.slab.tag(slot) == OUT;
            if !ghost && self.slab.weight(slot) == weight {
                return true;
            }
            self.delete(slot);
            if ghost {
                list = MAIN;
            }
        }
        let bytes = matches!(self.room.capacity(), Capacity::Bytes(_));
        if bytes && u64::from(weight) > self.limits[IN as usize] || !self.room.admits(weight) {
            return false;
        }
        while self.room.lacks(weight) {
            self.evict(&mut evicted);
        }
        while bytes
            && list == MAIN
            && self.weights[MAIN as usize] + u64::from(weight) > self.limits[MAIN as usize]
            && self.slab.back(MAIN) != NONE
        {
            evicted(self.delete(self.slab.back(MAIN)));
        }
        self.slab.add(list, key, weight, list);
        self.weights[list as usize] += u64::from(weight);
        self.room.take(weight);
        true
    }

    fn remove(&mut self, key: u64) -> bool {
        let slot = self.slab.find(key);
        let resident = slot != NONE && self.slab.tag(slot) != OUT;
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
