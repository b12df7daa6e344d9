//! What a policy knows of each key: an array per property, by slots.

use super::Capacity;
use super::index::{Index, NONE};
use std::hint::select_unpredictable;

/// The keys that a policy knows, resident or remembered, each with a weight and a mark.
///
/// A mark is a byte, and all that a hit reads under some policies: what is asked for most is in few cache lines.
#[derive(Clone, Debug)]
pub struct Slots<I> {
    index: I,
    /// The mark and one; 0 where the slot is not taken.
    marks: Vec<u8>,
    /// Empty where every object weighs 1.
    weights: Vec<u32>,
    bytes: bool,
    len: usize,
}

/// Makes an array long enough for a slot.
#[inline]
pub fn reach<T: Clone>(array: &mut Vec<T>, slot: u32, fill: T) {
    if slot as usize >= array.len() {
        extend(array, slot, fill);
    }
}

#[cold]
#[inline(never)]
fn extend<T: Clone>(array: &mut Vec<T>, slot: u32, fill: T) {
    array.resize((slot as usize + 1).next_power_of_two(), fill);
}

impl<I: Index> Slots<I> {
    /// No keys.
    pub fn new(index: I, capacity: Capacity) -> Slots<I> {
        let bytes = matches!(capacity, Capacity::Bytes(_));
        Slots { index, marks: Vec::new(), weights: Vec::new(), bytes, len: 0 }
    }

    /// Number of keys.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// The slot of a key, or [`NONE`].
    #[inline]
    pub fn find(&self, key: u64) -> u32 {
        let slot = self.index.slot(key);
        if self.marks.get(slot as usize).is_some_and(|mark| *mark != 0) { slot } else { NONE }
    }

    /// The slot that a key has or might have.
    #[inline]
    pub fn slot(&self, key: u64) -> u32 {
        self.index.slot(key)
    }

    /// Something of what is known of a slot: reading it brings it near.
    #[inline]
    pub fn look(&self, slot: u32) -> u32 {
        u32::from(self.marks.get(slot as usize).copied().unwrap_or(0))
    }

    /// Adds a key that is not there. Marks are below 255.
    #[inline]
    pub fn add(&mut self, key: u64, weight: u32, mark: u8) -> u32 {
        let slot = self.index.enter(key);
        reach(&mut self.marks, slot, 0);
        self.marks[slot as usize] = mark + 1;
        if self.bytes {
            reach(&mut self.weights, slot, 0);
            self.weights[slot as usize] = weight;
        }
        self.len += 1;
        slot
    }

    /// Adds a key that is its own slot in place of another one, with mark 0, unless it is there with this mark; whether
    /// it is. Both are known, or have been. All must weigh alike.
    #[inline]
    pub fn exchange(&mut self, slot: u32, other: u32) -> bool {
        let there = self.marks[slot as usize] != 0;
        // Nobody knows beforehand: nothing is branched on.
        self.marks[select_unpredictable(there, slot, other) as usize] = 0;
        self.marks[slot as usize] = 1;
        there
    }

    /// Whether a key that is its own slot can be [exchanged](Self::exchange) for another one.
    #[inline]
    pub fn exchanges(&self, key: u64) -> bool {
        I::OWN && !self.bytes && key < self.marks.len() as u64
    }

    /// Forgets a key, and says which.
    #[inline]
    pub fn delete(&mut self, slot: u32) -> u64 {
        let key = self.index.key(slot);
        self.index.leave(slot);
        self.marks[slot as usize] = 0;
        self.len -= 1;
        key
    }

    /// The key at a slot.
    #[inline]
    pub fn key(&self, slot: u32) -> u64 {
        self.index.key(slot)
    }

    /// What an object takes of the capacity.
    #[inline]
    pub fn weight(&self, slot: u32) -> u32 {
        if self.bytes { self.weights[slot as usize] } else { 1 }
    }

    /// Changes what an object takes.
    #[inline]
    pub fn set_weight(&mut self, slot: u32, weight: u32) {
        if self.bytes {
            self.weights[slot as usize] = weight;
        }
    }

    /// What the policy noted.
    #[inline]
    pub fn mark(&self, slot: u32) -> u8 {
        self.marks[slot as usize].wrapping_sub(1)
    }

    /// Notes something.
    #[inline]
    pub fn set_mark(&mut self, slot: u32, mark: u8) {
        self.marks[slot as usize] = mark + 1;
    }
}
