//! SIEVE.

use super::index::{Index, NONE};
use super::plain::{Plain, Residents, residents};
use super::{Build, Settings};

/// The list, latest first. Nothing in it ever moves.
const QUEUE: u32 = 0;

/// SIEVE (Zhang, Yang, Yue, Vigfusson and Rashmi 2024): a FIFO whose objects stay where they are. A hand moves from the
/// back to the front, clears the bits of what was used, and throws out the first that was not; it stays ahead of the
/// hole, and starts again from the back when it has passed the front. Newcomers come in at the front with the bit clear.
///
/// In bytes several may have to leave for one; the hand then goes on from where it is. When the object under the hand
/// is removed, the hand moves to the one ahead of it.
#[derive(Clone, Debug)]
pub struct Sieve<I> {
    residents: Residents<I>,
    /// Where the hand is, or [`NONE`] for the back.
    hand: u32,
}

impl<I: Index> Build<I> for Sieve<I> {
    fn build(settings: &Settings, index: I) -> Sieve<I> {
        Sieve { residents: Residents::new(settings, index, 1), hand: NONE }
    }
}

impl<I: Index> Plain for Sieve<I> {
    residents!();

    #[inline]
    fn hit(&mut self, slot: u32) {
        self.residents.slab.set_tag(slot, 1);
    }

    #[inline]
    fn enter(&mut self, key: u64, weight: u32) {
        self.residents.slab.add(QUEUE, key, weight, 0);
    }

    #[inline]
    fn victim(&mut self) -> u32 {
        let slab = &mut self.residents.slab;
        loop {
            if self.hand == NONE {
                self.hand = slab.back(QUEUE);
            }
            if slab.tag(self.hand) == 0 {
                return self.hand;
            }
            slab.set_tag(self.hand, 0);
            self.hand = slab.ahead(self.hand);
        }
    }

    #[inline]
    fn leaves(&mut self, slot: u32) {
        if slot == self.hand {
            self.hand = self.residents.slab.ahead(slot);
        }
    }
}
