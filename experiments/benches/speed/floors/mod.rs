//! What the engine is measured against: for each workload the fastest loop that we know how to write for it alone.
//!
//! The rules: every arrival and every completion is an event of its own, taken in order of time through a minimum over
//! what is pending; service times and gaps are drawn as a simulator would draw them (ziggurat, Xoshiro256++), one for
//! each event; nothing is known of the law but how to draw from it (no use of memorylessness, no recursion of Lindley).
//! All that is observed is the mean response: the integral of the number present over the number of completions.
//!
//! What makes them fast: a branch on what kind of event comes next is mispredicted half the time, so that the loops have
//! none. Selections are conditional moves; and every event draws exactly one variate: that of the next service of the
//! station that has just completed one, used at once if somebody waits and else laid by for the next arrival.

mod closed;
mod devices;
mod list;
mod series;
mod single;
mod slot;
mod tree;

pub use closed::closed;
pub use devices::{devices, merged};
pub use series::series;
pub use single::single;

use rand::SeedableRng;
use rand_distr::{Distribution, Exp1};
use rand_xoshiro::Xoshiro256PlusPlus;
use std::hint::select_unpredictable;

/// What a loop reports.
pub struct Outcome {
    /// Arrivals and completions.
    pub events: u64,
    /// Mean response [s].
    pub mean: f64,
}

/// The random numbers of a loop.
struct Random(Xoshiro256PlusPlus);

impl Random {
    fn new(seed: u64) -> Random {
        Random(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// An exponential variate with mean 1.
    #[inline(always)]
    fn exponential(&mut self) -> f64 {
        Exp1.sample(&mut self.0)
    }
}

/// A point in time [s] as the bits of its number, which are in the same order: registers for whole numbers have
/// conditional moves, those for fractions have none.
type Bits = u64;

/// No point in time.
const NEVER: Bits = f64::INFINITY.to_bits();

/// The smaller.
#[inline(always)]
fn min(a: Bits, b: Bits) -> Bits {
    select(a < b, a, b)
}

#[inline(always)]
fn select(condition: bool, yes: Bits, no: Bits) -> Bits {
    select_unpredictable(condition, yes, no)
}

/// A time that carries a number below 2^BITS in the last bits of its fraction, where the minimum finds it again.
#[inline(always)]
fn tagged<const BITS: u32>(time: f64, tag: usize) -> Bits {
    time.to_bits() >> BITS << BITS | tag as u64
}

#[inline(always)]
fn tag<const BITS: u32>(time: Bits) -> usize {
    (time & ((1 << BITS) - 1)) as usize
}
