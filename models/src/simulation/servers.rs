//! Servers that are not always there: shifts, set-up, vacations, sleep, failures; and who is on the air.

use super::request::{NONE, State};
use super::spells::{Spell, Spells};
use super::state::{Air, Doing, IdleSet, LaneState, Server, StationState, failure_stream};
use super::{Outcome, Simulation, Timer, Todo};
use crate::disciplines::{Order, Preemption};
use crate::spec::OnFailure;
use crate::system::{Failures, Kind, NOWHERE, Station, System, Visit};
use sim_core::distributions::Distribution;
use sim_core::engine::rank;
use sim_core::event_list::Slot;
use sim_core::random::Stream;
use sim_core::time::Time;

impl<'s> Simulation<'s> {
    /// Lays out stations, lanes and servers.
    pub(super) fn build_stations(&mut self) {
        let system = self.system;
        let (seed, replication) = (self.settings.seed, self.settings.replication);
        let radio = |model: &Station| model.power.tx != model.power.idle || model.power.rx != model.power.idle;
        let on_air = system.stations.iter().any(|model| model.battery.is_some() || radio(model));
        for (index, model) in system.stations.iter().enumerate() {
            let lanes = if model.serves { model.count * model.directions } else { 0 };
            let plain = is_plain(system, index, on_air);
            let quiet = super::quiet::is_quiet(system, index);
            let first_lane = self.lanes.len() as u32;
            let threads = system.threads(index);
            for _ in 0..lanes {
                self.lanes.push(LaneState {
                    station: index as u16,
                    plain,
                    quiet,
                    down: false,
                    first: self.servers.len() as u32,
                    servers: threads,
                    present: 0,
                    waiting: 0,
                    busy: 0,
                    idle: IdleSet::new(threads as usize),
                    queue: super::queue::Queue::new(model.policy.order, model.speeds.len() as u32),
                    load: 0.0,
                    load_at: Time::ZERO,
                    duty: model.speeds.len() as u32,
                    sharing: match model.policy.order {
                        Order::Shared { weighted } => Some(Box::new(super::sharing::Sharing::new(weighted))),
                        _ => None,
                    },
                    adaptive: super::adaptive::Adaptive::of(&model.policy),
                    interrupts: super::interrupts::Interrupts::of(model),
                    governed: model.governed.then(Default::default),
                    blocked: Default::default(),
                    down_since: Time::ZERO,
                });
                let lane = self.lanes.len() as u32 - 1;
                for (i, speed) in model.speeds.iter().cycle().take(threads as usize).enumerate() {
                    self.engine.list.add_slot();
                    self.servers.push(Server {
                        request: NONE,
                        lane,
                        doing: Doing::Idle,
                        down: false,
                        leaving: false,
                        slice: false,
                        speed: *speed,
                        fixed_rate: 1.0,
                        work_rate: *speed,
                        updated: Time::ZERO,
                        started: Time::ZERO,
                        suspended: 0,
                        switching: 0,
                        silence: 0,
                        turn: 0,
                        air: None,
                    });
                    self.lanes[lane as usize].idle.insert(i as u32);
                }
            }
            self.stations.push(StationState {
                first_lane,
                lanes,
                limit: model.limit,
                saturator: NONE,
                first_resource: NONE,
                units_aside: 0,
                turn: 0,
                present: Default::default(),
                busy: Default::default(),
                queued: Default::default(),
                resting: Default::default(),
                in_setup: Default::default(),
                down: Default::default(),
                off_duty: Default::default(),
                blocked: Default::default(),
                tx: Default::default(),
                rx: Default::default(),
                sojourn: Default::default(),
                sojourn_otherwise: 0,
                sojourn_before: 0,
                waited: 0,
                starts: 0,
                on_floor: 0,
                completed: 0,
                dropped: 0,
                refused: 0,
                reneged: 0,
                failed: 0,
                lost: 0,
                aborted: 0,
                retransmitted: 0,
                preempted: 0,
                skipped: 0,
                bits: 0.0,
                payload: 0.0,
                stored: 0.0,
                law_energy: 0.0,
                law_power: 0.0,
                law_since: Time::ZERO,
                failures: Vec::new(),
                random: Stream::named(seed, replication, &model.name, "order of service"),
                resting_spells: Spells::new(Stream::named(seed, replication, &model.name, "set-up and vacation")),
                batteries: Vec::new(),
                on_air: if model.battery.is_some() || radio(model) {
                    vec![[0; 2]; model.count as usize]
                } else {
                    Vec::new()
                },
                instances_lost: 0,
                power: model.power,
                asked: if model.has_power || model.energy_per_bit > 0.0 {
                    vec![0.0; system.flows.len()]
                } else {
                    Vec::new()
                },
                shift: 0,
                travelling: Default::default(),
                medium: model.contention.map(|_| Default::default()),
            });
        }
    }

