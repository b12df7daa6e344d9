//! First in, first out.

use super::index::Index;
use super::plain::{Plain, Residents, residents};
use super::queues::Queues;
use super::{Build, Settings};

const QUEUE: usize = 0;

/// First in, first out: a use changes nothing.
#[derive(Clone, Debug)]
pub struct Fifo<I> {
    residents: Residents<I>,
    queue: Queues<1>,
}

impl<I: Index> Build<I> for Fifo<I> {
    fn build(settings: &Settings, index: I) -> Fifo<I> {
        Fifo { residents: Residents::new(settings, index), queue: Queues::new() }
    }
}

impl<I: Index> Plain for Fifo<I> {
    residents!();

    #[inline]
    fn hit(&mut self, _: u32) {}

    #[inline]
    fn exchange(&mut self, key: u64) -> Option<bool> {
        let oldest = self.queue.front(QUEUE)?;
        let there = self.residents.slots.exchange(key as u32, oldest);
        self.queue.exchange(QUEUE, key as u32, !there);
        Some(there)
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
        self.queue.oldest(QUEUE)
    }

    #[inline]
    fn leaves(&mut self, slot: u32, chosen: bool) {
        if chosen { self.queue.drop_oldest(QUEUE) } else { self.queue.remove(QUEUE, slot) }
    }
}
