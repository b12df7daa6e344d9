//! Chains: sources that are one process each, whose requests pass single servers in a row that nobody else uses.
//!
//! ```text
//!   source ──> [queue] (server) ──> [queue] (server) ──> .. ──> leave
//! ```
//!
//! Nobody overtakes, so that request n leaves a server at d(n) = max(a(n), d(n-1)) + s(n), where a(n) is when it came and
//! s(n) its service (Lindley 1952). Requests go from server to server by the hundred; no event list is needed, and no
//! branch has to be guessed. The books come to the same, to the bit, as their sums do not ask for the order of events.
//!
//! What would depend on the order of simultaneous events, and what ends a run early, is left to the executor that takes
//! events one by one: all then starts again.

mod stage;

use super::super::measure::Outcome;
use super::super::state::FlowState;
use super::super::{Phase, Replication, Simulation};
use super::program::{Next, Nodes};
use super::sources::{self, Source};
use crate::system::Flow;
use sim_core::engine::{Engine, print_of};
use sim_core::event_list::{Fired, Slot};
use sim_core::time::Time;
use stage::Stage;
use std::sync::atomic::Ordering;

/// Requests that go from server to server together.
const CROWD: usize = 256;
/// Crowds that come at one instant after which time seems to stand still.
const STANDSTILL: u32 = 64;

/// A request on its way.
#[derive(Clone, Copy, Debug)]
struct Request {
    key: u64,
    born: u64,
    /// When it leaves where it was, and comes to where it goes next.
    at: u64,
}

/// The order of events, or how the run ends, is not known here.
struct Unknown;

/// A source with the servers in a row that its requests pass.
struct Chain {
    source: Source,
    flow: usize,
    /// Slot of its arrivals.
    slot: u32,
    stages: Vec<Stage>,
    /// Arrivals drawn ahead; those before `next` have come.
    ahead: Vec<Request>,
    next: usize,
    ordinal: u32,
    /// Of the last that was drawn [ticks].
    time: u64,
    crowds_at_once: u32,
    /// Those on their way from one server to the next.
    crowd: Vec<Request>,
    /// Requests that have come, and left, and the sums of these times.
    come: u64,
    left: u64,
    came: u128,
    went: u128,
    /// Born in the measured time are those from the first of these numbers up to the second.
    cohort: (u64, u64),
    /// When the last one so far has left.
    last: u64,
}

/// Executes a plain system if it consists of chains. Gives the simulation back, at its start, when it does not, or when
/// something happens that only taking events one by one can tell.
pub(super) fn run<'s>(simulation: Simulation<'s>) -> Result<Replication, Simulation<'s>> {
    let (system, settings) = (simulation.system, simulation.settings.clone());
    let Some(chains) = lay_out(&simulation) else { return Err(simulation) };
    let sample_slot = (simulation.servers.len() + chains.len()) as u32;
    let next_sample = if settings.sample > 0 { settings.sample } else { u64::MAX };
    let run = Run { books: simulation, chains, next_sample, sample_slot };
    run.run().map_err(|Unknown| Simulation::new(system, settings))
}

/// The chains of a plain system, if there is nothing else.
fn lay_out(simulation: &Simulation<'_>) -> Option<Vec<Chain>> {
    let system = simulation.system;
    if !simulation.sources.iter().all(|source| source.is_single()) {
        return None;
    }
    let program = Nodes::new(system)?;
    let mut used = vec![false; system.stations.len()];
    let (sources, timers) = sources::lay_out(simulation);
    let mut chains = Vec::new();
    for (index, source) in sources.into_iter().enumerate() {
        let flow = usize::from(source.flow);
        let mut stages = Vec::new();
        let mut next = program.starts[flow];
        while next != Next::DONE {
            if next.choice().is_some() {
                return None;
            }
            let node = program.nodes[next.visit() as usize].clone();
            let station = node.desk as usize;
            let lane = &simulation.lanes[simulation.stations[station].first_lane as usize];
            if lane.servers != 1 || std::mem::replace(&mut used[station], true) {
                return None;
            }
            next = node.next;
            stages.push(Stage::new(node, flow, lane.first, stages.is_empty()));
        }
        let slot = (simulation.servers.len() + index) as u32;
        chains.push(Chain::new(source, flow, slot, stages));
    }
    (timers.len() == chains.len()).then_some(chains)
}

