//! Least frequently used, counted while resident.

use super::index::{Index, NONE};
use super::plain::{Plain, Residents, residents};
use super::{Build, Settings};

/// One list of all residents, the most used first and, of equals, the most recently used.
const QUEUE: u32 = 0;

/// A run of the list with equal counts.
#[derive(Clone, Copy, Debug)]
struct Group {
    count: u32,
    /// Its front, most recently used.
    front: u32,
}

/// Least frequently used (In-cache LFU of Breslau et al. 1999): an object's uses are counted from 1, when it comes in;
/// when it leaves, its count is forgotten. Of objects with equal counts the least recently used leaves.
///
/// O(1): the residents are in one list by count and recency. A use moves an object to the front of the next group,
/// which is just ahead of its own (the idea of Shah, Mitra and Matani 2010). Counts stop at 2^32 - 1.
///
/// In bytes sizes play no part in the choice; as many leave as it takes.
#[derive(Clone, Debug)]
pub struct Lfu<I> {
    residents: Residents<I>,
    /// Each resident notes its group.
    groups: Vec<Group>,
    free: Vec<u32>,
}

impl<I: Index> Lfu<I> {
    #[inline]
    fn group(&mut self, count: u32, front: u32) -> u32 {
        let group = Group { count, front };
        match self.free.pop() {
            Some(free) => {
                self.groups[free as usize] = group;
                free
            }
            None => {
                self.groups.push(group);
                (self.groups.len() - 1) as u32
            }
        }
    }

    /// Takes an object out of its group: the next behind it becomes the front, or the group is no more.
    #[inline]
    fn out_of_group(&mut self, slot: u32) {
        let slab = &self.residents.slab;
        let own = slab.tag(slot);
        if self.groups[own as usize].front == slot {
            let after = slab.after(slot);
            if after != NONE && slab.tag(after) == own {
                self.groups[own as usize].front = after;
            } else {
                self.free.push(own);
            }
        }
    }
}

impl<I: Index> Build<I> for Lfu<I> {
    fn build(settings: &Settings, index: I) -> Lfu<I> {
        Lfu { residents: Residents::new(settings, index, 1), groups: Vec::new(), free: Vec::new() }
    }
}

impl<I: Index> Plain for Lfu<I> {
    residents!();

    #[inline]
    fn hit(&mut self, slot: u32) {
        let slab = &mut self.residents.slab;
        let own = slab.tag(slot);
        let Group { count, front } = self.groups[own as usize];
        let more = count.saturating_add(1);
        let ahead = slab.ahead(front);
        let next = if more == count {
            own
        } else if ahead != NONE && self.groups[slab.tag(ahead) as usize].count == more {
            slab.tag(ahead)
        } else {
            let after = slab.after(slot);
            if front == slot && (after == NONE || slab.tag(after) != own) {
                // Alone in its group, and nobody to join: the whole group counts one more.
                self.groups[own as usize].count = more;
                return;
            }
            NONE
        };
        // Where it goes: in front of the group that it joins, or of its own.
        let target = if next == NONE { front } else { self.groups[next as usize].front };
        if target == slot {
            // The front of its own group starts one of its own, or has the largest count: it stays in its place.
            if next == NONE {
                self.out_of_group(slot);
                let new = self.group(more, slot);
                self.residents.slab.set_tag(slot, new);
            }
            return;
        }
        self.out_of_group(slot);
        let slab = &mut self.residents.slab;
        slab.leave(slot);
        slab.join(slab.place_ahead(target), slot);
        let next = if next == NONE { self.group(more, slot) } else { next };
        self.groups[next as usize].front = slot;
        self.residents.slab.set_tag(slot, next);
    }

    #[inline]
    fn enter(&mut self, key: u64, weight: u32) {
        let slab = &mut self.residents.slab;
        let back = slab.back(QUEUE);
        if back != NONE && self.groups[slab.tag(back) as usize].count == 1 {
            let own = slab.tag(back);
            let behind = slab.place_ahead(self.groups[own as usize].front);
            self.groups[own as usize].front = slab.add(behind, key, weight, own);
        } else {
            let behind = if back == NONE { QUEUE } else { back };
            let slot = slab.add(behind, key, weight, 0);
            let own = self.group(1, slot);
            self.residents.slab.set_tag(slot, own);
        }
    }

    #[inline]
    fn victim(&mut self) -> u32 {
        self.residents.slab.back(QUEUE)
    }

    #[inline]
    fn leaves(&mut self, slot: u32) {
        self.out_of_group(slot);
    }
}
