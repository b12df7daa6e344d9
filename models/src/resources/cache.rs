//! `Cache`: objects by key, at one or several levels, with a replacement policy of [`crate::caching`] at each.
//!
//! ```text
//!   Lookup ──▶ level 1 ──▶ level 2 ──▶ .. ──▶ miss: its body fetches; at its end the object is stored
//!                hit         hit: the object moves up
//! ```
//!
//! A miss is held like a permit while its body runs: when it succeeds the object is stored, when it is broken off it is
//! not. Those who ask for the same key meanwhile fetch for themselves, or with `coalesce` wait for the first.
//!
//! Levels are exclusive (an object is at one of them: a hit moves it up by one, an overflow moves down) or inclusive (what
//! is at a level is at all below it: a hit is copied to all above, and what leaves a level leaves those above).

use super::{
    Answer, Ask, CacheLevel, Effect, FigureName, Grant, Held, Measured, Nature, Prototype, Resource, World, passive,
};
use crate::caching::index::Hashed;
use crate::caching::{Cache as Policed, Capacity, Kind, Policy, Settings};
use crate::lower::{Lower, Path};
use crate::spec::{Component, Named, Scalar};
use crate::units::Dimension;
use serde::{Deserialize, Serialize};
use sim_core::random::Rng;
use sim_core::time::Time;
use std::collections::{HashMap, VecDeque};

passive! {
    /// Objects by key. Asked by `Lookup`, emptied of a key by `Invalidate`.
    Cache {
        /// Which object leaves for another (default `Lru`).
        policy: Kind,
        /// What it holds: a number of objects, or bytes (`"64 MiB"`).
        capacity: Scalar,
        /// How long an object is good after it was stored (default: for ever).
        ttl: Scalar,
        /// Time of a look (default 0 s).
        access: Scalar,
        /// The processor or device that looks (default: the time passes, and occupies nothing).
        on: String,
        /// Objects that are there at the start: the keys from 1 on.
        warm: Scalar,
        /// Levels in place of `policy`, `capacity` and `access`, the first to be asked first.
        levels: Vec<Level>,
        /// What the levels have in common (default `Exclusive`).
        inclusion: Inclusion,
    }
    Cache::prototype
}

/// A level of a cache.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Level {
    /// Which object leaves for another (default `Lru`).
    pub policy: Option<Kind>,
    /// What it holds: objects, or bytes; without one, everything.
    pub capacity: Option<Scalar>,
    /// Time of a look at this level (default 0 s).
    pub access: Option<Scalar>,
}

/// What the levels of a cache have in common.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub enum Inclusion {
    /// Nothing: an object is at one level.
    #[default]
    Exclusive,
    /// What is at a level is at all below it.
    Inclusive,
}

/// The most levels: each has a figure.
const MOST_LEVELS: usize = 4;

impl Cache {
    fn prototype(&self, lower: &Lower<'_>, _components: &Named<Component>, at: &Path) -> Prototype {
        let levels = match &self.levels {
            None => vec![self.level(lower, at)],
            Some(levels) => {
                for (field, given) in [
                    ("policy", self.policy.is_some()),
                    ("capacity", self.capacity.is_some()),
                    ("access", self.access.is_some()),
                ] {
                    if given {
                        let help = "give it to the levels, or leave `levels` out";
                        let message = format!("a cache with levels has no `{field}` of its own");
                        lower.problem_with_help(&at.field(field), message, help);
                    }
                }
                if levels.is_empty() || levels.len() > MOST_LEVELS {
                    let help = "give one to four, the first to be asked first";
                    lower.problem_with_help(&at.field("levels"), format!("a cache with {} levels", levels.len()), help);
                }
                let at = at.field("levels");
                let level = |(i, level): (usize, &Level)| {
                    let capacity = level.capacity.as_ref();
                    described(lower, &at.index(i), level.policy, capacity, level.access.as_ref())
                };
                levels.iter().enumerate().map(level).collect()
            }
        };
        let units: Vec<bool> = levels.iter().map(|level| matches!(level.capacity, Capacity::Bytes(_))).collect();
        if units.windows(2).any(|pair| pair[0] != pair[1]) && levels.iter().all(|level| !level.unbounded) {
            let help = "give all capacities as numbers of objects, or all as bytes";
            lower.problem_with_help(&at.field("levels"), "some levels hold objects and others bytes", help);
        }
        if self.inclusion.is_some() && levels.len() < 2 {
            let help = "give `levels`, or leave it out";
            lower.problem_with_help(&at.field("inclusion"), "`inclusion` is about several levels", help);
        }
        let ttl = self.ttl.as_ref().map(|ttl| {
            let seconds = lower.positive(&at.field("ttl"), ttl, Dimension::TIME);
            lower.clock().span(seconds).max(1)
        });
        let warm = self.warm.as_ref().map_or(0, |n| lower.whole(&at.field("warm"), n, 0, 100_000_000));
        let state = State {
            levels,
            inclusion: self.inclusion.unwrap_or_default(),
            ttl,
            warm,
            expiry: HashMap::new(),
            sizes: HashMap::new(),
            fetching: HashMap::new(),
            open: HashMap::new(),
            next_token: 0,
            counts: Counts::default(),
        };
        Prototype { state: super::State::Cache(Box::new(state)), units: 0.0 }
    }

