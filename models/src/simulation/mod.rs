//! The simulation of a system: one replication from empty to the horizon.
//!
//! ```text
//!  sources ──> interpreter ──> station: queue ─> servers ──┐      frames: Repeat, Timeout, Retry, Fork
//!    ^             ^  (one request runs its program        │      cancel: what a Timeout or a join aborts
//!    │ closed      │   until it must wait)                 │      measure: what is observed
//!    └── leave <───┴───────────────────────────────────────┘
//! ```
//!
//! A request is a record in a slab: a program counter and a few registers. An event names the slot of a server, a source
//! or a timer, never a request. Stations, queues and servers sit in flat arrays.

mod adaptive;
mod awaiting;
mod batches;
mod battery;
mod calls;
mod cancel;
mod deadlock;
mod frames;
mod governed;
mod interpreter;
mod interrupts;
mod join;
mod measure;
mod medium;
mod memory;
mod passive;
mod plain;
mod queue;
mod quiet;
mod request;
mod servers;
mod service;
mod sharing;
mod source;
mod spells;
mod state;
mod visit_time;
mod workers;

pub use deadlock::{Cause, Deadlock, Link};
pub use measure::{ComponentResult, FlowResult, OUTCOMES, Outcome, Replication, Stop, SystemResult};
pub use memory::Part;
pub use visit_time::VisitTime;

use crate::system::System;
use frames::Frames;
use request::{NONE, Requests};
use sim_core::engine::{Engine, rank};
use sim_core::event_list::{Fired, Slot};
use sim_core::random::{combine, mix};
use sim_core::time::Time;
use source::Source;
use state::{FlowState, LaneState, Server, StationState};
use std::sync::atomic::{AtomicBool, Ordering};

/// How one replication is run.
#[derive(Clone, Debug)]
pub struct Settings<'a> {
    /// Master seed.
    pub seed: u64,
    /// Number of the replication.
    pub replication: u64,
    /// Start of the measured time [ticks].
    pub warm_up: u64,
    /// End of the measured time [ticks].
    pub horizon: u64,
    /// Time after the horizon in which requests may still leave [ticks].
    pub drain: u64,
    /// Interval of the time series [ticks]; 0 for none.
    pub sample: u64,
    /// The most requests in the system at once.
    pub max_in_system: u64,
    /// Set from outside to stop the run.
    pub stop: Option<&'a AtomicBool>,
}

/// What the event of a slot that is no server's means.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Timer {
    Free,
    /// The next arrival of a source that is one process.
    Source(u32),
    /// The next arrival of one instance of a source.
    Instance {
        source: u32,
        unit: u32,
    },
    /// A user has thought.
    Think {
        source: u32,
        unit: u32,
    },
    /// A request goes on after a delay.
    Delay(u32),
    /// A request has reached the other end of a network.
    Propagation(u32),
    /// A Timeout fires.
    Timeout(u32),
    /// A request loses its patience.
    Patience(u32),
    /// A lane fails or is repaired.
    Failure(u32),
    /// A server fails or is repaired.
    ServerFailure(u32),
    /// An adaptive station looks at what it has seen.
    Adapt(u32),
    /// A core has handled an interrupt.
    Handler {
        lane: u32,
        server: u32,
    },
    /// A passive component wanted to be woken.
    Resource {
        resource: u32,
        token: u64,
    },
    /// The number of servers on duty changes.
    Shift(u32),
    /// A battery is empty.
    Battery {
        station: u32,
        instance: u32,
    },
    /// A point of the time series.
    Sample,
}

/// What is left to do at this instant, after the event itself.
#[derive(Clone, Copy, Debug)]
enum Todo {
    /// Run a request.
    Run(u32),
    /// Something went wrong for a request.
    Raise(u32, Outcome),
    /// Fill the first queue of a saturated flow.
    Saturate(u32),
    /// Start whoever can be started.
    Dispatch(u32),
    /// Settle what passive components take of the servers of a lane.
    Govern(u32),
    /// Let a server whose service was broken off turn to the next request.
    Next(u32),
    /// Let somebody in who waits at a full component.
    Admit(u32),
}

/// Phases of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    WarmUp,
    Measured,
    Drain,
}

