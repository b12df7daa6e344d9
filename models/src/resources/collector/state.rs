//! The heap, and the phases of its collector.

use super::MOST;
use crate::lower::Shared;
use crate::resources::{Answer, Ask, Effect, FigureName, Grant, Held, Line, Measured, Resource, World};
use crate::simulation::Outcome;
use crate::units::Dimension;
use sim_core::distributions::Distribution;
use sim_core::observe::{Level, Tally};
use sim_core::time::Time;

/// What the collector does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Rest,
    /// The pause before marking.
    Start,
    Mark,
    /// The pause after it.
    End,
    Sweep,
}

/// Tokens of timers; from [`DEATH`] on the slot of an object that has outlived its block.
const PHASE: u64 = 0;
const DEATH: u64 = 1;

/// The state of a heap: sizes in bits, times in ticks.
#[derive(Clone, Debug)]
pub struct State {
    pub(super) shared: Option<Shared>,
    pub(super) growth: f64,
    pub(super) least: f64,
    pub(super) mark: f64,
    pub(super) sweep: f64,
    pub(super) share: f64,
    pub(super) pause: Distribution,
    pub(super) allocation: f64,
    pub(super) limit: f64,
    pub(super) base: f64,
    pub(super) phase: Phase,
    pub(super) goal: f64,
    /// What has died, and what of it the present cycle frees.
    pub(super) garbage: f64,
    pub(super) doomed: f64,
    /// What was alive when the present cycle started.
    pub(super) marked: f64,
    /// Start of the last cycle.
    pub(super) last: Option<Time>,
    /// Objects: their size, and how long they live after their block.
    pub(super) later: Vec<(f64, u64)>,
    pub(super) free_slots: Vec<u32>,
    pub(super) line: Line,
    pub(super) heap: Level,
    pub(super) live: Level,
    pub(super) objects: Level,
    /// Whether it marks or sweeps; whether services are stopped.
    pub(super) working: Level,
    pub(super) stopped: Level,
    pub(super) cycles: u64,
    pub(super) between: Tally,
    pub(super) pauses: Tally,
}

impl State {
    pub(super) fn set_goal(&mut self, live: f64) {
        self.goal = (live * self.growth).max(self.least);
    }

    /// The next phase, as long as they take no time.
    fn advance(&mut self, world: &mut World<'_>) {
        loop {
            let now = world.now;
            let span = match self.phase {
                Phase::Rest => {
                    self.phase = Phase::Start;
                    self.begin(now);
                    self.stop(world)
                }
                Phase::Start => {
                    self.go_on(now, world);
                    self.phase = Phase::Mark;
                    self.work(self.marked * self.mark, world)
                }
                Phase::Mark => {
                    self.rest(world);
                    self.phase = Phase::End;
                    self.stop(world)
                }
                Phase::End => {
                    self.go_on(now, world);
                    let swept = self.heap.get() as f64;
                    self.heap.change(now, -(self.doomed as i64));
                    self.garbage -= std::mem::take(&mut self.doomed);
                    self.phase = Phase::Sweep;
                    self.set_goal(self.marked);
                    self.work(swept * self.sweep, world)
                }
                Phase::Sweep => {
                    self.rest(world);
                    self.phase = Phase::Rest;
                    self.serve(world);
                    // Those that still wait need what has died meanwhile.
                    if self.line.is_empty() || self.garbage <= 0.0 {
                        return;
                    }
                    continue;
                }
            };
            if span > 0 {
                world.effects.push(Effect::Wake(span, PHASE));
                return;
            }
        }
    }

    /// A cycle starts.
    fn begin(&mut self, now: Time) {
        self.cycles += 1;
        if let Some(last) = self.last.replace(now) {
            self.between.add(now.saturating_since(last) as f64);
        }
        self.marked = self.live.get() as f64;
        self.doomed = self.garbage;
    }

    /// All services stop.
    fn stop(&mut self, world: &mut World<'_>) -> u64 {
        let span = (self.pause.sample(world.random).max(0.0) + 0.5) as u64;
        self.pauses.add(span as f64);
        if span > 0 {
            self.stopped.up(world.now);
            world.effects.push(Effect::Take(1.0));
        }
        span
    }

    fn go_on(&mut self, now: Time, world: &mut World<'_>) {
        if self.stopped.get() > 0 {
            self.stopped.down(now);
            world.effects.push(Effect::Take(0.0));
        }
    }

    /// Some of the cores do this work [ticks of one core].
    fn work(&mut self, work: f64, world: &mut World<'_>) -> u64 {
        let capacity = self.shared.map_or(1.0, |shared| shared.capacity);
        let span = (work / (self.share * capacity) + 0.5) as u64;
        if span > 0 {
            self.working.up(world.now);
            world.effects.push(Effect::Take(self.share));
        }
        span
    }

    fn rest(&mut self, world: &mut World<'_>) {
        if self.working.get() > 0 {
            self.working.down(world.now);
            world.effects.push(Effect::Take(0.0));
        }
    }

