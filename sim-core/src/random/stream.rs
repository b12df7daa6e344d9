//! Long random sequences that belong to a component by its name.

use std::convert::Infallible;

use rand::rand_core::{Rng, SeedableRng, TryRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::keyed::{Keyed, combine, name_hash};

/// The random numbers of one component for one purpose: Xoshiro256++ (Blackman, Vigna 2021, "Scrambled linear
/// pseudorandom number generators"), period 2^256 - 1, seeded from names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    generator: Xoshiro256PlusPlus,
}

impl Stream {
    /// The stream of the component `name` for `purpose` ("failure", "eviction", ...) in one replication. It depends on
    /// these four and on nothing else, in particular not on what other streams exist.
    #[must_use]
    pub fn named(seed: u64, replication: u64, name: &str, purpose: &str) -> Self {
        let run = combine(seed, replication);
        let place = combine(name_hash(name), name_hash(purpose));
        // Two generators over differently mixed keys: 128 bits tell streams apart rather than 64.
        let mut first = Keyed::new(run, place);
        let mut second = Keyed::new(combine(place, run), run);
        let mut bytes = [0; 32];
        let words = [first.next_u64(), second.next_u64(), first.next_u64(), second.next_u64()];
        for (chunk, word) in bytes.chunks_exact_mut(8).zip(words) {
            chunk.copy_from_slice(&word.to_le_bytes());
        }
        Self { generator: Xoshiro256PlusPlus::from_seed(bytes) }
    }
}

impl TryRng for Stream {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.generator.try_next_u32()
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.generator.try_next_u64()
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        self.generator.try_fill_bytes(dst)
    }
}
