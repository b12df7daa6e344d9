//! A priority queue of slots whose priorities change.

use super::index::NONE;

/// A heap with four children per node (Johnson 1975) of slots with priorities, the smallest first. Each slot's position
/// is known, so that any can change or leave in O(log n).
#[derive(Clone, Debug, Default)]
pub struct Heap {
    entries: Vec<((u64, u64), u32)>,
    /// Position of each slot, or [`NONE`].
    positions: Vec<u32>,
}

impl Heap {
    /// The slot with the smallest priority.
    pub fn first(&self) -> Option<u32> {
        self.entries.first().map(|entry| entry.1)
    }

    /// The priority of a slot.
    pub fn priority(&self, slot: u32) -> Option<(u64, u64)> {
        let position = self.position(slot);
        self.entries.get(position).map(|entry| entry.0)
    }

    fn position(&self, slot: u32) -> usize {
        self.positions.get(slot as usize).copied().unwrap_or(NONE) as usize
    }

    /// Adds a slot, or changes its priority.
    pub fn set(&mut self, slot: u32, priority: (u64, u64)) {
        let position = self.position(slot);
        if position < self.entries.len() {
            self.entries[position].0 = priority;
            let position = self.up(position);
            self.down(position);
            return;
        }
        if slot as usize >= self.positions.len() {
            self.positions.resize(slot as usize + 1, NONE);
        }
        self.entries.push((priority, slot));
        self.up(self.entries.len() - 1);
    }

    /// Takes a slot out, if it is there.
    pub fn remove(&mut self, slot: u32) {
        let position = self.position(slot);
        if position < self.entries.len() {
            self.positions[slot as usize] = NONE;
            self.entries.swap_remove(position);
            if position < self.entries.len() {
                let position = self.up(position);
                self.down(position);
            }
        }
    }

    fn note(&mut self, position: usize) {
        self.positions[self.entries[position].1 as usize] = position as u32;
    }

    fn up(&mut self, mut position: usize) -> usize {
        while position > 0 && self.entries[position].0 < self.entries[(position - 1) / 4].0 {
            self.entries.swap(position, (position - 1) / 4);
            self.note(position);
            position = (position - 1) / 4;
        }
        self.note(position);
        position
    }

    fn down(&mut self, mut position: usize) {
        loop {
            let children = 4 * position + 1..(4 * position + 5).min(self.entries.len());
            let Some(least) = children.min_by_key(|child| self.entries[*child].0) else { break };
            if self.entries[least].0 >= self.entries[position].0 {
                break;
            }
            self.entries.swap(position, least);
            self.note(position);
            position = least;
        }
        self.note(position);
    }
}
