//! The plain executor: for systems of nothing but queues and servers, several times as fast as the general one.
//!
//! ```text
//!   arrivals ──> visit ──> lane: ring ─> servers ──> visit ──> .. ──> leave
//!      ^                                    │
//!      └ pending: arrivals      pending: completions
//! ```
//!
//! It gives what the general executor gives, to the bit: the same draws, the same order of events, the same books, in
//! the same records of stations and flows. What makes it fast is what it leaves out: a request has one cache line, a
//! server eight bytes; the two kinds of events lie in two lists, each of which is as simple as the system allows; points
//! of the time series are no events of these lists but bounds of the loop.
//!
//! Which systems qualify is said in `qualifies` and in `program.rs`, by what is allowed: whatever else there is, or will
//! be, goes to the general executor.

mod lane;
mod pending;
mod program;
mod sources;

use super::request::NONE;
use super::{Phase, Replication, Simulation, Stop};
use crate::disciplines::Order;
use crate::system::{Arrivals as Workload, Payload, System};
use lane::{Lane, Requests, Server};
use pending::{Arrivals, Bulk, Many, One, Slots};
use program::{Next, Nodes};
use sim_core::event_list::{Fired, Slot};
use sim_core::random::{Keyed, Rng};
use sim_core::time::Time;
use sources::Source;
use std::sync::atomic::Ordering;

/// Times beyond this [ticks, 146 years of nanoseconds] are left to the general executor.
const LATEST: u64 = 1 << 62;

/// Whether a system, whose lanes have been laid out, can be executed here.
pub(super) fn qualifies(simulation: &Simulation<'_>) -> bool {
    let system = simulation.system;
    let settings = &simulation.settings;
    let times = [settings.horizon, settings.drain, settings.sample, settings.warm_up];
    let stations = system.stations.iter().zip(&simulation.stations).all(|(model, state)| {
        let lanes = state.first_lane as usize..(state.first_lane + state.lanes) as usize;
        model.failures.is_none()
            && model.battery.is_none()
            && (lanes.is_empty() || matches!(model.policy.order, Order::Fifo) && model.limit == u32::MAX)
            && simulation.lanes[lanes].iter().all(|lane| lane.plain)
    });
    let flows = system.flows.iter().all(|flow| {
        let workload = match &flow.arrivals {
            None | Some(Workload::Closed { .. }) => true,
            Some(Workload::Renewal { .. }) => true,
            Some(_) => false,
        };
        workload && flow.counters == 0 && matches!(flow.payload, Payload::Constant(_))
    });
    times.iter().all(|time| *time < LATEST) && stations && flows && nodes(simulation).is_some()
}

fn nodes(simulation: &Simulation<'_>) -> Option<Nodes> {
    Nodes::new(simulation.system, |station| simulation.stations[station as usize].first_lane)
}

/// Executes a system that [`qualifies`].
pub(super) fn run(simulation: Simulation<'_>) -> Replication {
    let single = simulation.sources.len() == 1 && simulation.sources[0].is_single();
    let bulk = simulation.sources.iter().any(|source| source.is_many());
    match (single, bulk, simulation.servers.len()) {
        (true, _, 1) => Plain::<One, One>::new(simulation).run(),
        (true, _, _) => Plain::<Many, One>::new(simulation).run(),
        (false, true, _) => Plain::<Many, Bulk>::new(simulation).run(),
        (false, false, _) => Plain::<Many, Many>::new(simulation).run(),
    }
}

/// One replication of a plain system.
struct Plain<'s, S, A> {
    /// Stations, flows, the engine's clock, and the time series.
    books: Simulation<'s>,
    system: &'s System,
    nodes: Nodes,
    lanes: Vec<Lane>,
    servers: Vec<Server>,
    requests: Requests,
    completions: S,
    arrivals: A,
    sources: Vec<Source>,
    /// Source and unit of each timer, and the timers that are free.
    timers: Vec<(u32, u32)>,
    free_timers: Vec<u32>,
    /// The next point of the time series, and the number of its slot.
    next_sample: u64,
    sample_slot: u32,
}

impl<'s, S: Slots, A: Arrivals> Plain<'s, S, A> {
    fn new(books: Simulation<'s>) -> Self {
        let first_server = |lane: &super::state::LaneState| Lane::new(u32::from(lane.station), lane.first, lane.servers);
        let server = |server: &super::state::Server| Server { request: NONE, lane: server.lane };
        let (sources, timers) = sources::lay_out(&books);
        let mut plain = Plain {
            system: books.system,
            nodes: nodes(&books).unwrap_or_default(),
            lanes: books.lanes.iter().map(first_server).collect(),
            servers: books.servers.iter().map(server).collect(),
            requests: Requests::new(),
            completions: S::new(books.servers.len()),
            arrivals: A::new(timers.len()),
            sources,
            sample_slot: (books.servers.len() + timers.len()) as u32,
            timers,
            free_timers: Vec::new(),
            next_sample: if books.settings.sample > 0 { books.settings.sample } else { u64::MAX },
            books,
        };
        plain.start_sources();
        plain
    }

