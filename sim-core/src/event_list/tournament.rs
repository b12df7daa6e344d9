//! A tournament (winner) tree over slots (Knuth, The Art of Computer Programming vol. 3, 5.4.1).
//!
//! Every node holds the slot of the earliest event below it, and its time; the root that which is first of all. A
//! changed leaf replays the matches on its way to the root; matches are decided by conditional moves, for a branch
//! would be mispredicted half the time. Only equal times, which are rare, are decided by a branch.
//!
//! ```text
//!          node 1                  root
//!       [2]        [3]
//!     [4]  [5]   [6]  [7]          leaves: node leaves + slot
//! ```
//!
//! Two short cuts. The popped slot is usually scheduled again at once: its matches are not replayed before that, or the
//! next search for the first. (Until then nodes above it may name it still; they are all on its way to the root.) And up
//! to [`FLAT`] slots there is no tree: a leaf is just stored, and the search compares all of them.

use std::hint::select_unpredictable;

use super::Key;
use crate::time::Time;

/// Up to so many leaves all of them are compared.
const FLAT: usize = 4;

/// No slot.
const NONE: u32 = u32::MAX;

/// Times from here on mean idle. Each idle slot has a time of its own, so that two of them are never equal.
pub const IDLE: u64 = u64::MAX - (1 << 31);

/// The earliest below a place of the tree.
#[derive(Clone, Copy, Debug, Default)]
struct Node {
    time: u64,
    slot: u32,
}

/// Plays the matches from a leaf, whose time has changed, to the root.
type Climb = fn(&mut [Node], &[u64], usize, Node);

/// Slots with at most one pending event each, the earliest first.
#[derive(Clone, Debug)]
pub struct Tournament {
    /// The leaves follow the inner nodes.
    nodes: Vec<Node>,
    /// Rank and sequence of each slot, which decide between equal times.
    ties: Vec<u64>,
    /// Times and ties while there is no tree.
    few: [(u64, u64); FLAT],
    leaves: usize,
    slots: usize,
    /// The popped slot whose matches have not been replayed, or `NONE`.
    popped: u32,
    /// Made for this number of leaves.
    climb: Climb,
}

fn idle(slot: u32) -> u64 {
    IDLE + u64::from(slot)
}

impl Default for Tournament {
    fn default() -> Self {
        Self::new()
    }
}

impl Tournament {
    /// Without slots.
    pub fn new() -> Self {
        Tournament {
            nodes: Vec::new(),
            ties: Vec::new(),
            few: std::array::from_fn(|slot| (idle(slot as u32), 0)),
            leaves: FLAT,
            slots: 0,
            popped: NONE,
            climb: climb_any,
        }
    }

    /// Pending events: counted, O(slots).
    pub(super) fn len(&self) -> usize {
        match self.leaves {
            FLAT => self.few.iter().filter(|(time, _)| *time < IDLE).count(),
            leaves => self.nodes[leaves..].iter().filter(|leaf| leaf.time < IDLE).count(),
        }
    }

    pub(super) fn key(&self, slot: u32) -> Key {
        assert!((slot as usize) < self.slots, "slot {slot} is not of this list");
        if self.leaves <= FLAT {
            let (time, tie) = self.few[slot as usize];
            return if time >= IDLE { Key::IDLE } else { Key::new(Time::from_ticks(time), tie) };
        }
        self.key_of(self.nodes[self.leaves + slot as usize].time, slot)
    }

    #[inline(always)]
    fn key_of(&self, time: u64, slot: u32) -> Key {
        if time >= IDLE { Key::IDLE } else { Key::new(Time::from_ticks(time), self.ties[slot as usize]) }
    }

    /// A new slot, idle.
    ///
    /// # Panics
    ///
    /// Beyond 2^31 slots.
    pub fn add_slot(&mut self) -> u32 {
        assert!(self.slots < 1 << 31, "more than 2^31 slots");
        if self.slots == self.leaves {
            let times: Vec<u64> = match self.leaves {
                FLAT => {
                    self.ties = self.few.iter().map(|(_, tie)| *tie).collect();
                    self.few.iter().map(|(time, _)| *time).collect()
                }
                leaves => self.nodes[leaves..].iter().map(|leaf| leaf.time).collect(),
            };
            self.leaves *= 2;
            self.lay_out(&times);
        }
        self.slots += 1;
        (self.slots - 1) as u32
    }

    /// Lays the nodes out, with the given times of the first slots, and plays all matches.
    fn lay_out(&mut self, times: &[u64]) {
        let leaves = self.leaves;
        self.ties.resize(leaves, 0);
        self.nodes = vec![Node::default(); 2 * leaves];
        for (slot, leaf) in self.nodes[leaves..].iter_mut().enumerate() {
            let slot = slot as u32;
            *leaf = Node { time: times.get(slot as usize).copied().unwrap_or(idle(slot)), slot };
        }
        for node in (1..leaves).rev() {
            self.nodes[node] = winner(self.nodes[2 * node], self.nodes[2 * node + 1], &self.ties);
        }
        self.popped = NONE;
        self.climb = climb_for(leaves);
    }

    /// Schedules `slot` for `at`; among equal times the smaller `tie` comes first.
    ///
    /// # Panics
    ///
    /// If `slot` is not from [`Tournament::add_slot`].
    #[inline]
    pub fn set(&mut self, slot: u32, at: Time, tie: u64) {
        let time = at.ticks();
        let time = if time >= IDLE { idle(slot) } else { time };
        assert!((slot as usize) < self.slots, "slot {slot} is not of this list");
        if self.leaves <= FLAT {
            self.few[slot as usize % FLAT] = (time, tie);
            return;
        }
        self.set_in_tree(slot, time, tie);
    }

