//! CLOCK, the second chance.

use super::index::Index;
use super::plain::{Plain, Residents, residents};
use super::{Build, Settings};

/// The clock as a list: the hand points at the back, and what it passes goes to the front.
const QUEUE: u32 = 0;

/// CLOCK (Corbato 1968), with one bit: a use sets an object's bit, and the hand, which passes over objects whose bit is
/// set and clears it, stops at the first whose bit is not. The same as a FIFO in which used objects are put in again.
///
/// The bit of a newcomer is not set: the request that brings it in does not count as a use. (Some set it, as hardware
/// does with pages; then a newcomer survives one more turn.)
#[derive(Clone, Debug)]
pub struct Clock<I> {
    residents: Residents<I>,
}

impl<I: Index> Build<I> for Clock<I> {
    fn build(settings: &Settings, index: I) -> Clock<I> {
        Clock { residents: Residents::new(settings, index, 1) }
    }
}

impl<I: Index> Plain for Clock<I> {
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
            let slot = slab.back(QUEUE);
            if slab.tag(slot) == 0 {
                return slot;
            }
            slab.set_tag(slot, 0);
            slab.to_front(QUEUE, slot);
        }
    }
}
