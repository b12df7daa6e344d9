//! S3-FIFO.

use super::index::{Index, NONE};
use super::queues::Queues;
use super::room::Room;
use super::slots::Slots;
use super::{Build, Capacity, Policy, Settings};

/// Queues: of newcomers, of what proved itself, and of what left the first without.
const SMALL: usize = 0;
const MAIN: usize = 1;
const GHOST: usize = 2;

/// Part of the capacity for newcomers, and what the ghosts weighed at most, as parts of the capacity.
const SMALL_SHARE: f64 = 0.10;
const GHOST_SHARE: f64 = 0.90;
/// Uses after which an object in the small queue moves to the main one. It is inserted with none.
const TO_MAIN: u8 = 2;
/// Uses are counted up to here (two bits).
const MOST: u8 = 3;

/// S3-FIFO (Yang, Zhang, Qiu, Yue and Rashmi 2023): three static queues.
///
/// - A newcomer enters the small queue, or the main one if it is a ghost. So the small queue fills the whole cache first.
/// - Who leaves: from the small queue, unless it is empty or the main queue has more than its part (90 %).
/// - The small queue's oldest goes over to the main one if it has been used at least twice since it came in, with its
///   count cleared, and else leaves and becomes a ghost; this goes on until one has left.
/// - The main queue's oldest goes to the front again if it has been used, with its count less one; else it leaves.
///
/// The paper says "accessed more than once" and "cleared", which is read as in its authors' simulator, libCacheSim (0.3);
/// so is the order of these steps. Newer versions of that program put newcomers into the main queue while the cache fills
/// and the small queue is full; the paper does not. In bytes, of which the paper says nothing, this does as the program: an
/// object that is not smaller than the small queue is admitted only if it is a ghost, and never if it is larger. In
/// entries the small queue holds at least one.
#[derive(Clone, Debug)]
pub struct S3Fifo<I> {
    /// A mark is the queue and the uses: `4 * uses + queue`.
    slots: Slots<I>,
    queues: Queues<3>,
    room: Room,
    /// What the parts weigh.
    weights: [u64; 3],
    /// What they may weigh.
    limits: [u64; 3],
    ghosts: usize,
}

impl<I: Index> S3Fifo<I> {
    /// The queue and the uses of an entry.
    #[inline]
    fn mark(&self, slot: u32) -> (usize, u8) {
        let mark = self.slots.mark(slot);
        (usize::from(mark & 3), mark >> 2)
    }

    /// The slot of a resident, or [`NONE`].
    #[inline]
    fn resident(&self, key: u64) -> u32 {
        let slot = self.slots.find(key);
        if slot != NONE && self.mark(slot).0 == GHOST { NONE } else { slot }
    }

    /// Moves the oldest of a queue to the end of another, or of the same, with so many uses.
    #[inline]
    fn requeue(&mut self, slot: u32, from: usize, to: usize, uses: u8) {
        let weight = u64::from(self.slots.weight(slot));
        self.weights[from] -= weight;
        self.weights[to] += weight;
        self.queues.drop_oldest(from);
        self.queues.push(to, slot);
        self.slots.set_mark(slot, 4 * uses + to as u8);
    }

    /// Forgets an entry that is in no queue any more.
    #[inline]
    fn delete(&mut self, slot: u32) -> u64 {
        let queue = self.mark(slot).0;
        let weight = self.slots.weight(slot);
        self.weights[queue] -= u64::from(weight);
        if queue == GHOST {
            self.ghosts -= 1;
        } else {
            self.room.give(weight);
        }
        self.slots.delete(slot)
    }

    fn take_out(&mut self, slot: u32) {
        self.queues.remove(self.mark(slot).0, slot);
        self.delete(slot);
    }

    #[inline]
    fn evict(&mut self, evicted: &mut impl FnMut(u64)) {
        if self.weights[MAIN] > self.limits[MAIN] || self.queues.oldest(SMALL) == NONE {
            self.evict_main(evicted);
        } else {
            self.evict_small(evicted);
        }
    }