    /// The only level.
    fn level(&self, lower: &Lower<'_>, at: &Path) -> Store {
        if self.capacity.is_none() {
            let help = "give `capacity: 1_000` (objects) or `capacity: \"64 MiB\"`, or `levels`";
            lower.problem_with_help(at, "a Cache needs a capacity", help);
        }
        described(lower, at, self.policy, self.capacity.as_ref(), self.access.as_ref())
    }
}

fn described(
    lower: &Lower<'_>,
    at: &Path,
    policy: Option<Kind>,
    capacity: Option<&Scalar>,
    access: Option<&Scalar>,
) -> Store {
    let policy = policy.unwrap_or(Kind::Lru);
    if policy == Kind::Belady {
        let help = "take another policy; `loadgraph cache` runs Belady's on a trace file";
        lower.problem_with_help(&at.field("policy"), "Belady's policy has to know the future", help);
    }
    let held = capacity.map(|capacity| {
        let at = at.field("capacity");
        let (value, bytes) = lower.either(&at, capacity, Dimension::NONE, Dimension::DATA);
        let value = if bytes { (value / 8.0).round() } else { value };
        if value.is_finite() && (value < 1.0 || value.fract() != 0.0 || value > 2e9 && !bytes) {
            let help = "give a whole number of objects from 1 to 2000000000, or bytes such as \"64 MiB\"";
            lower.problem_with_help(&at, format!("`{capacity}` is no capacity of a cache"), help);
        }
        let value = (value.max(1.0)) as u64;
        if bytes { Capacity::Bytes(value) } else { Capacity::Entries(value) }
    });
    let access = access.map_or(0.0, |time| lower.not_negative(&at.field("access"), time, Dimension::TIME));
    let unbounded = held.is_none();
    let capacity = held.unwrap_or(Capacity::Entries(2_000_000_000));
    let cache = policy.build(&Settings::of(capacity), Hashed::default());
    Store { policy, capacity, unbounded, access: access * lower.clock().ticks_per_second(), cache }
}

/// One level.
#[derive(Clone, Debug)]
struct Store {
    policy: Kind,
    capacity: Capacity,
    unbounded: bool,
    /// Time of a look [ticks].
    access: f64,
    cache: Policed<Hashed>,
}

#[derive(Clone, Debug, Default)]
struct Counts {
    lookups: u64,
    hits: [u64; MOST_LEVELS],
    /// Bytes asked for and found, where steps give sizes.
    bytes: u64,
    hit_bytes: u64,
    evicted: u64,
    expired: u64,
    invalidated: u64,
    coalesced: u64,
}

/// A fetch under way.
#[derive(Clone, Debug)]
struct Fetch {
    key: u64,
    size: u32,
    coalesced: bool,
    /// Removed while it was fetched: what comes is out of date.
    stale: bool,
}

/// The state of a cache.
#[derive(Clone, Debug)]
pub struct State {
    levels: Vec<Store>,
    inclusion: Inclusion,
    ttl: Option<u64>,
    warm: u64,
    /// Until when objects are good, where there is a TTL [ticks].
    expiry: HashMap<u64, u64>,
    /// Bytes of resident objects, where there are levels to move between.
    sizes: HashMap<u64, u32>,
    /// Fetches by their token.
    open: HashMap<u32, Fetch>,
    /// Followers of the fetch of a key.
    fetching: HashMap<u64, VecDeque<Ask>>,
    next_token: u32,
    counts: Counts,
}

/// What a step wants of a cache: [`Ask::mode`].
pub(crate) mod mode {
    /// Look, and fetch on a miss.
    pub const LOOKUP: u8 = 0;
    /// The same, but wait where somebody else fetches already.
    pub const COALESCE: u8 = 1;
    /// Throw the object out.
    pub const INVALIDATE: u8 = 2;
}

impl State {
    /// Looks at the levels in turn: where the object was found, and the time it took [ticks].
    fn look(&mut self, key: u64, now: Time) -> (Option<usize>, f64) {
        if self.expiry.get(&key).is_some_and(|until| *until <= now.ticks()) {
            self.counts.expired += 1;
            self.throw_out(key);
        }
        let mut time = 0.0;
        for level in 0..self.levels.len() {
            time += self.levels[level].access;
            if self.levels[level].cache.touch(key) {
                self.promote(key, level);
                return (Some(level), time);
            }
        }
        (None, time)
    }

