//! Least recently used.

use super::index::Index;
use super::plain::{Plain, Residents, residents};
use super::recency::Recency;
use super::{Build, Settings};

/// The list, most recently used first.
const QUEUE: usize = 0;

/// Least recently used: a use brings an object to the front, the one at the back leaves.
///
/// A stack algorithm (Mattson, Gecsei, Slutz and Traiger 1970): what a cache holds, a larger one holds as well.
#[derive(Clone, Debug)]
pub struct Lru<I> {
    residents: Residents<I>,
    order: Recency<1>,
}

impl<I: Index> Build<I> for Lru<I> {
    fn build(settings: &Settings, index: I) -> Lru<I> {
        Lru { residents: Residents::new(settings, index), order: Recency::new() }
    }
}

impl<I: Index> Plain for Lru<I> {
    residents!();

    #[inline]
    fn hit(&mut self, slot: u32) {
        self.order.bring(QUEUE, slot);
    }

    #[inline]
    fn look(&self, slot: u32) -> u32 {
        self.order.look(slot)
    }

    #[inline]
    fn upcoming(&self, count: usize) -> impl Iterator<Item = u32> {
        self.order.upcoming(QUEUE, count)
    }

    #[inline]
    fn enter(&mut self, slot: u32) {
        self.order.bring(QUEUE, slot);
    }

    #[inline]
    fn victim(&mut self) -> u32 {
        self.order.back(QUEUE)
    }

    #[inline]
    fn leaves(&mut self, slot: u32, _: bool) {
        self.order.leave(slot);
    }
}
