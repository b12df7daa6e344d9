//! Requests at stations: arrival, start, end of a service, departure.

use super::queue::Queue;
use super::request::{NONE, Request, Requests, State};
use super::state::{Doing, LaneState, Server};
use super::{Outcome, Simulation, Todo};
use crate::disciplines::{Job, Order, Preemption};
use crate::laws::Load;
use crate::system::{Balance, Demand, Draw, Instruction, Lane, LoadMeasure, NOWHERE, System, Visit};
use sim_core::distributions::{Distribution, Family};
use sim_core::engine::rank;
use sim_core::event_list::Slot;
use sim_core::random::{Keyed, Rng, Stream, combine, unit};

/// Constants that tell purposes of one site apart.
const LOSS: u64 = 0x5851_f42d_4c95_7f2d;
const BALANCE: u64 = 0x1405_7b7e_f767_814f;

impl<'s> Simulation<'s> {
    /// A value of a draw for this visit of a request.
    #[inline(always)]
    pub(super) fn draw(&self, request: u32, draw: &Draw) -> f64 {
        draw_for(&self.requests[request], draw)
    }

    /// A uniform number in [0, 1) for a purpose of this visit.
    pub(super) fn uniform(&self, request: u32, site: u64, purpose: u64) -> f64 {
        let record = &self.requests[request];
        unit(&mut Keyed::new(record.key, combine(site, purpose).wrapping_add(record.salt)))
    }

    /// Counts a visit at a step.
    #[inline(always)]
    pub(super) fn count_visit(&mut self, request: u32, counter: u16) {
        let visit = if counter == crate::system::UNCOUNTED { 0 } else { self.next_visit(request, counter) };
        self.requests[request].set_visit(visit);
    }

    fn next_visit(&mut self, request: u32, counter: u16) -> u32 {
        let record = &self.requests[request];
        if counter == crate::system::KEPT {
            return record.visit;
        }
        let counters = &mut self.flows[record.flow as usize].counters;
        let count = &mut counters[record.counters as usize + counter as usize];
        *count += 1;
        *count - 1
    }

