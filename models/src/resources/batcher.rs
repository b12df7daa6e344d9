//! `Batcher`: gathers requests, so that a body runs once for all of them.
//!
//! ```text
//!   Batch ──▶ [ items ] ── so many, so much, or so long after the first ──▶ the body, once ──▶ all items go on
//! ```
//!
//! By number with a time limit from the first item: the bulk rule of Nagle (1984) and of every message client since. What
//! is gathered when the run ends goes out as it is.

use super::{Answer, Ask, Effect, FigureName, Grant, Held, Measured, Prototype, Resource, World, passive};
use crate::lower::{Lower, Path};
use crate::spec::{Component, Named, Scalar};
use crate::units::Dimension;
use sim_core::time::Time;
use std::collections::BTreeMap;

passive! {
    /// Gathers the requests of `Batch` steps, by number or amount of data, and by time. Needs `size`, `time`, or both.
    Batcher {
        /// A batch goes out when it has so many items (`8`), or so much data (`"4 KiB"`): an item that would pass this
        /// limit sends what is there before it, and begins the next batch.
        size: Scalar,
        /// A batch goes out so long after its first item came.
        time: Scalar,
    }
    Batcher::prototype
}

/// When a batch is full.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Full {
    /// Never.
    Never,
    /// With so many items.
    Items(u64),
    /// With so many bits.
    Bits(f64),
}

impl Batcher {
    /// When a batch is full; mistakes are reported under `at`.
    pub(crate) fn full(&self, lower: &Lower<'_>, at: &Path) -> Full {
        let Some(size) = &self.size else { return Full::Never };
        let at = at.field("size");
        match lower.either(&at, size, Dimension::NONE, Dimension::DATA) {
            (_, false) => Full::Items(lower.whole(&at, size, 1, 100_000_000)),
            (_, true) => Full::Bits(lower.positive(&at, size, Dimension::DATA)),
        }
    }

    fn prototype(&self, lower: &Lower<'_>, _components: &Named<Component>, at: &Path) -> Prototype {
        if self.size.is_none() && self.time.is_none() {
            let help = "give `size: 8` (items) or `size: \"4 KiB\"`, `time: \"100 ms\"`, or both";
            lower.problem_with_help(at, "a Batcher needs a size or a time", help);
        }
        let time = self.time.as_ref().map(|time| {
            let seconds = lower.positive(&at.field("time"), time, Dimension::TIME);
            lower.clock().span(seconds).max(1)
        });
        let state = State { full: self.full(lower, at), time, ..State::default() };
        Prototype { state: super::State::Batcher(Box::new(state)), units: 0.0 }
    }
}

/// A batch that has gone out: how many of its items are still in it, and when.
#[derive(Clone, Copy, Debug)]
struct Gone {
    items: u32,
    since: Time,
    done: bool,
}

/// The state of a batcher.
#[derive(Clone, Debug)]
pub struct State {
    full: Full,
    /// From the first item [ticks].
    time: Option<u64>,
    items: Vec<Ask>,
    bits: f64,
    /// Number of the batch that is gathered.
    number: u32,
    gone: BTreeMap<u32, Gone>,
    batches: u64,
    filled: u64,
    sent_items: u64,
    sent_bits: f64,
    largest: u64,
    /// Sum of the times of bodies that have ended [ticks], and their number.
    busy: f64,
    ended: u64,
}

impl Default for State {
    fn default() -> State {
        State {
            full: Full::Never,
            time: None,
            items: Vec::new(),
            bits: 0.0,
            number: 0,
            gone: BTreeMap::new(),
            batches: 0,
            filled: 0,
            sent_items: 0,
            sent_bits: 0.0,
            largest: 0,
            busy: 0.0,
            ended: 0,
        }
    }
}

