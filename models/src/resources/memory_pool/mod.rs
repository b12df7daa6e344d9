//! `MemoryPool`: memory in blocks of fixed sizes.
//!
//! ```text
//!   Allocate ──▶ a free block of the size? ──yes──▶ `take`
//!                        │ no
//!                        ▼
//!                the system ──▶ `system`     over the `limit`: waits, or fails
//!   end of the block ──▶ back to its pool (`zero`), or to the system
//!   every `interval`:  a pool with free/(free + allocated) > `threshold` returns its free blocks (`defragment` each)
//! ```
//!
//! `Sizes` and `Ratio` are a size-class allocator: so many blocks of each class from the start, the smallest class that
//! fits; what a class cannot give, and what is larger, comes from the system and goes back there. `Growing` has a pool
//! for each size that is asked for, set up when it is first used; what such a pool asks the system for stays in it.
//!
//! Figures of cost that are not given are: a block from a pool 25 ns (Go's sync.Pool, philpearl/benchmarks); from the
//! system, and to give one back, a system call of 300 ns (napkin-math); zeroing at the rate of sequential memory,
//! 20 GiB/s (napkin-math); compression as lz4: ratio 2.101, 700 and 4000 MB/s (lz4's own benchmark).

mod figures;
mod size_pools;
mod state;

pub use super::waiting::Order;
use super::{Background, Line, Prototype, Specify, passive};
use crate::lower::{Lower, Path};
use crate::spec::{Component, Named, Scalar};
use crate::units::Dimension;
use serde::{Deserialize, Serialize};
use sim_core::observe::Level;
use sim_core::time::Time;
use size_pools::{Pool, Pools};
use state::{Compression, Counts};
use std::collections::HashMap;

pub use state::State;

/// Which block sizes there are.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub enum Classes {
    /// A pool for each size that is asked for, set up on first use.
    Growing,
    /// These.
    Sizes(Vec<Scalar>),
    /// Each so many times the one before, from 64 B to 16 KiB unless given.
    #[allow(missing_docs)]
    Ratio { ratio: Scalar, from: Option<Scalar>, to: Option<Scalar> },
}

/// What happens to a request for which there is no memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum AtLimit {
    /// It waits in line.
    #[default]
    Wait,
    /// It fails.
    Fail,
}

/// Compression of blocks that are held for long.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Cold {
    /// Time after which a block that is still held is compressed (required).
    pub after: Option<Scalar>,
    /// Size before over size after (default 2.101).
    pub ratio: Option<Scalar>,
    /// Time to compress, per amount of data (default 1/(700 MB/s)).
    pub compress: Option<Scalar>,
    /// Time to decompress, when the block ends (default 1/(4000 MB/s)).
    pub decompress: Option<Scalar>,
}

passive! {
    /// Memory in blocks of fixed sizes, that requests hold for the length of an `Allocate`.
    MemoryPool {
        /// Block sizes (default `Sizes(["64 B", "256 B", "1024 B", "4096 B", "16384 B"])`).
        classes: Classes,
        /// Blocks of each class; of a growing pool the least that it is set up with (default 100).
        blocks: Scalar,
        /// Growing: blocks that a pool is set up with, per request for its size so far (default 10).
        growth: Scalar,
        /// Growing: the request for a size with this number sets its pool up; those before are the system's (default 1).
        learn: Scalar,
        /// Growing: idle ratio above which a pool is defragmented (default 0.3).
        threshold: Scalar,
        /// Growing: time between two looks at the idle ratios (default 60 s).
        interval: Scalar,
        /// Growing: time to give one idle block back to the system (default 300 ns).
        defragment: Scalar,
        /// Time to take a block from a pool (default 25 ns).
        take: Scalar,
        /// Time to get memory from the system (default 300 ns).
        system: Scalar,
        /// Time to zero a block that comes back, per amount of data (default 1/(20 GiB/s); growing pools: none).
        zero: Scalar,
        /// Compression of blocks that are held for long (default: none).
        cold: Cold,
        /// The processor that these times are spent on (default: they pass, and nothing is occupied).
        on: String,
        /// Memory in all, such as that of a processor (default: no limit).
        limit: Scalar,
        /// What happens to a request for which there is none (default `Wait`).
        at_limit: AtLimit,
        /// Who is next of those that wait (default `Fifo`).
        order: Order,
    }
    MemoryPool::prototype
}