    /// Starts what components do by themselves.
    pub(super) fn start_components(&mut self) {
        let system = self.system;
        let (seed, replication) = (self.settings.seed, self.settings.replication);
        for (index, model) in system.stations.iter().enumerate() {
            let (first_lane, lanes) = (self.stations[index].first_lane, self.stations[index].lanes);
            if let Some(failures) = &model.failures {
                let units = if failures.each_server { lanes * model.speeds.len() as u32 } else { lanes };
                for unit in 0..units {
                    let mut spells = Spells::new(failure_stream(seed, replication, model, unit));
                    let span = spells.next(Spell::First, &failures.time_to_failure);
                    self.stations[index].failures.push(spells);
                    let timer = if failures.each_server {
                        Timer::ServerFailure(self.lanes[first_lane as usize].first + unit)
                    } else {
                        Timer::Failure(first_lane + unit)
                    };
                    self.new_timer(timer, span, rank::SERVERS);
                }
            }
            // Servers that rest when idle rest from the start.
            if rests(model) {
                for lane in first_lane..first_lane + lanes {
                    let (first, servers) = (self.lanes[lane as usize].first, self.lanes[lane as usize].servers);
                    for server in first..first + servers {
                        self.lanes[lane as usize].idle.remove(server - first);
                        self.rest(server, lane);
                    }
                }
            }
            if !model.schedule.is_empty() && lanes > 0 {
                self.stations[index].shift = model.schedule.len() - 1;
                let timer = self.new_timer(Timer::Shift(index as u32), 0, rank::SERVERS);
                self.shift(index as u32, self.servers.len() as u32 + timer);
            }
            if let Some(capacity) = model.battery {
                self.start_batteries(index, capacity);
            }
            self.start_scheduling(index);
        }
    }

    /// A server has nothing in hand: it is free, or rests.
    pub(super) fn free_server(&mut self, server: u32, lane: u32) {
        let now = self.engine.now();
        self.leave_thread(server, lane);
        let state = &mut self.servers[server as usize];
        state.request = NONE;
        state.slice = false;
        state.doing = Doing::Idle;
        let index = server - self.lanes[lane as usize].first;
        if state.leaving {
            state.leaving = false;
            state.doing = Doing::OffDuty;
            // One that is down is counted as such.
            if !state.down {
                let station = self.lanes[lane as usize].station as usize;
                self.stations[station].off_duty.up(now);
            }
            return;
        }
        if state.down {
            return;
        }
        let station = self.lanes[lane as usize].station as usize;
        let silence = std::mem::take(&mut self.servers[server as usize].silence);
        if silence > 0 {
            self.stations[station].resting.up(now);
            self.servers[server as usize].doing = Doing::Vacation;
            self.engine.after(Slot(server), silence, rank::SERVERS);
            return;
        }
        let model = &self.system.stations[station];
        if rests(model) && self.lanes[lane as usize].waiting == 0 {
            self.rest(server, lane);
        } else {
            self.lanes[lane as usize].idle.insert(index);
            self.freed_thread(index, lane);
        }
    }

    /// A server without work goes on vacation, or is switched off.
    fn rest(&mut self, server: u32, lane: u32) {
        let now = self.engine.now();
        let station = self.lanes[lane as usize].station as usize;
        let model = &self.system.stations[station];
        self.stations[station].resting.up(now);
        if let Some(vacation) = &model.vacation {
            let span = self.stations[station].resting_spells.next(Spell::Second, vacation);
            self.servers[server as usize].doing = Doing::Vacation;
            self.engine.after(Slot(server), span.max(1), rank::SERVERS);
        } else {
            self.servers[server as usize].doing = Doing::Off;
        }
    }

