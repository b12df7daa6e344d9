//! ARC, the adaptive replacement cache.

use super::index::{Index, NONE};
use super::recency::Recency;
use super::room::Room;
use super::slots::Slots;
use super::{Build, Capacity, Policy, Settings};

/// Lists, most recently used first, named as in the paper: seen once, seen at least twice, and the ghosts of both.
const T1: usize = 0;
const T2: usize = 1;
const B1: usize = 2;
const B2: usize = 3;

/// ARC (Megiddo and Modha 2003): T1 holds what was seen once recently, T2 what was seen at least twice; B1 and B2
/// remember what left them. A hit in B1 raises the target p of T1's size by max(1, |B2|/|B1|), one in B2 lowers it by
/// max(1, |B1|/|B2|); p is a real number between 0 and the capacity c. When room is needed T1's last leaves if T1 is
/// larger than p, or as large and the newcomer is from B2; else T2's.
///
/// T1 and B1 have at most c together, all four at most 2c: a newcomer that nobody remembers first makes the last of B1
/// forgotten, or, where B1 is empty, that of T1 leave without a ghost; or else the last of B2 forgotten.
///
/// In bytes all sizes are sums of bytes, p included, and a hit in B1 or B2 moves p by the object's bytes times the
/// ratio: a page of the paper counts 1. What is done once there is repeated until there is room.
#[derive(Clone, Debug)]
pub struct Arc<I> {
    slots: Slots<I>,
    /// Whoever is known is in a list: what a hit needs to know is there alone.
    order: Recency<4>,
    room: Room,
    weights: [u64; 4],
    /// Target of the size of T1.
    target: f64,
    ghosts: usize,
}

impl<I: Index> Arc<I> {
    #[inline]
    fn weight(&self, list: usize) -> u64 {
        self.weights[list]
    }

    /// The slot that a key has or might have, and the list that it is in.
    #[inline]
    fn find(&self, key: u64) -> (u32, Option<usize>) {
        let slot = self.slots.slot(key);
        (slot, self.order.list(slot))
    }

    #[inline]
    fn put(&mut self, slot: u32, from: usize, to: usize) {
        let weight = u64::from(self.slots.weight(slot));
        self.weights[from] -= weight;
        self.weights[to] += weight;
        self.order.bring(to, slot);
    }

    #[inline]
    fn delete(&mut self, slot: u32, list: usize) -> u64 {
        let weight = self.slots.weight(slot);
        self.weights[list] -= u64::from(weight);
        if list >= B1 {
            self.ghosts -= 1;
        } else {
            self.room.give(weight);
        }
        self.order.leave(slot);
        self.slots.delete(slot)
    }

    /// REPLACE of the paper: somebody leaves and becomes a ghost.
    #[inline]
    fn replace(&mut self, from_b2: bool, evicted: &mut impl FnMut(u64)) {
        let size = self.weight(T1) as f64;
        let first = size > self.target || (from_b2 && size == self.target);
        let (list, other) = if first { (T1, T2) } else { (T2, T1) };
        let (slot, list) = match self.order.back(list) {
            NONE => (self.order.back(other), other),
            slot => (slot, list),
        };
        evicted(self.slots.key(slot));
        self.room.give(self.slots.weight(slot));
        self.put(slot, list, if list == T1 { B1 } else { B2 });
        self.ghosts += 1;
    }

    /// Cases II and III: an object that is remembered comes back.
    fn revive(&mut self, slot: u32, list: usize, weight: u32, evicted: &mut impl FnMut(u64)) {
        let (b1, b2) = (self.weight(B1) as f64, self.weight(B2) as f64);
        let unit = f64::from(weight);
        let from_b2 = list == B2;
        // Ghosts of no bytes leave no ratio to speak of.
        let ratio = |other: f64, own: f64| if own > 0.0 { (other / own).max(1.0) } else { 1.0 };
        self.target = if from_b2 {
            (self.target - unit * ratio(b1, b2)).max(0.0)
        } else {
            (self.target + unit * ratio(b2, b1)).min(self.room.limit() as f64)
        };
        // It is no ghost any more, and has no place in a list before there is room.
        self.weights[list] -= u64::from(self.slots.weight(slot));
        self.ghosts -= 1;
        self.order.leave(slot);
        while self.room.lacks(weight) {
            self.replace(from_b2, evicted);
        }
        self.slots.set_weight(slot, weight);
        self.order.bring(T2, slot);
        self.weights[T2] += u64::from(weight);
        self.room.take(weight);
    }