impl Chain {
    fn new(source: Source, flow: usize, slot: u32, stages: Vec<Stage>) -> Chain {
        Chain {
            source,
            flow,
            slot,
            stages,
            ahead: Vec::with_capacity(CROWD),
            next: 0,
            ordinal: 0,
            time: 0,
            crowds_at_once: 0,
            crowd: Vec::with_capacity(CROWD),
            come: 0,
            left: 0,
            came: 0,
            went: 0,
            last: 0,
            cohort: (u64::MAX, u64::MAX),
        }
    }

    /// Whether somebody of the cohort is inside, after the horizon.
    fn is_open(&self) -> bool {
        self.cohort.0 < self.cohort.1 && self.left < self.cohort.1
    }

    /// There are never more inside than have been at all servers at most.
    fn most(&self) -> u64 {
        self.stages.iter().map(Stage::most).sum::<u64>().max(1)
    }

    /// Whether the last completion of a server was at this time.
    fn completes_at(&self, time: u64) -> bool {
        self.stages.iter().any(|stage| stage.last() == time)
    }

    /// All events up to a time; without arrivals only those of the requests that are inside.
    fn advance(&mut self, until: u64, arrivals: bool, books: &mut Simulation<'_>) -> Result<(), Unknown> {
        loop {
            self.crowd.clear();
            let more = arrivals && self.arrive(until, &mut books.engine);
            for stage in &mut self.stages {
                let station = &mut books.stations[stage.station()];
                stage.pass(&mut self.crowd, until, books.system, station, &mut books.engine)?;
            }
            let flow = &books.system.flows[self.flow];
            self.leave(flow, books.phase, &mut books.flows[self.flow]);
            let stopped = books.settings.stop.is_some_and(|stop| stop.load(Ordering::Relaxed));
            if stopped || self.most() > books.settings.max_in_system || self.crowds_at_once > STANDSTILL {
                return Err(Unknown);
            }
            if !more {
                return Ok(());
            }
        }
    }

    /// A crowd comes up to a time; whether there may be more.
    fn arrive(&mut self, until: u64, engine: &mut Engine) -> bool {
        if self.next == self.ahead.len() {
            self.draw_ahead();
        }
        let ahead = &self.ahead[self.next..];
        let all = ahead.last().is_some_and(|last| last.at <= until);
        let count = if all { ahead.len() } else { ahead.partition_point(|request| request.at <= until) };
        let mut prints = 0u64;
        for request in &ahead[..count] {
            prints = prints.wrapping_add(print_of(request.at, Fired::Slot(Slot(self.slot))));
            self.came += u128::from(request.at);
        }
        engine.count(count as u64, prints);
        self.come += count as u64;
        self.next += count;
        self.crowd.extend_from_slice(&ahead[..count]);
        all
    }

    #[inline(never)]
    fn draw_ahead(&mut self) {
        let before = self.time;
        self.ahead.clear();
        self.next = 0;
        for _ in 0..CROWD {
            let (key, gap) = self.source.coming(self.ordinal);
            self.ordinal = self.ordinal.wrapping_add(1);
            self.time = self.time.saturating_add(gap);
            self.ahead.push(Request { key, born: self.time, at: self.time });
        }
        self.crowds_at_once = if self.time == before { self.crowds_at_once + 1 } else { 0 };
    }

    /// The crowd leaves, correctly, in time or not.
    fn leave(&mut self, flow: &Flow, phase: Phase, book: &mut FlowState) {
        let Some(last) = self.crowd.last() else { return };
        self.last = last.at;
        self.went += self.crowd.iter().map(|request| u128::from(request.at)).sum::<u128>();
        // Nobody overtakes: the first to leave has this number.
        let number = |n: u64| n.saturating_sub(self.left).min(self.crowd.len() as u64) as usize;
        let cohort = &self.crowd[number(self.cohort.0)..number(self.cohort.1).max(number(self.cohort.0))];
        let latency = |request: &Request| request.at - request.born;
        let late = |request: &&Request| latency(request) > flow.deadline;
        let late_of_cohort = cohort.iter().filter(late).count() as u64;
        book.outcomes[Outcome::Correct as usize] += cohort.len() as u64 - late_of_cohort;
        let mut correct = self.crowd.len();
        if flow.hard {
            book.outcomes[Outcome::TooLate as usize] += late_of_cohort;
            book.latency.extend(cohort.iter().filter(|request| !late(request)).map(latency));
            correct -= self.crowd.iter().filter(late).count();
        } else {
            book.outcomes[Outcome::Late as usize] += late_of_cohort;
            book.latency.extend(cohort.iter().map(latency));
        }
        if phase != Phase::Drain {
            book.departures += correct as u64;
        }
        self.left += self.crowd.len() as u64;
    }
}

