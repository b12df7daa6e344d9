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

use super::size_pools::{Pool, Pools, Sum};
pub use super::waiting::Order;
use super::{
    Answer, Ask, Background, Effect, FigureName, Grant, Held, Line, Measured, Prototype, Resource, Specify, World,
    passive,
};
use crate::lower::{Lower, Path};
use crate::simulation::Outcome;
use crate::spec::{Component, Named, Scalar};
use crate::units::Dimension;
use serde::{Deserialize, Serialize};
use sim_core::observe::Level;
use sim_core::time::Time;
use std::collections::HashMap;

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

#[derive(Clone, Copy, Debug)]
struct Compression {
    after: u64,
    ratio: f64,
    compress: f64,
    decompress: f64,
}

/// A block that a request has.
#[derive(Clone, Copy, Debug)]
struct Block {
    granted: u64,
    requested: u64,
    /// Whether it belongs to a pool; else to the system.
    pooled: bool,
    serial: u64,
    /// What compression saves of it now [B].
    saved: u64,
}

/// What the component does by itself.
#[derive(Clone, Copy, Debug)]
enum Job {
    /// Gives so many bytes in so many blocks back to the system.
    Return { bytes: u64, blocks: u64 },
    /// Compresses the block with this serial number.
    Compress(u64),
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    requested: u64,
    granted: u64,
    system: u64,
    returned: u64,
}

/// Tokens of timers; from [`COLD`] on the serial number of a block that may be cold.
const MONITOR: u64 = 0;
const WORK: u64 = 1;
const COLD: u64 = 2;

/// The state of a memory pool: sizes in bytes, times in ticks.
#[derive(Clone, Debug)]
pub struct State {
    growing: bool,
    blocks: u64,
    growth: f64,
    learn: u64,
    threshold: f64,
    interval: u64,
    defragment: f64,
    take: f64,
    system: f64,
    zero: f64,
    cold: Option<Compression>,
    limit: u64,
    fails: bool,
    pools: Pools,
    held: Vec<Block>,
    free_slots: Vec<u32>,
    serial: u64,
    /// Blocks that may become cold, by serial number.
    watched: HashMap<u64, u32>,
    line: Line,
    background: Background<Job>,
    footprint: Level,
    live: Level,
    objects: Level,
    saved: Level,
    counts: Counts,
}

impl State {
    /// What the system can still give [B].
    fn room(&self) -> u64 {
        self.limit.saturating_sub(self.footprint.get() as u64)
    }

    /// Memory from the system; growing pools give up idle blocks for it. The blocks that they gave up, or `None`.
    fn take_from_system(&mut self, bytes: u64, now: Time) -> Option<u64> {
        let mut given_up = 0;
        if self.growing && self.room() < bytes {
            let (freed, blocks) = self.pools.reclaim(bytes - self.room(), now);
            self.footprint.change(now, -(freed as i64));
            self.counts.returned += blocks;
            given_up = blocks;
        }
        if self.room() < bytes {
            return None;
        }
        self.footprint.change(now, bytes as i64);
        self.counts.system += 1;
        Some(given_up)
    }

    /// A block for so many bytes: its size, whether it is a pool's, and its cost.
    fn allocate(&mut self, bytes: u64, now: Time) -> Option<(u64, bool, f64)> {
        if self.growing {
            return self.allocate_growing(bytes, now);
        }
        if let Some((size, pool)) = self.pools.fitting(bytes) {
            if pool.free.get() > 0 {
                pool.free.down(now);
                pool.used.up(now);
                pool.count(true);
                return Some((size, true, self.take));
            }
            self.take_from_system(size, now)?;
            if let Some((_, pool)) = self.pools.fitting(bytes) {
                pool.count(false);
            }
            return Some((size, false, self.system));
        }
        self.take_from_system(bytes, now)?;
        Some((bytes, false, self.system))
    }

