//! CLOCK, the second chance.

use super::index::Index;
use super::plain::{Plain, Residents, residents};
use super::queues::Queues;
use super::{Build, Settings};

/// The clock as a queue: the hand points at the oldest, and what it passes enters again.
const QUEUE: usize = 0;

/// CLOCK (Corbato 1968), with one bit: a use sets an object's bit, and the hand, which passes over objects whose bit is
/// set and clears it, stops at the first whose bit is not. The same as a FIFO in which used objects are put in again.
///
/// The bit of a newcomer is not set: the request that brings it in does not count as a use. (Some set it, as hardware
/// does with pages; then a newcomer survives one more turn.)
#[derive(Clone, Debug)]
pub struct Clock<I> {
    /// A mark is the bit.
    residents: Residents<I>,
    queue: Queues<1>,
}

impl<I: Index> Build<I> for Clock<I> {
    fn build(settings: &Settings, index: I) -> Clock<I> {
        Clock { residents: Residents::new(settings, index), queue: Queues::new() }
    }
}

impl<I: Index> Plain for Clock<I> {
    residents!();

    #[inline]
    fn hit(&mut self, slot: u32) {
        self.residents.slots.set_mark(slot, 1);
    }

    #[inline]
    fn upcoming(&self, count: usize) -> impl Iterator<Item = u32> {
        self.queue.upcoming(QUEUE, count)
    }

    #[inline]
    fn enter(&mut self, slot: u32) {
        self.queue.push(QUEUE, slot);
    }

    #[inline]
    fn victim(&mut self) -> u32 {
        loop {
            let slot = self.queue.oldest(QUEUE);
            if self.residents.slots.mark(slot) == 0 {
                return slot;
            }
            self.residents.slots.set_mark(slot, 0);
            self.queue.drop_oldest(QUEUE);
            self.queue.push(QUEUE, slot);
        }
    }

    #[inline]
    fn leaves(&mut self, slot: u32, chosen: bool) {
        if chosen { self.queue.drop_oldest(QUEUE) } else { self.queue.remove(QUEUE, slot) }
    }
}