    /// A hit below the first level moves the object up.
    fn promote(&mut self, key: u64, level: usize) {
        if level == 0 {
            return;
        }
        let size = self.sizes.get(&key).copied().unwrap_or(1);
        match self.inclusion {
            Inclusion::Exclusive => {
                self.levels[level].cache.remove(key);
                self.put(key, size, level - 1);
            }
            Inclusion::Inclusive => {
                for above in (0..level).rev() {
                    self.put_inclusive(key, size, above);
                }
            }
        }
    }

    /// Stores a fetched object.
    fn store(&mut self, key: u64, size: u32, now: Time) {
        match self.inclusion {
            Inclusion::Exclusive => {
                // It may have come by another fetch in the meantime.
                if let Some(level) = (1..self.levels.len()).find(|level| self.levels[*level].cache.contains(key)) {
                    self.levels[level].cache.remove(key);
                }
                self.put(key, size, 0);
            }
            Inclusion::Inclusive => {
                for level in (0..self.levels.len()).rev() {
                    self.put_inclusive(key, size, level);
                }
            }
        }
        let resident = self.levels.iter().any(|level| level.cache.contains(key));
        if let (Some(ttl), true) = (self.ttl, resident) {
            self.expiry.insert(key, now.ticks().saturating_add(ttl));
        }
    }

    /// Puts an object at a level; what has to leave for it moves down.
    fn put(&mut self, key: u64, size: u32, level: usize) {
        let mut moving = vec![(key, size)];
        let several = self.levels.len() > 1;
        if several {
            self.sizes.insert(key, size);
        }
        for below in level..self.levels.len() {
            let mut leaving = Vec::new();
            for (key, size) in moving.drain(..) {
                let admitted = self.levels[below].cache.insert(key, size, |evicted| leaving.push(evicted));
                if !admitted {
                    leaving.push(key);
                }
            }
            let last = below + 1 == self.levels.len();
            for key in leaving {
                if last {
                    self.counts.evicted += 1;
                    self.expiry.remove(&key);
                    self.sizes.remove(&key);
                } else {
                    moving.push((key, self.sizes.get(&key).copied().unwrap_or(1)));
                }
            }
        }
    }

    /// Puts an object at a level; what leaves for it leaves the levels above as well.
    fn put_inclusive(&mut self, key: u64, size: u32, level: usize) {
        self.sizes.insert(key, size);
        let mut leaving = Vec::new();
        if !self.levels[level].cache.insert(key, size, |evicted| leaving.push(evicted)) {
            leaving.push(key);
        }
        let last = level + 1 == self.levels.len();
        for key in leaving {
            for above in 0..level {
                self.levels[above].cache.remove(key);
            }
            if last {
                self.counts.evicted += 1;
                self.expiry.remove(&key);
                self.sizes.remove(&key);
            }
        }
    }

    fn throw_out(&mut self, key: u64) -> bool {
        self.expiry.remove(&key);
        self.sizes.remove(&key);
        let removed = self.levels.iter_mut().filter_map(|level| level.cache.remove(key).then_some(())).count();
        removed > 0
    }

    /// Begins a fetch.
    fn fetch(&mut self, ask: &Ask, cost: f64) -> Grant {
        let token = self.next_token;
        self.next_token = self.next_token.wrapping_add(1);
        let coalesced = ask.mode == mode::COALESCE;
        if coalesced {
            self.fetching.entry(ask.key).or_default();
        }
        self.open.insert(token, Fetch { key: ask.key, size: size_of(ask), coalesced, stale: false });
        Grant { way: 1, holds: true, units: 0.0, cost, token }
    }
}

/// Bytes of the object asked for.
fn size_of(ask: &Ask) -> u32 {
    (ask.amount / 8.0).clamp(1.0, f64::from(u32::MAX)) as u32
}

