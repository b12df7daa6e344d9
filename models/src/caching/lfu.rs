//! Least frequently used, counted while resident.

use super::index::{Index, NONE};
use super::links::Links;
use super::plain::{Plain, Residents, residents};
use super::slots::reach;
use super::{Build, Settings};

/// A run of the list with equal counts.
#[derive(Clone, Copy, Debug)]
struct Group {
    count: u32,
    /// Its front, most recently used.
    front: u32,
    /// The group with the next larger count, or [`NONE`].
    more: u32,
    /// The group with the next smaller count, or [`NONE`].
    less: u32,
    members: u32,
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
    /// All residents, the most used first and, of equals, the most recently used.
    links: Links,
    /// The group of each slot.
    own: Vec<u32>,
    groups: Vec<Group>,
    free: Vec<u32>,
    /// The group with the smallest count, or [`NONE`].
    least: u32,
}

impl<I: Index> Lfu<I> {
    /// A new group of one object between two others.
    #[inline]
    fn group(&mut self, count: u32, front: u32, less: u32, more: u32) -> u32 {
        let group = Group { count, front, more, less, members: 1 };
        let new = match self.free.pop() {
            Some(free) => {
                self.groups[free as usize] = group;
                free
            }
            None => {
                self.groups.push(group);
                (self.groups.len() - 1) as u32
            }
        };
        match less {
            NONE => self.least = new,
            less => self.groups[less as usize].more = new,
        }
        if more != NONE {
            self.groups[more as usize].less = new;
        }
        new
    }

    /// Takes an object out of its group: the next behind it becomes the front, or the group is no more.
    #[inline]
    fn out_of_group(&mut self, slot: u32) {
        let own = self.own[slot as usize];
        let group = &mut self.groups[own as usize];
        group.members -= 1;
        if group.members == 0 {
            let Group { more, less, .. } = *group;
            match less {
                NONE => self.least = more,
                less => self.groups[less as usize].more = more,
            }
            if more != NONE {
                self.groups[more as usize].less = less;
            }
            self.free.push(own);
        } else if group.front == slot {
            group.front = self.links.behind(slot);
        }
    }
}

impl<I: Index> Build<I> for Lfu<I> {
    fn build(settings: &Settings, index: I) -> Lfu<I> {
        Lfu {
            residents: Residents::new(settings, index),
            links: Links::new(),
            own: Vec::new(),
            groups: Vec::new(),
            free: Vec::new(),
            least: NONE,
        }
    }
}

impl<I: Index> Plain for Lfu<I> {
    residents!();

    #[inline]
    fn hit(&mut self, slot: u32) {
        let own = self.own[slot as usize];
        let Group { count, front, more, members, .. } = self.groups[own as usize];
        if count == u32::MAX {
            if front != slot {
                self.links.leave(slot);
                self.links.join_ahead(front, slot);
                self.groups[own as usize].front = slot;
            }
            return;
        }
        let next = match more {
            NONE => NONE,
            more if self.groups[more as usize].count == count + 1 => more,
            _ => NONE,
        };
        if next == NONE && members == 1 {
            // Alone in its group, and nobody to join: the whole group counts one more.
            self.groups[own as usize].count += 1;
            return;
        }
        // Where it goes: in front of the group that it joins, or of its own.
        let target = if next == NONE { front } else { self.groups[next as usize].front };
        self.out_of_group(slot);
        if target != slot {
            self.links.leave(slot);
            self.links.join_ahead(target, slot);
        }
        self.own[slot as usize] = if next == NONE {
            self.group(count + 1, slot, own, more)
        } else {
            let group = &mut self.groups[next as usize];
            group.front = slot;
            group.members += 1;
            next
        };
    }

    #[inline]
    fn look(&self, slot: u32) -> u32 {
        self.links.look(slot) | self.own.get(slot as usize).copied().unwrap_or(0)
    }

    #[inline]
    fn enter(&mut self, slot: u32) {
        reach(&mut self.own, slot, NONE);
        let least = self.least;
        self.own[slot as usize] = if least != NONE && self.groups[least as usize].count == 1 {
            let group = &mut self.groups[least as usize];
            self.links.join_ahead(group.front, slot);
            group.front = slot;
            group.members += 1;
            least
        } else {
            self.links.join_back(slot);
            self.group(1, slot, NONE, least)
        };
    }

    #[inline]
    fn victim(&mut self) -> u32 {
        self.links.back()
    }

    #[inline]
    fn leaves(&mut self, slot: u32, _: bool) {
        self.out_of_group(slot);
        self.links.leave(slot);
    }
}