/// One replication of a system.
pub struct Simulation<'s> {
    system: &'s System,
    settings: Settings<'s>,
    engine: Engine,
    requests: Requests,
    stations: Vec<StationState>,
    lanes: Vec<LaneState>,
    servers: Vec<Server>,
    timers: Vec<Timer>,
    free_timers: Vec<u32>,
    /// Timers in use by requests.
    pending_timers: usize,
    /// Instances of passive components, and the station of each.
    resources: Vec<crate::resources::State>,
    resource_stations: Vec<u16>,
    /// What a passive component has left to be done.
    effects: Vec<crate::resources::Effect>,
    /// What the request that is let go next carries.
    carried: Option<f64>,
    sources: Vec<Source>,
    flows: Vec<FlowState>,
    frames: Frames,
    /// Batches whose body runs, and which of the places are free.
    batches: Vec<batches::Batch>,
    free_batches: Vec<u32>,
    /// The batch that has just gone out: who gets on now belongs to it.
    boarding: u32,
    todo: Vec<Todo>,
    /// Number of the last arrival at a queue that orders by keys.
    sequence: u64,
    phase: Phase,
    /// Bodies of Spawn steps in the system.
    spawned: sim_core::observe::Level,
    /// Requests born in the measured time that have not left.
    cohort_open: u64,
    stop: Option<Stop>,
    samples: measure::Samples,
    seed_key: u64,
    /// Generation of the bulk events whose records have been touched.
    prefetched: u64,
    /// Whose turn it is at each Balance step.
    turns: Vec<u32>,
    /// Room for the instances that a request may go to.
    candidates: Vec<u32>,
    /// The queue that a request of a saturated flow is born for.
    forced_lane: u32,
    /// Whether the system is simple enough for the [`plain`] executor, which is faster and gives the same.
    plain: bool,
    /// What was observed in the segments of the measured time that are over.
    segments: Vec<Replication>,
}

/// Timers above which those that cannot be cancelled go to the bulk list, which is faster for many.
const MANY_TIMERS: usize = 2_000;

/// Events after which it is asked how many there will be, and those that nobody waits for: at ten million a second, which
/// is fast, they take eleven days.
const HOPELESS_AFTER: f64 = 1e9;
const HOPELESS: f64 = 1e13;

const BULK_DELAY: u64 = 0;
const BULK_PROPAGATION: u64 = 1;
const BULK_INSTANCE: u64 = 2;
const BULK_THINK: u64 = 3;

fn bulk(kind: u64, source: u32, unit: u32) -> u64 {
    kind << 62 | u64::from(source) << 32 | u64::from(unit)
}