    fn allocate(&mut self, ask: &Ask, world: &mut World<'_>) -> Grant {
        let bits = ask.amount.max(1.0);
        self.heap.change(world.now, bits as i64);
        self.live.change(world.now, bits as i64);
        self.objects.up(world.now);
        let slot = match self.free_slots.pop() {
            Some(slot) => {
                self.later[slot as usize] = (bits, ask.key);
                slot
            }
            None => {
                self.later.push((bits, ask.key));
                self.later.len() as u32 - 1
            }
        };
        Grant { way: 0, holds: true, units: bits, cost: self.allocation, token: slot }
    }

    fn has_room(&self, bits: f64) -> bool {
        self.heap.get() as f64 + bits <= self.limit
    }

    /// Lets in line go on as long as there is room for the first one.
    fn serve(&mut self, world: &mut World<'_>) {
        while let Some(first) = self.line.first()
            && self.has_room(first.amount)
        {
            let Some(ask) = self.line.pop() else { return };
            let grant = self.allocate(&ask, world);
            world.effects.push(Effect::Go(ask.request, grant));
        }
    }

    /// An object has died.
    fn dies(&mut self, slot: u32, world: &mut World<'_>) {
        let (bits, _) = self.later[slot as usize];
        self.free_slots.push(slot);
        self.live.change(world.now, -(bits as i64));
        self.objects.down(world.now);
        self.garbage += bits;
        if !self.line.is_empty() && self.phase == Phase::Rest {
            self.advance(world);
        }
    }
}

impl Resource for State {
    const FIGURES: &'static [FigureName] = &[
        FigureName::of("collections", Dimension::RATE, "cycles of collection"),
        FigureName::of("cycle_time", Dimension::TIME, "from the start of a cycle to that of the next, mean"),
        FigureName::share("collection", "share of the processor that marks and sweeps"),
        FigureName::share("stopped", "share of the time in which all services are stopped"),
        FigureName::of("pause", Dimension::TIME, "length of a pause, mean"),
        FigureName::of("pause_max", Dimension::TIME, "the longest pause"),
        FigureName::of("heap", Dimension::DATA, "live data and garbage, mean"),
        FigureName::of("heap_peak", Dimension::DATA, "the most at once"),
        FigureName::of("live", Dimension::DATA, "live data, mean"),
        FigureName::of("live_peak", Dimension::DATA, "the most at once"),
        FigureName::of("objects", Dimension::NONE, "allocations that are alive, mean number"),
    ];

    fn ask(&mut self, ask: &Ask, world: &mut World<'_>) -> Answer {
        if self.base + ask.amount > self.limit || ask.amount > MOST {
            return Answer::Refuse(Outcome::Refused);
        }
        let waits = !self.line.is_empty() || !self.has_room(ask.amount);
        // What is allocated from the start of a cycle on is not looked at by it.
        if self.phase == Phase::Rest && (waits || self.heap.get() as f64 + ask.amount > self.goal) {
            self.advance(world);
        }
        if waits && !(self.line.is_empty() && self.has_room(ask.amount)) {
            self.line.push(*ask);
            return Answer::Wait;
        }
        Answer::Go(self.allocate(ask, world))
    }

    fn release(&mut self, held: &Held, world: &mut World<'_>) -> f64 {
        match self.later[held.token as usize].1 {
            0 => self.dies(held.token, world),
            span => world.effects.push(Effect::Wake(span, DEATH + u64::from(held.token))),
        }
        0.0
    }

    fn withdraw(&mut self, request: u32, world: &mut World<'_>) {
        self.line.remove(request);
        self.serve(world);
    }

    fn timer(&mut self, token: u64, world: &mut World<'_>) {
        match token {
            PHASE => self.advance(world),
            slot => self.dies((slot - DEATH) as u32, world),
        }
    }

    fn governs(&self) -> Option<u16> {
        self.shared.map(|shared| shared.station)
    }

    fn reset(&mut self, now: Time) {
        [&mut self.heap, &mut self.live, &mut self.objects, &mut self.working, &mut self.stopped]
            .into_iter()
            .for_each(|level| level.reset(now));
        self.cycles = 0;
        (self.between, self.pauses) = (Tally::default(), Tally::default());
    }

    fn measure(all: &[&State], measured: Measured) -> Vec<Option<f64>> {
        let Measured { end, span, ticks } = measured;
        let n = all.len() as f64;
        let sum = |f: &dyn Fn(&State) -> f64| all.iter().map(|state| f(state)).sum::<f64>();
        let mean = |f: &dyn Fn(&State) -> &Level| sum(&|state| f(state).integral(end)) / span;
        let merged = |f: &dyn Fn(&State) -> &Tally| {
            let mut whole = Tally::default();
            all.iter().for_each(|state| whole.merge(f(state)));
            whole
        };
        let (between, pauses) = (merged(&|s| &s.between), merged(&|s| &s.pauses));
        vec![
            Some(sum(&|s| s.cycles as f64) / (span / ticks)),
            between.mean().map(|time| time / ticks),
            Some(sum(&|s| s.share * s.working.integral(end)) / span / n),
            Some(mean(&|s| &s.stopped) / n),
            pauses.mean().map(|time| time / ticks),
            pauses.max().map(|time| time / ticks),
            Some(mean(&|s| &s.heap)),
            Some(sum(&|s| s.heap.max() as f64)),
            Some(mean(&|s| &s.live)),
            Some(sum(&|s| s.live.max() as f64)),
            Some(mean(&|s| &s.objects)),
        ]
    }
}