    #[inline]
    fn evict_small(&mut self, evicted: &mut impl FnMut(u64)) {
        loop {
            let slot = self.queues.oldest(SMALL);
            if slot == NONE {
                return;
            }
            if self.mark(slot).1 >= TO_MAIN {
                self.requeue(slot, SMALL, MAIN, 0);
                continue;
            }
            evicted(self.slots.key(slot));
            let weight = self.slots.weight(slot);
            if u64::from(weight) > self.limits[GHOST] {
                self.queues.drop_oldest(SMALL);
                self.delete(slot);
                return;
            }
            while self.weights[GHOST] + u64::from(weight) > self.limits[GHOST] {
                let forgotten = self.queues.oldest(GHOST);
                self.queues.drop_oldest(GHOST);
                self.delete(forgotten);
            }
            self.requeue(slot, SMALL, GHOST, 0);
            self.room.give(weight);
            self.ghosts += 1;
            return;
        }
    }

    #[inline]
    fn evict_main(&mut self, evicted: &mut impl FnMut(u64)) {
        loop {
            let slot = self.queues.oldest(MAIN);
            if slot == NONE {
                return;
            }
            let uses = self.mark(slot).1;
            if uses == 0 {
                self.queues.drop_oldest(MAIN);
                evicted(self.delete(slot));
                return;
            }
            self.requeue(slot, MAIN, MAIN, uses - 1);
        }
    }
}

impl<I: Index> Build<I> for S3Fifo<I> {
    fn build(settings: &Settings, index: I) -> S3Fifo<I> {
        let room = Room::new(settings.capacity);
        let small = room.share(SMALL_SHARE, 1);
        let limits = [small, room.limit() - small, room.share(GHOST_SHARE, 0)];
        let slots = Slots::new(index, settings.capacity);
        S3Fifo { slots, queues: Queues::new(), room, weights: [0; 3], limits, ghosts: 0 }
    }
}

impl<I: Index> Policy for S3Fifo<I> {
    #[inline]
    fn touch(&mut self, key: u64) -> bool {
        let slot = self.resident(key);
        if slot != NONE {
            let (queue, uses) = self.mark(slot);
            if uses < MOST {
                self.slots.set_mark(slot, 4 * (uses + 1) + queue as u8);
            }
        }
        slot != NONE
    }

    #[inline]
    fn insert(&mut self, key: u64, size: u32, mut evicted: impl FnMut(u64)) -> bool {
        let weight = self.room.weight(size);
        let slot = self.slots.find(key);
        let mut queue = SMALL;
        if slot != NONE {
            let ghost = self.mark(slot).0 == GHOST;
            if !ghost && self.slots.weight(slot) == weight {
                return true;
            }
            self.take_out(slot);
            if ghost {
                queue = MAIN;
            }
        }
        let small = self.limits[SMALL];
        let too_large = match self.room.capacity() {
            Capacity::Bytes(_) => u64::from(weight) > small || (u64::from(weight) == small && queue == SMALL),
            Capacity::Entries(_) => false,
        };
        if too_large || !self.room.admits(weight) {
            return false;
        }
        while self.room.lacks(weight) {
            self.evict(&mut evicted);
        }
        let slot = self.slots.add(key, weight, queue as u8);
        self.queues.push(queue, slot);
        self.weights[queue] += u64::from(weight);
        self.room.take(weight);
        true
    }

    #[inline]
    fn prepare(&self, keys: impl Iterator<Item = u64>) {
        let (mut all, mut count) = (0, 0);
        for key in keys {
            let slot = self.slots.slot(key);
            all |= self.slots.look(slot);
            count += 1;
        }
        for queue in [SMALL, MAIN, GHOST] {
            all |= self.queues.upcoming(queue, count).fold(0, |all, slot| all | self.slots.look(slot));
        }
        std::hint::black_box(all);
    }

    fn remove(&mut self, key: u64) -> bool {
        let slot = self.slots.find(key);
        let resident = slot != NONE && self.mark(slot).0 != GHOST;
        if slot != NONE {
            self.take_out(slot);
        }
        resident
    }

    fn contains(&self, key: u64) -> bool {
        self.resident(key) != NONE
    }

    fn len(&self) -> usize {
        self.slots.len() - self.ghosts
    }

    fn used(&self) -> u64 {
        self.room.used()
    }

    fn capacity(&self) -> Capacity {
        self.room.capacity()
    }
}