    fn run(mut self) -> Replication {
        let (warm_up, horizon) = (self.books.settings.warm_up, self.books.settings.horizon);
        if warm_up > 0 {
            self.run_until::<false>(warm_up - 1);
        }
        self.books.start_measuring(Time::from_ticks(warm_up));
        if self.books.stop.is_none() {
            self.run_until::<false>(horizon);
        }
        let end = match self.books.stop {
            Some(_) => self.books.engine.now().max(Time::from_ticks(warm_up)),
            None => Time::from_ticks(horizon),
        };
        let (components, system) = self.books.close(end);
        self.books.phase = Phase::Drain;
        self.run_until::<true>(horizon.saturating_add(self.books.settings.drain));
        self.books.report(end, components, system)
    }

    /// Takes all events up to a time; while it drains only as long as somebody of the cohort is inside.
    fn run_until<const DRAIN: bool>(&mut self, until: u64) {
        loop {
            self.take_events::<DRAIN>(until.min(self.next_sample));
            let over = self.books.stop.is_some() || (DRAIN && self.books.cohort_open == 0);
            if over || self.next_sample > until {
                return;
            }
            self.take(self.next_sample, Fired::Slot(Slot(self.sample_slot)));
            self.books.add_sample();
            let next = self.next_sample + self.books.settings.sample;
            self.next_sample = if next <= self.books.settings.horizon { next } else { u64::MAX };
            self.watch_at_times();
        }
    }

    fn take_events<const DRAIN: bool>(&mut self, until: u64) {
        while self.books.stop.is_none() && !(DRAIN && self.books.cohort_open == 0) {
            let (completion, server) = self.completions.first();
            let arrival = self.arrivals.time();
            if completion.min(arrival) > until {
                return;
            }
            if completion <= arrival {
                self.take(completion, Fired::Slot(Slot(server)));
                self.complete(server);
            } else {
                self.arrival(arrival);
            }
            self.watch_at_times();
        }
    }

    #[inline(always)]
    fn take(&mut self, time: u64, fired: Fired) {
        self.books.engine.take(Time::from_ticks(time), fired);
    }

    #[inline(always)]
    fn watch_at_times(&mut self) {
        if self.books.engine.events() & 0xfff == 0 {
            self.watch();
        }
    }

    #[cold]
    #[inline(never)]
    fn watch(&mut self) {
        if self.requests.records.len() as u64 > self.books.settings.max_in_system {
            self.books.stop = Some(Stop::TooMany);
        }
        if self.books.settings.stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) {
            self.books.stop = Some(Stop::Interrupted);
        }
        if self.books.engine.is_stuck() {
            self.books.stop = Some(Stop::Stuck);
        }
    }

    /// A request comes to the station of a visit.
    #[inline(always)]
    fn arrive(&mut self, request: u32, at: u32) {
        let now = self.books.engine.now();
        let node = &self.nodes.nodes[at as usize];
        let record = &mut self.requests.records[request as usize];
        let station = &mut self.books.stations[node.station as usize];
        station.present.up(now);
        record.node = at;
        record.entered = now.ticks();
        let demand = node.demand(self.system, record.key, record.ordinal);
        // A cast to i64 is one instruction where one to u64 is several; beyond its range time has ended anyway.
        record.service = (demand + 0.5) as i64 as u64;
        if let Some(asked) = station.asked.get_mut(record.flow as usize) {
            *asked += demand;
        }
        let lane = &mut self.lanes[(node.first_lane + record.instance.min(node.last_lane)) as usize];
        match lane.idle.first() {
            Some(index) => {
                lane.idle.remove(index);
                station.busy.up(now);
                station.starts += 1;
                let server = lane.first + index;
                self.servers[server as usize].request = request;
                self.completions.set(server, now.saturating_add(record.service).ticks());
            }
            None => lane.push(request),
        }
    }

    /// A service ends: the next one starts, and the request goes on.
    #[inline(always)]
    fn complete(&mut self, server: u32) {
        let now = self.books.engine.now();
        self.completions.pop(server);
        let serving = &mut self.servers[server as usize];
        let request = serving.request;
        let lane = &mut self.lanes[serving.lane as usize];
        let station = &mut self.books.stations[lane.station as usize];
        if let Some(next) = lane.pop() {
            let record = &self.requests.records[next as usize];
            station.starts += 1;
            station.waited += u128::from(now.ticks() - record.entered);
            serving.request = next;
            self.completions.set(server, now.saturating_add(record.service).ticks());
        } else {
            station.busy.down(now);
            lane.idle.insert(server - lane.first);
        }
        let record = &self.requests.records[request as usize];
        let node = &self.nodes.nodes[record.node as usize];
        station.present.down(now);
        station.completed += 1;
        station.sojourn.add(now.ticks() - record.entered);
        if node.moves {
            station.payload += node.moved.0;
            station.bits += node.moved.1;
        }
        let next = node.next;
        self.go_on(request, next);
    }

    /// A request goes on with a visit, or leaves.
    #[inline(always)]
    fn go_on(&mut self, request: u32, next: Next) {
        let next = self.nodes.choose(next, self.requests.records[request as usize].key);
        if next == Next::DONE {
            self.leave(request);
        } else {
            self.arrive(request, next.visit());
        }
    }
}

/// A uniform number in [0, 1).
#[inline(always)]
fn unit(mut random: Keyed) -> f64 {
    (random.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
}