    fn allocate_growing(&mut self, size: u64, now: Time) -> Option<(u64, bool, f64)> {
        let pool = self.pools.0.entry(size).or_default();
        if pool.free.get() > 0 {
            pool.free.down(now);
            pool.used.up(now);
            pool.count(true);
            return Some((size, true, self.take));
        }
        let (made, frequency) = (pool.made, pool.frequency + 1);
        let sets_up = !made && frequency >= self.learn;
        let wanted = (self.blocks as f64).max(self.growth * frequency as f64).clamp(1.0, MOST_BYTES) as u64;
        // As many as fit, where not all of them do.
        let n = if sets_up { wanted.min((self.room() / size).max(1)) } else { 1 };
        let given_up = self.take_from_system(size.checked_mul(n)?, now)?;
        let pool = self.pools.0.entry(size).or_default();
        pool.count(false);
        pool.made |= sets_up;
        let mut cost = self.system + given_up as f64 * self.defragment;
        if pool.made {
            pool.free.change(now, n as i64 - 1);
            pool.used.up(now);
            cost += self.take;
        }
        Some((size, pool.made, cost))
    }

    /// Whether there could ever be memory for so many bytes.
    fn is_possible(&mut self, bytes: u64) -> bool {
        if self.growing {
            return bytes <= self.limit;
        }
        let kept = self.pools.bytes();
        let (size, has_blocks) = match self.pools.fitting(bytes) {
            Some((size, pool)) => (size, pool.free.get() + pool.used.get() > 0),
            None => (bytes, false),
        };
        has_blocks || size <= self.limit.saturating_sub(kept)
    }

    fn grant(&mut self, bytes: u64, world: &mut World<'_>) -> Option<Grant> {
        let (granted, pooled, cost) = self.allocate(bytes, world.now)?;
        self.serial += 1;
        let block = Block { granted, requested: bytes, pooled, serial: self.serial, saved: 0 };
        let slot = match self.free_slots.pop() {
            Some(slot) => {
                self.held[slot as usize] = block;
                slot
            }
            None => {
                self.held.push(block);
                self.held.len() as u32 - 1
            }
        };
        self.live.change(world.now, bytes as i64);
        self.objects.up(world.now);
        self.counts.requested += bytes;
        self.counts.granted += granted;
        if let Some(cold) = self.cold {
            self.watched.insert(block.serial, slot);
            world.effects.push(Effect::Wake(cold.after, COLD + block.serial));
        }
        Some(Grant { way: 0, holds: true, units: granted as f64 * 8.0, cost, token: slot })
    }

    /// Lets in line go on as long as there is memory for the first one.
    fn serve(&mut self, world: &mut World<'_>) {
        while let Some(first) = self.line.first() {
            let (request, bytes) = (first.request, bytes_of(first));
            let Some(grant) = self.grant(bytes, world) else { return };
            self.line.pop();
            world.effects.push(Effect::Go(request, grant));
        }
    }

    /// Takes the idle blocks of pools that have too many out, and starts to give them back.
    fn look(&mut self, world: &mut World<'_>) {
        let (mut bytes, mut blocks) = (0, 0);
        for (size, pool) in &mut self.pools.0 {
            if pool.idle_ratio() > self.threshold {
                let n = pool.free.get();
                pool.free.change(world.now, -n);
                blocks += n as u64;
                bytes += size * n as u64;
            }
        }
        if blocks > 0 {
            let ticks = self.defragment * blocks as f64;
            self.background.add(ticks, Job::Return { bytes, blocks }, WORK, world);
        }
        world.effects.push(Effect::Wake(self.interval, MONITOR));
    }

    /// A block is held for long.
    fn turns_cold(&mut self, serial: u64, world: &mut World<'_>) {
        if let (Some(slot), Some(cold)) = (self.watched.get(&serial), self.cold) {
            let ticks = self.held[*slot as usize].granted as f64 * cold.compress;
            self.background.add(ticks, Job::Compress(serial), WORK, world);
        }
    }

