//! Least recently used.

use super::index::Index;
use super::plain::{Plain, Residents, residents};
use super::{Build, Settings};

/// The list, most recently used first.
const QUEUE: u32 = 0;

/// Least recently used: a use brings an object to the front, the one at the back leaves.
///
/// A stack algorithm (Mattson, Gecsei, Slutz and Traiger 1970): what a cache holds, a larger one holds as well.
#[derive(Clone, Debug)]
pub struct Lru<I> {
    residents: Residents<I>,
}

impl<I: Index> Build<I> for Lru<I> {
    fn build(settings: &Settings, index: I) -> Lru<I> {
        Lru { residents: Residents::new(settings, index, 1) }
    }
}

impl<I: Index> Plain for Lru<I> {
    residents!();

    #[inline]
    fn hit(&mut self, slot: u32) {
        self.residents.slab.to_front(QUEUE, slot);
    }

    #[inline]
    fn enter(&mut self, key: u64, weight: u32) {
        self.residents.slab.add(QUEUE, key, weight, 0);
    }

    #[inline]
    fn victim(&mut self) -> u32 {
        self.residents.slab.back(QUEUE)
    }
}
