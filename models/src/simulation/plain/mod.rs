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

mod chains;
mod desk;
mod few;
mod pending;
mod program;
mod request;
mod sources;
mod stations;
mod table;
mod tree;
mod users;

use super::request::NONE;
use super::state::FlowState;
use super::{Phase, Replication, Simulation, Stop};
use crate::disciplines::Order;
use crate::system::{Arrivals as Workload, Payload, System};
use few::Few;
use pending::{Arrivals, Bulk, Many, One, Slots, Users};
use program::{Next, Nodes};
use request::Requests;
use sim_core::event_list::{Fired, Slot};
use sim_core::time::Time;
use sources::Source;
use stations::Stations;
use std::sync::atomic::Ordering;
use table::Table;
use users::User;

/// Stations, flows and visits at most, where there are few, and in all.
const FEW: usize = 16;
const MOST: usize = 1024;

/// Whether a system, whose lanes have been laid out, can be executed here.
pub(super) fn qualifies(simulation: &Simulation<'_>) -> bool {
    let system = simulation.system;
    let settings = &simulation.settings;
    let times = [settings.horizon, settings.drain, settings.sample, settings.warm_up];
    let stations = system.stations.iter().zip(&simulation.stations).all(|(model, state)| {
        let lanes = state.first_lane as usize..(state.first_lane + state.lanes) as usize;
        let serves = matches!(model.policy.order, Order::Fifo) && model.limit == u32::MAX && lanes.len() == 1;
        !model.kind.is_passive()
            && model.failures.is_none()
            && model.battery.is_none()
            && (lanes.is_empty() || serves)
            && simulation.lanes[lanes].iter().all(|lane| lane.plain)
    });
    let flows = system.flows.iter().all(|flow| {
        let workload = matches!(flow.arrivals, None | Some(Workload::Closed { .. } | Workload::Renewal { .. }));
        workload && flow.counters == 0 && matches!(flow.payload, Payload::Constant(_))
    });
    // Later times, and more slots, than a tree has room for.
    let timers = simulation.sources.iter().map(|source| if source.is_many() { 0 } else { source.units as usize });
    let slots = simulation.servers.len().max(timers.sum());
    let latest = tree::Tree::<true>::end(slots) / 4;
    let times = slots <= tree::SLOTS && times.iter().all(|time| *time < latest);
    times && stations && flows && size(system) <= MOST && Nodes::new(system).is_some()
}

/// The longest table that a system needs.
fn size(system: &System) -> usize {
    system.stations.len().max(system.flows.len()).max(system.program.visits.len())
}

/// Executes a system that [`qualifies`].
pub(super) fn run(simulation: Simulation<'_>, segments: u64) -> Vec<Replication> {
    let simulation = match segments {
        0 | 1 => match chains::run(simulation) {
            Ok(replications) => return replications,
            Err(simulation) => *simulation,
        },
        // The books are closed at each end of a segment.
        _ => simulation,
    };
    let single = simulation.sources.len() == 1 && simulation.sources[0].is_single();
    let bulk = simulation.sources.iter().any(|source| source.is_many());
    let closed = simulation.sources.iter().all(|source| source.closed);
    let few = size(simulation.system) <= FEW;
    match (few, single, bulk, simulation.servers.len()) {
        (true, true, _, 1) if size(simulation.system) == 1 => Plain::<One, One, 1>::new(simulation).run(segments),
        (true, false, false, ..=Few::SLOTS) if closed => Plain::<Few, Users, FEW>::new(simulation).run(segments),
        (true, false, false, _) if closed => Plain::<Many, Users, FEW>::new(simulation).run(segments),
        (true, true, _, 1) => Plain::<One, One, FEW>::new(simulation).run(segments),
        (true, true, _, _) => Plain::<Many, One, FEW>::new(simulation).run(segments),
        (true, false, true, _) => Plain::<Many, Bulk, FEW>::new(simulation).run(segments),
        (true, false, false, _) => Plain::<Many, Many, FEW>::new(simulation).run(segments),
        (false, true, _, _) => Plain::<Many, One, MOST>::new(simulation).run(segments),
        (false, false, true, _) => Plain::<Many, Bulk, MOST>::new(simulation).run(segments),
        (false, false, false, _) => Plain::<Many, Many, MOST>::new(simulation).run(segments),
    }
}

/// What a flow is and has seen.
#[derive(Debug, Default)]
struct FlowBook {
    seen: FlowState,
    deadline: u64,
    hard: bool,
    start: Next,
}

/// One replication of a plain system.
struct Plain<'s, S, A, const ROOM: usize> {
    /// The clock, the time series, and the books of stations and flows while they are not here.
    books: Simulation<'s>,
    stations: Stations<'s, S, ROOM>,
    flows: Table<FlowBook, ROOM>,
    sources: Table<Source, ROOM>,
    requests: Requests,
    arrivals: A,
    /// Users that have timers, of all sources.
    users: Vec<User>,
    /// Source and unit of each timer, the unit being a user where the source is closed; of a free timer the next one
    /// that is free. And the first that is free.
    timers: Vec<(u32, u32)>,
    free_timer: u32,
    /// The next point of the time series, and the number of its slot.
    next_sample: u64,
    sample_slot: u32,
}