    fn finish(&mut self, job: Job, now: Time) {
        match job {
            Job::Return { bytes, blocks } => {
                self.footprint.change(now, -(bytes as i64));
                self.counts.returned += blocks;
            }
            Job::Compress(serial) => {
                if let (Some(slot), Some(cold)) = (self.watched.get(&serial), self.cold) {
                    let block = &mut self.held[*slot as usize];
                    block.saved =
                        block.granted - ((block.granted as f64 / cold.ratio).ceil() as u64).min(block.granted);
                    self.footprint.change(now, -(block.saved as i64));
                    self.saved.change(now, block.saved as i64);
                }
            }
        }
    }
}

/// Whole bytes, at least one.
fn bytes_of(ask: &Ask) -> u64 {
    (ask.amount / 8.0).ceil().clamp(1.0, MOST_BYTES) as u64
}

/// Figures of single sizes are given for so many, from the smallest.
const SIZES_SHOWN: usize = 6;

macro_rules! of_sizes {
    ($($n:literal)*) => {
        [
            $(FigureName::of(concat!("requests_", $n), Dimension::RATE, concat!("requests for size number ", $n)),)*
            $(FigureName::share(concat!("hit_ratio_", $n), "share of them that found a free block"),)*
            $(FigureName::share(concat!("idle_ratio_", $n), "free blocks of that size, of all of it"),)*
        ]
    };
}
const OF_ALL: [FigureName; 13] = [
    FigureName::share("hit_ratio", "requests that found a free block, of all"),
    FigureName::share("idle_ratio", "free / (free + allocated) of the blocks in pools, over time"),
    FigureName::share("internal_fragmentation", "1 - requested / granted"),
    FigureName::share("memory_efficiency", "useful / allocated: bytes that requests asked for, of the footprint"),
    FigureName::of("live", Dimension::DATA, "what requests asked for and hold, mean"),
    FigureName::of("live_peak", Dimension::DATA, "the most at once"),
    FigureName::of("objects", Dimension::NONE, "allocations that are alive, mean number"),
    FigureName::of("footprint", Dimension::DATA, "memory from the system, mean"),
    FigureName::of("footprint_peak", Dimension::DATA, "the most at once"),
    FigureName::of("saved", Dimension::DATA, "what compression saves of it, mean"),
    FigureName::of("system_requests", Dimension::RATE, "requests to the system"),
    FigureName::of("returned", Dimension::RATE, "idle blocks given back to the system"),
    FigureName::share("upkeep", "time in which it defragments or compresses"),
];
const OF_SIZES: [FigureName; 3 * SIZES_SHOWN] = of_sizes!("1" "2" "3" "4" "5" "6");
const ALL: [FigureName; OF_ALL.len() + OF_SIZES.len()] = {
    let mut all = [OF_ALL[0]; OF_ALL.len() + OF_SIZES.len()];
    let mut i = 0;
    while i < all.len() {
        all[i] = if i < OF_ALL.len() { OF_ALL[i] } else { OF_SIZES[i - OF_ALL.len()] };
        i += 1;
    }
    all
};

impl Resource for State {
    const FIGURES: &'static [FigureName] = &ALL;

    fn start(&mut self, world: &mut World<'_>) {
        if self.growing {
            world.effects.push(Effect::Wake(self.interval, MONITOR));
        }
    }

    fn ask(&mut self, ask: &Ask, world: &mut World<'_>) -> Answer {
        let bytes = bytes_of(ask);
        if !self.is_possible(bytes) {
            return Answer::Refuse(if self.fails { Outcome::Failed } else { Outcome::Refused });
        }
        if self.line.is_empty()
            && let Some(grant) = self.grant(bytes, world)
        {
            return Answer::Go(grant);
        }
        if self.fails {
            return Answer::Refuse(Outcome::Failed);
        }
        self.line.push(*ask);
        Answer::Wait
    }

