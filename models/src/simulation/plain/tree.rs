//! A tournament of slots whose times share a word with the slot's number.
//!
//! It does what the engine's tournament does, in half of its words: a node is `time << bits | slot`, so that a match is
//! one comparison and one conditional move. Equal times, which are rare, are decided by the order of scheduling, or,
//! where that is not asked for (`TIES` is false), in any order.

use std::hint::select_unpredictable;

/// Up to so many slots there is no tree: all of them are compared.
const FLAT: usize = 4;
/// Slots at most: beyond, too few bits are left for the time.
pub(super) const SLOTS: usize = 1 << 14;

/// Plays the matches from a leaf to the root.
type Climb = fn(&mut [u64], &[u64], usize, u64, u64);

#[derive(Debug)]
pub(super) struct Tree<const TIES: bool = true> {
    /// The leaves follow the inner nodes.
    nodes: Vec<u64>,
    few: [u64; FLAT],
    /// When each slot was scheduled last: a number that grows.
    ties: Vec<u64>,
    sequence: u64,
    /// Bits of a slot's number.
    bits: u32,
    leaves: usize,
    /// The largest number of a slot, and the latest time that can be told.
    last: u64,
    latest: u64,
    flat: bool,
    /// The slot whose event has been taken and whose matches have not been replayed; `NOBODY` for none.
    popped: u32,
    climb: Climb,
}

const NOBODY: u32 = u32::MAX;

impl<const TIES: bool> Tree<TIES> {
    /// So many slots, all idle; at most [`SLOTS`].
    pub fn new(slots: usize) -> Self {
        Self::with_leaves(slots.clamp(FLAT, SLOTS).next_power_of_two())
    }

    /// The same, but never without a tree: for [`Tree::root`].
    pub fn deep(slots: usize) -> Self {
        Self::with_leaves(slots.clamp(2 * FLAT, SLOTS).next_power_of_two())
    }

    fn with_leaves(leaves: usize) -> Self {
        let mut tree = Tree {
            nodes: Vec::new(),
            few: [0; FLAT],
            ties: vec![0; leaves],
            sequence: 0,
            bits: leaves.trailing_zeros(),
            leaves,
            last: leaves as u64 - 1,
            latest: u64::MAX >> leaves.trailing_zeros(),
            flat: leaves == FLAT,
            popped: NOBODY,
            climb: climb_for::<TIES>(leaves),
        };
        if tree.flat {
            tree.few = std::array::from_fn(|slot| tree.idle(slot as u32));
        } else {
            tree.nodes = (0..2 * leaves).map(|node| tree.idle((node % leaves) as u32)).collect();
            for node in (1..leaves).rev() {
                tree.nodes[node] = tree.nodes[2 * node].min(tree.nodes[2 * node + 1]);
            }
        }
        tree
    }

    /// Times from here on are never reached [ticks].
    pub fn end(slots: usize) -> u64 {
        let leaves = slots.clamp(FLAT, SLOTS).next_power_of_two();
        (u64::MAX >> leaves.trailing_zeros()) - leaves as u64
    }

    /// A slot without an event: at a time of its own, so that no two are equal.
    #[inline(always)]
    fn idle(&self, slot: u32) -> u64 {
        (self.latest - u64::from(slot)) << self.bits | u64::from(slot)
    }

    /// The first event: its time and its slot.
    #[inline(always)]
    pub fn first(&mut self) -> (u64, u32) {
        let limit = 1 << self.bits;
        let first = if self.flat {
            let [a, b, c, d] = self.few;
            let one = earlier::<TIES>(a, b, limit, &self.ties);
            let other = earlier::<TIES>(c, d, limit, &self.ties);
            earlier::<TIES>(one, other, limit, &self.ties)
        } else {
            if self.popped != NOBODY {
                let popped = self.popped;
                self.popped = NOBODY;
                self.replay(popped, self.idle(popped));
            }
            self.nodes[1]
        };
        (first >> self.bits, (first & (limit - 1)) as u32)
    }

    /// The first event where no slot is popped, only cleared, and there is a tree: its time and its slot.
    #[inline(always)]
    pub fn root(&self) -> (u64, u32) {
        let first = self.nodes[1];
        (first >> self.bits, (first & self.last) as u32)
    }

    /// The event of this slot does not happen: all its matches are replayed.
    #[inline(always)]
    pub fn clear(&mut self, slot: u32) {
        self.replay(slot, self.idle(slot));
    }

    /// The first event, of this slot, happens now. (Nodes above may name it until it is scheduled again or the first is
    /// asked for: they are all on its way to the root.)
    #[inline(always)]
    pub fn pop(&mut self, slot: u32) {
        if self.flat {
            self.few[slot as usize & (FLAT - 1)] = self.idle(slot);
        } else {
            self.popped = slot;
        }
    }

