//! A tournament (winner) tree over slots (Knuth, The Art of Computer Programming vol. 3, 5.4.1).
//!
//! Leaf `s` holds the key of slot `s`, every inner node the slot of the smaller key below it, the root the slot that is
//! first. A changed key replays the matches from its leaf to the root; matches are decided by conditional moves, for a
//! branch would be mispredicted half the time.
//!
//! ```text
//!            winners[1]                 root
//!        [2]            [3]
//!     [4]   [5]      [6]   [7]          leaves: winners[leaves + slot] = slot
//!   keys[0] keys[1] keys[2] keys[3]
//! ```
//!
//! Two short cuts. The popped slot is usually scheduled again at once: its matches are not replayed before that, or the
//! next search for the first. And up to [`FLAT`] slots there is no tree: a key is just stored, and the search compares
//! all keys.

use std::hint::select_unpredictable;

use super::Key;

/// Up to so many leaves all keys are compared.
const FLAT: usize = 4;

/// No slot.
const NONE: u32 = u32::MAX;

#[derive(Clone, Debug)]
pub(super) struct Tournament {
    /// The key of each slot, then idle ones up to a power of two.
    keys: Vec<Key>,
    /// The winner of each node, see above; empty while flat.
    winners: Vec<u32>,
    slots: usize,
    pending: usize,
    /// The popped slot whose matches have not been replayed, or `NONE`.
    popped: u32,
}

impl Tournament {
    pub(super) fn new() -> Self {
        Tournament { keys: vec![Key::IDLE; 2], winners: Vec::new(), slots: 0, pending: 0, popped: NONE }
    }

    pub(super) fn len(&self) -> usize {
        self.pending
    }

    pub(super) fn key(&self, slot: u32) -> Key {
        self.keys[..self.slots][slot as usize]
    }

    pub(super) fn add_slot(&mut self) -> u32 {
        assert!(self.slots < 1 << 31, "more than 2^31 slots");
        if self.slots == self.keys.len() {
            self.keys.resize(2 * self.slots, Key::IDLE);
            if self.keys.len() > FLAT {
                self.rebuild();
            }
        }
        self.slots += 1;
        (self.slots - 1) as u32
    }

    /// Plays all matches.
    fn rebuild(&mut self) {
        let leaves = self.keys.len();
        self.winners.resize(2 * leaves, 0);
        for slot in 0..leaves {
            self.winners[leaves + slot] = slot as u32;
        }
        for node in (1..leaves).rev() {
            let (left, right) = (self.winners[2 * node], self.winners[2 * node + 1]);
            let right_wins = self.keys[right as usize] < self.keys[left as usize];
            self.winners[node] = if right_wins { right } else { left };
        }
        self.popped = NONE;
    }

    /// Gives `slot` the key `key`.
    #[inline]
    pub(super) fn set(&mut self, slot: u32, key: Key) {
        let held = &mut self.keys[..self.slots][slot as usize];
        self.pending += usize::from(is_idle(*held));
        self.pending -= usize::from(is_idle(key));
        *held = key;
        if !self.winners.is_empty() {
            if slot == self.popped {
                self.popped = NONE;
            }
            self.replay(slot, key);
        }
    }

    #[inline]
    pub(super) fn cancel(&mut self, slot: u32) {
        if !is_idle(self.key(slot)) {
            self.set(slot, Key::IDLE);
        }
    }

    /// Plays the matches from the leaf of `slot`, whose key is `key`, to the root.
    #[inline]
    fn replay(&mut self, slot: u32, key: Key) {
        match self.keys.len().trailing_zeros() {
            3 => self.climb::<3>(slot, key),
            4 => self.climb::<4>(slot, key),
            5 => self.climb::<5>(slot, key),
            6 => self.climb::<6>(slot, key),
            7 => self.climb::<7>(slot, key),
            8 => self.climb::<8>(slot, key),
            9 => self.climb::<9>(slot, key),
            10 => self.climb::<10>(slot, key),
            11 => self.climb::<11>(slot, key),
            12 => self.climb::<12>(slot, key),
            13 => self.climb::<13>(slot, key),
            14 => self.climb::<14>(slot, key),
            15 => self.climb::<15>(slot, key),
            16 => self.climb::<16>(slot, key),
            17 => self.climb::<17>(slot, key),
            18 => self.climb::<18>(slot, key),
            19 => self.climb::<19>(slot, key),
            20 => self.climb::<20>(slot, key),
            _ => {
                let mut path = self.path(slot, key);
                while path.node > 1 {
                    path.step();
                }
            }
        }
    }

    #[inline(always)]
    fn path(&mut self, slot: u32, key: Key) -> Path<'_> {
        let leaf = self.keys.len() + slot as usize;
        Path { keys: &self.keys, winners: &mut self.winners, node: leaf, first: slot, first_key: key }
    }

    /// Plays `DEPTH` matches, without a loop: in a loop LLVM (its pass x86-cmov-conversion) replaces the conditional
    /// moves by branches, which takes twice as long. For the same reason this must not be inlined into a loop.
    #[inline(never)]
    fn climb<const DEPTH: usize>(&mut self, slot: u32, key: Key) {
        const { assert!(DEPTH <= 20) };
        let mut path = self.path(slot, key);
        macro_rules! steps {
            ($($level:literal)*) => { $(if DEPTH > $level { path.step(); })* };
        }
        steps!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19);
    }

    /// The slot with the smallest key; an idle one if all are.
    #[inline(always)]
    pub(super) fn first(&mut self) -> (Key, u32) {
        if self.winners.is_empty() {
            return self.first_of_few();
        }
        if self.popped != NONE {
            let popped = self.popped;
            self.popped = NONE;
            self.replay(popped, Key::IDLE);
        }
        let slot = self.winners[1];
        (self.keys[slot as usize], slot)
    }

    #[inline(always)]
    fn first_of_few(&self) -> (Key, u32) {
        match self.keys[..] {
            [a, b] => smaller((a, 0), (b, 1)),
            [a, b, c, d] => smaller(smaller((a, 0), (b, 1)), smaller((c, 2), (d, 3))),
            _ => unreachable!("flat are 2 and 4 leaves"),
        }
    }

    /// Makes `slot`, the first, idle.
    #[inline]
    pub(super) fn pop(&mut self, slot: u32) {
        self.keys[slot as usize] = Key::IDLE;
        self.pending -= 1;
        self.popped = slot;
    }
}

/// The way from a leaf to the root.
struct Path<'a> {
    keys: &'a [Key],
    winners: &'a mut [u32],
    node: usize,
    /// The winner so far, at `node`.
    first: u32,
    first_key: Key,
}

impl Path<'_> {
    /// Plays the match of `node` against its neighbour and moves to their parent.
    #[inline(always)]
    fn step(&mut self) {
        let rival = self.winners[self.node ^ 1];
        let rival_key = self.keys[rival as usize];
        let rival_wins = rival_key < self.first_key;
        self.first = select_unpredictable(rival_wins, rival, self.first);
        self.first_key = select_unpredictable(rival_wins, rival_key, self.first_key);
        self.node >>= 1;
        self.winners[self.node] = self.first;
    }
}

#[inline]
fn is_idle(key: Key) -> bool {
    key.0 >> 64 == u128::from(u64::MAX)
}

#[inline]
fn smaller(one: (Key, u32), other: (Key, u32)) -> (Key, u32) {
    let other_wins = other.0 < one.0;
    (select_unpredictable(other_wins, other.0, one.0), select_unpredictable(other_wins, other.1, one.1))
}