    /// Somebody waits and no server is free: wake those that sleep, as the policy says.
    pub(super) fn rouse(&mut self, lane: u32) {
        let state = &self.lanes[lane as usize];
        let model = &self.system.stations[state.station as usize];
        if model.setup.is_none() && model.wake.is_none() {
            return;
        }
        let (first, servers, waiting) = (state.first, state.servers, state.waiting);
        let doing = |simulation: &Self, what| {
            (first..first + servers).filter(|s| simulation.servers[*s as usize].doing == what).count() as u32
        };
        match model.wake {
            Some(n) if waiting < n => return,
            _ => {}
        }
        // With an N-policy all sleepers wake; else as many as those who wait need, beside those that are set up already.
        let wanted = if model.wake.is_some() {
            servers
        } else {
            let needs: u32 = state.queue.iter(&self.requests).map(|r| u32::from(self.visit_of(r).needs)).sum();
            needs.saturating_sub(state.idle.count() + doing(self, Doing::Setup))
        };
        let mut woken = 0;
        for server in first..first + servers {
            if woken == wanted {
                break;
            }
            if self.servers[server as usize].doing == Doing::Off && !self.servers[server as usize].down {
                woken += 1;
                self.wake(server, lane);
            }
        }
        self.dispatch(lane);
    }

    fn wake(&mut self, server: u32, lane: u32) {
        let now = self.engine.now();
        let station = self.lanes[lane as usize].station as usize;
        self.stations[station].resting.down(now);
        match &self.system.stations[station].setup {
            Some(setup) => {
                let span = self.stations[station].resting_spells.next(Spell::First, setup);
                self.servers[server as usize].doing = Doing::Setup;
                self.stations[station].in_setup.up(now);
                self.engine.after(Slot(server), span, rank::SERVERS);
            }
            None => {
                self.servers[server as usize].doing = Doing::Idle;
                let first = self.lanes[lane as usize].first;
                self.lanes[lane as usize].idle.insert(server - first);
                self.govern_soon(lane);
            }
        }
    }

    /// The end of a set-up or a vacation.
    pub(super) fn server_ready(&mut self, server: u32, lane: u32) {
        let now = self.engine.now();
        let station = self.lanes[lane as usize].station as usize;
        if self.servers[server as usize].doing == Doing::Setup {
            self.stations[station].in_setup.down(now);
        } else {
            self.stations[station].resting.down(now);
        }
        self.free_server(server, lane);
        self.govern_soon(lane);
        self.dispatch(lane);
    }

    /// The number of servers on duty changes.
    pub(super) fn shift(&mut self, station: u32, slot: u32) {
        let now = self.engine.now();
        let model = &self.system.stations[station as usize];
        let state = &mut self.stations[station as usize];
        state.shift = (state.shift + 1) % model.schedule.len();
        let (span, duty) = model.schedule[state.shift];
        let (first_lane, lanes) = (state.first_lane, state.lanes);
        self.engine.after(Slot(slot), span, rank::SERVERS);
        for lane in first_lane..first_lane + lanes {
            self.lanes[lane as usize].duty = duty;
            self.govern_soon(lane);
            let (first, servers) = (self.lanes[lane as usize].first, self.lanes[lane as usize].servers);
            for index in 0..servers {
                let server = &mut self.servers[(first + index) as usize];
                let up = i64::from(!server.down);
                if index < duty {
                    server.leaving = false;
                    if server.doing == Doing::OffDuty {
                        server.doing = Doing::Idle;
                        self.stations[station as usize].off_duty.change(now, -up);
                        let server = first + index;
                        self.free_server(server, lane);
                    }
                } else {
                    match server.doing {
                        Doing::OffDuty => {}
                        Doing::Busy | Doing::Orphan | Doing::Search | Doing::Blocked => server.leaving = true,
                        resting => {
                            server.doing = Doing::OffDuty;
                            let slot = Slot(first + index);
                            self.engine.list.cancel(slot);
                            let state = &mut self.stations[station as usize];
                            match resting {
                                Doing::Setup => state.in_setup.change(now, -up),
                                Doing::Vacation | Doing::Off => state.resting.change(now, -up),
                                _ => self.lanes[lane as usize].idle.remove(index),
                            }
                            state.off_duty.change(now, up);
                        }
                    }
                }
            }
            if self.lanes[lane as usize].sharing.is_some() {
                self.reshare(lane);
            } else {
                self.dispatch(lane);
                self.rouse(lane);
            }
            self.serve_interrupts(lane);
        }
    }