const DEFAULT_SIZES: [u64; 5] = [64, 256, 1024, 4096, 16384];
/// More would take long to go through, and mean nothing.
const MOST_CLASSES: usize = 10_000;
/// No machine has more [B].
const MOST_BYTES: f64 = (1u64 << 50) as f64;
/// The limit where none is given: far beyond all machines, and within what is counted exactly [B].
const NO_LIMIT: u64 = 1 << 56;

impl MemoryPool {
    fn prototype(&self, lower: &Lower<'_>, components: &Named<Component>, at: &Path) -> Prototype {
        let ticks = lower.clock().ticks_per_second();
        let time = |field: &str, value: &Option<Scalar>, default: f64| {
            ticks * value.as_ref().map_or(default, |v| lower.not_negative(&at.field(field), v, Dimension::TIME))
        };
        let whole = |field: &str, value: &Option<Scalar>, low: u64, default: u64| {
            value.as_ref().map_or(default, |v| lower.whole(&at.field(field), v, low, 1 << 40))
        };
        let growing = self.classes == Some(Classes::Growing);
        if !growing {
            let only = [
                ("growth", &self.growth),
                ("learn", &self.learn),
                ("threshold", &self.threshold),
                ("interval", &self.interval),
                ("defragment", &self.defragment),
            ];
            for (field, _) in only.iter().filter(|(_, value)| value.is_some()) {
                let help = "add `classes: Growing`: fixed classes keep their blocks";
                lower.problem_with_help(&at.field(field), format!("`{field}` is of growing pools only"), help);
            }
        }
        let bytes = |at: &Path, value: &Scalar| {
            let bits = lower.positive(at, value, Dimension::DATA);
            if bits / 8.0 > MOST_BYTES {
                lower.problem_with_help(at, format!("`{value}` is more than any machine has"), "give at most 1024 TiB");
                return 1;
            }
            (bits / 8.0).ceil() as u64
        };
        let blocks = whole("blocks", &self.blocks, 0, 100);
        let mut pools = Pools::default();
        for size in self.sizes(lower, at, &bytes) {
            pools.0.insert(size, Pool::of(blocks, Time::ZERO));
        }
        let limit = self.limit.as_ref().map_or(NO_LIMIT, |limit| bytes(&at.field("limit"), limit));
        let reserved = pools.0.iter().fold(0u64, |sum, (size, _)| sum.saturating_add(size.saturating_mul(blocks)));
        if reserved > limit.min(MOST_BYTES as u64) {
            let help = "give fewer `blocks`, smaller `classes`, or a larger `limit`";
            let message = format!("the blocks of all classes take {reserved} B from the start, more than there is");
            lower.problem_with_help(&at.field("blocks"), message, help);
        }
        if self.at_limit.is_some() && self.limit.is_none() {
            let help = "add a `limit`, such as \"512 MB\"";
            lower.warning(&at.field("at_limit"), "`at_limit` has no effect without a `limit`", help);
        }
        let interval = match &self.interval {
            Some(interval) => lower.positive(&at.field("interval"), interval, Dimension::TIME) * ticks,
            None => 60.0 * ticks,
        };
        let zero = match &self.zero {
            Some(zero) => lower.not_negative(&at.field("zero"), zero, Dimension::TIME_PER_DATA) * 8.0 * ticks,
            None if growing => 0.0,
            None => ticks / (20.0 * (1u64 << 30) as f64),
        };
        let shared = lower.shared(self.on.as_ref(), growing || self.cold.is_some(), self.per(), components, at);
        let mut footprint = Level::default();
        footprint.change(Time::ZERO, reserved.min(MOST_BYTES as u64) as i64);
        let state = State {
            growing,
            blocks,
            growth: self.growth.as_ref().map_or(10.0, |g| lower.not_negative(&at.field("growth"), g, Dimension::NONE)),
            learn: whole("learn", &self.learn, 1, 1),
            threshold: self.threshold.as_ref().map_or(0.3, |t| lower.probability(&at.field("threshold"), t)),
            interval: (interval + 0.5).max(1.0) as u64,
            defragment: time("defragment", &self.defragment, 300e-9),
            take: time("take", &self.take, 25e-9),
            system: time("system", &self.system, 300e-9),
            zero,
            cold: self.cold.as_ref().map(|cold| cold.lower(lower, &at.field("cold"), ticks)),
            limit,
            fails: self.at_limit == Some(AtLimit::Fail),
            pools,
            held: Vec::new(),
            free_slots: Vec::new(),
            serial: 0,
            watched: HashMap::new(),
            line: Line::new(self.order.unwrap_or_default()),
            background: Background::new(shared),
            footprint,
            live: Level::default(),
            objects: Level::default(),
            saved: Level::default(),
            counts: Counts::default(),
        };
        let units = if limit == NO_LIMIT { 0.0 } else { limit as f64 * 8.0 };
        Prototype { state: super::State::MemoryPool(Box::new(state)), units }
    }