/// One replication.
struct Run<'s> {
    books: Simulation<'s>,
    chains: Vec<Chain>,
    next_sample: u64,
    sample_slot: u32,
}

impl Run<'_> {
    fn run(mut self) -> Result<Replication, Unknown> {
        let (warm_up, horizon) = (self.books.settings.warm_up, self.books.settings.horizon);
        if warm_up > 0 {
            self.run_until(warm_up - 1)?;
        }
        let open = self.open_visits(warm_up);
        self.settle();
        self.books.start_measuring(Time::from_ticks(warm_up), open);
        for chain in &mut self.chains {
            chain.cohort = (chain.come, u64::MAX);
            chain.stages.iter_mut().for_each(|stage| stage.reset());
        }
        self.run_until(horizon)?;
        for chain in &mut self.chains {
            chain.cohort.1 = chain.come;
            self.books.flows[chain.flow].born = chain.come - chain.cohort.0;
        }
        let end = Time::from_ticks(horizon);
        let open = self.open_visits(horizon);
        self.settle();
        let (components, system) = self.books.close(end, &open);
        self.books.phase = Phase::Drain;
        self.drain(horizon.saturating_add(self.books.settings.drain))?;
        Ok(self.books.report(end, components, system))
    }

    /// All events up to a time, and the points of the time series.
    fn run_until(&mut self, until: u64) -> Result<(), Unknown> {
        loop {
            self.advance(until.min(self.next_sample))?;
            if self.next_sample > until {
                return Ok(());
            }
            self.settle();
            let event = Fired::Slot(Slot(self.sample_slot));
            self.books.engine.take(Time::from_ticks(self.next_sample), event);
            self.books.add_sample();
            let next = self.next_sample + self.books.settings.sample;
            self.next_sample = if next <= self.books.settings.horizon { next } else { u64::MAX };
        }
    }

    /// The cohort leaves. Events are counted up to the one with which the last of it does.
    fn drain(&mut self, until: u64) -> Result<(), Unknown> {
        if !self.chains.iter().any(Chain::is_open) {
            return Ok(());
        }
        // Those that are inside do not wait for those that come later.
        for chain in self.chains.iter_mut().filter(|chain| chain.is_open()) {
            chain.advance(until, false, &mut self.books)?;
        }
        if self.chains.iter().any(Chain::is_open) {
            return self.advance(until);
        }
        let end = self.chains.iter().map(|chain| chain.last).max().unwrap_or(until);
        let known = self.chains.iter().filter(|chain| chain.completes_at(end)).count() == 1;
        self.advance(end.saturating_sub(1))?;
        // Whatever else is completed at that very instant may be so before or after.
        let pending = |chain: &Chain| chain.stages.iter().any(|stage| stage.first() == Some(end));
        if !known || self.chains.iter().any(pending) { Err(Unknown) } else { Ok(()) }
    }

    /// All events up to a time.
    fn advance(&mut self, until: u64) -> Result<(), Unknown> {
        self.chains.iter_mut().try_for_each(|chain| chain.advance(until, true, &mut self.books))?;
        let most: u64 = self.chains.iter().map(Chain::most).sum();
        if most > self.books.settings.max_in_system { Err(Unknown) } else { Ok(()) }
    }

    /// Brings the books up to the time until which all events have been taken.
    fn settle(&mut self) {
        for chain in &self.chains {
            for stage in &chain.stages {
                stage.settle(&mut self.books.stations[stage.station()]);
            }
            let present = (chain.come - chain.left) as i64;
            let moments = chain.came.wrapping_sub(chain.went) as i128;
            self.books.flows[chain.flow].present.set(present, present, moments);
        }
    }

    /// The time that present visits have taken so far, by station [ticks].
    fn open_visits(&self, now: u64) -> Vec<u128> {
        let mut open = vec![0; self.books.stations.len()];
        for stage in self.chains.iter().flat_map(|chain| &chain.stages) {
            open[stage.station()] = stage.open_visits(now);
        }
        open
    }
}