    /// The visit that a request is at.
    #[inline(always)]
    pub(super) fn visit_of(&self, request: u32) -> &'s Visit {
        visit_at(self.system, self.requests[request].pc)
    }

    /// A request comes to the station of its next visit.
    #[inline(always)]
    pub(super) fn arrive(&mut self, request: u32, visit: &'s Visit) {
        self.count_visit(request, visit.counter);
        let station = &self.stations[visit.station as usize];
        let (first, limit) = (station.first_lane, station.limit);
        let lane = if visit.lane == Lane::Only { first } else { self.choose_lane(request, visit) };
        if lane == NONE {
            return self.turn_back(request, visit.station);
        }
        if self.lanes[lane as usize].present >= limit || !self.lanes[lane as usize].blocked.is_empty() {
            return self.refuse(request, visit, lane);
        }
        self.admit(request, visit, lane);
    }

    /// There is no instance that it could go to.
    #[cold]
    fn turn_back(&mut self, request: u32, station: u16) {
        self.stations[station as usize].failed += 1;
        self.release_held(request);
        self.raise(request, Outcome::Failed);
    }

    /// The component is full, or the instance is dead or takes nobody while it is down.
    #[cold]
    fn refuse(&mut self, request: u32, visit: &'s Visit, lane: u32) {
        if self.lanes[lane as usize].blocked.front() == Some(&NONE) {
            self.turn_back(request, visit.station);
        } else if self.system.stations[visit.station as usize].blocks {
            let record = &mut self.requests[request];
            record.state = State::Blocked;
            record.lane = lane;
            self.lanes[lane as usize].blocked.push_back(request);
            self.block_held(request);
        } else {
            self.stations[visit.station as usize].dropped += 1;
            self.release_held(request);
            self.raise(request, Outcome::Dropped);
        }
    }

    /// Lets those in who wait at a full component, as far as there is room.
    pub(super) fn admit_blocked(&mut self, lane: u32) {
        let limit = self.stations[self.lanes[lane as usize].station as usize].limit;
        if self.lanes[lane as usize].blocked.front() == Some(&NONE) {
            return;
        }
        while self.lanes[lane as usize].present < limit {
            let Some(request) = self.lanes[lane as usize].blocked.pop_front() else { return };
            let visit = self.visit_of(request);
            self.admit(request, visit, lane);
        }
    }

    /// A request enters a lane.
    #[inline(always)]
    fn admit(&mut self, request: u32, visit: &'s Visit, lane: u32) {
        let now = self.engine.now();
        if self.requests[request].held != NONE {
            self.release_held(request);
        }
        let station = &mut self.stations[visit.station as usize];
        station.present.up(now);
        let state = &mut self.lanes[lane as usize];
        state.present += 1;
        let record = &mut self.requests[request];
        record.entered = now;
        record.lane = lane;
        if !state.plain {
            record.fresh = true;
            return self.admit_general(request, visit, lane);
        }
        let (fixed, work) = demand_for(record, visit);
        // A cast to i64 is one instruction where one to u64 is several; beyond its range time has ended anyway.
        record.service = (fixed + work + 0.5) as i64 as u64;
        if let Some(asked) = station.asked.get_mut(record.origin as usize) {
            *asked += if matches!(visit.demand, Demand::Endless) { fixed } else { fixed + work };
        }
        match state.idle.first() {
            Some(index) => {
                state.idle.remove(index);
                station.busy.up(now);
                station.starts += 1;
                let server = state.first + index;
                start_plain(&mut self.servers[server as usize], server, request, record);
                self.engine.after(Slot(server), record.service, rank::DEPARTURE);
            }
            None => {
                state.waiting += 1;
                record.state = State::Queued;
                state.queue.push(request, &mut self.requests);
            }
        }
    }

    /// The fixed part and the work of this visit [nominal ticks].
    #[inline(always)]
    pub(super) fn demand(&self, request: u32, visit: &Visit) -> (f64, f64) {
        demand_for(&self.requests[request], visit)
    }

    /// The event of a server.
    #[inline(always)]
    pub(super) fn server_event(&mut self, server: u32) {
        let state = &self.servers[server as usize];
        let lane = state.lane;
        if self.lanes[lane as usize].plain {
            self.finish_plain(server, lane);
        } else {
            self.general_event(server, lane);
        }
    }

    /// The end of a service at a plain station: the next one starts, and the request goes on. (Nobody can be blocked in
    /// a plain system, so that the order does not matter.)
    #[inline(always)]
    fn finish_plain(&mut self, server: u32, lane: u32) {
        let now = self.engine.now();
        let system = self.system;
        let serving = &mut self.servers[server as usize];
        let request = serving.request;
        let state = &mut self.lanes[lane as usize];
        let station = &mut self.stations[state.station as usize];
        state.present -= 1;
        if state.waiting > 0 {
            state.waiting -= 1;
            let next = match state.queue.pop_fifo(&self.requests) {
                Some(next) => next,
                None => pop_random(state, &mut station.random, &mut self.requests),
            };
            let record = &mut self.requests[next];
            station.starts += 1;
            station.waited += u128::from(now.ticks() - record.entered.ticks());
            start_plain(serving, server, next, record);
            self.engine.after(Slot(server), record.service, rank::DEPARTURE);
        } else {
            station.busy.down(now);
            serving.request = NONE;
            serving.doing = Doing::Idle;
            state.idle.insert(server - state.first);
        }
        let record = &mut self.requests[request];
        let visit = visit_at(system, record.pc);
        if !visit.ends_simply || station.saturator != NONE {
            return self.finish_plain_slowly(request, visit);
        }
        station.present.down(now);
        station.completed += 1;
        station.sojourn.add(now.ticks() - record.entered.ticks());
        record.location = visit.location;
        record.pc += 1;
        // What Demand::Data of a constant size moves; nothing for a Compute.
        station.payload += visit.moved.0;
        station.bits += visit.moved.1;
        self.run_request(request);
    }

    #[inline(never)]
    fn finish_plain_slowly(&mut self, request: u32, visit: &'s Visit) {
        if self.stations[visit.station as usize].saturator != NONE {
            self.check_saturation(visit.station);
        }
        self.depart(request, visit);
    }

    /// The server of a plain lane, whose service was broken off, turns to the next request.
    pub(super) fn next_plain(&mut self, server: u32) {
        let now = self.engine.now();
        let lane = self.servers[server as usize].lane;
        let state = &mut self.lanes[lane as usize];
        let station = &mut self.stations[state.station as usize];
        let next = state.queue.peek(|n| (station.random.next_u64() % n as u64) as usize);
        let Some(next) = next else {
            station.busy.down(now);
            state.idle.insert(server - state.first);
            self.servers[server as usize].doing = Doing::Idle;
            return;
        };
        state.waiting -= 1;
        state.queue.remove(next, &mut self.requests);
        let record = &mut self.requests[next];
        station.starts += 1;
        station.waited += u128::from(now.ticks() - record.entered.ticks());
        start_plain(&mut self.servers[server as usize], server, next, record);
        self.engine.after(Slot(server), record.service, rank::DEPARTURE);
        let (station, saturated) = (state.station, station.saturator != NONE);
        if saturated {
            self.check_saturation(station);
        }
    }

    /// A flow that keeps the first queue filled looks after it.
    pub(super) fn check_saturation(&mut self, station: u16) {
        self.todo.push(Todo::Saturate(self.stations[station as usize].saturator));
    }

    /// A request has been served correctly: it leaves the station, perhaps after a propagation, and goes on.
    #[inline]
    pub(super) fn depart(&mut self, request: u32, visit: &'s Visit) {
        self.observe_payload(request, visit);
        if let Some(latency) = &visit.latency {
            let mut span = self.draw(request, latency);
            if let Some(laws) = &self.system.stations[visit.station as usize].laws {
                span *= laws.latency(self.load_of(self.requests[request].lane));
            }
            self.stations[visit.station as usize].travelling.up(self.engine.now());
            return self.delay_request(request, (span + 0.5) as u64, visit.cancellable, true);
        }
        self.leave_station(request, visit);
        self.continue_request(request);
    }

    /// The end of a visit: it is observed.
    #[inline]
    fn leave_station(&mut self, request: u32, visit: &'s Visit) {
        let now = self.engine.now();
        let station = &mut self.stations[visit.station as usize];
        let record = &mut self.requests[request];
        station.present.down(now);
        station.completed += 1;
        station.sojourn.add(now.ticks() - record.entered.ticks());
        self.move_on(request, visit);
    }

    /// The request is now where the visit has brought it.
    #[inline(always)]
    fn move_on(&mut self, request: u32, visit: &Visit) {
        let record = &mut self.requests[request];
        if visit.location != NOWHERE {
            record.location = visit.location;
        } else if let Some((a, b)) = self.system.stations[visit.station as usize].between {
            record.location = if record.location == a { b } else { a };
        }
    }

    /// A request has reached the other end of a network.
    pub(super) fn propagated(&mut self, request: u32) {
        let visit = self.visit_of(request);
        self.stations[visit.station as usize].travelling.down(self.engine.now());
        self.leave_station(request, visit);
        self.continue_request(request);
    }

    /// Goes on with the instruction after the present one.
    #[inline(always)]
    pub(super) fn continue_request(&mut self, request: u32) {
        self.requests[request].pc += 1;
        self.resume_request(request);
    }

    // ---- What only stations with more than a queue and servers need. ----

    /// The lane of a visit where there are several.
    #[inline(never)]
    fn choose_lane(&mut self, request: u32, visit: &Visit) -> u32 {
        let record = &self.requests[request];
        let (first, lanes) = {
            let station = &self.stations[visit.station as usize];
            (station.first_lane, station.lanes)
        };
        match visit.lane {
            Lane::Only => first,
            Lane::Own => first + record.instance.min(lanes - 1),
            Lane::Placed(by) => first + self.placed_on(request, by).min(lanes - 1),
            Lane::Radio { offset, count } => first + offset + record.instance % count,
            Lane::Direction(second) => first + u32::from(record.location == second),
            Lane::Balanced if self.forced_lane != NONE => self.forced_lane,
            Lane::Balanced => {
                let by = self.system.stations[visit.station as usize].balance;
                let site = combine(visit.site, BALANCE);
                let turn = self.stations[visit.station as usize].turn;
                let present = |simulation: &Self, i: u32| match by {
                    Balance::LeastWork => simulation.work_left(first + i),
                    _ => u64::from(simulation.lanes[(first + i) as usize].present),
                };
                let registry = self.system.stations[visit.station as usize].registry;
                if registry != NOWHERE {
                    let mut healthy = std::mem::take(&mut self.candidates);
                    healthy.clear();
                    healthy.extend((0..lanes).filter(|i| self.is_healthy(registry, visit.station, *i)));
                    let (chosen, turn) = self.choose_among(&healthy, request, by, lanes, site, turn, present);
                    let nobody = healthy.is_empty();
                    self.candidates = healthy;
                    if nobody {
                        return NONE;
                    }
                    self.stations[visit.station as usize].turn = turn;
                    return first + chosen;
                }
                let (chosen, turn) = match self.stations[visit.station as usize].instances_lost {
                    0 => self.choose(request, by, lanes, site, turn, present),
                    _ => {
                        let living: Vec<u32> = (0..lanes).filter(|i| self.is_alive(visit.station, *i)).collect();
                        self.choose_among(&living, request, by, lanes, site, turn, present)
                    }
                };
                self.stations[visit.station as usize].turn = turn;
                first + chosen
            }
        }
    }

    /// Whether a registry takes an instance for healthy.
    pub(super) fn is_healthy(&self, registry: u16, station: u16, instance: u32) -> bool {
        match &self.resources[self.stations[registry as usize].first_resource as usize] {
            crate::resources::State::Registry(registry) => registry.is_healthy(station, instance),
            _ => true,
        }
    }

    /// The same as [`Simulation::choose`], but only among those that are alive; the first where none is.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn choose_among(
        &self,
        living: &[u32],
        request: u32,
        by: Balance,
        n: u32,
        site: u64,
        turn: u32,
        present: impl Fn(&Self, u32) -> u64,
    ) -> (u32, u32) {
        if living.is_empty() {
            return (0, turn);
        }
        if by == Balance::RoundRobin {
            // The next one in turn that is alive.
            let chosen = living[living.partition_point(|i| *i < turn % n) % living.len()];
            return (chosen, (chosen + 1) % n);
        }
        let among = living.len() as u32;
        let (chosen, _) =
            self.choose(request, by, among, site, 0, |simulation, i| present(simulation, living[i as usize]));
        (living[chosen as usize], turn)
    }

    /// One of `n` alternatives, by the number of requests that `present` gives for each, or by whose turn it is; and
    /// whose turn is next.
    pub(super) fn choose(
        &self,
        request: u32,
        by: Balance,
        n: u32,
        site: u64,
        turn: u32,
        present: impl Fn(&Self, u32) -> u64,
    ) -> (u32, u32) {
        let mut draws = {
            let record = &self.requests[request];
            Keyed::new(record.key, site.wrapping_add(record.salt))
        };
        let chosen = by.choose(n, turn, &mut draws, |i| present(self, i));
        // Only who goes in turn moves it on.
        let next = if by == Balance::RoundRobin { (chosen + 1) % n } else { turn };
        (chosen, next)
    }

    /// The load of a lane.
    pub(super) fn load_of(&self, lane: u32) -> Load {
        let state = &self.lanes[lane as usize];
        let present = f64::from(state.present);
        let share = match self.system.stations[state.station as usize].load {
            LoadMeasure::Occupancy(of) => present / of,
            LoadMeasure::Utilisation(window) => {
                let since = self.engine.now().saturating_since(state.load_at) as f64;
                let cores = self.system.stations[state.station as usize].speeds.len();
                let now = f64::from(state.busy) / cores as f64;
                now + (state.load - now) * libm::exp(-since / window)
            }
        };
        Load { share, present }
    }

    /// Changes the number of busy servers of a lane.
    pub(super) fn change_busy(&mut self, lane: u32, by: i64) {
        let now = self.engine.now();
        let by = self.cores_taken(lane, by);
        let station = self.lanes[lane as usize].station as usize;
        if self.system.stations[station].laws.is_some() {
            self.settle_law_energy(station);
            let load = self.load_of(lane).share;
            let state = &mut self.lanes[lane as usize];
            state.load = load;
            state.load_at = now;
            state.busy = (i64::from(state.busy) + by) as u32;
            let power = self.law_power(station);
            self.stations[station].law_power = power;
        } else {
            let state = &mut self.lanes[lane as usize];
            state.busy = (i64::from(state.busy) + by) as u32;
        }
        self.stations[station].busy.change(now, by);
        self.govern_soon(lane);
    }

    fn settle_law_energy(&mut self, station: usize) {
        let now = self.engine.now();
        let state = &mut self.stations[station];
        state.law_energy += state.law_power * now.saturating_since(state.law_since) as f64;
        state.law_since = now;
    }

    /// What the energy law adds to active power, of all lanes together [W].
    fn law_power(&self, station: usize) -> f64 {
        let model = &self.system.stations[station];
        let Some(laws) = model.laws.as_ref().filter(|laws| laws.energy.is_some()) else { return 0.0 };
        let state = &self.stations[station];
        let active = model.power.active / model.speeds.len() as f64;
        (state.first_lane..state.first_lane + state.lanes)
            .filter(|lane| self.lanes[*lane as usize].busy > 0)
            .map(|lane| f64::from(self.lanes[lane as usize].busy) * active * (laws.energy(self.load_of(lane)) - 1.0))
            .sum()
    }

    pub(super) fn close_law_energy(&mut self) {
        for station in 0..self.stations.len() {
            self.settle_law_energy(station);
        }
    }

    #[inline(never)]
    fn admit_general(&mut self, request: u32, visit: &'s Visit, lane: u32) {
        let now = self.engine.now();
        let station = &self.system.stations[visit.station as usize];
        let (fixed, work) = self.demand(request, visit);
        self.sequence += 1;
        let sequence = self.sequence;
        let record = &mut self.requests[request];
        record.fixed_left = fixed;
        record.work_left = work;
        record.sequence = sequence;
        if let Some(asked) = self.stations[visit.station as usize].asked.get_mut(record.origin as usize) {
            // What is endless is counted when it is over.
            let work = if matches!(visit.demand, Demand::Endless) { 0.0 } else { work };
            *asked += (fixed + work) * f64::from(visit.needs);
        }
        if self.lanes[lane as usize].quiet && self.start_at_once(request, visit, lane) {
            return;
        }
        if station.policy.is_shared() {
            self.join_sharing(request, visit, lane);
            return;
        }
        self.follow_occupancy(lane);
        // Before its key is taken: what it is at its last station says nothing here.
        self.requests[request].state = State::Queued;
        self.observe_arrival(request, lane);
        self.set_rank(request, lane);
        if !matches!(station.policy.order, Order::Workers(_)) {
            self.lanes[lane as usize].queue.push(request, &mut self.requests);
        } else if !self.file_task(request, visit, lane) {
            return self.fail_at_station(request, visit, lane, Outcome::Dropped);
        }
        self.lanes[lane as usize].waiting += 1;
        self.stations[visit.station as usize].queued.up(now);
        if !self.dispatches_later(lane) {
            self.dispatch(lane);
        }
        if self.requests[request].state == State::Queued {
            if station.policy.preemption != Preemption::Never {
                self.try_preemption(request, visit, lane);
            }
            if self.requests[request].state == State::Queued {
                self.rouse(lane);
                if let Some(patience) = &visit.patience
                    && self.requests[request].state == State::Queued
                {
                    let span = (self.draw(request, patience) + 0.5) as u64;
                    let timer = self.new_timer(super::Timer::Patience(request), span, rank::TIMEOUT);
                    self.requests[request].patience = timer;
                }
            }
        }
    }

    /// What a discipline may know of a request.
    pub(super) fn job(&self, request: u32) -> Job {
        let record = &self.requests[request];
        let flow = &self.system.flows[record.flow as usize];
        let (fixed, work) = (record.fixed_left, record.work_left);
        let remaining = if record.state == State::Served { self.remaining(record.place) } else { fixed + work };
        Job {
            sequence: record.sequence,
            priority: flow.priority,
            deadline: record.born.saturating_add(self.system.flows[record.origin as usize].deadline).ticks(),
            demand: fixed + work,
            remaining,
        }
    }

    /// Nominal ticks that are left of the service at a server.
    pub(super) fn remaining(&self, server: u32) -> f64 {
        let state = &self.servers[server as usize];
        let record = &self.requests[state.request];
        if state.down {
            return record.fixed_left + record.work_left;
        }
        let passed = self.engine.now().saturating_since(state.updated) as f64;
        let rate = self.rate_of(state.lane);
        let (fixed_rate, work_rate) = (state.fixed_rate * rate, state.work_rate * rate);
        let fixed = (record.fixed_left - passed * fixed_rate).max(0.0);
        let on_fixed = if fixed_rate > 0.0 { (record.fixed_left / fixed_rate).min(passed) } else { 0.0 };
        fixed + (record.work_left - (passed - on_fixed) * work_rate).max(0.0)
    }

    /// Starts waiting requests as long as there are servers for the first of them.
    pub(super) fn dispatch(&mut self, lane: u32) {
        loop {
            let state = &mut self.lanes[lane as usize];
            if let Queue::Workers(_) = state.queue {
                return self.dispatch_workers(lane);
            }
            // A free server of a plain lane has nobody waiting: it turns to the next request by itself.
            if state.waiting == 0 || state.plain || state.sharing.is_some() || state.is_suspended() {
                return;
            }
            let free = state.idle.count();
            if free == 0 {
                return;
            }
            let station = state.station;
            let random = &mut self.stations[station as usize].random;
            let Some(next) = state.queue.peek(|n| (random.next_u64() % n as u64) as usize) else { return };
            if self.skip_late(next, lane) {
                continue;
            }
            let visit = self.visit_of(next);
            if u32::from(visit.needs) > free {
                if self.system.stations[station as usize].policy.preemption != Preemption::Never {
                    self.try_preemption(next, visit, lane);
                }
                return;
            }
            self.take_from_queue(next, lane);
            self.start_general(next, visit, lane, NONE);
            if self.stations[station as usize].saturator != NONE {
                self.check_saturation(station);
            }
        }
    }

    pub(super) fn take_from_queue(&mut self, request: u32, lane: u32) {
        let now = self.engine.now();
        let state = &mut self.lanes[lane as usize];
        state.queue.remove(request, &mut self.requests);
        state.waiting -= 1;
        if !state.plain {
            self.stations[state.station as usize].queued.down(now);
        }
        let patience = std::mem::replace(&mut self.requests[request].patience, NONE);
        if patience != NONE {
            self.cancel_timer(patience);
        }
    }

    /// Starts (or goes on with) a service on the fastest free servers, or on that with the given index.
    pub(super) fn start_general(&mut self, request: u32, visit: &'s Visit, lane: u32, wanted: u32) {
        let now = self.engine.now();
        let mut primary = NONE;
        let mut speed = f64::INFINITY;
        for _ in 0..visit.needs {
            let state = &mut self.lanes[lane as usize];
            let index = if wanted == NONE { state.idle.first() } else { Some(wanted) };
            let Some(index) = index else { break };
            state.idle.remove(index);
            let server = &mut self.servers[(state.first + index) as usize];
            server.request = request;
            server.doing = Doing::Busy;
            server.started = now;
            speed = speed.min(server.speed);
            if primary == NONE {
                primary = state.first + index;
            }
        }
        let model = &self.system.stations[visit.station as usize];
        let (mut fixed_rate, mut work_rate) = (1.0, speed);
        if let Some(laws) = &model.laws {
            let load = self.load_of(lane);
            (fixed_rate, work_rate) = self.rates(laws, load, visit, speed, self.requests[request].fixed_left > 0.0);
            // Once for each visit, as the starts are counted: not again for a slice, an attempt or after a preemption.
            if self.requests[request].fresh && laws.throughput(load).1 {
                self.stations[visit.station as usize].on_floor += 1;
            }
        }
        let share = self.core_share(lane);
        (fixed_rate, work_rate) = (fixed_rate * share, work_rate * share);
        self.change_busy(lane, i64::from(visit.needs));
        let station = &mut self.stations[visit.station as usize];
        let record = &mut self.requests[request];
        record.state = State::Served;
        record.place = primary;
        if record.fresh {
            record.fresh = false;
            station.starts += 1;
            station.waited += u128::from(now.ticks() - record.entered.ticks());
        }
        let server = &mut self.servers[primary as usize];
        server.fixed_rate = fixed_rate;
        server.work_rate = work_rate;
        server.updated = now;
        server.switching = 0;
        self.set_air(primary, request, visit);
        self.schedule_service(primary);
    }

    /// Rates of the fixed part and of work under laws.
    pub(super) fn rates(
        &self,
        laws: &crate::laws::LawSet,
        load: Load,
        visit: &Visit,
        speed: f64,
        has_fixed: bool,
    ) -> (f64, f64) {
        let throughput = laws.throughput(load).0;
        let latency = laws.latency(load).max(1e-9);
        // Without a fixed part (or a propagation) and without a throughput law the latency law stretches the work.
        let on_work = !has_fixed && visit.fixed.is_none() && visit.latency.is_none() && laws.throughput.is_none();
        (1.0 / latency, if on_work { speed / latency } else { speed * throughput })
    }

    /// Sets the event of a server from what is left of its service.
    pub(super) fn schedule_service(&mut self, server: u32) {
        let state = &mut self.servers[server as usize];
        let station = self.lanes[state.lane as usize].station as usize;
        let quantum = self.system.stations[station].policy.quantum;
        state.turn = quantum.map_or(u64::MAX, |(quantum, _)| quantum.saturating_add(state.switching));
        self.set_end(server);
    }

    /// The same within a slice: what is left of the slice stays.
    pub(super) fn set_end(&mut self, server: u32) {
        let rate = self.rate_of(self.servers[server as usize].lane);
        let state = &mut self.servers[server as usize];
        let record = &self.requests[state.request];
        if rate <= 0.0 {
            self.engine.list.cancel(Slot(server));
            return;
        }
        let mut ticks = 0.0;
        if record.fixed_left > 0.0 {
            ticks += record.fixed_left / (state.fixed_rate * rate);
        }
        if record.work_left > 0.0 {
            ticks += record.work_left / (state.work_rate * rate);
        }
        let span = ((ticks + 0.5) as u64).saturating_add(state.switching);
        state.slice = span > state.turn;
        let span = span.min(state.turn);
        if state.down {
            state.suspended = span;
            return;
        }
        self.engine.after(Slot(server), span, rank::DEPARTURE);
    }

    /// Brings what is left of a service up to date.
    pub(super) fn progress(&mut self, server: u32) {
        let now = self.engine.now();
        let rate = self.rate_of(self.servers[server as usize].lane);
        let state = &mut self.servers[server as usize];
        let passed = now.saturating_since(state.updated);
        state.updated = now;
        if rate <= 0.0 {
            return;
        }
        let on_switch = passed.min(state.switching);
        state.switching -= on_switch;
        if state.down || state.request == NONE {
            return;
        }
        state.turn = state.turn.saturating_sub(passed);
        let (fixed_rate, work_rate) = (state.fixed_rate * rate, state.work_rate * rate);
        let mut passed = (passed - on_switch) as f64;
        let record = &mut self.requests[state.request];
        if record.fixed_left > 0.0 {
            let needed = record.fixed_left / fixed_rate;
            let used = needed.min(passed);
            record.fixed_left = if used >= needed { 0.0 } else { record.fixed_left - used * fixed_rate };
            passed -= used;
        }
        record.work_left = (record.work_left - passed * work_rate).max(0.0);
    }

    /// The event of a server of a lane that is not plain.
    #[inline(never)]
    fn general_event(&mut self, server: u32, lane: u32) {
        if self.lanes[lane as usize].quiet && self.finish_quietly(server, lane) {
            return;
        }
        if self.lanes[lane as usize].sharing.is_some() {
            return self.sharing_event(lane);
        }
        match self.servers[server as usize].doing {
            Doing::Busy if self.servers[server as usize].slice => self.end_slice(server, lane),
            Doing::Busy => self.end_service(server, lane),
            Doing::Orphan => {
                self.clear_air(server);
                self.change_busy(lane, -1);
                self.free_server(server, lane);
                self.dispatch(lane);
            }
            Doing::Search => self.end_search(server, lane),
            Doing::Setup | Doing::Vacation => self.server_ready(server, lane),
            Doing::Idle | Doing::Blocked | Doing::Off | Doing::OffDuty => {}
        }
    }

    /// The end of a slice: the next one's turn, if anybody waits.
    fn end_slice(&mut self, server: u32, lane: u32) {
        self.progress(server);
        let request = self.servers[server as usize].request;
        if self.lanes[lane as usize].waiting == 0 || self.visit_of(request).blocking {
            return self.schedule_service(server);
        }
        let now = self.engine.now();
        self.take_off(server, request, lane);
        self.sequence += 1;
        self.requests[request].sequence = self.sequence;
        self.requests[request].state = State::Queued;
        let state = &mut self.lanes[lane as usize];
        state.waiting += 1;
        self.stations[state.station as usize].queued.up(now);
        state.queue.push(request, &mut self.requests);
        self.dispatch(lane);
        self.charge_switch(server, lane, request);
    }

    /// The change to another job costs time at the start of its slice.
    fn charge_switch(&mut self, server: u32, lane: u32, before: u32) {
        let station = self.lanes[lane as usize].station as usize;
        let Some((_, switch)) = self.system.stations[station].policy.quantum else { return };
        let state = &mut self.servers[server as usize];
        if switch > 0 && state.doing == Doing::Busy && state.request != NONE && state.request != before {
            state.switching = switch;
            self.schedule_service(server);
        }
    }

    /// Takes a request off its servers, which become free.
    pub(super) fn take_off(&mut self, server: u32, request: u32, lane: u32) {
        let needs = self.visit_of(request).needs;
        self.engine.list.cancel(Slot(server));
        self.clear_air(server);
        let (first, servers) = match needs {
            1 => (server, 1),
            _ => (self.lanes[lane as usize].first, self.lanes[lane as usize].servers),
        };
        for other in first..first + servers {
            if self.servers[other as usize].request == request {
                // A server that is down has been taken out of the count already.
                if !self.servers[other as usize].down {
                    self.change_busy(lane, -1);
                }
                self.free_server(other, lane);
            }
        }
    }

    /// The end of a service.
    fn end_service(&mut self, server: u32, lane: u32) {
        let request = self.servers[server as usize].request;
        let visit = self.visit_of(request);
        let station = visit.station as usize;
        let model = &self.system.stations[station];
        let mut reliability = model.reliability;
        if let Some(laws) = &model.laws {
            reliability *= laws.reliability(self.load_of(lane));
        }
        self.requests[request].work_left = 0.0;
        self.requests[request].fixed_left = 0.0;
        let collided = model.contention.is_some() && self.frame_is_lost(server, station);
        if collided || reliability < 1.0 && self.attempt_fails(request, visit, reliability) {
            return self.lose(server, request, visit, lane);
        }
        if visit.fills && !self.fill(request, visit) {
            self.take_off(server, request, lane);
            self.fail_at_station(request, visit, lane, Outcome::Failed);
            self.dispatch(lane);
            return;
        }
        let in_pool = matches!(self.lanes[lane as usize].queue, Queue::Workers(_));
        if in_pool {
            self.task_done(request, server, lane);
        }
        if self.system.can_block && visit.latency.is_none() {
            // It keeps its server until the next component lets it in.
            self.clear_air(server);
            self.observe_payload(request, visit);
            self.move_on(request, visit);
            self.requests[request].held = server;
            return self.continue_request(request);
        }
        self.take_off(server, request, lane);
        self.leave_lane(lane);
        if in_pool {
            self.dispatch_later(lane);
        } else {
            self.dispatch(lane);
        }
        self.depart(request, visit);
    }

    /// What has been moved is counted.
    #[inline(always)]
    fn observe_payload(&mut self, request: u32, visit: &Visit) {
        if let Demand::OwedData { .. } = &visit.demand {
            let bits = self.requests[request].owed;
            let station = &mut self.stations[visit.station as usize];
            station.payload += bits;
            station.bits += bits;
        } else if let Some(size) = visit.demand.size() {
            let bits = self.draw(request, size);
            let station = &mut self.stations[visit.station as usize];
            station.payload += bits;
            station.bits += visit.demand.wire(bits);
        }
    }

    /// Takes up room in a storage; `false` when there is none.
    pub(super) fn fill(&mut self, request: u32, visit: &Visit) -> bool {
        let Some(capacity) = self.system.stations[visit.station as usize].capacity else { return true };
        let Some(size) = visit.demand.size() else { return true };
        let bits = self.draw(request, size);
        let station = &mut self.stations[visit.station as usize];
        if station.stored + bits > capacity {
            return false;
        }
        station.stored += bits;
        true
    }

    /// An attempt failed: another one on the same server, or the request is lost.
    fn lose(&mut self, server: u32, request: u32, visit: &'s Visit, lane: u32) {
        let model = &self.system.stations[visit.station as usize];
        let again = self.requests[request].attempt < model.attempts;
        if again {
            self.stations[visit.station as usize].retransmitted += 1;
            // The same frame goes out once more: only the fate of the attempt is drawn anew.
            let (fixed, work) = self.again(request, visit);
            let record = &mut self.requests[request];
            (record.fixed_left, record.work_left) = (fixed, work);
            self.servers[server as usize].updated = self.engine.now();
            self.schedule_service(server);
            return;
        }
        if let Some(size) = visit.demand.size() {
            let bits = self.draw(request, size);
            self.stations[visit.station as usize].bits += visit.demand.wire(bits);
        }
        self.take_off(server, request, lane);
        let outcome = match model.kind {
            crate::system::Kind::Network => Outcome::Lost,
            _ => Outcome::Failed,
        };
        self.fail_at_station(request, visit, lane, outcome);
        self.dispatch(lane);
    }

    /// Whether an attempt fails.
    pub(super) fn attempt_fails(&self, request: u32, visit: &Visit, reliability: f64) -> bool {
        let record = &self.requests[request];
        let site = combine(visit.site, LOSS).wrapping_add(record.attempt_salt());
        unit(&mut Keyed::new(record.key, site)) >= reliability
    }

    /// Another attempt with the same demand.
    pub(super) fn again(&mut self, request: u32, visit: &Visit) -> (f64, f64) {
        if let Some(size) = visit.demand.size() {
            let bits = self.draw(request, size);
            self.stations[visit.station as usize].bits += visit.demand.wire(bits);
        }
        self.requests[request].attempt += 1;
        self.demand(request, visit)
    }

    /// A request ends its service on shared servers, and keeps its place until the next component lets it in.
    pub(super) fn finish_shared_holding(&mut self, request: u32, visit: &'s Visit, held: u32) {
        self.observe_payload(request, visit);
        self.move_on(request, visit);
        self.requests[request].held = held;
        self.continue_request(request);
    }

    /// A request goes wrong at a station: it leaves the station, and then what encloses it decides.
    pub(super) fn fail_at_station(&mut self, request: u32, visit: &Visit, lane: u32, outcome: Outcome) {
        let now = self.engine.now();
        let station = &mut self.stations[visit.station as usize];
        station.present.down(now);
        station.sojourn_otherwise += u128::from(now.saturating_since(self.requests[request].entered));
        match outcome {
            Outcome::Lost => station.lost += 1,
            Outcome::Reneged => station.reneged += 1,
            Outcome::Failed => station.failed += 1,
            Outcome::Dropped => station.dropped += 1,
            _ => station.aborted += 1,
        }
        self.leave_lane(lane);
        self.raise(request, outcome);
    }

    /// A place in a lane becomes free.
    pub(super) fn leave_lane(&mut self, lane: u32) {
        let state = &mut self.lanes[lane as usize];
        state.present -= 1;
        let (has_blocked, station) = (!state.blocked.is_empty(), state.station);
        // Those that wait for room come before new ones of a saturated flow: what is left to do is taken from the end.
        if self.stations[station as usize].saturator != NONE {
            self.check_saturation(station);
        }
        if has_blocked {
            self.todo.push(Todo::Admit(lane));
        }
        self.follow_occupancy(lane);
    }

    /// Under a law of occupancy the rates of all services follow the number of requests present.
    pub(super) fn follow_occupancy(&mut self, lane: u32) {
        let state = &self.lanes[lane as usize];
        let model = &self.system.stations[state.station as usize];
        let Some(laws) = &model.laws else { return };
        if !matches!(model.load, LoadMeasure::Occupancy(_)) || state.sharing.is_some() {
            return;
        }
        let (first, servers) = (state.first, state.servers);
        let load = self.load_of(lane);
        for server in first..first + servers {
            let state = &self.servers[server as usize];
            let request = state.request;
            if state.doing != Doing::Busy || request == NONE || self.requests[request].place != server {
                continue;
            }
            self.progress(server);
            let visit = self.visit_of(request);
            let has_fixed = self.requests[request].fixed_left > 0.0;
            let speed = self.servers[server as usize].speed;
            let (fixed_rate, work_rate) = self.rates(laws, load, visit, speed, has_fixed);
            let share = self.core_share(lane);
            let (fixed_rate, work_rate) = (fixed_rate * share, work_rate * share);
            let state = &mut self.servers[server as usize];
            (state.fixed_rate, state.work_rate) = (fixed_rate, work_rate);
            self.schedule_service(server);
        }
        let station = self.lanes[lane as usize].station as usize;
        self.settle_law_energy(station);
        self.stations[station].law_power = self.law_power(station);
    }

    // ---- Blocking after service. ----

    /// A request that is blocked keeps the server that it was served by.
    pub(super) fn block_held(&mut self, request: u32) {
        let held = self.requests[request].held;
        if held == NONE || held & LANE_HELD != 0 || self.servers[held as usize].doing == Doing::Blocked {
            return;
        }
        let lane = self.servers[held as usize].lane;
        let needs = self.held_servers(request, lane);
        self.change_busy(lane, -i64::from(needs));
        self.change_blocked(lane, i64::from(needs));
        let (first, servers) = (self.lanes[lane as usize].first, self.lanes[lane as usize].servers);
        for server in first..first + servers {
            if self.servers[server as usize].request == request {
                self.servers[server as usize].doing = Doing::Blocked;
            }
        }
    }

    /// The servers that a request holds, but for those that are down, which are counted as such.
    fn held_servers(&self, request: u32, lane: u32) -> u32 {
        let state = &self.lanes[lane as usize];
        let counts = |server: &super::state::Server| server.request == request && !server.down;
        (state.first..state.first + state.servers).filter(|s| counts(&self.servers[*s as usize])).count() as u32
    }

    /// A request that has been let in (or has ended, or waits elsewhere) gives back the server that it held.
    pub(super) fn release_held(&mut self, request: u32) {
        let held = std::mem::replace(&mut self.requests[request].held, NONE);
        if held == NONE {
            return;
        }
        let now = self.engine.now();
        let lane = if held & LANE_HELD != 0 { held & !LANE_HELD } else { self.servers[held as usize].lane };
        if held & LANE_HELD == 0 {
            let was_blocked = self.servers[held as usize].doing == Doing::Blocked;
            let needs = self.held_servers(request, lane);
            if was_blocked {
                self.change_blocked(lane, -i64::from(needs));
            } else {
                self.change_busy(lane, -i64::from(needs));
            }
            let (first, servers) = (self.lanes[lane as usize].first, self.lanes[lane as usize].servers);
            for server in first..first + servers {
                if self.servers[server as usize].request == request {
                    self.free_server(server, lane);
                }
            }
        }
        let station = &mut self.stations[self.lanes[lane as usize].station as usize];
        station.present.down(now);
        station.completed += 1;
        let entered = self.requests[request].entered;
        station.sojourn.add(now.ticks() - entered.ticks());
        self.leave_lane(lane);
        self.todo.push(Todo::Dispatch(lane));
    }
}

