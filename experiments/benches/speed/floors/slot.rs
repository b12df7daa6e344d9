//! A station with one server, without a branch.

use super::{Bits, NEVER, Random, select, tagged};

/// Its pending completion and who is present.
///
/// All that belongs to a station lies together: were the completions of all stations in one array, they would be loaded
/// two at a time, each load waiting for the store of one of them.
#[derive(Clone, Copy)]
pub struct Slot {
    /// When the present service ends.
    pub next: Bits,
    /// The next service, drawn beforehand [s].
    spare: f64,
    /// Mean service [s].
    mean: f64,
    /// What the time of a completion adds to the integral of the number in the system.
    pub sign: f64,
    pub present: i64,
}

impl Slot {
    /// An idle station.
    pub fn new(mean: f64, random: &mut Random) -> Slot {
        Slot { next: NEVER, spare: random.exponential() * mean, mean, sign: 0.0, present: 0 }
    }

    /// A station that never runs out of work.
    pub fn source(mean: f64) -> Slot {
        Slot { next: NEVER, spare: 0.0, mean, sign: 0.0, present: i64::MAX / 2 }
    }

    /// A service ends; the next begins if somebody waits. Gives the variate in seconds.
    #[inline(always)]
    pub fn complete<const BITS: u32>(&mut self, now: f64, variate: f64, tag: usize) -> f64 {
        let service = variate * self.mean;
        self.spare = service;
        self.present -= 1;
        self.next = select(self.present > 0, tagged::<BITS>(now + service, tag), NEVER);
        service
    }

    /// Somebody comes, and is served if alone.
    #[inline(always)]
    pub fn arrive<const BITS: u32>(&mut self, now: f64, tag: usize) {
        self.present += 1;
        self.next = select(self.present == 1, tagged::<BITS>(now + self.spare, tag), self.next);
    }
}
