//! Entries in one array, in circular lists by their slots.
//!
//! ```text
//!   slots   0      1      2      3   4   5 ..
//!         list 0 list 1 list 2   entries, or free
//! ```
//!
//! The first slots are the ends of the lists (sentinels), so that joining and leaving a list has no special cases.

use super::index::{Index, NONE};

/// One entry: 24 bytes.
#[derive(Clone, Copy, Debug)]
struct Node {
    key: u64,
    /// Towards the front.
    previous: u32,
    /// Towards the back.
    next: u32,
    /// What it takes of the capacity.
    weight: u32,
    /// What the policy notes: a list, a count, a position.
    tag: u32,
}

/// All entries of a policy, resident or remembered, and where each key is.
#[derive(Clone, Debug)]
pub struct Slab<I> {
    index: I,
    nodes: Vec<Node>,
    lists: u32,
    /// First of the free slots, which are linked by `next`.
    free: u32,
    len: usize,
}

impl<I: Index> Slab<I> {
    /// With so many empty lists, which are called 0, 1, ..
    pub fn new(index: I, lists: u32) -> Slab<I> {
        let end = |list| Node { key: 0, previous: list, next: list, weight: 0, tag: 0 };
        Slab { index, nodes: (0..lists).map(end).collect(), lists, free: NONE, len: 0 }
    }

    /// Entries of all lists.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// The slot of a key, or [`NONE`].
    #[inline]
    pub fn find(&self, key: u64) -> u32 {
        self.index.get(key)
    }

    /// A new entry behind another, or at the front of a list.
    ///
    /// # Panics
    /// At 2^32 - 1 entries, for which more than 100 GB of memory would have been needed.
    #[inline]
    pub fn add(&mut self, behind: u32, key: u64, weight: u32, tag: u32) -> u32 {
        let node = Node { key, previous: NONE, next: NONE, weight, tag };
        let slot = match self.free {
            NONE => {
                let slot = u32::try_from(self.nodes.len()).unwrap_or(NONE);
                assert!(slot != NONE, "a cache holds fewer than 2^32 entries");
                self.nodes.push(node);
                slot
            }
            slot => {
                self.free = self.nodes[slot as usize].next;
                self.nodes[slot as usize] = node;
                slot
            }
        };
        self.len += 1;
        self.index.set(key, slot);
        self.join(behind, slot);
        slot
    }

    /// Takes an entry out of its list and forgets it: its key and weight.
    #[inline]
    pub fn delete(&mut self, slot: u32) -> (u64, u32) {
        self.leave(slot);
        let node = &mut self.nodes[slot as usize];
        node.next = self.free;
        let (key, weight) = (node.key, node.weight);
        self.free = slot;
        self.len -= 1;
        self.index.clear(key);
        (key, weight)
    }

    /// Puts an entry that is in no list behind another, or to the front of a list.
    #[inline]
    pub fn join(&mut self, behind: u32, slot: u32) {
        let second = self.nodes[behind as usize].next;
        self.nodes[slot as usize].previous = behind;
        self.nodes[slot as usize].next = second;
        self.nodes[second as usize].previous = slot;
        self.nodes[behind as usize].next = slot;
    }

    /// Takes an entry out of its list.
    #[inline]
    pub fn leave(&mut self, slot: u32) {
        let Node { previous, next, .. } = self.nodes[slot as usize];
        self.nodes[previous as usize].next = next;
        self.nodes[next as usize].previous = previous;
    }

    /// Moves an entry to the front of a list.
    #[inline]
    pub fn to_front(&mut self, list: u32, slot: u32) {
        self.leave(slot);
        self.join(list, slot);
    }

    /// The last entry of a list, or [`NONE`].
    #[inline]
    pub fn back(&self, list: u32) -> u32 {
        self.or_none(self.nodes[list as usize].previous)
    }

    /// The entry in front of another, or [`NONE`].
    #[inline]
    pub fn ahead(&self, slot: u32) -> u32 {
        self.or_none(self.nodes[slot as usize].previous)
    }

    /// The entry behind another, or [`NONE`].
    #[inline]
    pub fn after(&self, slot: u32) -> u32 {
        self.or_none(self.nodes[slot as usize].next)
    }

    /// What [`Slab::join`] needs to put something in front of an entry: the one ahead, or the list.
    #[inline]
    pub fn place_ahead(&self, slot: u32) -> u32 {
        self.nodes[slot as usize].previous
    }

    #[inline]
    fn or_none(&self, slot: u32) -> u32 {
        if slot < self.lists { NONE } else { slot }
    }

    /// What an entry takes of the capacity.
    #[inline]
    pub fn weight(&self, slot: u32) -> u32 {
        self.nodes[slot as usize].weight
    }

    /// The key of an entry.
    #[inline]
    pub fn key(&self, slot: u32) -> u64 {
        self.nodes[slot as usize].key
    }

    /// What the policy noted.
    #[inline]
    pub fn tag(&self, slot: u32) -> u32 {
        self.nodes[slot as usize].tag
    }

    /// Notes something.
    #[inline]
    pub fn set_tag(&mut self, slot: u32, tag: u32) {
        self.nodes[slot as usize].tag = tag;
    }

    /// Changes what an entry takes.
    #[inline]
    pub fn set_weight(&mut self, slot: u32, weight: u32) {
        self.nodes[slot as usize].weight = weight;
    }
}
