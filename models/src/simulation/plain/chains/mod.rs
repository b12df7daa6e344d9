//! Chains: sources whose requests pass stations in a row that nobody else uses, all but the last with a single server.
//!
//! ```text
//!   source ──> [queue] (server) ──> [queue] (server) ──> .. ──> [queue] (servers) ──> leave
//! ```
//!
//! Where there is one server, request n leaves it at d(n) = max(a(n), d(n-1)) + s(n), where a(n) is when it came and s(n)
//! its service (Lindley 1952); where there are several, it starts when the first of them is free (Kiefer and Wolfowitz
//! 1955). So requests can go from station to station by the hundred, and what is pending elsewhere does not matter. The
//! books come to the same, to the bit, as their sums do not ask for the order of events.
//!
//! What would depend on the order of simultaneous events, and what ends a run early, is left to the executor that takes
//! events one by one: all then starts again.

mod feed;
mod stage;
mod wheel;

use super::super::measure::Outcome;
use super::super::state::FlowState;
use super::super::{Phase, Replication, Simulation};
use super::program::{Next, Nodes};
use super::sources;
use crate::system::Flow;
use feed::Feed;
use sim_core::event_list::{Fired, Slot};
use sim_core::time::Time;
use stage::Stage;
use std::sync::atomic::Ordering;

/// Requests that go from station to station together.
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
    ordinal: u32,
}

/// The order of events, or how the run ends, is not known here.
struct Unknown;

/// A source with the stations in a row that its requests pass.
struct Chain {
    feed: Feed,
    flow: usize,
    stages: Vec<Stage>,
    /// Those on their way from one station to the next.
    crowd: Vec<Request>,
    /// Requests that have left, and the sum of these times.
    left: u64,
    went: u128,
    /// When those of the cohort are born, first and last, and how many of them are inside (less those that are still to
    /// be counted in, after the horizon).
    measured: (u64, u64),
    open: i64,
    /// When the last of the cohort, and of others, has left.
    last: u64,
    last_other: u64,
}

/// Executes a plain system if it consists of chains. Gives the simulation back, at its start, when it does not, or when
/// something happens that only taking events one by one can tell.
pub(super) fn run<'s>(simulation: Simulation<'s>) -> Result<Vec<Replication>, Box<Simulation<'s>>> {
    let (system, settings) = (simulation.system, simulation.settings.clone());
    let Some((chains, sample_slot)) = lay_out(&simulation) else { return Err(Box::new(simulation)) };
    let next_sample = if settings.sample > 0 { settings.sample } else { u64::MAX };
    let run = Run { books: simulation, chains, next_sample, sample_slot };
    run.run().map_err(|Unknown| Box::new(Simulation::new(system, settings)))
}

/// The chains of a plain system, if there is nothing else, and the slot of points of the time series.
fn lay_out(simulation: &Simulation<'_>) -> Option<(Vec<Chain>, u32)> {
    let system = simulation.system;
    if simulation.sources.iter().any(|source| source.closed) {
        return None;
    }
    let program = Nodes::new(system)?;
    let mut used = vec![false; system.stations.len()];
    let (sources, _) = sources::lay_out(simulation);
    let mut chains = Vec::new();
    let mut slot = simulation.servers.len() as u32;
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
            // At several servers requests may overtake others, so that the next station would have to sort them.
            if std::mem::replace(&mut used[station], true) || (lane.servers > 1 && node.next != Next::DONE) {
                return None;
            }
            next = node.next;
            stages.push(Stage::new(node, flow, lane.first, lane.servers, stages.is_empty()));
        }
        let first = slot;
        slot += if source.many { 0 } else { source.units };
        chains.push(Chain::new(Feed::new(source, index as u32, first), flow, stages));
    }
    Some((chains, slot))
}

impl Chain {
    fn new(feed: Feed, flow: usize, stages: Vec<Stage>) -> Chain {
        Chain {
            feed,
            flow,
            stages,
            crowd: Vec::with_capacity(CROWD),
            left: 0,
            went: 0,
            measured: (u64::MAX, 0),
            open: 0,
            last: 0,
            last_other: 0,
        }
    }

    /// All events up to a time; without arrivals only those of the requests that are inside.
    fn advance(&mut self, until: u64, arrivals: bool, books: &mut Simulation<'_>) -> Result<(), Unknown> {
        loop {
            self.crowd.clear();
            let more = arrivals && self.feed.arrive(&mut self.crowd, until, &mut books.engine);
            for stage in &mut self.stages {
                let station = &mut books.stations[stage.station()];
                stage.pass(&mut self.crowd, until, books.system, station, &mut books.engine)?;
            }
            let flow = &books.system.flows[self.flow];
            self.leave(flow, books.phase, &mut books.flows[self.flow]);
            let stopped = books.settings.stop.is_some_and(|stop| stop.load(Ordering::Relaxed));
            if stopped || self.most() > books.settings.max_in_system || self.feed.crowds_at_once > STANDSTILL {
                return Err(Unknown);
            }
            if !more {
                return Ok(());
            }
        }
    }