/// A service that something else ends [ticks]: nine years of nanoseconds, and twenty times as long under any law still
/// fits into a time. Who gets to its end begins again.
const ENDLESS: f64 = (1u64 << 58) as f64;

/// Marks a `held` that names a lane whose servers are shared.
pub(super) const LANE_HELD: u32 = 1 << 31;

/// A value of a draw for the present visit of a request.
#[inline(always)]
pub(super) fn draw_for(record: &Request, draw: &Draw) -> f64 {
    let mut random = Keyed::new(record.key, draw.site.wrapping_add(record.salt));
    match &draw.distribution {
        Distribution::Exponential(exponential) => exponential.sample(&mut random),
        Distribution::Constant(constant) => constant.sample(&mut random),
        _ => draw_other(record, draw, random),
    }
}

#[inline(never)]
fn draw_other(record: &Request, draw: &Draw, mut random: Keyed) -> f64 {
    if draw.site == crate::system::CONTENT {
        return record.content * draw.distribution.mean();
    }
    // A given series is taken in turn: by ordinal, and on from there for further visits and draws.
    let ordinal = u64::from(record.ordinal) + u64::from(record.visit) + u64::from(record.resampled);
    match &draw.distribution {
        Distribution::Dependent(dependent) => {
            let known = [f64::from(record.batch_items), record.batch_size];
            dependent.sample_with(known, ordinal, &mut random)
        }
        distribution => distribution.sample_at(ordinal, &mut random),
    }
}

