//! Few slots, all of which are compared.

use super::pending::Slots;
use std::hint::select_unpredictable;

/// Times share a word with the slot's number, as in the tree.
pub(super) struct Few {
    /// The second half takes what is not to happen.
    keys: [u64; 2 * Few::SLOTS],
    /// When each slot was scheduled last: a number that grows.
    ties: [u64; 2 * Few::SLOTS],
    sequence: u64,
}

impl Few {
    /// Slots at most.
    pub const SLOTS: usize = 4;
    const BITS: u32 = Few::SLOTS.trailing_zeros();
    const LATEST: u64 = (u64::MAX >> Few::BITS) - Few::SLOTS as u64;

    /// A slot without an event: at a time of its own, so that no two are equal.
    #[inline(always)]
    fn idle(slot: u32) -> u64 {
        (Few::LATEST + 1 + u64::from(slot)) << Few::BITS | u64::from(slot)
    }

    #[inline(always)]
    fn key(slot: u32, time: u64) -> u64 {
        time.min(Few::LATEST) << Few::BITS | u64::from(slot)
    }

    #[inline(always)]
    fn earlier(&self, one: u64, other: u64) -> u64 {
        if one ^ other < Few::SLOTS as u64 {
            return self.earlier_of_equal(one, other);
        }
        select_unpredictable(other < one, other, one)
    }

    #[cold]
    #[inline(never)]
    fn earlier_of_equal(&self, one: u64, other: u64) -> u64 {
        let tie = |key: u64| self.ties[key as usize & (Few::SLOTS - 1)];
        if tie(other) < tie(one) { other } else { one }
    }
}

impl Slots for Few {
    fn new(_: usize) -> Few {
        let keys = std::array::from_fn(|slot| Few::idle(slot as u32 & (Few::SLOTS as u32 - 1)));
        Few { keys, ties: [0; 2 * Few::SLOTS], sequence: 0 }
    }

    #[inline(always)]
    fn first(&mut self) -> (u64, u32) {
        let one = self.earlier(self.keys[0], self.keys[1]);
        let other = self.earlier(self.keys[2], self.keys[3]);
        let first = self.earlier(one, other);
        (first >> Few::BITS, first as u32 & (Few::SLOTS as u32 - 1))
    }

    #[inline(always)]
    fn follow(&mut self, slot: u32, follows: bool, time: u64) {
        let place = slot as usize & (Few::SLOTS - 1);
        self.sequence += 1;
        self.ties[place] = self.sequence;
        self.keys[place] = select_unpredictable(follows, Few::key(slot, time), Few::idle(slot));
    }

    #[inline(always)]
    fn set(&mut self, slot: u32, comes: bool, time: u64) {
        let place = slot as usize & (Few::SLOTS - 1) | select_unpredictable(comes, 0, Few::SLOTS);
        self.sequence += 1;
        self.ties[place] = self.sequence;
        self.keys[place] = Few::key(slot, time);
    }
}