impl<'s, S: Slots, A: Arrivals, const ROOM: usize> Plain<'s, S, A, ROOM> {
    fn new(books: Simulation<'s>) -> Self {
        let system = books.system;
        let program = Nodes::new(system).unwrap_or_default();
        let flows = system.flows.iter().zip(&program.starts).map(|(flow, start)| FlowBook {
            seen: FlowState::default(),
            deadline: flow.deadline,
            hard: flow.hard,
            start: *start,
        });
        let (sources, timers) = sources::lay_out(&books);
        let sample = books.settings.sample;
        let mut plain = Plain {
            flows: Table::new(flows),
            sources: Table::new(sources),
            requests: Requests::new(),
            arrivals: A::new(timers.len()),
            users: Vec::new(),
            sample_slot: (books.servers.len() + timers.len()) as u32,
            timers,
            free_timer: NONE,
            next_sample: if sample > 0 { sample } else { u64::MAX },
            stations: Stations::new(&books, program),
            books,
        };
        plain.take_books();
        plain.start_sources();
        plain
    }

    /// Gives the books of stations and flows back.
    fn give_books(&mut self) {
        self.stations.desks.iter_mut().zip(&mut self.books.stations).for_each(|(desk, books)| desk.give(books));
        self.exchange_flows();
    }

    /// Takes them again.
    fn take_books(&mut self) {
        self.stations.desks.iter_mut().zip(&mut self.books.stations).for_each(|(desk, books)| desk.take(books));
        self.exchange_flows();
    }

    fn exchange_flows(&mut self) {
        for (flow, books) in self.flows.iter_mut().zip(&mut self.books.flows) {
            std::mem::swap(&mut flow.seen, books);
        }
    }

    fn run(mut self, segments: u64) -> Vec<Replication> {
        let (warm_up, horizon) = (self.books.settings.warm_up, Time::from_ticks(self.books.settings.horizon));
        if warm_up > 0 {
            self.run_until::<false>(warm_up - 1);
        }
        let open = self.open_visits(warm_up);
        self.give_books();
        self.books.start_measuring(Time::from_ticks(warm_up), open);
        self.take_books();
        for end in self.books.segment_ends(segments) {
            if self.books.stop.is_none() {
                self.run_until::<false>(end.ticks());
            }
            if self.books.stop.is_some() {
                break;
            }
            let open = self.open_visits(end.ticks());
            self.give_books();
            self.books.next_segment(end, open);
            self.take_books();
        }
        if self.books.stop.is_none() {
            self.run_until::<false>(horizon.ticks());
        }
        let end = self.books.last_time(horizon);
        let open = self.open_visits(end.ticks());
        self.give_books();
        let (components, system) = self.books.close(end, &open);
        self.take_books();
        self.books.phase = Phase::Drain;
        self.run_until::<true>(horizon.ticks().saturating_add(self.books.settings.drain));
        self.give_books();
        self.books.report(end, components, system)
    }

    /// The time that present visits have taken so far, by station [ticks].
    fn open_visits(&self, now: u64) -> Vec<u128> {
        let mut open = vec![0; self.books.system.stations.len()];
        for record in self.requests.in_use() {
            let station = self.stations.visits[u32::from(record.visit)].desk as usize;
            open[station] += u128::from(now.saturating_sub(record.entered));
        }
        open
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
            self.give_books();
            self.books.add_sample();
            self.take_books();
            let next = self.next_sample + self.books.settings.sample;
            self.next_sample = if next <= self.books.settings.horizon { next } else { u64::MAX };
            self.watch_at_times();
        }
    }

    fn take_events<const DRAIN: bool>(&mut self, until: u64) {
        while self.books.stop.is_none() && !(DRAIN && self.books.cohort_open == 0) {
            let (completion, server) = self.stations.completions.first();
            let arrival = self.arrivals.time();
            if completion.min(arrival) > until {
                return;
            }
            if completion <= arrival {
                self.take(completion, Fired::Slot(Slot(server)));
                self.complete(server, completion);
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
        let members = self.requests.records.len() as u64 + self.books.system.instances();
        if self.books.engine.is_stuck(members) {
            self.books.stop = Some(Stop::Stuck);
        }
    }

    /// A service ends: the next one starts, and the request goes on.
    #[inline(always)]
    fn complete(&mut self, server: u32, now: u64) {
        let Requests { records, free } = &mut self.requests;
        let (request, record) = self.stations.complete(records, server, now);
        if record.next == Next::DONE {
            let left = *record;
            (record.unit, *free) = (*free, request);
            self.leave(&left, now);
        } else {
            self.stations.arrive(record, request, record.next, record.ahead, now);
        }
    }
}
