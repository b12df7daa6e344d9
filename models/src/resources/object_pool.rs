//! `ObjectPool`: objects that are costly to make, kept for the next one who needs one.
//!
//! ```text
//!   Borrow ──▶ one is there ── hit ────────────▶ in use for the block ──▶ room? ── returned
//!         └──▶ none is ─────── miss: it is made ▶ in use                        └─ discarded
//! ```
//!
//! Nobody waits. With `keep: Returned` whatever comes back is kept while fewer than `max_size` are there: the pool grows by
//! what is made in a rush. With `keep: Own` the pool has `max_size` objects of its own from the start, and what is made
//! when these are all in use is thrown away: a loss system, whose misses are the losses (Erlang 1917).

use super::{Answer, Ask, FigureName, Grant, Held, Measured, Prototype, Resource, World, passive};
use crate::lower::{Lower, Path};
use crate::spec::{Component, DistributionSpec, Named, Scalar};
use crate::units::Dimension;
use serde::{Deserialize, Serialize};
use sim_core::observe::Level;
use sim_core::time::Time;

/// Which objects a pool keeps when they come back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Keep {
    /// All, while there is room.
    #[default]
    Returned,
    /// Its own, of which there are `max_size` from the start.
    Own,
}

passive! {
    /// Objects that are costly to make, kept for the next one who needs one: buffers, threads, parsers.
    ObjectPool {
        /// The most objects that the pool keeps.
        max_size: Scalar,
        /// Which ones it keeps when they come back (default `Returned`).
        keep: Keep,
        /// Objects that are there at the start (default: 0; with `keep: Own` it is `max_size`).
        initial: Scalar,
        /// What making one takes, time or cycles (default nothing).
        factory: DistributionSpec,
        /// The processor that makes it (default: the time passes, and nothing is occupied).
        on: String,
    }
    ObjectPool::prototype
}

/// Token of an object that was made for its block.
const MADE: u32 = 1;

impl ObjectPool {
    fn prototype(&self, lower: &Lower<'_>, _components: &Named<Component>, at: &Path) -> Prototype {
        let most = 1 << 40;
        let max_size = match &self.max_size {
            Some(max) => lower.whole(&at.field("max_size"), max, 0, most),
            None => {
                lower.problem_with_help(at, "an ObjectPool needs a size", "give `max_size: 8` or more");
                0
            }
        };
        let keep = self.keep.unwrap_or_default();
        let initial = self.initial.as_ref().map(|n| lower.whole(&at.field("initial"), n, 0, max_size));
        if keep == Keep::Own && initial.is_some() {
            let help = "leave it out: there are `max_size`";
            lower.problem_with_help(
                &at.field("initial"),
                "a pool of its own objects has them all from the start",
                help,
            );
        }
        if self.on.is_some() && self.factory.is_none() {
            let help = "give the work: `factory: \"50 us\"`";
            lower.problem_with_help(&at.field("on"), "`on` has no meaning without a `factory`", help);
        }
        let idle = if keep == Keep::Own { max_size } else { initial.unwrap_or(0) };
        let state = State { max_size, keep, idle, seen: Seen::default() };
        // There is no limit to the objects in use: no units.
        Prototype { state: super::State::ObjectPool(Box::new(state)), units: 0.0 }
    }
}

/// What is counted.
#[derive(Clone, Debug, Default)]
struct Seen {
    hits: u64,
    misses: u64,
    returned: u64,
    discarded: u64,
    live: Level,
    idle: Level,
}

/// The state of a pool.
#[derive(Clone, Debug)]
pub struct State {
    max_size: u64,
    keep: Keep,
    idle: u64,
    seen: Seen,
}

impl Resource for State {
    const FIGURES: &'static [FigureName] = &[
        FigureName::of("hits", Dimension::RATE, "requests that got what was there"),
        FigureName::of("misses", Dimension::RATE, "requests for which one had to be made"),
        FigureName::share("hit_ratio", "share of requests that got what was there"),
        FigureName::of("returned", Dimension::RATE, "objects that came back and were kept"),
        FigureName::of("discarded", Dimension::RATE, "objects that came back and were thrown away"),
        FigureName::of("live", Dimension::NONE, "mean number of objects that there are, used or not"),
        FigureName::of("live_max", Dimension::NONE, "greatest number of objects that there were"),
        FigureName::of("idle", Dimension::NONE, "mean number of those that nobody uses"),
    ];

    fn start(&mut self, world: &mut World<'_>) {
        self.seen.live.change(world.now, self.idle as i64);
        self.seen.idle.change(world.now, self.idle as i64);
    }

    fn ask(&mut self, _ask: &Ask, world: &mut World<'_>) -> Answer {
        let seen = &mut self.seen;
        if self.idle > 0 {
            self.idle -= 1;
            seen.idle.down(world.now);
            seen.hits += 1;
            return Answer::Go(Grant::holding(0.0));
        }
        seen.misses += 1;
        seen.live.up(world.now);
        Answer::Go(Grant { way: 1, token: MADE, ..Grant::holding(0.0) })
    }

    fn release(&mut self, held: &Held, world: &mut World<'_>) -> f64 {
        let made = held.token == MADE;
        let kept = match self.keep {
            Keep::Own => !made,
            // One whose block was broken off may not be finished.
            Keep::Returned => self.idle < self.max_size && (held.completed || !made),
        };
        let seen = &mut self.seen;
        if kept {
            self.idle += 1;
            seen.idle.up(world.now);
            seen.returned += 1;
        } else {
            seen.live.down(world.now);
            seen.discarded += 1;
        }
        0.0
    }

    fn withdraw(&mut self, _request: u32, _world: &mut World<'_>) {}

    fn reset(&mut self, now: Time) {
        let Seen { mut live, mut idle, .. } = std::mem::take(&mut self.seen);
        live.reset(now);
        idle.reset(now);
        self.seen = Seen { live, idle, ..Seen::default() };
    }

    fn measure(all: &[&Self], measured: Measured) -> Vec<Option<f64>> {
        let count = |of: fn(&Seen) -> u64| all.iter().map(|state| of(&state.seen)).sum::<u64>() as f64;
        let mean = |of: fn(&Seen) -> &Level| {
            Some(all.iter().map(|state| of(&state.seen).integral(measured.end)).sum::<f64>() / measured.span)
        };
        let seconds = measured.span / measured.ticks;
        let (hits, misses) = (count(|seen| seen.hits), count(|seen| seen.misses));
        vec![
            Some(hits / seconds),
            Some(misses / seconds),
            (hits + misses > 0.0).then(|| hits / (hits + misses)),
            Some(count(|seen| seen.returned) / seconds),
            Some(count(|seen| seen.discarded) / seconds),
            mean(|seen| &seen.live),
            all.iter().map(|state| state.seen.live.max() as f64).reduce(f64::max),
            mean(|seen| &seen.idle),
        ]
    }
}