    /// An arrival takes the place of less urgent requests in service, if that frees enough servers.
    pub(super) fn try_preemption(&mut self, request: u32, visit: &'s Visit, lane: u32) {
        let model = &self.system.stations[visit.station as usize];
        let (first, servers) = (self.lanes[lane as usize].first, self.lanes[lane as usize].servers);
        let arriving = self.job(request);
        let Order::Keyed(key) = model.policy.order else { return };
        // Candidates: the least urgent first, then the latest started.
        let mut victims: Vec<(u64, Time, u32)> = Vec::new();
        for server in first..first + servers {
            let state = &self.servers[server as usize];
            if state.doing != Doing::Busy || state.down || state.request == NONE {
                continue;
            }
            let running = state.request;
            if self.requests[running].place == server {
                let job = self.job(running);
                if (model.policy.preempts)(&arriving, &job) {
                    victims.push((key(&job), state.started, server));
                }
            }
        }
        victims.sort_by_key(|victim| std::cmp::Reverse(*victim));
        // Somebody more urgent may be waiting before it.
        let random = &mut self.stations[visit.station as usize].random;
        let head = self.lanes[lane as usize].queue.peek(|_| {
            let _ = random;
            0
        });
        if head != Some(request) {
            return;
        }
        let mut free = self.lanes[lane as usize].idle.count();
        let mut taken = 0;
        for (_, _, server) in &victims {
            if free >= u32::from(visit.needs) {
                break;
            }
            free += u32::from(self.visit_of(self.servers[*server as usize].request).needs);
            taken += 1;
        }
        if free < u32::from(visit.needs) {
            return;
        }
        for (_, _, server) in victims.into_iter().take(taken) {
            self.preempt(server, lane, model.policy.preemption);
        }
        self.dispatch(lane);
    }

    /// Takes a request out of service, back into the queue.
    fn preempt(&mut self, server: u32, lane: u32, how: Preemption) {
        let now = self.engine.now();
        self.progress(server);
        let request = self.servers[server as usize].request;
        let visit = self.visit_of(request);
        self.requests[request].state = State::Queued;
        self.take_off(server, request, lane);
        match how {
            Preemption::Restart => {
                let (fixed, work) = self.demand(request, visit);
                let record = &mut self.requests[request];
                (record.fixed_left, record.work_left) = (fixed, work);
            }
            Preemption::Resample => {
                self.requests[request].resample();
                let (fixed, work) = self.demand(request, visit);
                let record = &mut self.requests[request];
                (record.fixed_left, record.work_left) = (fixed, work);
            }
            Preemption::Resume | Preemption::Never => {}
        }
        self.set_rank(request, lane);
        let state = &mut self.lanes[lane as usize];
        state.waiting += 1;
        state.queue.push_front(request, &mut self.requests);
        let station = &mut self.stations[visit.station as usize];
        station.queued.up(now);
        station.preempted += 1;
    }

    /// A lane fails, or is repaired.
    pub(super) fn lane_failure(&mut self, lane: u32, slot: u32) {
        let station = self.lanes[lane as usize].station as usize;
        let Some(failures) = &self.system.stations[station].failures else { return };
        let unit = (lane - self.stations[station].first_lane) as usize;
        if self.stations[station].batteries.get(unit).is_some_and(|battery| battery.dead) {
            return;
        }
        let fails = !self.lanes[lane as usize].down;
        let (spell, length) = next_spell(failures, fails);
        let span = self.stations[station].failures[unit].next(spell, length);
        self.engine.after(Slot(slot), span.max(1), rank::SERVERS);
        self.set_lane_down(lane, fails, failures.interrupted);
    }

    /// Takes a whole lane down, or up again.
    pub(super) fn set_lane_down(&mut self, lane: u32, down: bool, interrupted: OnFailure) {
        self.lanes[lane as usize].down = down;
        let (first, servers) = (self.lanes[lane as usize].first, self.lanes[lane as usize].servers);
        for server in first..first + servers {
            if down {
                self.take_down(server, lane, interrupted);
            } else {
                self.bring_up(server, lane);
            }
        }
        self.turn_away(lane);
        if self.lanes[lane as usize].sharing.is_some() {
            if down && interrupted != OnFailure::Resume {
                self.interrupt_sharing(lane, interrupted);
            }
            self.reshare(lane);
        } else if !down {
            self.dispatch(lane);
            self.rouse(lane);
        }
        self.serve_interrupts(lane);
    }