impl<'s> Simulation<'s> {
    /// A replication at time 0.
    pub fn new(system: &'s System, settings: Settings<'s>) -> Simulation<'s> {
        let seed_key = combine(mix(settings.seed), settings.replication);
        let mut simulation = Simulation {
            system,
            engine: Engine::new(),
            requests: Requests::default(),
            stations: Vec::new(),
            lanes: Vec::new(),
            servers: Vec::new(),
            timers: Vec::new(),
            free_timers: Vec::new(),
            pending_timers: 0,
            resources: Vec::new(),
            resource_stations: Vec::new(),
            effects: Vec::new(),
            carried: None,
            sources: Vec::new(),
            flows: Vec::new(),
            frames: Frames::default(),
            batches: Vec::new(),
            free_batches: Vec::new(),
            boarding: NONE,
            todo: Vec::new(),
            sequence: 0,
            phase: Phase::WarmUp,
            spawned: Default::default(),
            cohort_open: 0,
            stop: None,
            samples: measure::Samples::new(system, &settings),
            seed_key,
            prefetched: 0,
            turns: vec![0; system.program.balances.len()],
            candidates: Vec::new(),
            forced_lane: NONE,
            plain: false,
            segments: Vec::new(),
            settings,
        };
        simulation.build_stations();
        simulation.build_flows();
        simulation.build_resources();
        simulation.plain = plain::qualifies(&simulation);
        simulation
    }

    /// The same replication by the general executor, whatever the system: to compare the two.
    #[must_use]
    pub fn general(mut self) -> Simulation<'s> {
        self.plain = false;
        self
    }

    /// Whether the system is simple enough for the plain executor.
    pub fn is_plain(&self) -> bool {
        self.plain
    }

    /// Runs to the end and reports.
    pub fn run(self) -> Replication {
        let mut all = self.run_in_segments(1);
        // There is one for each segment.
        all.swap_remove(all.len() - 1)
    }

    /// The same, with a report for each of so many equal segments of the measured time, in their order: what is counted
    /// begins anew with each, what is in the system stays. The time series, the events and what is unfinished at the end
    /// are in the last one. An early end leaves fewer.
    pub fn run_in_segments(mut self, segments: u64) -> Vec<Replication> {
        if self.plain {
            return plain::run(self, segments);
        }
        self.start_components();
        self.start_sources();
        let warm_up = Time::from_ticks(self.settings.warm_up);
        let horizon = Time::from_ticks(self.settings.horizon);
        if self.settings.sample > 0 {
            self.new_timer(Timer::Sample, self.settings.sample, rank::OBSERVATION);
        }
        if self.settings.warm_up > 0 {
            self.drain_todo();
            self.run_until(Time::from_ticks(self.settings.warm_up - 1));
        }
        let open = self.open_visits(warm_up);
        self.start_measuring(warm_up, open);
        self.drain_todo();
        for end in self.segment_ends(segments) {
            self.run_until(end);
            if self.stop.is_some() {
                break;
            }
            let open = self.open_visits(end);
            self.next_segment(end, open);
        }
        if self.stop.is_none() {
            self.run_until(horizon);
        }
        let end = self.last_time(horizon);
        let open = self.open_visits(end);
        let (components, system) = self.close(end, &open);
        self.phase = Phase::Drain;
        let drained = horizon.saturating_add(self.settings.drain);
        if self.stop.is_none() {
            self.end_resources();
        }
        // Bounded, as users who do not think might fill batches for ever without letting time pass.
        for _ in 0..100_000 {
            while self.stop.is_none() && self.cohort_open > 0 && self.step(drained) {}
            // Nothing happens any more by itself: what was gathered since the horizon goes out as well.
            if self.stop.is_some() || self.cohort_open == 0 || !self.end_resources() {
                break;
            }
        }
        self.report(end, components, system)
    }

    /// The ends of all segments but the last.
    fn segment_ends(&self, segments: u64) -> Vec<Time> {
        let (start, end) = (self.settings.warm_up, self.settings.horizon);
        let at = |part: u64| u128::from(end.saturating_sub(start)) * u128::from(part) / u128::from(segments.max(1));
        (1..segments).map(|part| Time::from_ticks(start + at(part) as u64)).collect()
    }

    /// Where the measured time ends: at the horizon, or where the run was stopped.
    fn last_time(&self, horizon: Time) -> Time {
        match self.stop {
            Some(_) => self.engine.now().max(Time::from_ticks(self.settings.warm_up)),
            None => horizon,
        }
    }

    /// Ends a segment of the measured time, and begins the next one.
    fn next_segment(&mut self, end: Time, open: Vec<u128>) {
        let (components, system) = self.close(end, &open);
        let segment = self.measured(end, components, system);
        for (flow, state) in segment.flows.iter().zip(&mut self.flows) {
            let ended: u64 = flow.outcomes.iter().sum();
            state.open_before = (state.open_before + flow.born).saturating_sub(ended);
        }
        self.segments.push(segment);
        self.settings.warm_up = end.ticks();
        self.start_measuring(end, open);
    }

    fn run_until(&mut self, until: Time) {
        while self.stop.is_none() && self.step(until) {}
    }

    /// Takes one event; `false` when there is none up to `until`.
    #[inline(always)]
    fn step(&mut self, until: Time) -> bool {
        let Some(fired) = self.engine.next(until) else { return false };
        match fired {
            Fired::Slot(Slot(slot)) => {
                if (slot as usize) < self.servers.len() {
                    self.server_event(slot);
                } else if let Timer::Source(source) = self.timers[slot as usize - self.servers.len()] {
                    self.source_event(source);
                } else {
                    self.timer_event(slot);
                }
            }
            Fired::Bulk(payload) => {
                let generation = self.engine.list.bottom_generation();
                if generation != self.prefetched {
                    self.prefetched = generation;
                    self.prefetch();
                }
                self.bulk_event(payload);
            }
        }
        if !self.todo.is_empty() {
            self.drain_todo();
        }
        if self.engine.events() & 0xfff == 0 {
            self.watch();
        }
        true
    }

    /// Touches what the next bulk events will need, all at once, so that memory fetches it in parallel.
    #[inline(never)]
    fn prefetch(&mut self) {
        let mut sum = 0u32;
        for payload in self.engine.list.bottom_payloads() {
            if payload >> 62 == BULK_INSTANCE {
                let source = &self.sources[(payload >> 32) as usize & 0x3fff_ffff];
                sum = sum.wrapping_add(source.next_ordinal(payload as u32));
            }
        }
        std::hint::black_box(sum);
    }

    #[cold]
    #[inline(never)]
    fn watch(&mut self) {
        if self.requests.most() > self.settings.max_in_system {
            self.stop = Some(Stop::TooMany);
        }
        if self.settings.stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) {
            self.stop = Some(Stop::Interrupted);
        }
        if self.engine.is_stuck(self.requests.most() + self.system.instances()) {
            self.stop = Some(Stop::Stuck);
        }
        let events = self.engine.events() as f64;
        let all = self.settings.horizon.saturating_add(self.settings.drain) as f64;
        if events > HOPELESS_AFTER && events * all > HOPELESS * self.engine.now().ticks().max(1) as f64 {
            self.stop = Some(Stop::Hopeless);
        }
    }

    #[inline(never)]
    fn drain_todo(&mut self) {
        let mut done = 0u64;
        while let Some(todo) = self.todo.pop() {
            match todo {
                Todo::Run(request) => self.resume_request(request),
                Todo::Raise(request, outcome) => self.raise(request, outcome),
                Todo::Saturate(source) => self.saturate(source),
                Todo::Dispatch(lane) => self.dispatch(lane),
                Todo::Govern(lane) => self.govern(lane),
                Todo::Next(server) => self.next_plain(server),
                Todo::Admit(lane) => self.admit_blocked(lane),
            }
            done += 1;
            if done > sim_core::engine::STUCK_AFTER + 20 * self.requests.most() || self.stop.is_some() {
                self.stop.get_or_insert(Stop::Stuck);
                self.todo.clear();
            }
        }
    }

    #[inline(never)]
    fn timer_event(&mut self, slot: u32) {
        let index = slot - self.servers.len() as u32;
        match self.timers[index as usize] {
            Timer::Instance { source, unit } => self.instance_event(source, unit, Some(slot)),
            Timer::Think { source, unit } => {
                self.free_timer(index);
                self.closed_arrival(source, unit);
            }
            Timer::Delay(request) => {
                self.requests[request].place = NONE;
                self.free_timer(index);
                self.continue_request(request);
            }
            Timer::Propagation(request) => {
                self.requests[request].place = NONE;
                self.free_timer(index);
                self.propagated(request);
            }
            Timer::Timeout(frame) => self.timeout(frame),
            Timer::Patience(request) => self.renege(request),
            Timer::Failure(lane) => self.lane_failure(lane, slot),
            Timer::ServerFailure(server) => self.server_failure(server, slot),
            Timer::Resource { resource, token } => {
                self.free_timer(index);
                self.resource_timer(resource, token);
            }
            Timer::Adapt(station) => self.adapt(station, slot),
            Timer::Handler { lane, server } => self.acknowledge(lane, server),
            Timer::Shift(station) => self.shift(station, slot),
            Timer::Battery { station, instance } => self.battery_empty(station, instance),
            Timer::Sample => self.sample(slot),
            Timer::Source(_) | Timer::Free => {}
        }
    }

    fn bulk_event(&mut self, payload: u64) {
        let (source, unit) = ((payload >> 32) as u32 & 0x3fff_ffff, payload as u32);
        match payload >> 62 {
            BULK_DELAY => self.continue_request(unit),
            BULK_PROPAGATION => self.propagated(unit),
            BULK_INSTANCE => self.instance_event(source, unit, None),
            _ => self.closed_arrival(source, unit),
        }
    }

    /// A timer that fires after `span` ticks; gives its index.
    fn new_timer(&mut self, timer: Timer, span: u64, rank: u8) -> u32 {
        let index = match self.free_timers.pop() {
            Some(index) => index,
            None => {
                let slot = self.engine.list.add_slot();
                self.timers.push(Timer::Free);
                debug_assert_eq!(slot.0 as usize, self.servers.len() + self.timers.len() - 1);
                self.timers.len() as u32 - 1
            }
        };
        self.timers[index as usize] = timer;
        self.pending_timers += 1;
        self.engine.after(Slot(self.servers.len() as u32 + index), span, rank);
        index
    }

    fn free_timer(&mut self, index: u32) {
        self.timers[index as usize] = Timer::Free;
        self.pending_timers -= 1;
        self.free_timers.push(index);
    }

    /// Takes a timer back before it fires.
    fn cancel_timer(&mut self, index: u32) {
        self.engine.list.cancel(Slot(self.servers.len() as u32 + index));
        self.free_timer(index);
    }

    /// Lets time pass for a request; it goes on by `Timer::Delay` or `Timer::Propagation`.
    fn delay_request(&mut self, request: u32, span: u64, cancellable: bool, propagation: bool) {
        if !cancellable && self.pending_timers > MANY_TIMERS {
            let kind = if propagation { BULK_PROPAGATION } else { BULK_DELAY };
            self.engine.list.push(self.engine.now().saturating_add(span), rank::DELAY, bulk(kind, 0, request));
            self.requests[request].place = NONE;
        } else {
            let timer = if propagation { Timer::Propagation(request) } else { Timer::Delay(request) };
            let index = self.new_timer(timer, span, rank::DELAY);
            self.requests[request].place = index;
        }
        self.requests[request].state = if propagation { request::State::Propagating } else { request::State::Delayed };
    }
}
