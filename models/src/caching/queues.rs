//! Queues of slots, first in, first out.

use super::index::NONE;
use sim_core::random::mix;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Queues in rings. Each slot is in one of them at most. One that is taken out of the middle leaves its entry behind,
/// which is passed over when it becomes the oldest.
///
/// What leaves a queue is read from consecutive places, and nothing is written for each slot but its entry: that is much
/// faster than following links.
#[derive(Clone, Debug)]
pub struct Queues<const N: usize> {
    rings: [Ring; N],
}

#[derive(Clone, Debug)]
struct Ring {
    /// As long as a power of two. The entry with number n is at n modulo the length.
    slots: Vec<u32>,
    /// Number of the oldest entry, and of the one after the latest; they wrap around.
    first: u32,
    end: u32,
    /// How many entries of a slot were left behind. They are older than the one that counts, if there is one.
    left: HashMap<u32, u32, BuildHasherDefault<SlotHasher>>,
}

/// Hashes a slot.
#[derive(Clone, Copy, Debug, Default)]
struct SlotHasher(u64);

impl Hasher for SlotHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u32(self.0 as u32 ^ u32::from(*byte)));
    }

    fn write_u32(&mut self, slot: u32) {
        self.0 = mix(u64::from(slot) + 1);
    }
}

impl<const N: usize> Queues<N> {
    /// Empty queues, which are called 0, 1, ..
    pub fn new() -> Queues<N> {
        let ring = || Ring { slots: vec![NONE; 64], first: 0, end: 0, left: HashMap::default() };
        Queues { rings: std::array::from_fn(|_| ring()) }
    }

    /// Puts a slot that is in no queue into one.
    #[inline]
    pub fn push(&mut self, queue: usize, slot: u32) {
        let ring = &mut self.rings[queue];
        if ring.end.wrapping_sub(ring.first) as usize == ring.slots.len() {
            ring.renew();
        }
        let at = ring.at(ring.end);
        ring.slots[at] = slot;
        ring.end = ring.end.wrapping_add(1);
    }

    /// The oldest slot of a queue, or [`NONE`].
    #[inline]
    pub fn oldest(&mut self, queue: usize) -> u32 {
        let ring = &mut self.rings[queue];
        while ring.first != ring.end {
            let slot = ring.slots[ring.at(ring.first)];
            if ring.left.is_empty() || !ring.was_left(slot) {
                return slot;
            }
            ring.first = ring.first.wrapping_add(1);
        }
        NONE
    }

    /// The oldest slot of a queue of which none was taken out of the middle, and that has room for one more.
    #[inline]
    pub fn front(&self, queue: usize) -> Option<u32> {
        let ring = &self.rings[queue];
        let length = ring.end.wrapping_sub(ring.first) as usize;
        (ring.left.is_empty() && length > 0 && length < ring.slots.len()).then(|| ring.slots[ring.at(ring.first)])
    }

    /// Puts a slot into such a queue in place of the oldest one, or does nothing.
    #[inline]
    pub fn exchange(&mut self, queue: usize, slot: u32, really: bool) {
        let ring = &mut self.rings[queue];
        let at = ring.at(ring.end);
        ring.slots[at] = slot;
        ring.first = ring.first.wrapping_add(u32::from(really));
        ring.end = ring.end.wrapping_add(u32::from(really));
    }

    /// The oldest entries of a queue: slots that are likely to be the oldest soon.
    #[inline]
    pub fn upcoming(&self, queue: usize, count: usize) -> impl Iterator<Item = u32> + '_ {
        let ring = &self.rings[queue];
        (0..count as u32).map(|i| ring.slots[ring.at(ring.first.wrapping_add(i))])
    }

    /// Takes out the oldest slot, which [`Queues::oldest`] has just said.
    #[inline]
    pub fn drop_oldest(&mut self, queue: usize) {
        let ring = &mut self.rings[queue];
        ring.first = ring.first.wrapping_add(1);
    }

    /// Takes a slot out of its queue.
    #[inline]
    pub fn remove(&mut self, queue: usize, slot: u32) {
        *self.rings[queue].left.entry(slot).or_insert(0) += 1;
    }
}

impl Ring {
    #[inline]
    fn at(&self, number: u32) -> usize {
        number as usize & (self.slots.len() - 1)
    }

    /// Whether the oldest entry, of this slot, was left behind; it is then forgotten.
    #[inline]
    fn was_left(&mut self, slot: u32) -> bool {
        match self.left.get_mut(&slot) {
            None => false,
            Some(1) => self.left.remove(&slot).is_some(),
            Some(times) => {
                *times -= 1;
                true
            }
        }
    }

    /// Drops all entries that were left behind; if these are few, doubles the ring.
    #[cold]
    #[inline(never)]
    fn renew(&mut self) {
        let length = self.slots.len();
        let mut live: Vec<u32> = Vec::with_capacity(length);
        for i in 0..length as u32 {
            let slot = self.slots[self.at(self.first.wrapping_add(i))];
            if !self.was_left(slot) {
                live.push(slot);
            }
        }
        let longer = if 2 * live.len() > length { 2 * length } else { length };
        (self.first, self.end) = (0, live.len() as u32);
        live.resize(longer, NONE);
        self.slots = live;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_core::random::{Rng, Stream};

    #[test]
    fn queues_keep_their_order_whatever_is_taken_out() {
        let mut stream = Stream::named(1, 0, "queues", "test");
        let mut queues = Queues::<2>::new();
        let mut truth: [Vec<u32>; 2] = Default::default();
        for _ in 0..200_000 {
            let queue = (stream.next_u64() % 2) as usize;
            let slot = (stream.next_u64() % 300) as u32;
            match stream.next_u64() % 3 {
                0 if !truth.iter().flatten().any(|other| *other == slot) => {
                    queues.push(queue, slot);
                    truth[queue].push(slot);
                }
                1 if truth[queue].contains(&slot) => {
                    queues.remove(queue, slot);
                    truth[queue].retain(|other| *other != slot);
                }
                2 if !truth[queue].is_empty() && stream.next_u64().is_multiple_of(2) => {
                    assert_eq!(queues.oldest(queue), truth[queue].remove(0));
                    queues.drop_oldest(queue);
                }
                _ => assert_eq!(queues.oldest(queue), truth[queue].first().copied().unwrap_or(NONE)),
            }
        }
    }
}