/// The fixed part and the work of the present visit of a request [nominal ticks].
#[inline(always)]
fn demand_for(record: &Request, visit: &Visit) -> (f64, f64) {
    let fixed = match &visit.fixed {
        None => 0.0,
        Some(draw) => draw_for(record, draw),
    };
    let work = match &visit.demand {
        Demand::Time(draw) => draw_for(record, draw),
        Demand::Data { size, overhead, ticks_per_bit } => (draw_for(record, size) + overhead) * ticks_per_bit,
        Demand::Framed { size, framing } => framing.span(draw_for(record, size)),
        Demand::Owed => record.owed,
        Demand::Endless => ENDLESS,
        Demand::OwedData { ticks_per_bit } => record.owed * ticks_per_bit,
        Demand::None => 0.0,
    };
    (fixed, work)
}

/// The visit at a place of the program.
#[inline(always)]
pub(super) fn visit_at(system: &System, pc: u32) -> &Visit {
    match system.program.code[pc as usize] {
        Instruction::Visit(index) => &system.program.visits[index as usize],
        _ => unreachable!("a request at a station is at a visit"),
    }
}

/// Puts a request into service at a plain station.
#[inline(always)]
fn start_plain(serving: &mut Server, server: u32, request: u32, record: &mut Request) {
    serving.request = request;
    serving.doing = Doing::Busy;
    record.place = server;
    record.state = State::Served;
}

/// Takes one of the waiting requests out, each with equal probability.
#[inline(never)]
fn pop_random(state: &mut LaneState, random: &mut Stream, requests: &mut Requests) -> u32 {
    let next = state.queue.peek(|n| (random.next_u64() % n as u64) as usize).unwrap_or(NONE);
    state.queue.remove(next, requests);
    next
}
