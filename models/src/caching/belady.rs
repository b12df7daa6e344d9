//! Belady's optimum.

use super::heap::Heap;
use super::index::{Index, NONE};
use super::plain::{Plain, Residents, residents};
use super::{Build, Settings};

/// MIN (Belady 1966): the object whose next use is farthest away leaves. It must be told of the future
/// ([`foresee`](super::Policy::foresee)), so it runs on traces only.
///
/// Every object that is asked for comes in, as under the other policies, even if it is never asked for again. No policy
/// that does so has fewer misses with as many entries (Mattson et al. 1970). Where several objects are never used again
/// any may leave; here it is the one that was last asked for first. In bytes the rule is the same, and as many leave as
/// it takes; it is then no longer the optimum (which is NP-hard), but a strong yardstick.
#[derive(Clone, Debug)]
pub struct Belady<I> {
    residents: Residents<I>,
    order: Heap,
    next: u64,
    clock: u64,
}

impl<I: Index> Belady<I> {
    fn note(&mut self, slot: u32) {
        self.clock += 1;
        // The farthest first; of those never used again the least recently used.
        self.order.set(slot, (u64::MAX - self.next, self.clock));
    }
}

impl<I: Index> Build<I> for Belady<I> {
    fn build(settings: &Settings, index: I) -> Belady<I> {
        Belady { residents: Residents::new(settings, index), order: Heap::default(), next: u64::MAX, clock: 0 }
    }
}

impl<I: Index> Plain for Belady<I> {
    residents!();

    fn hit(&mut self, slot: u32) {
        self.note(slot);
    }

    fn enter(&mut self, slot: u32) {
        self.note(slot);
    }

    fn victim(&mut self) -> u32 {
        self.order.first().unwrap_or(NONE)
    }

    fn leaves(&mut self, slot: u32, _: bool) {
        self.order.remove(slot);
    }

    #[inline]
    fn next_use(&mut self, next: u64) {
        self.next = next;
    }
}
