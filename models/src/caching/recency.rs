//! Lists of slots by recency of use.

use super::index::NONE;
use super::slots::reach;

/// Lists to whose front a slot can be brought from anywhere, and from whose back slots are taken. Each slot is in one of
/// them at most.
///
/// A list is a ring of entries, the latest last. A slot that is brought to the front gets a new entry there and a new
/// stamp; entries with an old stamp are passed over when they come to the back, and dropped when the ring is full. So
/// a use writes two places that do not depend on each other, where links in both directions would be at four that do.
#[derive(Clone, Debug)]
pub struct Recency<const N: usize> {
    rings: [Ring; N],
    /// The stamp of each slot: that of the only entry of it that counts. Its last bits say in which list that is.
    stamps: Vec<u32>,
    /// Of the latest stamp all but these bits.
    clock: u32,
}

#[derive(Clone, Debug)]
struct Ring {
    /// Slots and stamps; as long as a power of two.
    entries: Vec<(u32, u32)>,
    /// Numbers of the oldest entry and of the one after the latest, which are at these modulo the length.
    first: u32,
    end: u32,
}

/// No stamp.
const NEVER: u32 = 0;
/// Bits for the number of a list, and the end of the others.
const LIST_BITS: u32 = 2;
const LAST: u32 = u32::MAX >> LIST_BITS;

impl<const N: usize> Recency<N> {
    /// Empty lists, which are called 0, 1, ..
    pub fn new() -> Recency<N> {
        const { assert!(N <= 1 << LIST_BITS) };
        let ring = || Ring { entries: vec![(NONE, NEVER); 64], first: 0, end: 0 };
        Recency { rings: std::array::from_fn(|_| ring()), stamps: Vec::new(), clock: NEVER }
    }

    /// Brings a slot to the front of a list, from wherever it was.
    #[inline]
    pub fn bring(&mut self, list: usize, slot: u32) {
        reach(&mut self.stamps, slot, NEVER);
        let ring = &self.rings[list];
        if ring.end.wrapping_sub(ring.first) as usize == ring.entries.len() || self.clock == LAST {
            self.renew(list);
        }
        self.clock += 1;
        let stamp = self.clock << LIST_BITS | list as u32;
        self.stamps[slot as usize] = stamp;
        let ring = &mut self.rings[list];
        let at = ring.at(ring.end);
        ring.entries[at] = (slot, stamp);
        ring.end = ring.end.wrapping_add(1);
    }

    /// The slot at the back of a list, or [`NONE`].
    #[inline]
    pub fn back(&mut self, list: usize) -> u32 {
        let ring = &mut self.rings[list];
        while ring.first != ring.end {
            let (slot, stamp) = ring.entries[ring.at(ring.first)];
            if self.stamps[slot as usize] == stamp {
                return slot;
            }
            ring.first = ring.first.wrapping_add(1);
        }
        NONE
    }

    /// The list that a slot is in.
    #[inline]
    pub fn list(&self, slot: u32) -> Option<usize> {
        let stamp = self.look(slot);
        (stamp != NEVER).then_some((stamp & ((1 << LIST_BITS) - 1)) as usize)
    }

    /// Takes a slot out of its list.
    #[inline]
    pub fn leave(&mut self, slot: u32) {
        self.stamps[slot as usize] = NEVER;
    }

    /// Something of what is known of a slot: reading it brings it near.
    #[inline]
    pub fn look(&self, slot: u32) -> u32 {
        self.stamps.get(slot as usize).copied().unwrap_or(NEVER)
    }

    /// The oldest entries of a list: slots that are looked at next to find its back, and behind them any others.
    #[inline]
    pub fn upcoming(&self, list: usize, count: usize) -> impl Iterator<Item = u32> + '_ {
        let ring = &self.rings[list];
        (0..count as u32).map(|i| ring.entries[ring.at(ring.first.wrapping_add(i))].0)
    }

    /// Drops the entries of a list that do not count; if these are few, doubles the ring. At the end of all stamps, gives
    /// new ones.
    #[cold]
    #[inline(never)]
    fn renew(&mut self, list: usize) {
        let exhausted = self.clock == LAST;
        for (number, ring) in self.rings.iter_mut().enumerate() {
            if number == list || exhausted {
                ring.drop_old(&self.stamps);
            }
        }
        if exhausted {
            self.clock = NEVER;
            for (number, ring) in self.rings.iter_mut().enumerate() {
                for entry in ring.entries.iter_mut().take(ring.end as usize) {
                    self.clock += 1;
                    entry.1 = self.clock << LIST_BITS | number as u32;
                    self.stamps[entry.0 as usize] = entry.1;
                }
            }
        }
    }
}

impl Ring {
    #[inline]
    fn at(&self, number: u32) -> usize {
        number as usize & (self.entries.len() - 1)
    }

    /// Keeps the entries that count, from the start of the array on.
    fn drop_old(&mut self, stamps: &[u32]) {
        let length = self.entries.len();
        let mut live: Vec<(u32, u32)> = Vec::with_capacity(length);
        let mut at = self.first;
        while at != self.end {
            let (slot, stamp) = self.entries[self.at(at)];
            if stamps[slot as usize] == stamp {
                live.push((slot, stamp));
            }
            at = at.wrapping_add(1);
        }
        let longer = if 2 * live.len() > length { 2 * length } else { length };
        (self.first, self.end) = (0, live.len() as u32);
        live.resize(longer, (NONE, NEVER));
        self.entries = live;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_core::random::{Rng, Stream};

    fn agree(clock: u32, steps: usize) {
        let mut stream = Stream::named(1, 0, "recency", "test");
        let mut lists = Recency::<2>::new();
        lists.clock = clock;
        let mut truth: [Vec<u32>; 2] = Default::default();
        for _ in 0..steps {
            let list = (stream.next_u64() % 2) as usize;
            let slot = (stream.next_u64() % 300) as u32;
            match stream.next_u64() % 8 {
                0..4 => {
                    lists.bring(list, slot);
                    truth.iter_mut().for_each(|list| list.retain(|other| *other != slot));
                    truth[list].push(slot);
                    assert_eq!(lists.list(slot), Some(list));
                }
                4 if truth.iter().flatten().any(|other| *other == slot) => {
                    lists.leave(slot);
                    truth.iter_mut().for_each(|list| list.retain(|other| *other != slot));
                    assert_eq!(lists.list(slot), None);
                }
                _ => {
                    let back = lists.back(list);
                    assert_eq!(back, truth[list].first().copied().unwrap_or(NONE));
                    if back != NONE && stream.next_u64().is_multiple_of(2) {
                        lists.leave(back);
                        truth[list].remove(0);
                    }
                }
            }
        }
    }

    #[test]
    fn lists_keep_their_order_whatever_is_moved() {
        agree(NEVER, 200_000);
    }

    #[test]
    fn stamps_may_come_to_an_end() {
        agree(LAST - 1000, 5000);
    }
}