    fn release(&mut self, held: &Held, world: &mut World<'_>) -> f64 {
        let block = self.held[held.token as usize];
        self.free_slots.push(held.token);
        self.watched.remove(&block.serial);
        self.live.change(world.now, -(block.requested as i64));
        self.objects.down(world.now);
        let mut cost = 0.0;
        if block.saved > 0 {
            cost += block.granted as f64 * self.cold.map_or(0.0, |cold| cold.decompress);
            self.saved.change(world.now, -(block.saved as i64));
            self.footprint.change(world.now, block.saved as i64);
        }
        let pool = if self.growing {
            self.pools.0.get_mut(&block.granted)
        } else {
            self.pools.fitting(block.granted).map(|(_, pool)| pool)
        };
        match pool.filter(|_| block.pooled) {
            Some(pool) => {
                pool.used.down(world.now);
                // Decompressed it may not fit any more.
                if block.saved > 0 && self.footprint.get() as u64 > self.limit {
                    self.footprint.change(world.now, -(block.granted as i64));
                } else {
                    pool.free.up(world.now);
                    cost += block.granted as f64 * self.zero;
                }
            }
            None => self.footprint.change(world.now, -(block.granted as i64)),
        }
        self.serve(world);
        cost
    }

    fn withdraw(&mut self, request: u32, world: &mut World<'_>) {
        self.line.remove(request);
        self.serve(world);
    }

    fn governs(&self) -> Option<u16> {
        // Only what works by itself takes a core.
        self.background.governs().filter(|_| self.growing || self.cold.is_some())
    }

    fn timer(&mut self, token: u64, world: &mut World<'_>) {
        match token {
            MONITOR => self.look(world),
            WORK => {
                if let Some(job) = self.background.done(WORK, world) {
                    self.finish(job, world.now);
                    self.serve(world);
                }
            }
            cold => self.turns_cold(cold - COLD, world),
        }
    }

    fn reset(&mut self, now: Time) {
        self.pools.reset(now);
        self.background.reset(now);
        [&mut self.footprint, &mut self.live, &mut self.objects, &mut self.saved]
            .into_iter()
            .for_each(|level| level.reset(now));
        self.counts = Counts::default();
    }

    fn measure(all: &[&State], measured: Measured) -> Vec<Option<f64>> {
        let Measured { end, span, ticks } = measured;
        let sum = |f: &dyn Fn(&State) -> f64| all.iter().map(|state| f(state)).sum::<f64>();
        let mean = |f: &dyn Fn(&State) -> &Level| sum(&|state| f(state).integral(end)) / span;
        let bits = |bytes: f64| Some(bytes * 8.0);
        let rate = |number: f64| Some(number / (span / ticks));
        let part = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
        let mut sizes: std::collections::BTreeMap<u64, Sum> = Default::default();
        let mut whole = Sum::default();
        for (size, pool) in all.iter().flat_map(|state| &state.pools.0) {
            sizes.entry(*size).or_default().add(pool, end);
            whole.add(pool, end);
        }
        let (live, footprint) = (mean(&|s| &s.live), mean(&|s| &s.footprint));
        let granted = sum(&|s| s.counts.granted as f64);
        let requests = sum(&|s| s.counts.system as f64) + whole.hits as f64;
        let works = all.iter().any(|state| state.growing || state.cold.is_some());
        let mut figures = vec![
            part(whole.hits as f64, requests),
            whole.idle_ratio(),
            part(granted - sum(&|s| s.counts.requested as f64), granted),
            part(live, footprint),
            bits(live),
            bits(sum(&|s| s.live.max() as f64)),
            Some(mean(&|s| &s.objects)),
            bits(footprint),
            bits(sum(&|s| s.footprint.max() as f64)),
            all.iter().any(|state| state.cold.is_some()).then(|| 8.0 * mean(&|s| &s.saved)),
            rate(sum(&|s| s.counts.system as f64)),
            rate(sum(&|s| s.counts.returned as f64)).filter(|_| all.iter().any(|state| state.growing)),
            works.then(|| mean(&|s| &s.background.busy) / all.len() as f64),
        ];
        let shown: Vec<&Sum> = sizes.values().take(SIZES_SHOWN).collect();
        let of = |f: &dyn Fn(&Sum) -> Option<f64>| {
            (0..SIZES_SHOWN).map(|i| shown.get(i).and_then(|sum| f(sum))).collect::<Vec<_>>()
        };
        figures.extend(of(&|sum| rate(sum.requests as f64)));
        figures.extend(of(&Sum::hit_ratio));
        figures.extend(of(&Sum::idle_ratio));
        figures
    }
}
