//! First in, first out.

use super::index::Index;
use super::plain::{Plain, Residents, residents};
use super::{Build, Settings};

/// The list, latest first.
const QUEUE: u32 = 0;

/// First in, first out: a use changes nothing.
#[derive(Clone, Debug)]
pub struct Fifo<I> {
    residents: Residents<I>,
}

impl<I: Index> Build<I> for Fifo<I> {
    fn build(settings: &Settings, index: I) -> Fifo<I> {
        Fifo { residents: Residents::new(settings, index, 1) }
    }
}

impl<I: Index> Plain for Fifo<I> {
    residents!();

    #[inline]
    fn hit(&mut self, _: u32) {}

    #[inline]
    fn enter(&mut self, key: u64, weight: u32) {
        self.residents.slab.add(QUEUE, key, weight, 0);
    }

    #[inline]
    fn victim(&mut self) -> u32 {
        self.residents.slab.back(QUEUE)
    }
}
