//! Random replacement.

use super::index::{Index, NONE};
use super::plain::{Plain, Residents, residents};
use super::slots::reach;
use super::{Build, Settings};
use sim_core::random::{Rng, Stream};

/// Random replacement: each resident object is as likely as any other to leave. Draws come from a stream of the cache's
/// own. In bytes the choice is uniform over objects, whatever their sizes, and repeated until there is room.
#[derive(Clone, Debug)]
pub struct Random<I> {
    residents: Residents<I>,
    /// The slots of all residents, in no order, and the position of each slot here.
    slots: Vec<u32>,
    positions: Vec<u32>,
    stream: Stream,
}

impl<I: Index> Build<I> for Random<I> {
    fn build(settings: &Settings, index: I) -> Random<I> {
        let stream = Stream::named(settings.seed, 0, &settings.name, "eviction");
        Random { residents: Residents::new(settings, index), slots: Vec::new(), positions: Vec::new(), stream }
    }
}

impl<I: Index> Plain for Random<I> {
    residents!();

    #[inline]
    fn hit(&mut self, _: u32) {}

    #[inline]
    fn enter(&mut self, slot: u32) {
        reach(&mut self.positions, slot, NONE);
        self.positions[slot as usize] = self.slots.len() as u32;
        self.slots.push(slot);
    }

    #[inline]
    fn victim(&mut self) -> u32 {
        // A 64-bit fraction times the number of slots (Lemire 2019); below 2^32 of them the bias is under 2^-32.
        let position = (u128::from(self.stream.next_u64()) * self.slots.len() as u128) >> 64;
        self.slots[position as usize]
    }

    #[inline]
    fn leaves(&mut self, slot: u32, _: bool) {
        let position = self.positions[slot as usize];
        self.slots.swap_remove(position as usize);
        if let Some(moved) = self.slots.get(position as usize) {
            self.positions[*moved as usize] = position;
        }
    }
}
