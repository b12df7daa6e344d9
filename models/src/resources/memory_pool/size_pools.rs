//! Blocks of equal size in pools, one pool per size: what a [`super::MemoryPool`] counts.

use sim_core::observe::Level;
use sim_core::time::Time;
use std::collections::BTreeMap;

/// The blocks of one size. Only their numbers are kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Pool {
    /// Blocks that are free, and those that requests have.
    pub free: Level,
    pub used: Level,
    /// Whether it has been set up.
    pub made: bool,
    /// Requests for this size, ever.
    pub frequency: u64,
    /// Requests in the measured time, and those of them that found a free block.
    pub requests: u64,
    pub hits: u64,
}

impl Pool {
    /// A pool of so many free blocks.
    pub fn of(blocks: u64, now: Time) -> Pool {
        let mut pool = Pool { made: true, ..Pool::default() };
        pool.free.change(now, blocks as i64);
        pool
    }

    /// Counts a request.
    pub fn count(&mut self, hit: bool) {
        self.frequency += 1;
        self.requests += 1;
        self.hits += u64::from(hit);
    }

    /// Free / (free + allocated); 0 where there are no blocks.
    pub fn idle_ratio(&self) -> f64 {
        let (free, used) = (self.free.get() as f64, self.used.get() as f64);
        if free > 0.0 { free / (free + used) } else { 0.0 }
    }

    fn reset(&mut self, now: Time) {
        self.free.reset(now);
        self.used.reset(now);
        (self.requests, self.hits) = (0, 0);
    }
}

/// All pools, by block size [B].
#[derive(Clone, Debug, Default)]
pub(super) struct Pools(pub BTreeMap<u64, Pool>);

impl Pools {
    /// The smallest class that fits.
    pub fn fitting(&mut self, bytes: u64) -> Option<(u64, &mut Pool)> {
        self.0.range_mut(bytes..).next().map(|(size, pool)| (*size, pool))
    }

    /// What their blocks take together [B].
    pub fn bytes(&self) -> u64 {
        self.0.iter().map(|(size, pool)| size * (pool.free.get() + pool.used.get()) as u64).sum()
    }

    /// Takes free blocks away, of the smallest sizes first, until so many bytes are gone or none is left: bytes, blocks.
    pub fn reclaim(&mut self, wanted: u64, now: Time) -> (u64, u64) {
        let (mut bytes, mut blocks) = (0, 0);
        for (size, pool) in &mut self.0 {
            if bytes >= wanted {
                break;
            }
            let n = (pool.free.get() as u64).min((wanted - bytes).div_ceil(*size));
            pool.free.change(now, -(n as i64));
            bytes += n * size;
            blocks += n;
        }
        (bytes, blocks)
    }

    /// The warm-up is over.
    pub fn reset(&mut self, now: Time) {
        self.0.values_mut().for_each(|pool| pool.reset(now));
    }
}

/// What is known of a size over all instances of a component.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    pub free: f64,
    pub used: f64,
    pub requests: u64,
    pub hits: u64,
}

impl Sum {
    /// Adds a pool, with its integrals up to `end`.
    pub fn add(&mut self, pool: &Pool, end: Time) {
        self.free += pool.free.integral(end);
        self.used += pool.used.integral(end);
        self.requests += pool.requests;
        self.hits += pool.hits;
    }

    /// Requests that found a free block, of all.
    pub fn hit_ratio(&self) -> Option<f64> {
        (self.requests > 0).then(|| self.hits as f64 / self.requests as f64)
    }

    /// Free / (free + allocated), over time.
    pub fn idle_ratio(&self) -> Option<f64> {
        (self.free + self.used > 0.0).then(|| self.free / (self.free + self.used))
    }
}