    /// A server fails by itself, or is repaired.
    pub(super) fn server_failure(&mut self, server: u32, slot: u32) {
        let lane = self.servers[server as usize].lane;
        let station = self.lanes[lane as usize].station as usize;
        let Some(failures) = &self.system.stations[station].failures else { return };
        self.stop_handling(server, lane);
        let first = self.lanes[self.stations[station].first_lane as usize].first;
        let fails = !self.servers[server as usize].down;
        let (spell, length) = next_spell(failures, fails);
        let span = self.stations[station].failures[(server - first) as usize].next(spell, length);
        self.engine.after(Slot(slot), span.max(1), rank::SERVERS);
        if fails {
            let busy = self.servers[server as usize].doing == Doing::Busy;
            let request = self.servers[server as usize].request;
            if busy {
                // A request on several servers needs all of them.
                let first = self.requests[request].place;
                match failures.interrupted {
                    // It goes to the front of the queue: another server may take it.
                    OnFailure::Resume => self.preempt(first, lane, Preemption::Resume),
                    OnFailure::Restart => self.preempt(first, lane, Preemption::Restart),
                    OnFailure::Lose => {
                        let visit = self.visit_of(request);
                        self.take_off(first, request, lane);
                        self.fail_at_station(request, visit, lane, Outcome::Failed);
                    }
                }
            }
            self.take_down(server, lane, failures.interrupted);
            self.turn_away(lane);
            self.dispatch(lane);
            self.rouse(lane);
        } else {
            self.bring_up(server, lane);
            self.turn_away(lane);
            self.dispatch(lane);
            self.rouse(lane);
        }
        self.serve_interrupts(lane);
    }

    /// Whether all servers of a queue are down.
    fn is_down(&self, lane: u32) -> bool {
        let state = &self.lanes[lane as usize];
        let servers = state.first as usize..(state.first + state.servers) as usize;
        state.down || self.servers[servers].iter().all(|server| server.down) && self.fails_singly(state.station)
    }

    /// Whether servers fail one by one. (One that a passive component has suspended is not down in this sense.)
    fn fails_singly(&self, station: u16) -> bool {
        self.system.stations[station as usize].failures.as_ref().is_some_and(|failures| failures.each_server)
    }

    /// Since when an instance of a component is down; `None` where it is up, or there is none.
    pub(super) fn down_since(&self, station: u16, instance: u32) -> Option<Time> {
        let state = self.stations.get(usize::from(station))?;
        if state.lanes == 0 {
            return (!self.is_alive(station, instance)).then_some(self.engine.now());
        }
        let lane = state.first_lane + instance.min(state.lanes - 1);
        self.is_down(lane).then(|| self.lanes[lane as usize].down_since)
    }

    /// An instance that has gone down, or come up again, may turn away who comes meanwhile.
    fn turn_away(&mut self, lane: u32) {
        let station = self.lanes[lane as usize].station;
        let refuses = self.system.stations[station as usize].failures.as_ref().is_some_and(|f| f.refuses);
        let instance = lane - self.stations[station as usize].first_lane;
        if !refuses || !self.is_alive(station, instance) {
            return;
        }
        let (down, turned) = (self.is_down(lane), self.lanes[lane as usize].blocked.front() == Some(&NONE));
        if down && !turned {
            self.lanes[lane as usize].blocked.push_front(NONE);
        } else if turned && !down {
            self.lanes[lane as usize].blocked.pop_front();
            self.todo.push(Todo::Admit(lane));
            if self.stations[station as usize].saturator != NONE {
                self.check_saturation(station);
            }
        }
    }

    fn take_down(&mut self, server: u32, lane: u32, interrupted: OnFailure) {
        self.stop_handling(server, lane);
        if self.servers[server as usize].down {
            return;
        }
        let now = self.engine.now();
        self.govern_soon(lane);
        self.lanes[lane as usize].down_since = now;
        let station = self.lanes[lane as usize].station as usize;
        let cores = self.cores_behind(server, lane);
        self.stations[station].down.change(now, cores);
        self.suspend(server, lane, interrupted);
    }

