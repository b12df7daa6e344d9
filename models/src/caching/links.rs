//! Lists of slots that are changed anywhere.

use super::index::NONE;
use super::slots::reach;

/// Circular lists, from front to back. Each slot is in one of them at most.
///
/// The ends of the lists are in the array in front of the slots, so that joining and leaving has no special cases.
#[derive(Clone, Debug)]
pub struct Links {
    /// Neighbours, towards the front and towards the back.
    links: Vec<[u32; 2]>,
    lists: u32,
}

const AHEAD: usize = 0;
const BEHIND: usize = 1;

impl Links {
    /// So many empty lists, which are called 0, 1, ..
    pub fn new(lists: u32) -> Links {
        Links { links: (0..lists).map(|list| [list; 2]).collect(), lists }
    }

    /// Puts a slot that is in no list to the front of one.
    #[inline]
    pub fn join(&mut self, list: u32, slot: u32) {
        let at = slot + self.lists;
        reach(&mut self.links, at, [NONE; 2]);
        self.between(list, at, self.links[list as usize][BEHIND]);
    }

    /// Puts a slot that is in no list just ahead of another.
    #[inline]
    pub fn join_ahead(&mut self, of: u32, slot: u32) {
        let (at, of) = (slot + self.lists, of + self.lists);
        reach(&mut self.links, at, [NONE; 2]);
        self.between(self.links[of as usize][AHEAD], at, of);
    }

    /// Puts a slot that is in no list to the back of one.
    #[inline]
    pub fn join_back(&mut self, list: u32, slot: u32) {
        let at = slot + self.lists;
        reach(&mut self.links, at, [NONE; 2]);
        self.between(self.links[list as usize][AHEAD], at, list);
    }

    #[inline]
    fn between(&mut self, ahead: u32, at: u32, behind: u32) {
        self.links[at as usize] = [ahead, behind];
        self.links[behind as usize][AHEAD] = at;
        self.links[ahead as usize][BEHIND] = at;
    }

    /// Takes a slot out of its list.
    #[inline]
    pub fn leave(&mut self, slot: u32) {
        let [ahead, behind] = self.links[(slot + self.lists) as usize];
        self.links[ahead as usize][BEHIND] = behind;
        self.links[behind as usize][AHEAD] = ahead;
    }

    /// Moves a slot to the front of a list, from another or the same.
    #[inline]
    pub fn to_front(&mut self, list: u32, slot: u32) {
        self.leave(slot);
        self.between(list, slot + self.lists, self.links[list as usize][BEHIND]);
    }

    /// Something of what is at a slot and its neighbours: reading it brings it near.
    #[inline]
    pub fn look(&self, slot: u32) -> u32 {
        let at = |at: u32| self.links.get(at as usize).copied().unwrap_or([0; 2]);
        let [ahead, behind] = at(slot.wrapping_add(self.lists));
        at(ahead)[AHEAD] | at(behind)[AHEAD]
    }

    /// The last slot of a list, or [`NONE`].
    #[inline]
    pub fn back(&self, list: u32) -> u32 {
        self.slot(self.links[list as usize][AHEAD])
    }

    /// The slot ahead of another, or [`NONE`].
    #[inline]
    pub fn ahead(&self, slot: u32) -> u32 {
        self.slot(self.links[(slot + self.lists) as usize][AHEAD])
    }

    /// The slot behind another, or [`NONE`].
    #[inline]
    pub fn behind(&self, slot: u32) -> u32 {
        self.slot(self.links[(slot + self.lists) as usize][BEHIND])
    }

    #[inline]
    fn slot(&self, at: u32) -> u32 {
        if at < self.lists { NONE } else { at - self.lists }
    }
}
