//! `Collector`: a heap with a concurrent mark-and-sweep collector, which works on the processor that it shares.
//!
//! ```text
//!   heap ──reaches live x (1 + GOGC/100)──▶ pause ──▶ mark ──▶ pause ──▶ sweep ──▶ until the next goal
//!                                            all       share of   all      share of
//!                                            services  the cores  services the cores
//!                                            stop                 stop
//! ```
//!
//! A cycle marks what is alive when it starts (tri-colour marking from a snapshot: Dijkstra et al. 1978, Yuasa 1990),
//! so that what dies, or is allocated, while it marks stays until the next one. The goal is that of Go's collector (Go
//! 1.18 and later, "A Guide to the Go Garbage Collector"): the live heap and GOGC percent of it, at least 4 MiB x
//! GOGC/100. Go starts a little before the goal, so that it has marked when it is reached; here the cycle starts there.
//!
//! Figures that are not given: a quarter of the cores (Go); pauses of 25 us, two of them (Go proposal 17503: under 50 us
//! in all); an allocation of 30 ns (philpearl/benchmarks), which has its part of the sweep in it, so that none is added;
//! 1 ns to mark a byte, which is an assumption: objects with many pointers take more, those without none.

pub use super::waiting::Order;
use super::{
    Answer, Ask, Effect, FigureName, Grant, Held, Line, Measured, Prototype, Resource, Specify, World, passive,
};
use crate::lower::{Lower, Path, Shared};
use crate::simulation::Outcome;
use crate::spec::{Component, DistributionSpec, Named, Scalar};
use crate::units::Dimension;
use sim_core::distributions::{Constant, Distribution};
use sim_core::observe::{Level, Tally};
use sim_core::time::Time;

passive! {
    /// A heap with a garbage collector: what requests `Allocate` dies at the end of their block, and is collected later.
    Collector {
        /// The processor whose cores it marks on, and whose services it stops while it changes phase (required).
        on: String,
        /// What is always alive: tables, caches, code (default 0 B).
        live: Scalar,
        /// Growth of the heap over what is alive that starts a cycle, in percent (default 100).
        gogc: Scalar,
        /// The least goal at a GOGC of 100; in proportion to it (default 4 MiB).
        minimum: Scalar,
        /// Time of one core to mark, per amount of live data (default 1 ns/B).
        mark: Scalar,
        /// Time of one core to sweep, per amount of heap (default 0).
        sweep: Scalar,
        /// Share of the cores that mark and sweep (default 0.25).
        share: Scalar,
        /// How long all services stop, at the start and at the end of marking each (default 25 us).
        pause: DistributionSpec,
        /// Time that an allocation costs its request on the processor (default 30 ns).
        allocation: Scalar,
        /// The most heap: an allocation beyond it starts a cycle, and waits for what is freed (default: no limit).
        limit: Scalar,
        /// Who is next of those that wait (default `Fifo`).
        order: Order,
    }
    Collector::prototype
}

/// No heap is larger [bit].
const MOST: f64 = 8.0 * (1u64 << 50) as f64;

impl Collector {
    fn prototype(&self, lower: &Lower<'_>, components: &Named<Component>, at: &Path) -> Prototype {
        let ticks = lower.clock().ticks_per_second();
        if self.on.is_none() {
            let help = "name the processor that it shares: `on: \"cpu\"`";
            lower.problem_with_help(at, "a Collector works on a processor", help);
        }
        let size = |field: &str, value: &Option<Scalar>, default: f64| {
            let bits = match value {
                Some(value) => lower.not_negative(&at.field(field), value, Dimension::DATA),
                None => default,
            };
            if bits > MOST {
                lower.problem_with_help(&at.field(field), "no machine has so much memory", "give at most 1024 TiB");
            }
            bits.clamp(0.0, MOST)
        };
        let per_bit = |field: &str, value: &Option<Scalar>, default: f64| {
            let given = |v: &Scalar| lower.not_negative(&at.field(field), v, Dimension::TIME_PER_DATA);
            value.as_ref().map_or(default, given) * ticks
        };
        let base = size("live", &self.live, 0.0).round();
        let limit = self.limit.as_ref().map(|_| size("limit", &self.limit, 0.0));
        if limit.is_some_and(|limit| limit <= base) {
            let help = "give a limit above `live`, with room for what requests allocate";
            lower.problem_with_help(&at.field("limit"), "what is always alive fills the heap", help);
        }
        let share = self.share.as_ref().map_or(0.25, |share| lower.probability(&at.field("share"), share));
        if share <= 0.0 {
            let help = "give a value above 0, such as 0.25";
            lower.problem_with_help(&at.field("share"), "a collector without cores never ends", help);
        }
        let gogc = self.gogc.as_ref().map_or(100.0, |g| lower.positive(&at.field("gogc"), g, Dimension::NONE)) / 100.0;
        let pause = match &self.pause {
            Some(pause) => lower.distribution(&at.field("pause"), pause, Dimension::TIME),
            None => Constant::new(25e-6).map_or_else(|_| unreachable!("a positive constant"), Distribution::from),
        };
        let least = gogc * size("minimum", &self.minimum, 8.0 * (4u64 << 20) as f64);
        let mut state = State {
            shared: lower.shared(self.on.as_ref(), true, self.per(), components, at),
            growth: 1.0 + gogc,
            least,
            mark: per_bit("mark", &self.mark, 1e-9 / 8.0),
            sweep: per_bit("sweep", &self.sweep, 0.0),
            share: share.max(1e-9),
            pause: pause.scaled(ticks),
            allocation: ticks
                * self
                    .allocation
                    .as_ref()
                    .map_or(30e-9, |cost| lower.not_negative(&at.field("allocation"), cost, Dimension::TIME)),
            limit: limit.unwrap_or(f64::INFINITY),
            base,
            phase: Phase::Rest,
            goal: 0.0,
            garbage: 0.0,
            doomed: 0.0,
            marked: 0.0,
            last: None,
            later: Vec::new(),
            free_slots: Vec::new(),
            line: Line::new(self.order.unwrap_or_default()),
            heap: Level::default(),
            live: Level::default(),
            objects: Level::default(),
            working: Level::default(),
            stopped: Level::default(),
            cycles: 0,
            between: Tally::default(),
            pauses: Tally::default(),
        };
        state.heap.change(Time::ZERO, base as i64);
        state.live.change(Time::ZERO, base as i64);
        state.set_goal(base);
        Prototype { state: super::State::Collector(Box::new(state)), units: limit.unwrap_or(0.0) }
    }
}

/// What the collector does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
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
    shared: Option<Shared>,
    growth: f64,
    least: f64,
    mark: f64,
    sweep: f64,
    share: f64,
    pause: Distribution,
    allocation: f64,
    limit: f64,
    base: f64,
    phase: Phase,
    goal: f64,
    /// What has died, and what of it the present cycle frees.
    garbage: f64,
    doomed: f64,
    /// What was alive when the present cycle started.
    marked: f64,
    /// Start of the last cycle.
    last: Option<Time>,
    /// Objects: their size, and how long they live after their block.
    later: Vec<(f64, u64)>,
    free_slots: Vec<u32>,
    line: Line,
    heap: Level,
    live: Level,
    objects: Level,
    /// Whether it marks or sweeps; whether services are stopped.
    working: Level,
    stopped: Level,
    cycles: u64,
    between: Tally,
    pauses: Tally,
}

impl State {
    fn set_goal(&mut self, live: f64) {
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
