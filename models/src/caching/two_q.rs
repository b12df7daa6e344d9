//! 2Q.

use super::index::{Index, NONE};
use super::queues::Queues;
use super::recency::Recency;
use super::room::Room;
use super::slots::Slots;
use super::{Build, Capacity, Policy, Settings};

/// Where an object is: A1in, Am and A1out of the paper.
const IN: usize = 0;
const MAIN: usize = 1;
const OUT: usize = 2;

/// The queues of A1in and A1out, and the list of Am, most recently used first.
const IN_QUEUE: usize = 0;
const OUT_QUEUE: usize = 1;
const LIST: usize = 0;

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
    /// A mark says where an object is.
    slots: Slots<I>,
    queues: Queues<2>,
    order: Recency<1>,
    room: Room,
    weights: [u64; 3],
    limits: [u64; 3],
    ghosts: usize,
}

impl<I: Index> TwoQ<I> {
    #[inline]
    fn place(&self, slot: u32) -> usize {
        usize::from(self.slots.mark(slot))
    }

    #[inline]
    fn resident(&self, key: u64) -> u32 {
        let slot = self.slots.find(key);
        if slot != NONE && self.place(slot) == OUT { NONE } else { slot }
    }

    /// Forgets an entry that is in no queue and no list any more.
    #[inline]
    fn delete(&mut self, slot: u32) -> u64 {
        let place = self.place(slot);
        let weight = self.slots.weight(slot);
        self.weights[place] -= u64::from(weight);
        if place == OUT {
            self.ghosts -= 1;
        } else {
            self.room.give(weight);
        }
        self.slots.delete(slot)
    }

    fn take_out(&mut self, slot: u32) {
        match self.place(slot) {
            IN => self.queues.remove(IN_QUEUE, slot),
            OUT => self.queues.remove(OUT_QUEUE, slot),
            _ => self.order.leave(slot),
        }
        self.delete(slot);
    }

    #[inline]
    fn evict(&mut self, evicted: &mut impl FnMut(u64)) {
        if self.weights[IN] <= self.limits[IN] && self.evict_main(evicted) {
            return;
        }
        let oldest = self.queues.oldest(IN_QUEUE);
        self.queues.drop_oldest(IN_QUEUE);
        let weight = self.slots.weight(oldest);
        evicted(self.slots.key(oldest));
        if u64::from(weight) > self.limits[OUT] {
            self.delete(oldest);
            return;
        }
        while self.weights[OUT] + u64::from(weight) > self.limits[OUT] {
            let forgotten = self.queues.oldest(OUT_QUEUE);
            self.queues.drop_oldest(OUT_QUEUE);
            self.delete(forgotten);
        }
        self.weights[IN] -= u64::from(weight);
        self.weights[OUT] += u64::from(weight);
        self.queues.push(OUT_QUEUE, oldest);
        self.slots.set_mark(oldest, OUT as u8);
        self.room.give(weight);
        self.ghosts += 1;
    }

    /// The least recently used of Am leaves, if there is one.
    #[inline]
    fn evict_main(&mut self, evicted: &mut impl FnMut(u64)) -> bool {
        let least = self.order.back(LIST);
        if least != NONE {
            self.order.leave(least);
            evicted(self.delete(least));
        }
        least != NONE
    }
}

impl<I: Index> Build<I> for TwoQ<I> {
    fn build(settings: &Settings, index: I) -> TwoQ<I> {
        let room = Room::new(settings.capacity);
        let newcomers = room.share(IN_SHARE, 0);
        let limits = [newcomers, room.limit() - newcomers, room.share(OUT_SHARE, 0)];
        TwoQ {
            slots: Slots::new(index, settings.capacity),
            queues: Queues::new(),
            order: Recency::new(),
            room,
            weights: [0; 3],
            limits,
            ghosts: 0,
        }
    }
}

impl<I: Index> Policy for TwoQ<I> {
    #[inline]
    fn touch(&mut self, key: u64) -> bool {
        let slot = self.resident(key);
        if slot != NONE && self.place(slot) == MAIN {
            self.order.bring(LIST, slot);
        }
        slot != NONE
    }

    #[inline]
    fn insert(&mut self, key: u64, size: u32, mut evicted: impl FnMut(u64)) -> bool {
        let weight = self.room.weight(size);
        let slot = self.slots.find(key);
        let mut place = IN;
        if slot != NONE {
            let ghost = self.place(slot) == OUT;
            if !ghost && self.slots.weight(slot) == weight {
                return true;
            }
            self.take_out(slot);
            if ghost {
                place = MAIN;
            }
        }
        let bytes = matches!(self.room.capacity(), Capacity::Bytes(_));
        if bytes && u64::from(weight) > self.limits[IN] || !self.room.admits(weight) {
            return false;
        }
        while self.room.lacks(weight) {
            self.evict(&mut evicted);
        }
        if bytes && place == MAIN {
            while self.weights[MAIN] + u64::from(weight) > self.limits[MAIN] && self.evict_main(&mut evicted) {}
        }
        let slot = self.slots.add(key, weight, place as u8);
        if place == MAIN {
            self.order.bring(LIST, slot)
        } else {
            self.queues.push(IN_QUEUE, slot)
        }
        self.weights[place] += u64::from(weight);
        self.room.take(weight);
        true
    }

    #[inline]
    fn prepare(&self, keys: impl Iterator<Item = u64>) {
        let (mut all, mut count) = (0, 0);
        for key in keys {
            let slot = self.slots.slot(key);
            all |= self.slots.look(slot) | self.order.look(slot);
            count += 1;
        }
        let slots = self.order.upcoming(LIST, count).chain(self.queues.upcoming(IN_QUEUE, count));
        let slots = slots.chain(self.queues.upcoming(OUT_QUEUE, count));
        all |= slots.fold(0, |all, slot| all | self.slots.look(slot) | self.order.look(slot));
        std::hint::black_box(all);
    }

    fn remove(&mut self, key: u64) -> bool {
        let slot = self.slots.find(key);
        let resident = slot != NONE && self.place(slot) != OUT;
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
