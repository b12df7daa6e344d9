//! Random replacement.

use super::index::Index;
use super::plain::{Plain, Residents, residents};
use super::{Build, Settings};
use sim_core::random::{Rng, Stream};

/// The list that all are in; its order does not matter.
const ALL: u32 = 0;

/// Random replacement: each resident object is as likely as any other to leave. Draws come from a stream of the cache's
/// own. In bytes the choice is uniform over objects, whatever their sizes, and repeated until there is room.
#[derive(Clone, Debug)]
pub struct Random<I> {
    residents: Residents<I>,
    /// The slots of all residents, in no order; each notes its position here.
    slots: Vec<u32>,
    stream: Stream,
}

impl<I: Index> Build<I> for Random<I> {
    fn build(settings: &Settings, index: I) -> Random<I> {
        let stream = Stream::named(settings.seed, 0, &settings.name, "eviction");
        Random { residents: Residents::new(settings, index, 1), slots: Vec::new(), stream }
    }
}

impl<I: Index> Plain for Random<I> {
    residents!();

    #[inline]
    fn hit(&mut self, _: u32) {}

    #[inline]
    fn enter(&mut self, key: u64, weight: u32) {
        let position = self.slots.len() as u32;
        self.slots.push(self.residents.slab.add(ALL, key, weight, position));
    }

    #[inline]
    fn victim(&mut self) -> u32 {
        // A 64-bit fraction times the number of slots (Lemire 2019); below 2^32 of them the bias is under 2^-32.
        let position = (u128::from(self.stream.next_u64()) * self.slots.len() as u128) >> 64;
        self.slots[position as usize]
    }

    #[inline]
    fn leaves(&mut self, slot: u32) {
        let slab = &mut self.residents.slab;
        let position = slab.tag(slot);
        self.slots.swap_remove(position as usize);
        if let Some(moved) = self.slots.get(position as usize) {
            slab.set_tag(*moved, position);
        }
    }
}