    /// Block sizes that there are from the start [B].
    fn sizes(&self, lower: &Lower<'_>, at: &Path, bytes: &dyn Fn(&Path, &Scalar) -> u64) -> Vec<u64> {
        let at = at.field("classes");
        match &self.classes {
            None => DEFAULT_SIZES.to_vec(),
            Some(Classes::Growing) => Vec::new(),
            Some(Classes::Sizes(sizes)) => {
                if sizes.is_empty() || sizes.len() > MOST_CLASSES {
                    let help = "give the sizes of blocks, such as `Sizes([\"64 B\", \"1 KiB\"])`";
                    lower.problem_with_help(&at, format!("{} block sizes are not possible", sizes.len()), help);
                    return Vec::new();
                }
                let list: Vec<u64> = sizes.iter().enumerate().map(|(i, size)| bytes(&at.index(i), size)).collect();
                if let Some(i) = (1..list.len()).find(|i| list[*i] <= list[i - 1]) {
                    lower.problem_with_help(&at.index(i), "block sizes must increase", "sort them, each once");
                }
                list
            }
            Some(Classes::Ratio { ratio, from, to }) => {
                let factor = lower.number(&at.field("ratio"), ratio, Dimension::NONE);
                let from = from.as_ref().map_or(64, |from| bytes(&at.field("from"), from));
                let largest = to.as_ref().map_or(16384, |to| bytes(&at.field("to"), to));
                if factor.is_nan() || factor <= 1.0 || largest < from {
                    let help = "give a ratio above 1, and a `to` that is not below `from`";
                    lower.problem_with_help(&at, "these block sizes do not increase", help);
                    return vec![64];
                }
                let mut sizes = vec![from];
                let mut exact = from as f64;
                while let Some(last) = sizes.last()
                    && *last < largest
                    && sizes.len() < MOST_CLASSES
                {
                    exact *= factor;
                    sizes.push((exact.ceil() as u64).clamp(last + 1, largest));
                }
                if sizes.last().is_some_and(|last| *last < largest) {
                    let message = format!("this ratio gives over {MOST_CLASSES} block sizes");
                    lower.problem_with_help(&at.field("ratio"), message, "give a larger one");
                }
                sizes
            }
        }
    }
}

impl Cold {
    fn lower(&self, lower: &Lower<'_>, at: &Path, ticks: f64) -> Compression {
        let after = match &self.after {
            Some(after) => lower.positive(&at.field("after"), after, Dimension::TIME) * ticks,
            None => {
                lower.problem_with_help(at, "when is a block cold?", "give `after: \"10 s\"`");
                ticks
            }
        };
        let ratio = self.ratio.as_ref().map_or(2.101, |r| lower.number(&at.field("ratio"), r, Dimension::NONE));
        if ratio.is_nan() || ratio <= 1.0 {
            let help = "give the size before over the size after, above 1";
            lower.problem_with_help(&at.field("ratio"), "this would not make blocks smaller", help);
        }
        let per_byte = |field: &str, value: &Option<Scalar>, default: f64| {
            8.0 * ticks
                * value
                    .as_ref()
                    .map_or(default / 8.0, |v| lower.not_negative(&at.field(field), v, Dimension::TIME_PER_DATA))
        };
        Compression {
            after: (after + 0.5) as u64,
            ratio,
            compress: per_byte("compress", &self.compress, 1.0 / 700e6),
            decompress: per_byte("decompress", &self.decompress, 1.0 / 4000e6),
        }
    }
}
