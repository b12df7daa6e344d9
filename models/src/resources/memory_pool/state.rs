//! What a memory pool has given, and to whom.

use super::MOST_BYTES;
use super::figures;
use super::size_pools::Pools;
use crate::resources::{Answer, Ask, Background, Effect, FigureName, Grant, Held, Line, Measured, Resource, World};
use crate::simulation::Outcome;
use sim_core::observe::Level;
use sim_core::time::Time;
use std::collections::HashMap;

#[derive(Clone, Copy, Debug)]
pub(super) struct Compression {
    pub(super) after: u64,
    pub(super) ratio: f64,
    pub(super) compress: f64,
    pub(super) decompress: f64,
}

/// A block that a request has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
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
pub(super) enum Job {
    /// Gives so many bytes in so many blocks back to the system.
    Return { bytes: u64, blocks: u64 },
    /// Compresses the block with this serial number.
    Compress(u64),
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) requested: u64,
    pub(super) granted: u64,
    pub(super) system: u64,
    pub(super) returned: u64,
}

/// Tokens of timers; from [`COLD`] on the serial number of a block that may be cold.
const MONITOR: u64 = 0;
const WORK: u64 = 1;
const COLD: u64 = 2;

/// The state of a memory pool: sizes in bytes, times in ticks.
#[derive(Clone, Debug)]
pub struct State {
    pub(super) growing: bool,
    pub(super) blocks: u64,
    pub(super) growth: f64,
    pub(super) learn: u64,
    pub(super) threshold: f64,
    pub(super) interval: u64,
    pub(super) defragment: f64,
    pub(super) take: f64,
    pub(super) system: f64,
    pub(super) zero: f64,
    pub(super) cold: Option<Compression>,
    pub(super) limit: u64,
    pub(super) fails: bool,
    pub(super) pools: Pools,
    pub(super) held: Vec<Block>,
    pub(super) free_slots: Vec<u32>,
    pub(super) serial: u64,
    /// Blocks that may become cold, by serial number.
    pub(super) watched: HashMap<u64, u32>,
    pub(super) line: Line,
    pub(super) background: Background<Job>,
    pub(super) footprint: Level,
    pub(super) live: Level,
    pub(super) objects: Level,
    pub(super) saved: Level,
    pub(super) counts: Counts,
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

impl Resource for State {
    const FIGURES: &'static [FigureName] = &figures::ALL;

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
        figures::measure(all, measured)
    }
}