    #[inline]
    fn set_in_tree(&mut self, slot: u32, time: u64, tie: u64) {
        self.ties[slot as usize] = tie;
        if slot == self.popped {
            self.popped = NONE;
        }
        self.replay(slot, time);
    }

    #[inline]
    pub(super) fn cancel(&mut self, slot: u32) {
        if self.key(slot) != Key::IDLE {
            self.set(slot, Time::MAX, 0);
        }
    }

    /// Plays the matches of a slot with a new time.
    #[inline(always)]
    fn replay(&mut self, slot: u32, time: u64) {
        (self.climb)(&mut self.nodes, &self.ties, self.leaves + slot as usize, Node { time, slot });
    }

    /// The slot that is first, and its time; [`Time::MAX`] when all are idle.
    #[inline(always)]
    pub fn first(&mut self) -> (Time, u32) {
        let (time, slot) = self.first_raw();
        (if time >= IDLE { Time::MAX } else { Time::from_ticks(time) }, slot)
    }

    /// The key of the first; that of no event when all are idle.
    pub(super) fn first_key(&mut self) -> Key {
        let (_, slot) = self.first_raw();
        if (slot as usize) < self.slots { self.key(slot) } else { Key::IDLE }
    }

    #[inline(always)]
    fn first_raw(&mut self) -> (u64, u32) {
        if self.leaves <= FLAT {
            return self.first_of_few();
        }
        if self.popped != NONE {
            let popped = self.popped;
            self.popped = NONE;
            self.replay(popped, idle(popped));
        }
        let root = self.nodes[1];
        (root.time, root.slot)
    }

    #[inline(always)]
    fn first_of_few(&self) -> (u64, u32) {
        let [a, b, c, d] = self.few;
        let one = earlier((a, 0), (b, 1));
        let other = earlier((c, 2), (d, 3));
        let ((time, _), slot) = earlier(one, other);
        (time, slot)
    }

    /// Makes `slot`, the first, idle.
    #[inline]
    pub fn pop(&mut self, slot: u32) {
        if self.leaves <= FLAT {
            self.few[slot as usize % FLAT].0 = idle(slot);
            return;
        }
        self.nodes[self.leaves + slot as usize].time = idle(slot);
        self.popped = slot;
    }
}

/// The climb for so many leaves: one of its own for each number that is not very large.
fn climb_for(leaves: usize) -> Climb {
    match leaves {
        0x8 => climb::<3, 0x10>,
        0x10 => climb::<4, 0x20>,
        0x20 => climb::<5, 0x40>,
        0x40 => climb::<6, 0x80>,
        0x80 => climb::<7, 0x100>,
        0x100 => climb::<8, 0x200>,
        0x200 => climb::<9, 0x400>,
        0x400 => climb::<10, 0x800>,
        0x800 => climb::<11, 0x1000>,
        0x1000 => climb::<12, 0x2000>,
        0x2000 => climb::<13, 0x4000>,
        0x4000 => climb::<14, 0x8000>,
        0x8000 => climb::<15, 0x1_0000>,
        0x1_0000 => climb::<16, 0x2_0000>,
        _ => climb_any,
    }
}

/// Plays `DEPTH` matches among `NODES` nodes, without a loop: in a loop LLVM (its pass x86-cmov-conversion) replaces the
/// conditional moves by branches, which takes twice as long. That their number is known saves the checks of bounds.
fn climb<const DEPTH: usize, const NODES: usize>(nodes: &mut [Node], ties: &[u64], leaf: usize, changed: Node) {
    const { assert!(DEPTH <= 16 && NODES == 2 << DEPTH) };
    let Ok(nodes) = <&mut [Node; NODES]>::try_from(nodes) else { return };
    let mut node = leaf & (NODES - 1);
    let mut first = changed;
    nodes[node] = first;
    macro_rules! steps {
        ($($level:literal)*) => { $(if DEPTH > $level {
            first = winner(first, nodes[node ^ 1], ties);
            node >>= 1;
            nodes[node] = first;
        })* };
    }
    steps!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
}

/// The same for any number of leaves.
fn climb_any(nodes: &mut [Node], ties: &[u64], leaf: usize, changed: Node) {
    let mut node = leaf;
    let mut first = changed;
    nodes[node] = first;
    while node > 1 {
        first = winner(first, nodes[node ^ 1], ties);
        node >>= 1;
        nodes[node] = first;
    }
}

/// The earlier of two.
#[inline(always)]
fn winner(one: Node, other: Node, ties: &[u64]) -> Node {
    let other_wins = if one.time == other.time { tie_wins(other.slot, one.slot, ties) } else { other.time < one.time };
    Node {
        time: select_unpredictable(other_wins, other.time, one.time),
        slot: select_unpredictable(other_wins, other.slot, one.slot),
    }
}

#[cold]
#[inline(never)]
fn tie_wins(slot: u32, other: u32, ties: &[u64]) -> bool {
    ties[slot as usize] < ties[other as usize]
}

type Leaf = ((u64, u64), u32);

/// The earlier of two leaves (time, tie) with their slots.
#[inline(always)]
fn earlier(one: Leaf, other: Leaf) -> Leaf {
    let (((time, tie), slot), ((other_time, other_tie), other_slot)) = (one, other);
    let other_wins = (other_time < time) | ((other_time == time) & (other_tie < tie));
    let pick = |other, own| select_unpredictable(other_wins, other, own);
    ((pick(other_time, time), pick(other_tie, tie)), select_unpredictable(other_wins, other_slot, slot))
}