    /// There are never more inside than have been at all stations at most.
    fn most(&self) -> u64 {
        self.stages.iter().map(Stage::most).sum::<u64>().max(1)
    }

    /// The crowd leaves, correctly, in time or not.
    fn leave(&mut self, flow: &Flow, phase: Phase, book: &mut FlowState) {
        let (from, to) = self.measured;
        let latency = |request: &Request| request.at - request.born;
        let is_late = |request: &Request| latency(request) > flow.deadline;
        let of_cohort = |request: &&Request| from <= request.born && request.born <= to;
        let mut all = true;
        let mut last = 0;
        for request in &self.crowd {
            self.went += u128::from(request.at);
            all &= of_cohort(&request);
            last = last.max(request.at);
        }
        self.left += self.crowd.len() as u64;
        if all && flow.deadline == u64::MAX {
            // Nearly always so.
            self.last = self.last.max(last);
            self.open -= self.crowd.len() as i64;
            book.outcomes[Outcome::Correct as usize] += self.crowd.len() as u64;
            book.latency.extend(self.crowd.iter().map(latency));
            book.departures += if phase == Phase::Drain { 0 } else { self.crowd.len() as u64 };
            return;
        }
        let (mut cohort, mut late) = (0, 0);
        for request in &self.crowd {
            let own = of_cohort(&request);
            cohort += u64::from(own);
            late += u64::from(own && is_late(request));
            let last = if own { &mut self.last } else { &mut self.last_other };
            *last = (*last).max(request.at);
        }
        let latencies = self.crowd.iter().filter(of_cohort);
        let mut correct = self.crowd.len();
        if flow.hard {
            book.outcomes[Outcome::TooLate as usize] += late;
            book.latency.extend(latencies.filter(|request| !is_late(request)).map(latency));
            correct -= self.crowd.iter().filter(|request| is_late(request)).count();
        } else {
            book.outcomes[Outcome::Late as usize] += late;
            book.latency.extend(latencies.map(latency));
        }
        book.outcomes[Outcome::Correct as usize] += cohort - late;
        self.open -= cohort as i64;
        if phase != Phase::Drain {
            book.departures += correct as u64;
        }
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
    fn run(mut self) -> Result<Vec<Replication>, Unknown> {
        let (warm_up, horizon) = (self.books.settings.warm_up, self.books.settings.horizon);
        if warm_up > 0 {
            self.run_until(warm_up - 1)?;
        }
        let open = self.open_visits(warm_up);
        self.settle();
        self.books.start_measuring(Time::from_ticks(warm_up), open);
        for chain in &mut self.chains {
            chain.measured = (warm_up, horizon);
            chain.open -= chain.feed.come as i64;
            chain.stages.iter_mut().for_each(Stage::reset);
        }
        self.run_until(horizon)?;
        for chain in &mut self.chains {
            chain.open += chain.feed.come as i64;
            let gone: u64 = self.books.flows[chain.flow].outcomes.iter().sum();
            self.books.flows[chain.flow].born = gone + chain.open as u64;
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
        let is_open = |chain: &Chain| chain.open > 0;
        if !self.chains.iter().any(is_open) {
            return Ok(());
        }
        // Those that are inside do not wait for those that come later.
        let mut alone = true;
        for chain in self.chains.iter_mut().filter(|chain| is_open(chain)) {
            chain.advance(until, false, &mut self.books)?;
            alone &= chain.left == chain.feed.come;
        }
        if self.chains.iter().any(is_open) {
            return self.advance(until);
        }
        let end = self.chains.iter().map(|chain| chain.last).max().unwrap_or(until);
        let stages = |chain: &Chain, at: fn(&Stage, u64) -> bool| chain.stages.iter().any(|stage| at(stage, end));
        let last: fn(&Stage, u64) -> bool = |stage, end| stage.last() >= end;
        let known = self.chains.iter().filter(|chain| stages(chain, last)).count() == 1
            && self.chains.iter().all(|chain| chain.last_other < end);
        self.advance(end.saturating_sub(1))?;
        // Whatever else is completed at that very instant may be so before or after.
        let pending = self.chains.iter().any(|chain| stages(chain, Stage::will_complete_at));
        if alone && known && !pending { Ok(()) } else { Err(Unknown) }
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
            let present = (chain.feed.come - chain.left) as i64;
            let moments = chain.feed.came.wrapping_sub(chain.went) as i128;
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
