//! A list of slots that is changed anywhere.

use super::index::NONE;
use super::slots::reach;

/// A circular list, from front to back.
///
/// The end is in the array in front of the slots, so that joining and leaving has no special cases.
#[derive(Clone, Debug)]
pub struct Links {
    /// Neighbours, towards the front and towards the back. Slot s is at s + 1.
    links: Vec<[u32; 2]>,
}

const AHEAD: usize = 0;
const BEHIND: usize = 1;
/// Where both ends of the list are.
const END: u32 = 0;

impl Links {
    /// An empty list.
    pub fn new() -> Links {
        Links { links: vec![[END; 2]] }
    }

    /// Puts a slot that is not in the list just ahead of another.
    #[inline]
    pub fn join_ahead(&mut self, of: u32, slot: u32) {
        self.put(of + 1, slot + 1);
    }

    /// Puts a slot that is not in the list to its back.
    #[inline]
    pub fn join_back(&mut self, slot: u32) {
        self.put(END, slot + 1);
    }

    #[inline]
    fn put(&mut self, behind: u32, at: u32) {
        reach(&mut self.links, at, [END; 2]);
        let ahead = self.links[behind as usize][AHEAD];
        self.links[at as usize] = [ahead, behind];
        self.links[behind as usize][AHEAD] = at;
        self.links[ahead as usize][BEHIND] = at;
    }

    /// Takes a slot out of the list.
    #[inline]
    pub fn leave(&mut self, slot: u32) {
        let [ahead, behind] = self.links[slot as usize + 1];
        self.links[ahead as usize][BEHIND] = behind;
        self.links[behind as usize][AHEAD] = ahead;
    }

    /// The last slot, or [`NONE`].
    #[inline]
    pub fn back(&self) -> u32 {
        self.links[END as usize][AHEAD].checked_sub(1).unwrap_or(NONE)
    }

    /// The slot behind another, or [`NONE`].
    #[inline]
    pub fn behind(&self, slot: u32) -> u32 {
        self.links[slot as usize + 1][BEHIND].checked_sub(1).unwrap_or(NONE)
    }

    /// Something of what is known of a slot and its neighbours: reading it brings it near.
    #[inline]
    pub fn look(&self, slot: u32) -> u32 {
        let at = |at: u32| self.links.get(at as usize).copied().unwrap_or([END; 2]);
        let [ahead, behind] = at(slot.wrapping_add(1));
        at(ahead)[AHEAD] | at(behind)[AHEAD]
    }
}