impl Resource for State {
    const FIGURES: &'static [FigureName] = &[
        FigureName::share("hit_ratio", "lookups that found the object"),
        FigureName::share("byte_hit_ratio", "bytes looked up that were found, where lookups give sizes"),
        FigureName::share("hit_ratio_1", "lookups that found it at the first of several levels"),
        FigureName::share("hit_ratio_2", "lookups that found it at the second level"),
        FigureName::share("hit_ratio_3", "lookups that found it at the third level"),
        FigureName::share("hit_ratio_4", "lookups that found it at the fourth level"),
        FigureName::of("evictions", Dimension::RATE, "objects that left for others"),
        FigureName::of("expirations", Dimension::RATE, "objects found to be no longer good"),
        FigureName::of("invalidations", Dimension::RATE, "objects thrown out by Invalidate"),
        FigureName::of("coalesced", Dimension::RATE, "lookups that waited for the fetch of another"),
        FigureName::of("entries", Dimension::NONE, "objects at the end, all levels together"),
    ];

    fn start(&mut self, world: &mut World<'_>) {
        // Policies that choose at random do so by the numbers of this component and replication.
        for level in &mut self.levels {
            let settings = Settings { seed: world.random.next_u64(), ..Settings::of(level.capacity) };
            level.cache = level.policy.build(&settings, Hashed::default());
        }
        // The most popular last, so that it is the most recent one.
        for key in (1..=self.warm).rev() {
            self.store(key, 1, world.now);
        }
        self.counts = Counts::default();
    }

    fn nature(&self) -> Nature {
        let level = |store: &Store| CacheLevel {
            policy: store.policy,
            capacity: (!store.unbounded).then_some(store.capacity),
            access: store.access,
        };
        Nature::Cache {
            levels: self.levels.iter().map(level).collect(),
            inclusive: self.inclusion == Inclusion::Inclusive,
            ttl: self.ttl,
        }
    }

    fn ask(&mut self, ask: &Ask, world: &mut World<'_>) -> Answer {
        if ask.mode == mode::INVALIDATE {
            self.counts.invalidated += u64::from(self.throw_out(ask.key));
            self.open.values_mut().filter(|fetch| fetch.key == ask.key).for_each(|fetch| fetch.stale = true);
            return Answer::Go(Grant::passing(0));
        }
        let (found, cost) = self.look(ask.key, world.now);
        // A step that gives no size asks for one unit.
        let size = if ask.amount == 1.0 { 0 } else { u64::from(size_of(ask)) };
        self.counts.lookups += 1;
        self.counts.bytes += size;
        if let Some(level) = found {
            self.counts.hits[level] += 1;
            self.counts.hit_bytes += size;
            return Answer::Go(Grant { cost, ..Grant::passing(0) });
        }
        if ask.mode == mode::COALESCE
            && let Some(followers) = self.fetching.get_mut(&ask.key)
        {
            self.counts.coalesced += 1;
            followers.push_back(*ask);
            return Answer::Wait;
        }
        Answer::Go(self.fetch(ask, cost))
    }

    fn release(&mut self, held: &Held, world: &mut World<'_>) -> f64 {
        let Some(fetch) = self.open.remove(&held.token) else { return 0.0 };
        if held.completed && !fetch.stale {
            self.store(fetch.key, fetch.size, world.now);
        }
        if fetch.coalesced {
            let mut followers = self.fetching.remove(&fetch.key).unwrap_or_default();
            if held.completed {
                followers.iter().for_each(|ask| world.effects.push(Effect::Go(ask.request, Grant::passing(0))));
            } else if let Some(next) = followers.pop_front() {
                // The fetch has failed: the first of those who waited tries in its place.
                let grant = self.fetch(&next, 0.0);
                self.fetching.insert(fetch.key, followers);
                world.effects.push(Effect::Go(next.request, grant));
            }
        }
        0.0
    }

    fn withdraw(&mut self, request: u32, _world: &mut World<'_>) {
        for followers in self.fetching.values_mut() {
            followers.retain(|ask| ask.request != request);
        }
    }

    fn reset(&mut self, _now: Time) {
        self.counts = Counts::default();
    }

    fn measure(all: &[&Self], measured: Measured) -> Vec<Option<f64>> {
        let sum = |of: &dyn Fn(&Counts) -> u64| all.iter().map(|state| of(&state.counts)).sum::<u64>() as f64;
        let lookups = sum(&|c| c.lookups);
        let bytes = sum(&|c| c.bytes);
        let share = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
        let rate = |count: f64| Some(count * measured.ticks / measured.span);
        let levels = all.first().map_or(0, |state| state.levels.len());
        let at = |level: usize| {
            if levels > 1 && level < levels { share(sum(&|c| c.hits[level]), lookups) } else { None }
        };
        let seen = |count: f64| if count > 0.0 { rate(count) } else { None };
        vec![
            share(sum(&|c| c.hits.iter().sum()), lookups),
            share(sum(&|c| c.hit_bytes), bytes),
            at(0),
            at(1),
            at(2),
            at(3),
            rate(sum(&|c| c.evicted)),
            seen(sum(&|c| c.expired)),
            seen(sum(&|c| c.invalidated)),
            seen(sum(&|c| c.coalesced)),
            Some(all.iter().flat_map(|state| &state.levels).map(|level| level.cache.len() as f64).sum()),
        ]
    }
}
