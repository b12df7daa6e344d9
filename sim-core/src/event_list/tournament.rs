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

/// Slots with at most one pending event each, the earliest first.
#[derive(Clone, Debug)]
pub struct Tournament {
    /// The earliest time below each node; the leaves follow the inner nodes.
    times: Vec<u64>,
    /// The slot that it belongs to.
    winners: Vec<u32>,
    /// Rank and sequence of each slot, which decide between equal times.
    ties: Vec<u64>,
    /// Times and ties while there is no tree.
    few: [(u64, u64); FLAT],
    leaves: usize,
    slots: usize,
    /// The popped slot whose matches have not been replayed, or `NONE`.
    popped: u32,
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
        let mut new = Tournament {
            times: Vec::new(),
            winners: Vec::new(),
            ties: Vec::new(),
            few: [(0, 0); FLAT],
            leaves: FLAT,
            slots: 0,
            popped: NONE,
        };
        new.lay_out(&[]);
        new
    }

    /// Pending events: counted, O(slots).
    pub(super) fn len(&self) -> usize {
        match self.leaves {
            FLAT => self.few.iter().filter(|(time, _)| *time < IDLE).count(),
            leaves => self.times[leaves..].iter().filter(|time| **time < IDLE).count(),
        }
    }

    pub(super) fn key(&self, slot: u32) -> Key {
        assert!((slot as usize) < self.slots, "slot {slot} is not of this list");
        if self.leaves <= FLAT {
            let (time, tie) = self.few[slot as usize];
            return if time >= IDLE { Key::IDLE } else { Key::new(Time::from_ticks(time), tie) };
        }
        self.key_of(self.times[self.leaves + slot as usize], slot)
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
            let times = match self.leaves {
                FLAT => {
                    self.ties = self.few.iter().map(|(_, tie)| *tie).collect();
                    self.few.iter().map(|(time, _)| *time).collect()
                }
                leaves => self.times[leaves..].to_vec(),
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
        if leaves <= FLAT {
            self.few = std::array::from_fn(|slot| (idle(slot as u32), 0));
            return;
        }
        self.ties.resize(leaves, 0);
        self.times = vec![0; 2 * leaves];
        self.winners = vec![0; 2 * leaves];
        for slot in 0..leaves {
            self.times[leaves + slot] = times.get(slot).copied().unwrap_or(idle(slot as u32));
            self.winners[leaves + slot] = slot as u32;
        }
        for node in (1..leaves).rev() {
            let mut path = self.path(2 * node);
            path.step();
        }
        self.popped = NONE;
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
        let leaf = self.leaves + slot as usize;
        self.times[leaf] = time;
        self.ties[slot as usize] = tie;
        if slot == self.popped {
            self.popped = NONE;
        }
        self.replay(leaf);
    }

    #[inline]
    pub(super) fn cancel(&mut self, slot: u32) {
        if self.key(slot) != Key::IDLE {
            self.set(slot, Time::MAX, 0);
        }
    }

    /// Plays the matches from a leaf to the root.
    #[inline]
    fn replay(&mut self, leaf: usize) {
        match self.leaves.trailing_zeros() {
            3 => self.climb::<3>(leaf),
            4 => self.climb::<4>(leaf),
            5 => self.climb::<5>(leaf),
            6 => self.climb::<6>(leaf),
            7 => self.climb::<7>(leaf),
            8 => self.climb::<8>(leaf),
            9 => self.climb::<9>(leaf),
            10 => self.climb::<10>(leaf),
            11 => self.climb::<11>(leaf),
            12 => self.climb::<12>(leaf),
            13 => self.climb::<13>(leaf),
            14 => self.climb::<14>(leaf),
            15 => self.climb::<15>(leaf),
            16 => self.climb::<16>(leaf),
            17 => self.climb::<17>(leaf),
            18 => self.climb::<18>(leaf),
            19 => self.climb::<19>(leaf),
            20 => self.climb::<20>(leaf),
            _ => {
                let mut path = self.path(leaf);
                while path.node > 1 {
                    path.step();
                }
            }
        }
    }

    #[inline(always)]
    fn path(&mut self, node: usize) -> Path<'_> {
        let (first, time) = (self.winners[node], self.times[node]);
        Path { times: &mut self.times, winners: &mut self.winners, ties: &self.ties, node, first, time }
    }

    /// Plays `DEPTH` matches, without a loop: in a loop LLVM (its pass x86-cmov-conversion) replaces the conditional
    /// moves by branches, which takes twice as long. For the same reason this must not be inlined into a loop.
    #[inline(never)]
    fn climb<const DEPTH: usize>(&mut self, leaf: usize) {
        const { assert!(DEPTH <= 20) };
        let mut path = self.path(leaf);
        macro_rules! steps {
            ($($level:literal)*) => { $(if DEPTH > $level { path.step(); })* };
        }
        steps!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19);
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
            self.replay(self.leaves + popped as usize);
        }
        (self.times[1], self.winners[1])
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
        self.times[self.leaves + slot as usize] = idle(slot);
        self.popped = slot;
    }
}

/// The way from a node to the root.
struct Path<'a> {
    times: &'a mut [u64],
    winners: &'a mut [u32],
    ties: &'a [u64],
    node: usize,
    /// The winner so far, at `node`.
    first: u32,
    time: u64,
}

impl Path<'_> {
    /// Plays the match of `node` against its neighbour and moves to their parent.
    #[inline(always)]
    fn step(&mut self) {
        let (rival, rival_time) = (self.winners[self.node ^ 1], self.times[self.node ^ 1]);
        let rival_wins = wins(rival_time, rival, self.time, self.first, self.ties);
        self.first = select_unpredictable(rival_wins, rival, self.first);
        self.time = select_unpredictable(rival_wins, rival_time, self.time);
        self.node >>= 1;
        self.winners[self.node] = self.first;
        self.times[self.node] = self.time;
    }
}

/// Whether one slot comes before another.
#[inline(always)]
fn wins(time: u64, slot: u32, other_time: u64, other: u32, ties: &[u64]) -> bool {
    if time == other_time { tie_wins(slot, other, ties) } else { time < other_time }
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
