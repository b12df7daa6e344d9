//! Least frequently used, counted while resident.

use super::index::{Index, NONE};
use super::plain::{Plain, Residents, residents};
use super::slots::reach;
use super::{Build, Settings};
use std::cmp::Reverse;
use std::collections::binary_heap::PeekMut;
use std::collections::{BinaryHeap, VecDeque};

/// Counts up to this have a queue each.
const LOW: usize = 16;

/// Uses of an object.
#[derive(Clone, Copy, Debug, Default)]
struct Uses {
    /// When the last was, as a number that grows; what else bears this number is out of date otherwise.
    last: u64,
    /// How many; 0 where it is not resident.
    count: u32,
}

/// Least frequently used (In-cache LFU of Breslau et al. 1999): an object's uses are counted from 1, when it comes in;
/// when it leaves, its count is forgotten. Of objects with equal counts the least recently used leaves.
///
/// A use writes what is known of the object and one entry at the end of the queue of its new count; its old entry is
/// out of date then, and passed over when it comes to the front. So who leaves is at the front of the first queue that
/// has somebody. What has been used more than [`LOW`] times gets no further entries: it is in a heap by what was known
/// when it came there, and brought up to date when it comes to the top; as newcomers are counted from 1, that is seldom
/// asked for. Counts stop at 2^32 - 1.
///
/// In bytes sizes play no part in the choice; as many leave as it takes.
#[derive(Clone, Debug)]
pub struct Lfu<I> {
    residents: Residents<I>,
    uses: Vec<Uses>,
    clock: u64,
    /// By count - 1: objects with the number of their last use, the least recently used first.
    queues: Vec<VecDeque<(u32, u64)>>,
    /// How many entries of each are not out of date.
    members: [usize; LOW],
    /// No queue before this one has anybody.
    least: usize,
    /// Count, last use and object, at most those that are true now.
    high: BinaryHeap<Reverse<(u32, u64, u32)>>,
}

impl<I: Index> Lfu<I> {
    /// Puts an entry to the end of the queue of an object's count.
    #[inline]
    fn join(&mut self, count: u32, slot: u32) {
        let at = count as usize - 1;
        self.members[at] += 1;
        let queue = &mut self.queues[at];
        if queue.len() == queue.capacity() && queue.len() > 2 * self.members[at] {
            let uses = &self.uses;
            queue.retain(|(slot, last)| uses[*slot as usize].last == *last);
        }
        queue.push_back((slot, self.clock));
    }

    /// Has been used more than [`LOW`] times for the first time.
    #[cold]
    #[inline(never)]
    fn rise(&mut self, count: u32, slot: u32) {
        // Objects that have been taken out leave their entries behind.
        if self.high.len() == self.high.capacity() && self.high.len() > 2 * self.residents.slots.len() {
            let mut entries: Vec<_> = std::mem::take(&mut self.high).into_vec();
            entries.retain(|Reverse((_, _, slot))| self.uses[*slot as usize].count as usize > LOW);
            entries.sort_unstable_by_key(|Reverse((count, last, slot))| (*slot, *count, *last));
            entries.dedup_by_key(|Reverse((_, _, slot))| *slot);
            self.high = entries.into();
        }
        self.high.push(Reverse((count, self.clock, slot)));
    }

    /// The least used of those that have been used more than [`LOW`] times, or [`NONE`].
    #[cold]
    #[inline(never)]
    fn least_of_high(&mut self) -> u32 {
        while let Some(mut top) = self.high.peek_mut() {
            let Reverse((count, last, slot)) = *top;
            let uses = self.uses[slot as usize];
            if uses.count as usize <= LOW {
                PeekMut::pop(top);
            } else if (uses.count, uses.last) == (count, last) {
                return slot;
            } else {
                *top = Reverse((uses.count, uses.last, slot));
            }
        }
        NONE
    }
}

impl<I: Index> Build<I> for Lfu<I> {
    fn build(settings: &Settings, index: I) -> Lfu<I> {
        Lfu {
            residents: Residents::new(settings, index),
            uses: Vec::new(),
            clock: 0,
            queues: vec![VecDeque::new(); LOW],
            members: [0; LOW],
            least: 0,
            high: BinaryHeap::new(),
        }
    }
}

impl<I: Index> Plain for Lfu<I> {
    residents!();

    #[inline]
    fn hit(&mut self, slot: u32) {
        self.clock += 1;
        let uses = &mut self.uses[slot as usize];
        let before = uses.count;
        *uses = Uses { last: self.clock, count: before.saturating_add(1) };
        if before as usize <= LOW {
            self.members[before as usize - 1] -= 1;
            if (before as usize) < LOW { self.join(before + 1, slot) } else { self.rise(before + 1, slot) }
        }
    }

    #[inline]
    fn look(&self, slot: u32) -> u32 {
        self.uses.get(slot as usize).map_or(0, |uses| uses.count)
    }

    #[inline]
    fn upcoming(&self, count: usize) -> impl Iterator<Item = u32> {
        self.queues[self.least.min(LOW - 1)].iter().take(count).map(|(slot, _)| *slot)
    }

    #[inline]
    fn enter(&mut self, slot: u32) {
        reach(&mut self.uses, slot, Uses::default());
        self.clock += 1;
        self.uses[slot as usize] = Uses { last: self.clock, count: 1 };
        self.join(1, slot);
        self.least = 0;
    }

    #[inline]
    fn victim(&mut self) -> u32 {
        while let Some(queue) = self.queues.get_mut(self.least) {
            while let Some((slot, last)) = queue.front() {
                if self.uses[*slot as usize].last == *last {
                    return *slot;
                }
                queue.pop_front();
            }
            self.least += 1;
        }
        self.least_of_high()
    }

    #[inline]
    fn leaves(&mut self, slot: u32, _: bool) {
        let uses = std::mem::take(&mut self.uses[slot as usize]);
        if let Some(members) = self.members.get_mut((uses.count as usize).wrapping_sub(1)) {
            *members -= 1;
        }
    }
}