    /// Case IV: nobody remembers the newcomer.
    fn renew(&mut self, key: u64, weight: u32, evicted: &mut impl FnMut(u64)) {
        let limit = self.room.limit();
        let more = u64::from(weight);
        while self.weight(T1) + self.weight(B1) + more > limit {
            let forgotten = self.order.back(B1);
            if forgotten != NONE {
                self.delete(forgotten, B1);
            } else {
                let oldest = self.order.back(T1);
                evicted(self.delete(oldest, T1));
            }
        }
        while self.weights.iter().sum::<u64>() + more > 2 * limit {
            let forgotten = self.order.back(B2);
            if forgotten == NONE {
                break;
            }
            self.delete(forgotten, B2);
        }
        while self.room.lacks(weight) {
            self.replace(false, evicted);
        }
        self.enter(T1, key, weight);
    }

    #[inline]
    fn enter(&mut self, list: usize, key: u64, weight: u32) {
        let slot = self.slots.add(key, weight, 0);
        self.order.bring(list, slot);
        self.weights[list] += u64::from(weight);
        self.room.take(weight);
    }
}

impl<I: Index> Build<I> for Arc<I> {
    fn build(settings: &Settings, index: I) -> Arc<I> {
        let room = Room::new(settings.capacity);
        let slots = Slots::new(index, settings.capacity);
        Arc { slots, order: Recency::new(), room, weights: [0; 4], target: 0.0, ghosts: 0 }
    }
}

impl<I: Index> Policy for Arc<I> {
    #[inline]
    fn touch(&mut self, key: u64) -> bool {
        match self.find(key) {
            (slot, Some(list @ (T1 | T2))) => {
                self.put(slot, list, T2);
                true
            }
            _ => false,
        }
    }

    #[inline]
    fn access(&mut self, key: u64, size: u32) -> bool {
        let (slot, list) = self.find(key);
        if let Some(list @ (T1 | T2)) = list {
            self.put(slot, list, T2);
            return true;
        }
        let weight = self.room.weight(size);
        if self.room.admits(weight) {
            match list {
                None => self.renew(key, weight, &mut |_| {}),
                Some(list) => self.revive(slot, list, weight, &mut |_| {}),
            }
        }
        false
    }

    #[inline]
    fn insert(&mut self, key: u64, size: u32, mut evicted: impl FnMut(u64)) -> bool {
        let weight = self.room.weight(size);
        let (slot, list) = self.find(key);
        if let Some(list @ (T1 | T2)) = list {
            if self.slots.weight(slot) == weight {
                return true;
            }
            self.delete(slot, list);
        }
        if !self.room.admits(weight) {
            return false;
        }
        match list {
            Some(list @ (B1 | B2)) => self.revive(slot, list, weight, &mut evicted),
            _ => self.renew(key, weight, &mut evicted),
        }
        true
    }

    #[inline]
    fn prepare(&self, keys: impl Iterator<Item = u64>) {
        let (mut all, mut count) = (0, 0);
        for key in keys {
            all |= self.order.look(self.slots.slot(key));
            count += 1;
        }
        for list in [T1, T2, B1, B2] {
            let slots = self.order.upcoming(list, count / 2);
            all |= slots.fold(0, |all, slot| all | self.order.look(slot));
        }
        std::hint::black_box(all);
    }

    fn remove(&mut self, key: u64) -> bool {
        let (slot, list) = self.find(key);
        if let Some(list) = list {
            self.delete(slot, list);
        }
        list.is_some_and(|list| list < B1)
    }

    fn contains(&self, key: u64) -> bool {
        self.find(key).1.is_some_and(|list| list < B1)
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
