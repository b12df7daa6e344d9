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

mod state;

pub use super::waiting::Order;
use super::{Line, Prototype, Specify, passive};
use crate::lower::{Lower, Path};
use crate::spec::{Component, DistributionSpec, Named, Scalar};
use crate::units::Dimension;
use sim_core::distributions::{Constant, Distribution};
use sim_core::observe::{Level, Tally};
use sim_core::time::Time;
use state::Phase;

pub use state::State;

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