    /// Stops what a server does, until it is resumed.
    pub(super) fn suspend(&mut self, server: u32, lane: u32, interrupted: OnFailure) {
        let now = self.engine.now();
        let shared = self.lanes[lane as usize].sharing.is_some();
        if !shared && self.servers[server as usize].doing == Doing::Busy {
            self.progress(server);
        }
        let pending = self.engine.list.scheduled_at(Slot(server));
        self.engine.list.cancel(Slot(server));
        let state = &mut self.servers[server as usize];
        state.down = true;
        state.suspended = pending.map_or(0, |at| at.saturating_since(now));
        let doing = state.doing;
        self.count_doing(lane, doing, -1);
        match doing {
            Doing::Idle => {
                let first = self.lanes[lane as usize].first;
                self.lanes[lane as usize].idle.remove(server - first);
            }
            Doing::Busy if !shared => {
                let request = self.servers[server as usize].request;
                if self.requests[request].place != server {
                    return;
                }
                match interrupted {
                    OnFailure::Resume => {}
                    OnFailure::Restart => {
                        let (fixed, work) = self.demand(request, self.visit_of(request));
                        let record = &mut self.requests[request];
                        (record.fixed_left, record.work_left) = (fixed, work);
                        self.schedule_service(server);
                    }
                    OnFailure::Lose => {
                        let visit = self.visit_of(request);
                        self.take_off(server, request, lane);
                        self.fail_at_station(request, visit, lane, Outcome::Failed);
                    }
                }
            }
            _ => {}
        }
    }

    /// Counts what a server does; one that is down does nothing.
    fn count_doing(&mut self, lane: u32, doing: Doing, by: i64) {
        let now = self.engine.now();
        let station = &mut self.stations[self.lanes[lane as usize].station as usize];
        match doing {
            Doing::Busy | Doing::Orphan | Doing::Search => self.change_busy(lane, by),
            Doing::Off | Doing::Vacation => station.resting.change(now, by),
            Doing::Setup => station.in_setup.change(now, by),
            Doing::OffDuty => station.off_duty.change(now, by),
            Doing::Blocked => self.change_blocked(lane, by),
            Doing::Idle => {}
        }
    }

    fn bring_up(&mut self, server: u32, lane: u32) {
        let now = self.engine.now();
        if !self.servers[server as usize].down {
            return;
        }
        self.govern_soon(lane);
        let station = self.lanes[lane as usize].station as usize;
        let cores = self.cores_behind(server, lane);
        self.stations[station].down.change(now, -cores);
        self.resume(server, lane);
    }

    /// Lets a server go on with what it did.
    pub(super) fn resume(&mut self, server: u32, lane: u32) {
        let now = self.engine.now();
        let shared = self.lanes[lane as usize].sharing.is_some();
        let state = &mut self.servers[server as usize];
        state.down = false;
        state.updated = now;
        let doing = state.doing;
        self.count_doing(lane, doing, 1);
        match doing {
            Doing::Idle => self.free_server(server, lane),
            // Its rate may have changed while it was down: what is left of its service is known, its end is not.
            Doing::Busy if self.lanes[lane as usize].governed.is_some() && !shared => {
                let serving = self.is_serving(server);
                if serving {
                    self.set_end(server);
                }
            }
            Doing::Busy | Doing::Orphan | Doing::Search | Doing::Setup | Doing::Vacation if !shared => {
                let state = &self.servers[server as usize];
                let lead = state.request == NONE || self.requests[state.request].place == server;
                let suspended = state.suspended;
                if lead {
                    let order = if doing == Doing::Busy { rank::DEPARTURE } else { rank::SERVERS };
                    self.engine.after(Slot(server), suspended, order);
                }
            }
            _ => {}
        }
    }

    // ---- Who is on the air. ----

    /// A transmission starts: its sender and its receiver are on the air.
    pub(super) fn set_air(&mut self, server: u32, request: u32, visit: &Visit) {
        if self.system.stations[visit.station as usize].kind != Kind::Network {
            return self.busy_battery(request, visit, 1);
        }
        self.begin_frame(server, request, visit);
        let air = self.on_air(request, visit);
        self.servers[server as usize].air = Some(air);
        self.change_air(air, 1);
    }

    /// A service on an instance that lives on a battery starts or ends.
    fn busy_battery(&mut self, request: u32, visit: &Visit, by: i32) {
        let instance = self.requests[request].lane.wrapping_sub(self.stations[visit.station as usize].first_lane);
        self.battery_busy(visit.station, instance, by * i32::from(visit.needs));
    }