    /// Schedules the event of a slot.
    #[inline(always)]
    pub fn set(&mut self, slot: u32, time: u64) {
        if TIES {
            self.sequence += 1;
            self.ties[slot as usize] = self.sequence;
        }
        // What comes after all idle slots never happens.
        let time = time.min(self.latest - self.last - 1);
        let key = time << self.bits | u64::from(slot);
        if self.flat {
            self.few[slot as usize & (FLAT - 1)] = key;
            return;
        }
        if slot == self.popped {
            self.popped = NOBODY;
        }
        self.replay(slot, key);
    }

    #[inline(always)]
    fn replay(&mut self, slot: u32, key: u64) {
        (self.climb)(&mut self.nodes, &self.ties, self.leaves + slot as usize, key, 1 << self.bits);
    }
}

/// The earlier of two; `limit` is above all numbers of slots.
#[inline(always)]
fn earlier<const TIES: bool>(one: u64, other: u64, limit: u64, ties: &[u64]) -> u64 {
    if TIES && one ^ other < limit {
        return earlier_of_equal(one, other, limit, ties);
    }
    select_unpredictable(other < one, other, one)
}

#[cold]
#[inline(never)]
fn earlier_of_equal(one: u64, other: u64, limit: u64, ties: &[u64]) -> u64 {
    let tie = |key: u64| ties[(key & (limit - 1)) as usize];
    if tie(other) < tie(one) { other } else { one }
}

/// The climb for so many leaves.
fn climb_for<const TIES: bool>(leaves: usize) -> Climb {
    match leaves {
        0x8 => climb::<3, 0x10, TIES>,
        0x10 => climb::<4, 0x20, TIES>,
        0x20 => climb::<5, 0x40, TIES>,
        0x40 => climb::<6, 0x80, TIES>,
        0x80 => climb::<7, 0x100, TIES>,
        0x100 => climb::<8, 0x200, TIES>,
        0x200 => climb::<9, 0x400, TIES>,
        0x400 => climb::<10, 0x800, TIES>,
        0x800 => climb::<11, 0x1000, TIES>,
        0x1000 => climb::<12, 0x2000, TIES>,
        0x2000 => climb::<13, 0x4000, TIES>,
        _ => climb::<14, 0x8000, TIES>,
    }
}

/// Plays `DEPTH` matches among `NODES` nodes, without a loop: in a loop LLVM (its pass x86-cmov-conversion) replaces the
/// conditional moves by branches, which takes twice as long. That their number is known saves the checks of bounds.
fn climb<const DEPTH: usize, const NODES: usize, const TIES: bool>(
    nodes: &mut [u64],
    ties: &[u64],
    leaf: usize,
    key: u64,
    limit: u64,
) {
    const { assert!(DEPTH <= 14 && NODES == 2 << DEPTH) };
    let Ok(nodes) = <&mut [u64; NODES]>::try_from(nodes) else { return };
    let mut node = leaf & (NODES - 1);
    let mut first = key;
    nodes[node] = first;
    macro_rules! steps {
        ($($level:literal)*) => { $(if DEPTH > $level {
            first = earlier::<TIES>(first, nodes[node ^ 1], limit, ties);
            node >>= 1;
            nodes[node] = first;
        })* };
    }
    steps!(0 1 2 3 4 5 6 7 8 9 10 11 12 13);
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim_core::random::mix;

    #[test]
    fn events_come_by_time_and_simultaneous_ones_as_they_were_scheduled() {
        for slots in [1, 3, 4, 5, 8, 11, 64, 100, 1000] {
            let mut tree = Tree::<true>::new(slots);
            // The slow way: of each slot the time and the number of its scheduling.
            let mut pending = vec![None; slots];
            let mut now = 0;
            for step in 0..20_000u64 {
                let random = mix(step + 77 * slots as u64);
                let slot = (random >> 40) as usize % slots;
                if pending[slot].is_none() && random & 1 == 0 {
                    // A few times only, so that many are equal.
                    let time = now + (random >> 8) % 4;
                    pending[slot] = Some((time, step));
                    tree.set(slot as u32, time);
                }
                let expected = pending.iter().enumerate().filter_map(|(slot, event)| event.map(|e| (e, slot))).min();
                let (time, first) = tree.first();
                match expected {
                    None => assert!(time >= Tree::<true>::end(slots)),
                    Some(((at, _), slot)) => {
                        assert_eq!((time, first as usize), (at, slot), "{slots} slots, step {step}");
                        if random & 2 == 0 {
                            now = time;
                            tree.pop(first);
                            pending[slot] = None;
                        }
                    }
                }
            }
        }
    }
}