impl State {
    /// Sends out what is there; `asker`, which belongs to it, has not begun to wait. Gives what the asker holds.
    fn send(&mut self, asker: Option<u32>, filled: bool, world: &mut World<'_>) -> Grant {
        let token = self.number;
        self.number = self.number.wrapping_add(1);
        let items = std::mem::take(&mut self.items);
        let bits = std::mem::take(&mut self.bits);
        self.batches += 1;
        self.filled += u64::from(filled);
        self.sent_items += items.len() as u64;
        self.sent_bits += bits;
        self.largest = self.largest.max(items.len() as u64);
        self.gone.insert(token, Gone { items: items.len() as u32, since: world.now, done: false });
        let grant = Grant { way: 0, holds: true, units: 0.0, cost: 0.0, token };
        // The most urgent: the highest priority, then the earliest deadline, then the first.
        let leader = items.iter().enumerate().min_by(|(i, a), (j, b)| {
            b.priority.total_cmp(&a.priority).then(a.deadline.cmp(&b.deadline)).then(i.cmp(j))
        });
        if let Some((_, leader)) = leader {
            world.effects.push(Effect::Batch { leader: leader.request, items: items.len() as u32, size: bits });
        }
        for item in items.iter().filter(|item| Some(item.request) != asker) {
            world.effects.push(Effect::Board(item.request, grant));
        }
        grant
    }
}

impl Resource for State {
    const FIGURES: &'static [FigureName] = &[
        FigureName::of("batches", Dimension::RATE, "batches that went out"),
        FigureName::of("batch_items", Dimension::NONE, "mean number of items in a batch"),
        FigureName::of("batch_items_max", Dimension::NONE, "greatest number of items in a batch"),
        FigureName::of("batch_data", Dimension::DATA, "mean amount of data in a batch"),
        FigureName::share("batch_full", "batches that went out because they were full"),
        FigureName::of("batch_time", Dimension::TIME, "mean time from going out to the end of the body"),
    ];

    fn ask(&mut self, ask: &Ask, world: &mut World<'_>) -> Answer {
        if let Full::Bits(limit) = self.full
            && !self.items.is_empty()
            && self.bits + ask.amount > limit
        {
            self.send(None, true, world);
        }
        self.items.push(*ask);
        self.bits += ask.amount;
        let full = match self.full {
            Full::Never => false,
            Full::Items(n) => self.items.len() as u64 >= n,
            Full::Bits(limit) => self.bits >= limit,
        };
        if full {
            return Answer::Go(self.send(Some(ask.request), true, world));
        }
        if self.items.len() == 1
            && let Some(time) = self.time
        {
            world.effects.push(Effect::Wake(time, u64::from(self.number)));
        }
        Answer::Wait
    }

    fn release(&mut self, held: &Held, world: &mut World<'_>) -> f64 {
        if let Some(gone) = self.gone.get_mut(&held.token) {
            if held.completed && !gone.done {
                gone.done = true;
                self.busy += world.now.saturating_since(gone.since) as f64;
                self.ended += 1;
            }
            gone.items -= 1;
            if gone.items == 0 {
                self.gone.remove(&held.token);
            }
        }
        0.0
    }

    fn withdraw(&mut self, request: u32, _world: &mut World<'_>) {
        if let Some(place) = self.items.iter().position(|item| item.request == request) {
            self.bits -= self.items.remove(place).amount;
        }
        if self.items.is_empty() {
            // The time counts from the first item of the next one.
            self.bits = 0.0;
            self.number = self.number.wrapping_add(1);
        }
    }

    fn timer(&mut self, token: u64, world: &mut World<'_>) {
        if token == u64::from(self.number) && !self.items.is_empty() {
            self.send(None, false, world);
        }
    }

    fn end(&mut self, world: &mut World<'_>) {
        // What has a time goes out by itself.
        if self.time.is_none() && !self.items.is_empty() {
            self.send(None, false, world);
        }
    }

    fn reset(&mut self, _now: Time) {
        (self.batches, self.filled, self.sent_items, self.largest, self.ended) = (0, 0, 0, 0, 0);
        (self.sent_bits, self.busy) = (0.0, 0.0);
    }

    fn measure(all: &[&State], measured: Measured) -> Vec<Option<f64>> {
        let sum = |of: &dyn Fn(&State) -> f64| all.iter().map(|state| of(state)).sum::<f64>();
        let batches = sum(&|s| s.batches as f64);
        let ended = sum(&|s| s.ended as f64);
        let mean = |total: f64, n: f64| (n > 0.0).then(|| total / n);
        vec![
            Some(batches / (measured.span / measured.ticks)),
            mean(sum(&|s| s.sent_items as f64), batches),
            (batches > 0.0).then(|| all.iter().map(|s| s.largest as f64).fold(0.0, f64::max)),
            mean(sum(&|s| s.sent_bits), batches).filter(|bits| *bits > 0.0),
            mean(sum(&|s| s.filled as f64), batches),
            mean(sum(&|s| s.busy) / measured.ticks, ended),
        ]
    }
}