    /// Who is on the air during a visit of a network.
    fn on_air(&self, request: u32, visit: &Visit) -> Air {
        let record = &self.requests[request];
        // The instance that the request comes from; those of another component are taken in turn with it.
        let instance = |component: u16| match component {
            NOWHERE => 0,
            _ => record.instance % self.system.stations[component as usize].count,
        };
        let (sender, receiver) = (record.location, visit.ends.1);
        let receiver = if receiver == NOWHERE {
            match self.system.stations[visit.station as usize].between {
                Some((a, b)) => {
                    if sender == a {
                        b
                    } else {
                        a
                    }
                }
                None => NOWHERE,
            }
        } else {
            receiver
        };
        Air { sender: (sender, instance(sender)), receiver: (receiver, instance(receiver)) }
    }

    /// The same for a transmission on a network that is shared.
    pub(super) fn shared_air(&mut self, request: u32, visit: &Visit, by: i64) {
        if self.system.stations[visit.station as usize].kind == Kind::Network {
            self.change_air(self.on_air(request, visit), by);
        } else {
            self.busy_battery(request, visit, by as i32);
        }
    }

    /// A transmission ends.
    pub(super) fn clear_air(&mut self, server: u32) {
        if let Some(air) = self.servers[server as usize].air.take() {
            self.end_frame(server);
            return self.change_air(air, -1);
        }
        let request = self.servers[server as usize].request;
        if request != NONE && self.requests[request].place == server && self.requests[request].state != State::Running {
            let lane = self.servers[server as usize].lane;
            let station = self.lanes[lane as usize].station;
            if !self.stations[station as usize].batteries.is_empty() {
                self.busy_battery(request, self.visit_of(request), -1);
            }
        }
    }

    /// An instance is in `tx` or `rx` while at least one of its requests is on the air.
    fn change_air(&mut self, air: Air, by: i64) {
        let now = self.engine.now();
        for ((component, instance), sends) in [(air.sender, true), (air.receiver, false)] {
            let Some(state) = self.stations.get_mut(component as usize) else { continue };
            let Some(counts) = state.on_air.get_mut(instance as usize) else { continue };
            let count = &mut counts[usize::from(sends)];
            let before = *count > 0;
            *count += by as i32;
            if before != (*count > 0) {
                let level = if sends { &mut state.tx } else { &mut state.rx };
                level.change(now, by);
                let (tx, rx) = if sends { (by as i32, 0) } else { (0, by as i32) };
                self.battery_air(component, instance, tx, rx);
            }
        }
    }
}

/// Whether servers without work rest.
fn rests(model: &Station) -> bool {
    model.setup.is_some() || model.wake.is_some() || model.vacation.is_some()
}

/// Whether each service of a station takes one server that is always on duty, at one speed, without a break, once, and
/// leads to where there is room: nobody gives up, and nothing that would have to be looked after goes on beside it.
pub(super) fn is_steady(system: &System, index: usize) -> bool {
    let model = &system.stations[index];
    !system.can_block
        && model.policy.quantum.is_none()
        && model.reliability >= 1.0
        && model.laws.is_none()
        && model.schedule.is_empty()
        && !rests(model)
        && model.battery.is_none()
        && model.capacity.is_none()
        && model.contention.is_none()
        && visits_of(system, index).all(|visit| visit.needs == 1 && visit.patience.is_none())
}

fn visits_of(system: &System, index: usize) -> impl Iterator<Item = &Visit> {
    system.program.visits.iter().filter(move |visit| visit.station as usize == index)
}

/// Whether a station is nothing but queues and servers.
pub(super) fn is_plain(system: &System, index: usize, on_air: bool) -> bool {
    let model = &system.stations[index];
    is_steady(system, index)
        && matches!(model.policy.order, Order::Fifo | Order::Random)
        && model.speeds.iter().all(|speed| *speed == 1.0)
        && model.failures.is_none()
        && !model.governed
        && model.interrupts.is_empty()
        && !(model.kind == Kind::Network && on_air)
        // A frame that is aborted on the air finishes without its request.
        && !(model.kind == Kind::Network && visits_of(system, index).any(|visit| visit.cancellable))
}

/// The spell that begins when something fails, or is repaired.
fn next_spell(failures: &Failures, fails: bool) -> (Spell, &Distribution) {
    if fails { (Spell::Second, &failures.repair) } else { (Spell::First, &failures.time_to_failure) }
}
