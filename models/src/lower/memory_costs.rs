//! What memory access costs by layout and pattern: a factor on the work of a computation.
//!
//! The default table follows from two figures and one example. A cache line of 64 B comes in 64 B / 20 GiB/s = 2.98 ns
//! where lines follow each other, and in 20 ns where they do not (napkin-math). A record has eight fields of 8 B, of
//! which a computation uses four. Lines per record, and so time per record:
//!
//! | layout | sequential | random | strided | cache-friendly |
//! |---|---|---|---|---|
//! | struct of arrays | 4 x 8 B of lines that are used whole: 1/2 | 4, one per field | 4, one per field | 1/2 |
//! | array of structs | 1, half of it used | 1 | 1 | 1/2: the rest is used before it leaves |
//! | hybrid (the four together) | 1/2 | 1 | 1 | 1/2 |
//!
//! The unit is what is least, half a line in sequence: 1.49 ns. Where buffers do not start at a line, every second load
//! of 32 B crosses a line and takes two accesses: 1.5.

use super::{Lower, Path};
use crate::spec::{Layout, MemoryAccess, MemoryCosts, Pattern};
use crate::units::Dimension;

/// Time of a line of 64 B in sequence, and at random [ns].
const SEQUENTIAL: f64 = 64e9 / (20.0 * (1u64 << 30) as f64);
const RANDOM: f64 = 20.0;
/// The unit: half a line in sequence [ns].
const UNIT: f64 = SEQUENTIAL / 2.0;
const UNALIGNED: f64 = 1.5;

/// The default factor of a layout and a pattern.
pub fn default_factor(layout: Layout, pattern: Pattern) -> f64 {
    let lines = match (layout, pattern) {
        (_, Pattern::CacheFriendly) => 0.5,
        (Layout::ArrayOfStructs, _) => 1.0,
        (Layout::StructOfArrays | Layout::Hybrid, Pattern::Sequential) => 0.5,
        (Layout::StructOfArrays, _) => 4.0,
        (Layout::Hybrid, _) => 1.0,
    };
    lines * if pattern == Pattern::Random { RANDOM } else { SEQUENTIAL } / UNIT
}

impl Lower<'_> {
    /// The factor on work of an access, by the first of the tables that has it; `at` is the step's.
    pub(super) fn memory_factor(
        &self,
        access: &MemoryAccess,
        tables: &[(Path, Option<&MemoryCosts>)],
        at: &Path,
    ) -> f64 {
        let tables = || tables.iter().filter_map(|(at, table)| table.map(|table| (at, table)));
        let given = tables().find_map(|(at, table)| {
            let (layout, patterns) = table.patterns(access.layout);
            let (pattern, factor) = patterns?.factor(access.access);
            Some(self.positive(&at.field(layout).field(pattern), factor?, Dimension::NONE))
        });
        let mut factor = given.unwrap_or_else(|| default_factor(access.layout, access.access));
        if access.aligned == Some(false) {
            let given = tables().find_map(|(at, table)| {
                let unaligned = table.unaligned.as_ref()?;
                Some(self.positive(&at.field("unaligned"), unaligned, Dimension::NONE))
            });
            factor *= given.unwrap_or(UNALIGNED);
        }
        let share = access.share.as_ref().map_or(1.0, |share| self.probability(&at.field("share"), share));
        1.0 - share + share * factor
    }

    /// Looks for mistakes in a table, whether a step uses it or not.
    pub(super) fn check_memory_costs(&self, table: &MemoryCosts, at: &Path) {
        for layout in [Layout::ArrayOfStructs, Layout::StructOfArrays, Layout::Hybrid] {
            let (name, patterns) = table.patterns(layout);
            let Some(patterns) = patterns else { continue };
            for pattern in [Pattern::Sequential, Pattern::Random, Pattern::Strided, Pattern::CacheFriendly] {
                if let (field, Some(factor)) = patterns.factor(pattern) {
                    self.positive(&at.field(name).field(field), factor, Dimension::NONE);
                }
            }
        }
        if let Some(unaligned) = &table.unaligned {
            self.positive(&at.field("unaligned"), unaligned, Dimension::NONE);
        }
    }
}
