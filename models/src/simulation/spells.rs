//! Spells that servers go through by themselves: up and down, set-ups and vacations.

use sim_core::distributions::Distribution;
use sim_core::random::Stream;

/// Draws the lengths of spells of two kinds, which alternate or not; a given series is gone through value by value, each kind
/// by itself.
#[derive(Debug)]
pub(super) struct Spells {
    random: Stream,
    drawn: [u64; 2],
}

/// Which of the two kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spell {
    /// In working order; or a set-up.
    First,
    /// Under repair; or a vacation.
    Second,
}

impl Spells {
    pub fn new(random: Stream) -> Spells {
        Spells { random, drawn: [0; 2] }
    }

    /// The length of the next spell of a kind [ticks].
    pub fn next(&mut self, spell: Spell, length: &Distribution) -> u64 {
        let ordinal = &mut self.drawn[spell as usize];
        *ordinal += 1;
        (length.sample_at(*ordinal - 1, &mut self.random) + 0.5) as u64
    }
}
