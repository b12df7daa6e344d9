//! A tournament of times.

use super::{Bits, NEVER, min, tag, tagged};

/// The minimum over `LEAVES` = 2^BITS times, each of which carries the number of its leaf. `NODES` is twice as many.
///
/// A node holds the smaller of the two below it. What a changed leaf meets on its way up does not depend on who wins, so
/// that all is loaded at once, and a level costs one comparison and one conditional move.
pub struct Tree<const BITS: u32, const NODES: usize> {
    nodes: [Bits; NODES],
}

impl<const BITS: u32, const NODES: usize> Tree<BITS, NODES> {
    pub fn new() -> Self {
        const { assert!(NODES == 2 << BITS) };
        Tree { nodes: [NEVER; NODES] }
    }

    #[inline(always)]
    pub fn first(&self) -> Bits {
        self.nodes[1]
    }

    /// The leaf that a time came from.
    #[inline(always)]
    pub fn leaf(time: Bits) -> usize {
        tag::<BITS>(time)
    }

    #[inline(always)]
    pub fn set(&mut self, leaf: usize, time: f64) {
        self.put(leaf, tagged::<BITS>(time, leaf));
    }

    /// Sets a leaf to a time with its tag, or to never.
    #[inline(always)]
    pub fn put(&mut self, leaf: usize, time: Bits) {
        let mut node = (NODES / 2 + leaf) & (NODES - 1);
        let mut first = time;
        self.nodes[node] = first;
        for _ in 0..BITS {
            first = min(first, self.nodes[node ^ 1]);
            node >>= 1;
            self.nodes[node] = first;
        }
    }
}
